package alarm

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"citybrain/city"
)

// slow decides as the manual says, from the beginning and about everything, each
// time it is asked. It knows neither links nor marks nor when to wake.
type slow struct {
	files    []File
	areas    []Area
	now      city.Instant
	notices  uint64
	commands uint64
	up       []*one
	silences []Silence
	flaps    map[string]*row
	told     map[string]city.Instant // when a group was announced
	first    map[string]city.Instant // since when somebody waits in it
}

type one struct {
	s       city.Situation
	st      city.Standing
	order   uint64
	last    city.Instant // told
	waits   string
	changes int
	since   city.Instant // of the flapping when it was raised
	new     bool
	gone    bool
	said    bool
}

type row struct {
	times   []city.Instant
	last    city.Instant
	since   city.Instant
	changes int
	one     city.SituationID
}

func newSlow(files []File, areas []Area) *slow {
	return &slow{files: files, areas: areas, flaps: map[string]*row{}, told: map[string]city.Instant{}, first: map[string]city.Instant{}}
}

func (p *slow) reached(since city.Instant, d time.Duration) bool {
	return p.now >= since.Add(d)
}

// setBack puts what lies in the future of a clock at its now.
func (p *slow) setBack(now city.Instant) {
	for _, x := range p.up {
		x.last, x.since = min(x.last, now), min(x.since, now)
	}
	for name := range p.told {
		p.told[name] = min(p.told[name], now)
	}
	for name := range p.first {
		p.first[name] = min(p.first[name], now)
	}
	for _, f := range p.flaps {
		f.last, f.since = min(f.last, now), min(f.since, now)
		for i := range f.times {
			f.times[i] = min(f.times[i], now)
		}
	}
}

func (p *slow) apply(clock city.Instant, changed []city.Situation) []city.Situation {
	if clock != 0 && (clock > p.now || clock < p.now.Add(-time.Minute)) {
		if clock < p.now {
			p.setBack(clock)
		}
		p.now = clock
	}
	var round []*one
	var forms []city.Situation
	for _, s := range changed {
		if p.now == 0 {
			p.now = max(s.RaisedAt, s.ClearedAt)
		}
		i := slices.IndexFunc(p.up, func(x *one) bool { return x.s.ID == s.ID })
		if i < 0 {
			p.up = append(p.up, &one{s: s, order: s.Change, new: true})
			i = len(p.up) - 1
		}
		x := p.up[i]
		x.s, x.gone = s, !s.Up()
		p.flap(x)
		round, forms = append(round, x), append(forms, s)
	}
	return p.decideAll(round, forms)
}

func (p *slow) do(c Command) []city.Situation {
	if c.Number <= p.commands {
		return nil
	}
	p.commands, p.now = c.Number, max(p.now, c.At)
	if c.Make != nil {
		p.silences = append(p.silences, *c.Make)
	}
	for i := range p.silences {
		if c.Make == nil && p.silences[i].ID == c.End {
			p.silences[i].EndedAt = c.At
		}
	}
	return p.decideAll(nil, nil)
}

func (p *slow) decideAll(round []*one, forms []city.Situation) (out []city.Situation) {
	p.silences = slices.DeleteFunc(p.silences, func(s Silence) bool { return s.EndedAt != 0 || p.now >= s.End })
	for key, f := range p.flaps {
		d := damping(p.files, city.RuleID(strings.Fields(key)[0]))
		if f.since != 0 && p.reached(f.last, d.Stable) || f.since == 0 && p.reached(f.last, d.Within) {
			delete(p.flaps, key)
		}
	}
	open := map[string]bool{}
	for _, x := range p.up {
		if g := p.groupOf(x); x.waits != "" && !x.gone && p.isDue(x.waits, g) {
			open[x.waits] = true
		}
	}
	slices.SortStableFunc(p.up, func(a, b *one) int { return cmp.Compare(a.order, b.order) })
	for _, x := range p.up {
		if x.gone {
			x.waits = ""
		}
	}
	changed := map[*one]bool{}
	for _, x := range p.up {
		if !x.gone || x.new {
			before := x.st
			p.decide(x, open)
			changed[x] = !slices.Equal(before.Suppressed, x.st.Suppressed) || before.AnnouncedAt != x.st.AnnouncedAt || before.Reminders != x.st.Reminders
		}
		if x.gone {
			x.waits = ""
		}
	}
	for i, x := range round {
		out = append(out, p.say(x, forms[i]))
		changed[x] = false
	}
	for _, x := range p.up {
		if changed[x] {
			out = append(out, p.say(x, x.s))
		}
		x.new = false
	}
	p.up = slices.DeleteFunc(p.up, func(x *one) bool { return x.gone })
	for name, told := range p.told {
		g := p.groupNamed(name)
		if p.reached(told, g.Interval) && !slices.ContainsFunc(p.up, func(x *one) bool { return x.waits == name }) {
			delete(p.told, name)
		}
	}
	return out
}

