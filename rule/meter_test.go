package rule

import (
	"fmt"
	"math/rand"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

const cheapRules = `
- {rule: hot, entity: S, severity: minor, when: a > 8}
- {rule: long, entity: S, severity: minor, when: a > 3, readings: 3}
- {rule: silent, entity: S, severity: minor, absent: 20m}
`

const costlyRules = `
- rule: crowd
  entity: S
  severity: minor
  let:
    others: {count: {type: S, within: 5 km, where: a > 2.0}}
  when: others > 3.0
- rule: listed
  entity: S
  severity: minor
  when: '[1.0, 2.0, 3.0, 4.0, 5.0, 6.0].exists(x, x * a > 50.0)'
- rule: quiet
  entity: S
  severity: minor
  absent: 15m
  when: '[1.0, 2.0, 3.0, 4.0].exists(x, x * a > 1.0)'
- rule: unmet
  entity: S
  severity: minor
  sequence:
    - {when: a > 7}
    - {type: S, near: 3 km, when: a < 1, not: true, within: 9m}
  expires: 30m
- rule: nearest
  entity: S
  severity: minor
  let:
    next: {nearest: {type: S, within: 5 km, where: '[1.0, 2.0].exists(x, x * a > 4.0)'}, of: a}
  when: next > 5.0
- rule: busy
  entity: S
  severity: minor
  let:
    middle: {window: 10m, of: a, fold: median, warm: false}
  when: middle > 6.0
`

// crowded is reference data and readings of many entities close together: quiet
// at first, then for an hour so many that costly rules do not keep up.
func crowded(r *rand.Rand, n int) (known, readings []city.Change, end city.Instant) {
	for i := range n {
		id := city.EntityID(fmt.Sprintf("S%04d", i))
		at := city.PointPlace(city.Point{Lon: 10 + r.Float64()/50, Lat: 56 + r.Float64()/50})
		known = append(known, reference("S", id, t0, static("location", city.GeoOf(at), t0)))
		for m := 1; m < 180; {
			readings = append(readings, reading("S", id, minutes(m), number("a", float64(r.Intn(10)), minutes(m))))
			if m < 60 || m > 120 {
				m += 5
			} else {
				m++
			}
		}
	}
	return known, readings, minutes(300)
}

// small is a budget that crowded breaks in its busy hour.
var small = Options{Budget: 4}

func TestExpensiveRulesDoNotChangeCheapOnes(t *testing.T) {
	rules := compile(t, cheapRules, costlyRules)
	known, readings, end := crowded(rand.New(rand.NewSource(1)), 40)
	tell := func(rules []*Rule, o Options) ([]string, *Engine) {
		e := New(rules, o)
		e.Apply(1, &city.Batch{Changes: known})
		var cheap []string
		for _, s := range run(e, readings, end) {
			if slices.Contains([]string{"hot", "long", "silent"}, s.Type) {
				s.Change = 0
				cheap = append(cheap, show([]city.Situation{s})...)
			}
		}
		return cheap, e
	}
	want, _ := tell(compile(t, cheapRules), Options{})
	got, e := tell(rules, small)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Error(diff)
	}
	throttled := map[city.RuleID]bool{}
	for _, c := range e.Costs() {
		throttled[c.Rule] = c.Times > 0 && c.NotLooked > 0
		if c.Throttled != (c.Since != 0) || c.Work == 0 {
			t.Errorf("%+v", c)
		}
	}
	for _, name := range []city.RuleID{"test/crowd", "test/listed", "test/quiet", "test/nearest"} {
		if !throttled[name] {
			t.Error(name, "was never throttled")
		}
	}
	if _, free := tell(rules, Options{Budget: Unlimited}); len(free.Throttled()) > 0 {
		t.Error("throttled without a budget")
	}
}

