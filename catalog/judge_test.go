package catalog

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

const garageStandard = `
type: Garage
version: 1.0.0
name: {zh: 停车场, en: Garage}
description: {zh: 停车场, en: Garage}
class: transport/parking
fields:
  - {name: occupied, kind: number, unit: C62, grade: L1, observed: true, description: {zh: 占用, en: Occupied}}
  - {name: total, kind: number, unit: C62, grade: L1, observed: true, description: {zh: 总数, en: Total}}
  - {name: note, kind: text, grade: L1, description: {zh: 备注, en: Note}}
`

const garageRules = `
sound-after: 3
rules:
  - {name: twice, kind: duplicate, source: parking}
  - {name: stale, kind: stale, source: parking, after: 2h}
  - {name: below-zero, kind: range, type: Garage, attribute: occupied, min: 0}
  - {name: impossible, kind: range, type: Garage, attribute: occupied, max: 1000, action: quarantine}
  - {name: over, kind: capacity, type: Garage, attribute: occupied, over: total, fault: true}
  - {name: stuck, kind: stuck, source: parking, type: Garage, attribute: occupied, readings: 12, spanning: 12h, fault: true}
  - {name: total-stuck, kind: stuck, type: Garage, attribute: total, readings: 3, spanning: 1h}
  - {name: gaps, kind: empty, source: parking, type: Garage, attributes: [occupied, total]}
`

// testCity is one standard and one feed.
type testCity struct{ standard *Standard }

func (c testCity) Standard(t city.EntityType) *Standard {
	if t == c.standard.Type {
		return c.standard
	}
	return nil
}

func (c testCity) Feed(s city.SourceID) (city.EntityType, []city.AttributeName, bool) {
	return "Garage", []city.AttributeName{"occupied", "total"}, s == "parking"
}

func garageQuality(t testing.TB, rules string) *Quality {
	t.Helper()
	std, fs := ParseStandard("Garage.yaml", []byte(garageStandard))
	if len(fs) > 0 {
		t.Fatal(fs)
	}
	q, fs := ParseQuality("quality.yaml", []byte(rules), testCity{std})
	if len(fs) > 0 {
		t.Fatal(fs)
	}
	return q
}

var start = city.InstantOf(time.Date(2020, 5, 1, 0, 0, 0, 0, time.UTC))

func at(minutes int) city.Instant { return start.Add(time.Duration(minutes) * time.Minute) }

// reading is a reading of a garage; negative total leaves total out.
func reading(when city.Instant, occupied, total float64) *city.Change {
	c := &city.Change{Op: city.OpObserve, Type: "Garage", Source: "parking", At: when}
	c.Attributes = append(c.Attributes, city.Attribute{Name: "occupied", Value: city.NumberOf(occupied)})
	if total >= 0 {
		c.Attributes = append(c.Attributes, city.Attribute{Name: "total", Value: city.NumberOf(total)})
	}
	return c
}

func lookup(c *city.Change) Lookup {
	return func(name city.AttributeName) (city.Value, bool) {
		for _, a := range c.Attributes {
			if a.Name == name {
				return a.Value, true
			}
		}
		return city.Value{}, false
	}
}

func TestFaultLastsUntilTheThirdSoundReading(t *testing.T) {
	q := garageQuality(t, garageRules)
	steps := []struct {
		occupied float64
		faulty   bool
	}{
		{50, false}, {101, true}, {102, true}, {90, true}, {91, true}, {103, true},
		{92, true}, {93, true}, {94, false}, {95, false}, {104, true},
	}
	var h city.Health
	for i, s := range steps {
		c := reading(at(i*30), s.occupied, 100)
		var flags city.Flags
		h, flags, _ = q.Judge(h, c, lookup(c), true)
		if h.Faulty != s.faulty || flags&city.FlagFaulty != 0 != s.faulty {
			t.Errorf("reading %d of %v: faulty %v, flags %v, want %v", i, s.occupied, h.Faulty, flags.Names(), s.faulty)
		}
		if over := s.occupied > 100; flags&city.FlagCapacity != 0 != over {
			t.Errorf("reading %d of %v: flags %v", i, s.occupied, flags.Names())
		}
		if i == 5 && h.Since != at(30) {
			t.Errorf("a fault that goes on began at %s, want %s", h.Since, at(30))
		}
	}
	if h.Since != at(300) || h.Fault != city.FlagCapacity {
		t.Errorf("health %+v: want the second fault, since %s", h, at(300))
	}
}

