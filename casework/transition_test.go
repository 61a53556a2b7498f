package casework_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/casework"
	"citybrain/city"
)

// TestTwoAgenciesCloseACase plays the ordinary way of a case and looks at every
// part of it that changes.
func TestTwoAgenciesCloseACase(t *testing.T) {
	s := &story{t, reported(t)}
	s.move(officer, casework.FileCase, "")
	err := s.command(casework.Command{Verb: casework.Dispatch, Version: 2, Actor: officer, Agency: roads, Assists: []city.AgencyID{parking}, Order: " 疏导\r\n交通 ",
		Orders: []casework.Order{{Agency: parking, Text: city.Names{ZH: "开放"}, Limit: 3600 * 1e9}}})
	if err != nil {
		t.Fatal(err)
	}
	given := noon + 2*minute
	want := []casework.Task{
		{Agency: roads, Lead: true, State: casework.TaskWaiting, Order: "疏导\n交通", Deadline: noon + 4*hour, GivenAt: given},
		{Agency: parking, State: casework.TaskWaiting, Order: "疏导\n交通", Deadline: given + hour, GivenAt: given},
	}
	if diff := cmp.Diff(want, s.c.Tasks); diff != "" {
		t.Errorf("the tasks after dispatch (-want +got):\n%s", diff)
	}
	s.move(dispatcher(roads), casework.Accept, roads)
	s.move(handler(parking), casework.Accept, parking)
	r := wantRefusal(t, s.try(handler(roads), casework.Finish, roads), "assisting-open", city.Conflict)
	if !slices.Equal(r.Agencies, []city.AgencyID{parking}) || !strings.Contains(r.Text.EN, string(parking)) {
		t.Errorf("the refusal names %v: %s", r.Agencies, r.Text.EN)
	}
	s.move(handler(parking), casework.Finish, parking)
	s.move(handler(roads), casework.Finish, roads)
	s.move(officer, casework.Check, "")
	s.move(dispatcher(roads), casework.Close, "")
	c := s.c
	if c.State != casework.Closed || c.Outcome != casework.Solved || c.ClosedAt != noon+8*minute || c.ChangedAt != c.ClosedAt || c.Version != 9 || !c.Touched {
		t.Errorf("the closed case: %+v", c)
	}
	want[0].State, want[0].AcceptedAt, want[0].DoneAt, want[0].Report = casework.TaskDone, noon+3*minute, noon+6*minute, "说明"
	want[1].State, want[1].AcceptedAt, want[1].DoneAt, want[1].Report = casework.TaskDone, noon+4*minute, noon+5*minute, "说明"
	if diff := cmp.Diff(want, c.Tasks); diff != "" {
		t.Errorf("the tasks at the end (-want +got):\n%s", diff)
	}
}

// TestMoveTellsWhoDidWhat holds the line of the timeline.
func TestMoveTellsWhoDidWhat(t *testing.T) {
	s := at(t, casework.Filed)
	many := city.Actor{Account: "open", Posts: []city.Post{auditor.Posts[0], dispatcher(roads).Posts[0], officer.Posts[0]}}
	_, m, err := casework.Transition(s.c, casework.Command{Verb: casework.Dispatch, Version: 2, Actor: many, Agency: roads, Assists: []city.AgencyID{parking}, Order: "疏导"}, noon+hour)
	if err != nil {
		t.Fatal(err)
	}
	want := casework.Move{Case: s.c.ID, Seq: 3, At: noon + hour, Verb: casework.Dispatch, Account: "open", Post: officer.Posts[0].ID, By: centre,
		From: casework.Filed, To: casework.Dispatched, Agency: roads, Assists: []city.AgencyID{parking}, Text: "疏导"}
	if diff := cmp.Diff(want, m); diff != "" {
		t.Errorf("the move (-want +got):\n%s", diff)
	}
	s.move(officer, casework.Dispatch, roads)
	_, m, err = casework.Transition(s.c, casework.Command{Verb: casework.Attach, Version: 3, Actor: handler(parking), File: photo()}, noon)
	if err != nil || m.File != photo().Hash || m.At != s.c.ChangedAt || m.By != parking || m.Account != handler(parking).Account {
		t.Errorf("attached: %+v, %v; want it not before the move before", m, err)
	}
}

