package casework_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/casework"
	"citybrain/casework/casetest"
	"citybrain/city"
)

// office is a desk on records in memory whose clock stands where the test sets
// it.
type office struct {
	casework.Desk
	now       city.Instant
	announced []casework.Case
	mu        sync.Mutex
}

func newOffice(t testing.TB, records casework.Records) *office {
	t.Helper()
	o := &office{now: noon}
	o.Desk = casework.Desk{
		Records: records, Procedures: procedures(t), Clock: func() city.Instant { return o.now }, Zone: time.FixedZone("UTC+8", 8*3600),
		Agencies: []city.Agency{
			{ID: roads, Name: city.Names{ZH: "道路主管部门", EN: "Road authority"}}, {ID: parking, Name: city.Names{ZH: "停车管理公司", EN: "Parking operator"}},
			{ID: culture, Name: city.Names{ZH: "文化局", EN: "Culture department"}}, {ID: centre, Name: city.Names{ZH: "城运中心", EN: "Operations centre"}},
		},
		Announce: func(list []casework.Case) {
			o.mu.Lock()
			defer o.mu.Unlock()
			o.announced = append(o.announced, list...)
		},
	}
	return o
}

func (o *office) open(t testing.TB, title string) casework.Case {
	t.Helper()
	c, err := o.Open(context.Background(), casework.Opening{Actor: officer, Title: city.Names{ZH: title}, Severity: city.Major})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (o *office) do(t testing.TB, c casework.Case, actor city.Actor, verb casework.Verb, agency city.AgencyID) casework.Case {
	t.Helper()
	cmd := whole(actor, verb, agency)
	cmd.Version = c.Version
	next, err := o.Do(context.Background(), c.ID, cmd)
	if err != nil {
		t.Fatalf("%s: %v", verb, err)
	}
	return next
}

// TestReportByHand opens a case with a number of the city's day and the limit of
// its severity.
func TestReportByHand(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	o.now = noon + 5*hour // the next day in the city
	c := o.open(t, "路面积水")
	if c.Number != "20140813-0001" || c.State != casework.Reported || c.Deadline != o.now+4*hour || c.Kind != casework.General || c.By != centre || c.Origin != casework.FromOfficer || !c.Touched || len(c.ID) != 32 {
		t.Errorf("opened: %+v", c)
	}
	if len(o.announced) != 1 || o.announced[0].Change != 1 {
		t.Errorf("announced: %+v", o.announced)
	}
	opening := casework.Opening{Actor: officer, Title: city.Names{ZH: "路面积水"}, Severity: city.Major}
	_, err := o.Open(context.Background(), opening)
	wantRefusal(t, err, "reported", city.Conflict)
	o.now++
	if _, err := o.Open(context.Background(), opening); err != nil {
		t.Errorf("the same a moment later: %v", err)
	}
	opening.Key = "one-report"
	first, err := o.Open(context.Background(), opening)
	if o.now++; err != nil {
		t.Fatal(err)
	}
	if again, err := o.Open(context.Background(), opening); err != nil || again.ID != first.ID || again.OpenedAt != first.OpenedAt {
		t.Errorf("the same with its key a moment later: %+v, %v", again, err)
	}
}

// TestOpeningIsChecked holds who may report, and what.
func TestOpeningIsChecked(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	for name, change := range map[string]func(*casework.Opening){
		"role":     func(x *casework.Opening) { x.Actor = handler(roads) },
		"role ":    func(x *casework.Opening) { x.Actor = auditor },
		"role  ":   func(x *casework.Opening) { x.Actor = city.Actor{} },
		"title":    func(x *casework.Opening) { x.Title = city.Names{ZH: "  "} },
		"title ":   func(x *casework.Opening) { x.Title.EN = "two\nlines" },
		"title  ":  func(x *casework.Opening) { x.Title.ZH = strings.Repeat("水", casework.MaxTitle+1) },
		"text":     func(x *casework.Opening) { x.Text = "\x07" },
		"severity": func(x *casework.Opening) { x.Severity = 0 },
		"kind":     func(x *casework.Opening) { x.Kind = "No Kind" },
		"entity":   func(x *casework.Opening) { x.Entity = "no uri" },
		"place":    func(x *casework.Opening) { x.Place = city.PointPlace(city.Point{Lat: 91}) },
		"place ":   func(x *casework.Opening) { x.Place = &city.Place{Kind: city.PlacePoint} },
		"key":      func(x *casework.Opening) { x.Key = "a b" },
		"key ":     func(x *casework.Opening) { x.Key = strings.Repeat("a", casework.MaxKey+1) },
		"limit":    func(x *casework.Opening) { x.Limit = -time.Hour },
	} {
		opening := casework.Opening{Actor: dispatcher(roads), Title: city.Names{ZH: "积水"}, Severity: city.Minor}
		change(&opening)
		_, err := o.Open(context.Background(), opening)
		var r *casework.Refusal
		if !errors.As(err, &r) {
			t.Errorf("%s: %v, want a refusal", name, err)
			continue
		}
		if field := strings.TrimSpace(name); field == "role" {
			wantRefusal(t, err, casework.GuardRole, city.Denied)
		} else {
			wantField(t, r, field)
		}
	}
	c, err := o.Open(context.Background(), casework.Opening{Actor: officer, Title: city.Names{ZH: "积水"}, Severity: city.Minor, Procedure: "a/b", Situation: casework.SituationNote{ID: "s"}})
	if err != nil || c.Procedure != "" || c.Situation.ID != "" {
		t.Errorf("a person opened the case of a procedure: %+v, %v", c, err)
	}
}

// TestSecondOfTwoIsToldWhatChanged lets two people act on what both saw.
func TestSecondOfTwoIsToldWhatChanged(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	seen := o.open(t, "积水")
	o.do(t, seen, officer, casework.FileCase, "")
	cmd := whole(officer, casework.Refuse, "")
	cmd.Version = seen.Version
	_, err := o.Do(context.Background(), seen.ID, cmd)
	r := wantRefusal(t, err, casework.GuardVersion, city.Conflict)
	if len(r.Changes) != 1 || r.Changes[0].Verb != casework.FileCase || r.Changes[0].Seq != 2 || !strings.Contains(r.Text.ZH, "立案") {
		t.Errorf("told: %q, %+v", r.Text.ZH, r.Changes)
	}
}

// TestTwentyPeopleAtOnce lets twenty people make the same move: one does.
func TestTwentyPeopleAtOnce(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	c := o.open(t, "积水")
	var won atomic.Int64
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() {
			cmd := whole(officer, casework.FileCase, "")
			cmd.Version = c.Version
			_, err := o.Do(context.Background(), c.ID, cmd)
			var r *casework.Refusal
			if err == nil {
				won.Add(1)
			} else if !errors.As(err, &r) || r.Guard != casework.GuardVersion || len(r.Changes) != 1 {
				t.Errorf("the loser: %v", err)
			}
		})
	}
	wg.Wait()
	if won.Load() != 1 {
		t.Errorf("%d won", won.Load())
	}
}