// What a throttled rule finds depends on the log alone: not on batches, arrival
// within the wait, or restarts at any point.
func TestThrottlingIsTheSameAfterRestarts(t *testing.T) {
	rules := compile(t, cheapRules, costlyRules)
	known, readings, end := crowded(rand.New(rand.NewSource(2)), 25)
	var want []string
	for seed := range int64(6) {
		got := show(playChanges(t, rand.New(rand.NewSource(seed)), rules, Options{Budget: 15}, slices.Clone(known), slices.Clone(readings), end))
		if want == nil {
			want = got
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatal(seed, diff)
		}
	}
}

func TestThrottledIsNamedAndComesBack(t *testing.T) {
	rules := compile(t, `
rule: crowd
entity: S
severity: minor
let:
  others: {count: {type: S, within: 5 km}}
when: others > 3.0
`)
	o := Options{Budget: 1000}
	e := New(rules, o)
	var known, burst []city.Change
	for i := range 1000 {
		id := city.EntityID(fmt.Sprintf("S%04d", i))
		known = append(known, reference("S", id, t0, static("location", city.GeoOf(city.PointPlace(city.Point{Lon: 10, Lat: 56})), t0)))
		if i < 100 {
			burst = append(burst, reading("S", id, minutes(1), number("a", 1, minutes(1))))
		}
	}
	one := func(m int) []city.Change {
		return []city.Change{reading("S", "S0999", minutes(m), number("a", 1, minutes(m)))}
	}
	run(e, append(known, burst...), minutes(1)+1)
	if len(e.Throttled()) != 0 || len(e.Up()) != 100 {
		t.Error("one instant is looked at whole", len(e.Up()))
	}
	run(e, one(2), minutes(2)+1)
	e = again(t, e, rules)
	got := e.Throttled()
	if len(got) != 1 || got[0].Rule != "test/crowd" || got[0].Since != minutes(2) || got[0].NotLooked != 1 || got[0].Behind < got[0].Room || len(e.Up()) != 100 {
		t.Fatalf("%+v", got)
	}
	if want := minutes(1).Add(100*time.Second - 5*time.Second); got[0].Until != want {
		t.Errorf("back at %s, want %s", got[0].Until, want)
	}
	run(e, one(4), minutes(4)+1)
	if len(e.Throttled()) != 0 || len(e.Up()) != 101 {
		t.Error("the rule does not come back", e.Costs())
	}
}

// A throttled rule does not take its own blindness for an absence.
func TestThrottledIsNotAbsence(t *testing.T) {
	rules := compile(t, costlyRules)
	known, readings, _ := crowded(rand.New(rand.NewSource(3)), 30)
	e := New(rules, Options{Budget: 1})
	for _, s := range run(e, append(known, readings...), minutes(180)) {
		if s.Type == "quiet" {
			t.Fatal(show([]city.Situation{s}))
		}
	}
	if n := len(e.Throttled()); n < 3 {
		t.Error(n, "rules are throttled")
	}
}

func TestTimedRulesDecideTheSame(t *testing.T) {
	rules := compile(t, cheapRules, costlyRules)
	known, readings, end := crowded(rand.New(rand.NewSource(4)), 20)
	var now time.Duration
	timed := small
	timed.Timer = func() time.Duration { now += time.Millisecond; return now }
	tell := func(o Options) ([]string, []byte, []Cost) {
		e := New(rules, o)
		e.Apply(1, &city.Batch{Changes: known})
		out := show(run(e, readings, end))
		data, _ := e.Snapshot()
		return out, data, e.Costs()
	}
	want, before, _ := tell(small)
	got, after, costs := tell(timed)
	if diff := cmp.Diff(want, got); diff != "" || string(before) != string(after) {
		t.Error("timing changes what is found", diff)
	}
	for _, c := range costs {
		if c.Rule == "test/hot" && (c.Timed == 0 || c.Time != time.Duration(c.Timed)*time.Millisecond) {
			t.Errorf("%+v", c)
		}
	}
}
