package history

import (
	"math"
	"slices"
	"sort"
	"strings"

	"citybrain/city"
)

// selection is a Query for one day: the first or last need readings of an
// interval that have one of names, or any.
type selection struct {
	interval city.Interval
	names    []city.AttributeName
	need     int
	latest   bool
}

func (s *selection) wants(name city.AttributeName) bool {
	return len(s.names) == 0 || slices.Contains(s.names, name)
}

// each calls fn with 0 to n-1, or from the end, until fn says stop.
func (s *selection) each(n int, fn func(int) (more bool)) {
	for i := range n {
		k := i
		if s.latest {
			k = n - 1 - i
		}
		if !fn(k) {
			return
		}
	}
}

// read appends the selected readings of an entity, in the order of time.
func (c *chunk) read(id city.EntityID, s *selection) []Reading {
	e, ok := c.entities[id]
	if !ok {
		return nil
	}
	rows := c.series[e].rows
	moment := func(i int) city.Instant { return c.rows.at(rows[i]).at }
	low, high := within(s.interval, len(rows), moment)
	rows = rows[low:high]
	var found []Reading
	s.each(len(rows), func(i int) bool {
		if r, ok := c.reading(c.rows.at(rows[i]), s); ok {
			found = append(found, r)
		}
		return len(found) < s.need
	})
	if s.latest {
		slices.Reverse(found)
	}
	return found
}

// within is the range of n rising moments that lie in an interval.
func within(v city.Interval, n int, moment func(int) city.Instant) (low, high int) {
	high = n
	if v.From != 0 {
		low = sort.Search(n, func(i int) bool { return moment(i) >= v.From })
	}
	if v.To != 0 {
		high = sort.Search(n, func(i int) bool { return moment(i) >= v.To })
	}
	return low, max(low, high)
}

func (c *chunk) reading(r *row, s *selection) (Reading, bool) {
	m := mark{r.at, r.received, c.sources[r.source], r.flags, r.stated}
	attributes := make([]city.Attribute, 0, r.n)
	for i := range r.n {
		cell := c.cells.at(r.start + i)
		k := &c.columns.list[cell.column]
		if !s.wants(k.name) {
			continue
		}
		if k.kind == rich {
			attributes = append(attributes, c.rich[cell.value])
			continue
		}
		attributes = append(attributes, m.attribute(k, c.value(k.kind, cell.value)))
	}
	if len(attributes) == 0 {
		return Reading{}, false
	}
	return newReading(r.at, m.source, attributes), true
}

func (c *chunk) value(kind city.ValueKind, bits uint64) city.Value {
	switch kind {
	case city.Number, city.Bool:
		return city.Value{Kind: kind, Num: math.Float64frombits(bits)}
	case city.Geo:
		return city.GeoOf(c.places[bits])
	}
	return city.Value{Kind: kind, Text: c.texts.list[bits]}
}

// attribute is an instance with the mark of its reading.
func (m *mark) attribute(k *column, v city.Value) city.Attribute {
	a := city.Attribute{Name: k.name, Value: v, Unit: k.unit, ReceivedAt: m.received, Source: m.source, Flags: m.flags}
	if m.stated {
		a.ObservedAt = m.at
	}
	return a
}

// newReading sorts attributes and sums up their provenance.
func newReading(at city.Instant, source city.SourceID, attributes []city.Attribute) Reading {
	slices.SortFunc(attributes, func(a, b city.Attribute) int { return strings.Compare(string(a.Name), string(b.Name)) })
	r := Reading{At: at, Source: source, Attributes: attributes}
	for i := range attributes {
		r.ReceivedAt = max(r.ReceivedAt, attributes[i].ReceivedAt)
		r.Flags |= attributes[i].Flags
	}
	return r
}

// has says whether c holds a reading of an entity by a source at a moment.
func (c *chunk) has(id city.EntityID, source city.SourceID, at city.Instant) bool {
	e, ok := c.entities[id]
	if !ok || at > c.series[e].last {
		return false
	}
	_, found := c.find(&c.series[e], at, source)
	return found
}

// mergeReadings joins readings of several places into one row of readings; where
// they hold the same instance, the later place wins.
func mergeReadings(places [][]Reading) []Reading {
	places = slices.DeleteFunc(places, func(p []Reading) bool { return len(p) == 0 })
	if len(places) == 0 {
		return nil
	}
	if len(places) == 1 {
		return places[0]
	}
	all := slices.Concat(places...)
	slices.SortStableFunc(all, compareReadings)
	out := all[:1]
	for _, r := range all[1:] {
		if last := &out[len(out)-1]; compareReadings(*last, r) == 0 {
			*last = overlay(*last, r)
		} else {
			out = append(out, r)
		}
	}
	return out
}

func compareReadings(a, b Reading) int {
	switch {
	case a.At < b.At:
		return -1
	case a.At > b.At:
		return 1
	}
	return strings.Compare(string(a.Source), string(b.Source))
}

func overlay(old, young Reading) Reading {
	attributes := slices.Clone(young.Attributes)
	for _, a := range old.Attributes {
		if !slices.ContainsFunc(young.Attributes, func(y city.Attribute) bool { return y.Name == a.Name }) {
			attributes = append(attributes, a)
		}
	}
	return newReading(old.At, old.Source, attributes)
}
