package rule

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"
	"sort"
	"strings"
	"testing"
	"time"

	"citybrain/city"
)

// backRules all go back: each remembers something else.
const backRules = `
- rule: plain
  entity: S
  severity: minor
  when: a > 7
- rule: hysteresis
  entity: S
  severity: minor
  when: a > 6
  clear: a < 2
- rule: held
  entity: S
  severity: minor
  when: a > 3
  for: 6m
- rule: in-a-row
  entity: S
  severity: minor
  when: a > 4
  readings: 3
  unless: faulty
- rule: silent
  entity: S
  severity: major
  absent: 9m
- rule: average
  entity: S
  severity: minor
  let:
    avg: {window: 15m, of: a, fold: avg, warm: false}
    top: {window: 10m, of: a, fold: max, warm: false}
  when: avg > 5.0 && top < 9.0
- rule: often
  entity: S
  severity: minor
  when: a > 5
  repeat: {times: 3, within: 12m}
- rule: up-then-down
  entity: S
  severity: minor
  sequence:
    - {when: a > 7}
    - {when: a < 2, within: 9m}
  expires: 25m
- rule: up-and-stays
  entity: S
  severity: minor
  sequence:
    - {when: a > 7}
    - {when: a < 3, not: true, within: 8m}
  expires: 20m
- rule: lingers
  entity: S
  severity: minor
  dwell: {area: west, for: 10m}
- rule: over-hysteresis
  entity: S
  severity: minor
  when: b > 3
  except: [hysteresis]
`

func backOptions() Options {
	return Options{DefaultLateness: time.Hour, Areas: []Area{{ID: "west", Kind: "district", Place: &city.Place{Kind: city.PlacePolygon, Rings: []int32{5},
		Points: []city.Point{{Lon: 9, Lat: 55}, {Lon: 10.012, Lat: 55}, {Lon: 10.012, Lat: 57}, {Lon: 9, Lat: 57}, {Lon: 9, Lat: 55}}}}}}
}

// restless are readings of a few entities, each at random times.
func restless(r *rand.Rand) (list []city.Change) {
	for i := range 4 {
		level := r.Intn(10)
		for m := r.Intn(5); m < 240; m += 1 + r.Intn(6) {
			if r.Intn(15) == 0 {
				m += 12
			}
			if r.Intn(4) == 0 {
				level = r.Intn(10)
			}
			at := minutes(m)
			c := reading("S", city.EntityID(fmt.Sprintf("S%d", i)), at, number("a", float64(min(9, max(0, level+r.Intn(3)-1))), at))
			if r.Intn(2) == 0 {
				c.Attributes = append(c.Attributes, number("b", float64(r.Intn(6)), at))
			}
			if r.Intn(3) == 0 {
				spot := city.PointPlace(city.Point{Lon: 10 + r.Float64()/40, Lat: 56})
				c.Attributes = append(c.Attributes, city.Attribute{Name: "location", Value: city.GeoOf(spot), ObservedAt: at, ReceivedAt: at, Source: "feed"})
			}
			if r.Intn(12) == 0 {
				c.Flags |= city.FlagFaulty | city.FlagCapacity
			}
			list = append(list, c)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].At < list[j].At })
	return list
}

// tally is what became of situations: the last word on each.
func tally(list []city.Situation) map[string]city.Situation {
	last := map[string]city.Situation{}
	for _, s := range list {
		last[string(s.ID)] = s
	}
	return last
}

func standing2(list []city.Situation) map[string]bool {
	up := map[string]bool{}
	for _, s := range tally(list) {
		if s.ClearedAt == 0 {
			up[string(s.Rule)+" "+string(s.Entity)] = true
		}
	}
	return up
}

// late gives readings to an engine up to half an hour after they were observed,
// with a tick each minute; some come twice.
func late(t *testing.T, r *rand.Rand, rules []*Rule, o Options, readings []city.Change, end city.Instant) (*Engine, []city.Situation) {
	list := slices.Clone(readings)
	for i := range list {
		list[i].ReceivedAt = list[i].At
		if r.Intn(3) == 0 {
			list[i].ReceivedAt += city.Instant(r.Int63n(int64(30 * time.Minute / time.Microsecond)))
		}
		if r.Intn(20) == 0 {
			twice := list[i]
			twice.ReceivedAt += minutes(5) - minutes(0)
			list = append(list, twice)
		}
	}
	sort.SliceStable(list, func(i, j int) bool { return list[i].ReceivedAt < list[j].ReceivedAt })
	e := New(rules, o)
	var out []city.Situation
	pos := city.Position(0)
	for clock := minutes(0); clock <= end; clock = clock.Add(time.Minute) {
		n := 0
		for n < len(list) && list[n].ReceivedAt < clock {
			n++
		}
		pos++
		out = append(out, e.Apply(pos, &city.Batch{Clock: clock, Tick: true, Changes: list[:n]})...)
		list = list[n:]
		if o.Undo == 0 && r.Intn(10) == 0 {
			e = again(t, e, rules)
		}
	}
	return e, out
}

