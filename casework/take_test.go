package casework_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/casework"
	"citybrain/casework/casetest"
	"citybrain/city"
)

const garage city.EntityID = "urn:ngsi-ld:OffStreetParking:1"

// procedures are those of three made-up packs.
func procedures(t testing.TB) *casework.Procedures {
	t.Helper()
	var list []*casework.Procedure
	for _, f := range []struct{ pack, file, text string }{
		{"parking", "pressure-case.yaml", `
procedure: pressure-case
title: {zh: 停车场压力, en: Garage under pressure}
on: garage-pressure
kind: garage-pressure
dispatch: automatic
lead: {role: road-authority, order: {zh: 疏导, en: Direct traffic}, limit: 2h}
assist:
  - {role: parking-operator, order: {zh: 开放, en: Open more}, limit: 1h}
  - {role: culture-department, when: {evidence: Event}, order: {zh: 协调, en: Coordinate}}
limit: 4h
checks: [{zh: 队列已消除, en: The queue is gone}]
`},
		{"parking", "data-case.yaml", `
procedure: data-case
title: {zh: 数据异常, en: Data fault}
on: data-fault
kind: data-fault
dispatch: automatic
severity: minor
lead: {owner: true, order: {zh: 核对, en: Look into it}}
`},
		{"rain", "flood-case.yaml", `
procedure: flood-case
title: {zh: 积水, en: Flood}
on: flood
kind: flood
lead: {role: road-authority, order: {zh: 封闭, en: Close it}, limit: 1h}
assist: [{role: parking-operator, order: {zh: 引导, en: Guide}}]
`},
	} {
		p, faults := casework.ParseProcedure(f.file, []byte(f.text))
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		p.Pack = f.pack
		list = append(list, p)
	}
	ps, faults := casework.NewProcedures(list, casework.Resolver{RoleAgency: roleAgency, Owner: owner})
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return ps
}

func roleAgency(role string) (city.AgencyID, bool) {
	for _, a := range agencies {
		if string(a) == role {
			return a, true
		}
	}
	return "", false
}

func owner(id city.EntityID) (city.AgencyID, bool) { return parking, id == garage }

// pressure is a situation as a rule raises it.
func pressure() city.Situation {
	return city.Situation{ID: "s1", Rule: "parking/garage-pressure", Type: "garage-pressure", Entity: garage, Severity: city.Major,
		Place: city.PointPlace(city.Point{Lon: 10.2, Lat: 56.1}), RaisedAt: noon,
		Evidence: []city.Evidence{{Entity: garage}, {Entity: "urn:ngsi-ld:RoadSegment:9"}}}
}

func cleared(s city.Situation, reason string) city.Situation {
	s.ClearedAt, s.ClearedReason = s.RaisedAt+30*minute, reason
	return s
}

func (o *office) take(t testing.TB, s city.Situation) casework.Case {
	t.Helper()
	if err := o.Take(context.Background(), s); err != nil {
		t.Fatal(err)
	}
	list, err := o.Records.Cases(context.Background(), casework.Query{Situation: s.ID})
	if err != nil || len(list) != 1 {
		t.Fatalf("%d cases, %v", len(list), err)
	}
	return list[0]
}

// TestProcedureOpensFilesAndDispatches looks at the whole case that an automatic
// procedure makes.
func TestProcedureOpensFilesAndDispatches(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	o.now = noon + 9*hour // the case does not depend on when it is taken
	s := pressure()
	s.Evidence = append(s.Evidence, city.Evidence{Entity: "urn:ngsi-ld:Event:7"})
	want := casework.Case{
		ID: casework.CaseIDOf("parking/pressure-case", "s1"), Number: "20140812-0001", Version: 3, Change: 1, Kind: "garage-pressure", Procedure: "parking/pressure-case",
		Origin: casework.FromSituation, Title: city.Names{ZH: "停车场压力", EN: "Garage under pressure"}, Severity: city.Major, Place: s.Place, Entity: garage,
		Situation: casework.SituationNote{ID: "s1", Rule: "parking/garage-pressure", Type: "garage-pressure", RaisedAt: noon}, State: casework.Dispatched,
		Tasks: []casework.Task{
			{Agency: roads, Lead: true, State: casework.TaskWaiting, Order: "疏导", Asked: city.Names{ZH: "疏导", EN: "Direct traffic"}, GivenAt: noon, Deadline: noon + 2*hour},
			{Agency: parking, State: casework.TaskWaiting, Order: "开放", Asked: city.Names{ZH: "开放", EN: "Open more"}, GivenAt: noon, Deadline: noon + hour},
			{Agency: culture, State: casework.TaskWaiting, Order: "协调", Asked: city.Names{ZH: "协调", EN: "Coordinate"}, GivenAt: noon, Deadline: noon + 4*hour},
		},
		Deadline: noon + 4*hour, OpenedAt: noon, ChangedAt: noon,
	}
	got := o.take(t, s)
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the case (-want +got):\n%s", diff)
	}
	if checks := o.Procedures.Checks(&got); len(checks) != 1 || checks[0].ZH != "队列已消除" {
		t.Errorf("checks: %v", checks)
	}
}

