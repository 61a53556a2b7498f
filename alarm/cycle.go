package alarm

import (
	"strings"

	"citybrain/city"
)

// cycles finds rules whose situations could hide each other, directly or through
// others: what hides must itself be told, or be hidden by something that is.
func (c *Config) cycles() city.Faults {
	var fs city.Faults
	for _, h := range c.inhibits {
		if way := c.wayBack(h); way != nil {
			fs = append(fs, city.Fault{File: h.File, Line: h.Line, Rule: "hides-itself", Hint: "leave one of them out of parent or children",
				Text: "the inhibition " + h.Name + " lets situations hide each other, so that nobody would be told: " + strings.Join(way, " hides ")})
		}
	}
	return fs
}

// wayBack is a chain from a parent of h over a child of it back to the parent,
// or nil.
func (c *Config) wayBack(h *Inhibit) []string {
	for _, parent := range h.Parents {
		for _, child := range h.Children {
			if way := c.way(child, parent, map[city.RuleID]bool{}); way != nil {
				return append([]string{string(parent)}, way...)
			}
		}
	}
	return nil
}

// way is a chain of what hides what, from a rule to another.
func (c *Config) way(from, to city.RuleID, been map[city.RuleID]bool) []string {
	if from == to {
		return []string{string(to)}
	}
	if been[from] {
		return nil
	}
	been[from] = true
	for _, h := range c.asParent[from] {
		for _, child := range h.Children {
			if rest := c.way(child, to, been); rest != nil {
				return append([]string{string(from)}, rest...)
			}
		}
	}
	return nil
}
