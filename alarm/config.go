package alarm

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"time"

	"citybrain/city"
)

// File is one alarm file: of a pack, or of a city definition, whose Pack is "".
type File struct {
	Pack      string
	File      string
	Groups    []Group
	Inhibits  []Inhibit
	Dampings  []Damping
	Reminders []Reminder
}

// Entry is what every entry of a file has.
type Entry struct {
	Pack  string
	Name  string
	Title city.Names
	File  string
	Line  int
}

// ID is "pack/name", or the name alone in a city definition.
func (e *Entry) ID() string {
	if e.Pack == "" {
		return e.Name
	}
	return e.Pack + "/" + e.Name
}

// Every stands in a list of rules for all of the pack, or of the city.
const Every city.RuleID = "*"

// Group announces situations together that have the same values of By. The
// first one waits for Wait, so that others can join it; after an announcement
// the next follows Interval later at the soonest.
type Group struct {
	Entry
	Rules    []city.RuleID
	By       []By
	Wait     time.Duration
	Interval time.Duration
}

// By is something that situations of a group have in common.
type By string

// What can be common.
const (
	ByRule     By = "rule"
	ByEntity   By = "entity"
	ByArea     By = "area" // the smallest area of the city that holds the middle of the place
	BySeverity By = "severity"
)

// Inhibit suppresses situations of the child rules while one of a parent rule is
// up to which they have the relation.
type Inhibit struct {
	Entry
	Parents  []city.RuleID
	Children []city.RuleID
	Where    Relation
}

// Relation is how a child is related to its parent. One field is set.
type Relation struct {
	SameEntity bool
	SameArea   bool
	Within     float64 // metres between the closest positions of their places
	Evidence   bool    // the entity of one is in the evidence of the other
}

// Damping holds situations of one rule and entity back that are raised and
// cleared more than Changes times within Within, until they have not changed for
// Stable.
type Damping struct {
	Entry
	Rules   []city.RuleID
	Changes int
	Within  time.Duration
	Stable  time.Duration
}

// Reminder announces a situation again that is still up, every Every.
type Reminder struct {
	Entry
	Rules []city.RuleID
	Every time.Duration
}

// Area is a named piece of the city.
type Area struct {
	ID    string
	Place *city.Place
}

// Config is what the alarm files of a city say, compiled. It is immutable and
// may be used by many panels.
type Config struct {
	groups    map[city.RuleID]*Group
	dampings  map[city.RuleID]*Damping
	reminders map[city.RuleID]*Reminder
	inhibits  []*Inhibit // with the rules that Every means
	asParent  map[city.RuleID][]*Inhibit
	asChild   map[city.RuleID][]*Inhibit
	areas     []Area // from the smallest to the largest
	byArea    bool   // areas matter to groups or relations
	print     string
}

// Compile puts the files of a city together: those of its packs in the order of
// the packs, its own last. rules are all the city has. Of several groups,
// dampings or reminders for one rule, one that names it goes before one for every
// rule, and then the first holds. Faults are situations that could hide each
// other, so that nobody would be told of either.
func Compile(files []File, rules []city.RuleID, areas []Area) (*Config, city.Faults) {
	c := &Config{
		groups: map[city.RuleID]*Group{}, dampings: map[city.RuleID]*Damping{}, reminders: map[city.RuleID]*Reminder{},
		asParent: map[city.RuleID][]*Inhibit{}, asChild: map[city.RuleID][]*Inhibit{}, areas: bySize(areas),
	}
	for _, explicit := range []bool{true, false} {
		for i := range files {
			c.enter(&files[i], rules, explicit)
		}
	}
	sum := sha256.New()
	for i := range files {
		for k := range files[i].Inhibits {
			c.inhibit(&files[i].Inhibits[k], rules)
		}
		fmt.Fprintf(sum, "%+v\n", withoutLines(files[i]))
	}
	for i := range c.areas {
		fmt.Fprintf(sum, "%s %+v\n", c.areas[i].ID, *c.areas[i].Place)
	}
	c.print = hex.EncodeToString(sum.Sum(nil)[:16])
	return c, c.cycles()
}

// Fingerprint is equal for files that decide alike.
func (c *Config) Fingerprint() string { return c.print }