// TestPartsThatDoNotApply leaves out the culture department without an event,
// and the lead whom nobody knows.
func TestPartsThatDoNotApply(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	if c := o.take(t, pressure()); len(c.Tasks) != 2 {
		t.Errorf("without an event: %+v", c.Tasks)
	}
	fault := pressure()
	fault.ID, fault.Rule = "s2", "parking/data-fault"
	if c := o.take(t, fault); c.State != casework.Dispatched || c.Lead().Agency != parking || c.Severity != city.Minor || c.Kind != "data-fault" {
		t.Errorf("the owner's case: %+v", c)
	}
	fault.ID, fault.Entity = "s3", "urn:ngsi-ld:OffStreetParking:2"
	if c := o.take(t, fault); c.State != casework.Filed || len(c.Tasks) != 0 {
		t.Errorf("a case of nobody: %+v", c)
	}
	other := pressure()
	other.Rule = "parking/road-congestion"
	if err := o.Take(context.Background(), cleared(other, "x")); err != nil {
		t.Error(err)
	}
	if n, _ := o.Records.Count(context.Background(), casework.Query{}); n != 3 {
		t.Errorf("%d cases: a situation without procedure opens none", n)
	}
}

// TestClearingIsNotedOnce holds what becomes of the case when its situation
// clears.
func TestClearingIsNotedOnce(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	o.take(t, pressure())
	for range 3 {
		c := o.take(t, cleared(pressure(), "below-75-percent"))
		if c.State != casework.Dispatched || c.Version != 4 || c.ChangedAt != noon+30*minute || c.Situation.ClearedAt != noon+30*minute || c.Situation.ClearedReason != "below-75-percent" || c.Touched {
			t.Errorf("cleared: %+v", c)
		}
	}
	o.take(t, pressure()) // late news of the same
	moves, _ := o.Records.Moves(context.Background(), casework.CaseIDOf("parking/pressure-case", "s1"), 3)
	if len(moves) != 1 || moves[0].Verb != casework.Cleared || moves[0].Text != "below-75-percent" || moves[0].Program != casework.ProcedureProgram {
		t.Errorf("moves: %+v", moves)
	}
}

// TestDataFaultClosesAnUntouchedCase, and one that a person has moved only notes
// it.
func TestDataFaultClosesAnUntouchedCase(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	o.take(t, pressure())
	c := o.take(t, cleared(pressure(), casework.FaultReason))
	if c.State != casework.Closed || c.Outcome != casework.DataFault || c.ClosedAt != noon+30*minute || c.Tasks[0].State != casework.TaskWithdrawn || c.Touched {
		t.Errorf("untouched: %+v", c)
	}
	c = o.do(t, c, officer, casework.Reopen, "")
	if c.State != casework.Filed {
		t.Errorf("reopened: %s", c.State)
	}
	o = newOffice(t, &casetest.Memory{})
	o.now = noon + hour
	c = o.do(t, o.take(t, pressure()), handler(roads), casework.Accept, roads)
	c = o.take(t, cleared(pressure(), casework.FaultReason))
	if c.State != casework.Handling || c.Situation.ClearedAt != noon+30*minute || c.ChangedAt != noon+hour {
		t.Errorf("touched: %+v", c)
	}
}

