package rule

import (
	"container/heap"

	"citybrain/city"
	"citybrain/rule/detect"
	"citybrain/rule/pattern"
	"citybrain/rule/window"
)

// form says what makes a rule raise.
type form uint8

const (
	formCondition form = iota
	formAbsent
	formSequence
	formRepeat
	formDwell
)

// more says whether the rule has anything beyond a condition on one entity with
// joins, which the short way through the engine serves.
func (r *Rule) more() bool {
	s := &r.spec
	return r.where != nil || len(s.Area) > 0 || r.key != nil || len(r.lets) > 0 || len(r.steps) > 0 || s.Repeat != nil || s.Dwell != nil || s.Expires > 0
}

// extra is what one rule remembers of one entity or group besides its row.
type extra struct {
	windows   []window.State
	detectors []detect.State
	pattern   *patternState
	near      []neighbours // by number of the selection
	wake      city.Instant // when the clock looks at it; 0: never
}

// extraOf is what p remembers of h, or nil.
func (p *runner) extraOf(h *entity) *extra {
	if h.spread == nil || h.spread.more == nil {
		return nil
	}
	return h.spread.more[p.extra]
}

// extraFor is extraOf, made if it is not there.
func (p *runner) extraFor(h *entity) *extra {
	s := h.wide()
	if s.more == nil {
		s.more = make([]*extra, p.table.extras)
	}
	if s.more[p.extra] == nil {
		x := &extra{}
		if p.wins > 0 {
			x.windows = make([]window.State, p.wins)
		}
		if p.dets > 0 {
			x.detectors = make([]detect.State, p.dets)
		}
		if p.form >= formSequence {
			x.pattern = &patternState{}
		}
		s.more[p.extra] = x
	}
	return s.more[p.extra]
}

// forgetExtra drops what p remembers of a deleted entity.
func (e *Engine) forgetExtra(p *runner, h *entity) {
	x := p.extraOf(h)
	if x == nil {
		return
	}
	p.shut(h, x)
	h.spread.more[p.extra] = nil
}

// due is when the clock must look at a row, if it must.
func (p *runner) due(r *row, x *extra) (at city.Instant, ok bool) {
	least := func(t city.Instant, has bool) {
		if has && (!ok || t < at) {
			at, ok = t, true
		}
	}
	if r.up != nil && p.expires > 0 {
		least(r.up.RaisedAt+p.expires, true)
	}
	switch p.form {
	case formDwell:
		least(x.pattern.dwell.Next(&p.dwell))
	case formSequence:
		if r.up == nil {
			least(x.pattern.sequence.Next(&p.sequence))
		}
	case formRepeat:
		if r.up != nil && p.quiet {
			least(x.pattern.repeat.Ended(&p.repeat))
		}
	}
	return at, ok
}

// wind sets the clock for a row, if something of it is due.
func (e *Engine) wind(p *runner, h *entity, x *extra) {
	at, ok := p.due(&h.rows[p.column], x)
	if !ok || x.wake != 0 && x.wake <= at {
		return
	}
	x.wake = at
	heap.Push(&e.timers, timer{at: at, of: h, runner: p, more: true})
}

// fireMore looks at a row because the clock says so. An entry that was overtaken
// by an earlier one is passed over.
func (e *Engine) fireMore(t timer, at city.Instant) {
	p, h := t.runner, t.of
	x := p.extraOf(h)
	if x == nil || x.wake != t.at {
		return
	}
	x.wake = 0
	r := &h.rows[p.column]
	if due, ok := p.due(r, x); ok && due <= at {
		e.elapse(p, h, x, due)
	}
	e.wind(p, h, x)
}

// elapse does what is due at an instant.
func (e *Engine) elapse(p *runner, h *entity, x *extra, due city.Instant) {
	e.act(h, due)
	r := &h.rows[p.column]
	if r.up != nil && p.expires > 0 && r.up.RaisedAt+p.expires <= due {
		e.expire(p, h, x, due)
	}
	switch p.form {
	case formDwell:
		e.pass(p, h, x, x.pattern.dwell.Fire(&p.dwell, due))
	case formSequence:
		e.matched(p, h, x, x.pattern.sequence.Fire(&p.sequence, due))
	case formRepeat:
		if end, ok := x.pattern.repeat.Ended(&p.repeat); r.up != nil && p.quiet && (!ok || end <= due) {
			e.clear(p, h, due, p.cleared, nil)
		}
	}
}

// expire clears what has been up for long enough.
func (e *Engine) expire(p *runner, h *entity, x *extra, at city.Instant) {
	r := &h.rows[p.column]
	e.clear(p, h, at, ReasonExpired, nil)
	switch p.form {
	case formAbsent: // as if it were up until a reading comes
	case formRepeat:
		x.pattern.repeat = pattern.RepeatState{}
	default:
		r.reset()
	}
}
