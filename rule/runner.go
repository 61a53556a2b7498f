package rule

import (
	"strings"

	"citybrain/city"
)

// runner is a rule inside one engine.
type runner struct {
	rule   *Rule
	index  int // in Engine.runners
	column int // in the rows of its type
	layer  int

	when, clear, unless          truthFn
	whenAt, clearAt, unlessAt    []*bound
	counts                       uint64 // slots of which one must be observed for a reading to count
	any                          bool   // every reading counts
	readings                     int32
	hold, absent                 city.Instant // µs
	join                         *linked
	except                       []*runner
	raised, cleared, unlessEnded string // reasons; raised may be empty

	near     []*spots // of joins by distance to situations of this rule
	failures int64
}

// link makes p's conditions runnable and finds what its joins look at.
func (e *Engine) link(p *runner) {
	r, s := p.rule, &p.rule.spec
	p.when, p.whenAt = e.bind(p, r.when)
	p.clear, p.clearAt = e.bind(p, r.clear)
	p.unless, p.unlessAt = e.bind(p, r.unless)
	for _, b := range append(append([]*bound{}, p.whenAt...), p.clearAt...) {
		if b.table == nil {
			p.counts |= 1 << b.slot
		}
	}
	p.any = p.counts == 0
	p.readings = int32(max(1, s.Readings))
	p.hold, p.absent = city.Instant(0).Add(s.For), city.Instant(0).Add(s.Absent)
	p.join = e.linkJoin(p, r.join)
	t := e.tables[s.Entity]
	for _, id := range r.except {
		if q := e.byRule[id]; q != nil && q.rule.spec.Entity == s.Entity {
			p.except = append(p.except, q)
		}
	}
	t.every = t.every || p.any || r.unless != nil
	p.reasons()
}

func (p *runner) reasons() {
	s := &p.rule.spec
	p.raised, p.cleared, p.unlessEnded = s.Reasons.Raised, s.Reasons.Cleared, s.Reasons.Unless
	if p.cleared == "" {
		switch {
		case s.Absent > 0:
			p.cleared = ReasonReading
		case s.Clear != "":
			p.cleared = ReasonClear
		default:
			p.cleared = ReasonEnded
		}
	}
	if p.unlessEnded == "" {
		p.unlessEnded = ReasonUnless
		if strings.TrimSpace(s.Unless) == faultyName {
			p.unlessEnded = ReasonDataFault
		}
	}
}

func (e *Engine) bind(p *runner, x *expr) (truthFn, []*bound) {
	if x == nil {
		return nil, nil
	}
	own := e.tables[p.rule.spec.Entity]
	found, list := map[string]*bound{}, make([]*bound, len(x.refs))
	for i, r := range x.refs {
		b := &bound{ref: r, slot: own.slots[r.name]}
		if r.through != "" {
			b.slot = own.slots[r.through]
			b.table = e.tables[p.rule.spec.Relations[r.through]]
			b.far = b.table.slots[r.name]
		}
		found[r.path()], list[i] = b, b
	}
	fn, err := x.bind(func(path string) *bound { return found[path] }, func() { p.failures++ })
	if err != nil { // Compile bound the same condition
		fn = func(*frame) truth { p.failures++; return unknown }
	}
	return fn, list
}

// look runs rules of one layer on the reading of x.
func (e *Engine) look(x *entity, rules []*runner, at city.Instant) {
	f := &e.frame
	f.cells, f.faulty, f.blank = x.cells, x.faulty, 0
	if x.flags&city.FlagEmpty != 0 {
		f.blank = x.left()
	}
	for _, p := range rules {
		e.read(p, x, at)
	}
}

// left are the observed slots that the reading in hand does not carry.
func (x *entity) left() uint64 {
	var slots uint64
	for i := range x.cells {
		if x.cells[i].observed && x.carried&(1<<i) == 0 {
			slots |= 1 << i
		}
	}
	return slots
}

// read is the step of one rule on one reading.
func (e *Engine) read(p *runner, x *entity, at city.Instant) {
	r := &x.rows[p.column]
	if p.unless != nil {
		switch p.unless(&e.frame) {
		case yes:
			r.reset()
			if r.up != nil {
				e.clear(p, x, at, p.unlessEnded, e.evidence(p, x, p.unlessAt, p.rule.unless))
			}
			return
		case unknown:
			return
		}
	}
	if !p.any && x.carried&p.counts == 0 {
		return
	}
	switch {
	case p.absent > 0:
		e.rearm(p, x, r, at)
	case r.up != nil:
		e.readUp(p, x, r, at)
	default:
		e.readDown(p, x, r, at)
	}
}

func (e *Engine) readUp(p *runner, x *entity, r *row, at city.Instant) {
	switch {
	case p.clear != nil && p.clear(&e.frame) == yes:
		r.reset()
		e.clear(p, x, at, p.cleared, e.evidence(p, x, p.clearAt, p.rule.clear))
	case p.clear == nil && p.when(&e.frame) == no:
		r.reset()
		e.clear(p, x, at, p.cleared, e.evidence(p, x, p.whenAt, p.rule.when))
	}
}

// excepted says whether a situation that keeps p from raising is up on x.
func (p *runner) excepted(x *entity) bool {
	for _, q := range p.except {
		if x.rows[q.column].up != nil {
			return true
		}
	}
	return false
}

func (e *Engine) readDown(p *runner, x *entity, r *row, at city.Instant) {
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
	if r.count < p.readings || at-r.from < p.hold {
		return
	}
	if p.excepted(x) {
		return
	}
	var found finding
	if p.join != nil && !e.holds(p.join, x, at, &found) {
		return
	}
	evidence := e.evidence(p, x, p.whenAt, p.rule.when)
	if p.readings > 1 || p.hold > 0 {
		evidence = append(evidence, city.Evidence{Entity: x.id, Value: city.NumberOf(float64(r.count)), At: r.from,
			Source: e.sources[x.source], Note: noteRow})
	}
	e.raise(p, x, at, p.whyRaised(x, found.reason), append(evidence, found.evidence...))
}