// TestRefusals goes through what nobody may do. Unlisted guards are covered by
// TestTransitionAgreesWithReference.
func TestRefusals(t *testing.T) {
	for _, c := range []struct {
		name   string
		at     casework.State
		actor  city.Actor
		verb   casework.Verb
		agency city.AgencyID
		guard  casework.Guard
		kind   city.ErrorKind
	}{
		{"dispatch before it is filed", casework.Reported, officer, casework.Dispatch, roads, casework.GuardState, city.Conflict},
		{"file twice", casework.Filed, officer, casework.FileCase, "", casework.GuardState, city.Conflict},
		{"close before the check", casework.Handled, dispatcher(roads), casework.Close, "", casework.GuardState, city.Conflict},
		{"check before it is handled", casework.Handling, officer, casework.Check, "", casework.GuardState, city.Conflict},
		{"accept twice", casework.Handling, dispatcher(roads), casework.Accept, roads, casework.GuardState, city.Conflict},
		{"an assisting agency accepts twice", casework.Handling, dispatcher(parking), casework.Accept, parking, "task-waiting", city.Conflict},
		{"finish twice", casework.Handled, handler(roads), casework.Finish, roads, casework.GuardState, city.Conflict},
		{"finish what was not accepted", casework.Dispatched, handler(parking), casework.Finish, parking, "task-handling", city.Conflict},
		{"redo what is not done", casework.Dispatched, officer, casework.Redo, parking, "task-done", city.Conflict},
		{"redo of the lead's task", casework.Handled, officer, casework.Redo, roads, casework.GuardTask, city.Conflict},
		{"return what is done", casework.Handling, handler(parking), casework.Return, parking, "task-open", city.Conflict},
		{"assist one that assists", casework.Handling, officer, casework.Assist, parking, "has-task", city.Conflict},
		{"an agency without a task", casework.Dispatched, dispatcher(culture), casework.Accept, culture, casework.GuardTask, city.Conflict},
		{"no agency", casework.Dispatched, officer, casework.Withdraw, "", casework.GuardNeeds, city.Invalid},
		{"another agency's task", casework.Dispatched, dispatcher(parking), casework.Accept, roads, casework.GuardRole, city.Denied},
		{"an agency files", casework.Reported, dispatcher(roads), casework.FileCase, "", casework.GuardRole, city.Denied},
		{"an assisting agency closes", casework.Checked, dispatcher(parking), casework.Close, "", casework.GuardRole, city.Denied},
		{"a handler closes", casework.Checked, handler(roads), casework.Close, "", casework.GuardRole, city.Denied},
		{"the duty officer closes", casework.Checked, officer, casework.Close, "", casework.GuardRole, city.Denied},
		{"the duty officer accepts", casework.Dispatched, officer, casework.Accept, roads, casework.GuardRole, city.Denied},
		{"an auditor notes", casework.Handling, auditor, casework.Note, "", casework.GuardRole, city.Denied},
		{"an administrator reopens", casework.Closed, administrator, casework.Reopen, "", casework.GuardRole, city.Denied},
		{"an agency without a task notes", casework.Handling, handler(culture), casework.Note, "", casework.GuardRole, city.Denied},
		{"the program checks", casework.Handled, procedure, casework.Check, "", casework.GuardRole, city.Denied},
		{"a person clears", casework.Filed, officer, casework.Cleared, "", casework.GuardRole, city.Denied},
		{"nobody at all", casework.Reported, city.Actor{Posts: officer.Posts}, casework.FileCase, "", casework.GuardRole, city.Denied},
		{"an unknown verb", casework.Reported, officer, "destroy", "", casework.GuardValue, city.Invalid},
		{"report again", casework.Reported, officer, casework.Report, "", casework.GuardValue, city.Invalid},
		{"an agency notes on a closed case", casework.Closed, handler(roads), casework.Note, "", casework.GuardRole, city.Denied},
		{"attach to a closed case", casework.Closed, officer, casework.Attach, "", casework.GuardState, city.Conflict},
		{"accept on a closed case", casework.Closed, handler(roads), casework.Accept, roads, casework.GuardState, city.Conflict},
		{"accept on a closed case without a task", casework.Closed, handler(culture), casework.Accept, culture, casework.GuardState, city.Conflict},
		{"merge a closed case", casework.Closed, officer, casework.Merge, "", casework.GuardState, city.Conflict},
		{"clear a case of no situation", casework.Handling, procedure, casework.Cleared, "", "situation", city.Invalid},
	} {
		t.Run(c.name, func(t *testing.T) {
			wantRefusal(t, at(t, c.at).try(c.actor, c.verb, c.agency), c.guard, c.kind)
		})
	}
}