func TestStuckNeedsReadingsAndTime(t *testing.T) {
	for _, c := range []struct {
		name    string
		value   float64
		minutes int // between readings
		fires   int // index of the first reading that fires, -1 for never within 40
	}{
		{"twelve readings, but eleven intervals are too short", 5, 30, 24},
		{"hourly: the thirteenth spans twelve hours", 5, 60, 12},
		{"rare: the twelfth reading", 5, 120, 11},
		{"zero is not stuck", 0, 60, -1},
	} {
		q := garageQuality(t, garageRules)
		var h city.Health
		first := -1
		for i := range 40 {
			r := reading(at(i*c.minutes), c.value, 100)
			var flags city.Flags
			if h, flags, _ = q.Judge(h, r, lookup(r), true); flags&city.FlagStuck != 0 && h.Faulty && first < 0 {
				first = i
			}
		}
		if first != c.fires {
			t.Errorf("%s: first at reading %d, want %d", c.name, first, c.fires)
		}
	}
}

func TestEmptyFlagsOrQuarantines(t *testing.T) {
	q := garageQuality(t, garageRules)
	none := &city.Change{Op: city.OpObserve, Type: "Garage", Source: "parking", At: at(0)}
	before := city.Health{Faulty: true, Sound: 1}
	h, _, reason := q.Judge(before, none, lookup(none), true)
	if want := "occupied, total: quality rule gaps: no value"; reason != want || !cmp.Equal(h, before) {
		t.Errorf("reason %q, want %q; health %+v", reason, want, h)
	}
	some := reading(at(0), 5, -1)
	if _, flags, reason := q.Judge(city.Health{}, some, lookup(some), true); flags != city.FlagEmpty || reason != "" {
		t.Errorf("flags %v reason %q, want empty and none", flags.Names(), reason)
	}
	some.Source = "ngsi-ld"
	if _, flags, _ := q.Judge(city.Health{}, some, lookup(some), true); flags != 0 {
		t.Errorf("flags %v on a source that the rule does not name", flags.Names())
	}
}

func TestQuarantinedReadingLeavesHealth(t *testing.T) {
	q := garageQuality(t, garageRules)
	c := reading(at(0), 2000, 100)
	h, flags, reason := q.Judge(city.Health{}, c, lookup(c), true)
	if !cmp.Equal(h, city.Health{}) || flags != city.FlagRange || reason != "occupied: quality rule impossible: 2000 is not acceptable" {
		t.Errorf("health %+v flags %v reason %q", h, flags.Names(), reason)
	}
}

func TestCapacityFromThePresent(t *testing.T) {
	q := garageQuality(t, garageRules)
	c := reading(at(0), 101, -1)
	c.Source = "ngsi-ld"
	present := func(name city.AttributeName) (city.Value, bool) { return city.NumberOf(100), name == "total" }
	if _, flags, _ := q.Judge(city.Health{}, c, present, true); flags&city.FlagCapacity == 0 {
		t.Errorf("flags %v: the capacity of the present is not used", flags.Names())
	}
	if _, flags, _ := q.Judge(city.Health{}, c, lookup(c), true); flags != 0 {
		t.Errorf("flags %v without a known capacity", flags.Names())
	}
}

