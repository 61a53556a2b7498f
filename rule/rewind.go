package rule

import (
	"container/heap"

	"citybrain/city"
)

// ReasonLate is why a situation is cleared that a late reading shows never to
// have been.
const ReasonLate = "late-reading"

// noteLate marks the evidence of what was only found when a reading came late.
const noteLate = "this reading came late"

// redo is a rewind under way: what the rules find meanwhile is not announced but
// laid beside what was.
type redo struct {
	of    *entity
	late  bool   // the late reading itself is in hand
	had   uint64 // slots that an earlier change of its instant carried
	found []refound
	acted city.Instant // the last that the clock found
}

// refound is a situation that was found anew.
type refound struct {
	column int
	s      *city.Situation // as raised; nil: it was up before all that was taken back
	raised city.Instant
	end    *city.Situation // as cleared; nil: it is up
}

// rewind puts a reading in its place among those of its entity: what was observed
// later, and the reading before, are taken back, and the rules look at them again,
// with the clock in between. What other entities say is taken as it stands now. It
// returns false if the entity's readings are not kept so far back, or if it adds
// nothing to one of that instant.
//
// What was announced is not unsaid. A situation that was not found before is
// announced, with the time at which it began, and cleared if it has ended; one
// that should have ended is cleared; one that should not have been is cleared
// with ReasonLate. One that was cleared stays so: where it should be up, another
// is raised at the entity's last reading.
func (e *Engine) rewind(x *entity, at city.Instant, w *waiting, values []cell) bool {
	if w.op != city.OpObserve && w.op != city.OpUpdate && w.op != city.OpCreate || !e.findChain(x, at, values) {
		return false
	}
	live := e.lift(x)
	own, since := x.standing(), at
	for _, n := range e.chain {
		u := e.undos.find(n)
		u.own, own, since = own, u.before, min(since, u.at)
		e.swap(u)
	}
	carried, reading := x.carried, x.reading
	e.redo = &redo{of: x}
	if n := len(e.chain); n > 0 {
		oldest := e.undos.find(e.chain[n-1])
		e.putRows(oldest)
		oldest.before.give(x)
	}
	e.replay(x, at, w, values)
	e.elapsed(x, max(e.passed, at))
	found := e.redo.found
	x.acted = e.redo.acted
	e.redo = nil
	x.carried, x.reading = carried, reading
	e.reconcile(x, live, found, since)
	return true
}

// findChain lists the readings of x to be taken back, the newest first: those from
// an instant on, and the one before. false: they are not kept, or values add
// nothing to one of that instant.
func (e *Engine) findChain(x *entity, at city.Instant, values []cell) bool {
	e.chain = e.chain[:0]
	if x.undo == 0 {
		return false
	}
	for u := e.undos.find(x.undo); u != nil && u.of == x && len(e.chain) < maxDepth; u = e.undos.find(u.prev) {
		if u.at == at && !u.lacks(values) || e.undos.makesRoom(u) {
			return false
		}
		e.chain = append(e.chain, u.number)
		if u.at < at {
			return true
		}
	}
	if n := len(e.chain); n > 0 {
		before := e.undos.find(e.chain[n-1]).before.last
		return before < at
	}
	return false
}

// lacks says whether some observed value is of a slot that u does not carry.
func (u *undo) lacks(values []cell) bool {
	for i := range values {
		if values[i].observed && u.carried&(1<<values[i].slot) == 0 {
			return true
		}
	}
	return false
}

// replay takes in again what was taken back, with the late reading in its place.
func (e *Engine) replay(x *entity, at city.Instant, w *waiting, values []cell) {
	older, newest := uint64(0), x.undo
	if n := len(e.chain); n > 0 {
		older = e.undos.find(e.chain[n-1]).prev
	}
	entered := false
	for i := len(e.chain) - 1; i >= 0; i-- {
		u := e.undos.find(e.chain[i])
		if u.at > at && !entered {
			older, entered = e.enterLate(x, at, w, values, older), true
			u = e.undos.find(e.chain[i]) // it may have moved
		}
		u.prev = older
		if u.at == at {
			e.againWith(u, w, values)
			entered = true
		} else {
			e.again(u)
		}
		older = u.number
	}
	x.undo = newest
	if !entered {
		x.undo = e.enterLate(x, at, w, values, older)
	}
}

