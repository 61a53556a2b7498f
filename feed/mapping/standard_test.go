package mapping_test

import (
	"testing"

	"citybrain/city"
	"citybrain/feed/mapping"
)

// standard is a data standard for tests: field → kind and unit.
type standard map[city.AttributeName]struct {
	kind city.ValueKind
	unit city.Unit
}

func (s standard) Field(n city.AttributeName) (city.ValueKind, city.Unit, bool) {
	f, ok := s[n]
	return f.kind, f.unit, ok
}

var testStandard = standard{
	"speed": {city.Number, "KMH"}, "temperature": {city.Number, "CEL"}, "count": {city.Number, "C62"}, "length": {city.Number, "MTR"},
	"status": {city.Text, ""}, "name": {city.Text, ""}, "open": {city.Bool, ""}, "startDate": {city.Time, ""},
	"location": {city.Geo, ""}, "owner": {city.Relation, ""}, "address": {city.JSON, ""}, "ratio": {city.Number, ""},
}

func compiled(t testing.TB, yaml string) *mapping.Mapping {
	t.Helper()
	s, faults := mapping.Parse("feed.yaml", []byte(yaml))
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	m, faults := mapping.Compile(s, testStandard)
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	return m
}
