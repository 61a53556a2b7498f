package pack

import (
	"fmt"
	"slices"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/rule"
)

// readRules parses and compiles the files of rules/ and checks what the rules
// read against the pack's standards and its needs. It notes the names of all
// rules, also of those with faults.
func (p *Pack) readRules(files []document) (fs city.Faults) {
	var specs []rule.Spec
	for _, d := range files {
		list, faults := rule.Parse(d.file, d.data)
		specs, fs = append(specs, list...), append(fs, faults...)
		p.lostRule = p.lostRule || len(list) == 0
	}
	for i := range specs {
		if specs[i].Name != "" {
			p.situations = append(p.situations, specs[i].Name)
		} else {
			p.lostRule = true
		}
	}
	return fs.Besides(p.compileRules(specs))
}

// compileRules makes the pack's rules of specs and checks them.
func (p *Pack) compileRules(specs []rule.Spec) city.Faults {
	rules, faults := rule.Compile(p.Name, specs)
	p.Rules = rules
	for _, r := range rules {
		faults = append(faults, p.checkTypes(r)...)
		for _, u := range r.Uses() {
			faults = append(faults, p.checkUse(r, u)...)
		}
	}
	if p.lostRule {
		faults = withoutUnknownSituations(faults)
	}
	return faults
}

// withoutUnknownSituations is for when a rule that gives the situation may
// stand in a file that could not be read.
func withoutUnknownSituations(fs city.Faults) city.Faults {
	return slices.DeleteFunc(fs, func(f city.Fault) bool { return f.Rule == "unknown-situation" })
}

// checkTypes says which types a rule names that the pack does not describe.
func (p *Pack) checkTypes(r *rule.Rule) city.Faults {
	var fs city.Faults
	for _, t := range r.Types() {
		if p.Standard(t.Type) == nil && !p.unread[t.Type] {
			fs = append(fs, city.Fault{File: r.Spec().File, Line: t.Line, Rule: "unknown-type", Hint: p.typeHint(string(t.Type)),
				Text: fmt.Sprintf("the rule %s looks at %s, for which the pack has no standard", r.Name(), t.Type)})
		}
	}
	return fs
}

// checkUse says what is wrong with a rule reading an attribute: its field must
// be described, of the kind that the rule takes it for, and declared in needs.
func (p *Pack) checkUse(r *rule.Rule, u rule.Use) city.Faults {
	fault := func(rule, hint, format string, args ...any) city.Faults {
		return city.Faults{{File: r.Spec().File, Line: u.Line, Rule: rule, Hint: hint, Text: fmt.Sprintf(format, args...)}}
	}
	std := p.Standard(u.Type)
	if std == nil { // checkTypes says it
		return nil
	}
	field := std.Field(u.Attribute)
	want := u.Kind
	switch {
	case field == nil:
		return fault("unknown-attribute", std.FieldHint(string(u.Attribute)), "the rule %s reads %s, which %s does not have", r.Name(), u.Attribute, u.Type)
	case field.Kind != want && field.Kind != city.None && want != city.None:
		return fault("wrong-kind", "", "the rule %s takes %s of %s for a %s; it is a %s", r.Name(), u.Attribute, u.Type, catalog.KindName(want), catalog.KindName(field.Kind))
	case p.manifest.Needs.Has("fields") && !p.needs(u.Type, u.Attribute):
		return fault("undeclared-use", "list it under needs.fields in pack.yaml", "the rule %s reads %s of %s, which the pack does not say it needs", r.Name(), u.Attribute, u.Type)
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