func TestOutOfOrderLeavesHealth(t *testing.T) {
	q := garageQuality(t, garageRules)
	before := city.Health{Runs: []city.Run{{Value: 5, Count: 30, From: at(0), Last: at(3000)}, {}}}
	c := reading(at(3000), 5, 4) // as old as the last: the run would be stuck
	h, flags, _ := q.Judge(before, c, lookup(c), false)
	if !cmp.Equal(h, before) || flags != city.FlagCapacity {
		t.Errorf("health %+v flags %v, want it unchanged and only capacity", h, flags.Names())
	}
	before.Faulty = true
	if _, flags, _ := q.Judge(before, c, lookup(c), false); flags != city.FlagCapacity|city.FlagFaulty {
		t.Errorf("flags %v, want capacity and faulty", flags.Names())
	}
}

func TestOtherChangesAreNotReadings(t *testing.T) {
	q := garageQuality(t, garageRules)
	before := city.Health{Faulty: true, Sound: 2}
	named := &city.Change{Op: city.OpObserve, Type: "Garage", Source: "garages", At: at(0),
		Attributes: []city.Attribute{{Name: "note", Value: city.TextOf("new sign")}}}
	if h, flags, _ := q.Judge(before, named, lookup(named), true); !cmp.Equal(h, before) || flags != city.FlagFaulty {
		t.Errorf("a note counts as a sound reading: %+v, %v", h, flags.Names())
	}
	deleted := &city.Change{Op: city.OpDelete, Type: "Garage", Source: "parking"}
	if h, flags, reason := q.Judge(before, deleted, lookup(deleted), true); !cmp.Equal(h, before) || flags != 0 || reason != "" {
		t.Errorf("a deletion is judged: %+v, %v, %q", h, flags.Names(), reason)
	}
}

func TestWithoutRulesNothingIsFlagged(t *testing.T) {
	with, without := garageQuality(t, garageRules), garageQuality(t, "rules: []")
	c := reading(at(0), 101, 100)
	_, flags, _ := with.Judge(city.Health{}, c, lookup(c), true)
	_, none, reason := without.Judge(city.Health{}, c, lookup(c), true)
	if flags != city.FlagCapacity|city.FlagFaulty || none != 0 || reason != "" {
		t.Errorf("with rules %v, without %v %q", flags.Names(), none.Names(), reason)
	}
	if !with.Watches("Garage") || with.Watches("Road") || without.Watches("Garage") {
		t.Error("Watches does not follow the rules")
	}
	if !with.FirstWins("parking") || with.FirstWins("ngsi-ld") || without.FirstWins("parking") {
		t.Error("FirstWins does not follow the rules")
	}
	if with.StaleAfter("parking") != 2*time.Hour || without.StaleAfter("parking") != 0 {
		t.Error("StaleAfter does not follow the rules")
	}
	var zero Quality
	if zero.Watches("Garage") || zero.FirstWins("parking") || zero.StaleAfter("parking") != 0 {
		t.Error("the zero Quality has rules")
	}
}

// slowJudge says of every reading of a history, from the text of the rules and
// by looking back over the whole history, which flags it gets.
func slowJudge(history []*city.Change) []city.Flags {
	out := make([]city.Flags, len(history))
	fired := make([]bool, len(history))
	for i, c := range history {
		occupied := c.Attributes[0].Value.Num
		total := 100.0
		if len(c.Attributes) > 1 {
			total = c.Attributes[1].Value.Num
		} else {
			out[i] |= city.FlagEmpty
		}
		if occupied < 0 {
			out[i] |= city.FlagRange
		}
		if occupied > total {
			out[i] |= city.FlagCapacity
			fired[i] = true
		}
		first, count := i, 0
		for first >= 0 && history[first].Attributes[0].Value.Num == occupied {
			first--
			count++
		}
		if occupied != 0 && count >= 12 && c.At.Sub(history[first+1].At) >= 12*time.Hour {
			out[i] |= city.FlagStuck
			fired[i] = true
		}
		if stuckTotal(history[:i+1]) {
			out[i] |= city.FlagStuck
		}
		last := slices.Index(reversed(fired[:i+1]), true)
		if last >= 0 && last < 3 {
			out[i] |= city.FlagFaulty
		}
	}
	return out
}

