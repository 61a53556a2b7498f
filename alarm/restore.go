package alarm

import (
	"cmp"
	"slices"

	"citybrain/city"
)

// Restore makes p, which must be new, go on where a snapshot was taken; up are
// the situations that the rules know to be up there. What is up and not in the
// snapshot counts as announced: so it was before there were panels. A snapshot of
// other alarm files is taken over, and everything is decided anew with the next
// input. The error says that the snapshot is damaged; p must not be used then.
func (p *Panel) Restore(state []byte, up []city.Situation) error {
	up = slices.Clone(up)
	slices.SortFunc(up, func(a, b city.Situation) int { return cmp.Compare(a.Change, b.Change) })
	r := &parser{b: state}
	var known map[city.SituationID]*entry
	if len(state) > 0 {
		known = p.read(r)
	}
	if r.err != nil || len(r.b) > 0 {
		return errDamaged
	}
	for i := range up {
		e := known[up[i].ID]
		if e == nil {
			e = adopted(&up[i], p.now)
		}
		st := e.s.Standing
		e.s, e.ghost = up[i], false
		e.s.Standing = st
		p.enter(e)
		delete(known, e.s.ID)
	}
	for id, e := range known { // of rules that are gone: they are cleared soon
		e.ghost = true
		p.entries[id] = e
	}
	p.rejoinGroups()
	for _, e := range p.dirty {
		e.isDirty = false
	}
	p.dirty = nil
	p.wake = p.nextWake()
	return nil
}

// adopted is an entry of a situation that was announced without a panel.
func adopted(s *city.Situation, now city.Instant) *entry {
	e := &entry{s: *s, order: s.Change, told: max(now, s.RaisedAt)}
	e.s.Standing = city.Standing{Notice: s.Change, Announced: s.Change, AnnouncedAt: s.RaisedAt}
	return e
}

// rejoinGroups puts what waits into its group again.
func (p *Panel) rejoinGroups() {
	for _, e := range p.entries {
		why := e.s.Standing.Suppressed
		if e.ghost || len(why) == 0 || why[0].Way != city.Grouped {
			continue
		}
		if g := p.groups[why[0].Group]; g != nil {
			g.waiting[e] = struct{}{}
			e.group = g
		}
	}
	for name, g := range p.groups {
		if g.rule == nil { // of an alarm file that is gone
			delete(p.groups, name)
			for e := range g.waiting {
				e.group = nil
			}
		}
	}
}

func (p *Panel) read(r *parser) map[city.SituationID]*entry {
	if r.uint() != snapshotVersion {
		r.fail()
		return nil
	}
	p.stale = r.string() != p.c.print
	p.now = r.instant()
	p.notices, p.commands = r.uint(), r.uint()
	known := map[city.SituationID]*entry{}
	for range r.count() {
		e := &entry{}
		e.s.ID = city.SituationID(r.string())
		e.order, e.told, e.flapping, e.flaps = r.uint(), r.instant(), r.instant(), int(r.uint())
		e.s.Standing = r.standing()
		known[e.s.ID] = e
	}
	for range r.count() {
		h := &held{on: r.bool()}
		h.Silence = r.silence()
		p.silences = append(p.silences, h)
	}
	p.readFlaps(r)
	p.readGroups(r)
	return known
}

func (r *parser) standing() (st city.Standing) {
	st.Notice, st.Announced, st.AnnouncedAt = r.uint(), r.uint(), r.instant()
	st.Group, st.Flapping = r.string(), r.bool()
	st.Reminders, st.RemindedAt = int(r.uint()), r.instant()
	for range r.count() {
		var x city.Suppression
		x.Way, x.Rule, x.Situation = city.SuppressedBy(r.string()), r.string(), city.SituationID(r.string())
		x.Silence, x.Author, x.Group = city.SilenceID(r.string()), city.AccountID(r.string()), r.string()
		x.Since, x.Changes, x.Until = r.instant(), int(r.uint()), r.instant()
		st.Suppressed = append(st.Suppressed, x)
	}
	return st
}

func (r *parser) silence() (s Silence) {
	s.ID, s.Author, s.Post, s.Reason = city.SilenceID(r.string()), city.AccountID(r.string()), city.PostID(r.string()), r.string()
	s.Match = Matchers{Rules: listOf[city.RuleID](r), Entities: listOf[city.EntityID](r), Areas: listOf[string](r)}
	for range r.count() {
		s.Match.Severities = append(s.Match.Severities, city.Severity(r.uint()))
	}
	s.Begin, s.End, s.CreatedAt = r.instant(), r.instant(), r.instant()
	s.Version = int64(r.instant())
	s.Made = Place{r.uint(), city.Position(r.uint())}
	return s
}

func listOf[T ~string](r *parser) (list []T) {
	for range r.count() {
		list = append(list, T(r.string()))
	}
	return list
}

// readFlaps passes over rules that have no damping any more.
func (p *Panel) readFlaps(r *parser) {
	for range r.count() {
		k := flapKey{city.RuleID(r.string()), city.EntityID(r.string())}
		f := &flap{}
		for range r.count() {
			f.times = append(f.times, r.instant())
		}
		f.last, f.since, f.changes, f.one = r.instant(), r.instant(), int(r.uint()), city.SituationID(r.string())
		if p.c.dampings[k.rule] != nil {
			p.flaps[k] = f
		}
	}
}

func (p *Panel) readGroups(r *parser) {
	for range r.count() {
		g := &gathering{name: r.string(), waiting: map[*entry]struct{}{}}
		g.first, g.told = r.instant(), r.instant()
		for _, rule := range p.c.groups {
			if id := rule.ID(); g.name == id || len(g.name) > len(id) && g.name[:len(id)+1] == id+" " {
				g.rule = rule
			}
		}
		p.groups[g.name] = g
	}
}
