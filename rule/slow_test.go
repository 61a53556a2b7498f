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

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

// slowRules are the rules that the slow reference below knows by heart.
const slowRules = `
- rule: around
  entity: S
  severity: minor
  where: id != "S7"
  let:
    avg10: {window: 10m, of: a, fold: avg, warm: false}
    others: {count: {type: S, within: 900 m, where: a < 4.0, age: 20m}}
    low: {of: avg10 - 1.0}
  when: low < 4.0 && others >= 1.0
- rule: zonal
  entity: S
  severity: minor
  key: {attribute: zone}
  let:
    sum: {window: 15m, of: a, fold: sum}
    highest: {readings: 3, of: a, fold: max}
  when: sum > 20.0 && highest < 9.0
- rule: unanswered
  entity: S
  severity: major
  sequence:
    - {when: a > 7}
    - {type: U, near: 900 m, when: b > 3, not: true, within: 9m}
  expires: 30m
- rule: answered
  entity: S
  severity: major
  sequence:
    - {when: a > 7}
    - {type: U, near: 900 m, when: b > 3, within: 9m}
    - {when: a < 3, within: 20m}
  expires: 25m
- rule: often
  entity: S
  severity: minor
  when: a > 5
  repeat: {times: 3, within: 10m}
- rule: lingers
  entity: U
  severity: minor
  dwell: {area: west, for: 10m}
- rule: crowd
  entity: U
  severity: minor
  let:
    units: {count: {type: U, within: 1 km, where: b > 1.0}}
    own: {window: 10m, of: b, where: b > 0.0, fold: count}
  when: units >= 2.0 && own >= 1.0
- rule: zone-sum
  entity: U
  severity: minor
  let:
    total: {match: {type: S, on: {zone: zone}}, of: a, fold: sum}
    nearest: {nearest: {type: S, within: 3 km}, of: a}
  when: total > 12.0 && nearest < 6.0
`

// last is the last reading of id up to an instant.
func (w *slow) last(id string, at city.Instant) (x slowReading, when city.Instant, ok bool) {
	for i := len(w.times) - 1; i >= 0; i-- {
		if t := w.times[i]; t <= at {
			if x, ok := w.at[t][id]; ok {
				return x, t, true
			}
		}
	}
	return x, 0, false
}

func (w *slow) set(rule, id string, at city.Instant, up bool, raisedWhy, clearedWhy string) {
	key := rule + " " + id
	raised, was := w.up[key]
	switch {
	case up && !was:
		w.up[key] = at
		w.now = append(w.now, fmt.Sprintf("%s\x00%s\x00%s %s %s %s", id, rule, rule, id, at, raisedWhy))
	case !up && was:
		delete(w.up, key)
		w.now = append(w.now, fmt.Sprintf("%s\x00%s\x00%s %s %s %s → %s %s", id, rule, rule, id, raised, raisedWhy, at, clearedWhy))
	}
}

// answer steps through every instant at which something can happen.
func (w *slow) answer() []string {
	instants := map[city.Instant]bool{}
	for _, t := range w.times {
		for _, d := range []time.Duration{0, 9 * time.Minute, 10 * time.Minute, 10*time.Minute + time.Microsecond, 25 * time.Minute, 30 * time.Minute, 34 * time.Minute, 39 * time.Minute} {
			instants[t.Add(d)] = true
		}
	}
	for _, at := range slices.Sorted(maps.Keys(instants)) {
		if at >= w.end {
			break
		}
		w.now = nil
		for _, id := range slices.Sorted(maps.Keys(w.zone)) {
			x, reads := w.at[at][id]
			if id[0] == 'S' {
				w.stepS(id, x, reads, at)
			} else {
				w.stepU(id, x, reads, at)
			}
		}
		sort.SliceStable(w.now, func(i, j int) bool {
			a, b := strings.Split(w.now[i], "\x00"), strings.Split(w.now[j], "\x00")
			return a[0] < b[0] || a[0] == b[0] && a[1] < b[1]
		})
		for _, line := range w.now {
			w.tale = append(w.tale, fmt.Sprintf("%d %s", len(w.tale)+1, strings.Split(line, "\x00")[2]))
		}
	}
	return w.tale
}

