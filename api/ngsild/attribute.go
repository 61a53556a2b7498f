package ngsild

import (
	"bytes"
	"strconv"
	"time"

	"citybrain/city"
	"citybrain/internal/wire"
)

// form is the kind of an attribute in a request.
type form uint8

const (
	unstated form = iota
	property
	geoProperty
	relationship
)

// draft is an attribute of which not all members have been read.
type draft struct {
	form   form
	value  wire.Value // of the body: valid while it is
	object wire.Value
}

// attribute reads one normalized attribute (clause 4.5) into a, whose name is set.
func (d *decoder) attribute(a *city.Attribute, level int) error {
	switch d.dec.PeekKind() {
	case '{':
	case '[':
		return &city.Error{Kind: city.Unsupported, Op: op, Detail: "several instances of one attribute (datasetId) are not built"}
	default:
		return d.wrong("", "an attribute is an object with type and value or object; plain values need options=keyValues")
	}
	if err := d.open("an attribute"); err != nil {
		return err
	}
	var draft draft
	for d.dec.PeekKind() == '"' {
		name, err := d.name()
		if err != nil {
			return err
		}
		if err := d.attributeMember(a, &draft, name, level); err != nil {
			return err
		}
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return syntax(err)
	}
	return draft.fill(&a.Value)
}

func (d *decoder) attributeMember(a *city.Attribute, draft *draft, name []byte, level int) (err error) {
	switch string(name) {
	case "type", "@type":
		draft.form, err = d.form()
	case "value":
		draft.value, err = d.raw()
	case "object":
		draft.object, err = d.raw()
	case "observedAt":
		a.ObservedAt, err = d.instant("observedAt")
		if level == 1 {
			d.latest = max(d.latest, a.ObservedAt)
		}
	case "unitCode":
		a.Unit, err = d.unit()
	case "createdAt", "modifiedAt":
		return d.skip()
	case "datasetId", "instanceId", "objectType", "languageMap", "vocab", "json", "valueList", "objectList", "entity", "entityList",
		"expiresAt", "deletedAt", "previousValue", "previousObject", "previousLanguageMap", "previousVocab", "previousJson", "valueType":
		return unbuiltMember(string(name))
	default:
		return d.sub(a, name, level)
	}
	return err
}

// sub reads an attribute of the attribute a.
func (d *decoder) sub(a *city.Attribute, name []byte, level int) error {
	interned, err := d.intern(name)
	switch {
	case err != nil:
		return err
	case level >= maxSubLevels:
		return city.InvalidField(op, clip(interned), "attributes of attributes go at most %d levels deep", maxSubLevels)
	case len(a.Sub) == maxAttributes:
		return city.InvalidField(op, clip(interned), "an attribute has at most %d attributes", maxAttributes)
	}
	s := city.Attribute{Name: city.AttributeName(interned), ReceivedAt: d.now, Source: Source}
	if err := within(interned, d.attribute(&s, level+1)); err != nil {
		return err
	}
	a.Sub = append(a.Sub, s)
	return nil
}

func (d *decoder) form() (form, error) {
	if d.dec.PeekKind() != '"' {
		return 0, d.wrong("type", "must be a text")
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return 0, syntax(err)
	}
	switch string(raw) {
	case `"Property"`:
		return property, nil
	case `"GeoProperty"`:
		return geoProperty, nil
	case `"Relationship"`:
		return relationship, nil
	case `"LanguageProperty"`, `"VocabProperty"`, `"JsonProperty"`, `"ListProperty"`, `"ListRelationship"`:
		return 0, &city.Error{Kind: city.Unsupported, Op: op, Field: "type", Detail: string(raw[1:len(raw)-1]) + " is not built: Property, GeoProperty and Relationship are"}
	}
	return 0, city.InvalidField(op, "type", "%s is not a type of attribute (Property, GeoProperty, Relationship)", clip(string(raw)))
}

// raw reads any value. The bytes are the body's and so live as long as it.
func (d *decoder) raw() (wire.Value, error) {
	v, err := d.dec.ReadValue()
	if err != nil {
		return nil, syntax(err)
	}
	end := d.dec.InputOffset()
	return wire.Value(d.body[end-int64(len(v)) : end]), nil
}

func (d *decoder) instant(field string) (city.Instant, error) {
	if d.dec.PeekKind() != '"' {
		return 0, d.wrong(field, "must be an RFC 3339 time as a text")
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return 0, syntax(err)
	}
	if i, ok := wire.ParseInstant(raw[1 : len(raw)-1]); ok {
		return i, nil
	}
	s, err := wire.Unquote(raw)
	if err != nil {
		return 0, syntax(err)
	}
	i, err := city.ParseInstant(clip(s))
	if err != nil {
		return 0, city.InvalidField(op, field, "%s", err)
	}
	return i, nil
}

func (d *decoder) unit() (city.Unit, error) {
	if d.dec.PeekKind() != '"' {
		return "", d.wrong("unitCode", "must be a text")
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return "", syntax(err)
	}
	s, err := d.internValue(raw, "unitCode")
	return city.Unit(s), err
}

