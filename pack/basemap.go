package pack

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"strings"

	"citybrain/city"
	"citybrain/internal/wire"
)

const (
	basemapFile     = "basemap.geojson"
	maxBasemapBytes = 8 << 20
	// maxBasemapFaults bounds what is said of one file: a map that was drawn in
	// another form has the same fault in each of its features.
	maxBasemapFaults = 20
)

// basemapKinds says of each kind of feature which geometry draws it: lines,
// areas or both.
var basemapKinds = map[string]struct{ line, area bool }{
	"water": {area: true}, "river": {line: true, area: true}, "park": {area: true}, "block": {area: true},
	"building": {area: true}, "district": {area: true}, "road": {line: true}, "rail": {line: true},
	"area": {area: true},
}

const basemapHint = "kinds: area, block, building, district, park, rail, river, road, water"

// Basemap is the city's own base map as GeoJSON (RFC 7946): the features of
// basemap.geojson, then the areas of areas.yaml as features of the kind "area".
// Each has the properties kind, and where they are known id, name {zh, en} and
// rank. A city without either has a collection without features. The caller
// changes nothing in it.
func (c *City) Basemap() []byte { return c.basemap }

// drawBasemap makes the base map of the file, if there is one, and the areas.
func (c *City) drawBasemap(files []document) city.Faults {
	var fs city.Faults
	out := []byte(`{"type":"FeatureCollection","features":[`)
	empty := len(out)
	for _, d := range files {
		m := basemapReader{file: d.file, text: d.data, out: out}
		m.read()
		out, fs = m.out, append(fs, m.faults...)
	}
	for i := range c.Areas {
		if a := &c.Areas[i]; a.Place != nil {
			out = appendFeature(comma(out, empty), &basemapFeature{ID: a.ID, Kind: "area", Name: &nameMember{a.Name.ZH, a.Name.EN}}, a.Place)
		}
	}
	c.basemap = append(out, "]}"...)
	return fs
}

func comma(out []byte, empty int) []byte {
	if len(out) > empty {
		return append(out, ',')
	}
	return out
}

// basemapFeature are the properties of a feature.
type basemapFeature struct {
	ID   string      `json:"id,omitempty"`
	Kind string      `json:"kind"`
	Name *nameMember `json:"name,omitzero"`
	Rank *float64    `json:"rank,omitzero"`
}

type nameMember struct {
	ZH string `json:"zh"`
	EN string `json:"en"`
}

func appendFeature(out []byte, f *basemapFeature, place *city.Place) []byte {
	properties, _ := wire.Marshal(f) // texts and a finite number
	out = append(out, `{"type":"Feature","properties":`...)
	out = append(append(out, properties...), `,"geometry":`...)
	return append(wire.AppendPlace(out, place), '}')
}

// basemapReader reads basemap.geojson feature by feature, so that a fault has
// its line.
type basemapReader struct {
	file   string
	text   []byte
	out    []byte
	faults city.Faults
	seen   int // bytes of text whose lines have been counted
	line   int
	more   int // faults that are not listed
}

func (m *basemapReader) fault(offset int, rule, hint, format string, args ...any) {
	if len(m.faults) >= maxBasemapFaults {
		m.more++
		return
	}
	if offset >= m.seen {
		m.line += bytes.Count(m.text[m.seen:offset], []byte("\n"))
		m.seen = offset
	}
	m.faults = append(m.faults, city.Fault{File: m.file, Line: m.line + 1, Rule: rule, Hint: hint, Text: fmt.Sprintf(format, args...)})
}

const collectionHint = "one FeatureCollection of RFC 7946 with the members type and features"