// enterLate takes in the late reading behind the one with a number, and returns
// its own.
func (e *Engine) enterLate(x *entity, at city.Instant, w *waiting, values []cell, older uint64) uint64 {
	e.elapsed(x, at)
	x.undo = older
	u := e.remember(x, at, w.op)
	x.last, x.flags, x.source, x.faulty = at, w.flags, w.src, w.flags&city.FlagFaulty != 0
	x.carried = 0
	e.add(u, values)
	e.redo.late, e.redo.had = true, 0
	e.lookAgain(x, at)
	e.feedShared(x, at)
	e.redo.late = false
	return u.number
}

// add stores the values that u does not carry yet.
func (e *Engine) add(u *undo, values []cell) {
	x := u.of
	for i := range values {
		v := &values[i]
		if u.carried&(1<<v.slot) != 0 {
			continue
		}
		u.keep(v.slot)
		if e.put(x, v) && v.observed {
			x.carried |= 1 << v.slot
		}
	}
	u.carried = x.carried
}

// againWith takes in again a reading that a late change adds to.
func (e *Engine) againWith(u *undo, w *waiting, values []cell) {
	x := u.of
	e.enterAgain(u)
	e.redo.late, e.redo.had = true, u.carried
	e.add(u, values)
	x.flags |= w.flags.Quality()
	x.faulty = w.flags&city.FlagFaulty != 0
	e.lookAgain(x, u.at)
	e.feedShared(x, u.at)
	e.redo.late = false
}

// again takes a reading in that was taken back.
func (e *Engine) again(u *undo) {
	e.enterAgain(u)
	e.lookAgain(u.of, u.at)
}

func (e *Engine) enterAgain(u *undo) {
	x := u.of
	e.elapsed(x, u.at)
	u.before = x.standing()
	e.keepRows(u)
	e.swap(u)
	u.own.give(x)
	x.carried = u.carried
}

// lookAgain has the rules that go back look at x.
func (e *Engine) lookAgain(x *entity, at city.Instant) {
	f := &e.frame
	f.cells, f.faulty, f.blank = x.cells, x.faulty, 0
	if x.flags&city.FlagEmpty != 0 {
		f.blank = x.left()
	}
	for _, rules := range x.table.layers {
		for _, p := range rules {
			if !p.goes() {
				continue
			}
			e.work = 0
			if p.more {
				e.readMore(p, x, at)
			} else {
				e.read(p, x, at)
			}
			if p.meter != nil {
				p.meter.owe(e.work)
			}
		}
	}
}

// feedShared gives a late reading to the windows of rules that do not go back.
func (e *Engine) feedShared(x *entity, at city.Instant) {
	for _, rules := range x.table.layers {
		for _, p := range rules {
			e.feedOnly(p, x, at)
		}
	}
	for _, rules := range x.table.grouped {
		for _, p := range rules {
			e.feedOnly(p, x, at)
		}
	}
}

func (e *Engine) feedOnly(p *runner, x *entity, at city.Instant) {
	if p.goes() || p.wins == 0 || p.meter != nil && p.meter.over {
		return
	}
	f := &e.frame
	f.id, f.of, f.runner, f.holder, f.now, f.lets = x.id, x, p, x, at, p.letValues
	f.round++
	if p.isSubject(f, x) != yes {
		return
	}
	h := e.holder(p, x, false)
	if h == nil || p.extraOf(h) == nil {
		return
	}
	f.holder = h
	e.feed(p, x, p.extraOf(h), at)
}

// elapsed does what the clock found on x before an instant.
func (e *Engine) elapsed(x *entity, before city.Instant) {
	for i, p := range x.table.runners {
		if !p.goes() {
			continue
		}
		r := &x.rows[i]
		if p.absent > 0 && r.count == armed && r.from+p.absent < before {
			e.missing(p, x, r.from+p.absent)
		}
		more := p.extraOf(x)
		if more == nil {
			continue
		}
		for range maxDepth {
			due, ok := p.due(r, more)
			if !ok || due >= before {
				break
			}
			e.elapse(p, x, more, due)
		}
	}
}

// lift takes the situations that are up on x from where joins look for them.
func (e *Engine) lift(x *entity) []*city.Situation {
	live := make([]*city.Situation, len(x.rows))
	for i, p := range x.table.runners {
		if !p.goes() {
			continue
		}
		live[i] = x.rows[i].up
		if live[i] != nil {
			for _, n := range p.near {
				n.remove(live[i].Place, x)
			}
		}
	}
	return live
}

// raised notes what a rule finds during a rewind.
func (d *redo) raised(p *runner, s *city.Situation) {
	d.found = append(d.found, refound{column: p.column, s: s, raised: s.RaisedAt})
}

