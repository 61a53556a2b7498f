package rule

import (
	"fmt"
	"maps"
	"math"
	"math/rand"
	"slices"
	"sort"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func randomWorld(r *rand.Rand) *world {
	w := &world{place: map[string][]city.Point{}, c: map[string]float64{}, ref: map[string]string{}, starts: map[string]city.Instant{}}
	spot := func() city.Point { return city.Point{Lon: 10 + r.Float64()/40, Lat: 56 + r.Float64()/70} }
	for i := range 6 {
		id := fmt.Sprintf("S%d", i)
		w.place[id] = []city.Point{spot(), spot(), spot()}
		w.c[id] = 40 + 10*float64(i)
	}
	for i := range 3 {
		id := fmt.Sprintf("G%d", i)
		w.place[id] = []city.Point{spot()}
		w.ref[id] = fmt.Sprintf("S%d", i)
	}
	for i := range 4 {
		id := fmt.Sprintf("E%d", i)
		w.place[id] = []city.Point{spot()}
		w.starts[id] = minutes(r.Intn(600))
	}
	for _, id := range slices.Sorted(maps.Keys(w.place)) {
		if id[0] == 'E' {
			continue
		}
		jam, full := r.Float64(), 70.0
		for m := r.Intn(10); m < 500; m += 1 + r.Intn(9) {
			if r.Intn(30) == 0 {
				m += 40
			}
			if r.Intn(8) == 0 {
				jam, full = r.Float64(), 60+40*r.Float64()
			}
			e := event{at: minutes(m), id: id}
			if id[0] == 'S' {
				e.a, e.b = float64(r.Intn(9)), 10+60*jam*r.Float64()
				switch r.Intn(12) {
				case 0:
					e.a = math.NaN()
				case 1:
					e.b = math.NaN()
				}
			} else {
				e.a, e.b, e.faulty = full+10*r.Float64(), 100, r.Intn(10) == 0
			}
			w.events = append(w.events, e)
		}
	}
	sort.Slice(w.events, func(i, j int) bool {
		a, b := w.events[i], w.events[j]
		return a.at < b.at || a.at == b.at && a.id < b.id
	})
	w.end = minutes(480)
	return w
}

// changes are the reference data and the readings of w for an engine.
func (w *world) changes() (known, readings []city.Change) {
	for _, id := range slices.Sorted(maps.Keys(w.place)) {
		points := w.place[id]
		place := city.LinePlace(points...)
		if len(points) == 1 {
			place = city.PointPlace(points[0])
		}
		attrs := []city.Attribute{static("location", city.GeoOf(place), t0)}
		switch id[0] {
		case 'S':
			attrs = append(attrs, static("c", city.NumberOf(w.c[id]), t0))
		case 'G':
			attrs = append(attrs, static("ref", city.RelationOf(city.EntityID(w.ref[id])), t0))
		case 'E':
			attrs = append(attrs, static("start", city.TimeOf(w.starts[id]), t0))
		}
		known = append(known, reference(city.EntityType(id[:1]), city.EntityID(id), t0, attrs...))
	}
	for _, e := range w.events {
		c := reading(city.EntityType(e.id[:1]), city.EntityID(e.id), e.at)
		if !math.IsNaN(e.a) {
			c.Attributes = append(c.Attributes, number("a", e.a, e.at))
		}
		if !math.IsNaN(e.b) {
			c.Attributes = append(c.Attributes, number("b", e.b, e.at))
		}
		if len(c.Attributes) < 2 {
			c.Flags |= city.FlagEmpty
		}
		if e.faulty {
			c.Flags |= city.FlagFaulty | city.FlagCapacity
		}
		readings = append(readings, c)
	}
	return known, readings
}

// play gives the world to an engine as it would arrive: each reading up to the
// wait after it was observed, in random batches, and ticks in between. At random
// points the engine is saved and restored.
func play(t *testing.T, r *rand.Rand, rules []*Rule, w *world) (out []city.Situation) {
	known, readings := w.changes()
	return playChanges(t, r, rules, Options{}, known, readings, w.end)
}

func playChanges(t *testing.T, r *rand.Rand, rules []*Rule, o Options, known, readings []city.Change, end city.Instant) (out []city.Situation) {
	wait := time.Duration(r.Intn(40)) * time.Minute
	o.Wait, o.DefaultLateness = wait, wait+1
	e := New(rules, o)
	pos := city.Position(0)
	apply := func(b *city.Batch) {
		if r.Intn(4) == 0 {
			e = again(t, e, rules)
		}
		pos++
		out = append(out, e.Apply(pos, b)...)
	}
	apply(&city.Batch{Changes: known})
	for i := range readings {
		readings[i].ReceivedAt += city.Instant(r.Int63n(int64(wait/time.Microsecond) + 1))
	}
	sort.SliceStable(readings, func(i, j int) bool { return readings[i].ReceivedAt < readings[j].ReceivedAt })
	for len(readings) > 0 {
		clock := readings[0].ReceivedAt.Add(time.Duration(1+r.Intn(60*60)) * time.Second)
		n := 0
		for n < len(readings) && readings[n].ReceivedAt < clock {
			n++
		}
		round := append([]city.Change{}, readings[:n]...)
		readings = readings[n:]
		shuffleApart(r, round)
		for len(round) > 0 {
			k := 1 + r.Intn(len(round))
			apply(&city.Batch{Changes: round[:k]})
			round = round[k:]
		}
		apply(tick(min(clock, end.Add(wait))))
	}
	apply(tick(end.Add(wait)))
	if late := e.Late(); len(late) > 0 {
		t.Fatal("late within the wait", late)
	}
	return out
}

// shuffleApart shuffles changes but keeps those of one entity in order.
func shuffleApart(r *rand.Rand, list []city.Change) {
	queues := map[city.EntityID][]city.Change{}
	order := make([]city.EntityID, len(list))
	for i, c := range list {
		queues[c.Entity] = append(queues[c.Entity], c)
		order[i] = c.Entity
	}
	r.Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	for i, id := range order {
		list[i], queues[id] = queues[id][0], queues[id][1:]
	}
}

// again is the engine after it was saved and restored.
func again(t testing.TB, e *Engine, rules []*Rule) *Engine {
	t.Helper()
	data, err := e.Snapshot()
	if err != nil {
		t.Fatal(err)
	}
	fresh := New(rules, e.opt)
	if err := fresh.Restore(data); err != nil {
		t.Fatal(err)
	}
	second, _ := fresh.Snapshot()
	if string(second) != string(data) {
		t.Fatal("a restored engine has another snapshot")
	}
	if diff := cmp.Diff(e.Up(), fresh.Up()); diff != "" {
		t.Fatal(diff)
	}
	return fresh
}