func (m *basemapReader) read() {
	var members map[string]wire.Value
	if err := wire.Unmarshal(m.text, &members); err != nil {
		m.fault(0, "bad-geojson", collectionHint, "%s", wire.SyntaxDetail(err))
		return
	}
	features := members["features"]
	for _, name := range slices.Sorted(maps.Keys(members)) {
		if !slices.Contains([]string{"type", "features", "name", "bbox"}, name) {
			m.fault(0, "bad-geojson", collectionHint, "%s is not a member here", name)
		}
	}
	if string(members["type"]) != `"FeatureCollection"` || features.Kind() != '[' {
		m.fault(0, "bad-geojson", collectionHint, "the file is not a FeatureCollection")
		return
	}
	var list []wire.Value
	_ = wire.Unmarshal(features, &list) // it is valid JSON and an array
	offset, empty := bytes.Index(m.text, features), len(m.out)
	for i, raw := range list {
		// Values come in the order of the text, so the next equal one is this.
		offset += max(0, bytes.Index(m.text[offset:], raw))
		m.feature(i, offset, raw, empty)
		offset += len(raw)
	}
	if m.more > 0 {
		m.faults[len(m.faults)-1].Text += fmt.Sprintf("; %d more faults are not listed", m.more)
	}
}

func (m *basemapReader) feature(i, offset int, raw wire.Value, empty int) {
	var f struct {
		Type       string     `json:"type"`
		ID         wire.Value `json:"id"`
		Bounds     wire.Value `json:"bbox"`
		Properties wire.Value `json:"properties"`
		Geometry   wire.Value `json:"geometry"`
	}
	if err := wire.UnmarshalStrict(raw, &f); err != nil || f.Type != "Feature" {
		m.fault(offset, "bad-feature", "members: type, properties and geometry, and if wanted id and bbox", "feature %d is not a Feature of GeoJSON", i+1)
		return
	}
	p, why := propertiesOf(f.Properties)
	if why != "" {
		m.fault(offset, "bad-properties", "properties: kind, and if wanted id, name {zh, en} and rank (a number)", "feature %d: %s", i+1, why)
		return
	}
	kind, known := basemapKinds[p.Kind]
	if !known {
		m.fault(offset, "unknown-kind", basemapHint, "feature %d has the kind %q", i+1, p.Kind)
		return
	}
	place, err := wire.ParsePlace(f.Geometry)
	if err != nil {
		m.fault(offset, "bad-geometry", "a geometry of RFC 7946 in WGS 84, two coordinates a position", "feature %d: %s", i+1, city.Detail(err))
		return
	}
	isLine := place.Kind == city.PlaceLineString || place.Kind == city.PlaceMultiLineString
	isArea := place.Kind == city.PlacePolygon || place.Kind == city.PlaceMultiPolygon
	if !(isLine && kind.line || isArea && kind.area) {
		m.fault(offset, "wrong-geometry", wantedGeometry(kind.line, kind.area), "feature %d is a %s drawn as a %s", i+1, p.Kind, place.Kind)
		return
	}
	m.out = appendFeature(comma(m.out, empty), &p, place)
}

// propertiesOf reads the properties of a feature, or says what is wrong with
// them.
func propertiesOf(raw wire.Value) (p basemapFeature, why string) {
	var members map[string]wire.Value
	if wire.Unmarshal(raw, &members) != nil {
		return p, "its properties are not an object"
	}
	for _, name := range slices.Sorted(maps.Keys(members)) {
		into, want := any(nil), ""
		switch name {
		case "id":
			into, want = &p.ID, "a text"
		case "kind":
			into, want = &p.Kind, "a text"
		case "name":
			into, want = &p.Name, "an object with zh and en"
		case "rank":
			into, want = &p.Rank, "a number"
		default:
			return p, name + " is not a property here"
		}
		if wire.UnmarshalStrict(members[name], into) != nil {
			return p, name + " is not " + want
		}
	}
	if p.Name != nil && (p.Name.ZH == "" || p.Name.EN == "") {
		return p, "its name lacks a language"
	}
	return p, ""
}

func wantedGeometry(line, area bool) string {
	var names []string
	if line {
		names = append(names, "LineString", "MultiLineString")
	}
	if area {
		names = append(names, "Polygon", "MultiPolygon")
	}
	return "want " + strings.Join(names, ", ")
}
