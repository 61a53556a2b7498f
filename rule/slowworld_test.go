package rule

import (
	"fmt"
	"maps"
	"math/rand"
	"slices"

	"citybrain/city"
)

// slow is a world whose answer is computed by looking back over everything at
// each instant.
type slow struct {
	place map[string]city.Point // of S
	zone  map[string]string
	at    map[city.Instant]map[string]slowReading
	times []city.Instant
	end   city.Instant

	up   map[string]city.Instant // "rule id" → raised
	tale []string
	now  []string
	from map[string]city.Instant // what patterns remember
	mid  map[string]city.Instant
}

type slowReading struct {
	a, b  float64
	place city.Point
}

func randomSlow(r *rand.Rand) *slow {
	w := &slow{place: map[string]city.Point{}, zone: map[string]string{}, at: map[city.Instant]map[string]slowReading{}, up: map[string]city.Instant{},
		from: map[string]city.Instant{}, mid: map[string]city.Instant{}, end: minutes(300)}
	spot := func() city.Point { return city.Point{Lon: 10 + r.Float64()/40, Lat: 56 + r.Float64()/70} }
	for i := range 12 {
		id := fmt.Sprintf("S%d", i)
		if i >= 8 {
			id = fmt.Sprintf("U%d", i-8)
		}
		w.place[id], w.zone[id] = spot(), string(rune('a'+i%3))
		for m := r.Intn(6); m < 300; m += 1 + r.Intn(7) {
			if w.at[minutes(m)] == nil {
				w.at[minutes(m)] = map[string]slowReading{}
			}
			x := slowReading{a: float64(r.Intn(10)), b: float64(r.Intn(6)), place: w.place[id]}
			if i >= 8 && r.Intn(3) > 0 {
				w.place[id] = city.Point{Lon: w.place[id].Lon + (r.Float64()-0.5)/200, Lat: w.place[id].Lat}
			} else if i >= 8 {
				w.place[id] = spot()
			}
			if i >= 8 {
				x.place = w.place[id]
			}
			w.at[minutes(m)][id] = x
		}
	}
	w.times = slices.Sorted(maps.Keys(w.at))
	return w
}

func (w *slow) changes() (known, readings []city.Change) {
	for _, id := range slices.Sorted(maps.Keys(w.zone)) {
		attrs := []city.Attribute{static("zone", city.TextOf(w.zone[id]), t0)}
		if id[0] == 'S' {
			attrs = append(attrs, static("location", city.GeoOf(city.PointPlace(w.place[id])), t0))
		}
		known = append(known, reference(city.EntityType(id[:1]), city.EntityID(id), t0, attrs...))
	}
	for _, at := range w.times {
		for _, id := range slices.Sorted(maps.Keys(w.at[at])) {
			x := w.at[at][id]
			attrs := []city.Attribute{number("b", x.b, at)}
			if id[0] == 'S' {
				attrs = []city.Attribute{number("a", x.a, at)}
			} else {
				attrs = append(attrs, city.Attribute{Name: "location", Value: city.GeoOf(city.PointPlace(x.place)), ObservedAt: at, ReceivedAt: at, Source: "feed"})
			}
			readings = append(readings, reading(city.EntityType(id[:1]), city.EntityID(id), at, attrs...))
		}
	}
	return known, readings
}