func stuckTotal(history []*city.Change) bool {
	var totals []*city.Change
	for _, c := range history {
		if len(c.Attributes) > 1 {
			totals = append(totals, c)
		}
	}
	if len(totals) == 0 || len(history[len(history)-1].Attributes) < 2 {
		return false
	}
	last := totals[len(totals)-1]
	count, first := 0, last.At
	for i := len(totals) - 1; i >= 0 && totals[i].Attributes[1].Value.Num == last.Attributes[1].Value.Num; i-- {
		count, first = count+1, totals[i].At
	}
	return count >= 3 && last.At.Sub(first) >= time.Hour
}

func reversed(s []bool) []bool {
	out := slices.Clone(s)
	slices.Reverse(out)
	return out
}

func TestJudgeAgreesWithLookingBack(t *testing.T) {
	q := garageQuality(t, garageRules)
	for seed := range uint64(400) {
		r := rand.New(rand.NewPCG(seed, 7))
		history, when := make([]*city.Change, 0, 120), 0
		value := 0.0
		for range 120 {
			when += 1 + r.IntN(150)
			if r.IntN(9) == 0 {
				value = []float64{-1, 0, 0, 5, 60, 99, 100, 101, 140}[r.IntN(9)]
			}
			total := []float64{-1, 100, 100, 100, 99}[r.IntN(5)]
			history = append(history, reading(at(when), value, total))
		}
		want := slowJudge(history)
		var h city.Health
		for i, c := range history {
			before := city.Health{Faulty: h.Faulty, Sound: h.Sound, Since: h.Since, Fault: h.Fault, Runs: slices.Clone(h.Runs)}
			known := func(name city.AttributeName) (city.Value, bool) {
				if v, ok := lookup(c)(name); ok {
					return v, true
				}
				return city.NumberOf(100), name == "total"
			}
			after, flags, _ := q.Judge(h, c, known, true)
			if diff := cmp.Diff(before, h); diff != "" {
				t.Fatalf("Judge changed the health it was given: %s", diff)
			}
			if flags != want[i] {
				t.Fatalf("seed %d reading %d (%v): flags %v, want %v", seed, i, c.Attributes[0].Value.Num, flags.Names(), want[i].Names())
			}
			h = after
		}
	}
}

func TestJudgeAllocatesOnlyForRuns(t *testing.T) {
	q := garageQuality(t, garageRules)
	noRuns := garageQuality(t, `
rules:
  - {name: below-zero, kind: range, type: Garage, attribute: occupied, min: 0}
  - {name: over, kind: capacity, type: Garage, attribute: occupied, over: total, fault: true}
  - {name: gaps, kind: empty, source: parking, type: Garage, attributes: [occupied, total]}
`)
	c := reading(at(0), 50, 100)
	value := lookup(c)
	other := reading(at(0), 50, 100)
	other.Type = "Road"
	for _, x := range []struct {
		name string
		q    *Quality
		c    *city.Change
		most float64
	}{{"no rule", q, other, 0}, {"no stuck rule", noRuns, c, 0}, {"two stuck rules", q, c, 1}} {
		if got := testing.AllocsPerRun(100, func() { x.q.Judge(city.Health{}, x.c, value, true) }); got > x.most {
			t.Errorf("%s: %v allocations a reading, want at most %v", x.name, got, x.most)
		}
	}
}

func BenchmarkJudge(b *testing.B) {
	q := garageQuality(b, garageRules)
	c := reading(at(0), 50, 100)
	value := lookup(c)
	b.ReportAllocs()
	var h city.Health
	for b.Loop() {
		h, _, _ = q.Judge(h, c, value, true)
	}
	_ = fmt.Sprint(h.Faulty)
}
