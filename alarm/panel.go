package alarm

import (
	"slices"
	"time"

	"citybrain/city"
)

// Panel keeps the standing of every situation that is up. It is not safe for
// concurrent use.
type Panel struct {
	c        *Config
	now      city.Instant // of the last input
	notices  uint64       // the last number given
	commands uint64       // the number of the last command taken

	entries  map[city.SituationID]*entry
	byRule   map[city.RuleID][]*entry // what is up, in the order in which it was raised
	silences []*held                  // that have not ended, by id
	flaps    map[flapKey]*flap
	groups   map[string]*gathering

	wake  city.Instant // before it, and without a change, nothing is decided
	stale bool         // decided by other alarm files, or another clock: decide anew

	// The work in hand.
	dirty []*entry
	said  []said
}

// entry is a situation that is up.
type entry struct {
	s        city.Situation // its Standing is the last decision
	order    uint64         // the change that raised it
	area     string
	round    circle       // around its place
	told     city.Instant // when it was announced, announced again or released last
	parents  []link       // what inhibits it
	children []*entry     // what it inhibits
	group    *gathering   // in which it waits
	flapping city.Instant // since when its rule and entity flapped when it was raised; 0: they did not
	flaps    int          // how often they had changed then

	ghost    bool // restored without its situation, whose rule is gone: it waits to be cleared
	fresh    bool // raised in this round
	cleared  bool
	isDirty  bool
	reminded bool // a reminder is due
	changed  bool // the decision of this round differs from the last
}

// link is an inhibition at work.
type link struct {
	parent *entry
	by     *Inhibit
}

// said is a change of this round and the situation as it was then.
type said struct {
	e *entry
	s city.Situation
}

// held is a silence and whether it was active when decisions were made last.
type held struct {
	Silence
	on bool
}

// New is a panel that has seen nothing.
func New(c *Config) *Panel {
	return &Panel{
		c: c, wake: city.Forever, entries: map[city.SituationID]*entry{}, byRule: map[city.RuleID][]*entry{},
		flaps: map[flapKey]*flap{}, groups: map[string]*gathering{},
	}
}

// Apply takes what one batch of the log raised and cleared, in the order of
// Change, and the batch's clock; 0 if the batch is no tick. It returns every
// situation of which something is said, with its standing, in the order of
// Standing.Notice: each change, and each situation whose suppression changed or
// that is announced again.
func (p *Panel) Apply(clock city.Instant, changed []city.Situation) []city.Situation {
	if clock != 0 && (clock > p.now || p.now.Sub(clock) > maxStepBack) {
		if clock < p.now {
			p.setBack(clock)
		}
		p.now = clock
	}
	if len(changed) == 0 && p.now < p.wake && !p.stale {
		return nil
	}
	for i := range changed {
		if s := &changed[i]; p.now == 0 { // a batch before the first tick
			p.now = max(s.RaisedAt, s.ClearedAt)
		}
		p.take(&changed[i])
	}
	return p.settle()
}

// Do takes a command and returns what is said because of it, as Apply does. A
// command that was taken before changes nothing.
func (p *Panel) Do(c Command) []city.Situation {
	if c.Number <= p.commands {
		return nil
	}
	p.commands = c.Number
	p.now = max(p.now, c.At)
	if c.Make != nil {
		s := *c.Make // as it was made: its end is another command
		s.EndedAt, s.EndedBy, s.EndPost, s.Ended = 0, "", "", Place{}
		p.silences = append(p.silences, &held{Silence: s})
		return p.settle()
	}
	for _, h := range p.silences {
		if h.ID == c.End {
			h.EndedAt = c.At
		}
	}
	return p.settle()
}

// Now is the clock of the last input.
func (p *Panel) Now() city.Instant { return p.now }

// Commands is the number of the last command taken.
func (p *Panel) Commands() uint64 { return p.commands }

// Notices is the number of the last thing said.
func (p *Panel) Notices() uint64 { return p.notices }

// ContinueAfter numbers what is said next above a number.
func (p *Panel) ContinueAfter(number uint64) { p.notices = max(p.notices, number) }

