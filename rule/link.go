package rule

import (
	"fmt"

	"citybrain/city"
)

// linked is a join with what it looks at inside one engine.
type linked struct {
	*join
	kids   []*linked
	rule   *runner // whose situations count; nil: no such rule, never holds
	near   *spots
	slot   int // of the Relationship, or of the time attribute of the near entity
	reason string
}

func (e *Engine) linkJoin(p *runner, j *join) *linked {
	if j == nil {
		return nil
	}
	l := &linked{join: j, rule: e.byRule[j.situation]}
	for _, k := range j.kids {
		l.kids = append(l.kids, e.linkJoin(p, k))
	}
	switch j.op {
	case joinRelated:
		l.slot = e.tables[p.rule.spec.Entity].slots[j.through]
		l.reason = ReasonRelated + nameOf(j, l.rule)
	case joinNear:
		l.reason = ReasonNear + nameOf(j, l.rule)
		if j.kind == "" {
			if l.rule != nil {
				l.near = index(&l.rule.near, j.ends)
			}
			return l
		}
		t := e.tables[j.kind]
		l.near = index(&t.near, j.ends)
		if j.starts != nil {
			l.slot = t.slots[j.starts.Attribute]
		}
	}
	return l
}

func nameOf(j *join, p *runner) string {
	switch {
	case j.kind != "":
		return string(j.kind)
	case p != nil:
		return p.rule.spec.Name
	}
	return string(j.situation)
}

// index finds or adds the index that measures in one way.
func index(list *[]*spots, ends bool) *spots {
	for _, s := range *list {
		if s.ends == ends {
			return s
		}
	}
	s := &spots{ends: ends}
	*list = append(*list, s)
	return s
}

// finding is why joins hold: the reason of the first that does, and evidence for
// each.
type finding struct {
	reason   string
	evidence []city.Evidence
}

func (f *finding) add(reason string, ev city.Evidence) {
	if f.reason == "" {
		f.reason = reason
	}
	f.evidence = append(f.evidence, ev)
}

// holds says whether a join holds for x at a reading at an instant. It adds to
// found only what holds.
func (e *Engine) holds(l *linked, x *entity, at city.Instant, found *finding) bool {
	switch l.op {
	case joinNear:
		return e.isNear(l, x, at, found)
	case joinRelated:
		return e.isRelated(l, x, found)
	case joinAny:
		some := false
		for _, k := range l.kids {
			if e.holds(k, x, at, found) {
				some = true
			}
		}
		return some
	}
	before := *found
	for _, k := range l.kids {
		if !e.holds(k, x, at, found) {
			*found = before
			return false
		}
	}
	return true
}

func (e *Engine) isNear(l *linked, x *entity, at city.Instant, found *finding) bool {
	if l.near == nil {
		return false
	}
	accept := func(y *entity) bool { return y != x }
	if s := l.starts; s != nil {
		from, until := at.Add(s.From), at.Add(s.Until)
		accept = func(y *entity) bool {
			start, ok := y.cells[l.slot].instant()
			return ok && y != x && start >= from && start < until
		}
	}
	seen := l.near.seen
	y, distance := l.near.nearest(x.place(), l.within, accept)
	e.work += l.near.seen - seen
	if y == nil {
		return false
	}
	ev := city.Evidence{Entity: y.id, Note: fmt.Sprintf("within %s: %.0f m", l.length, distance)}
	switch {
	case l.kind == "":
		s := y.rows[l.rule.column].up
		ev.Value, ev.At = city.TextOf(string(s.ID)), s.RaisedAt
		ev.Note = s.Type + " " + ev.Note
	case l.starts != nil:
		c := &y.cells[l.slot]
		ev.Attribute, ev.Value, ev.At, ev.Source = l.starts.Attribute, c.value(), c.at, e.sources[c.src]
	default:
		c := &y.cells[locationSlot]
		ev.Attribute, ev.Value, ev.At, ev.Source = city.LocationName, c.value(), c.at, e.sources[c.src]
	}
	found.add(l.reason, ev)
	return true
}

func (e *Engine) isRelated(l *linked, x *entity, found *finding) bool {
	c := &x.cells[l.slot]
	if l.rule == nil || c.kind != city.Relation {
		return false
	}
	y := e.upOn(l.rule, city.EntityID(c.text()))
	if y == nil {
		return false
	}
	s := y.rows[l.rule.column].up
	if s == nil {
		return false
	}
	found.add(l.reason, city.Evidence{Entity: y.id, Value: city.TextOf(string(s.ID)), At: s.RaisedAt,
		Note: s.Type + " through " + string(l.through)})
	return true
}

// upOn is what has the row of p whose situations are of id, or nil.
func (e *Engine) upOn(p *runner, id city.EntityID) *entity {
	if p.groups != nil {
		if g := p.groups.at[groupKey{text: string(id)}]; g != nil && g.id == id {
			return &g.entity
		}
		return nil
	}
	if y := e.entities[id]; y != nil && y.table == p.table {
		return y
	}
	return nil
}