// rival are records on which somebody else is faster at the first save.
type rival struct {
	casework.Records
	first func()
}

func (r *rival) Save(ctx context.Context, changes ...casework.Change) ([]casework.Case, error) {
	if first := r.first; first != nil {
		r.first = nil
		first()
	}
	return r.Records.Save(ctx, changes...)
}

// TestRivalBetweenLoadAndSave holds that the slower one is told, or tries again
// where nobody needs to be asked.
func TestRivalBetweenLoadAndSave(t *testing.T) {
	records := &rival{Records: &casetest.Memory{}}
	o, other := newOffice(t, records), newOffice(t, records.Records)
	a, b := o.open(t, "积水"), o.open(t, "排水不畅")
	records.first = func() { other.do(t, a, officer, casework.FileCase, "") }
	cmd := whole(officer, casework.Refuse, "")
	cmd.Version = a.Version
	_, err := o.Do(context.Background(), a.ID, cmd)
	if r := wantRefusal(t, err, casework.GuardVersion, city.Conflict); len(r.Changes) != 1 {
		t.Errorf("told: %+v", r.Changes)
	}
	records.first = func() { other.do(t, b, officer, casework.Note, "") }
	if _, err := o.Do(context.Background(), a.ID, casework.Command{Verb: casework.Merge, Version: 2, Actor: officer, Into: b.ID}); err != nil {
		t.Errorf("the case that a case is merged into got a note meanwhile: %v", err)
	}
	records.first = func() { other.take(t, pressure()) }
	if c := o.take(t, cleared(pressure(), "below")); c.Version != 4 || c.Situation.ClearedAt == 0 {
		t.Errorf("taken twice: %+v", c)
	}
	s := pressure()
	s.ID = "s2"
	c := o.take(t, s)
	records.first = func() { other.do(t, c, handler(roads), casework.Accept, roads) }
	if c = o.take(t, cleared(s, casework.FaultReason)); c.State != casework.Handling || c.Version != 5 {
		t.Errorf("cleared while the agency accepted: %+v", c)
	}
}