// TestRefusalSaysWhoCould looks at the people that a refusal names.
func TestRefusalSaysWhoCould(t *testing.T) {
	r := wantRefusal(t, at(t, casework.Checked).try(officer, casework.Close, ""), casework.GuardRole, city.Denied)
	if want := []casework.Who{{Duty: city.Dispatcher, Agency: roads}}; !slices.Equal(r.Who, want) {
		t.Errorf("could: %v, want %v", r.Who, want)
	}
	named := r.Named(func(city.AgencyID) city.Names { return city.Names{ZH: "交警支队", EN: "Traffic police"} })
	if named.Text.ZH != "该操作由以下人员进行：交警支队的调度员" || named.Text.EN != "this is done by: a dispatcher of Traffic police" {
		t.Errorf("named: %q, %q", named.Text.ZH, named.Text.EN)
	}
	r = wantRefusal(t, at(t, casework.Handled).try(officer, casework.FileCase, ""), casework.GuardState, city.Conflict)
	if want := []casework.Who{{Duty: city.DutyOfficer}, {}}; !slices.Equal(r.Who, want) {
		t.Errorf("could: %v, want %v", r.Who, want)
	}
}

// TestMovesNeedTheirTexts holds that a return, a refusal and the like give a
// reason.
func TestMovesNeedTheirTexts(t *testing.T) {
	for _, c := range []struct {
		at    casework.State
		cmd   casework.Command
		field string
	}{
		{casework.Reported, casework.Command{Verb: casework.Refuse, Actor: officer}, "text"},
		{casework.Filed, casework.Command{Verb: casework.Dispatch, Actor: officer, Text: "x"}, "agency"},
		{casework.Filed, casework.Command{Verb: casework.Dispatch, Actor: officer, Agency: roads}, "text"},
		{casework.Filed, casework.Command{Verb: casework.Dispatch, Actor: officer, Agency: roads, Assists: []city.AgencyID{parking}, Orders: []casework.Order{{Agency: roads, Text: city.Names{ZH: "疏导"}}}}, "text"},
		{casework.Dispatched, casework.Command{Verb: casework.Return, Actor: handler(roads), Agency: roads}, "text"},
		{casework.Dispatched, casework.Command{Verb: casework.Return, Actor: handler(parking), Agency: parking, Text: " \r\n "}, "text"},
		{casework.Dispatched, casework.Command{Verb: casework.Withdraw, Actor: officer, Agency: roads}, "text"},
		{casework.Dispatched, casework.Command{Verb: casework.Assist, Actor: officer, Agency: culture}, "text"},
		{casework.Handling, casework.Command{Verb: casework.Finish, Actor: handler(roads), Agency: roads}, "text"},
		{casework.Handling, casework.Command{Verb: casework.Redo, Actor: officer, Agency: parking}, "text"},
		{casework.Handled, casework.Command{Verb: casework.Reject, Actor: officer}, "text"},
		{casework.Closed, casework.Command{Verb: casework.Reopen, Actor: officer}, "text"},
		{casework.Handled, casework.Command{Verb: casework.Note, Actor: officer}, "text"},
		{casework.Handled, casework.Command{Verb: casework.Attach, Actor: officer}, "file"},
		{casework.Handled, casework.Command{Verb: casework.Merge, Actor: officer}, "into"},
	} {
		s := at(t, c.at)
		c.cmd.Version = s.c.Version
		wantField(t, wantRefusal(t, s.command(c.cmd), casework.GuardNeeds, city.Invalid), c.field)
	}
}

