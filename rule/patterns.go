package rule

import (
	"cmp"
	"slices"
	"time"

	"citybrain/city"
	"citybrain/rule/pattern"
)

// patternState is what a rule remembers of events.
type patternState struct {
	sequence pattern.SequenceState
	hits     []hit        // what hit the steps, in the order of instants and steps
	until    city.Instant // when no sequence that has begun can go on
	open     bool         // it is listed in the runner's open
	repeat   pattern.RepeatState
	dwell    pattern.DwellState
}

// hit is an event that hit a step of a sequence.
type hit struct {
	at   city.Instant
	step int
	by   city.EntityID
}

// maxHits is how many hits are remembered for evidence.
const maxHits = 32

// stepRun is a step inside one engine.
type stepRun struct {
	*step
	when    truthFn
	whenAt  []*bound
	table   *table // of an entity of another type
	own     []int  // slots of the rule's entity
	theirs  []int
	through int // the Relationship, of either
}

// listener is a step that comes from another type.
type listener struct {
	runner *runner
	step   int
}

func (e *Engine) linkSteps(p *runner) {
	own := e.tables[p.rule.spec.Entity]
	p.steps = make([]stepRun, len(p.rule.steps))
	for i, t := range p.rule.steps {
		s := &p.steps[i]
		s.step, s.table = t, own
		if t.foreign() {
			s.table = e.tables[t.spec.Type]
			s.table.listeners = append(s.table.listeners, listener{p, i})
			e.hasMore = true
		}
		switch {
		case t.by == byOwnRelation:
			s.through = own.slots[t.spec.Through]
		case t.by == byTheirRelation:
			s.through = s.table.slots[t.spec.Back]
		}
		for k := range t.theirs {
			s.own = append(s.own, own.slots[t.own[k]])
			s.theirs = append(s.theirs, s.table.slots[t.theirs[k]])
		}
		find, list := e.bounds(p, s.table, t.when)
		fn, err := t.when.bind(find, func() { p.failures++ })
		if err != nil { // Compile bound it
			fn = func(*frame) truth { return unknown }
		}
		s.when, s.whenAt = fn, list
		if t.foreign() {
			continue
		}
		for _, b := range list {
			slots, all := p.carries(b)
			p.counts |= slots
			p.any = p.any || all
		}
	}
	if len(p.steps) > 0 {
		p.any = p.counts == 0
		own.every = own.every || p.any
	}
}

// longest is how long a sequence can take from its last hit on.
func (p *runner) longest() city.Instant {
	var d time.Duration
	for _, s := range p.sequence.Steps {
		d += s.Within
	}
	return city.Instant(0).Add(d)
}

// readSequence is the step of a sequence on a reading of its own entity.
func (e *Engine) readSequence(p *runner, x, h *entity, r *row, extra *extra, at city.Instant) {
	if r.up != nil {
		if p.clear != nil && p.clear(&e.frame) == yes {
			e.clear(p, h, at, p.cleared, e.evidence(p, x, p.clearAt, p.rule.clear))
		}
		return
	}
	hits := uint32(0)
	for i := range p.steps {
		if s := &p.steps[i]; !s.foreign() && s.when(&e.frame) == yes {
			hits |= 1 << i
		}
	}
	if hits != 0 {
		e.see(p, x, h, extra, at, hits)
	}
}

// hear takes a reading of another type to the sequences that await it.
func (e *Engine) hear(l *listener, y *entity, at city.Instant) {
	p := l.runner
	s := &p.steps[l.step]
	if len(p.open) == 0 {
		return
	}
	f := &e.far
	f.cells, f.faulty, f.id, f.of, f.now = y.cells, y.faulty, y.id, y, at
	counts := uint64(0)
	for _, b := range s.whenAt {
		if b.sort == refAttribute {
			counts |= 1 << b.slot
		}
	}
	if counts != 0 && y.carried&counts == 0 && !(s.by == byDistance && y.carried&(1<<locationSlot) != 0) || s.when(f) != yes {
		return
	}
	for i := len(p.open) - 1; i >= 0; i-- {
		h := p.open[i]
		extra := p.extraOf(h)
		if extra.pattern.until < at {
			p.shut(h, extra)
			continue
		}
		if h != y && h.rows[p.column].up == nil && s.meets(h, y) {
			e.see(p, y, h, extra, at, 1<<l.step)
			e.wind(p, h, extra)
		}
	}
}

// meets says whether y is one of those that the step takes for h.
func (s *stepRun) meets(h, y *entity) bool {
	switch s.by {
	case byDistance:
		return near(h.place(), y.place(), float64(s.spec.Near))
	case byOwnRelation:
		c := &h.cells[s.through]
		return c.kind == city.Relation && c.text() == string(y.id)
	case byTheirRelation:
		c := &y.cells[s.through]
		return c.kind == city.Relation && c.text() == string(h.id)
	}
	for i := range s.own {
		a, b := &h.cells[s.own[i]], &y.cells[s.theirs[i]]
		if a.kind == city.None || a.kind != b.kind || a.num != b.num || a.text() != b.text() {
			return false
		}
	}
	return true
}

// near says whether some positions of two places are within metres.
func near(a, b *city.Place, metres float64) bool {
	if a == nil || b == nil {
		return false
	}
	for _, p := range a.Points {
		for _, q := range b.Points {
			if p.Distance(q) <= metres {
				return true
			}
		}
	}
	return false
}

