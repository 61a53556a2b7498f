package detection

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/pack"
	"citybrain/sim"
)

func shili(t *testing.T) *pack.City {
	t.Helper()
	definition, faults := pack.LoadCity("../../cities/shili", "../../packs")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return definition
}

// TestDemonstrationHasSomethingToShow holds what a newcomer is promised: within
// forty minutes of city time, which are two at the usual speed, the rules have
// raised situations of each kind that opens a case.
func TestDemonstrationHasSomethingToShow(t *testing.T) {
	definition := shili(t)
	for seed := range uint64(5) {
		c, d := sim.New(sim.Options{Seed: seed}), newDesk(definition)
		if err := d.take(t.Context(), c.Reference()); err != nil {
			t.Fatal(err)
		}
		for end := c.Now().Add(40 * time.Minute); c.Now() < end; {
			if err := d.take(t.Context(), c.Step(c.Now().Add(sim.Stride))); err != nil {
				t.Fatal(err)
			}
		}
		raised := map[string]int{}
		for _, s := range d.Found() {
			raised[s.Type]++
		}
		t.Logf("seed %d: %v", seed, raised)
		for _, want := range []string{"road-congestion", "garage-pressure", "data-fault", "heavy-rain", "pump-failure", "underpass-flooding"} {
			if raised[want] == 0 {
				t.Errorf("seed %d: no %s in forty minutes", seed, want)
			}
		}
	}
}

// TestEveryRuleIsScored holds that it is said of each rule of the city what it is
// to find.
func TestEveryRuleIsScored(t *testing.T) {
	said := map[city.RuleID]bool{}
	for _, e := range expectations {
		said[e.rule] = true
	}
	for _, r := range shili(t).Rules() {
		if !said[r.ID()] {
			t.Errorf("no expectation says what %s is to find", r.ID())
		}
	}
}

const start city.Instant = 1780000000e6

func at(minutes float64) city.Instant {
	return start.Add(time.Duration(minutes * float64(time.Minute)))
}

func situation(entity string, raised, cleared float64) city.Situation {
	s := city.Situation{Rule: "p/r", Entity: city.EntityID(entity), RaisedAt: at(raised)}
	if cleared > 0 {
		s.ClearedAt = at(cleared)
	}
	return s
}

func incident(kind sim.Kind, entity string, from, to float64) sim.Incident {
	i := sim.Incident{Kind: kind, Entity: city.EntityID(entity), Start: at(from), Felt: at(from)}
	if to > 0 {
		i.End = at(to)
	}
	return i
}

