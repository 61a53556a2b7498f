package history_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"time"

	"citybrain/city"
	"citybrain/history"
)

// reference is the past as a map: slow and plain.
type reference map[readingKey]map[city.AttributeName]city.Attribute

type readingKey struct {
	typ    city.EntityType
	entity city.EntityID
	at     city.Instant
	source city.SourceID
}

func (f reference) apply(c *city.Change) {
	if c.Op == city.OpDelete || c.Op == city.OpDeleteAttribute || c.Op == city.OpQuarantine || c.Op == city.OpOutside {
		return
	}
	for _, a := range c.Attributes {
		if a.ReceivedAt == 0 {
			a.ReceivedAt = c.ReceivedAt
		}
		if a.Source == "" {
			a.Source = c.Source
		}
		a.Flags |= c.Flags
		k := readingKey{c.Type, c.Entity, a.Moment(), a.Source}
		if f[k] == nil {
			f[k] = map[city.AttributeName]city.Attribute{}
		}
		f[k][a.Name] = a
	}
}

func (f reference) has(t city.EntityType, id city.EntityID, s city.SourceID, at city.Instant) bool {
	for k := range f {
		if (t == "" || k.typ == t) && k.entity == id && k.source == s && k.at == at {
			return true
		}
	}
	return false
}

func (f reference) read(q history.Query) history.Page {
	type slot struct {
		at     city.Instant
		source city.SourceID
	}
	joined := map[slot]map[city.AttributeName]city.Attribute{}
	keys := slices.SortedFunc(maps.Keys(f), func(a, b readingKey) int { return strings.Compare(string(a.typ), string(b.typ)) })
	for _, k := range keys {
		if k.entity != q.Entity || q.Type != "" && k.typ != q.Type || !q.Interval.Contains(k.at) {
			continue
		}
		for name, a := range f[k] {
			if len(q.Attributes) > 0 && !slices.Contains(q.Attributes, name) {
				continue
			}
			s := slot{k.at, k.source}
			if joined[s] == nil {
				joined[s] = map[city.AttributeName]city.Attribute{}
			}
			joined[s][name] = a
		}
	}
	var all []history.Reading
	for s, attributes := range joined {
		r := history.Reading{At: s.at, Source: s.source}
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			a := attributes[name]
			r.Attributes = append(r.Attributes, a)
			r.ReceivedAt = max(r.ReceivedAt, a.ReceivedAt)
			r.Flags |= a.Flags
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b history.Reading) int {
		if a.At != b.At {
			return int(min(max(a.At-b.At, -1), 1))
		}
		return strings.Compare(string(a.Source), string(b.Source))
	})
	return cut(all, q)
}

func cut(all []history.Reading, q history.Query) history.Page {
	limit := q.Limit
	if limit == 0 {
		limit = history.DefaultLimit
	}
	if q.LastN > 0 {
		limit = min(limit, q.LastN)
	}
	if len(all) <= limit {
		return history.Page{Readings: all}
	}
	if q.LastN > 0 {
		return history.Page{Readings: all[len(all)-limit:], More: true}
	}
	return history.Page{Readings: all[:limit], More: true}
}

// chance makes random changes and questions over a small city, so that
// moments, sources and attributes meet often.
type chance struct{ *rand.Rand }

const (
	chanceEntities = 20
	chanceDays     = 3
)

func pick[T any](r chance, list ...T) T { return list[r.IntN(len(list))] }

func (r chance) entity() city.EntityID {
	return city.EntityID("urn:x:" + strconv.Itoa(r.IntN(chanceEntities)))
}

func (r chance) typ() city.EntityType {
	return pick(r, city.EntityType("Garage"), "https://example.org/Straße", "")
}

func (r chance) source() city.SourceID { return pick(r, city.SourceID("b"), "a", "c") }

func (r chance) moment() city.Instant {
	return august.Add(time.Duration(r.IntN(chanceDays*24*4)) * 15 * time.Minute)
}

func (r chance) change(now city.Instant) city.Change {
	c := city.Change{
		Op:     pick(r, city.OpObserve, city.OpObserve, city.OpCreate, city.OpUpdate, city.OpReplace, city.OpPatch, city.OpDelete, city.OpDeleteAttribute, city.OpQuarantine),
		Entity: r.entity(), Type: r.typ(), Source: r.source(), ReceivedAt: now,
	}
	if r.IntN(5) == 0 {
		c.Flags = pick(r, city.FlagRange, city.FlagStuck|city.FlagFaulty)
	}
	at := r.moment()
	for range r.IntN(5) {
		a := city.Attribute{Name: pick(r, city.AttributeName("a"), "b", "a~2", "entity", "ünï/cödé.x"), Value: r.value(), ObservedAt: at}
		a.Unit = pick(r, city.Unit(""), "", "KMH")
		switch r.IntN(10) {
		case 0:
			a.ObservedAt = 0
		case 1:
			a.ObservedAt = r.moment()
		case 2:
			a.Source = r.source()
		case 3:
			a.Flags = city.FlagEmpty
		case 4:
			a.ReceivedAt = now + 5
		case 5:
			a.Sub = []city.Attribute{{Name: "accuracy", Value: r.value(), Unit: "MTR", Sub: []city.Attribute{{Name: "by", Value: city.RelationOf("urn:x:1")}}}}
		}
		c.Attributes = append(c.Attributes, a)
	}
	return c
}

func (r chance) value() city.Value {
	p := func() city.Point { return city.Point{Lon: r.Float64() * 180, Lat: r.Float64() * 90} }
	return pick(r,
		city.NumberOf(float64(r.IntN(9))), city.NumberOf(r.Float64()), city.NumberOf(float64(r.IntN(100))), city.BoolOf(r.IntN(2) == 0),
		city.TextOf("OK"), city.TextOf(strings.Repeat("long ", r.IntN(40))), city.RelationOf(r.entity()), city.TimeOf(august),
		city.Value{Kind: city.JSON, Text: `{"x":[1,null]}`}, city.Value{}, city.GeoOf(city.PointPlace(p())), city.GeoOf(city.LinePlace(p(), p())),
		city.GeoOf(&city.Place{Kind: city.PlacePolygon, Points: []city.Point{p(), p(), p(), p()}, Rings: []int32{4}}),
		city.GeoOf(&city.Place{Kind: city.PlacePolygon, Points: []city.Point{p(), p()}, Rings: []int32{9}}), // no WKB form
		city.Value{Kind: city.Number, Num: 3, Text: "both"},
	)
}

func (r chance) query() history.Query {
	q := history.Query{Entity: r.entity(), Type: r.typ()}
	if r.IntN(2) == 0 {
		q.Interval.From = r.moment()
	}
	if r.IntN(2) == 0 {
		q.Interval.To = r.moment()
	}
	if r.IntN(2) == 0 {
		q.Attributes = []city.AttributeName{pick(r, city.AttributeName("a"), "entity", "none"), "b"}
	}
	if r.IntN(2) == 0 {
		q.LastN = 1 + r.IntN(9)
	}
	if r.IntN(2) == 0 {
		q.Limit = 1 + r.IntN(20)
	}
	return q
}
