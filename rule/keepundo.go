package rule

import (
	"math"

	"citybrain/city"
)

// What late readings need, in a snapshot: which situations of an entity were
// announced, and what its last readings changed.

// writeUndo writes it for the entities that are written.
func (e *Engine) writeUndo(w *writer) {
	said := 0
	for _, x := range e.list {
		if x.hasSaid() {
			said++
		}
	}
	for _, n := range e.placed {
		w.uint(uint64(n))
	}
	w.uint(uint64(said))
	for i, x := range e.list {
		if x.hasSaid() {
			w.uint(uint64(i))
			e.writeSaid(w, x)
		}
	}
	kept := e.reachable()
	w.uint(e.undos.next)
	w.uint(uint64(len(kept)))
	for _, n := range kept {
		e.writeOne(w, e.undos.find(n))
	}
}

func (x *entity) hasSaid() bool { return len(x.told) > 0 || x.acted != 0 || x.undo != 0 }

func (e *Engine) writeSaid(w *writer, x *entity) {
	w.int(int64(x.acted))
	w.uint(x.undo)
	w.uint(uint64(x.flags))
	w.uint(uint64(x.source))
	w.uint(uint64(len(x.told)))
	for _, s := range x.told {
		w.uint(uint64(x.table.runners[s.column].index))
		w.int(int64(s.raised))
		w.int(int64(s.cleared))
	}
}

// reachable are the readings that can still be taken back, the oldest first.
func (e *Engine) reachable() (numbers []uint64) {
	n := uint64(len(e.undos.ring))
	for i := e.undos.next - min(n, e.undos.next); i < e.undos.next; i++ {
		u := e.undos.find(i)
		if u != nil && int(u.of.index) < len(e.list) && e.list[u.of.index] == u.of && u.of.undo != 0 {
			numbers = append(numbers, i)
		}
	}
	return numbers
}

func (e *Engine) writeOne(w *writer, u *undo) {
	w.uint(u.number)
	w.uint(uint64(u.of.index))
	w.uint(u.prev)
	w.int(int64(u.at))
	w.bool(u.before.last != never)
	if u.before.last != never {
		w.int(int64(u.at - u.before.last))
	}
	w.uint(uint64(u.before.flags))
	w.uint(uint64(u.before.source))
	w.bool(u.before.faulty)
	w.uint(u.carried)
	w.uint(uint64(len(u.cells)))
	for i := range u.cells {
		w.uint(uint64(u.cells[i].slot))
		w.cell(&u.cells[i], u.at)
	}
	w.uint(uint64(len(u.rows)))
	for _, r := range u.rows {
		w.uint(uint64(u.of.table.runners[r.column].index))
		w.uint(uint64(r.count))
		w.int(int64(u.at - r.from))
		w.bool(r.up != nil)
		if r.up != nil {
			w.situation(r.up)
		}
		w.bool(r.pattern != nil)
		if r.pattern != nil {
			w.block(func(w *writer) { w.b = append(w.b, r.pattern...) })
		}
	}
}

// undo reads what writeUndo wrote. What belongs to rules that are no longer the
// same is passed over: after a change of rules, late readings are placed among
// those that come from then on.
func (r *restorer) undo() {
	e := r.engine
	same := r.sameRules()
	for i := range r.sources {
		if n := r.amount(math.MaxInt64); r.err == nil {
			e.placed[i] = n
		}
	}
	for n := r.count(6); n > 0 && r.err == nil; n-- {
		i := r.below(len(r.list))
		if r.err != nil {
			return
		}
		r.said(r.list[i], same)
	}
	next := r.uint()
	n := r.count(10)
	if r.err == nil && (next == 0 || next >= 1<<62) {
		r.fail()
	}
	if r.err != nil {
		return
	}
	e.undos.next = next
	oldest := uint64(0)
	for range n {
		u := r.one(next, same)
		if r.err != nil {
			return
		}
		if u == nil {
			continue
		}
		if oldest == 0 {
			oldest = u.number
			size := uint64(256)
			for size < next-oldest {
				size *= 2
			}
			if size = min(size, e.undos.most); size == 0 {
				continue
			}
			e.undos.ring = make([]undo, size)
		}
		if size := uint64(len(e.undos.ring)); size > 0 && next-u.number <= size {
			e.undos.ring[u.number%size] = *u
		}
	}
}