func (p *slow) say(x *one, s city.Situation) city.Situation {
	p.notices++
	x.st.Notice = p.notices
	if x.st.AnnouncedAt != 0 && x.st.Announced == 0 {
		x.st.Announced = p.notices
	}
	s.Standing = x.st
	return s
}

func (p *slow) decide(x *one, open map[string]bool) {
	var why []city.Suppression
	var longest *Silence
	for i := range p.silences {
		s := &p.silences[i]
		if s.Begin <= p.now && p.matches(s, &x.s) && (longest == nil || s.End > longest.End) {
			longest = s
		}
	}
	if longest != nil {
		why = append(why, city.Suppression{Way: city.Silenced, Silence: longest.ID, Author: longest.Author, Until: longest.End})
	}
	if parent, h := p.parent(x); parent != nil {
		why = append(why, city.Suppression{Way: city.Inhibited, Rule: h.ID(), Situation: parent.s.ID})
	}
	if f := p.flaps[flapName(&x.s)]; f != nil && f.since != 0 && x.since == f.since && f.one != x.s.ID {
		why = append(why, city.Suppression{Way: city.Flapping, Rule: damping(p.files, x.s.Rule).ID(), Since: f.since, Changes: x.changes})
	}
	if len(why) == 0 && x.st.AnnouncedAt == 0 {
		why = p.wait(x, open)
	} else {
		x.waits = ""
	}
	reminder := find(p.files, x.s.Rule, func(f *File) []Reminder { return f.Reminders }, func(r *Reminder) []city.RuleID { return r.Rules })
	switch {
	case len(why) > 0:
	case x.st.AnnouncedAt == 0:
		x.st.AnnouncedAt, x.last = p.now, p.now
	case len(x.st.Suppressed) > 0:
		x.last = p.now
	case reminder != nil && p.reached(x.last, reminder.Every):
		x.st.Reminders++
		x.st.RemindedAt, x.last = p.now, p.now
	}
	x.st.Suppressed = why
}

// wait is why x waits for its group; nil if it is announced.
func (p *slow) wait(x *one, open map[string]bool) []city.Suppression {
	g := p.groupOf(x)
	name := p.nameOf(g, x)
	if name == "" {
		return nil
	}
	waiting := slices.ContainsFunc(p.up, func(y *one) bool { return y.waits == name })
	if !waiting && !open[name] {
		p.first[name] = p.now
	}
	if open[name] || p.isDue(name, g) {
		open[name] = true
		p.told[name], x.st.Group, x.waits = p.now, name, ""
		return nil
	}
	x.waits = name
	due := p.first[name].Add(g.Wait)
	if told := p.told[name]; told != 0 && !p.reached(told, g.Interval) {
		due = max(due, told.Add(g.Interval))
	}
	return []city.Suppression{{Way: city.Grouped, Rule: g.ID(), Group: name, Until: due}}
}

func (p *slow) isDue(name string, g *Group) bool {
	told := p.told[name]
	return p.reached(p.first[name], g.Wait) && (told == 0 || p.reached(told, g.Interval))
}

func (p *slow) groupOf(x *one) *Group {
	return find(p.files, x.s.Rule, func(f *File) []Group { return f.Groups }, func(g *Group) []city.RuleID { return g.Rules })
}

func (p *slow) groupNamed(name string) *Group {
	for i := range p.files {
		for k := range p.files[i].Groups {
			if g := &p.files[i].Groups[k]; g.ID() == strings.Fields(name)[0] {
				return g
			}
		}
	}
	return nil
}

