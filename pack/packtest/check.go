package packtest

import (
	"slices"

	"citybrain/casework"
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/pack"
)

// Check reports what is wrong with the tests of the pack in dir, without running
// them. What is wrong with the pack itself pack.Load says; as long as there is
// something, only the form of the tests is checked.
func Check(dir string) city.Faults {
	p, faults := pack.Load(dir)
	if len(faults) > 0 {
		return checkForms(p)
	}
	_, faults = prepareAll(p)
	return faults
}

func checkForms(p *pack.Pack) (faults city.Faults) {
	for _, f := range p.Tests {
		_, bad := parse(f.File, f.Data)
		faults = append(faults, bad...)
	}
	return faults
}

// prepared is a test that can be run.
type prepared struct {
	file  *file
	test  *test
	story *story
}

func prepareAll(p *pack.Pack) (all []prepared, faults city.Faults) {
	for _, f := range p.Tests {
		list, bad := prepare(p, f.File, f.Data)
		all, faults = append(all, list...), append(faults, bad...)
	}
	return all, faults
}

// prepare reads a file of tests and turns them into stories; with faults it
// gives none.
func prepare(p *pack.Pack, name string, data []byte) (list []prepared, faults city.Faults) {
	f, faults := parse(name, data)
	var more city.Faults
	for i := range f.Entities {
		more = append(more, checkType(p, f.Entities[i].Type, f.Entities[i].Fault)...)
	}
	for i := range f.Tests {
		t := &f.Tests[i]
		more = append(more, t.check(p)...)
		s, bad := storyOf(p, f, t)
		more = append(more, bad...)
		list = append(list, prepared{f, t, s})
	}
	if faults = once(faults.Besides(more)); len(faults) > 0 {
		return nil, faults
	}
	return list, nil
}

// check says which names of a test the pack does not know.
func (t *test) check(p *pack.Pack) (faults city.Faults) {
	names := ruleNames(p)
	for _, want := range t.Rules {
		faults = append(faults, checkSituation(names, want, t.Fault, "rules")...)
	}
	for i := range t.Expect {
		faults = append(faults, checkSituation(names, t.Expect[i].Situation, t.Expect[i].Fault, "situation")...)
	}
	for i := range t.Cases {
		faults = append(faults, t.Cases[i].check(p)...)
	}
	for i := range t.Entities {
		faults = append(faults, checkType(p, t.Entities[i].Type, t.Entities[i].Fault)...)
	}
	for i := range t.Steps {
		if s := &t.Steps[i]; s.Has("type") {
			faults = append(faults, checkType(p, s.Type, s.Fault)...)
		}
	}
	return faults
}

// check says which names of an expected case the pack does not know.
func (x *caseExpectation) check(p *pack.Pack) (faults city.Faults) {
	var names []string
	roles := []string{ownerName}
	for _, proc := range p.Procedures {
		names = append(names, proc.Name)
		roles = append(roles, proc.Roles()...)
	}
	if !slices.Contains(names, x.Procedure) {
		faults = append(faults, x.Fault("procedure", "unknown-procedure", catalog.DidYouMean(x.Procedure, names), "the pack has no procedure %q", x.Procedure))
	}
	for _, part := range []struct {
		key   string
		roles []string
	}{{"lead", []string{x.Lead}}, {"assist", x.Assist}} {
		for _, role := range part.roles {
			if x.Has(part.key) && !slices.Contains(roles, role) {
				faults = append(faults, x.Fault(part.key, "unknown-role", catalog.DidYouMean(role, roles), "no procedure of the pack asks for the role %q", role))
			}
		}
	}
	if x.Has("state") && !slices.Contains(casework.States, casework.State(x.State)) {
		faults = append(faults, x.Fault("state", "unknown-state", "filed, dispatched or closed: nobody moves in a story", "%q is not a state of a case", x.State))
	}
	if x.Has("closed") && x.Closed != string(casework.DataFault) {
		faults = append(faults, x.Fault("closed", "unknown-outcome", "the program closes a case only as data-fault", "a procedure closes no case as %q", x.Closed))
	}
	return faults
}

type faultAt func(key, rule, hint, format string, args ...any) city.Fault

func checkSituation(rules []string, name string, fault faultAt, key string) city.Faults {
	if slices.Contains(rules, name) {
		return nil
	}
	return city.Faults{fault(key, "unknown-situation", catalog.DidYouMean(name, rules), "no rule of the pack raises %q", name)}
}

func ruleNames(p *pack.Pack) []string {
	names := make([]string, len(p.Rules))
	for i, r := range p.Rules {
		names[i] = r.Name()
	}
	return names
}

// checkType says that nothing of the pack knows a type: such a story would test
// nothing.
func checkType(p *pack.Pack, name string, fault faultAt) city.Faults {
	known := p.Types()
	for _, r := range p.Rules {
		for _, t := range r.Types() {
			known = append(known, string(t.Type))
		}
	}
	if slices.Contains(known, name) {
		return nil
	}
	hint := catalog.DidYouMean(name, known)
	if hint == "" {
		hint = "types of the pack are described in its standards/"
	}
	return city.Faults{fault("type", "unknown-type", hint, "the pack knows no type %s", name)}
}

// checkAttribute says that a type has no such attribute. Of a type without a
// data standard the rules say which there are.
func checkAttribute(p *pack.Pack, t city.EntityType, name city.AttributeName, fault faultAt) city.Faults {
	if std := p.Standard(t); std != nil {
		if std.Field(name) != nil {
			return nil
		}
		return city.Faults{fault("values", "unknown-attribute", std.FieldHint(string(name)), "%s has no field %s", t, name)}
	}
	known := []string{string(city.LocationName)}
	for _, r := range p.Rules {
		for _, u := range r.Uses() {
			if u.Type == t {
				known = append(known, string(u.Attribute))
			}
		}
	}
	if slices.Contains(known, string(name)) {
		return nil
	}
	return city.Faults{fault("values", "unknown-attribute", catalog.DidYouMean(string(name), known), "no rule reads %s of %s", name, t)}
}

// once leaves each fault once: the entities of a file belong to all its tests.
func once(faults city.Faults) city.Faults {
	var out city.Faults
	for _, f := range faults {
		if !slices.Contains(out, f) {
			out = append(out, f)
		}
	}
	return out
}
