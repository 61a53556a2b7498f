package casework_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"citybrain/casework"
	"citybrain/city"
)

const theSituation city.SituationID = "s1"

var theCase = casework.CaseIDOf("pack/procedure", theSituation)

var actors = []city.Actor{
	officer, officer, officer, dispatcher(roads), dispatcher(roads), handler(roads), dispatcher(parking), handler(parking), dispatcher(culture), handler(culture), auditor, administrator, procedure, {},
}

var verbs = []casework.Verb{
	casework.FileCase, casework.Refuse, casework.Dispatch, casework.Dispatch, casework.Assist, casework.Withdraw, casework.Accept, casework.Accept, casework.Return, casework.Finish, casework.Finish,
	casework.Redo, casework.Check, casework.Check, casework.Reject, casework.Close, casework.Reopen, casework.Merge, casework.Absorb, casework.Note, casework.Attach, casework.Cleared,
}

func pick[T any](r *rand.Rand, list []T) T { return list[r.IntN(len(list))] }

// randomCommand lacks something now and then.
func randomCommand(r *rand.Rand, version int64) casework.Command {
	cmd := casework.Command{Verb: pick(r, verbs), Actor: pick(r, actors), Version: version, Agency: pick(r, agencies),
		Text: pick(r, []string{"说明", "说明", "说明", ""}), Into: pick(r, []casework.CaseID{"a", "b", theCase, ""}),
		Cleared: casework.SituationNote{ID: theSituation, ClearedAt: noon + 5, ClearedReason: pick(r, []string{"data-fault", "below"})}}
	if r.IntN(3) > 0 {
		cmd.File = photo()
	}
	switch r.IntN(20) {
	case 0:
		cmd.Version--
	case 1:
		cmd.Agency = ""
	case 2:
		cmd.Version = 0
	case 3:
		cmd.Cleared.ID = "s2"
	}
	for range r.IntN(3) {
		cmd.Assists = append(cmd.Assists, pick(r, agencies))
	}
	return cmd
}

// aside are the moves that do not lead a case to its end.
var aside = []casework.Verb{casework.Refuse, casework.Merge, casework.Note, casework.Return, casework.Withdraw, casework.Assist, casework.Attach}

// likelyCommand is one that is offered to somebody, so that cases come far.
func likelyCommand(r *rand.Rand, c *casework.Case) casework.Command {
	cmd := randomCommand(r, c.Version)
	if r.IntN(30) == 0 {
		cmd.Verb, cmd.Actor = casework.Cleared, procedure
		return cmd
	}
	cmd.Actor = pick(r, actors[:len(actors)-2])
	var offered []casework.Choice
	for _, choice := range casework.Choices(c, cmd.Actor, c.ChangedAt) {
		if choice.Allowed && (!slices.Contains(aside, choice.Verb) || r.IntN(20) == 0) {
			offered = append(offered, choice)
		}
	}
	if len(offered) > 0 {
		choice := pick(r, offered)
		cmd.Verb = choice.Verb
		if choice.Agency != "" {
			cmd.Agency = choice.Agency
		}
	}
	return cmd
}

// TestTransitionAgreesWithReference gives thousands of random commands to cases
// and to the reference: both make a move or refuse it for a reason of the same
// kind, and stand in the same place afterwards.
func TestTransitionAgreesWithReference(t *testing.T) {
	seen := map[string]int{}
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 1))
		c, ref := newPair(t, seed%2 == 0)
		for step := range 60 {
			cmd := randomCommand(r, c.Version)
			if r.IntN(5) > 0 {
				cmd = likelyCommand(r, &c)
			}
			before := deepCopy(c)
			next, move, err := casework.Transition(c, cmd, c.ChangedAt+city.Instant(r.Int64N(int64(hour)))-minute)
			want := ref.do(&cmd)
			if got := kindName(err); got != want {
				t.Fatalf("seed %d step %d: %s by %v on %s in %s: got %q (%v), the reference %q", seed, step, cmd.Verb, cmd.Actor, cmd.Agency, c.State, got, err, want)
			}
			if !reflect.DeepEqual(before, c) {
				t.Fatalf("seed %d step %d: %s changed the case it was given", seed, step, cmd.Verb)
			}
			seen[string(cmd.Verb)+" "+want]++
			if err == nil {
				checkMove(t, &before, &next, &cmd, &move)
				c = next
			}
			checkSame(t, &c, ref, fmt.Sprintf("seed %d step %d: after %s", seed, step, cmd.Verb))
			checkInvariants(t, &c)
		}
	}
	for _, v := range verbs {
		if seen[string(v)+" "] < 30 {
			t.Errorf("%s was made %d times: too seldom to say much", v, seen[string(v)+" "])
		}
	}
}

