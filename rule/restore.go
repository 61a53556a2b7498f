package rule

import (
	"encoding/binary"
	"hash/crc32"
	"sort"

	"citybrain/city"
)

// Restore puts the engine into the state of a snapshot. Rules whose definition
// is unchanged keep their state; what a changed or removed rule had up is
// cleared by the next Apply. An attribute that no rule read before starts
// empty: see Unfilled. On an error (Invalid) the engine is as before.
func (e *Engine) Restore(data []byte) error {
	const op = "rule.Restore"
	body := len(data) - 4
	if body < len(snapshotHead) || string(data[:len(snapshotHead)-1]) != snapshotHead[:len(snapshotHead)-1] {
		return city.Errorf(city.Invalid, op, "this is no snapshot of the rules")
	}
	version, newest := data[len(snapshotHead)-1], snapshotHead[len(snapshotHead)-1]
	if version < oldestSnapshot || version > newest {
		return city.Errorf(city.Invalid, op, "the snapshot has version %d, this program reads versions %d to %d: use the program that wrote it",
			version, oldestSnapshot, newest)
	}
	if crc32.Checksum(data[:body], castagnoli) != binary.LittleEndian.Uint32(data[body:]) {
		return city.Errorf(city.Invalid, op, "the checksum does not fit: %s", errDamaged)
	}
	rules := make([]*Rule, len(e.runners))
	for i, p := range e.runners {
		rules[i] = p.rule
	}
	fresh := New(rules, e.opt)
	r := restorer{engine: fresh, version: version, parser: parser{b: data[len(snapshotHead):body]}}
	if err := r.read(); err != nil {
		return &city.Error{Kind: city.Invalid, Op: op, Detail: err.Error(), Err: err}
	}
	fresh.observe = e.observe
	*e = *fresh
	e.frame.engine, e.far.engine = e, e
	return nil
}

// restorer reads a snapshot into a new engine.
type restorer struct {
	parser
	engine  *Engine
	version byte
	kinds   []oldTable
	rules   []oldRule
	list    []*entity // by number in the snapshot; nil: of a type no rule reads now
	sources int
}

type oldTable struct {
	table *table
	slots []int // slot now, or -1
}

type oldRule struct {
	id     city.RuleID
	runner *runner // nil: changed or removed
	reason string  // why its situations are cleared
}

func (r *restorer) read() error {
	e := r.engine
	e.pos, e.horizon, e.changes = city.Position(r.uint()), city.Instant(r.int()), r.uint()
	r.names()
	for n := r.count(6); n > 0 && r.err == nil; n-- {
		r.entity()
	}
	if r.version > 1 {
		r.groups()
	}
	r.waiting()
	for n := r.count(8); n > 0 && r.err == nil; n-- {
		s := &city.Situation{Rule: city.RuleID(r.string()), Type: r.string(), Entity: city.EntityID(r.string())}
		reason := r.string()
		r.orphan(s, r.situation(), reason)
	}
	r.meters()
	if r.version > 2 {
		r.undo()
	}
	if r.err == nil && len(r.b) > 0 {
		r.fail()
	}
	sort.Slice(e.orphans, func(i, j int) bool { return e.orphans[i].Change < e.orphans[j].Change })
	return r.err
}

func (r *restorer) names() {
	e := r.engine
	r.sources = r.count(2)
	for i := range r.sources {
		n := e.source(city.SourceID(r.string()))
		if int(n) != i {
			r.fail()
			return
		}
		e.late[n] = int64(r.uint())
	}
	seen := map[*table]bool{}
	for n := r.count(2); n > 0 && r.err == nil; n-- {
		old := oldTable{table: e.tables[city.EntityType(r.string())]}
		filled := uint64(0)
		for k := r.count(1); k > 0 && r.err == nil; k-- {
			old.slots = append(old.slots, -1)
			name := city.AttributeName(r.string())
			if old.table == nil {
				continue
			}
			if slot, ok := old.table.slots[name]; ok {
				old.slots[len(old.slots)-1] = slot
				filled |= 1 << slot
			}
		}
		if len(old.slots) > maxSlots || old.table != nil && seen[old.table] {
			r.fail()
		}
		if old.table != nil {
			seen[old.table] = true
			old.table.unfilled = (uint64(1)<<len(old.table.names) - 1) &^ filled
		}
		r.kinds = append(r.kinds, old)
	}
	for _, t := range e.tables {
		if !seen[t] {
			t.unfilled = uint64(1)<<len(t.names) - 1
		}
	}
	r.readRules()
}

