package casework_test

import (
	"strings"
	"testing"

	"citybrain/casework"
	"citybrain/city"
)

// TestLeadReturns holds that a returned case goes back to the duty officer, that
// assisting agencies stay, and that who returned it cannot close it.
func TestLeadReturns(t *testing.T) {
	for _, accepted := range []bool{false, true} {
		s := at(t, casework.Filed)
		s.move(officer, casework.Dispatch, roads)
		s.move(handler(parking), casework.Accept, parking)
		if accepted {
			s.move(handler(roads), casework.Accept, roads)
		}
		s.move(dispatcher(roads), casework.Return, roads)
		if s.c.State != casework.Filed || s.c.Lead() != nil || s.c.Tasks[0].Report != "说明" {
			t.Fatalf("after the return: %s, lead %+v, %+v", s.c.State, s.c.Lead(), s.c.Tasks)
		}
		wantRefusal(t, s.try(dispatcher(roads), casework.Return, roads), casework.GuardTask, city.Conflict)
		wantRefusal(t, s.try(dispatcher(roads), casework.Close, ""), casework.GuardState, city.Conflict)
		wantRefusal(t, s.try(officer, casework.Refuse, ""), "tasks-open", city.Conflict)
		s.move(handler(parking), casework.Finish, parking)
		s.move(officer, casework.Dispatch, culture)
		s.move(dispatcher(culture), casework.Accept, culture)
		s.move(dispatcher(culture), casework.Finish, culture)
		s.move(officer, casework.Check, "")
		wantRefusal(t, s.try(dispatcher(roads), casework.Close, ""), casework.GuardRole, city.Denied)
		s.move(dispatcher(culture), casework.Close, "")
	}
}

// TestAssistingAgencyBecomesLead holds that an agency has one task in a case.
func TestAssistingAgencyBecomesLead(t *testing.T) {
	s := at(t, casework.Dispatched)
	s.move(handler(roads), casework.Return, roads)
	s.move(officer, casework.Dispatch, parking)
	lead := s.c.Lead()
	if len(s.c.Tasks) != 2 || lead == nil || lead.Agency != parking || lead.State != casework.TaskWaiting || &s.c.Tasks[0] != lead {
		t.Errorf("tasks: %+v", s.c.Tasks)
	}
	wantRefusal(t, s.try(officer, casework.Assist, parking), "has-task", city.Conflict)
	s.move(officer, casework.Assist, roads)
	if s.c.Tasks[1].Agency != roads || s.c.Tasks[1].Lead || len(s.c.Tasks) != 2 {
		t.Errorf("tasks: %+v", s.c.Tasks)
	}
}

func TestDispatchNamesEachAgencyOnce(t *testing.T) {
	for _, assists := range [][]city.AgencyID{{roads}, {parking, parking}} {
		s := at(t, casework.Filed)
		cmd := casework.Command{Verb: casework.Dispatch, Version: 2, Actor: officer, Agency: roads, Assists: assists, Order: "疏导"}
		wantRefusal(t, s.command(cmd), "named-twice", city.Invalid)
	}
}

// TestAssistingAgencyReturns leaves the state; somebody else may assist.
func TestAssistingAgencyReturns(t *testing.T) {
	s := at(t, casework.Dispatched)
	s.move(dispatcher(roads), casework.Accept, roads)
	s.move(dispatcher(parking), casework.Return, parking)
	if s.c.State != casework.Handling {
		t.Errorf("the case is %s", s.c.State)
	}
	s.move(dispatcher(roads), casework.Assist, culture)
	wantRefusal(t, s.try(handler(roads), casework.Assist, parking), casework.GuardRole, city.Denied)
	s.move(officer, casework.Withdraw, culture)
	s.move(handler(roads), casework.Finish, roads)
}

