package detection

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/sim"
)

// TestAccidentIsFoundWhereItIsFelt counts accidents by queues on the segments
// that lead to them.
func TestAccidentIsFoundWhereItIsFelt(t *testing.T) {
	e := expectation{rule: "p/r", truth: []sim.Kind{sim.Accident}, of: felt, also: []sim.Kind{sim.Jam}, behind: true, slack: 5 * time.Minute}
	unfelt := incident(sim.Accident, "U", 0, 60)
	unfelt.Felt = 0
	truth := []sim.Incident{
		incident(sim.Accident, "A", 0, 60), // found on its segment
		incident(sim.Accident, "B", 0, 60), // found on the one behind, after nine minutes
		incident(sim.Accident, "C", 0, 60), // missed: what is up was raised before it
		unfelt,                             // not asked for
		incident(sim.Jam, "B-behind", 5, 50),
		incident(sim.Jam, "C", -9, 50),
	}
	up := []city.Situation{situation("A", 4, 60), situation("B-behind", 9, 50), situation("C", -5, 50), situation("X", 1, 2)}
	behind := func(on city.EntityID, _ float64) []city.EntityID { return []city.EntityID{on, on + "-behind"} }
	got := e.score(up, truth, at(-1), behind)
	want := RuleScore{Rule: "p/r", Scored: true, Raised: 4, Expected: 3, Found: 2, Missed: 1, False: 1, Traps: map[string]int{}, Delays: []float64{4, 9}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestSummaryCountsByDuty holds that a rule that only feeds others is in no sum.
func TestSummaryCountsByDuty(t *testing.T) {
	s := Score{Days: 2, Rules: []RuleScore{
		{Rule: "p/a", Scored: true, Duty: OpensCase, Hold: 8, Every: 1, Expected: 4, Found: 3, Raised: 5, False: 1, Delays: []float64{5, 9, 30}},
		{Rule: "p/b", Scored: true, Duty: Notice, Every: 5, Expected: 2, Found: 2, Raised: 2, Delays: []float64{6, 7}},
		{Rule: "p/c", Scored: true, Duty: Feeds, Expected: 100, Raised: 90, False: 50},
		{Rule: "p/d", Scored: true, Duty: OpensCase},
		{Rule: "p/e", Raised: 7},
	}}
	if diff := cmp.Diff(Summary{Rules: 2, Expected: 4, Found: 3, Raised: 5, False: 1, InTime: 1, Finding: 1, Over: 0, Delay: 9}, s.Summarize(OpensCase)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(Summary{Rules: 3, Expected: 6, Found: 5, Raised: 7, False: 1, InTime: 1, Finding: 2, Over: 1, Delay: 7}, s.Summarize(OpensCase, Notice)); diff != "" {
		t.Error(diff)
	}
	if s.daily(3) != "1.50" {
		t.Error(s.daily(3))
	}
}
