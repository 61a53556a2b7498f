package rule

import (
	"fmt"
	"slices"
	"sort"
	"strings"

	"citybrain/city"
)

// maxSlots bounds the attributes that all rules together read of one type.
const maxSlots = 64

// checkOrder finds cycles, and with all set targets that are nowhere.
func checkOrder(rules []*Rule, all bool) city.Faults {
	var faults city.Faults
	byID := map[city.RuleID]*Rule{}
	for _, r := range rules {
		byID[r.id] = r
	}
	for _, r := range rules {
		for _, t := range r.targets {
			other := packOf(t) != packOf(r.id) // of its own pack Compile said it
			if x := byID[t]; x != nil && all && other && slices.Contains(r.except, t) && x.spec.Entity != r.spec.Entity {
				faults = append(faults, r.spec.exceptFault(t, x.spec.Entity))
			}
			if byID[t] == nil && all && other {
				faults = append(faults, city.Fault{File: r.spec.File, Line: r.lineOf(t), Rule: "unknown-situation", Hint: "enable the pack that raises it",
					Text: fmt.Sprintf("rule %s joins over %s, which no enabled pack raises", r.id, t)})
			}
		}
	}
	for _, r := range rules {
		if path := cycle(byID, r); path != nil {
			faults = append(faults, r.spec.Fault("", "cycle", "a rule may join only over situations that do not depend on its own",
				"rules wait for each other: %s", strings.Join(path, " → ")))
		}
	}
	for _, shape := range shapesOf(rules) {
		if len(shape.names) > maxSlots {
			faults = append(faults, rules[0].spec.Fault("", "bound", "", "the rules read %d attributes of %s, the limit is %d", len(shape.names), shape.kind, maxSlots))
		}
	}
	return faults
}

func packOf(id city.RuleID) string {
	pack, _, _ := strings.Cut(string(id), "/")
	return pack
}

// lineOf is the line of the first join over a situation.
func (r *Rule) lineOf(situation city.RuleID) int {
	line := r.spec.Line
	if slices.Contains(r.except, situation) {
		line = r.spec.At("except")
	}
	r.join.walk(func(j *join) {
		if j.situation == situation && line == r.spec.Line {
			line = j.line
		}
	})
	return line
}

// cycle is a way from r back to r, told only at the least of its rules.
func cycle(byID map[city.RuleID]*Rule, r *Rule) []string {
	seen := map[city.RuleID]bool{}
	var path []string
	var visit func(x *Rule) bool
	visit = func(x *Rule) bool {
		path = append(path, string(x.id))
		for _, t := range x.targets {
			if t == r.id {
				path = append(path, string(t))
				return true
			}
			if next := byID[t]; next != nil && !seen[t] {
				seen[t] = true
				if visit(next) {
					return true
				}
			}
		}
		path = path[:len(path)-1]
		return false
	}
	if !visit(r) || string(r.id) != slices.Min(path) {
		return nil
	}
	return path
}

// layersOf gives each rule its layer: 0 for one that joins over no situation,
// otherwise one more than the highest of those it joins over. The rules must
// have passed Check; a cycle that did not is cut where it closes.
func layersOf(rules []*Rule) map[city.RuleID]int {
	byID, layers := map[city.RuleID]*Rule{}, map[city.RuleID]int{}
	for _, r := range rules {
		byID[r.id] = r
	}
	open := map[city.RuleID]bool{}
	var layer func(r *Rule) int
	layer = func(r *Rule) int {
		if n, done := layers[r.id]; done || open[r.id] {
			return n
		}
		open[r.id] = true
		n := 0
		for _, t := range r.targets {
			if x := byID[t]; x != nil {
				n = max(n, layer(x)+1)
			}
		}
		layers[r.id] = n
		return n
	}
	for _, r := range rules {
		layer(r)
	}
	return layers
}

// shape says which attributes the rules read of one entity type, in the order
// of their slots: the place first, the others by name.
type shape struct {
	kind  city.EntityType
	names []city.AttributeName
}

func shapesOf(rules []*Rule) []shape {
	sets := map[city.EntityType]map[city.AttributeName]bool{}
	need := func(t city.EntityType, n city.AttributeName) {
		if sets[t] == nil {
			sets[t] = map[city.AttributeName]bool{}
		}
		if n != city.LocationName {
			sets[t][n] = true
		}
	}
	for _, r := range rules {
		need(r.spec.Entity, city.LocationName)
		for _, u := range r.Uses() {
			need(u.Type, u.Attribute)
		}
	}
	var shapes []shape
	for t, set := range sets {
		names := make([]city.AttributeName, 0, len(set)+1)
		for n := range set {
			names = append(names, n)
		}
		sort.Slice(names, func(i, j int) bool { return names[i] < names[j] })
		shapes = append(shapes, shape{t, append([]city.AttributeName{city.LocationName}, names...)})
	}
	sort.Slice(shapes, func(i, j int) bool { return shapes[i].kind < shapes[j].kind })
	return shapes
}
