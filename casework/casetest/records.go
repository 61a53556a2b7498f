package casetest

import (
	"context"
	"fmt"
	"slices"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"citybrain/casework"
	"citybrain/city"
)

// Run checks the contract of casework.Records. open returns empty records,
// which the suite leaves open: close them in a Cleanup.
func Run(t *testing.T, open func(t *testing.T) casework.Records) {
	for _, check := range []struct {
		name string
		run  func(*testing.T, casework.Records)
	}{
		{"a new case is stored whole", checkNew},
		{"every move adds a version", checkMoves},
		{"save refuses another version", checkVersions},
		{"save refuses what is no change", checkMalformed},
		{"several cases are saved together or not at all", checkTogether},
		{"one situation has one case of a procedure", checkSituation},
		{"numbers count the cases of a day", checkNumbers},
		{"twenty at once on one case", checkRace},
		{"twenty open cases at once", checkOpenRace},
		{"merges at once are whole", checkMergeRace},
		{"changes are numbered over all cases", checkChanges},
		{"each filter of a query", checkFilters},
		{"pages in both orders", checkPages},
		{"limits of a page", checkLimits},
		{"what was answered may be changed", checkCopies},
		{"texts come back as they were", checkTexts},
		{"a call that was cancelled", checkCancelled},
	} {
		t.Run(check.name, func(t *testing.T) { check.run(t, open(t)) })
	}
}

// day is that of the cases of the suite, and start its noon in UTC.
const (
	day   = "20140812"
	start = city.Instant(1407844800 * 1e6)
)

// id is the id of the case with a number.
func id(n int) casework.CaseID { return casework.CaseID(fmt.Sprintf("%032x", n)) }

// opening is a new case as plain as can be.
func opening(n int) casework.Change {
	at := start + city.Instant(n)
	return casework.Change{
		Case: casework.Case{ID: id(n), Version: 1, Kind: "general", Origin: casework.FromOfficer, Title: city.Names{ZH: "路面积水", EN: "Water on the road"},
			Severity: city.Moderate, State: casework.Reported, Touched: true, OpenedAt: at, ChangedAt: at},
		Moves: []casework.Move{{Case: id(n), Seq: 1, At: at, Verb: casework.Report, Account: "duty-officer", Post: "duty-officer", By: "operations-centre", To: casework.Reported}},
		New:   true, Day: day,
	}
}

// next is a change of a stored case by one more move.
func next(c casework.Case, verb casework.Verb, change func(*casework.Case)) casework.Change {
	from := c.State
	c.Version++
	c.ChangedAt++
	if change != nil {
		change(&c)
	}
	return casework.Change{Case: c, Moves: []casework.Move{{Case: c.ID, Seq: c.Version, At: c.ChangedAt, Verb: verb,
		Account: "duty-officer", Post: "duty-officer", By: "operations-centre", From: from, To: c.State, Text: fmt.Sprintf("move %d", c.Version)}}}
}

func save(t *testing.T, r casework.Records, changes ...casework.Change) []casework.Case {
	t.Helper()
	stored, err := r.Save(context.Background(), changes...)
	if err != nil {
		t.Fatal(err)
	}
	if len(stored) != len(changes) {
		t.Fatalf("%d changes saved, %d cases answered", len(changes), len(stored))
	}
	return stored
}

