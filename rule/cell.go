package rule

import "citybrain/city"

// cell is the engine's copy of one attribute of one entity.
type cell struct {
	num      float64 // Number and Bool; for a time the instant, where it can be read
	at       city.Instant
	ext      *city.Value // what num cannot hold: Text, Time, Geo, Relation, JSON
	src      uint32
	slot     uint16         // of a value that waits: where it goes
	kind     city.ValueKind // None: missing
	observed bool           // the source stated at
}

func (c *cell) text() string {
	if c.ext == nil {
		return ""
	}
	return c.ext.Text
}

func (c *cell) place() *city.Place {
	if c.kind != city.Geo || c.ext == nil {
		return nil
	}
	return c.ext.Place
}

func (c *cell) value() city.Value {
	switch {
	case c.ext != nil:
		return *c.ext
	case c.kind == city.None:
		return city.Value{}
	}
	return city.Value{Kind: c.kind, Num: c.num}
}

// cellOf copies what the engine needs of an attribute.
func cellOf(a *city.Attribute) cell {
	c := cell{num: a.Value.Num, at: a.Moment(), kind: a.Value.Kind, observed: a.ObservedAt != 0}
	if c.kind != city.Number && c.kind != city.Bool && c.kind != city.None {
		v := a.Value
		c.ext = &v
	}
	if c.kind == city.Time || c.kind == city.Text {
		c.num = 0
		if c.kind == city.Time || len(a.Value.Text) >= len("2006-01-02T15:04Z") && a.Value.Text[4] == '-' {
			if at, err := city.ParseInstant(a.Value.Text); err == nil {
				c.num = float64(at) // exact: |at| < 2^53
			}
		}
	}
	return c
}

// instant is the moment that a time attribute holds.
func (c *cell) instant() (city.Instant, bool) {
	if c.kind != city.Time && c.kind != city.Text || c.num == 0 {
		return 0, false
	}
	return city.Instant(c.num), true
}

// truth is the result of a condition.
type truth uint8

const (
	no truth = iota
	yes
	unknown // an attribute is missing, or the condition failed
)

func truthOf(b bool) truth {
	if b {
		return yes
	}
	return no
}

func (t truth) not() truth {
	switch t {
	case no:
		return yes
	case yes:
		return no
	}
	return unknown
}

// frame is what a condition looks at: one entity at one reading.
type frame struct {
	cells []cell
	// blank marks slots that count as missing at this reading.
	blank  uint64
	faulty bool
	engine *Engine

	// What conditions see besides attributes.
	id     city.EntityID
	of     *entity // whose areas count
	runner *runner // whose named values count
	holder *entity // of the runner's row; see runner.holder
	now    city.Instant
	lets   []letValue // by number
	round  uint64     // of lets: older ones are not computed yet
}

func (f *frame) cell(slot int) *cell {
	c := &f.cells[slot]
	if c.kind == city.None || f.blank&(1<<slot) != 0 {
		return nil
	}
	return c
}

// at is the cell of a bound reference, or nil where it is missing.
func (f *frame) at(b *bound) *cell {
	c := f.cell(b.slot)
	if b.table == nil || c == nil {
		return c
	}
	if c.kind != city.Relation {
		return nil
	}
	x := f.engine.entities[city.EntityID(c.text())]
	if x == nil || x.table != b.table || x.cells[b.far].kind == city.None {
		return nil
	}
	return &x.cells[b.far]
}

// bound is a reference with its place in the engine's copy: the slot of the
// entity's own attribute, or of the Relationship and then the slot far in the
// table of the type it points to.
type bound struct {
	ref
	slot  int
	table *table
	far   int
	index int // refLet: the number of the value; refArea: of the area, or -1
}