// see takes an event to a sequence.
func (e *Engine) see(p *runner, by, h *entity, extra *extra, at city.Instant, hits uint32) {
	s := extra.pattern
	if hits&1 == 0 && !s.open {
		return // nothing has begun
	}
	matches, ok := s.sequence.See(&p.sequence, at, hits)
	if !ok {
		return
	}
	s.until = at + p.longest()
	s.remember(at, hits, by.id)
	if !s.open && s.sequence.Open() < 1<<30 {
		if len(p.open) >= MaxGroups {
			p.failures++
			s.sequence = pattern.SequenceState{}
			return
		}
		s.open = true
		p.open = append(p.open, h)
	}
	e.matched(p, h, extra, matches)
}

// remember notes who hit steps; of several at one instant the one with the least
// id.
func (s *patternState) remember(at city.Instant, hits uint32, by city.EntityID) {
	for i := range pattern.MaxSteps {
		if hits&(1<<i) == 0 {
			continue
		}
		k := slices.IndexFunc(s.hits, func(h hit) bool { return h.at == at && h.step == i })
		if k >= 0 {
			s.hits[k].by = min(s.hits[k].by, by)
			continue
		}
		s.hits = append(s.hits, hit{at, i, by})
	}
	slices.SortFunc(s.hits, func(a, b hit) int { return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.step, b.step)) })
	if n := len(s.hits) - maxHits; n > 0 {
		s.hits = slices.Delete(s.hits, 0, n)
	}
}

// shut takes h off the list of those with a sequence that has begun.
func (p *runner) shut(h *entity, x *extra) {
	if x.pattern != nil && x.pattern.open {
		p.open = without(p.open, h)
		x.pattern.sequence, x.pattern.hits, x.pattern.open = pattern.SequenceState{}, nil, false
	}
}

// matched raises the first of the sequences that were found.
func (e *Engine) matched(p *runner, h *entity, x *extra, matches []pattern.Match) {
	if len(matches) == 0 || h.rows[p.column].up != nil {
		return
	}
	m := matches[0]
	if p.groups == nil && e.excepted(p, h) {
		p.shut(h, x)
		return
	}
	var evidence []city.Evidence
	for i := range p.steps {
		at := m.Steps[i]
		if p.steps[i].spec.Not {
			continue
		}
		k := slices.IndexFunc(x.pattern.hits, func(h hit) bool { return h.at == at && h.step == i })
		ev := city.Evidence{Entity: h.id, At: at, Note: "step " + string(rune('1'+i)) + ": " + p.steps[i].spec.When}
		if k >= 0 {
			ev.Entity = x.pattern.hits[k].by
		}
		evidence = append(evidence, ev)
	}
	reason := p.raised
	if reason == "" {
		reason = ReasonSequence
	}
	at := m.At
	p.shut(h, x)
	e.raise(p, h, at, reason, evidence)
}

// readRepeat is the step of a rule that counts on a reading.
func (e *Engine) readRepeat(p *runner, x, h *entity, r *row, extra *extra, at city.Instant) {
	s := &extra.pattern.repeat
	if r.up != nil && p.clear != nil && p.clear(&e.frame) == yes {
		*s = pattern.RepeatState{}
		e.clear(p, h, at, p.cleared, e.evidence(p, x, p.clearAt, p.rule.clear))
		return
	}
	if p.when(&e.frame) != yes {
		return
	}
	reached, _ := s.See(&p.repeat, at)
	if !reached || r.up != nil && e.observe == nil || e.excepted(p, x) {
		return
	}
	times := s.Instants(nil)
	evidence := append(e.evidence(p, x, p.whenAt, p.rule.when), city.Evidence{Entity: x.id, Value: city.NumberOf(float64(len(times))), At: times[0],
		Source: e.sources[x.source], Note: "readings within " + city.DurationText(p.repeat.Within)})
	if r.up != nil {
		e.observed(p, h, at, evidence)
		return
	}
	reason := p.raised
	if reason == "" {
		reason = ReasonRepeated
	}
	e.raise(p, h, at, reason, evidence)
}

// readDwell is the step of a rule on stays on a reading.
func (e *Engine) readDwell(p *runner, x, h *entity, extra *extra, at city.Instant) {
	where := pattern.Outside
	for _, a := range p.dwellAreas {
		if x.lies(a) {
			where = pattern.Inside
		}
	}
	if p.when != nil && where == pattern.Inside {
		switch p.when(&e.frame) {
		case unknown:
			where = pattern.Unknown
		case no:
			where = pattern.Outside
		}
	}
	passages, _ := extra.pattern.dwell.See(&p.dwell, at, where)
	e.pass(p, h, extra, passages)
}

// pass raises and clears what stays were.
func (e *Engine) pass(p *runner, h *entity, x *extra, passages []pattern.Passage) {
	for _, s := range passages {
		r := &h.rows[p.column]
		switch {
		case !s.Over && r.up == nil && !e.excepted(p, h):
			reason := p.raised
			if reason == "" {
				reason = ReasonDwell
			}
			e.raise(p, h, s.At, reason, []city.Evidence{{Entity: h.id, At: s.Since, Note: "in " + p.rule.spec.Dwell.Area + " since"}})
		case s.Over && r.up != nil:
			e.clear(p, h, s.At, p.cleared, []city.Evidence{{Entity: h.id, At: s.Left, Note: "left " + p.rule.spec.Dwell.Area}})
		}
	}
}