func (d *redo) cleared(p *runner, s, end *city.Situation) {
	for i := range d.found {
		if f := &d.found[i]; f.column == p.column && f.raised == s.RaisedAt && f.end == nil {
			f.end = end
			return
		}
	}
	d.found = append(d.found, refound{column: p.column, raised: s.RaisedAt, end: end})
}

// reconcile announces what differs between what was said of x and what was found
// again, and sets the clock for it.
func (e *Engine) reconcile(x *entity, live []*city.Situation, found []refound, since city.Instant) {
	for i, p := range x.table.runners {
		if !p.goes() {
			continue
		}
		r := &x.rows[i]
		up := r.up
		r.up = nil
		for k := range found {
			if f := &found[k]; f.column == i {
				e.announceFound(p, x, f, live[i])
			}
		}
		e.withdraw(p, x, live[i], up, found, since)
		e.settleUp(p, x, live[i], up)
		if p.absent > 0 && r.count == armed {
			r.timer = true
			heap.Push(&e.timers, timer{at: r.from + p.absent, of: x, runner: p})
		}
		if more := p.extraOf(x); more != nil {
			more.wake = 0
			e.wind(p, x, more)
		}
	}
}

func (e *Engine) announceFound(p *runner, x *entity, f *refound, live *city.Situation) {
	said := x.said(p.column, f.raised)
	if said == nil && f.s == nil {
		return // it was up before, and nobody knows of it: told was full
	}
	switch {
	case said == nil:
		f.s.Evidence = append(f.s.Evidence, city.Evidence{Entity: x.id, At: x.last, Note: noteLate})
		e.moved = append(e.moved, move{f.s, p.index})
		x.tell(p.column, f.raised)
		if f.end != nil {
			e.moved = append(e.moved, move{f.end, p.index})
			x.untell(p.column, f.raised, f.end.ClearedAt)
		}
	case said.cleared == 0 && f.end != nil && live != nil && live.RaisedAt == f.raised:
		end := *live
		end.ClearedAt, end.ClearedReason, end.ClearEvidence = f.end.ClearedAt, f.end.ClearedReason, f.end.ClearEvidence
		e.moved = append(e.moved, move{&end, p.index})
		x.untell(p.column, f.raised, end.ClearedAt)
	}
}

func (x *entity) said(column int, raised city.Instant) *saying {
	for i := range x.told {
		if s := &x.told[i]; int(s.column) == column && s.raised == raised {
			return s
		}
	}
	return nil
}

// withdraw clears what is up and was not found again.
func (e *Engine) withdraw(p *runner, x *entity, live, up *city.Situation, found []refound, since city.Instant) {
	if live == nil || up != nil && up.RaisedAt == live.RaisedAt {
		return
	}
	for i := range found {
		if f := &found[i]; f.column == p.column && f.raised == live.RaisedAt {
			return // announceFound has cleared it
		}
	}
	end := *live
	end.ClearedAt, end.ClearedReason, end.ClearEvidence = max(x.last, live.RaisedAt), ReasonLate, []city.Evidence{{Entity: x.id, At: since, Note: noteLate}}
	e.moved = append(e.moved, move{&end, p.index})
	x.untell(p.column, live.RaisedAt, end.ClearedAt)
}

// settleUp makes up what is up on x now.
func (e *Engine) settleUp(p *runner, x *entity, live, up *city.Situation) {
	switch said := (*saying)(nil); {
	case up == nil:
		return
	case live != nil && live.RaisedAt == up.RaisedAt:
		up = live
	default:
		if said = x.said(p.column, up.RaisedAt); said == nil || said.cleared == 0 {
			break
		}
		if x.said(p.column, x.last) != nil {
			return
		}
		s := *up
		s.RaisedAt, s.ID = x.last, city.SituationIDOf(p.rule.id, x.id, x.last)
		s.Evidence = append(s.Evidence[:len(s.Evidence):len(s.Evidence)], city.Evidence{Entity: x.id, At: x.last, Note: noteLate})
		up = &s
		e.moved = append(e.moved, move{up, p.index})
		x.tell(p.column, x.last)
	}
	x.rows[p.column].up = up
	for _, n := range p.near {
		n.insert(up.Place, x)
	}
}

// feeds says whether the reading in hand is new to a window.
func (d *redo) feeds(l *letRun) bool {
	if !d.late || l.form == letDetector {
		return false
	}
	return d.had == 0 || l.feeds&^d.had == l.feeds && l.feeds != 0
}