// TestScore counts a day that was made by hand.
func TestScore(t *testing.T) {
	e := expectation{rule: "p/r", truth: []sim.Kind{sim.Jam}, slack: 5 * time.Minute}
	truth := []sim.Incident{
		incident(sim.Jam, "A", 0, 60),          // found after 11
		incident(sim.Jam, "B", 0, 60),          // missed: only another segment is reported
		incident(sim.Jam, "C", 20, 40),         // found at once: it was up already
		incident(sim.Jam, "D", 0, 0),           // found after 30, still so
		incident(sim.SlowZone, "X", 0, 30),     // a trap
		incident(sim.Jam, "Z", -9, 60),         // began before: not asked for, but it explains
		incident(sim.SensorFault, "Y", 90, 95), // a trap, but at another time
	}
	up := []city.Situation{
		situation("A", 11, 60), situation("A", 63, 64), // the second is explained: within the slack
		situation("C", 10, 50), situation("D", 30, 0),
		situation("X", 10, 20), situation("Y", 10, 20), situation("Z", 5, 20),
	}
	got := e.score(up, truth, at(-1), nil)
	want := RuleScore{Rule: "p/r", Scored: true, Raised: 7, Expected: 4, Found: 3, Missed: 1, False: 2,
		Traps: map[string]int{"slow-zone": 1}, Delays: []float64{11, 0, 30}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestScoreSumsUp holds that two days are the sum of both.
func TestScoreSumsUp(t *testing.T) {
	one := func(found int, delays ...float64) Score {
		return Score{Days: 1, Rows: 10, Truth: map[sim.Kind]int{sim.Jam: found},
			Rules: []RuleScore{{Rule: "p/r", Scored: true, Expected: 3, Found: found, Missed: 3 - found, Traps: map[string]int{"crowd": 1}, Delays: delays}}}
	}
	a, b := one(1, 9), one(2, 3, 4)
	total := Score{Truth: map[sim.Kind]int{}}
	total.add(&a)
	total.add(&b)
	total.sort()
	r := total.Rules[0]
	if total.Days != 2 || total.Rows != 20 || r.Found != 3 || r.Missed != 3 || r.Traps["crowd"] != 2 || !cmp.Equal(r.Delays, []float64{3, 4, 9}) {
		t.Errorf("%+v", total)
	}
	if minutes(r.Delays, 0.5) != "4.0" || minutes(r.Delays, 0.9) != "9.0" || minutes(nil, 0.5) != "" {
		t.Error("percentiles")
	}
	text := Report{Reporting: total, Tuning: total}.Markdown()
	if !strings.Contains(text, "| `p/r` |  | 6 | 3 (50 %) | 3 |") {
		t.Errorf("the report says\n%s", text)
	}
}

// TestSeedsAreApart holds that no day is both tuned on and reported.
func TestSeedsAreApart(t *testing.T) {
	tuning := map[uint64]bool{}
	for _, s := range TuningSeeds() {
		tuning[s] = true
	}
	for _, s := range ReportingSeeds() {
		if tuning[s] {
			t.Errorf("seed %d stands in both lists", s)
		}
	}
}

// TestScoredDayIsTheSameEachTime runs two hours of a day twice.
func TestScoredDayIsTheSameEachTime(t *testing.T) {
	o := Options{City: shili(t), Seeds: []uint64{3, 4}, Hours: 1.5}
	first, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Error(diff)
	}
	if first.Days != 2 || first.Rows < 50_000 || math.IsNaN(first.Hours) {
		t.Errorf("%d days, %d rows", first.Days, first.Rows)
	}
}

// TestReportIsWrittenBetweenTheMarkers holds that the rest of the page stays.
func TestReportIsWrittenBetweenTheMarkers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "detection.md")
	if err := os.WriteFile(path, []byte("before\n"+BeginMarker+"\nan earlier report\n"+EndMarker+"\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := (Report{}).Write(path); err != nil {
		t.Fatal(err)
	}
	text, _ := os.ReadFile(path)
	if s := string(text); !strings.HasPrefix(s, "before\n") || !strings.HasSuffix(s, "after\n") || strings.Contains(s, "an earlier report") || !strings.Contains(s, "Reporting seeds") {
		t.Errorf("the page is\n%s", s)
	}
	if err := (Report{}).Write(filepath.Join(t.TempDir(), "none.md")); city.KindOf(err) != city.NotFound {
		t.Error(err)
	}
}

// TestReportStandsInTheDocs holds that the page has a report on every rule of the
// city. Whether it is that of today's rules "citybrain bench detection" shows.
func TestReportStandsInTheDocs(t *testing.T) {
	text, err := os.ReadFile("../../docs/detection.md")
	if err != nil {
		t.Fatal(err)
	}
	_, report, begins := strings.Cut(string(text), BeginMarker)
	report, _, ends := strings.Cut(report, EndMarker)
	if !begins || !ends {
		t.Fatal("docs/detection.md has lost its markers")
	}
	for _, r := range shili(t).Rules() {
		if !strings.Contains(report, "| `"+string(r.ID())+"` |") {
			t.Errorf("the report says nothing of %s: run citybrain bench detection --write docs/detection.md", r.ID())
		}
	}
}
