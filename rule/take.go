package rule

import "citybrain/city"

// take puts a change into the buffer if some rule needs it.
func (e *Engine) take(c *city.Change) {
	if c.Op == city.OpQuarantine || c.Op == city.OpOutside {
		return
	}
	x, t := e.subject(c)
	if t == nil || x == nil && c.Op == city.OpDelete {
		return
	}
	w, used := e.extract(c, t)
	if !used {
		w.in.cells = w.in.cells[:w.off]
		return
	}
	if w.live && e.untimely(c, w.src) || e.buf.len() >= e.opt.MaxWaiting {
		w.in.cells = w.in.cells[:w.off]
		e.late[w.src]++
		return
	}
	if x == nil {
		x = e.entity(t, c.Entity)
	}
	w.of = x
	x.waiting++
	e.buf.add(w)
}

// subject finds the entity of a change, or the table where it will go. Both are
// nil if no rule looks at its type.
func (e *Engine) subject(c *city.Change) (*entity, *table) {
	t := e.lastTable
	if t == nil || t.kind != c.Type {
		if t = e.tables[c.Type]; t == nil && c.Type != "" && c.Op != city.OpCreate && c.Op != city.OpReplace {
			return nil, nil
		}
		if t != nil {
			e.lastTable = t
		}
	}
	x := e.entities[c.Entity]
	if x == nil {
		return nil, t
	}
	if x.table != t && c.Type != "" && (c.Op == city.OpCreate || c.Op == city.OpReplace) {
		e.retire(x, c)
		return nil, t
	}
	return x, x.table
}

// retire ends an entity whose id is taken over by one of another type.
func (e *Engine) retire(x *entity, c *city.Change) {
	x.waiting++
	delete(e.entities, x.id)
	e.buf.add(waiting{at: orderOf(c, false), of: x, in: e.buf.room(0), src: e.source(c.Source), op: city.OpDelete})
}

// extract copies the values that rules need. used is false if c matters to none.
func (e *Engine) extract(c *city.Change, t *table) (w waiting, used bool) {
	in := e.buf.room(len(c.Attributes))
	w = waiting{in: in, off: uint32(len(in.cells)), src: e.source(c.Source), flags: c.Flags, op: c.Op}
	for i := range c.Attributes {
		a := &c.Attributes[i]
		w.live = w.live || a.ObservedAt != 0
		slot := t.slot(i, a.Name)
		if slot < 0 {
			continue
		}
		v := cellOf(a)
		v.slot, v.src = uint16(slot), w.src
		if a.Source != c.Source {
			v.src = e.source(a.Source)
		}
		in.cells = append(in.cells, v)
		w.n++
	}
	w.live = w.live && c.Op != city.OpDelete && c.Op != city.OpDeleteAttribute
	w.at = orderOf(c, w.live)
	return w, w.n > 0 || c.Op == city.OpDelete || c.Op == city.OpReplace || w.live && t.every
}

// orderOf is the instant at which the rules take a change: a reading when it was
// observed, anything else when the city learned it.
func orderOf(c *city.Change, live bool) city.Instant {
	if live && c.At != 0 || c.ReceivedAt == 0 {
		return c.At
	}
	return c.ReceivedAt
}

// untimely says whether a reading was received too long after or before it was
// observed.
func (e *Engine) untimely(c *city.Change, source uint32) bool {
	if c.ReceivedAt == 0 || c.At == 0 {
		return false
	}
	age := c.ReceivedAt.Sub(c.At)
	bound := e.lateness[source]
	return bound > 0 && age > bound || -age > e.opt.Ahead
}
