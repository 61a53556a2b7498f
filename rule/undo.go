package rule

import (
	"time"

	"citybrain/city"
)

// DefaultUndo is how many readings, of all entities together, an engine can take
// back to put a late one in its place.
const DefaultUndo = 1 << 16

// maxDepth is how many readings of one entity are taken back at most.
const maxDepth = 64

// undo is what one reading changed of its entity. Those of an entity hang
// together from the newest back.
type undo struct {
	number  uint64
	of      *entity // nil: of one that was deleted since
	at      city.Instant
	before  standing
	own     standing
	carried uint64
	kept    uint64   // slots of cells
	prev    uint64   // number of the reading before; 0: none is kept
	cells   []cell   // as they were before; while it is taken back, as it left them
	rows    []oldRow // as they were before; rows not listed were empty
}

// standing is what an entity keeps of its last reading.
type standing struct {
	last   city.Instant
	flags  city.Flags
	source uint32
	faulty bool
}

// oldRow is what a rule remembered before a reading.
type oldRow struct {
	column  int32
	count   int32
	from    city.Instant
	up      *city.Situation
	pattern []byte // nil: empty
}

// saying is a situation of an entity that was announced.
type saying struct {
	column          int32
	raised, cleared city.Instant // cleared: 0 while it is up
}

// undos keeps the newest readings in a ring.
type undos struct {
	ring []undo // by number modulo its length, grown up to most
	most uint64 // 0: none is kept
	next uint64 // number of the next, from 1
}

func (s standing) give(x *entity) {
	x.last, x.flags, x.source, x.faulty = s.last, s.flags, s.source, s.faulty
}

func (x *entity) standing() standing { return standing{x.last, x.flags, x.source, x.faulty} }

// find is the undo with a number, or nil where it had to make room.
func (u *undos) find(number uint64) *undo {
	if number == 0 || number >= u.next || u.next-number > uint64(len(u.ring)) {
		return nil
	}
	if k := &u.ring[number%uint64(len(u.ring))]; k.number == number {
		return k
	}
	return nil
}

// makesRoom says whether the next one takes the place of k.
func (u *undos) makesRoom(k *undo) bool {
	return uint64(len(u.ring)) == u.most && k.number+u.most == u.next
}

// fresh is room for one more.
func (u *undos) fresh() *undo {
	if n := uint64(len(u.ring)); n < u.most && (n == 0 || u.ring[u.next%n].number != 0) {
		grown := make([]undo, min(u.most, max(256, 2*n)))
		for _, k := range u.ring {
			if k.number > 0 {
				grown[k.number%uint64(len(grown))] = k
			}
		}
		u.ring = grown
	}
	k := &u.ring[u.next%uint64(len(u.ring))]
	*k = undo{number: u.next, cells: k.cells[:0], rows: k.rows[:0]}
	u.next++
	return k
}

// goesBack says whether the rule looks again at readings that were taken back.
// What several entities share, such as groups and steps of other types, and what
// forgets the order it was told, such as detectors, does not go back.
func (r *Rule) goesBack() bool {
	if r.key != nil {
		return false
	}
	for _, d := range r.lets {
		if d.form == letDetector {
			return false
		}
	}
	for _, s := range r.steps {
		if s.foreign() {
			return false
		}
	}
	return true
}

// goes is goesBack for now: a throttled rule does not.
func (p *runner) goes() bool { return p.back && (p.meter == nil || !p.meter.over) }

// remember keeps what x is before a reading; nil: nothing is kept. A reading that
// replaces the entity cannot be taken back, nor what was before it.
func (e *Engine) remember(x *entity, at city.Instant, op city.Op) *undo {
	if e.undos.most == 0 || op == city.OpReplace || len(x.table.runners) == 0 {
		x.cut()
		return nil
	}
	u := e.undos.fresh()
	u.of, u.at, u.before, u.prev = x, at, x.standing(), x.undo
	x.undo = u.number
	e.keepRows(u)
	return u
}

func (e *Engine) keepRows(u *undo) {
	x := u.of
	u.rows = u.rows[:0]
	for i, p := range x.table.runners {
		r := &x.rows[i]
		if !p.back || !r.used() && p.form < formSequence {
			continue
		}
		s := p.patternOf(x)
		old := oldRow{column: int32(i), count: r.count, from: r.from, up: r.up}
		if s != nil {
			w := &writer{}
			w.pattern(s)
			old.pattern = w.b
		}
		u.rows = append(u.rows, old)
	}
}

// patternOf is what p remembers of the events of x, or nil.
func (p *runner) patternOf(x *entity) *patternState {
	if p.form < formSequence {
		return nil
	}
	if more := p.extraOf(x); more != nil {
		return more.pattern
	}
	return nil
}

// keep notes the value of a slot before it changes.
func (u *undo) keep(slot uint16) {
	if u.kept&(1<<slot) != 0 {
		return
	}
	u.kept |= 1 << slot
	u.cells = append(u.cells, u.of.cells[slot])
	u.cells[len(u.cells)-1].slot = slot
}

// swap exchanges what stands in the cells with what u keeps.
func (e *Engine) swap(u *undo) {
	for i := range u.cells {
		c := &u.of.cells[u.cells[i].slot]
		now := *c
		now.slot = u.cells[i].slot
		e.replaceCell(u.of, c, u.cells[i])
		u.cells[i] = now
	}
}

// putRows makes the rows of x those that u keeps.
func (e *Engine) putRows(u *undo) {
	x := u.of
	for i, p := range x.table.runners {
		if !p.goes() {
			continue
		}
		x.rows[i].reset()
		x.rows[i].up = nil
		if s := p.patternOf(x); s != nil {
			p.shut(x, p.extraOf(x))
			*s = patternState{}
		}
	}
	for _, old := range u.rows {
		p := x.table.runners[old.column]
		if !p.goes() {
			continue
		}
		r := &x.rows[old.column]
		r.from, r.count, r.up = old.from, old.count, old.up
		if s := p.patternOf(x); s != nil && old.pattern != nil {
			in := &parser{b: old.pattern}
			in.pattern(p, x, s)
		}
	}
}

// cut makes what x was unreachable: what changed it cannot be taken back.
func (x *entity) cut() { x.undo = 0 }

// latest is how late a reading may be at most, as far as windows prepare for it.
func (o *Options) latest() time.Duration {
	if o.Undo < 0 {
		return 0
	}
	most := o.DefaultLateness
	for _, d := range o.Lateness {
		most = max(most, d)
	}
	return min(most, maxLate)
}

// maxLate bounds the time for which windows keep room for late readings.
const maxLate = time.Hour

// tell notes that a situation of x was raised.
func (x *entity) tell(column int, raised city.Instant) {
	if len(x.told) >= maxDepth {
		kept := x.told[:0]
		for i, s := range x.told {
			if s.cleared == 0 || i >= maxDepth/2 {
				kept = append(kept, s)
			}
		}
		x.told = kept
	}
	x.told = append(x.told, saying{int32(column), raised, 0})
}

// untell notes that it was cleared.
func (x *entity) untell(column int, raised, cleared city.Instant) {
	for i := len(x.told) - 1; i >= 0; i-- {
		if s := &x.told[i]; int(s.column) == column && s.raised == raised {
			s.cleared = max(cleared, 1)
			return
		}
	}
}