// TestReworkGivesTheLimitAgain holds the clocks of redo, reject and reopen.
func TestReworkGivesTheLimitAgain(t *testing.T) {
	s := at(t, casework.Handling)
	limit := s.c.Tasks[1].Deadline - s.c.Tasks[1].GivenAt
	s.move(dispatcher(roads), casework.Redo, parking)
	task := s.c.Tasks[1]
	if task.State != casework.TaskHandling || task.DoneAt != 0 || task.Report != "" || task.GivenAt != s.c.ChangedAt || task.Deadline != s.c.ChangedAt+limit {
		t.Errorf("again: %+v", task)
	}
	s.move(handler(parking), casework.Finish, parking)
	s.move(handler(roads), casework.Finish, roads)
	deadline := s.c.Deadline
	s.move(officer, casework.Reject, "")
	lead := s.c.Lead()
	if s.c.State != casework.Handling || lead.State != casework.TaskHandling || lead.GivenAt != s.c.ChangedAt || lead.Deadline <= deadline || s.c.Deadline != deadline {
		t.Errorf("after reject: %s, %+v", s.c.State, lead)
	}
}

func TestHandledCaseWaitsForRework(t *testing.T) {
	s := at(t, casework.Handled)
	s.move(officer, casework.Redo, parking)
	wantRefusal(t, s.try(officer, casework.Check, ""), "assisting-open", city.Conflict)
	s.move(handler(parking), casework.Finish, parking)
	s.move(officer, casework.Check, "")
}

// TestReopen holds that the clock of a case stands still while it is closed.
func TestReopen(t *testing.T) {
	s := at(t, casework.Closed)
	closed, deadline := s.c.ClosedAt, s.c.Deadline
	c, _, err := casework.Transition(s.c, casework.Command{Verb: casework.Reopen, Version: s.c.Version, Actor: officer, Text: "又堵了"}, closed+10*hour)
	if err != nil {
		t.Fatal(err)
	}
	if c.State != casework.Handling || c.Outcome != "" || c.ClosedAt != 0 || c.Lead().State != casework.TaskHandling {
		t.Errorf("reopened: %+v", c)
	}
	if c.Deadline != max(deadline+10*hour, c.Lead().Deadline) || c.Overdue(closed+10*hour) {
		t.Errorf("the deadline is %s, the lead's %s", c.Deadline, c.Lead().Deadline)
	}
	s = at(t, casework.Reported)
	s.move(officer, casework.Refuse, "")
	if s.c.Outcome != casework.NotAccepted {
		t.Errorf("the outcome is %s", s.c.Outcome)
	}
	if s.move(officer, casework.Reopen, ""); s.c.State != casework.Filed || s.c.Outcome != "" {
		t.Errorf("a refused case is reopened as %s", s.c.State)
	}
}

// TestReopenedCaseKeepsTheRestOfItsLimit holds a lead whose own limit is shorter
// than that of the case.
func TestReopenedCaseKeepsTheRestOfItsLimit(t *testing.T) {
	s := at(t, casework.Filed)
	if err := s.command(casework.Command{Verb: casework.Dispatch, Version: 2, Actor: officer, Agency: roads, Order: "疏导",
		Orders: []casework.Order{{Agency: roads, Limit: 3600 * 1e9}}}); err != nil {
		t.Fatal(err)
	}
	s.move(handler(roads), casework.Accept, roads).move(handler(roads), casework.Finish, roads).move(officer, casework.Check, "").move(dispatcher(roads), casework.Close, "")
	left, again := s.c.Deadline-s.c.ClosedAt, s.c.ClosedAt+10*hour
	c, _, err := casework.Transition(s.c, casework.Command{Verb: casework.Reopen, Version: s.c.Version, Actor: officer, Text: "又堵了"}, again)
	if err != nil || c.Deadline != again+left || c.Lead().Deadline != again+hour {
		t.Errorf("deadline %s, the lead's %s; %v", c.Deadline, c.Lead().Deadline, err)
	}
}

// TestTaskOfALateCaseIsNotLateAtOnce holds that an agency that gets its task
// after the deadline of the case is not to blame for it.
func TestTaskOfALateCaseIsNotLateAtOnce(t *testing.T) {
	s := at(t, casework.Filed)
	c, _, err := casework.Transition(s.c, casework.Command{Verb: casework.Dispatch, Version: 2, Actor: officer, Agency: roads, Order: "疏导"}, noon+5*hour)
	if err != nil || !c.Overdue(noon+5*hour) || c.Tasks[0].Overdue(noon+9*hour) || c.Tasks[0].Deadline != 0 {
		t.Errorf("the task: %+v, %v", c.Tasks, err)
	}
}

