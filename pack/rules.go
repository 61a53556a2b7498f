package pack

import (
	"slices"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/rule"
)

// readRules parses and compiles the files of rules/ and checks what the rules
// read against the pack's standards and its needs. It returns the names of all
// rules, also of those with faults.
func (p *Pack) readRules(files []document) (names []string, fs city.Faults) {
	var specs []rule.Spec
	for _, d := range files {
		list, faults := rule.Parse(d.file, d.data)
		specs, fs = append(specs, list...), append(fs, faults...)
	}
	for i := range specs {
		if specs[i].Name != "" {
			names = append(names, specs[i].Name)
		}
	}
	if len(fs) > 0 {
		return names, fs
	}
	p.Rules, fs = rule.Compile(p.Name, specs)
	for _, r := range p.Rules {
		for _, u := range r.Uses() {
			fs = append(fs, p.checkUse(r, u)...)
		}
	}
	return names, fs
}

// checkUse says what is wrong with a rule reading an attribute: its field must
// be described, of the kind that the rule takes it for, and declared in needs.
func (p *Pack) checkUse(r *rule.Rule, u rule.Use) city.Faults {
	spec := r.Spec()
	std := p.Standard(u.Type)
	if std == nil {
		return city.Faults{spec.Fault("rule", "unknown-type", "describe it in standards/", "the rule %s reads %s of %s, for which the pack has no standard", r.Name(), u.Attribute, u.Type)}
	}
	field := std.Field(u.Attribute)
	if field == nil {
		return city.Faults{spec.Fault("rule", "unknown-attribute", fieldsHint(std), "the rule %s reads %s, which %s does not have", r.Name(), u.Attribute, u.Type)}
	}
	want := u.Kind
	if want == city.None {
		want = city.Number
	}
	if field.Kind != want {
		return city.Faults{spec.Fault("rule", "wrong-kind", "", "the rule %s takes %s of %s for a %s; it is a %s", r.Name(), u.Attribute, u.Type, catalog.KindName(want), catalog.KindName(field.Kind))}
	}
	if !p.needs(u.Type, u.Attribute) {
		return city.Faults{spec.Fault("rule", "undeclared-use", "list it under needs.fields in pack.yaml", "the rule %s reads %s of %s, which the pack does not say it needs", r.Name(), u.Attribute, u.Type)}
	}
	return nil
}

func (p *Pack) needs(t city.EntityType, a city.AttributeName) bool {
	return slices.ContainsFunc(p.Needs.Fields, func(n FieldNeed) bool {
		return n.Type == t && slices.Contains(n.Attributes, a)
	})
}

// Rules lists the rules of all packs, in the order of the packs.
func (c *City) Rules() []*rule.Rule {
	var out []*rule.Rule
	for _, p := range c.Packs {
		out = append(out, p.Rules...)
	}
	return out
}
