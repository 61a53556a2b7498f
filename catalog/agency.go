package catalog

import (
	"slices"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Agencies are the agencies (委办局) of a city in the order of its file. It is
// immutable.
type Agencies struct {
	list []city.Agency
	byID map[city.AgencyID]int
}

type agenciesFile struct {
	strictyaml.Pos
	Note     Text         `yaml:"note"`
	Agencies []agencyFile `yaml:"agencies,required"`
}

type agencyFile struct {
	strictyaml.Pos
	ID    string   `yaml:"id,required"`
	Name  Text     `yaml:"name,required"`
	Roles []string `yaml:"roles,required"`
}

// ParseAgencies reads the agencies file of a city.
func ParseAgencies(file string, data []byte) (*Agencies, city.Faults) {
	var f agenciesFile
	fs := strictyaml.Decode(file, data, &f)
	out := &Agencies{byID: map[city.AgencyID]int{}}
	for i := range f.Agencies {
		a := &f.Agencies[i]
		fs = append(fs, a.check()...)
		id := city.AgencyID(a.ID)
		if _, twice := out.byID[id]; twice {
			fs = append(fs, a.Fault("id", "repeated-agency", "", "the agency %s is described twice", id))
			continue
		}
		out.byID[id] = len(out.list)
		out.list = append(out.list, city.Agency{ID: id, Name: a.Name.Names(), Roles: a.Roles})
	}
	return out, fs
}

func (a *agencyFile) check() city.Faults {
	fs := a.Name.Check()
	if a.Has("id") && !IsIdentifier(a.ID) {
		fs = append(fs, a.Fault("id", "bad-name", IdentifierHint, "the agency id %q is not a name", a.ID))
	}
	if a.Has("roles") && len(a.Roles) == 0 {
		fs = append(fs, a.Fault("roles", "no-roles", "write the roles that packs ask for, such as road-authority", "the agency %s has no roles", a.ID))
	}
	for _, role := range a.Roles {
		if !IsIdentifier(role) {
			fs = append(fs, a.Fault("roles", "bad-name", IdentifierHint, "the role %q is not a name", role))
		}
	}
	return fs
}

// All lists the agencies. The caller changes nothing in it.
func (a *Agencies) All() []city.Agency { return a.list }

// Agency is the agency with an id.
func (a *Agencies) Agency(id city.AgencyID) (city.Agency, bool) {
	i, ok := a.byID[id]
	if !ok {
		return city.Agency{}, false
	}
	return a.list[i], true
}

// WithRole lists the agencies that have a role.
func (a *Agencies) WithRole(role string) []city.Agency {
	var out []city.Agency
	for _, ag := range a.list {
		if slices.Contains(ag.Roles, role) {
			out = append(out, ag)
		}
	}
	return out
}

// Roles lists every role of the city once, sorted.
func (a *Agencies) Roles() []string {
	var out []string
	for _, ag := range a.list {
		out = append(out, ag.Roles...)
	}
	slices.Sort(out)
	return slices.Compact(out)
}
