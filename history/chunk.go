package history

import (
	"math"
	"slices"
	"strings"

	"citybrain/city"
)

// day is a part of the past that is sealed as one: a type on a UTC day.
type day struct {
	typ city.EntityType
	day city.Day
}

// chunk is the tail of one lane and day. One goroutine at a time may touch it,
// until it is frozen; then many may read it.
//
// A row is a fixed record plus a run of cells, each a column number and eight
// bytes; columns stand for (attribute, kind, unit). So a row costs what it
// holds, also where an entity reports its attributes one by one.
type chunk struct {
	first  city.Position // of the oldest change in it
	opened city.Instant  // by the city's clock

	entities map[city.EntityID]uint32
	series   []series
	sources  []city.SourceID
	rows     blocks[row]
	cells    cells
	columns  columns
	texts    texts
	places   []*city.Place
	rich     []city.Attribute
	scratch  []cell
}

// series are the rows of one entity, by moment and source.
type series struct {
	id   city.EntityID
	rows []uint32
	last city.Instant // moment of the last row
}

// row is one reading. Its mark holds for all of its cells but the rich ones.
type row struct {
	at, received city.Instant
	start, n     uint32 // its cells
	source       uint16
	flags        city.Flags
	stated       bool // the source stated the moment
}

// cell is one instance: a number, or an index into texts, places or rich, by
// the kind of its column.
type cell struct {
	value  uint64
	column uint32
}

// mark is the provenance that the instances of a reading share.
type mark struct {
	at, received city.Instant
	source       city.SourceID
	flags        city.Flags
	stated       bool
}

func markOf(c *city.Change, a *city.Attribute) mark {
	m := mark{at: a.ObservedAt, received: a.ReceivedAt, source: a.Source, flags: c.Flags | a.Flags, stated: true}
	if m.received == 0 {
		m.received = c.ReceivedAt
	}
	if m.source == "" {
		m.source = c.Source
	}
	if m.at == 0 {
		m.at, m.stated = m.received, false
	}
	return m
}

func newChunk(first city.Position, opened city.Instant) *chunk {
	return &chunk{first: first, opened: opened, entities: map[city.EntityID]uint32{}}
}

// entity is the number of an entity in c.
func (c *chunk) entity(id city.EntityID) uint32 {
	e, ok := c.entities[id]
	if !ok {
		e = uint32(len(c.series))
		id = city.EntityID(strings.Clone(string(id)))
		c.entities[id] = e
		c.series = append(c.series, series{id: id, last: math.MinInt64})
	}
	return e
}

func (c *chunk) source(s city.SourceID) uint16 {
	for i, known := range c.sources {
		if known == s {
			return uint16(i)
		}
	}
	c.sources = append(c.sources, city.SourceID(strings.Clone(string(s))))
	return uint16(len(c.sources) - 1)
}

// put records instances that share a mark.
func (c *chunk) put(id city.EntityID, m *mark, attributes []city.Attribute) {
	s := &c.series[c.entity(id)]
	at := len(s.rows)
	if m.at <= s.last {
		var found bool
		if at, found = c.find(s, m.at, m.source); found {
			c.merge(c.rows.at(s.rows[at]), m, attributes)
			return
		}
	}
	s.last = max(s.last, m.at)
	r := row{at: m.at, received: m.received, source: c.source(m.source), flags: m.flags, stated: m.stated, start: c.cells.len()}
	c.columns.stamp++
	for i := range attributes {
		r.n += c.append(r.start, i, m, &attributes[i])
	}
	if at == len(s.rows) {
		s.rows = append(s.rows, c.rows.n)
	} else {
		s.rows = slices.Insert(s.rows, at, c.rows.n)
	}
	c.rows.push(r)
}

// append adds a cell to the run that begins at start and is the last one; of
// attributes with the same name, the last counts.
func (c *chunk) append(start uint32, i int, m *mark, a *city.Attribute) uint32 {
	next := c.encode(i, a, m, false)
	if place, again := c.columns.visit(next.column, c.cells.len()-start); again {
		c.cells.set(start+place, next)
		return 0
	}
	c.cells.push(next)
	return 1
}

// find is where the reading of a source at a moment is in s, or belongs.
func (c *chunk) find(s *series, at city.Instant, source city.SourceID) (int, bool) {
	return slices.BinarySearchFunc(s.rows, at, func(r uint32, at city.Instant) int {
		row := c.rows.at(r)
		switch {
		case row.at < at:
			return -1
		case row.at > at:
			return 1
		}
		return strings.Compare(string(c.sources[row.source]), string(source))
	})
}

// merge records instances of a reading that is there: they replace those of the
// same attributes.
func (c *chunk) merge(r *row, m *mark, attributes []city.Attribute) {
	c.columns.stamp++
	run := c.scratch[:0]
	for i := range r.n {
		old := c.cells.at(r.start + i)
		c.columns.visit(old.column, i)
		run = append(run, old)
	}
	same := m.received == r.received && m.flags == r.flags && m.stated == r.stated
	if !same && c.covers(run, attributes) {
		r.received, r.flags, r.stated, same = m.received, m.flags, m.stated, true
	}
	for i := range attributes {
		next := c.encode(i, &attributes[i], m, !same)
		if place, again := c.columns.visit(next.column, uint32(len(run))); again {
			run[place] = next
		} else {
			run = append(run, next)
		}
	}
	c.store(r, run)
	c.scratch = run
}

// covers says whether attributes replace every cell of a run.
func (c *chunk) covers(run []cell, attributes []city.Attribute) bool {
	for _, old := range run {
		name := c.columns.list[old.column].name
		if !slices.ContainsFunc(attributes, func(a city.Attribute) bool { return a.Name == name }) {
			return false
		}
	}
	return true
}

// store puts a run in the place of a row's cells, or behind all others if it
// has grown.
func (c *chunk) store(r *row, run []cell) {
	if len(run) == int(r.n) {
		for i, v := range run {
			c.cells.set(r.start+uint32(i), v)
		}
		return
	}
	r.start, r.n = c.cells.len(), uint32(len(run))
	for _, v := range run {
		c.cells.push(v)
	}
}

// size is about how many bytes c takes.
func (c *chunk) size() int64 {
	return int64(c.rows.n)*(32+5) + int64(c.cells.len())*12 + int64(len(c.series))*160 +
		c.texts.bytes + int64(len(c.places))*120 + int64(len(c.rich))*400 + int64(len(c.columns.list))*200
}
