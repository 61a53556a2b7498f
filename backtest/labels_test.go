package backtest

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/pack"
	"citybrain/rule"
)

func parkingRules(t *testing.T) (*pack.City, []*rule.Rule) {
	t.Helper()
	c, faults := pack.LoadCity("../cities/aarhus", "../packs")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return c, c.Rules()
}

func at(minutes float64) city.Instant {
	return city.Instant(1780000000e6).Add(time.Duration(minutes * float64(time.Minute)))
}

func TestLabelsAreRead(t *testing.T) {
	_, rules := parkingRules(t)
	text := "\uFEFFkind, entity ,from,until,note\r\n" +
		"road-congestion,urn:ngsi-ld:RoadSegment:1,2026-03-01T00:00:00Z,2026-03-01T01:00:00+08:00,\"a, b\"\n\n"
	text = strings.Replace(text, "2026-03-01T01:00:00+08:00", "2026-03-01T09:00:00+08:00", 1)
	labels, faults := ParseLabels("l.csv", []byte(text), rules)
	from, _ := city.ParseInstant("2026-03-01T00:00:00Z")
	want := []Label{{Rules: []city.RuleID{"parking-relief/road-congestion"}, Entity: "urn:ngsi-ld:RoadSegment:1", From: from, Until: from.Add(time.Hour), Line: 2}}
	if diff := cmp.Diff(want, labels); diff != "" || len(faults) > 0 {
		t.Errorf("%v\n%s", faults, diff)
	}
}

func TestBadLabelsAreNamedByLine(t *testing.T) {
	_, rules := parkingRules(t)
	for _, c := range []struct{ text, want string }{
		{"", "l.csv:1: no-header"},
		{"a,b\n", "l.csv:1: missing-column: there is no column rule"},
		{"rule,entity,from,until\nx", "l.csv:2: bad-row: the row has 1 columns, the header has 4"},
		{"rule,entity,from,until\n\n\"x\n", "l.csv:3: bad-row: the row cannot be split"},
		{"rule,entity,from,until\nx,urn:a:b,2026-03-01T00:00:00Z,\n", `l.csv:2: unknown-rule: there is no rule "x" (there are parking-relief/data-fault`},
		{"rule,entity,from,until\ndata-fault,urn:a:b,,\n", "l.csv:2: bad-time: from"},
	} {
		_, faults := ParseLabels("l.csv", []byte(c.text), rules)
		if len(faults) == 0 || !strings.Contains(faults.Error(), c.want) {
			t.Errorf("%q: %v does not say %q", c.text, faults, c.want)
		}
	}
}

func FuzzParseLabels(f *testing.F) {
	f.Add([]byte("rule,entity,from,until\nroad-congestion,urn:a:b,2026-03-01T00:00:00Z,\n"))
	f.Add([]byte("\"\n"))
	c, faults := pack.LoadCity("../cities/aarhus", "../packs")
	if len(faults) > 0 {
		f.Fatal(faults)
	}
	rules := c.Rules()
	f.Fuzz(func(t *testing.T, text []byte) {
		labels, faults := ParseLabels("l.csv", text, rules)
		for _, l := range labels {
			if l.Line < 2 || l.From == 0 || len(l.Rules) == 0 {
				t.Errorf("%+v", l)
			}
		}
		_ = faults.Err()
	})
}

// made is an outcome of road-congestion on segments A, B, …
func made(situations ...city.Situation) *Outcome {
	o := &Outcome{First: at(-100)}
	for i := range situations {
		s := &situations[i]
		s.Rule, s.Type, s.Severity = "parking-relief/road-congestion", "road-congestion", city.Moderate
	}
	o.Situations = SituationsOf(situations...)
	return o
}

func up(entity string, from, until float64) city.Situation {
	s := city.Situation{Entity: city.EntityID(entity), RaisedAt: at(from), RaisedReason: "slow"}
	if until > from {
		s.ClearedAt = at(until)
	}
	return s
}

func TestLabelsAreScored(t *testing.T) {
	c, rules := parkingRules(t)
	o := Options{From: at(0), Until: at(1000)}
	out := made(up("A", -10, 20), up("A", 100, 110), up("B", 50, 0), up("C", 300, 310))
	congestion := []city.RuleID{"parking-relief/road-congestion"}
	label := func(entity string, from, until float64, line int) Label {
		return Label{Rules: congestion, Entity: city.EntityID(entity), From: at(from), Until: at(until), Line: line}
	}
	labels := []Label{label("A", 5, 15, 2), label("B", 30, 60, 3), label("D", 10, 20, 4), label("A", -30, -5, 5), label("C", 320, 400, 6)}
	f := FiguresOf(Version{City: c, Rules: rules}, out, o, nil)
	s := ScoreLabels(f, out, labels, o, 15*time.Minute)
	if s.Labels != 5 || s.Outside != 1 || len(s.Rules) != 1 {
		t.Fatalf("%+v", s)
	}
	r := s.Rules[0]
	want := RuleScore{Rule: congestion[0], Expected: 4, Found: 2, Missed: 2, Raised: 3, False: 1,
		Delay: Spread{Count: 2, Median: 0, Ninety: 20, Most: 20, Total: 20}, Delays: []float64{0, 20},
		MissedLabels:    []LabelExample{{Entity: "D", From: Time(at(10)), Until: Time(at(20)), Line: 4}, {Entity: "C", From: Time(at(320)), Until: Time(at(400)), Line: 6}},
		FalseSituations: []LabelExample{{Entity: "A", From: Time(at(100)), Until: Time(at(110)), Reason: "slow"}}}
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"A", "B", "D", "C"}, s.Unseen); diff != "" { // the outcome names no entities
		t.Error(diff)
	}
}

