package pack

import (
	"fmt"
	"path/filepath"
	"slices"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/rule"
)

// checkRuleAreas says which areas rules name that the city does not have.
func (c *City) checkRuleAreas() city.Faults {
	var ids, kinds []string
	for _, a := range c.Areas {
		ids = append(ids, a.ID)
		if !slices.Contains(kinds, a.Kind) {
			kinds = append(kinds, a.Kind)
		}
	}
	var fs city.Faults
	for _, r := range c.Rules() {
		for _, u := range r.Areas() {
			if f, bad := unknownArea(r, u, ids, kinds); bad {
				f.Hint = orHint(f.Hint, "describe it in "+filepath.Join(c.Dir, "areas.yaml"))
				fs = append(fs, f)
			}
		}
	}
	return fs
}

func unknownArea(r *rule.Rule, u rule.AreaUse, ids, kinds []string) (city.Fault, bool) {
	f := city.Fault{File: r.Spec().File, Line: u.Line, Rule: "unknown-area"}
	switch {
	case u.Any && (slices.Contains(ids, u.Name) || slices.Contains(kinds, u.Name)):
		return f, false
	case u.Any:
		f.Text = fmt.Sprintf("the rule %s names %s, which is neither an area nor a kind of area of the city", r.Name(), u.Name)
		f.Hint = catalog.DidYouMean(u.Name, append(slices.Clone(ids), kinds...))
	case u.Kind && slices.Contains(kinds, u.Name), !u.Kind && slices.Contains(ids, u.Name):
		return f, false
	case u.Kind:
		f.Text = fmt.Sprintf("the rule %s wants areas of the kind %s, of which the city has none", r.Name(), u.Name)
		f.Hint = catalog.DidYouMean(u.Name, kinds)
	default:
		f.Text = fmt.Sprintf("the rule %s names the area %s, which the city does not have", r.Name(), u.Name)
		f.Hint = catalog.DidYouMean(u.Name, ids)
	}
	return f, true
}

func orHint(hint, otherwise string) string {
	if hint == "" {
		return otherwise
	}
	return hint
}

// checkChosen says which procedures rules name that the pack does not have.
func (p *Pack) checkChosen() city.Faults {
	var names []string
	for _, proc := range p.Procedures {
		names = append(names, proc.Name)
	}
	var fs city.Faults
	for _, r := range p.Rules {
		s := r.Spec()
		if s.Procedure != "" && !slices.Contains(names, s.Procedure) {
			fs = append(fs, s.Fault("procedure", "unknown-procedure", orHint(catalog.DidYouMean(s.Procedure, names), "describe it in procedures/"),
				"the pack has no procedure %s, which the rule %s starts", s.Procedure, r.Name()))
		}
	}
	return fs
}

// Chosen are the procedures that the pack's rules name, for casework.Resolver.
func (p *Pack) Chosen() map[city.RuleID]string { return chosen(p.Rules) }

func chosen(rules []*rule.Rule) map[city.RuleID]string {
	out := map[city.RuleID]string{}
	for _, r := range rules {
		if id := r.Procedure(); id != "" {
			out[r.ID()] = id
		}
	}
	return out
}