// withoutLines is a file without where it lies and what decides nothing.
func withoutLines(f File) File {
	f.File = ""
	f.Groups, f.Inhibits = slices.Clone(f.Groups), slices.Clone(f.Inhibits)
	f.Dampings, f.Reminders = slices.Clone(f.Dampings), slices.Clone(f.Reminders)
	bare := func(e *Entry) { e.File, e.Line, e.Title = "", 0, city.Names{} }
	for i := range f.Groups {
		bare(&f.Groups[i].Entry)
	}
	for i := range f.Inhibits {
		bare(&f.Inhibits[i].Entry)
	}
	for i := range f.Dampings {
		bare(&f.Dampings[i].Entry)
	}
	for i := range f.Reminders {
		bare(&f.Reminders[i].Entry)
	}
	return f
}

// enter enters what holds for one rule at most once: entries that name rules, or
// those for every rule.
func (c *Config) enter(f *File, rules []city.RuleID, explicit bool) {
	for i := range f.Groups {
		enter(c.groups, &f.Groups[i], f.Pack, f.Groups[i].Rules, rules, explicit)
		c.byArea = c.byArea || slices.Contains(f.Groups[i].By, ByArea)
	}
	for i := range f.Dampings {
		enter(c.dampings, &f.Dampings[i], f.Pack, f.Dampings[i].Rules, rules, explicit)
	}
	for i := range f.Reminders {
		enter(c.reminders, &f.Reminders[i], f.Pack, f.Reminders[i].Rules, rules, explicit)
	}
}

func enter[T any](into map[city.RuleID]*T, entry *T, pack string, named, rules []city.RuleID, explicit bool) {
	if slices.Contains(named, Every) == explicit {
		return
	}
	for _, id := range meant(pack, named, rules) {
		if into[id] == nil {
			into[id] = entry
		}
	}
}

// meant lists the rules that a list of a file means.
func meant(pack string, named, rules []city.RuleID) []city.RuleID {
	if !slices.Contains(named, Every) {
		return named
	}
	var all []city.RuleID
	for _, id := range rules {
		if pack == "" || packOf(id) == pack {
			all = append(all, id)
		}
	}
	return all
}

func packOf(id city.RuleID) string {
	for i := range id {
		if id[i] == '/' {
			return string(id[:i])
		}
	}
	return ""
}

func (c *Config) inhibit(written *Inhibit, rules []city.RuleID) {
	h := *written
	h.Parents, h.Children = meant(h.Pack, h.Parents, rules), meant(h.Pack, h.Children, rules)
	c.inhibits = append(c.inhibits, &h)
	c.byArea = c.byArea || h.Where.SameArea
	for _, id := range h.Parents {
		c.asParent[id] = append(c.asParent[id], &h)
	}
	for _, id := range h.Children {
		c.asChild[id] = append(c.asChild[id], &h)
	}
}

// bySize orders areas from the smallest, those of one size by id.
func bySize(areas []Area) []Area {
	out := slices.Clone(areas)
	out = slices.DeleteFunc(out, func(a Area) bool { return a.Place == nil || len(a.Place.Points) == 0 })
	slices.SortStableFunc(out, func(a, b Area) int {
		x, y := extent(a.Place), extent(b.Place)
		switch {
		case x < y:
			return -1
		case x > y:
			return 1
		case a.ID < b.ID:
			return -1
		case a.ID > b.ID:
			return 1
		}
		return 0
	})
	return out
}

// extent is the area within the first ring of a place, in square degrees.
func extent(p *city.Place) float64 {
	ring := p.Points
	if len(p.Rings) > 0 {
		ring = ring[:p.Rings[0]]
	}
	sum := 0.0
	for i := range ring {
		a, b := ring[i], ring[(i+1)%len(ring)]
		sum += a.Lon*b.Lat - b.Lon*a.Lat
	}
	if sum < 0 {
		return -sum / 2
	}
	return sum / 2
}

// areaOf is the smallest area that holds the middle of a place, or "".
func (c *Config) areaOf(p *city.Place) string {
	if p == nil || len(p.Points) == 0 {
		return ""
	}
	middle := p.Center()
	for i := range c.areas {
		if c.areas[i].Place.DistanceFrom(middle) == 0 {
			return c.areas[i].ID
		}
	}
	return ""
}

// liesIn says whether the middle of a place lies in one of the areas with ids.
func (c *Config) liesIn(p *city.Place, ids []string) bool {
	if p == nil || len(p.Points) == 0 {
		return false
	}
	middle := p.Center()
	return slices.ContainsFunc(c.areas, func(a Area) bool {
		return slices.Contains(ids, a.ID) && a.Place.DistanceFrom(middle) == 0
	})
}