func (w *slow) stepS(id string, x slowReading, reads bool, at city.Instant) {
	if reads {
		if id != "S7" {
			w.set("around", id, at, w.around(id, at), "condition", "condition-ended")
		}
		w.set("zonal", "urn:ngsi-ld:Group:S:zone:"+w.zone[id], at, w.zonal(id, at), "condition", "condition-ended")
	}
	w.unanswered(id, x, reads, at)
	w.answered(id, x, reads, at)
	var hits []city.Instant
	for _, t := range w.times {
		if y, ok := w.at[t][id]; ok && t <= at && y.a > 5 {
			hits = append(hits, t)
		}
	}
	n := len(hits)
	holds := n >= 3 && at.Sub(hits[n-3]) <= 10*time.Minute
	if _, up := w.up["often "+id]; up || reads && x.a > 5 {
		w.set("often", id, at, holds, "repeated", "condition-ended")
	}
}

func (w *slow) around(id string, at city.Instant) bool {
	sum, n, others := 0.0, 0.0, 0
	for _, t := range w.times {
		if x, ok := w.at[t][id]; ok && t > at.Add(-10*time.Minute) && t <= at {
			sum, n = sum+x.a, n+1
		}
	}
	for other := range w.zone {
		if other[0] != 'S' || other == id || w.place[id].Distance(w.place[other]) > 900 {
			continue
		}
		if x, when, ok := w.last(other, at); ok && x.a < 4 && when > at.Add(-20*time.Minute) {
			others++
		}
	}
	return sum/n-1 < 4 && others >= 1
}

// zonal looks at the readings of the zone up to that of id, of one instant in
// the order of ids. It is unknown before there are three.
func (w *slow) zonal(id string, at city.Instant) bool {
	sum := 0.0
	var all []float64
	for _, t := range w.times {
		for _, other := range slices.Sorted(maps.Keys(w.at[t])) {
			if other[0] != 'S' || w.zone[other] != w.zone[id] || t > at || t == at && other > id {
				continue
			}
			x := w.at[t][other]
			all = append(all, x.a)
			if t > at.Add(-15*time.Minute) {
				sum += x.a
			}
		}
	}
	return sum > 20 && slices.Max(all[max(0, len(all)-3):]) < 9
}

// answering says whether a unit that answers is near at an instant.
func (w *slow) answering(id string, at city.Instant) bool {
	for other, y := range w.at[at] {
		if other[0] == 'U' && y.b > 3 && w.place[id].Distance(y.place) <= 900 {
			return true
		}
	}
	return false
}

func (w *slow) unanswered(id string, x slowReading, reads bool, at city.Instant) {
	key := "unanswered " + id
	raised, up := w.up[key]
	begun, waits := w.from[key]
	if !up {
		if waits && at > begun && at <= begun.Add(9*time.Minute) && w.answering(id, at) {
			waits = false
		}
		if reads && x.a > 7 && !waits {
			begun, waits = at, true
		}
	}
	switch {
	case up && at == raised.Add(30*time.Minute):
		w.set("unanswered", id, at, false, "sequence", "expired")
	case waits && at == begun.Add(9*time.Minute):
		w.set("unanswered", id, at, true, "sequence", "")
		waits = false
	}
	delete(w.from, key)
	if waits {
		w.from[key] = begun
	}
}

