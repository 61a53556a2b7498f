package rule

import (
	"citybrain/city"
	"citybrain/rule/detect"
	"citybrain/rule/pattern"
	"citybrain/rule/window"
)

// What rules remember besides rows, in a snapshot: one block of bytes for each,
// so that what a removed rule left can be passed over.

type binaryState interface {
	AppendBinary([]byte) ([]byte, error)
}

// block writes a length and then what fill writes.
func (w *writer) block(fill func(*writer)) {
	inner := &writer{}
	fill(inner)
	w.uint(uint64(len(inner.b)))
	w.b = append(w.b, inner.b...)
}

func (w *writer) state(s binaryState) {
	w.block(func(w *writer) { w.b, _ = s.AppendBinary(w.b) }) // the error is always nil
}

func (w *writer) extra(x *extra) {
	w.bool(x != nil)
	if x == nil {
		return
	}
	w.block(func(w *writer) {
		for i := range x.windows {
			w.state(&x.windows[i])
		}
		for i := range x.detectors {
			w.state(&x.detectors[i])
		}
		if s := x.pattern; s != nil {
			w.pattern(s)
		}
	})
}

func (w *writer) pattern(s *patternState) {
	w.bool(s.open)
	w.int(int64(s.until))
	w.uint(uint64(len(s.hits)))
	for _, h := range s.hits {
		w.int(int64(h.at))
		w.uint(uint64(h.step))
		w.string(string(h.by))
	}
	w.state(&s.sequence)
	w.state(&s.repeat)
	w.state(&s.dwell)
}

// block reads a length and that many bytes.
func (p *parser) block() []byte {
	n := p.count(1)
	b := p.b[:n]
	p.b = p.b[n:]
	return b
}

// extraBlock is what extra wrote, or nil where there is none.
func (p *parser) extraBlock() []byte {
	if !p.bool() {
		return nil
	}
	b := p.block()
	if b == nil {
		return []byte{}
	}
	return b
}

// restoreExtra puts what p remembered of h back. A state that does not fit what
// this program makes of the rule begins anew.
func (r *restorer) restoreExtra(p *runner, h *entity, block []byte) {
	if !p.more || r.err != nil {
		return
	}
	in := &parser{b: block}
	x := p.extraFor(h)
	for i := range x.windows {
		s := &x.windows[i]
		if s.UnmarshalBinary(in.block()) != nil {
			in.fail()
		}
		if s.Fits(&p.letOf(letWindow, i).shape) != nil {
			*s = window.State{}
		}
	}
	for i := range x.detectors {
		s := &x.detectors[i]
		b := in.block()
		if in.err == nil && len(b) > 0 && s.UnmarshalBinary(b) != nil {
			in.fail()
		}
		if in.err != nil {
			*s = detect.State{}
		}
	}
	if x.pattern != nil {
		in.pattern(p, h, x.pattern)
	}
	if in.err != nil || len(in.b) > 0 {
		r.fail()
		return
	}
	r.engine.wind(p, h, x)
}

func (p *parser) pattern(q *runner, h *entity, s *patternState) {
	open := p.bool()
	s.until = city.Instant(p.int())
	for n := p.count(3); n > 0 && p.err == nil; n-- {
		s.hits = append(s.hits, hit{at: city.Instant(p.int()), step: p.below(pattern.MaxSteps), by: city.EntityID(p.string())})
	}
	if s.sequence.UnmarshalBinary(p.block()) != nil || s.repeat.UnmarshalBinary(p.block()) != nil || s.dwell.UnmarshalBinary(p.block()) != nil {
		p.fail()
		return
	}
	if q.form == formSequence && s.sequence.Fits(&q.sequence) != nil {
		s.sequence, open = pattern.SequenceState{}, false
	}
	if q.form == formRepeat && s.repeat.Fits(&q.repeat) != nil {
		s.repeat = pattern.RepeatState{}
	}
	if open && p.err == nil {
		s.open = true
		q.open = append(q.open, h)
	}
}

// letOf is the i-th named value of p with a window, or with a detector.
func (p *runner) letOf(form letForm, i int) *letRun {
	for k := range p.lets {
		if p.lets[k].form == form && p.lets[k].state == i {
			return &p.lets[k]
		}
	}
	return nil
}

// writeGroups writes the groups of rules with a key.
func (e *Engine) writeGroups(w *writer) {
	keyed := 0
	for _, p := range e.runners {
		if p.groups != nil {
			keyed++
		}
	}
	w.uint(uint64(keyed))
	for _, p := range e.runners {
		if p.groups == nil {
			continue
		}
		w.uint(uint64(p.index))
		w.uint(uint64(p.groups.dropped))
		w.uint(uint64(len(p.groups.at)))
		p.groups.each(func(g *group) {
			w.string(string(g.id))
			w.string(g.key.text)
			w.int(int64(g.key.x))
			w.int(int64(g.key.y))
			w.place(g.spot)
			row := &g.rows[0]
			w.int(int64(row.from))
			w.uint(uint64(row.count))
			w.bool(row.up != nil)
			if row.up != nil {
				w.situation(row.up)
			}
			w.extra(p.extraOf(&g.entity))
		})
	}
}

func (r *restorer) groups() {
	for n := r.count(3); n > 0 && r.err == nil; n-- {
		i := r.below(len(r.rules))
		dropped := int64(r.uint())
		var p *runner
		if r.err == nil {
			p = r.rules[i].runner
		}
		if p != nil && (p.groups == nil || len(p.groups.at) > 0) {
			r.fail()
			return
		}
		if p != nil {
			p.groups.dropped = dropped
		}
		for k := r.count(8); k > 0 && r.err == nil; k-- {
			r.group(r.rules[i], p)
		}
	}
}

func (r *restorer) group(old oldRule, p *runner) {
	id := city.EntityID(r.string())
	k := groupKey{text: r.string(), x: int32(r.int()), y: int32(r.int())}
	spot := r.place()
	from, count := city.Instant(r.int()), r.uint()
	var up *city.Situation
	if r.bool() {
		up = r.situation()
	}
	extra := r.extraBlock()
	switch {
	case r.err != nil:
		return
	case p == nil:
		if up != nil {
			_, name, _ := cutRule(old.id)
			r.orphan(&city.Situation{Rule: old.id, Type: name, Entity: id}, up, old.reason)
		}
		return
	case count > 1<<30 || p.groups.at[k] != nil || len(p.groups.at) >= MaxGroups:
		r.fail()
		return
	}
	g := r.engine.addGroup(p, k)
	if p.rule.key.by >= keyAttribute {
		g.spot = spot
	}
	r.fill(p, &g.entity, from, count, up, extra)
}

// fill puts the row of h back.
func (r *restorer) fill(p *runner, h *entity, from city.Instant, count uint64, up *city.Situation, extra []byte) {
	row := &h.rows[p.column]
	row.from, row.count = from, int32(count)
	if up != nil {
		up.ID, up.Rule, up.Type, up.Entity = city.SituationIDOf(p.rule.id, h.id, up.RaisedAt), p.rule.id, p.rule.spec.Name, h.id
		row.up = up
		for _, s := range p.near {
			s.insert(up.Place, h)
		}
	}
	if extra != nil {
		r.restoreExtra(p, h, extra)
	}
	if p.absent > 0 && row.count == armed {
		r.engine.arm(p, h, row)
	}
}
