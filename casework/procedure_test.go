package casework_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"citybrain/casework"
	"citybrain/city"
)

const goodProcedure = `# Garages under pressure
procedure: garage-pressure
title: {zh: 停车场压力, en: Garage under pressure}
on: parking-relief/garage-pressure
kind: garage-pressure
dispatch: automatic
lead: {role: road-authority, order: {zh: 疏导, en: Direct traffic}, limit: 2h}
assist:
  - {role: culture-department, when: {evidence: Event}, order: {zh: 协调, en: Coordinate}}
  - {owner: true, order: {zh: 核对, en: Look into it}, limit: 1d}
limit: 4h
checks:
  - {zh: 队列已消除, en: The queue is gone}
severity: critical
`

func TestParseProcedure(t *testing.T) {
	got, faults := casework.ParseProcedure("procedures/garage-pressure.yaml", []byte(goodProcedure))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	got.Pack = "rain"
	want := &casework.Procedure{
		Pack: "rain", Name: "garage-pressure", Title: city.Names{ZH: "停车场压力", EN: "Garage under pressure"}, On: "parking-relief/garage-pressure", Kind: "garage-pressure", Automatic: true,
		Lead: casework.Part{Role: "road-authority", Order: city.Names{ZH: "疏导", EN: "Direct traffic"}, Limit: 2 * time.Hour},
		Assists: []casework.Part{
			{Role: "culture-department", Evidence: "Event", Order: city.Names{ZH: "协调", EN: "Coordinate"}},
			{Owner: true, Order: city.Names{ZH: "核对", EN: "Look into it"}, Limit: 24 * time.Hour},
		},
		Limit: 4 * time.Hour, Checks: []city.Names{{ZH: "队列已消除", EN: "The queue is gone"}}, Severity: city.Critical,
		File: "procedures/garage-pressure.yaml", Line: 2,
	}
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(casework.Part{}, "File", "Line")); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if got.Lead.Line != 7 || got.Assists[1].Line != 10 || got.ID() != "rain/garage-pressure" || got.Rule() != "parking-relief/garage-pressure" || !cmp.Equal(got.Roles(), []string{"road-authority", "culture-department"}) {
		t.Errorf("lines %d, %d; id %s, rule %s, roles %v", got.Lead.Line, got.Assists[1].Line, got.ID(), got.Rule(), got.Roles())
	}
	if got.On = "flood"; got.Rule() != "rain/flood" {
		t.Errorf("a rule of its own pack is %s", got.Rule())
	}
}

// TestProcedureFaults changes one line of a good file; each fault stands as
// "line rule".
func TestProcedureFaults(t *testing.T) {
	for _, c := range []struct{ line, instead, want string }{
		{"procedure: garage-pressure", "procedure: other", "2 file-name"},
		{"procedure: garage-pressure", "procedure: Garage Pressure", "2 bad-name 2 file-name"},
		{"procedure: garage-pressure", "x: 1", "2 unknown-key 2 missing-key"},
		{"title: {zh: 停车场压力, en: Garage under pressure}", "title: {zh: '', en: x}", "3 empty-text"},
		{"title: {zh: 停车场压力, en: Garage under pressure}", "title: {zh: x}", "3 missing-key"},
		{"title: {zh: 停车场压力, en: Garage under pressure}", "title: {zh: x, en: " + strings.Repeat("long ", 41) + "}", "3 bad-text"},
		{"on: parking-relief/garage-pressure", "on: a/b/c", "4 bad-name"},
		{"on: parking-relief/garage-pressure", "on: ''", "4 bad-name"},
		{"kind: garage-pressure", "kind: 停车", "5 bad-name"},
		{"dispatch: automatic", "dispatch: later", "6 unknown-dispatch"},
		{"lead: {role: road-authority, order", "lead: {order", "7 missing-agency"},
		{"lead: {role: road-authority,", "lead: {role: road-authority, owner: true,", "7 two-agencies 10 repeated-role"},
		{"lead: {role: road-authority,", "lead: {role: Road Authority,", "7 bad-name"},
		{"lead: {role: road-authority,", "lead: {role: road-authority, when: {evidence: Event},", "7 lead-always"},
		{"lead: {role: road-authority,", "lead: {role: culture-department,", "9 repeated-role"},
		{"order: {zh: 疏导, en: Direct traffic}, ", "", "7 missing-key"},
		{"limit: 2h", "limit: 0s", "7 bad-limit"},
		{"limit: 2h", "limit: -5m", "7 bad-limit"},
		{"limit: 2h", "limit: two", "7 wrong-type"},
		{"when: {evidence: Event}", "when: {evidence: ''}", "9 bad-name"},
		{"when: {evidence: Event}", "when: {}", "9 missing-key"},
		{"\nlimit: 4h", "\nlimit: 400d", "11 bad-limit"},
		{"  - {zh: 队列已消除, en: The queue is gone}", "  - {zh: 队列已消除, en: ''}", "13 empty-text"},
		{"severity: critical", "severity: red", "14 unknown-severity"},
		{goodProcedure, "", "0 empty"},
		{goodProcedure, "- a\n", "1 wrong-type"},
	} {
		text := strings.Replace(goodProcedure, c.line, c.instead, 1)
		if text == goodProcedure {
			t.Fatalf("%q is no part of the file", c.line)
		}
		_, faults := casework.ParseProcedure("garage-pressure.yaml", []byte(text))
		if got := faultLines(faults); got != c.want {
			t.Errorf("%q instead of %q: %q, want %q\n%v", c.instead, c.line, got, c.want, faults)
		}
	}
}

