package catalog

import (
	"regexp"

	"citybrain/city"
)

// Standard is the data standard (数据标准) of one entity type: which fields it
// has and what each of them means. It is immutable.
type Standard struct {
	Type        city.EntityType
	Version     string
	Name        city.Names
	Description city.Names
	Class       string // field of business, such as "transport/road"
	Model       string // the published data model it follows, or ""
	Fields      []Field
	File        string // where it is written
	Line        int

	index map[city.AttributeName]int
}

// Field is one attribute of a standard.
type Field struct {
	Name        city.AttributeName
	Kind        city.ValueKind
	Unit        city.Unit // numbers only; C62 for counts
	Class       string
	Grade       city.Grade
	Required    bool // an entity without it breaks the standard
	Observed    bool // its value comes as readings with a time of their own
	Description city.Names
	// Title is what people read beside a value: a word or two. Empty if the file
	// gives none; see Called.
	Title city.Names

	Min, Max *float64              // numbers: bounds, both allowed values
	Integer  bool                  // numbers: no fraction
	OneOf    []string              // texts: the only values, nil for any
	Values   map[string]city.Names // texts: what people read instead of a value of OneOf
	Pattern  *regexp.Regexp        // texts: what a value must match, nil for any
	Length   int                   // texts: most characters, 0 for no limit
	Geometry []city.PlaceKind      // places: the only geometry types, nil for any
	Target   city.EntityType       // relations: the type pointed to, "" for any
	Line     int
}

// Field is the field with a name, or nil.
func (s *Standard) Field(name city.AttributeName) *Field {
	if i, ok := s.index[name]; ok {
		return &s.Fields[i]
	}
	return nil
}

// Called is what people call the field: its title, or else what it is described
// as.
func (f *Field) Called() city.Names {
	if f.Title == (city.Names{}) {
		return f.Description
	}
	return f.Title
}

// Symbol is the unit as people read it beside a value: "" where there is none,
// as for a count.
func (f *Field) Symbol() string {
	if f.Unit == "C62" {
		return ""
	}
	symbol, _ := UnitSymbol(f.Unit)
	return symbol
}

// Grade is the grade of the whole: the strictest of its fields.
func (s *Standard) Grade() city.Grade {
	g := city.L1
	for i := range s.Fields {
		g = max(g, s.Fields[i].Grade)
	}
	return g
}

// FieldNames lists the names of the fields in the order of the file.
func (s *Standard) FieldNames() []string {
	names := make([]string, len(s.Fields))
	for i := range s.Fields {
		names[i] = string(s.Fields[i].Name)
	}
	return names
}

var kindNames = map[string]city.ValueKind{
	"number": city.Number, "text": city.Text, "bool": city.Bool, "time": city.Time,
	"place": city.Geo, "relation": city.Relation, "json": city.JSON,
}

// KindHint lists the kinds that a field may have.
const KindHint = "a kind is one of: number, text, bool, time, place, relation, json"

// KindOf is the kind with a name as files write it, or city.None.
func KindOf(name string) city.ValueKind { return kindNames[name] }

// KindName is the name of a kind as files write it, or "".
func KindName(k city.ValueKind) string {
	for name, kind := range kindNames {
		if kind == k {
			return name
		}
	}
	return ""
}
