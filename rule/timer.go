package rule

import (
	"container/heap"

	"citybrain/city"
)

// What row.count means for an absence rule.
const (
	disarmed int32 = iota
	armed          // the clock raises when no reading comes
	fired          // raised, or waiting for the reading that clears
)

// timer is an entry of the clock: look at a row at an instant. A reading does
// not move it; it is found too early then, and entered again.
type timer struct {
	at     city.Instant
	of     *entity
	runner *runner
	more   bool // it is of what the row keeps more: see extra.wake
}

// timers is a heap by instant.
type timers []timer

func (t timers) Len() int           { return len(t) }
func (t timers) Less(i, j int) bool { return t[i].at < t[j].at }
func (t timers) Swap(i, j int)      { t[i], t[j] = t[j], t[i] }

// Push is for package heap.
func (t *timers) Push(x any) { *t = append(*t, x.(timer)) }

// Pop is for package heap.
func (t *timers) Pop() any {
	last := len(*t) - 1
	x := (*t)[last]
	(*t)[last] = timer{}
	*t = (*t)[:last]
	return x
}

// next is the instant of the first timer before an instant.
func (t timers) next(before city.Instant) (city.Instant, bool) {
	if len(t) == 0 || t[0].at >= before {
		return 0, false
	}
	return t[0].at, true
}

// rearm is the step of an absence rule on a reading.
func (e *Engine) rearm(p *runner, x *entity, r *row, at city.Instant) {
	if p.when != nil && p.when(&e.frame) != yes {
		return
	}
	r.from, r.count = at, armed
	if r.up != nil {
		e.clear(p, x, at, p.cleared, e.evidence(p, x, p.whenAt, p.rule.when))
	}
	e.arm(p, x, r)
}

func (e *Engine) arm(p *runner, x *entity, r *row) {
	if !r.timer {
		r.timer = true
		heap.Push(&e.timers, timer{at: r.from + p.absent, of: x, runner: p})
	}
}

// fire does what is due at an instant in a layer.
func (e *Engine) fire(layer int, at city.Instant) {
	for len(e.timers) > 0 && e.timers[0].at <= at {
		t := heap.Pop(&e.timers).(timer)
		if t.runner.layer > layer {
			e.due = append(e.due, t)
			continue
		}
		e.fireOne(t, at)
	}
	for i := 0; i < len(e.due); i++ {
		if e.due[i].runner.layer == layer {
			e.fireOne(e.due[i], at)
		}
	}
	if layer == e.layers-1 && len(e.due) > 0 {
		clear(e.due)
		e.due = e.due[:0]
	}
}

func (e *Engine) fireOne(t timer, at city.Instant) {
	if t.more {
		e.fireMore(t, at)
		return
	}
	e.fireAbsent(t)
}

// fireAbsent raises what is absent.
func (e *Engine) fireAbsent(t timer) {
	r := &t.of.rows[t.runner.column]
	r.timer = false
	if r.count != armed {
		return
	}
	due := r.from + t.runner.absent
	if due > t.at {
		e.arm(t.runner, t.of, r)
		return
	}
	e.missing(t.runner, t.of, due)
}

// act notes that the clock has found something on x.
func (e *Engine) act(x *entity, due city.Instant) {
	if e.redo != nil {
		e.redo.acted = max(e.redo.acted, due)
		return
	}
	x.acted = max(x.acted, due)
}

// missing raises that no reading came until an instant.
func (e *Engine) missing(p *runner, x *entity, due city.Instant) {
	e.act(x, due)
	r := &x.rows[p.column]
	r.count = fired
	reason := p.raised
	if reason == "" {
		reason = ReasonAbsent
	}
	e.raise(p, x, due, reason, []city.Evidence{{Entity: x.id, At: r.from, Note: "last reading"}})
}