func faultLines(faults city.Faults) string {
	_ = faults.Err()
	var lines []string
	for _, f := range faults {
		lines = append(lines, strconv.Itoa(f.Line)+" "+f.Rule)
	}
	return strings.Join(lines, " ")
}

func TestProceduresOfACity(t *testing.T) {
	first, _ := casework.ParseProcedure("garage-pressure.yaml", []byte(goodProcedure))
	second, _ := casework.ParseProcedure("garage-pressure.yaml", []byte(strings.Replace(goodProcedure, "culture-department", "museum", 1)))
	first.Pack, second.Pack = "a", "b"
	ps, faults := casework.NewProcedures([]*casework.Procedure{first, second}, casework.Resolver{RoleAgency: roleAgency, Owner: owner})
	if len(faults) != 1 || faults[0].Rule != "two-cases" || ps.For("parking-relief/garage-pressure") != first {
		t.Errorf("two procedures for one situation: %v", faults)
	}
	_, faults = casework.NewProcedures([]*casework.Procedure{second}, casework.Resolver{RoleAgency: roleAgency})
	if len(faults) != 1 || faults[0].Rule != "unknown-role" || faults[0].Line != 9 || !strings.Contains(faults[0].Text, "museum") {
		t.Errorf("a role that nobody has: %v", faults)
	}
	orders := ps.Orders(&casework.Case{Procedure: "a/garage-pressure", Entity: garage})
	want := []casework.Order{
		{Agency: roads, Text: city.Names{ZH: "疏导", EN: "Direct traffic"}, Limit: 2 * time.Hour},
		{Agency: culture, Text: city.Names{ZH: "协调", EN: "Coordinate"}},
		{Agency: parking, Text: city.Names{ZH: "核对", EN: "Look into it"}, Limit: 24 * time.Hour},
	}
	if diff := cmp.Diff(want, orders); diff != "" {
		t.Errorf("orders (-want +got):\n%s", diff)
	}
	var none *casework.Procedures
	if none.For("a/b") != nil || none.Orders(&casework.Case{}) != nil || none.Checks(&casework.Case{}) != nil {
		t.Error("a city without procedures has one")
	}
}

// TestOneAgencyWithTwoRoles holds that an agency gets one task, the first.
func TestOneAgencyWithTwoRoles(t *testing.T) {
	p, _ := casework.ParseProcedure("garage-pressure.yaml", []byte(goodProcedure))
	p.Pack = "a"
	ps, _ := casework.NewProcedures([]*casework.Procedure{p}, casework.Resolver{RoleAgency: func(string) (city.AgencyID, bool) { return roads, true }})
	o := newOffice(t, newMemory())
	o.Procedures = ps
	s := pressure()
	s.Rule, s.Evidence = "parking-relief/garage-pressure", []city.Evidence{{Entity: "urn:ngsi-ld:Event:7"}}
	if c := o.take(t, s); len(c.Tasks) != 1 || !c.Tasks[0].Lead || c.Tasks[0].Order != "疏导" {
		t.Errorf("tasks: %+v", c.Tasks)
	}
}

// TestEvidenceOfOtherIDs holds that the type of an entity whose id does not say
// it is asked for.
func TestEvidenceOfOtherIDs(t *testing.T) {
	p, _ := casework.ParseProcedure("garage-pressure.yaml", []byte(goodProcedure))
	p.Pack = "a"
	for typ, want := range map[city.EntityType]int{"Event": 2, "Concert": 1} {
		ps, _ := casework.NewProcedures([]*casework.Procedure{p}, casework.Resolver{RoleAgency: roleAgency,
			TypeOf: func(id city.EntityID) (city.EntityType, bool) { return typ, id == "https://example.org/e/1" }})
		o := newOffice(t, nil)
		o.Procedures = ps
		o.Records = newMemory()
		s := pressure()
		s.Rule = "parking-relief/garage-pressure"
		s.Evidence = []city.Evidence{{Entity: "https://example.org/e/1"}}
		if c := o.take(t, s); len(c.Tasks) != want {
			t.Errorf("evidence of type %s: %d tasks, want %d", typ, len(c.Tasks), want)
		}
	}
}

// A rule may name the procedure that its situations start; others start the one
// that is on them.
func TestRulesChooseProcedures(t *testing.T) {
	first, second := &casework.Procedure{Pack: "p", Name: "first", On: "a"}, &casework.Procedure{Pack: "p", Name: "second", On: "b"}
	ps, _ := casework.NewProcedures([]*casework.Procedure{first, second}, casework.Resolver{RoleAgency: roleAgency,
		Chosen: map[city.RuleID]string{"p/a": "p/second", "p/c": "p/second", "p/b": "p/nowhere"}})
	for rule, want := range map[city.RuleID]*casework.Procedure{"p/a": second, "p/c": second, "p/b": second, "p/d": nil} {
		if got := ps.For(rule); got != want {
			t.Errorf("%s starts %v", rule, got)
		}
	}
}
