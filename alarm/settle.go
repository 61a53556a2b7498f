package alarm

import (
	"cmp"
	"slices"

	"citybrain/city"
)

// settle decides what must be decided and returns what is said.
func (p *Panel) settle() []city.Situation {
	if p.stale {
		p.markAll()
		p.stale = false
	}
	p.turnSilences()
	p.calmFlaps()
	p.openGroups()
	p.callReminders()
	slices.SortFunc(p.dirty, func(a, b *entry) int { return cmp.Compare(a.order, b.order) })
	for _, e := range p.dirty {
		if !e.cleared || e.fresh {
			p.decide(e)
		}
	}
	out := p.say()
	p.closeGroups()
	p.forgetSilences()
	p.wake = p.nextWake()
	return out
}

// decide sets the standing of an entry.
func (p *Panel) decide(e *entry) {
	st := &e.s.Standing
	if e.fresh {
		e.changed = true
	}
	if e.fresh && e.cleared { // raised and cleared in one round: what is up now decides
		p.joinParents(e)
		defer p.leave(e)
	}
	why := p.reasons(e)
	waited := e.group != nil
	if len(why) == 0 && st.AnnouncedAt == 0 {
		why = p.gather(e)
	}
	if waited && (len(why) == 0 || why[0].Way != city.Grouped) {
		p.ungather(e)
	}
	if len(why) == 0 {
		p.announce(e)
	}
	if !slices.Equal(why, st.Suppressed) {
		st.Suppressed, e.changed = why, true
	}
}

// announce says that nothing keeps an entry from being announced.
func (p *Panel) announce(e *entry) {
	st := &e.s.Standing
	switch {
	case st.AnnouncedAt == 0:
		st.AnnouncedAt, e.told, e.changed = p.now, p.now, true
	case st.Quiet():
		e.told = p.now
	case e.reminded:
		st.Reminders++
		st.RemindedAt, e.told, e.changed = p.now, p.now, true
	}
}

// reasons are what keeps an entry from being announced, without its group.
func (p *Panel) reasons(e *entry) []city.Suppression {
	var why []city.Suppression
	if h := p.silenceOf(e); h != nil {
		why = append(why, city.Suppression{Way: city.Silenced, Silence: h.ID, Author: h.Author, Until: h.End})
	}
	if l := firstOf(e.parents); l != nil {
		why = append(why, city.Suppression{Way: city.Inhibited, Rule: l.by.ID(), Situation: l.parent.s.ID})
	}
	if w := p.flappingOf(e); w != nil {
		why = append(why, *w)
	}
	return why
}

// firstOf is the inhibition that is named: that of the situation raised first.
func firstOf(links []link) *link {
	var first *link
	for i := range links {
		l := &links[i]
		if first == nil || cmp.Or(cmp.Compare(l.parent.order, first.parent.order), cmp.Compare(l.by.ID(), first.by.ID())) < 0 {
			first = l
		}
	}
	return first
}

// say numbers what is said: the changes in their order, then what else is
// decided otherwise than before, in the order in which it was raised.
func (p *Panel) say() []city.Situation {
	var out []city.Situation
	for i := range p.said {
		out = append(out, p.notice(p.said[i].e, p.said[i].s))
	}
	for _, x := range p.said {
		x.e.changed = false
	}
	for _, e := range p.dirty {
		if e.changed {
			out = append(out, p.notice(e, e.s))
		}
	}
	for _, x := range p.said {
		x.e.fresh, x.e.reminded = false, false
	}
	for _, e := range p.dirty {
		e.isDirty, e.changed, e.fresh, e.reminded = false, false, false, false
	}
	clear(p.said)
	clear(p.dirty)
	p.said, p.dirty = p.said[:0], p.dirty[:0]
	return out
}

// notice numbers one thing that is said of an entry, whose situation is as in s.
func (p *Panel) notice(e *entry, s city.Situation) city.Situation {
	p.notices++
	st := &e.s.Standing
	st.Notice = p.notices
	if e.ghost && st.Announced == 0 && !st.Quiet() { // nobody decided about it: people were told
		st.AnnouncedAt = cmp.Or(st.AnnouncedAt, s.RaisedAt)
	}
	if st.Announced == 0 && st.AnnouncedAt != 0 {
		st.Announced = st.Notice
	}
	s.Standing = *st
	return s
}

// nextWake is the next instant at which something may have to be decided without
// a change.
func (p *Panel) nextWake() city.Instant {
	next := city.Forever
	at := func(i city.Instant) { next = min(next, i) }
	for _, h := range p.silences {
		if p.now < h.Begin {
			at(h.Begin)
		}
		at(h.End)
	}
	for _, g := range p.groups {
		at(g.wake())
	}
	for k, f := range p.flaps {
		at(f.wake(p.c.dampings[k.rule]))
	}
	if len(p.c.reminders) > 0 {
		for _, e := range p.entries {
			if r := p.c.reminders[e.s.Rule]; r != nil && e.told != 0 && !e.s.Standing.Quiet() {
				at(e.told.Add(r.Every))
			}
		}
	}
	return next
}

// callReminders finds what is to be announced again.
func (p *Panel) callReminders() {
	if len(p.c.reminders) == 0 {
		return
	}
	for _, e := range p.entries {
		r := p.c.reminders[e.s.Rule]
		if r != nil && e.told != 0 && !e.s.Standing.Quiet() && p.reached(e.told, r.Every) {
			e.reminded = true
			p.mark(e)
		}
	}
}

// turnSilences marks what silences are about that begin or end.
func (p *Panel) turnSilences() {
	for _, h := range p.silences {
		on := h.StateAt(p.now) == Active
		if on == h.on {
			continue
		}
		h.on = on
		for _, e := range p.entries {
			if p.c.match(&h.Match, &e.s) {
				p.mark(e)
			}
		}
	}
}

// forgetSilences drops the silences that will never hold again.
func (p *Panel) forgetSilences() {
	p.silences = slices.DeleteFunc(p.silences, func(h *held) bool {
		s := h.StateAt(p.now)
		return s == Over || s == Lifted
	})
}

// silenceOf is the silence that holds an entry back: of several the one that
// lasts longest.
func (p *Panel) silenceOf(e *entry) *held {
	var longest *held
	for _, h := range p.silences {
		if h.on && (longest == nil || h.End > longest.End) && p.c.match(&h.Match, &e.s) {
			longest = h
		}
	}
	return longest
}
