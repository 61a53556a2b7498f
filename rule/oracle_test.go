package rule

import (
	"fmt"
	"math"
	"math/rand"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

// oracleRules are the rules that the oracle below knows by heart.
const oracleRules = `
- rule: hot
  entity: S
  severity: moderate
  when: a > 0 && b < 0.5 * c
  for: 10m
- rule: full
  entity: G
  severity: major
  when: a >= 0.8 * b
  readings: 2
  unless: faulty
  clear: a < 0.75 * b
  any:
    - near: {situation: hot, within: 800 m, measure: ends}
    - near: {type: E, within: 1 km, starts: {attribute: start, from: 0h, until: 3h}}
- rule: fault
  entity: G
  severity: minor
  when: faulty
- rule: silent
  entity: S
  severity: minor
  absent: 30m
- rule: alone
  entity: S
  severity: minor
  when: a > 5.0
  near: {situation: silent, within: 2 km}
- rule: warm
  entity: S
  severity: minor
  when: a > 3.0
  except: [hot]
- rule: chained
  entity: G
  severity: critical
  relations: {ref: S}
  when: a > 40 && ref.a > 2
  related: {through: ref, situation: hot}
`

// event is a reading of the oracle's world.
type event struct {
	at     city.Instant
	id     string
	a, b   float64 // NaN: not there
	faulty bool
}

// world is what the oracle knows: places, relations and events that never
// change, and readings in any order.
type world struct {
	place  map[string][]city.Point
	c      map[string]float64
	ref    map[string]string
	starts map[string]city.Instant
	events []event
	end    city.Instant
}

func (w *world) within(from, to string, metres float64, ends bool) bool {
	points := w.place[to]
	if ends {
		points = []city.Point{points[0], points[len(points)-1]}
	}
	for _, p := range w.place[from] {
		for _, q := range points {
			const rad = math.Pi / 180
			cos := math.Sin(p.Lat*rad)*math.Sin(q.Lat*rad) + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*math.Cos((p.Lon-q.Lon)*rad)
			if math.Acos(math.Min(1, cos))*6371008.8 <= metres {
				return true
			}
		}
	}
	return false
}

// told is a raise or a clear, as the oracle tells it.
type told struct {
	at        city.Instant
	layer     int
	id, rule  string
	raised    city.Instant
	up        bool
	why       string
	raisedWhy string
}

// answer computes everything by looking back over the whole story at each step.
func (w *world) answer() []string {
	sort.SliceStable(w.events, func(i, j int) bool { return w.events[i].at < w.events[j].at })
	instants := map[city.Instant]bool{}
	for _, e := range w.events {
		instants[e.at] = true
		if e.id[0] == 'S' {
			instants[e.at.Add(30*time.Minute)] = true
		}
	}
	var times []city.Instant
	for at := range instants {
		if at < w.end {
			times = append(times, at)
		}
	}
	sort.Slice(times, func(i, j int) bool { return times[i] < times[j] })
	var tale []told
	up := map[string]*told{} // rule+id → the raise
	for _, at := range times {
		for layer := range 2 {
			var now []told
			for id := range w.place {
				now = append(now, w.step(at, layer, id, up)...)
			}
			sort.Slice(now, func(i, j int) bool {
				return now[i].id < now[j].id || now[i].id == now[j].id && now[i].rule < now[j].rule
			})
			for i := range now {
				n := &now[i]
				if n.up {
					up[n.rule+n.id] = n
				} else {
					n.raised, n.raisedWhy = up[n.rule+n.id].raised, up[n.rule+n.id].why
					delete(up, n.rule+n.id)
				}
				tale = append(tale, *n)
			}
		}
	}
	lines := []string{}
	for i, n := range tale {
		if n.up {
			lines = append(lines, fmt.Sprintf("%d %s %s %s %s", i+1, n.rule, n.id, n.at, n.why))
			continue
		}
		lines = append(lines, fmt.Sprintf("%d %s %s %s %s → %s %s", i+1, n.rule, n.id, n.raised, n.raisedWhy, n.at, n.why))
	}
	return lines
}

// story are the readings of id up to an instant, the last first.
func (w *world) story(id string, at city.Instant) (out []event) {
	for i := len(w.events) - 1; i >= 0; i-- {
		if e := w.events[i]; e.id == id && e.at <= at {
			out = append(out, e)
		}
	}
	return out
}

// known is the last value of a of an entity at an instant.
func (w *world) known(id string, at city.Instant) float64 {
	for _, e := range w.story(id, at) {
		if !math.IsNaN(e.a) {
			return e.a
		}
	}
	return math.NaN()
}

func (w *world) step(at city.Instant, layer int, id string, up map[string]*told) (out []told) {
	past := w.story(id, at)
	reads := len(past) > 0 && past[0].at == at
	say := func(rule, why string, raise bool) {
		out = append(out, told{at: at, layer: layer, id: id, rule: rule, up: raise, why: why, raised: at})
	}
	switch {
	case id[0] == 'S' && layer == 0:
		if reads {
			w.hot(past, up, say)
		}
		if s := up["silent"+id]; s != nil && reads {
			say("silent", "reading-received", false)
		} else if s == nil && len(past) > 0 && past[0].at.Add(30*time.Minute) == at {
			say("silent", "absent", true)
		}
	case id[0] == 'S' && reads && !math.IsNaN(past[0].a):
		w.alone(past[0], up, say)
		switch warm := past[0].a > 3; {
		case up["warm"+id] != nil && !warm:
			say("warm", "condition-ended", false)
		case up["warm"+id] == nil && warm && up["hot"+id] == nil:
			say("warm", "condition", true)
		}
	case id[0] == 'G' && layer == 0 && reads:
		if was := up["fault"+id] != nil; was != past[0].faulty {
			say("fault", map[bool]string{true: "condition-ended", false: "capacity"}[was], !was)
		}
	case id[0] == 'G' && layer == 1 && reads:
		w.full(past, up, say)
		w.chained(past, up, say)
	}
	return out
}

func (w *world) alone(e event, up map[string]*told, say func(string, string, bool)) {
	if up["alone"+e.id] != nil {
		if e.a <= 5 {
			say("alone", "condition-ended", false)
		}
		return
	}
	for other := range w.place {
		if e.a > 5 && other != e.id && up["silent"+other] != nil && w.within(e.id, other, 2000, false) {
			say("alone", "near silent", true)
			return
		}
	}
}

// hot looks for the first reading of the row that ends now.
func (w *world) hot(past []event, up map[string]*told, say func(string, string, bool)) {
	id := past[0].id
	meets := func(e event) (met, known bool) {
		if !math.IsNaN(e.a) && e.a <= 0 {
			return false, true
		}
		if math.IsNaN(e.a) || math.IsNaN(e.b) {
			return false, e.b >= 0.5*w.c[id] && !math.IsNaN(e.b)
		}
		return e.b < 0.5*w.c[id], true
	}
	met, known := meets(past[0])
	if up["hot"+id] != nil {
		if known && !met {
			say("hot", "condition-ended", false)
		}
		return
	}
	if !met {
		return
	}
	first := past[0].at
	for _, e := range past {
		m, k := meets(e)
		if k && !m {
			break
		}
		if m {
			first = e.at
		}
	}
	if past[0].at.Sub(first) >= 10*time.Minute {
		say("hot", "held", true)
	}
}

func (w *world) full(past []event, up map[string]*told, say func(string, string, bool)) {
	id, e := past[0].id, past[0]
	if up["full"+id] != nil {
		if e.faulty {
			say("full", "data-fault", false)
		} else if e.a < 0.75*e.b {
			say("full", "clear-condition", false)
		}
		return
	}
	full := func(e event) bool { return !e.faulty && e.a >= 0.8*e.b }
	if !full(e) || len(past) < 2 || !full(past[1]) {
		return
	}
	for other := range w.place {
		if up["hot"+other] != nil && w.within(id, other, 800, true) {
			say("full", "near hot", true)
			return
		}
	}
	for other, start := range w.starts {
		if ahead := start.Sub(e.at); ahead >= 0 && ahead < 3*time.Hour && w.within(id, other, 1000, false) {
			say("full", "near E", true)
			return
		}
	}
}

func (w *world) chained(past []event, up map[string]*told, say func(string, string, bool)) {
	id, e := past[0].id, past[0]
	far := w.known(w.ref[id], e.at)
	met := e.a > 40 && far > 2
	known := e.a <= 40 || !math.IsNaN(far)
	switch {
	case up["chained"+id] != nil && known && !met:
		say("chained", "condition-ended", false)
	case up["chained"+id] == nil && met && up["hot"+w.ref[id]] != nil:
		say("chained", "related hot", true)
	}
}

func TestOracle(t *testing.T) {
	rules := compile(t, oracleRules)
	seen := map[string]int{}
	for seed := range 12 {
		r := rand.New(rand.NewSource(int64(seed)))
		w := randomWorld(r)
		want := w.answer()
		known, readings := w.changes()
		got := show(run(New(rules, Options{}), append(known, readings...), w.end))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d (-oracle +engine):\n%s", seed, diff)
		}
		for range 4 {
			got := show(play(t, r, rules, w))
			if diff := cmp.Diff(want, got); diff != "" {
				t.Fatalf("seed %d, cut and restarted (-oracle +engine):\n%s", seed, diff)
			}
		}
		for _, line := range want {
			var n int
			var rule string
			fmt.Sscan(line, &n, &rule)
			seen[rule]++
		}
	}
	t.Log("changes by rule over all seeds:", seen)
	for _, rule := range []string{"hot", "full", "fault", "silent", "alone", "warm", "chained"} {
		if seen[rule] < 20 {
			t.Errorf("the random worlds say too little about %s: %d changes", rule, seen[rule])
		}
	}
}
