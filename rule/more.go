package rule

import (
	"slices"
	"strings"

	"citybrain/city"
)

// linkMore makes runnable what p has beyond a condition with joins.
func (e *Engine) linkMore(p *runner) {
	r, s := p.rule, &p.rule.spec
	switch {
	case len(r.steps) > 0:
		p.form, p.sequence = formSequence, r.sequence()
	case s.Repeat != nil:
		p.form = formRepeat
		p.repeat.Times, p.repeat.Within = s.Repeat.Times, s.Repeat.Within
		p.quiet = s.Clear == "" && s.Expires == 0
	case s.Dwell != nil:
		p.form = formDwell
		p.dwell.For, p.dwell.Gap = s.Dwell.For, s.Dwell.Gap
		p.dwellAreas = e.areasNamed(s.Dwell.Area)
		p.counts |= 1 << locationSlot
		p.any = false
	case s.Absent > 0:
		p.form = formAbsent
	}
	p.expires = city.Instant(0).Add(s.Expires)
	if !p.more {
		return
	}
	own := e.tables[s.Entity]
	p.where, _ = e.bind(p, r.where)
	for _, id := range s.Area {
		p.areas = append(p.areas, e.areaNumber(id)) // -1, of no area, holds nothing
	}
	if len(r.Areas()) > 0 {
		for _, t := range r.Types() {
			e.tables[t.Type].lies = true
		}
	}
	if r.key != nil {
		e.hasMore = true
		if r.key.by >= keyAttribute {
			p.keySlot = own.slots[r.key.attribute]
		}
	}
	e.linkSteps(p)
}

// isSubject says whether x is a subject of p at the reading in hand.
func (p *runner) isSubject(f *frame, x *entity) truth {
	if p.areas != nil && !slices.ContainsFunc(p.areas, func(a int) bool { return a >= 0 && x.lies(a) }) {
		return no
	}
	if p.where == nil {
		return yes
	}
	return p.where(f)
}

// readMore is the step of a rule on the reading of x, for all that read does not
// serve: one function of the state of x, of the row and extra of its holder, and
// of what joins look at.
func (e *Engine) readMore(p *runner, x *entity, at city.Instant) {
	f := &e.frame
	f.id, f.of, f.runner, f.holder, f.now, f.lets = x.id, x, p, x, at, p.letValues
	f.round++
	switch p.isSubject(f, x) {
	case unknown:
		return
	case no:
		if p.groups == nil {
			e.unsubject(p, x, at)
		}
		return
	}
	h := e.holder(p, x, true)
	if h == nil {
		return
	}
	f.holder = h
	r := &h.rows[p.column]
	var extra *extra
	if p.more {
		extra = p.extraFor(h)
	}
	if p.unless != nil {
		switch p.unless(f) {
		case yes:
			e.unlessHolds(p, x, h, extra, at)
			return
		case unknown:
			return
		}
	}
	if len(p.lets) > 0 {
		e.feed(p, x, extra, at)
		f.round++
	}
	if p.any || x.carried&p.counts != 0 || len(p.lets) > 0 && x.knownAll(p.counts) {
		switch {
		case p.form == formAbsent:
			e.rearmMore(p, x, h, r, at)
		case p.form == formSequence:
			e.readSequence(p, x, h, r, extra, at)
		case p.form == formRepeat:
			e.readRepeat(p, x, h, r, extra, at)
		case p.form == formDwell:
			e.readDwell(p, x, h, extra, at)
		case r.up != nil:
			e.readUpMore(p, x, h, r, at)
		default:
			e.readDownMore(p, x, h, r, at)
		}
	}
	if p.more {
		e.wind(p, h, extra)
	}
}

// unsubject ends what p knows of an entity that is no subject any more.
func (e *Engine) unsubject(p *runner, x *entity, at city.Instant) {
	r := &x.rows[p.column]
	extra := p.extraOf(x)
	if extra == nil {
		return
	}
	r.reset()
	if r.up != nil {
		e.clear(p, x, at, ReasonNoSubject, nil)
	}
	p.shut(x, extra)
	if extra.pattern != nil {
		*extra.pattern = patternState{}
	}
}

