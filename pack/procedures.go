package pack

import (
	"fmt"
	"slices"

	"citybrain/casework"
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/rule"
)

// Procedures are the procedures of all packs, compiled for the city: a role is
// its first agency with the role, the owner of an entity that of Owner. What they
// open depends on the situation alone, never on what the city knows meanwhile.
func (c *City) Procedures() *casework.Procedures { return c.procedures }

// readProcedures reads the procedures of a pack, whose rules have been read.
func (p *Pack) readProcedures(files []document) city.Faults {
	var fs city.Faults
	for _, d := range files {
		proc, faults := casework.ParseProcedure(d.file, d.data)
		proc.Pack = p.Name
		fs = append(fs, faults.Besides(p.checkProcedure(proc))...)
		p.Procedures = append(p.Procedures, proc)
	}
	_, faults := casework.NewProcedures(p.Procedures, casework.Resolver{RoleAgency: func(role string) (city.AgencyID, bool) { return city.AgencyID(role), true }})
	return append(fs.Besides(faults), p.checkChosen()...)
}

func (p *Pack) checkProcedure(proc *casework.Procedure) city.Faults {
	var fs city.Faults
	on := at(proc.File, proc.Line)
	if proc.On != "" {
		_, fs = p.nameSituation(proc.On, on)
	}
	for _, part := range append([]casework.Part{proc.Lead}, proc.Assists...) {
		here := at(part.File, part.Line)
		if part.Role != "" && p.manifest.Needs.Has("roles") && !slices.Contains(p.Needs.Roles, part.Role) {
			hint := catalog.DidYouMean(part.Role, p.Needs.Roles)
			if hint == "" {
				hint = "list it under needs.roles in pack.yaml"
			}
			fs = append(fs, here("undeclared-role", hint, "the procedure %s asks for the role %s, which the pack does not say it needs", proc.Name, part.Role))
		}
		if part.Evidence != "" {
			fs = append(fs, p.checkEvidence(proc, part.Evidence, here)...)
		}
	}
	return fs
}

// checkEvidence says that no situation of a procedure's rule can have an entity
// of a type in its evidence.
func (p *Pack) checkEvidence(proc *casework.Procedure, want city.EntityType, here faultAt) city.Faults {
	if p.Standard(want) == nil && !p.unread[want] {
		return city.Faults{here("unknown-type", p.typeHint(string(want)), "the pack has no standard for %s", want)}
	}
	i := slices.IndexFunc(p.Rules, func(r *rule.Rule) bool { return r.ID() == proc.Rule() })
	if i < 0 {
		return nil
	}
	types, open := p.evidenceOf(p.Rules[i])
	if open || slices.Contains(types, want) {
		return nil
	}
	return city.Faults{here("never-evidence", "the evidence are the entities that the rule and its joins look at",
		"no %s can be in the evidence of %s", want, proc.On)}
}

// evidenceOf lists the types of the entities that a rule's situations may have
// in their evidence; open if a join is over a situation of another pack.
func (p *Pack) evidenceOf(r *rule.Rule) (types []city.EntityType, open bool) {
	for _, t := range r.Types() {
		types = append(types, t.Type)
	}
	for _, name := range joinedIn(rule.Join{Near: r.Spec().Near, Related: r.Spec().Related, Any: r.Spec().Any, All: r.Spec().All}) {
		i := slices.IndexFunc(p.Rules, func(r *rule.Rule) bool { return r.ID() == p.ruleID(name) })
		if i < 0 {
			return nil, true
		}
		types = append(types, p.Rules[i].Entity())
	}
	return types, false
}

// joinedIn lists the situations that a join names.
func joinedIn(j rule.Join) (names []string) {
	if j.Near != nil && j.Near.Situation != "" {
		names = append(names, j.Near.Situation)
	}
	if j.Related != nil {
		names = append(names, j.Related.Situation)
	}
	for _, below := range append(slices.Clone(j.Any), j.All...) {
		names = append(names, joinedIn(below)...)
	}
	return names
}

// compileProcedures compiles the procedures of all packs for the city, and says
// which of them would stand still in it.
func (c *City) compileProcedures(postsFile string) city.Faults {
	var list []*casework.Procedure
	for _, p := range c.Packs {
		list = append(list, p.Procedures...)
	}
	compiled, fs := casework.NewProcedures(list, casework.Resolver{RoleAgency: c.withRole, Owner: c.Owner, TypeOf: c.TypeOf, Chosen: chosen(c.Rules())})
	c.procedures = compiled
	// A role that is missing is said of the pack that needs it.
	fs = slices.DeleteFunc(fs, func(f city.Fault) bool { return f.Rule == "unknown-role" })
	for _, proc := range list {
		fs = append(fs, c.checkWorkers(proc, postsFile)...)
	}
	return fs
}

func (c *City) withRole(role string) (city.AgencyID, bool) {
	if list := c.Agencies.WithRole(role); len(list) > 0 {
		return list[0].ID, true
	}
	return "", false
}

// checkWorkers says which agency has nobody for the tasks that a procedure gives
// it: only a dispatcher closes what the agency leads.
func (c *City) checkWorkers(proc *casework.Procedure, postsFile string) city.Faults {
	var fs city.Faults
	for i, role := range proc.Roles() {
		agency, ok := c.withRole(role)
		leads := i == 0 && proc.Lead.Role != ""
		if !ok || slices.ContainsFunc(c.posts, func(q city.Post) bool {
			return q.Agency == agency && (q.Duty == city.Dispatcher || q.Duty == city.Handler && !leads)
		}) {
			continue
		}
		fs = append(fs, city.Fault{File: postsFile, Rule: "missing-post", Hint: "describe a post with the duty dispatcher in this agency",
			Text: fmt.Sprintf("nobody in %s could work on the tasks that the procedure %s gives it", agency, proc.ID())})
	}
	return fs
}

// faultAt makes a fault at one place of a file.
type faultAt func(rule, hint, format string, args ...any) city.Fault

func at(file string, line int) faultAt {
	return func(rule, hint, format string, args ...any) city.Fault {
		return city.Fault{File: file, Line: line, Rule: rule, Hint: hint, Text: fmt.Sprintf(format, args...)}
	}
}

// TypeOf is the type of the entities that have ids of the form of an id: that of
// the feed that brings them.
func (c *City) TypeOf(id city.EntityID) (city.EntityType, bool) {
	if f := c.feedOf(id); f != nil {
		return f.Spec().Type, true
	}
	return "", false
}

// Kind is a kind of case that the city's procedures open.
type Kind struct {
	ID    string
	Title city.Names
}

// Kinds lists the kinds of case in the order of the packs and their procedures,
// each once: by the first kind-title there is, or else by the title of its first
// procedure.
func (c *City) Kinds() []Kind {
	var list []Kind
	named := map[string]bool{}
	for _, p := range c.Packs {
		for _, proc := range p.Procedures {
			i := slices.IndexFunc(list, func(k Kind) bool { return k.ID == proc.Kind })
			if i < 0 {
				i, list = len(list), append(list, Kind{proc.Kind, proc.Title})
			}
			if says := proc.KindTitle != (city.Names{}); says && !named[proc.Kind] {
				list[i].Title, named[proc.Kind] = proc.KindTitle, true
			}
		}
	}
	return list
}
