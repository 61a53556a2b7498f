package catalog

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"citybrain/city"
)

// Breach is one way in which an entity breaks its standard.
type Breach struct {
	Attribute city.AttributeName
	Rule      string // the key of the standard that is broken: required, kind, unit, min, …
	Text      string // what is wrong, with the value at fault
}

// String is "attribute: rule: text".
func (b Breach) String() string { return fmt.Sprintf("%s: %s: %s", b.Attribute, b.Rule, b.Text) }

// Check reports every breach of s by attributes, first those of fields in the
// order of the standard, then unknown attributes in the order given. With whole
// set, required fields that are missing are breaches too. A unit that is not
// stated is taken as the standard's.
func (s *Standard) Check(attributes []city.Attribute, whole bool) []Breach {
	var out []Breach
	for i := range s.Fields {
		f := &s.Fields[i]
		at := slices.IndexFunc(attributes, func(a city.Attribute) bool { return a.Name == f.Name })
		if at < 0 {
			if whole && f.Required {
				out = append(out, Breach{f.Name, "required", "is missing"})
			}
			continue
		}
		out = f.check(out, &attributes[at])
	}
	for i := range attributes {
		if s.Field(attributes[i].Name) == nil {
			out = append(out, Breach{attributes[i].Name, "unknown-field", "is not a field of " + string(s.Type)})
		}
	}
	return out
}

// Fault is the first breach by the attributes that s knows, or "". It is the
// check of every change on its way in and does not allocate when all is well.
func (s *Standard) Fault(attributes []city.Attribute) string {
	for i := range attributes {
		a := &attributes[i]
		if f := s.Field(a.Name); f != nil && !f.fits(a) {
			return fmt.Sprintf("%s (data standard %s)", f.check(nil, a)[0], s.Type)
		}
	}
	return ""
}

// fits says whether check finds nothing.
func (f *Field) fits(a *city.Attribute) bool {
	if a.Value.Kind != f.Kind || a.Unit != "" && a.Unit != f.Unit {
		return false
	}
	rule := ""
	switch f.Kind {
	case city.Number:
		rule, _ = f.checkNumber(a.Value)
	case city.Text:
		rule, _ = f.checkText(a.Value)
	case city.Geo:
		rule, _ = f.checkPlace(a.Value)
	}
	return rule == ""
}

func (f *Field) check(out []Breach, a *city.Attribute) []Breach {
	if a.Value.Kind != f.Kind {
		return append(out, Breach{f.Name, "kind", fmt.Sprintf("is a %s, want a %s", KindName(a.Value.Kind), KindName(f.Kind))})
	}
	if a.Unit != "" && a.Unit != f.Unit {
		out = append(out, Breach{f.Name, "unit", fmt.Sprintf("%s, want %s", a.Unit, f.Unit)})
	}
	for _, check := range []func(city.Value) (string, string){f.checkNumber, f.checkText, f.checkPlace} {
		if rule, text := check(a.Value); rule != "" {
			out = append(out, Breach{f.Name, rule, text})
		}
	}
	return out
}

func (f *Field) checkNumber(v city.Value) (rule, text string) {
	switch {
	case v.Kind != city.Number:
	case math.IsNaN(v.Num) || math.IsInf(v.Num, 0):
		return "kind", "is not a finite number"
	case f.Min != nil && v.Num < *f.Min:
		return "min", fmt.Sprintf("%v is below %v", v.Num, *f.Min)
	case f.Max != nil && v.Num > *f.Max:
		return "max", fmt.Sprintf("%v is above %v", v.Num, *f.Max)
	case f.Integer && v.Num != math.Trunc(v.Num):
		return "integer", fmt.Sprintf("%v has a fraction", v.Num)
	}
	return "", ""
}

func (f *Field) checkText(v city.Value) (rule, text string) {
	switch {
	case v.Kind != city.Text:
	case len(f.OneOf) > 0 && !slices.Contains(f.OneOf, v.Text):
		return "one-of", fmt.Sprintf("%q is none of: %s", v.Text, strings.Join(f.OneOf, ", "))
	case f.Length > 0 && utf8.RuneCountInString(v.Text) > f.Length:
		return "length", fmt.Sprintf("has %d characters, %d are allowed", utf8.RuneCountInString(v.Text), f.Length)
	case f.Pattern != nil && !f.Pattern.MatchString(v.Text):
		return "pattern", fmt.Sprintf("%q does not match %s", v.Text, f.Pattern)
	}
	return "", ""
}

func (f *Field) checkPlace(v city.Value) (rule, text string) {
	switch {
	case v.Kind != city.Geo:
	case v.Place == nil || len(v.Place.Points) == 0:
		return "geometry", "has no position"
	case len(f.Geometry) > 0 && !slices.Contains(f.Geometry, v.Place.Kind):
		return "geometry", fmt.Sprintf("is a %s", v.Place.Kind)
	case slices.ContainsFunc(v.Place.Points, func(p city.Point) bool { return !p.Valid() }):
		return "geometry", "has a position outside the world"
	}
	return "", ""
}