// TestLateReadingsAreLookedAtAgain holds what late, shuffled and doubled input
// gives against the same readings in order.
func TestLateReadingsAreLookedAtAgain(t *testing.T) {
	rules := compile(t, backRules)
	found, revised, placed := map[city.RuleID]int{}, 0, int64(0)
	for seed := range 60 {
		r := rand.New(rand.NewSource(int64(seed)))
		readings := restless(r)
		end := minutes(300)
		plain := backOptions()
		plain.Undo = -1
		_, want := late0(rules, plain, readings, end)
		e, got := late(t, r, rules, backOptions(), readings, end)
		said := tally(got)
		for id, s := range tally(want) {
			found[s.Rule]++
			if _, ok := said[id]; !ok {
				t.Errorf("seed %d: %s of %s at %s was not found; said was\n%s", seed, s.Rule, s.Entity, s.RaisedAt, saidOf(got, s.Rule, s.Entity))
			}
		}
		up, wantUp := standing2(got), standing2(want)
		if !maps.Equal(up, wantUp) {
			t.Errorf("seed %d: up are %v, in order %v", seed, up, wantUp)
		}
		for _, s := range said {
			if s.ClearedReason == ReasonLate {
				revised++
			}
		}
		checkNumbers(t, got)
		for _, n := range e.Placed() {
			placed += n
		}
		if t.Failed() {
			return
		}
	}
	for _, p := range rules {
		if found[p.ID()] < 20 {
			t.Errorf("%s was found %d times: the test hardly tests it", p.ID(), found[p.ID()])
		}
	}
	if revised < 50 || placed < 1000 {
		t.Errorf("%d situations were taken back, %d readings put in their place: the test hardly tests it", revised, placed)
	}
}

// saidOf are the changes of one rule and entity, to be read.
func saidOf(list []city.Situation, id city.RuleID, of city.EntityID) string {
	var some []city.Situation
	for _, s := range list {
		if s.Rule == id && s.Entity == of {
			some = append(some, s)
		}
	}
	return strings.Join(show(some), "\n")
}

// late0 gives the readings in order.
func late0(rules []*Rule, o Options, readings []city.Change, end city.Instant) (*Engine, []city.Situation) {
	e := New(rules, o)
	return e, e.Apply(1, &city.Batch{Clock: end, Tick: true, Changes: readings})
}

// checkNumbers wants changes without gaps, and nothing raised or cleared twice.
func checkNumbers(t *testing.T, list []city.Situation) {
	t.Helper()
	raised, cleared := map[city.SituationID]bool{}, map[city.SituationID]bool{}
	for i, s := range list {
		if s.Change != uint64(i+1) {
			t.Fatalf("change %d stands at %d", s.Change, i+1)
		}
		seen := raised
		if s.ClearedAt != 0 {
			seen = cleared
			if !raised[s.ID] {
				t.Fatalf("%s was cleared and not raised: %+v", s.ID, s)
			}
		}
		if seen[s.ID] {
			t.Fatalf("%s was said twice: %+v", s.ID, s)
		}
		seen[s.ID] = true
	}
}

// With little room, late readings that reach too far back are counted and
// change nothing; what is up stays consistent.
func TestLittleRoomForLateReadings(t *testing.T) {
	rules := compile(t, backRules)
	for seed := range 20 {
		r := rand.New(rand.NewSource(int64(seed)))
		o := backOptions()
		o.Undo = 3 + seed%7
		readings := restless(r)
		e, got := late(t, r, rules, o, readings, minutes(300))
		checkNumbers(t, got)
		if len(e.Late()) == 0 || len(e.Placed()) == 0 {
			t.Fatal("nothing was late, or nothing was placed")
		}
		last := map[city.EntityID]city.Change{}
		for _, c := range readings {
			last[c.Entity] = c
		}
		for id, c := range last {
			x := e.entities[id]
			if x.last != c.At {
				t.Fatalf("seed %d: the last reading of %s is of %s, want %s", seed, id, x.last, c.At)
			}
			if v := x.cells[x.table.slots["a"]]; v.num != c.Attributes[0].Value.Num {
				t.Fatalf("seed %d: a of %s is %v, want %v", seed, id, v.num, c.Attributes[0].Value.Num)
			}
		}
	}
}