func newPair(t testing.TB, bySituation bool) (casework.Case, *reference) {
	t.Helper()
	o := casework.Opening{Actor: procedure, Kind: "k", Title: city.Names{EN: "t"}, Severity: city.Minor, Limit: 3600 * 1e9,
		Procedure: "pack/procedure", Situation: casework.SituationNote{ID: theSituation, RaisedAt: noon}}
	c, _, err := casework.Begin(o, noon)
	if err != nil || c.ID != theCase {
		t.Fatalf("%s, %v", c.ID, err)
	}
	ref := &reference{state: "reported", tasks: map[city.AgencyID]string{}, from: map[casework.CaseID]bool{}, version: 1}
	if !bySituation {
		c.By, c.Touched = culture, true
		ref.by, ref.touched = culture, true
	}
	return c, ref
}

func kindName(err error) string {
	if err == nil {
		return ""
	}
	return city.KindOf(err).String()
}

func deepCopy(c casework.Case) casework.Case {
	c.Tasks, c.Files, c.From = slices.Clone(c.Tasks), slices.Clone(c.Files), slices.Clone(c.From)
	return c
}

func checkSame(t *testing.T, c *casework.Case, r *reference, when string) {
	t.Helper()
	tasks := map[city.AgencyID]string{}
	for _, task := range c.Tasks {
		if task.State != casework.TaskReturned && task.State != casework.TaskWithdrawn {
			tasks[task.Agency] = string(task.State)
		}
	}
	lead := city.AgencyID("")
	if l := c.Lead(); l != nil {
		lead = l.Agency
	}
	if string(c.State) != r.state || string(c.Outcome) != r.outcome || lead != r.lead || c.Version != r.version || c.Touched != r.touched || len(c.Files) != r.files || !maps.Equal(tasks, r.tasks) {
		t.Fatalf("%s: %s %q lead %s version %d touched %v tasks %v files %d; the reference %+v", when, c.State, c.Outcome, lead, c.Version, c.Touched, tasks, len(c.Files), r)
	}
}

// checkInvariants holds what is true of every case.
func checkInvariants(t *testing.T, c *casework.Case) {
	t.Helper()
	open, leads, agencies := 0, 0, map[city.AgencyID]bool{}
	for i := range c.Tasks {
		task := &c.Tasks[i]
		if agencies[task.Agency] {
			t.Errorf("%s has two tasks: %+v", task.Agency, c.Tasks)
		}
		agencies[task.Agency] = true
		if task.Open() {
			open++
		}
		if c.Lead() == task {
			leads++
			if i != 0 {
				t.Errorf("the lead's task is not the first: %+v", c.Tasks)
			}
		}
		if (task.State == casework.TaskDone) != (task.DoneAt != 0) || task.GivenAt == 0 {
			t.Errorf("times of the task: %+v", task)
		}
	}
	closed := c.State == casework.Closed
	wantLead := map[casework.State]casework.TaskState{casework.Dispatched: casework.TaskWaiting, casework.Handling: casework.TaskHandling, casework.Handled: casework.TaskDone, casework.Checked: casework.TaskDone}
	switch {
	case closed && open > 0, c.State == casework.Checked && open > 0:
		t.Errorf("a %s case has open tasks: %+v", c.State, c.Tasks)
	case closed != (c.ClosedAt != 0) || closed != (c.Outcome != ""):
		t.Errorf("%s, closed at %s, outcome %q", c.State, c.ClosedAt, c.Outcome)
	case (c.Outcome == casework.Merged) != (c.Into != ""):
		t.Errorf("outcome %q, into %q", c.Outcome, c.Into)
	case leads > 1, leads == 0 && wantLead[c.State] != "", leads == 1 && wantLead[c.State] != "" && c.Lead().State != wantLead[c.State]:
		t.Errorf("%s with lead %+v", c.State, c.Lead())
	case (c.State == casework.Reported || c.State == casework.Filed) && c.Lead() != nil:
		t.Errorf("%s with lead %+v", c.State, c.Lead())
	}
}