// TestBranchesOfACaseDoNotMeet makes two different moves on one case whose lists
// have room for more.
func TestBranchesOfACaseDoNotMeet(t *testing.T) {
	s := at(t, casework.Handling)
	s.c.Files = make([]casework.File, 0, 4)
	s.c.From = make([]casework.CaseID, 0, 4)
	branch := func(hash string, into casework.CaseID) casework.Case {
		cmd := whole(officer, casework.Attach, "")
		cmd.Version = s.c.Version
		cmd.File.Hash = hash
		c, _, err := casework.Transition(s.c, cmd, noon)
		if err != nil {
			t.Fatal(err)
		}
		if c, _, err = casework.Transition(c, casework.Command{Verb: casework.Absorb, Actor: officer, Into: into}, noon); err != nil {
			t.Fatal(err)
		}
		return c
	}
	a := branch(strings.Repeat("a", 64), "a")
	b := branch(strings.Repeat("b", 64), "b")
	if a.Files[0].Hash == b.Files[0].Hash || a.From[0] == b.From[0] {
		t.Errorf("the second branch changed the first: %v, %v", a.Files, a.From)
	}
}

// TestMergeWithdrawsOpenTasks holds both sides of a merge, and that a merged
// case is not opened again.
func TestMergeWithdrawsOpenTasks(t *testing.T) {
	s := at(t, casework.Dispatched)
	s.move(officer, casework.Merge, "")
	if s.c.State != casework.Closed || s.c.Outcome != casework.Merged || s.c.Into != "another" || s.c.Tasks[0].State != casework.TaskWithdrawn || s.c.Tasks[1].State != casework.TaskWithdrawn {
		t.Errorf("merged: %+v", s.c)
	}
	wantRefusal(t, s.try(officer, casework.Reopen, ""), "merged", city.Conflict)
	s = at(t, casework.Handling)
	cmd := whole(officer, casework.Merge, "")
	cmd.Version, cmd.Into = s.c.Version, s.c.ID
	wantRefusal(t, s.command(cmd), "itself", city.Invalid)
	s.move(officer, casework.Absorb, "")
	wantRefusal(t, s.try(officer, casework.Absorb, ""), "absorbed", city.Conflict)
	wantRefusal(t, s.try(dispatcher(roads), casework.Absorb, ""), casework.GuardRole, city.Denied)
}

// TestFileIsAttachedOnce holds that evidence is not doubled and not endless.
func TestFileIsAttachedOnce(t *testing.T) {
	s := at(t, casework.Handled)
	s.move(handler(parking), casework.Attach, "")
	f := s.c.Files[0]
	if f.By != handler(parking).Account || f.Agency != parking || f.At != s.c.ChangedAt {
		t.Errorf("attached: %+v", f)
	}
	wantRefusal(t, s.try(officer, casework.Attach, ""), "attached", city.Conflict)
	for len(s.c.Files) < casework.MaxFiles {
		s.c.Files = append(s.c.Files, casework.File{Hash: "other"})
	}
	wantRefusal(t, s.try(officer, casework.Attach, ""), "files-full", city.Conflict)
}

// TestNotesEnd holds that notes cannot fill a case without end, and that a full
// timeline keeps nobody from working.
func TestNotesEnd(t *testing.T) {
	s := at(t, casework.Handled)
	s.c.Version = casework.MaxNoted - 1
	s.move(officer, casework.Note, "")
	wantRefusal(t, s.try(officer, casework.Note, ""), "timeline-full", city.Conflict)
	s.move(officer, casework.Check, "")
}

// TestReporterAddsToTheReport holds that the agency that reported a case may
// show what it saw before anybody has a task.
func TestReporterAddsToTheReport(t *testing.T) {
	c, _, err := casework.Begin(casework.Opening{Actor: dispatcher(culture), Title: city.Names{EN: "Crowd at the gate"}, Severity: city.Minor}, noon)
	if err != nil {
		t.Fatal(err)
	}
	s := &story{t, c}
	s.move(handler(culture), casework.Attach, "")
	wantRefusal(t, s.try(handler(roads), casework.Note, ""), casework.GuardRole, city.Denied)
}