// sameRules says whether the snapshot is of these very rules.
func (r *restorer) sameRules() bool {
	for _, old := range r.rules {
		if old.runner == nil {
			return false
		}
	}
	return len(r.rules) == len(r.engine.runners) && r.engine.undos.most > 0
}

func (r *restorer) said(x *entity, same bool) {
	acted, undo := city.Instant(r.int()), r.uint()
	flags, source := city.Flags(r.uint()), uint32(r.below(r.sources))
	if x != nil && same && r.err == nil {
		x.acted, x.undo, x.flags, x.source = acted, undo, flags, source
	}
	for k := r.count(3); k > 0 && r.err == nil; k-- {
		i := r.below(len(r.rules))
		s := saying{raised: city.Instant(r.int()), cleared: city.Instant(r.int())}
		if r.err != nil {
			return
		}
		if p := r.rules[i].runner; x != nil && p != nil && p.table == x.table {
			s.column = int32(p.column)
			x.told = append(x.told, s)
		}
	}
}

// one reads what one reading changed; nil: of an entity or rules that are not
// there.
func (r *restorer) one(next uint64, same bool) *undo {
	u := &undo{number: r.uint()}
	i := r.below(len(r.list))
	u.prev, u.at = r.uint(), city.Instant(r.int())
	if r.err != nil || u.number >= next || u.number == 0 {
		r.fail()
		return nil
	}
	u.of = r.list[i]
	u.before.last = never
	if r.bool() {
		u.before.last = u.at - city.Instant(r.int())
	}
	u.before.flags, u.before.source, u.before.faulty = city.Flags(r.uint()), uint32(r.below(r.sources)), r.bool()
	u.carried = r.uint()
	fits := u.of != nil && same
	for k := r.count(2); k > 0 && r.err == nil; k-- {
		slot := r.below(maxSlots)
		c := r.cell(u.at, r.sources)
		now := r.slotNow(u.of, slot)
		if fits = fits && now == slot; fits {
			c.slot = uint16(slot)
			u.kept |= 1 << slot
			u.cells = append(u.cells, c)
		}
	}
	for k := r.count(4); k > 0 && r.err == nil; k-- {
		fits = r.oldRow(u, fits) && fits
	}
	if r.err != nil || !fits {
		return nil
	}
	return u
}

func (r *restorer) oldRow(u *undo, fits bool) bool {
	i := r.below(len(r.rules))
	row := oldRow{count: int32(min(r.uint(), 1<<30)), from: u.at - city.Instant(r.int())}
	if r.bool() {
		row.up = r.situation()
	}
	if r.bool() {
		row.pattern = append([]byte{}, r.block()...)
	}
	if r.err != nil || !fits {
		return false
	}
	p := r.rules[i].runner
	if p == nil || p.table != u.of.table || !p.back || (row.pattern != nil) != (p.form >= formSequence && row.pattern != nil) {
		r.fail()
		return false
	}
	row.column = int32(p.column)
	if s := row.up; s != nil {
		s.ID, s.Rule, s.Type, s.Entity = city.SituationIDOf(p.rule.id, u.of.id, s.RaisedAt), p.rule.id, p.rule.spec.Name, u.of.id
	}
	if row.pattern != nil && !p.readable(row.pattern) {
		r.fail()
		return false
	}
	u.rows = append(u.rows, row)
	return true
}

// readable says whether a pattern's bytes can be read.
func (p *runner) readable(b []byte) bool {
	in := &parser{b: b}
	probe := *p
	probe.open = nil
	in.pattern(&probe, nil, &patternState{})
	return in.err == nil && len(in.b) == 0
}
