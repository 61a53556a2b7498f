package rule

import (
	"cmp"
	"encoding/binary"
	"hash/crc32"
	"slices"

	"citybrain/city"
)

// The head of a snapshot: a name and the version of the form.
const snapshotHead = "citybrain-rules\x03"

// oldestSnapshot is the oldest version that Restore reads: 1 knew neither named
// values nor groups nor sequences, so that no rule of its time had any; 2 did not
// take readings back.
const oldestSnapshot = 1

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// Snapshot is the whole state of the engine after the batch at Position,
// including what waits for a tick. It ends with a checksum. The same state gives
// the same bytes; its size grows with the entities, the situations that are up
// and the changes that wait. The error is always nil today.
func (e *Engine) Snapshot() ([]byte, error) {
	w := &writer{b: make([]byte, 0, 256+len(e.list)*64)}
	w.b = append(w.b, snapshotHead...)
	w.uint(uint64(e.pos))
	w.int(int64(e.horizon))
	w.uint(e.changes)
	e.writeNames(w)
	w.uint(uint64(len(e.list)))
	for _, x := range e.list {
		e.writeEntity(w, x)
	}
	e.writeGroups(w)
	e.writeWaiting(w)
	w.uint(uint64(len(e.orphans)))
	for _, s := range e.orphans {
		w.string(string(s.Rule))
		w.string(s.Type)
		w.string(string(s.Entity))
		w.string(s.ClearedReason)
		w.situation(s)
	}
	e.writeMeters(w)
	e.writeUndo(w)
	return binary.LittleEndian.AppendUint32(w.b, crc32.Checksum(w.b, castagnoli)), nil
}

// writeNames writes sources, attributes and rules, which the rest numbers.
func (e *Engine) writeNames(w *writer) {
	w.uint(uint64(len(e.sources)))
	for i, s := range e.sources {
		w.string(string(s))
		w.uint(uint64(e.late[i]))
	}
	w.uint(uint64(len(e.shapes)))
	for i, s := range e.shapes {
		w.string(string(s.kind))
		w.uint(uint64(len(s.names)))
		for _, n := range s.names {
			w.string(string(n))
		}
		e.tables[s.kind].number = i
	}
	w.uint(uint64(len(e.runners)))
	for _, p := range e.runners {
		w.string(string(p.rule.id))
		w.b = append(w.b, p.rule.hash[:]...)
		w.uint(uint64(p.failures))
	}
}

// Marks of an entity.
const (
	entityFaulty = 1 << iota
	entityGone
	entityRead   // has had a reading
	entityNamed  // is found by its id
	entityFilled // some cell is not empty
)

func (e *Engine) writeEntity(w *writer, x *entity) {
	w.uint(uint64(x.table.number))
	w.string(string(x.id))
	marks := byte(0)
	for i, on := range []bool{x.faulty, x.gone, x.last != never, e.entities[x.id] == x, !x.gone} {
		if on {
			marks |= 1 << i
		}
	}
	w.byte(marks)
	base := x.base()
	w.int(int64(base))
	if marks&entityFilled != 0 {
		for i := range x.cells {
			w.cell(&x.cells[i], base)
		}
	}
	used := 0
	for i := range x.rows {
		if x.rows[i].used() || x.table.runners[i].remembers(x) {
			used++
		}
	}
	w.uint(uint64(used))
	for i := range x.rows {
		if r, p := &x.rows[i], x.table.runners[i]; r.used() || p.remembers(x) {
			w.uint(uint64(p.index))
			w.int(int64(r.from - base))
			w.uint(uint64(r.count))
			w.bool(r.up != nil)
			if r.up != nil {
				w.situation(r.up)
			}
			if p.more {
				w.extra(p.extraOf(x))
			} else {
				w.extra(nil)
			}
		}
	}
}

// remembers says whether p keeps more of x than its row.
func (p *runner) remembers(x *entity) bool { return p.more && p.extraOf(x) != nil }

func (x *entity) base() city.Instant {
	if x.last == never {
		return 0
	}
	return x.last
}

func (r *row) used() bool { return r.count != 0 || r.up != nil }

func (e *Engine) writeWaiting(w *writer) {
	list := slices.Concat(e.buf.sorted[e.buf.head:], e.buf.fresh)
	slices.SortFunc(list, func(a, b waiting) int {
		if c := cmp.Compare(a.at, b.at); c != 0 {
			return c
		}
		return cmp.Compare(a.seq, b.seq)
	})
	w.uint(uint64(len(list)))
	base := city.Instant(0)
	for i := range list {
		c := &list[i]
		w.uint(uint64(c.of.index))
		w.int(int64(c.at - base))
		base = c.at
		w.uint(uint64(c.src))
		w.uint(uint64(c.flags))
		w.byte(byte(c.op))
		w.bool(c.live)
		values := c.values()
		w.uint(uint64(len(values)))
		for k := range values {
			w.uint(uint64(values[k].slot))
			w.cell(&values[k], c.at)
		}
	}
}