func (p *slow) nameOf(g *Group, x *one) string {
	if g == nil {
		return ""
	}
	name := g.ID()
	for _, by := range g.By {
		v := map[By]string{ByRule: string(x.s.Rule), ByEntity: string(x.s.Entity), BySeverity: x.s.Severity.String(), ByArea: p.area(&x.s)}[by]
		if v == "" {
			return ""
		}
		name += " " + v
	}
	return name
}

// area is the smallest one around the middle of a place; the areas of the tests
// are in that order.
func (p *slow) area(s *city.Situation) string {
	for _, a := range p.areas {
		if s.Place != nil && a.Place.DistanceFrom(s.Place.Center()) == 0 {
			return a.ID
		}
	}
	return ""
}

// find is the first entry that names a rule, or else the first for all.
func find[T any](files []File, rule city.RuleID, list func(*File) []T, rules func(*T) []city.RuleID) *T {
	for _, wanted := range []city.RuleID{rule, Every} {
		for i := range files {
			entries := list(&files[i])
			for k := range entries {
				all := wanted == Every && (files[i].Pack == "" || strings.HasPrefix(string(rule), files[i].Pack+"/"))
				if slices.Contains(rules(&entries[k]), wanted) && (wanted == rule || all) {
					return &entries[k]
				}
			}
		}
	}
	return nil
}

func damping(files []File, rule city.RuleID) *Damping {
	return find(files, rule, func(f *File) []Damping { return f.Dampings }, func(d *Damping) []city.RuleID { return d.Rules })
}

func (p *slow) parent(x *one) (found *one, by *Inhibit) {
	for _, y := range p.up {
		if y == x || y.gone {
			continue
		}
		for i := range p.files {
			for k := range p.files[i].Inhibits {
				h := &p.files[i].Inhibits[k]
				if !slices.Contains(h.Parents, y.s.Rule) || !slices.Contains(h.Children, x.s.Rule) || !p.related(&h.Where, y, x) {
					continue
				}
				if found == nil || y.order < found.order || y.order == found.order && h.ID() < by.ID() {
					found, by = y, h
				}
			}
		}
	}
	return found, by
}

func (p *slow) related(r *Relation, parent, child *one) bool {
	a, b := &parent.s, &child.s
	switch {
	case r.SameEntity:
		return a.Entity == b.Entity
	case r.SameArea:
		return p.area(a) != "" && p.area(a) == p.area(b)
	case r.Evidence:
		return slices.ContainsFunc(a.Evidence, func(e city.Evidence) bool { return e.Entity == b.Entity }) ||
			slices.ContainsFunc(b.Evidence, func(e city.Evidence) bool { return e.Entity == a.Entity })
	}
	return a.Place != nil && b.Place != nil && a.Place.Points[0].Distance(b.Place.Points[0]) <= r.Within // points only
}

func (p *slow) matches(s *Silence, x *city.Situation) bool {
	m := &s.Match
	in := slices.ContainsFunc(p.areas, func(a Area) bool {
		return slices.Contains(m.Areas, a.ID) && x.Place != nil && a.Place.DistanceFrom(x.Place.Center()) == 0
	})
	return (m.Rules == nil || slices.Contains(m.Rules, x.Rule)) && (m.Entities == nil || slices.Contains(m.Entities, x.Entity)) &&
		(m.Severities == nil || slices.Contains(m.Severities, x.Severity)) && (m.Areas == nil || in)
}

func flapName(s *city.Situation) string { return string(s.Rule) + " " + string(s.Entity) }

func (p *slow) flap(x *one) {
	d := damping(p.files, x.s.Rule)
	if d == nil {
		return
	}
	f := p.flaps[flapName(&x.s)]
	if f == nil {
		f = &row{}
		p.flaps[flapName(&x.s)] = f
	}
	at := max(min(max(x.s.RaisedAt, x.s.ClearedAt), p.now), f.last)
	if f.since != 0 && at >= f.last.Add(d.Stable) {
		*f = row{}
	}
	f.last, f.times = at, append(f.times, at)
	count := 0
	earliest := at
	for _, t := range slices.Backward(f.times) {
		if at < t.Add(d.Within) && count <= d.Changes {
			count++
			earliest = t
		}
	}
	if f.since != 0 {
		f.changes++
	} else if count > d.Changes {
		f.since, f.changes = earliest, count
	}
	if f.since != 0 && !x.gone {
		x.changes, x.since = f.changes, f.since
		if f.one == "" {
			f.one, x.st.Flapping = x.s.ID, true
		}
	}
}
