package rule

import (
	"strings"

	"citybrain/city"
)

// locationSlot is the slot of the place in every table.
const locationSlot = 0

// table is what the engine knows of one entity type: which attributes it keeps
// and which rules look at it.
type table struct {
	shape
	slots map[city.AttributeName]int
	// hints remembers what stood at each position of the last change: sources
	// send their attributes in the same order.
	hints []hint

	layers  [][]*runner // rules on this type
	runners []*runner   // by column
	// every says that some rule here counts each reading, whatever it carries.
	every    bool
	unfilled uint64 // slots that a restored engine did not keep before
	number   int    // in the snapshot being written
	// near are the indexes of joins by distance to entities of this type.
	near []*spots

	// What named values, groups and sequences of other rules need of this type.
	places    uint64      // how often a place changed
	changes   uint64      // how often anything changed, at least
	values    []*values   // indexes by value
	indexed   uint64      // slots that some of them reads
	lies      bool        // the areas of its entities are known
	inArea    [][]*entity // by area; nil: nobody asks
	grouped   [][]*runner // rules on this type with a key, by layer
	listeners []listener  // steps of sequences that come from this type
	extras    int         // rules on this type that keep more than a row
}

type hint struct {
	name city.AttributeName
	slot int // -1: not kept
}

func newTable(s shape) *table {
	t := &table{shape: s, slots: make(map[city.AttributeName]int, len(s.names))}
	for i, n := range s.names {
		t.slots[n] = i
	}
	return t
}

// slot is where an attribute goes that stands at a position of a change, or -1.
func (t *table) slot(position int, name city.AttributeName) int {
	if position < len(t.hints) && t.hints[position].name == name {
		return t.hints[position].slot
	}
	slot, kept := t.slots[name]
	if !kept {
		slot = -1
	}
	if position < maxSlots {
		for len(t.hints) <= position {
			t.hints = append(t.hints, hint{slot: -1})
		}
		t.hints[position] = hint{city.AttributeName(strings.Clone(string(name))), slot}
	}
	return slot
}

// entity is the engine's copy of one entity, in event time.
type entity struct {
	id    city.EntityID
	table *table
	cells []cell // by slot
	rows  []row  // by column of the table's rules
	last  city.Instant
	// waiting counts the changes in the buffer that point here.
	waiting int32
	index   int32 // in Engine.list
	faulty  bool
	gone    bool // deleted, and nothing was said of it since

	// The reading of the instant that is being worked on.
	stamp   uint64
	reading bool
	carried uint64 // slots observed in it
	flags   city.Flags
	source  uint32

	undo   uint64       // number of what its last reading changed; 0: it cannot be taken back
	told   []saying     // of its situations, the last
	acted  city.Instant // when the clock found something on it, last
	spread *spread      // nil: nothing
	spot   *city.Place  // of a group, which has no attributes
}

// row is what one rule remembers of one entity.
type row struct {
	from  city.Instant // first reading of the row; of an absence rule the last reading
	up    *city.Situation
	count int32 // readings in the row; of an absence rule: see timer.go
	timer bool  // the clock has an entry for this row
}

func (r *row) reset() { r.from, r.count = 0, 0 }

// place of x, or nil.
func (x *entity) place() *city.Place {
	if x.spot != nil || len(x.cells) == 0 {
		return x.spot
	}
	return x.cells[locationSlot].place()
}

// entity finds or makes the copy of an entity.
func (e *Engine) entity(t *table, id city.EntityID) *entity {
	if x := e.entities[id]; x != nil {
		return x
	}
	x := &entity{
		id:    city.EntityID(strings.Clone(string(id))),
		table: t,
		cells: make([]cell, len(t.names)),
		rows:  make([]row, len(t.runners)),
		index: int32(len(e.list)),
		last:  never,
		gone:  true,
	}
	e.entities[x.id] = x
	e.list = append(e.list, x)
	return x
}

// settle forgets x if nothing is known of it and nothing waits for it.
func (e *Engine) settle(x *entity) {
	if !x.gone || x.waiting > 0 {
		return
	}
	last := len(e.list) - 1
	e.list[x.index] = e.list[last]
	e.list[x.index].index = x.index
	e.list[last] = nil
	e.list = e.list[:last]
	if e.entities[x.id] == x {
		delete(e.entities, x.id)
	}
}

// put stores a value unless x has a later one.
func (e *Engine) put(x *entity, v *cell) bool {
	x.table.changes++
	c := &x.cells[v.slot]
	if v.at < c.at && c.kind != city.None {
		return false
	}
	if v.ext == nil && c.ext == nil && x.table.indexed&(1<<v.slot) == 0 {
		*c = *v
		return true
	}
	if v.ext != nil && c.ext != nil && v.ext.Equal(*c.ext) {
		kept := c.ext
		*c = *v
		c.ext = kept
		return true
	}
	e.replaceCell(x, c, *v)
	return true
}

// replaceCell stores v, detached from the batch it came in, and keeps the
// indexes by place right.
func (e *Engine) replaceCell(x *entity, c *cell, v cell) {
	x.table.changes++
	moved := v.slot == locationSlot && (len(x.table.near) > 0 || x.table.lies)
	if moved {
		x.table.places++
		for _, s := range x.table.near {
			s.remove(c.place(), x)
		}
	}
	filed := x.table.indexed&(1<<v.slot) != 0
	if filed {
		for _, i := range x.table.values {
			if i.mask&(1<<v.slot) != 0 {
				i.remove(e.key[:0], x)
			}
		}
	}
	if v.ext != nil {
		own := *v.ext
		own.Text = strings.Clone(own.Text)
		own.Place = clonePlace(own.Place)
		v.ext = &own
	}
	*c = v
	if moved {
		for _, s := range x.table.near {
			s.insert(c.place(), x)
		}
		if x.table.lies {
			e.settleIn(x)
		}
	}
	if filed {
		for _, i := range x.table.values {
			if i.mask&(1<<v.slot) != 0 {
				i.insert(e.key[:0], x)
			}
		}
	}
}

// enter puts a restored entity into the indexes.
func (e *Engine) enter(x *entity) {
	for _, s := range x.table.near {
		s.insert(x.place(), x)
	}
	for _, i := range x.table.values {
		i.insert(e.key[:0], x)
	}
	if x.table.lies {
		e.settleIn(x)
	}
}

func clonePlace(p *city.Place) *city.Place {
	if p == nil {
		return nil
	}
	return &city.Place{
		Kind:   p.Kind,
		Points: append([]city.Point(nil), p.Points...),
		Rings:  append([]int32(nil), p.Rings...),
		Parts:  append([]int32(nil), p.Parts...),
	}
}

// drop empties a slot.
func (e *Engine) drop(x *entity, slot int) {
	e.replaceCell(x, &x.cells[slot], cell{slot: uint16(slot)})
}