// take enters one change.
func (p *Panel) take(s *city.Situation) {
	e := p.entries[s.ID]
	switch {
	case !s.Up():
		e = p.clear(e, s)
	case e == nil:
		e = p.raise(s)
	default: // changed while up
		standing := e.s.Standing
		e.s, e.ghost = *s, false
		e.s.Standing = standing
		p.mark(e)
	}
	p.said = append(p.said, said{e, *s})
}

func (p *Panel) raise(s *city.Situation) *entry {
	e := &entry{s: *s, order: s.Change, fresh: true}
	e.s.Standing = city.Standing{}
	p.enter(e)
	p.flapped(e, s.RaisedAt)
	p.mark(e)
	return e
}

// enter puts an entry among those that are up, with what it inhibits and what
// inhibits it.
func (p *Panel) enter(e *entry) {
	if p.c.byArea {
		e.area = p.c.areaOf(e.s.Place)
	}
	e.round = circleOf(e.s.Place)
	p.entries[e.s.ID] = e
	p.byRule[e.s.Rule] = append(p.byRule[e.s.Rule], e)
	p.joinParents(e)
	for _, h := range p.c.asParent[e.s.Rule] {
		for _, rule := range h.Children {
			for _, child := range p.byRule[rule] {
				if child != e && h.Where.holds(e, child) {
					p.tie(e, child, h)
				}
			}
		}
	}
}

// joinParents ties an entry to what inhibits it.
func (p *Panel) joinParents(e *entry) {
	for _, h := range p.c.asChild[e.s.Rule] {
		for _, rule := range h.Parents {
			for _, parent := range p.byRule[rule] {
				if parent != e && h.Where.holds(parent, e) {
					p.tie(parent, e, h)
				}
			}
		}
	}
}

func (p *Panel) tie(parent, child *entry, h *Inhibit) {
	child.parents = append(child.parents, link{parent, h})
	parent.children = append(parent.children, child)
	p.mark(child)
}

// clear takes a situation from those that are up. What was cleared keeps the
// standing that it had.
func (p *Panel) clear(e *entry, s *city.Situation) *entry {
	if e == nil { // of other rules, from the records
		e = &entry{s: *s, order: s.Change, ghost: true}
	}
	standing := e.s.Standing
	e.s = *s
	if e.s.Standing = standing; e.ghost && standing.Notice == 0 {
		e.s.Standing = s.Standing
	}
	e.cleared = true
	if e.ghost {
		delete(p.entries, s.ID)
		return e
	}
	p.flapped(e, s.ClearedAt)
	p.leave(e)
	return e
}

// leave takes an entry from those that are up.
func (p *Panel) leave(e *entry) {
	delete(p.entries, e.s.ID)
	p.byRule[e.s.Rule] = slices.DeleteFunc(p.byRule[e.s.Rule], func(x *entry) bool { return x == e })
	for _, child := range e.children {
		child.parents = slices.DeleteFunc(child.parents, func(l link) bool { return l.parent == e })
		p.mark(child)
	}
	for _, l := range e.parents {
		l.parent.children = slices.DeleteFunc(l.parent.children, func(x *entry) bool { return x == e })
	}
	e.children, e.parents = nil, nil
	p.ungather(e)
}

// mark says that the standing of an entry must be decided.
func (p *Panel) mark(e *entry) {
	if !e.isDirty && !e.ghost {
		e.isDirty = true
		p.dirty = append(p.dirty, e)
	}
}

func (p *Panel) markAll() {
	for _, e := range p.entries {
		p.mark(e)
	}
}

// maxStepBack is how far the clock may go back before the panel goes back with
// it, as in rule.
const maxStepBack = time.Minute

// reached says whether d has passed since an instant.
func (p *Panel) reached(since city.Instant, d time.Duration) bool { return p.now.Sub(since) >= d }

// setBack takes a clock that was set right: what is in its future has happened
// now, so that nothing waits for longer than its own time.
func (p *Panel) setBack(now city.Instant) {
	p.stale = true // decide anew, also what is written of when
	for _, e := range p.entries {
		e.told, e.flapping = min(e.told, now), min(e.flapping, now)
	}
	for _, g := range p.groups {
		g.first, g.told = min(g.first, now), min(g.told, now)
	}
	for _, f := range p.flaps {
		f.last, f.since = min(f.last, now), min(f.since, now)
		for i := range f.times {
			f.times[i] = min(f.times[i], now)
		}
	}
}
