package pack

import (
	"slices"

	"citybrain/alarm"
	"citybrain/casework"
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
	Standards   []*catalog.Standard   // in the order of their types
	Rules       []*rule.Rule          // in the order of files and of rules in a file
	Alarms      []alarm.File          // in the order of their names
	Procedures  []*casework.Procedure // in the order of their names
	Layers      []Layer               // in the order of files and of layers in a file
	Figures     []Figure              // the same
	Tests       []TestFile            // in the order of their names

	manifest manifest
	texts    map[city.EntityType]string // the text of each standard's file
	unread   map[city.EntityType]bool   // types whose standard could not be read
	lostRule bool                       // a file of rules could not be read to the end
	// situations are the names of all rules, also of those with faults.
	situations []string
	namings    []naming
}

// TestFile is a file of the folder tests/. Package packtest knows its form.
type TestFile struct {
	File string // as the user names it
	Data []byte
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
	// Reasons are what people read instead of the words that its rules give as
	// reasons.
	Reasons map[string]city.Names
}

// Types lists the entity types that the pack has a standard for, sorted.
func (p *Pack) Types() []string {
	types := make([]string, len(p.Standards))
	for i, s := range p.Standards {
		types[i] = string(s.Type)
	}
	slices.Sort(types)
	return types
}

// typeHint says what to do about a type without a standard.
func (p *Pack) typeHint(name string) string {
	if hint := catalog.DidYouMean(name, p.Types()); hint != "" {
		return hint
	}
	return "describe it in standards/"
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