func (e *Engine) unlessHolds(p *runner, x, h *entity, extra *extra, at city.Instant) {
	r := &h.rows[p.column]
	r.reset()
	if extra != nil && extra.pattern != nil && p.form != formDwell {
		p.shut(h, extra)
		*extra.pattern = patternState{}
	}
	if r.up != nil {
		e.clear(p, h, at, p.unlessEnded, e.evidence(p, x, p.unlessAt, p.rule.unless))
	}
}

func (e *Engine) rearmMore(p *runner, x, h *entity, r *row, at city.Instant) {
	if p.when != nil && p.when(&e.frame) != yes {
		return
	}
	r.from, r.count = at, armed
	if r.up != nil {
		e.clear(p, h, at, p.cleared, e.evidence(p, x, p.whenAt, p.rule.when))
	}
	e.arm(p, h, r)
}

// readUpMore is readUp for a row that is not of x itself.
func (e *Engine) readUpMore(p *runner, x, h *entity, r *row, at city.Instant) {
	switch {
	case p.clear != nil && p.clear(&e.frame) == yes:
		r.reset()
		e.clear(p, h, at, p.cleared, e.evidence(p, x, p.clearAt, p.rule.clear))
	case p.clear == nil && p.when(&e.frame) == no:
		r.reset()
		e.clear(p, h, at, p.cleared, e.evidence(p, x, p.whenAt, p.rule.when))
	case e.observe != nil && p.when(&e.frame) == yes:
		if evidence, _, ok := e.whyHolds(p, x, r, at); ok {
			e.observed(p, h, at, evidence)
		}
	}
}

// whyHolds is the evidence of a row that is complete, and the reason of the first
// join; ok: its joins hold.
func (e *Engine) whyHolds(p *runner, x *entity, r *row, at city.Instant) (evidence []city.Evidence, joined string, ok bool) {
	var found finding
	if p.join != nil && !e.holds(p.join, x, at, &found) {
		return nil, "", false
	}
	evidence = e.evidence(p, x, p.whenAt, p.rule.when)
	if p.readings > 1 || p.hold > 0 {
		evidence = append(evidence, city.Evidence{Entity: x.id, Value: city.NumberOf(float64(r.count)), At: r.from,
			Source: e.sources[x.source], Note: noteRow})
	}
	return append(evidence, found.evidence...), found.reason, true
}

// readDownMore is readDown for a row that is not of x itself.
func (e *Engine) readDownMore(p *runner, x, h *entity, r *row, at city.Instant) {
	switch p.when(&e.frame) {
	case no:
		r.reset()
		return
	case unknown:
		return
	}
	if r.count == 0 {
		r.from = at
	}
	if r.count < 1<<30 {
		r.count++
	}
	if r.count < p.readings || at-r.from < p.hold || e.excepted(p, x) {
		return
	}
	evidence, joined, ok := e.whyHolds(p, x, r, at)
	if !ok {
		return
	}
	e.raise(p, h, at, p.whyRaised(x, joined), evidence)
}

// lookMore runs the rules of one layer that have a key, on the readings of the
// instant in the order of their entities: what one entity gives a group, the
// next one's condition sees.
func (e *Engine) lookMore(layer int, at city.Instant) {
	some := false
	for _, x := range e.touched {
		some = some || layer < len(x.table.grouped) && len(x.table.grouped[layer]) > 0
		for i := range x.table.listeners {
			if l := &x.table.listeners[i]; l.runner.layer == layer {
				e.hearMetered(l, x, at)
			}
		}
	}
	if !some {
		return
	}
	e.sorted = append(e.sorted[:0], e.touched...)
	slices.SortFunc(e.sorted, func(a, b *entity) int { return strings.Compare(string(a.id), string(b.id)) })
	for _, x := range e.sorted {
		if layer < len(x.table.grouped) {
			e.look(x, x.table.grouped[layer], at)
		}
	}
	clear(e.sorted)
}