// TestMergeIsOneSave merges two cases; the other goes on with what it had.
func TestMergeIsOneSave(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	ctx := context.Background()
	a, b := o.open(t, "积水"), o.open(t, "排水不畅")
	merge := func(c casework.Case, into casework.CaseID) error {
		_, err := o.Do(ctx, c.ID, casework.Command{Verb: casework.Merge, Version: c.Version, Actor: officer, Into: into, Text: "同一处"})
		return err
	}
	wantField(t, wantRefusal(t, merge(a, "none"), casework.GuardValue, city.Invalid), "into")
	wantRefusal(t, merge(a, a.ID), "itself", city.Invalid)
	if err := merge(a, b.ID); err != nil {
		t.Fatal(err)
	}
	a, _ = o.Records.Case(ctx, a.ID)
	b, _ = o.Records.Case(ctx, b.ID)
	if a.Outcome != casework.Merged || a.Into != b.ID || b.State != casework.Reported || len(b.From) != 1 || b.From[0] != a.ID || b.Version != 2 {
		t.Errorf("merged: %+v into %+v", a, b)
	}
	moves, _ := o.Records.Moves(ctx, b.ID, 1)
	if len(moves) != 1 || moves[0].Verb != casework.Absorb || moves[0].Account != officer.Account || moves[0].Into != a.ID || moves[0].Text != "同一处" {
		t.Errorf("the other side: %+v", moves)
	}
	wantRefusal(t, merge(a, b.ID), casework.GuardState, city.Conflict)
	c := o.open(t, "别处")
	wantRefusal(t, merge(c, a.ID), "other-closed", city.Conflict)
	if len(o.announced) != 5 {
		t.Errorf("%d cases announced, want three opened and two merged", len(o.announced))
	}
}

// TestDeskRefusesInnerVerbs holds that nobody asks for what comes with other
// things.
func TestDeskRefusesInnerVerbs(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	c := o.open(t, "积水")
	for _, verb := range []casework.Verb{casework.Absorb, casework.Cleared, casework.Report} {
		for _, actor := range []city.Actor{officer, procedure} {
			cmd := whole(actor, verb, "")
			cmd.Version = c.Version
			_, err := o.Do(context.Background(), c.ID, cmd)
			wantRefusal(t, err, casework.GuardRole, city.Denied)
		}
	}
}