// TestClosedCaseNotesTheClearing holds that it is noted in any state.
func TestClosedCaseNotesTheClearing(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	c := o.do(t, o.take(t, pressure()), officer, casework.Withdraw, roads)
	c = o.do(t, c, officer, casework.Withdraw, parking)
	c = o.do(t, c, officer, casework.Refuse, "")
	c = o.take(t, cleared(pressure(), casework.FaultReason))
	if c.State != casework.Closed || c.Outcome != casework.NotAccepted || c.Situation.ClearedReason != casework.FaultReason {
		t.Errorf("closed: %+v", c)
	}
}

// TestRenamedProcedureKeepsItsCase holds that one situation has one case.
func TestRenamedProcedureKeepsItsCase(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	before := o.take(t, pressure())
	p, _ := casework.ParseProcedure("new-name.yaml", []byte("procedure: new-name\ntitle: {zh: 新, en: New}\non: garage-pressure\nkind: k\nlead: {owner: true, order: {zh: 看, en: Look}}\n"))
	p.Pack = "parking"
	o.Procedures, _ = casework.NewProcedures([]*casework.Procedure{p}, casework.Resolver{RoleAgency: roleAgency})
	if c := o.take(t, cleared(pressure(), "below")); c.ID != before.ID || c.Version != 4 {
		t.Errorf("the case is %s version %d, want %s version 4", c.ID, c.Version, before.ID)
	}
}

// mortal are records on which the program dies: from the save with a number on
// nothing is answered any more; that save itself is stored or not.
type mortal struct {
	casework.Records
	saves  int
	dies   int
	stores bool
}

var errDead = errors.New("dead")

func (m *mortal) Save(ctx context.Context, changes ...casework.Change) ([]casework.Case, error) {
	if m.saves++; m.saves < m.dies {
		return m.Records.Save(ctx, changes...)
	}
	if m.saves == m.dies && m.stores {
		if _, err := m.Records.Save(ctx, changes...); err != nil {
			return nil, err
		}
	}
	return nil, errDead
}

// TestTakeAcrossCrashes lets the program die at every save, before or after it
// is stored, in every way in which a situation can then be taken again: as
// raised and then cleared, or as cleared at once. There is one case in the end,
// and it is the same but for its change number.
func TestTakeAcrossCrashes(t *testing.T) {
	for _, reason := range []string{"below", casework.FaultReason} {
		up, over := pressure(), cleared(pressure(), reason)
		whole := newOffice(t, &casetest.Memory{})
		whole.take(t, up)
		want := whole.take(t, over)
		wantMoves, _ := whole.Records.Moves(context.Background(), want.ID, 0)
		for dies := 1; dies <= 3; dies++ {
			for _, stores := range []bool{false, true} {
				for _, again := range [][]city.Situation{{up, over}, {over}, {over, up}, {up, up, over, over}} {
					name := fmt.Sprintf("%s: dies at save %d, stored %v, then %d", reason, dies, stores, len(again))
					memory := &casetest.Memory{}
					o := newOffice(t, &mortal{Records: memory, dies: dies, stores: stores})
					for _, s := range []city.Situation{up, over} {
						if err := o.Take(context.Background(), s); err != nil && !errors.Is(err, errDead) {
							t.Fatal(err)
						}
					}
					o = newOffice(t, memory)
					var got casework.Case
					for _, s := range again {
						got = o.take(t, s)
					}
					moves, _ := memory.Moves(context.Background(), got.ID, 0)
					got.Change = want.Change
					if diff := cmp.Diff(want, got) + cmp.Diff(wantMoves, moves); diff != "" {
						t.Errorf("%s (-want +got):\n%s", name, diff)
					}
				}
			}
		}
	}
}

// TestTakeAtOnce takes one situation many times at the same time.
func TestTakeAtOnce(t *testing.T) {
	o := newOffice(t, &casetest.Memory{})
	var wg sync.WaitGroup
	for i := range 20 {
		wg.Go(func() {
			s := pressure()
			if i%2 == 0 {
				s = cleared(s, "below")
			}
			if err := o.Take(context.Background(), s); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if c := o.take(t, pressure()); c.Version != 4 || c.Situation.ClearedAt == 0 {
		t.Errorf("taken: %+v", c)
	}
}