func (r *restorer) readRules() {
	known := map[city.RuleID]bool{}
	for n := r.count(18); n > 0 && r.err == nil; n-- {
		old := oldRule{id: city.RuleID(r.string()), reason: ReasonRemoved}
		if len(r.b) < 16 || known[old.id] {
			r.fail()
			return
		}
		hash := [16]byte(r.b[:16])
		known[old.id] = true
		r.b = r.b[16:]
		failures := int64(r.uint())
		if p := r.engine.byRule[old.id]; p != nil {
			old.reason = ReasonChanged
			if p.rule.hash == hash {
				old.runner = p
				p.failures = failures
			}
		}
		r.rules = append(r.rules, old)
	}
}

func (r *restorer) entity() {
	kind := r.below(len(r.kinds))
	id := city.EntityID(r.string())
	marks := r.byte()
	base := city.Instant(r.int())
	if r.err != nil {
		return
	}
	old := r.kinds[kind]
	x := r.admit(old, id, marks, base)
	if marks&entityFilled != 0 {
		for i := range old.slots {
			c := r.cell(base, r.sources)
			if x != nil && old.slots[i] >= 0 {
				c.slot = uint16(old.slots[i])
				x.cells[c.slot] = c
			}
		}
	}
	if x != nil {
		r.engine.enter(x)
	}
	for n := r.count(4); n > 0 && r.err == nil; n-- {
		r.row(id, x, base)
	}
}

// admit adds the entity to the engine, or returns nil if no rule reads its
// type.
func (r *restorer) admit(old oldTable, id city.EntityID, marks byte, base city.Instant) *entity {
	e := r.engine
	if old.table == nil {
		r.list = append(r.list, nil)
		return nil
	}
	named := e.entities[id]
	if named != nil {
		delete(e.entities, id)
	}
	x := e.entity(old.table, id)
	if named != nil && marks&entityNamed == 0 {
		e.entities[id] = named
	}
	x.faulty, x.gone = marks&entityFaulty != 0, marks&entityGone != 0
	if marks&entityRead != 0 {
		x.last = base
	}
	r.list = append(r.list, x)
	return x
}

func (r *restorer) row(id city.EntityID, x *entity, base city.Instant) {
	i := r.below(len(r.rules))
	from, count := base+city.Instant(r.int()), r.uint()
	var up *city.Situation
	if r.bool() {
		up = r.situation()
	}
	var extra []byte
	if r.version > 1 {
		extra = r.extraBlock()
	}
	if r.err != nil {
		return
	}
	old := r.rules[i]
	if old.runner == nil || x == nil || old.runner.table != x.table || count > 1<<30 {
		if up != nil {
			_, name, _ := cutRule(old.id)
			r.orphan(&city.Situation{Rule: old.id, Type: name, Entity: id}, up, old.reason)
		}
		return
	}
	p := old.runner
	row := &x.rows[p.column]
	if row.used() || p.remembers(x) {
		r.fail()
		return
	}
	r.fill(p, x, from, count, up, extra)
}

func (r *restorer) orphan(s, state *city.Situation, reason string) {
	if r.err != nil {
		return
	}
	state.Rule, state.Type, state.Entity, state.ClearedReason = s.Rule, s.Type, s.Entity, reason
	state.ID = city.SituationIDOf(s.Rule, s.Entity, state.RaisedAt)
	r.engine.orphans = append(r.engine.orphans, state)
}

func (r *restorer) waiting() {
	e := r.engine
	base := city.Instant(0)
	for n := r.count(7); n > 0 && r.err == nil; n-- {
		i := r.below(len(r.list))
		base += city.Instant(r.int())
		c := waiting{at: base, src: uint32(r.below(r.sources)), flags: city.Flags(r.uint()), op: city.Op(r.byte()), live: r.bool()}
		k := r.count(2)
		if r.err != nil || k > maxSlots {
			r.fail()
			return
		}
		x := r.list[i]
		c.in = e.buf.room(k)
		c.off = uint32(len(c.in.cells))
		for ; k > 0; k-- {
			slot := r.below(maxSlots)
			v := r.cell(c.at, r.sources)
			if now := r.slotNow(x, slot); now >= 0 {
				v.slot = uint16(now)
				c.in.cells = append(c.in.cells, v)
				c.n++
			}
		}
		if x == nil || r.err != nil {
			c.in.cells = c.in.cells[:c.off]
			continue
		}
		c.of = x
		x.waiting++
		e.buf.add(c)
	}
}

func (r *restorer) slotNow(x *entity, slot int) int {
	if x == nil {
		return -1
	}
	for _, old := range r.kinds {
		if old.table == x.table && slot < len(old.slots) {
			return old.slots[slot]
		}
	}
	return -1
}
