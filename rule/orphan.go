package rule

import (
	"math/bits"
	"strings"

	"citybrain/city"
)

// clearOrphans clears what rules had up that are not there any more.
func (e *Engine) clearOrphans() {
	for _, s := range e.orphans {
		s.ClearedAt = max(e.horizon, s.RaisedAt)
		e.changes++
		s.Change = e.changes
		e.out = append(e.out, *s)
	}
	e.orphans = nil
}

// cutRule divides "pack/rule".
func cutRule(id city.RuleID) (pack, name string, ok bool) {
	if i := strings.LastIndexByte(string(id), '/'); i >= 0 {
		return string(id[:i]), string(id[i+1:]), true
	}
	return "", string(id), false
}

// Unfilled lists the attributes that a restored engine has not kept before,
// because no rule of the snapshot read them. Values that sources send again
// fill them; those that were sent once and for all can be given by Fill.
func (e *Engine) Unfilled() []Use {
	var out []Use
	for _, s := range e.shapes {
		t := e.tables[s.kind]
		for slots := t.unfilled; slots != 0; slots &= slots - 1 {
			out = append(out, Use{Type: s.kind, Attribute: s.names[bits.TrailingZeros64(slots)]})
		}
	}
	return out
}

// Fill gives the engine the unfilled attributes of an entity as the model has
// them, before the next Apply. It overwrites nothing and makes no reading.
func (e *Engine) Fill(x *city.Entity) {
	t := e.tables[x.Type]
	if t == nil || t.unfilled == 0 {
		return
	}
	for i := range x.Attributes {
		a := &x.Attributes[i]
		slot, kept := t.slots[a.Name]
		if !kept || t.unfilled&(1<<slot) == 0 {
			continue
		}
		mine := e.entity(t, x.ID)
		if mine.table != t || mine.cells[slot].kind != city.None {
			continue
		}
		v := cellOf(a)
		v.slot, v.src = uint16(slot), e.source(a.Source)
		e.put(mine, &v)
		mine.gone = false
		mine.table.changes++
	}
}

// ContinueAfter gives the changes to come numbers above n. It is for rules that
// have changed: what they find must not bear numbers that were given out for
// what the rules before them found.
func (e *Engine) ContinueAfter(n uint64) { e.changes = max(e.changes, n) }

// Adopt takes a situation that was recorded as up and that the engine, whose
// rules have changed since, did not find again. The next Apply clears it.
func (e *Engine) Adopt(s city.Situation) {
	for _, known := range e.orphans {
		if known.ID == s.ID {
			return
		}
	}
	s.ClearedReason = ReasonChanged
	if e.byRule[s.Rule] == nil {
		s.ClearedReason = ReasonRemoved
	}
	e.orphans = append(e.orphans, &s)
}