func wantField(t testing.TB, r *casework.Refusal, field string) {
	t.Helper()
	e, ok := r.Unwrap().(*city.Error)
	if !ok || e.Field != field || e.Detail != r.Text.EN {
		t.Errorf("the refusal %q wraps %+v, want the field %s", r.Text.EN, e, field)
	}
}

// TestPersonSaysWhichVersionTheySaw holds that nobody moves what they did not
// see.
func TestPersonSaysWhichVersionTheySaw(t *testing.T) {
	s := at(t, casework.Handling)
	for version, kind := range map[int64]city.ErrorKind{0: city.Invalid, -1: city.Invalid, s.c.Version - 1: city.Conflict, s.c.Version + 1: city.Conflict} {
		cmd := whole(officer, casework.Note, "")
		cmd.Version = version
		wantRefusal(t, s.command(cmd), casework.GuardVersion, kind)
	}
}

// TestBadValuesAreRefused holds the machine's limits of what people send.
func TestBadValuesAreRefused(t *testing.T) {
	s := at(t, casework.Handling)
	for name, change := range map[string]func(*casework.Command){
		"text: too long":            func(c *casework.Command) { c.Text = strings.Repeat("水", casework.MaxText+1) },
		"text: no UTF-8":            func(c *casework.Command) { c.Text = "a\xffb" },
		"text: NUL":                 func(c *casework.Command) { c.Text = "a\x00b" },
		"text: escape":              func(c *casework.Command) { c.Text = "\x1b[31m" },
		"text: a lone return":       func(c *casework.Command) { c.Text = "a\rb" },
		"text: turns the direction": func(c *casework.Command) { c.Text = "a\u202eb" },
		"order: too long":           func(c *casework.Command) { c.Order = strings.Repeat("x", casework.MaxText+1) },
		"assists: empty":            func(c *casework.Command) { c.Assists = []city.AgencyID{""} },
		"assists: too many":         func(c *casework.Command) { c.Assists = make([]city.AgencyID, casework.MaxAssists+1) },
		"hash: none":                func(c *casework.Command) { c.File.Hash = "../../etc" },
		"media: HTML":               func(c *casework.Command) { c.File.Media = "text/html" },
		"bytes: empty":              func(c *casework.Command) { c.File.Bytes = 0 },
		"name: two lines":           func(c *casework.Command) { c.File.Name = "a\nb" },
		"view: unknown":             func(c *casework.Command) { c.File.View = "inside" },
		"place: off the globe":      func(c *casework.Command) { c.File.Place = &city.Point{Lon: 200} },
		"takenAt: long ago":         func(c *casework.Command) { c.File.TakenAt = city.MinInstant - 1 },
		"note: too long":            func(c *casework.Command) { c.File.Note = strings.Repeat("x", casework.MaxText+1) },
	} {
		t.Run(name, func(t *testing.T) {
			cmd := whole(officer, casework.Attach, "")
			cmd.Version = s.c.Version
			change(&cmd)
			field, what, _ := strings.Cut(name, ": ")
			guard := casework.GuardValue
			if strings.Contains("text order name note", field) && what != "unknown" {
				guard = casework.GuardText
			}
			wantField(t, wantRefusal(t, s.command(cmd), guard, city.Invalid), field)
		})
	}
}

// TestMarkupStaysText holds that texts are neither changed nor refused for what
// a browser could make of them.
func TestMarkupStaysText(t *testing.T) {
	const text = "<script>alert('x')</script>\n\t& \"引号\" %s 👩‍👩‍👧"
	s := at(t, casework.Handling)
	_, m, err := casework.Transition(s.c, casework.Command{Verb: casework.Note, Version: s.c.Version, Actor: officer, Text: text}, noon)
	if err != nil || m.Text != text {
		t.Errorf("noted %q, %v", m.Text, err)
	}
	longest := strings.Repeat("水", casework.MaxText)
	if _, m, err = casework.Transition(s.c, casework.Command{Verb: casework.Note, Version: s.c.Version, Actor: officer, Text: longest}, noon); err != nil || m.Text != longest {
		t.Errorf("the longest text: %v", err)
	}
}
