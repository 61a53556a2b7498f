package alarm

import (
	"strings"

	"citybrain/city"
)

// gathering is a group in which situations wait, or that was announced so
// recently that the next must wait.
type gathering struct {
	rule    *Group
	name    string // "pack/name" and the common values
	waiting map[*entry]struct{}
	first   city.Instant // since when the first of them waits
	told    city.Instant // when the group was announced last; 0: never
	open    bool         // it is announced in this round
}

// due is when what waits is announced.
func (g *gathering) due() city.Instant {
	due := g.first.Add(g.rule.Wait)
	if g.told != 0 {
		due = max(due, g.told.Add(g.rule.Interval))
	}
	return due
}

// wake is when the group has something to do, or can be forgotten.
func (g *gathering) wake() city.Instant {
	if len(g.waiting) > 0 {
		return g.due()
	}
	return g.told.Add(g.rule.Interval)
}

// isDue says whether the group is to be announced now.
func (p *Panel) isDue(g *gathering) bool {
	return p.reached(g.first, g.rule.Wait) && (g.told == 0 || p.reached(g.told, g.rule.Interval))
}

// openGroups opens the groups that are due.
func (p *Panel) openGroups() {
	for _, g := range p.groups {
		if len(g.waiting) > 0 && p.isDue(g) {
			g.open = true
			for e := range g.waiting {
				p.mark(e)
			}
		}
	}
}

// gather is why an entry waits for its group; nil if it is announced now.
func (p *Panel) gather(e *entry) []city.Suppression {
	rule := p.c.groups[e.s.Rule]
	if rule == nil {
		return nil
	}
	name, ok := rule.nameFor(e)
	if !ok {
		return nil
	}
	g := p.groups[name]
	if g == nil {
		g = &gathering{rule: rule, name: name, waiting: map[*entry]struct{}{}}
		p.groups[name] = g
	}
	if len(g.waiting) == 0 && !g.open {
		g.first = p.now
	}
	g.waiting[e] = struct{}{}
	e.group = g
	if g.open = g.open || p.isDue(g); g.open {
		g.told, e.s.Standing.Group = p.now, name
		return nil
	}
	return []city.Suppression{{Way: city.Grouped, Rule: rule.ID(), Group: name, Until: g.due()}}
}

// ungather takes an entry from those that wait.
func (p *Panel) ungather(e *entry) {
	if e.group != nil {
		delete(e.group.waiting, e)
		e.group = nil
	}
}

// closeGroups ends the announcing of this round, and forgets the groups that
// need not wait for anything.
func (p *Panel) closeGroups() {
	for name, g := range p.groups {
		if g.open {
			g.open = false
			for e := range g.waiting {
				if !e.s.Standing.Quiet() {
					p.ungather(e)
				}
			}
		}
		if len(g.waiting) == 0 && (g.told == 0 || p.reached(g.told, g.rule.Interval)) {
			delete(p.groups, name)
		}
	}
}

// nameFor is the name of the group that an entry belongs to; false if it lacks
// what the group has in common, and is announced by itself.
func (g *Group) nameFor(e *entry) (string, bool) {
	parts := []string{g.ID()}
	for _, by := range g.By {
		value := map[By]string{ByRule: string(e.s.Rule), ByEntity: string(e.s.Entity), ByArea: e.area, BySeverity: e.s.Severity.String()}[by]
		if value == "" {
			return "", false
		}
		parts = append(parts, value)
	}
	return strings.Join(parts, " "), true
}
