package pack

import (
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/rule"
)

// Pack is one scenario pack. It is immutable.
type Pack struct {
	Dir         string
	Name        string
	Version     string
	Title       city.Names
	Description city.Names
	Purpose     city.Names // what the data is used for; grants will refer to it
	Needs       Needs
	Gives       Gives
	Standards   []*catalog.Standard // in the order of their types
	Rules       []*rule.Rule        // in the order of files and of rules in a file

	manifest manifest
	texts    map[city.EntityType]string // the text of each standard's file
}

// Needs is what a city must have to run a pack.
type Needs struct {
	Roles  []string // of agencies
	Fields []FieldNeed
}

// FieldNeed names the fields of one type that the pack uses.
type FieldNeed struct {
	Type       city.EntityType
	Attributes []city.AttributeName
}

// Gives is what a pack adds to a city.
type Gives struct {
	Situations []string // the names of its rules, which are the types of situation
}

// Standard is the pack's standard of a type, or nil.
func (p *Pack) Standard(t city.EntityType) *catalog.Standard {
	for _, s := range p.Standards {
		if s.Type == t {
			return s
		}
	}
	return nil
}
