package alarm

import (
	"slices"

	"citybrain/city"
)

type flapKey struct {
	rule   city.RuleID
	entity city.EntityID
}

// flap is what is remembered of a rule and entity that have a damping.
type flap struct {
	times []city.Instant // of the last changes within the damping's time, one more than it allows at most
	last  city.Instant
	// While it flaps: since when, how often it has changed since the first of
	// times then, and the situation that stands for the others, "" before there
	// is one.
	since   city.Instant
	changes int
	one     city.SituationID
}

// flapped takes a change of an entry at its own time. The time of the change
// counts, not that of its batch: a late row of readings is no flapping.
func (p *Panel) flapped(e *entry, at city.Instant) {
	d := p.c.dampings[e.s.Rule]
	if d == nil {
		return
	}
	key := flapKey{e.s.Rule, e.s.Entity}
	f := p.flaps[key]
	if f == nil {
		f = &flap{}
		p.flaps[key] = f
	}
	if p.now != 0 {
		at = min(at, p.now)
	}
	at = max(at, f.last)
	if f.since != 0 && at.Sub(f.last) >= d.Stable {
		*f = flap{}
		p.markKey(key)
	}
	f.last = at
	f.times = append(slices.DeleteFunc(f.times, func(t city.Instant) bool { return at.Sub(t) >= d.Within }), at)
	if over := len(f.times) - d.Changes - 1; over > 0 {
		f.times = slices.Delete(f.times, 0, over)
	}
	switch {
	case f.since != 0:
		f.changes++
	case len(f.times) > d.Changes:
		f.since, f.changes = f.times[0], len(f.times)
	}
	if f.since != 0 && f.one == "" && e.s.Up() {
		f.one = e.s.ID
		e.s.Standing.Flapping = true
	}
	if f.since != 0 && e.s.Up() {
		e.flapping, e.flaps = f.since, f.changes
	}
}

// flappingOf says that an entry is one of a row that another stands for.
func (p *Panel) flappingOf(e *entry) *city.Suppression {
	d := p.c.dampings[e.s.Rule]
	if d == nil {
		return nil
	}
	f := p.flaps[flapKey{e.s.Rule, e.s.Entity}]
	if f == nil || f.since == 0 || e.flapping != f.since || f.one == e.s.ID {
		return nil
	}
	return &city.Suppression{Way: city.Flapping, Rule: d.ID(), Since: f.since, Changes: e.flaps}
}

// calmFlaps ends what has been stable for long enough, and forgets what is too
// long ago to count.
func (p *Panel) calmFlaps() {
	for key, f := range p.flaps {
		d := p.c.dampings[key.rule]
		if f.since != 0 && p.reached(f.last, d.Stable) {
			delete(p.flaps, key)
			p.markKey(key)
		} else if f.since == 0 && p.reached(f.last, d.Within) {
			delete(p.flaps, key)
		}
	}
}

// markKey marks what is up of a rule and entity.
func (p *Panel) markKey(k flapKey) {
	for _, e := range p.byRule[k.rule] {
		if e.s.Entity == k.entity {
			p.mark(e)
		}
	}
}

func (f *flap) wake(d *Damping) city.Instant {
	if f.since != 0 {
		return f.last.Add(d.Stable)
	}
	return f.last.Add(d.Within)
}
