package rule

import (
	"slices"
	"strings"
	"time"

	"citybrain/city"
)

// maxStepBack is how far ticks may go back before the engine goes back with
// them: a clock that ran far ahead has been set right, and deadlines count from
// the right time again.
const maxStepBack = time.Minute

// advance takes everything that happened before an instant.
func (e *Engine) advance(before city.Instant) {
	if before < e.horizon && e.horizon.Sub(before) <= maxStepBack {
		before = e.horizon
	}
	e.passed = min(e.horizon, before)
	e.horizon = before
	due := e.buf.release(e.horizon)
	for {
		at, ok := e.timers.next(e.horizon)
		if len(due) > 0 && (!ok || due[0].at <= at) {
			at, ok = due[0].at, true
		}
		if !ok {
			return
		}
		n := 0
		for n < len(due) && due[n].at == at {
			n++
		}
		e.instant(at, due[:n])
		due = due[n:]
	}
}

// instant works on all that happened at one instant: first every value is
// stored, then the rules look, layer by layer. So the order of the changes of an
// instant matters only where they are of the same entity.
func (e *Engine) instant(at city.Instant, group []waiting) {
	e.stamp++
	e.touched = e.touched[:0]
	if e.shared(group) {
		slices.SortFunc(group, e.byEntity)
	}
	for i := range group {
		e.store(at, &group[i])
	}
	e.flush()
	for layer := range e.layers {
		for _, x := range e.touched {
			if layer < len(x.table.layers) {
				e.look(x, x.table.layers[layer], at)
			}
		}
		if e.hasMore {
			e.lookMore(layer, at)
		}
		e.fire(layer, at)
		e.flush()
	}
	for i := range group {
		x := group[i].of
		e.buf.done(&group[i])
		x.waiting--
		if x.gone {
			e.settle(x)
		}
	}
}

// shared says whether two changes of the group are of the same entity.
func (e *Engine) shared(group []waiting) bool {
	shared := false
	for i := range group {
		x := group[i].of
		shared = shared || x.stamp == e.stamp
		x.stamp, x.carried, x.reading = e.stamp, 0, false
	}
	return shared
}

func (e *Engine) byEntity(a, b waiting) int {
	if c := strings.Compare(string(a.of.id), string(b.of.id)); c != 0 {
		return c
	}
	if c := strings.Compare(string(e.sources[a.src]), string(e.sources[b.src])); c != 0 {
		return c
	}
	if a.seq < b.seq {
		return -1
	}
	return 1
}

// store brings a change into the engine's copy of its entity.
func (e *Engine) store(at city.Instant, w *waiting) {
	x, values := w.of, w.values()
	switch {
	case w.op == city.OpDelete:
		e.forget(x, at)
		return
	case w.op == city.OpDeleteAttribute:
		for i := range values {
			e.drop(x, int(values[i].slot))
		}
		x.cut()
		return
	case !w.live:
		e.merge(x, w, values)
	case x.last > at || x.last == at && !x.reading:
		e.late[w.src]++
		if e.rewind(x, at, w, values) {
			e.placed[w.src]++
			break
		}
		e.merge(x, w, values)
	case !x.reading && x.acted > at && e.rewind(x, at, w, values):
		e.placed[w.src]++ // the clock has looked at x since
	case x.reading:
		e.repeat(x, w, values)
	default:
		u := e.remember(x, at, w.op)
		x.last, x.reading, x.carried = at, true, 0
		x.flags, x.source = w.flags, w.src
		x.faulty = w.flags&city.FlagFaulty != 0
		e.touched = append(e.touched, x)
		if w.op == city.OpReplace {
			e.empty(x)
		}
		for i := range values {
			v := &values[i]
			if w.op == city.OpPatch && x.cells[v.slot].kind == city.None {
				continue
			}
			if u != nil {
				u.keep(v.slot)
			}
			if e.put(x, v) && v.observed {
				x.carried |= 1 << v.slot
			}
		}
		if u != nil {
			u.carried = x.carried
		}
	}
	if x.gone {
		x.gone = false
		x.table.changes++
	}
}

// merge stores values that make no reading.
func (e *Engine) merge(x *entity, w *waiting, values []cell) {
	if w.op == city.OpReplace && !w.live {
		e.empty(x)
	}
	for i := range values {
		if w.op != city.OpPatch || x.cells[values[i].slot].kind != city.None {
			e.put(x, &values[i])
		}
	}
}

// repeat adds to the reading of this instant what an earlier change of the
// entity did not say. One that adds nothing is late.
func (e *Engine) repeat(x *entity, w *waiting, values []cell) {
	added := false
	u := e.undos.find(x.undo)
	for i := range values {
		v := &values[i]
		if x.carried&(1<<v.slot) != 0 || w.op == city.OpPatch && x.cells[v.slot].kind == city.None {
			continue
		}
		if u != nil {
			u.keep(v.slot)
		}
		if e.put(x, v) && v.observed {
			x.carried |= 1 << v.slot
			added = true
		}
	}
	if !added && len(values) > 0 {
		e.late[w.src]++
		return
	}
	if u != nil {
		u.carried = x.carried
	}
	x.flags |= w.flags.Quality()
	x.faulty = w.flags&city.FlagFaulty != 0
}

func (e *Engine) empty(x *entity) {
	for slot := range x.cells {
		if x.carried&(1<<slot) == 0 && x.cells[slot].kind != city.None {
			e.drop(x, slot)
		}
	}
}

// forget clears what is up on an entity that was deleted, and its copy.
func (e *Engine) forget(x *entity, at city.Instant) {
	for _, p := range x.table.runners {
		r := &x.rows[p.column]
		if r.up != nil {
			e.clear(p, x, at, ReasonDeleted, nil)
		}
		r.reset()
		if p.more {
			e.forgetExtra(p, x)
		}
	}
	x.carried, x.told = 0, nil
	x.cut()
	e.empty(x)
	if x.reading {
		e.touched = slices.DeleteFunc(e.touched, func(y *entity) bool { return y == x })
	}
	x.last, x.reading, x.faulty, x.gone = never, false, false, true
	x.table.changes++
}
