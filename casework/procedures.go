package casework

import (
	"fmt"
	"slices"
	"strings"

	"citybrain/city"
)

// Resolver finds the agencies that procedures mean in one city.
type Resolver struct {
	// RoleAgency is the agency with a role: the first of the city's, if several
	// have it.
	RoleAgency func(role string) (city.AgencyID, bool)
	// Owner is the agency that owns the source of an entity, if it is known now.
	Owner func(city.EntityID) (city.AgencyID, bool)
	// TypeOf is the type of an entity whose id does not say it, if it is known
	// now. May be nil.
	TypeOf func(city.EntityID) (city.EntityType, bool)
	// Chosen are procedures ("pack/name") by the rules that name one: their
	// situations start it instead of the one that is on the rule.
	Chosen map[city.RuleID]string
}

// Procedures are the procedures of a city's packs, with their roles turned into
// the city's agencies. It is immutable and safe for concurrent use.
type Procedures struct {
	byRule map[city.RuleID]*Procedure
	byID   map[string]*Procedure
	roles  map[string]city.AgencyID
	r      Resolver
}

// NewProcedures compiles the procedures of a city. Faults are roles that no
// agency has and situations that would open two cases.
func NewProcedures(list []*Procedure, r Resolver) (*Procedures, city.Faults) {
	ps := &Procedures{byRule: map[city.RuleID]*Procedure{}, byID: map[string]*Procedure{}, roles: map[string]city.AgencyID{}, r: r}
	var fs city.Faults
	for _, p := range list {
		if first := ps.byRule[p.Rule()]; first != nil {
			fs = append(fs, p.fault("two-cases", "one situation opens one case", "%s opens a case for %s, and so does %s", p.ID(), p.Rule(), first.ID()))
			continue
		}
		ps.byRule[p.Rule()], ps.byID[p.ID()] = p, p
		fs = append(fs, ps.resolve(p)...)
	}
	return ps, fs
}

func (p *Procedure) fault(rule, hint, format string, args ...any) city.Fault {
	return city.Fault{File: p.File, Line: p.Line, Rule: rule, Text: fmt.Sprintf(format, args...), Hint: hint}
}

func (ps *Procedures) resolve(p *Procedure) (fs city.Faults) {
	for _, part := range p.parts() {
		if part.Role == "" || ps.roles[part.Role] != "" {
			continue
		}
		agency, ok := ps.r.RoleAgency(part.Role)
		if !ok {
			fs = append(fs, city.Fault{File: part.File, Line: part.Line, Rule: "unknown-role",
				Text: fmt.Sprintf("no agency of the city has the role %s", part.Role), Hint: "give the role to an agency in agencies.yaml"})
		}
		ps.roles[part.Role] = agency
	}
	return fs
}

// For is the procedure that opens the case of a rule's situations, or nil.
func (ps *Procedures) For(r city.RuleID) *Procedure {
	if ps == nil {
		return nil
	}
	if id, named := ps.r.Chosen[r]; named {
		if p := ps.byID[id]; p != nil {
			return p
		}
	}
	return ps.byRule[r]
}

// Procedure is the procedure with an id ("pack/name"), or nil.
func (ps *Procedures) Procedure(id string) *Procedure {
	if ps == nil {
		return nil
	}
	return ps.byID[id]
}

// Checks lists what must be so before the case is closed: texts for whoever
// checks it.
func (ps *Procedures) Checks(c *Case) []city.Names {
	if p := ps.Procedure(c.Procedure); p != nil {
		return p.Checks
	}
	return nil
}

// Orders lists what the case's procedure asks of which agency, the lead's
// first: a proposal to whoever dispatches, with every agency that might assist.
func (ps *Procedures) Orders(c *Case) []Order {
	p := ps.Procedure(c.Procedure)
	if p == nil {
		return nil
	}
	return ps.orders(p, c.Entity, nil)
}

// orders turns the parts of a procedure into orders. Parts that nobody is there
// for are left out, and so is a second part of one agency. If the lead is
// unknown the first order has no agency. With a situation, parts that want
// evidence are left out if it has none.
func (ps *Procedures) orders(p *Procedure, about city.EntityID, s *city.Situation) []Order {
	orders := []Order{{Agency: ps.agency(&p.Lead, about), Text: p.Lead.Order, Limit: p.Lead.Limit}}
	for i := range p.Assists {
		part := &p.Assists[i]
		a := ps.agency(part, about)
		if a == "" || slices.ContainsFunc(orders, func(o Order) bool { return o.Agency == a }) || s != nil && !ps.applies(part, s) {
			continue
		}
		orders = append(orders, Order{Agency: a, Text: part.Order, Limit: part.Limit})
	}
	return orders
}

func (ps *Procedures) agency(part *Part, about city.EntityID) city.AgencyID {
	if !part.Owner {
		return ps.roles[part.Role]
	}
	if ps.r.Owner == nil {
		return ""
	}
	if a, known := ps.r.Owner(about); known {
		return a
	}
	return ""
}

// applies says whether the situation's evidence has what the part asks for.
func (ps *Procedures) applies(part *Part, s *city.Situation) bool {
	return part.Evidence == "" || slices.ContainsFunc(s.Evidence, func(e city.Evidence) bool { return ps.isA(e.Entity, part.Evidence) })
}

// isA tells the type by an id of the form that NGSI-LD recommends (annex A.2),
// urn:ngsi-ld:Type:rest, so that the answer does not depend on what is known now.
func (ps *Procedures) isA(id city.EntityID, want city.EntityType) bool {
	if rest, ok := strings.CutPrefix(string(id), "urn:ngsi-ld:"); ok {
		name, _, found := strings.Cut(rest, ":")
		return found && name == string(want)
	}
	if ps.r.TypeOf == nil {
		return false
	}
	known, ok := ps.r.TypeOf(id)
	return ok && known == want
}