func TestVersionsAreCompared(t *testing.T) {
	c, rules := parkingRules(t)
	v, o := Version{City: c, Rules: rules}, Options{From: at(0), Until: at(1000)}
	older := FiguresOf(v, made(up("A", 10, 20), up("A", 100, 200), up("B", 10, 20), up("C", -20, -10), up("D", -5, 30), up("E", 400, 0)), o, nil)
	newer := FiguresOf(v, made(up("A", 10, 25), up("A", 90, 120), up("A", 150, 160), up("C", -20, -5), up("D", 5, 30), up("F", 7, 8), up("E", 400, 0)), o, nil)
	got := Compare(older, newer, o)
	r := got.Rules[len(got.Rules)-1]
	want := RuleComparison{Rule: "parking-relief/road-congestion", InOld: true, InNew: true, Old: 4, New: 6, Same: 2, Otherwise: 1,
		Moved: 2, Earlier: 1, Later: 1, OnlyOld: 1, OnlyNew: 2, Shifts: []float64{-10, 10}, By: Spread{Count: 2, Median: 10, Ninety: 10, Most: 10, Total: 20}}
	kinds := map[string]int{}
	for _, e := range r.Examples {
		kinds[e.Kind]++
	}
	r.Examples = nil
	if diff := cmp.Diff(want, r); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{Moved: 2, OnlyOld: 1, OnlyNew: 2, Ended: 1}, kinds); diff != "" {
		t.Error(diff)
	}
}

// TestFiguresCountTheWindow holds phases, durations, days and areas.
func TestFiguresCountTheWindow(t *testing.T) {
	c, rules := parkingRules(t)
	o := Options{From: at(0), Until: at(3 * 1440)}
	out := made(up("A", -10, 20), up("A", 1, 31), up("B", 1500, 1510), up("B", 3000, 0))
	out.First = at(-5)
	inner := city.PointPlace(city.Point{Lon: 10.2, Lat: 56.15})
	shelf := out.Situations.shelves[0]
	shelf.at(2).place = shelf.placeOf(inner)
	f := FiguresOf(Version{City: c, Rules: rules}, out, o, func(id city.RuleID) bool { return id == "parking-relief/road-congestion" })
	if len(f.Rules) != 1 || f.Raised != 3 || f.Before != 1 || f.Cold != 1 || f.UpAtEnd != 1 || f.Days != 3 {
		t.Errorf("%+v", f)
	}
	r := f.Rules[0]
	if r.Durations.Count != 2 || r.Durations.Median != 10 || r.Durations.Most != 30 || r.Reach != 10 || r.Entities != 2 {
		t.Errorf("%+v", r)
	}
	areas := map[string]int{}
	for _, a := range f.Areas {
		areas[a.ID] = a.Raised
	}
	if diff := cmp.Diff(map[string]int{"inner-city": 1, "city": 1, "harbour": 0, "": 2}, areas); diff != "" {
		t.Error(diff)
	}
	sum, week := 0, 0
	for _, d := range f.ByDay {
		sum += d.Raised
	}
	for _, d := range f.ByHour {
		for _, n := range d {
			week += n
		}
	}
	if sum != 3 || week != 3 || len(f.ByDay) < 3 {
		t.Errorf("%d by day, %d by hour, %d days", sum, week, len(f.ByDay))
	}
}

// TestRulesThatJoinStayTogether holds that dividing rules between engines takes
// none from those whose situations it asks for.
func TestRulesThatJoinStayTogether(t *testing.T) {
	c, faults := pack.LoadCity("../cities/shili", "../packs")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	rules := c.Rules()
	groups := divided(rules, mostCrews)
	if len(groups) != mostCrews {
		t.Fatalf("%d groups", len(groups))
	}
	of, n := map[city.RuleID]int{}, 0
	for g, group := range groups {
		for _, r := range group {
			of[r.ID()] = g
			n++
		}
	}
	if n != len(rules) {
		t.Errorf("%d of %d rules are in a group", n, len(rules))
	}
	for _, r := range rules {
		for _, o := range rules {
			if joins(r, o) && of[r.ID()] != of[o.ID()] {
				t.Errorf("%s and %s are apart", r.ID(), o.ID())
			}
		}
	}
}

func TestChosenBringsWhatIsAskedFor(t *testing.T) {
	_, rules := parkingRules(t)
	run, shown, err := Chosen(rules, []string{"garage-pressure"})
	if err != nil || len(run) != 2 || shown("parking-relief/road-congestion") || !shown("parking-relief/garage-pressure") {
		t.Errorf("%v: %d rules", err, len(run))
	}
	if reach := Reach(rules); reach["parking-relief/garage-pressure"] != 10*time.Minute {
		t.Errorf("garage-pressure looks back %s", reach["parking-relief/garage-pressure"])
	}
	if _, _, err := Chosen(rules, []string{"none"}); city.KindOf(err) != city.Invalid {
		t.Error(err)
	}
}