func (w *slow) answered(id string, x slowReading, reads bool, at city.Instant) {
	key := "answered " + id
	if raised, up := w.up[key]; up {
		if at == raised.Add(25*time.Minute) {
			w.set("answered", id, at, false, "sequence", "expired")
		}
		return
	}
	begun, waits := w.from[key]
	mid, halfway := w.mid[key]
	if reads && x.a < 3 && halfway && at > mid && at <= mid.Add(20*time.Minute) {
		w.set("answered", id, at, true, "sequence", "")
		delete(w.from, key)
		delete(w.mid, key)
		return
	}
	if waits && at > begun && at <= begun.Add(9*time.Minute) && w.answering(id, at) {
		w.mid[key] = at
		delete(w.from, key)
	}
	if reads && x.a > 7 {
		w.from[key] = at
	}
}

func (w *slow) stepU(id string, x slowReading, reads bool, at city.Instant) {
	key := "lingers " + id
	since, in := w.from[key]
	if reads {
		if x.place.Lon > 10.012 {
			w.set("lingers", id, at, false, "dwell", "left")
			delete(w.from, key)
			in = false
		} else if !in {
			since, in = at, true
			w.from[key] = at
		}
	}
	if in && at == since.Add(10*time.Minute) {
		w.set("lingers", id, at, true, "dwell", "")
	}
	if !reads {
		return
	}
	w.crowd(id, x, at)
	total := 0.0
	nearest, best, known := 0.0, 3000.0, false
	for _, other := range slices.Sorted(maps.Keys(w.zone)) {
		y, _, ok := w.last(other, at)
		if other[0] != 'S' || !ok {
			continue
		}
		if w.zone[other] == w.zone[id] {
			total += y.a
		}
		if d := x.place.Distance(w.place[other]); d < best || d <= best && !known {
			nearest, best, known = y.a, d, true
		}
	}
	// A sum of nothing is 0.
	if met := total > 12 && nearest < 6; known || total <= 12 {
		w.set("zone-sum", id, at, met && known, "condition", "condition-ended")
	}
}

// crowd is unknown until the window has been covered.
func (w *slow) crowd(id string, x slowReading, at city.Instant) {
	units, own, covered := 0, 0, false
	for other := range w.zone {
		if y, _, ok := w.last(other, at); ok && other[0] == 'U' && other != id && y.b > 1 && x.place.Distance(y.place) <= 1000 {
			units++
		}
	}
	for _, t := range w.times {
		if y, ok := w.at[t][id]; ok && t <= at && y.b > 0 {
			covered = covered || t <= at.Add(-10*time.Minute)
			if t > at.Add(-10*time.Minute) {
				own++
			}
		}
	}
	if units < 2 || covered {
		w.set("crowd", id, at, units >= 2 && own >= 1, "condition", "condition-ended")
	}
}

func TestSlowReference(t *testing.T) {
	rules := compile(t, slowRules)
	o := Options{Areas: []Area{{ID: "west", Kind: "district", Place: &city.Place{Kind: city.PlacePolygon, Rings: []int32{5}, Points: []city.Point{
		{Lon: 9, Lat: 55}, {Lon: 10.012, Lat: 55}, {Lon: 10.012, Lat: 57}, {Lon: 9, Lat: 57}, {Lon: 9, Lat: 55}}}}}}
	seen := map[string]int{}
	for seed := range 10 {
		r := rand.New(rand.NewSource(int64(seed)))
		w := randomSlow(r)
		want := w.answer()
		known, readings := w.changes()
		got := show(run(New(rules, o), append(known, readings...), w.end))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-reference +engine):\n%s", seed, diff)
		}
		for range 3 {
			known, readings := w.changes()
			got := show(playChanges(t, r, rules, o, known, readings, w.end))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, in disorder and restarted (-reference +engine):\n%s", seed, diff)
			}
		}
		for _, line := range want {
			seen[strings.Fields(line)[1]]++
		}
	}
	t.Log("changes by rule over all seeds:", seen)
	for _, r := range rules {
		if seen[r.Name()] < 20 {
			t.Errorf("the random worlds say too little about %s: %d changes", r.Name(), seen[r.Name()])
		}
	}
}