func load(t *testing.T, r casework.Records, id casework.CaseID) casework.Case {
	t.Helper()
	c, err := r.Case(context.Background(), id)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func moves(t *testing.T, r casework.Records, id casework.CaseID, after int64) []casework.StoredMove {
	t.Helper()
	list, err := r.Moves(context.Background(), id, after)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func wantKind(t *testing.T, err error, want city.ErrorKind) {
	t.Helper()
	if err == nil || city.KindOf(err) != want {
		t.Errorf("the error is %v, want one of kind %s", err, want)
	}
}

// same compares whole values; an empty list is as good as none.
func same(t *testing.T, what string, want, got any) {
	t.Helper()
	if diff := gocmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("%s (-want +got):\n%s", what, diff)
	}
}

func ids(list []casework.Case) []casework.CaseID {
	out := make([]casework.CaseID, len(list))
	for i := range list {
		out[i] = list[i].ID
	}
	return out
}

func sorted[T interface{ ~string }](list []T) []T {
	out := slices.Clone(list)
	slices.Sort(out)
	return out
}

// full is a change whose case and moves have every field set.
func full() casework.Change {
	c := opening(1)
	place := &city.Place{Kind: city.PlaceMultiPolygon, Points: []city.Point{{Lon: 10.2, Lat: 56.1}, {Lon: 10.3, Lat: 56.1}, {Lon: 10.3, Lat: 56.2}, {Lon: 10.2, Lat: 56.1}}, Rings: []int32{4}, Parts: []int32{1}}
	c.Case = casework.Case{
		ID: id(1), Version: 2, Kind: "garage-pressure", Procedure: "parking-relief/garage-pressure", Origin: casework.FromSituation, By: "road-authority",
		Title: city.Names{ZH: "停车场压力", EN: "Garage under pressure"}, Text: "队列排到路口", Severity: city.Major, Place: place, Entity: "urn:ngsi-ld:OffStreetParking:1",
		Situation: casework.SituationNote{ID: "s1", Rule: "parking-relief/garage-pressure", Type: "garage-pressure", RaisedAt: start - 9, ClearedAt: start - 3, ClearedReason: "below-75-percent"},
		State:     casework.Closed,
		Tasks: []casework.Task{
			{Agency: "road-authority", Lead: true, State: casework.TaskDone, Order: "疏导", Asked: city.Names{ZH: "疏导", EN: "Direct traffic"}, Deadline: start + 50, GivenAt: start + 1, AcceptedAt: start + 2, DoneAt: start + 3, Report: "done"},
			{Agency: "parking-operator", State: casework.TaskReturned, Order: "开放备用车位", Deadline: start + 60, GivenAt: start + 1, Report: "not ours"},
		},
		Touched: true, Deadline: start + 100, OpenedAt: start, ChangedAt: start + 7, ClosedAt: start + 7, Outcome: casework.Merged, Into: id(8), From: []casework.CaseID{id(9), id(7)},
		Files: []casework.File{{Hash: fmt.Sprintf("%064x", 5), Media: "image/jpeg", Bytes: 1 << 33, Name: "照片.jpg", View: casework.Before, Place: &city.Point{Lon: 10.21, Lat: -56.1},
			TakenAt: start - 100, Note: "<b>入口</b>", By: "traffic-dispatcher", Agency: "road-authority", At: start + 5}},
	}
	c.Moves = []casework.Move{
		{Case: id(1), Seq: 1, At: start, Verb: casework.Report, Program: "procedure", To: casework.Reported},
		{Case: id(1), Seq: 2, At: start + 7, Verb: casework.Merge, Account: "duty-officer", Post: "duty-officer", By: "operations-centre", From: casework.Dispatched, To: casework.Closed,
			Agency: "road-authority", Assists: []city.AgencyID{"parking-operator", "culture-department"}, Text: "一处积水，两次上报", Into: id(8), File: fmt.Sprintf("%064x", 5)},
	}
	return c
}

func checkNew(t *testing.T, r casework.Records) {
	ctx := context.Background()
	_, err := r.Case(ctx, id(1))
	wantKind(t, err, city.NotFound)
	change := full()
	want := full().Case
	want.Number, want.Change = day+"-0001", 1
	stored := save(t, r, change)
	same(t, "the answer", want, stored[0])
	same(t, "the case", want, load(t, r, id(1)))
	var wantMoves []casework.StoredMove
	for _, m := range full().Moves {
		wantMoves = append(wantMoves, casework.StoredMove{Move: m, Record: fmt.Sprintf("case.%s.%d", id(1), m.Seq), Leaf: -1})
	}
	same(t, "the moves", wantMoves, moves(t, r, id(1), 0))
	same(t, "the moves after 1", wantMoves[1:], moves(t, r, id(1), 1))
	same(t, "the moves after 2", []casework.StoredMove{}, moves(t, r, id(1), 2))
	same(t, "the moves of no case", []casework.StoredMove{}, moves(t, r, id(2), 0))
}

func checkMoves(t *testing.T, r casework.Records) {
	c := save(t, r, opening(1))[0]
	number := c.Number
	for i := range 12 {
		c = save(t, r, next(c, casework.Note, func(c *casework.Case) { c.Text = fmt.Sprint("text ", i) }))[0]
		same(t, "the case", c, load(t, r, c.ID))
	}
	if c.Number != number || c.Version != 13 || c.Text != "text 11" {
		t.Errorf("after twelve moves: number %s, version %d, text %q", c.Number, c.Version, c.Text)
	}
	list := moves(t, r, c.ID, 0)
	for i := range list {
		if list[i].Seq != int64(i+1) || list[i].Record != casework.RecordID(c.ID, int64(i+1)) {
			t.Errorf("move %d has sequence number %d and record %s", i+1, list[i].Seq, list[i].Record)
		}
	}
	if len(list) != 13 {
		t.Errorf("%d moves are stored, want 13", len(list))
	}
}

func checkVersions(t *testing.T, r casework.Records) {
	ctx := context.Background()
	first := save(t, r, opening(1))[0]
	second := save(t, r, next(first, casework.Note, nil))[0]
	for name, change := range map[string]casework.Change{
		"an old version":       next(first, casework.Note, nil),
		"a version too far":    next(casework.Case{ID: first.ID, Version: 7, State: casework.Filed}, casework.Note, nil),
		"a second opening":     opening(1),
		"a case that is not":   next(casework.Case{ID: id(2), Version: 1, State: casework.Filed}, casework.Note, nil),
		"two moves, one known": {Case: next(second, casework.Note, nil).Case, Moves: append(next(first, casework.Note, nil).Moves, next(second, casework.Note, nil).Moves...)},
	} {
		_, err := r.Save(ctx, change)
		if wantKind(t, err, city.Conflict); t.Failed() {
			t.Fatal(name)
		}
	}
	same(t, "the case", second, load(t, r, first.ID))
	if n := len(moves(t, r, first.ID, 0)); n != 2 {
		t.Errorf("%d moves after refused saves, want 2", n)
	}
}

func checkMalformed(t *testing.T, r casework.Records) {
	none, wrong := opening(1), opening(1)
	none.Moves = nil
	wrong.Moves[0].Seq = 2
	for _, change := range []casework.Change{none, wrong} {
		_, err := r.Save(context.Background(), change)
		wantKind(t, err, city.Invalid)
	}
	if n, err := r.Count(context.Background(), casework.Query{}); n != 0 || err != nil {
		t.Errorf("%d cases are stored (%v), want none", n, err)
	}
}

func checkTogether(t *testing.T, r casework.Records) {
	ctx := context.Background()
	stored := save(t, r, opening(1), opening(2))
	if stored[0].ID != id(1) || stored[1].ID != id(2) {
		t.Errorf("answered in the order %v", ids(stored))
	}
	stale := next(stored[1], casework.Absorb, nil)
	save(t, r, next(stored[1], casework.Note, nil))
	_, err := r.Save(ctx, next(stored[0], casework.Merge, nil), stale)
	wantKind(t, err, city.Conflict)
	_, err = r.Save(ctx, opening(3), opening(1))
	wantKind(t, err, city.Conflict)
	same(t, "the first case", stored[0], load(t, r, id(1)))
	_, err = r.Case(ctx, id(3))
	wantKind(t, err, city.NotFound)
	if c := save(t, r, opening(3))[0]; c.Number != day+"-0003" {
		t.Errorf("the next case has number %s: a refused save took one", c.Number)
	}
}

func checkSituation(t *testing.T, r casework.Records) {
	of := func(n int, procedure string, s city.SituationID) casework.Change {
		c := opening(n)
		c.Case.Procedure, c.Case.Situation = procedure, casework.SituationNote{ID: s, RaisedAt: start}
		return c
	}
	save(t, r, of(1, "p/a", "s1"), of(2, "p/b", "s1"), of(3, "p/a", "s2"), of(4, "", ""), of(5, "", ""))
	_, err := r.Save(context.Background(), of(6, "p/a", "s1"))
	wantKind(t, err, city.Conflict)
}