func TestDeskKnowsTheAgencies(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	c := o.do(t, o.open(t, "积水"), officer, casework.FileCase, "")
	for field, cmd := range map[string]casework.Command{
		"agency":  {Verb: casework.Dispatch, Version: 2, Actor: officer, Agency: "nobody", Text: "x"},
		"assists": {Verb: casework.Dispatch, Version: 2, Actor: officer, Agency: roads, Assists: []city.AgencyID{"nobody"}, Text: "x"},
	} {
		_, err := o.Do(context.Background(), c.ID, cmd)
		wantField(t, wantRefusal(t, err, casework.GuardValue, city.Invalid), field)
	}
	_, err := o.Do(context.Background(), "no case", whole(officer, casework.FileCase, ""))
	if city.KindOf(err) != city.NotFound {
		t.Errorf("no case: %v", err)
	}
	c = o.do(t, c, officer, casework.Dispatch, roads)
	cmd := whole(dispatcher(parking), casework.Accept, roads)
	cmd.Version = c.Version
	_, err = o.Do(context.Background(), c.ID, cmd)
	if r := wantRefusal(t, err, casework.GuardRole, city.Denied); r.Text.ZH != "该操作由以下人员进行：道路主管部门的调度员或处置人员" {
		t.Errorf("the refusal calls the agency %q", r.Text.ZH)
	}
	for _, choice := range o.Choices(&c, dispatcher(parking)) {
		if choice.Verb == casework.Accept && choice.Agency == roads && choice.Text.EN != "this is done by: a dispatcher or handler of Road authority" {
			t.Errorf("the choice calls the agency %q", choice.Text.EN)
		}
	}
}

// TestMovesStopWhenEvidenceCannotBeKept holds that nothing is half done then.
func TestMovesStopWhenEvidenceCannotBeKept(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	c := o.open(t, "积水")
	full := city.Errorf(city.Unavailable, "ledger", "the evidence folder cannot be written")
	o.Ready = func() error { return full }
	_, err := o.Do(context.Background(), c.ID, whole(officer, casework.FileCase, ""))
	_, openErr := o.Open(context.Background(), casework.Opening{})
	takeErr := o.Take(context.Background(), pressure())
	for _, err := range []error{err, openErr, takeErr} {
		if !errors.Is(err, full) {
			t.Errorf("the error is %v", err)
		}
	}
	if n, _ := o.Records.Count(context.Background(), casework.Query{}); n != 1 {
		t.Errorf("%d cases", n)
	}
}

// TestOfficerDispatchesByTheProcedure holds that a procedure's orders and limits
// count where the officer writes none.
func TestOfficerDispatchesByTheProcedure(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	s := pressure()
	s.Rule, s.ID = "rain/flood", "s-flood"
	if err := o.Take(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	c, err := o.Records.Case(context.Background(), casework.CaseIDOf("rain/flood-case", s.ID))
	if err != nil || c.State != casework.Filed {
		t.Fatalf("%+v, %v", c, err)
	}
	o.now = noon + hour
	dispatch := func(version int64, order string, assists ...city.AgencyID) error {
		c, err = o.Do(context.Background(), c.ID, casework.Command{Verb: casework.Dispatch, Version: version, Actor: officer, Agency: roads, Assists: assists, Order: order})
		return err
	}
	wantField(t, wantRefusal(t, dispatch(2, "", culture), casework.GuardNeeds, city.Invalid), "text")
	if c, err = o.Records.Case(context.Background(), casework.CaseIDOf("rain/flood-case", s.ID)); err != nil {
		t.Fatal(err)
	}
	if err := dispatch(2, "", parking); err != nil {
		t.Fatal(err)
	}
	want := []casework.Task{
		{Agency: roads, Lead: true, State: casework.TaskWaiting, Order: "封闭", Asked: city.Names{ZH: "封闭", EN: "Close it"}, GivenAt: noon + hour, Deadline: noon + 2*hour},
		{Agency: parking, State: casework.TaskWaiting, Order: "引导", Asked: city.Names{ZH: "引导", EN: "Guide"}, GivenAt: noon + hour},
	}
	if diff := cmp.Diff(want, c.Tasks); diff != "" {
		t.Errorf("tasks (-want +got):\n%s", diff)
	}
}