// fill completes v from what was read.
func (f *draft) fill(v *city.Value) (err error) {
	if f.form == unstated { // inferred, as for concise input (clause 4.5.1)
		f.form = property
		if f.object != nil {
			f.form = relationship
		}
	}
	if f.form == relationship {
		return f.relation(v)
	}
	switch {
	case f.object != nil:
		return city.InvalidField(op, "object", "only a Relationship has an object")
	case f.value == nil:
		return city.InvalidField(op, "value", "is missing")
	case f.form == geoProperty:
		p, err := wire.ParsePlace(f.value)
		*v = city.GeoOf(p)
		return within("value", err)
	}
	return within("value", propertyValue(v, f.value))
}

func (f *draft) relation(v *city.Value) error {
	switch {
	case f.value != nil:
		return city.InvalidField(op, "value", "a Relationship has an object, not a value")
	case f.object == nil:
		return city.InvalidField(op, "object", "is missing")
	case f.object[0] == '[':
		return &city.Error{Kind: city.Unsupported, Op: op, Field: "object", Detail: "a Relationship with several objects is not built"}
	case f.object[0] != '"':
		return city.InvalidField(op, "object", "must be the id of an entity as a text")
	}
	s, err := wire.Unquote(f.object)
	if err != nil {
		return syntax(err)
	}
	if why := city.CheckEntityID(city.EntityID(s)); why != "" {
		return city.InvalidField(op, "object", "%q %s", clip(s), why)
	}
	if s == nullURI {
		return deletion("object")
	}
	*v = city.RelationOf(city.EntityID(s))
	return nil
}

// nullURI asks to delete an attribute in a fragment (clause 4.5.0).
const nullURI = "urn:ngsi-ld:null"

func deletion(field string) error {
	return &city.Error{Kind: city.Unsupported, Op: op, Field: field, Detail: "deleting by " + nullURI + " is not built; use DELETE …/attrs/{name}"}
}

// propertyValue is the value of a Property.
func propertyValue(v *city.Value, raw wire.Value) error {
	switch raw[0] {
	case '"':
		s, err := wire.Unquote(raw)
		if err != nil {
			return syntax(err)
		}
		if s == nullURI {
			return deletion("")
		}
		*v = city.TextOf(s)
	case 't', 'f':
		*v = city.BoolOf(raw[0] == 't')
	case 'n':
		return city.InvalidField(op, "", "null is not a value; use DELETE …/attrs/{name} to remove an attribute")
	case '{', '[':
		return compound(v, raw)
	default:
		f, ok := wire.ParseNumber(raw)
		if !ok {
			return city.InvalidField(op, "", "%s is beyond the range of numbers (IEEE 754 double)", clip(string(raw)))
		}
		*v = city.NumberOf(f)
	}
	return nil
}

func compound(v *city.Value, raw wire.Value) error {
	if depth := wire.Depth(raw); depth > maxValueDepth {
		return city.InvalidField(op, "", "is nested %s levels deep, the most is %d", strconv.Itoa(depth), maxValueDepth)
	}
	if raw[0] == '{' && bytes.Contains(raw, []byte(`"@value"`)) {
		if done, err := typed(v, raw); done || err != nil {
			return err
		}
	}
	s, err := wire.Compact(raw)
	if err != nil {
		return syntax(err)
	}
	*v = city.Value{Kind: city.JSON, Text: s}
	return nil
}

// typed reads the temporal values of clause 4.6.3; others stay JSON.
func typed(v *city.Value, raw wire.Value) (bool, error) {
	var t struct {
		Type  string `json:"@type"`
		Value string `json:"@value"`
	}
	if wire.UnmarshalStrict(raw, &t) != nil {
		return false, nil
	}
	layout, ok := temporalLayouts[t.Type]
	if !ok {
		return false, nil
	}
	if _, err := time.Parse(layout, t.Value); err != nil {
		return true, city.InvalidField(op, "@value", "%q is not a %s (%s)", clip(t.Value), t.Type, temporalForms[t.Type])
	}
	*v = city.Value{Kind: city.Time, Text: t.Value}
	return true, nil
}

var temporalLayouts = map[string]string{"DateTime": time.RFC3339Nano, "Date": time.DateOnly, "Time": "15:04:05.999999999Z07:00"}
var temporalForms = map[string]string{"DateTime": "YYYY-MM-DDThh:mm:ssZ", "Date": "YYYY-MM-DD", "Time": "hh:mm:ssZ"}

// simplified reads one attribute of keyValues input (clause 4.5.4): a GeoJSON
// geometry becomes a GeoProperty, everything else a Property.
func (d *decoder) simplified(a *city.Attribute) error {
	raw, err := d.raw()
	if err != nil {
		return err
	}
	if raw[0] == '{' && bytes.Contains(raw, []byte(`"coordinates"`)) {
		p, err := wire.ParsePlace(raw)
		if err == nil {
			a.Value = city.GeoOf(p)
			return nil
		}
		if a.Name == city.LocationName || looksLikeGeometry(raw) {
			return err
		}
	}
	return propertyValue(&a.Value, raw)
}

func looksLikeGeometry(raw wire.Value) bool {
	var g struct {
		Type string `json:"type"`
	}
	return wire.Unmarshal(raw, &g) == nil && (city.PlaceKindOf(g.Type) != 0 || g.Type == "GeometryCollection")
}