func checkMove(t *testing.T, before, after *casework.Case, cmd *casework.Command, m *casework.Move) {
	t.Helper()
	if m.Case != before.ID || m.Seq != before.Version+1 || after.Version != m.Seq || m.At != after.ChangedAt || m.At < before.ChangedAt ||
		m.From != before.State || m.To != after.State || m.Verb != cmd.Verb || m.Account != cmd.Actor.Account || m.Program != cmd.Actor.Program {
		t.Errorf("%s: move %+v from version %d to %d", cmd.Verb, m, before.Version, after.Version)
	}
	if cmd.Actor.Program == "" && !cmd.Actor.Holds(postDuty(&cmd.Actor, m.Post), m.By) {
		t.Errorf("%s: made in the post %s of %s, which %s does not hold", cmd.Verb, m.Post, m.By, m.Account)
	}
}

func postDuty(a *city.Actor, id city.PostID) city.Duty {
	for _, p := range a.Posts {
		if p.ID == id {
			return p.Duty
		}
	}
	return "none"
}

// TestChoicesAgreeWithTransition holds that what a page offers can be done, and
// that what it does not is refused by the guard it shows.
func TestChoicesAgreeWithTransition(t *testing.T) {
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 2))
		c, _ := newPair(t, seed%2 == 0)
		for range 25 {
			if next, _, err := casework.Transition(c, likelyCommand(r, &c), c.ChangedAt+1); err == nil {
				c = next
			}
			actor := pick(r, actors)
			for _, choice := range casework.Choices(&c, actor, c.ChangedAt) {
				checkChoice(t, c, actor, &choice)
			}
		}
	}
}

func checkChoice(t *testing.T, c casework.Case, actor city.Actor, choice *casework.Choice) {
	t.Helper()
	cmd := whole(actor, choice.Verb, choice.Agency)
	cmd.Version, cmd.Into = c.Version, "elsewhere"
	cmd.File.Hash = fmt.Sprintf("%064x", c.Version)
	if choice.Verb == casework.Dispatch || choice.Verb == casework.Assist {
		cmd.Agency, cmd.Assists = "somebody-new", nil
	}
	_, _, err := casework.Transition(c, cmd, c.ChangedAt)
	var refusal *casework.Refusal
	switch errors.As(err, &refusal); {
	case choice.Allowed != (err == nil):
		t.Errorf("%s of %s in %s by %v: offered %v, then %v", choice.Verb, choice.Agency, c.State, actor, choice.Allowed, err)
	case !choice.Allowed && (refusal.Guard != choice.Guard || refusal.Text != choice.Text || !slices.Equal(refusal.Who, choice.Who)):
		t.Errorf("%s: shown %s %q %v, refused by %s %q %v", choice.Verb, choice.Guard, choice.Text.EN, choice.Who, refusal.Guard, refusal.Text.EN, refusal.Who)
	case !choice.Allowed && choice.Verb != casework.Close && len(choice.Who) == 0:
		t.Errorf("%s: nobody could", choice.Verb)
	}
}
