package rule

import (
	"strings"

	"citybrain/city"
	"citybrain/rule/pattern"
)

// runner is a rule inside one engine.
type runner struct {
	rule   *Rule
	index  int // in Engine.runners
	column int // in the rows of its table
	layer  int
	table  *table // of the entities that have its rows: its type's, or that of its groups

	// What few rules have.
	more       bool    // any of it
	back       bool    // it looks again at readings that were taken back
	extra      int     // in the extras of its table's entities
	groups     *groups // nil: situations are of entities
	where      truthFn
	areas      []int // of which the subject lies in one; nil: anywhere
	lets       []letRun
	letValues  []letValue
	wins, dets int // how many of its values keep a window, a detector
	nears      int // how many of them look at others by distance
	letNumber  map[string]int
	form       form
	keySlot    int
	steps      []stepRun
	sequence   pattern.Sequence
	open       []*entity // with a sequence that may have begun
	repeat     pattern.Repeat
	quiet      bool // repeat: cleared when no more come
	dwell      pattern.Dwell
	dwellAreas []int
	expires    city.Instant

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
	meter    *meter // nil: the rule cannot become expensive
}

// link makes p's conditions runnable and finds what its joins look at.
func (e *Engine) link(p *runner) {
	r, s := p.rule, &p.rule.spec
	e.linkLets(p)
	p.when, p.whenAt = e.bind(p, r.when)
	p.clear, p.clearAt = e.bind(p, r.clear)
	p.unless, p.unlessAt = e.bind(p, r.unless)
	every := false
	for _, b := range append(append([]*bound{}, p.whenAt...), p.clearAt...) {
		slots, all := p.carries(b)
		p.counts |= slots
		every = every || all
	}
	p.any = p.counts == 0 || every
	e.linkMore(p)
	p.readings = int32(max(1, s.Readings))
	p.hold, p.absent = city.Instant(0).Add(s.For), city.Instant(0).Add(s.Absent)
	p.join = e.linkJoin(p, r.join)
	t := e.tables[s.Entity]
	for _, id := range r.except {
		if q := e.byRule[id]; q != nil && q.rule.spec.Entity == s.Entity {
			p.except = append(p.except, q)
		}
	}
	t.every = t.every || p.any || r.unless != nil || p.more && p.wantsEvery()
	p.reasons()
}

func (p *runner) reasons() {
	s := &p.rule.spec
	p.raised, p.cleared, p.unlessEnded = s.Reasons.Raised, s.Reasons.Cleared, s.Reasons.Unless
	if p.cleared == "" {
		switch {
		case s.Absent > 0:
			p.cleared = ReasonReading
		case s.Dwell != nil:
			p.cleared = ReasonLeft
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
	find, list := e.bounds(p, own, x)
	fn, err := x.bind(find, func() { p.failures++ })
	if err != nil { // Compile bound the same condition
		fn = func(*frame) truth { p.failures++; return unknown }
	}
	return fn, list
}

// bounds finds what x reads in a table.
func (e *Engine) bounds(p *runner, own *table, x *expr) (func(path string) *bound, []*bound) {
	found, list := map[string]*bound{}, make([]*bound, len(x.refs))
	for i, r := range x.refs {
		b := &bound{ref: r, slot: own.slots[r.name]}
		switch {
		case r.sort == refLet:
			b.index = p.letNumber[string(r.name)]
		case r.sort == refArea:
			b.index = e.areaNumber(string(r.name))
		case r.through != "":
			b.slot = own.slots[r.through]
			b.table = e.tables[p.rule.spec.Relations[r.through]]
			b.far = b.table.slots[r.name]
		}
		found[r.path()], list[i] = b, b
	}
	return func(path string) *bound { return found[path] }, list
}

// look runs rules of one layer on the reading of x.
func (e *Engine) look(x *entity, rules []*runner, at city.Instant) {
	f := &e.frame
	f.cells, f.faulty, f.blank = x.cells, x.faulty, 0
	if x.flags&city.FlagEmpty != 0 {
		f.blank = x.left()
	}
	for _, p := range rules {
		if p.meter != nil {
			e.lookMetered(p, x, at)
			continue
		}
		if p.more || e.observe != nil {
			e.readMore(p, x, at)
			continue
		}
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
func (e *Engine) excepted(p *runner, x *entity) bool {
	for _, q := range p.except {
		if y := e.holder(q, x, false); y != nil && y.rows[q.column].up != nil {
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
	if e.excepted(p, x) {
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
