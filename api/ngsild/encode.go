package ngsild

import (
	"strings"

	"citybrain/city"
	"citybrain/internal/wire"
)

// Form is how an entity is written.
type Form struct {
	KeyValues  bool // simplified (clause 4.5.4), otherwise normalized
	SysAttrs   bool // with createdAt and modifiedAt
	Provenance bool // with source and quality flags as Properties of each attribute
	Context    bool // with the @context inside
	// Attributes restricts the attributes written; nil means all.
	Attributes []city.AttributeName
}

func (f *Form) wants(name city.AttributeName) bool {
	if f.Attributes == nil {
		return true
	}
	for _, a := range f.Attributes {
		if a == name {
			return true
		}
	}
	return false
}

// AppendEntity appends e as a JSON object.
func AppendEntity(dst []byte, e *city.Entity, f *Form) []byte {
	dst = append(dst, `{"id":`...)
	dst = wire.AppendString(dst, string(e.ID))
	dst = append(dst, `,"type":`...)
	dst = wire.AppendString(dst, string(e.Type))
	if f.SysAttrs && !f.KeyValues {
		dst = append(dst, `,"createdAt":`...)
		dst = wire.AppendInstant(dst, e.CreatedAt)
		dst = append(dst, `,"modifiedAt":`...)
		dst = wire.AppendInstant(dst, e.ModifiedAt)
	}
	for i := range e.Attributes {
		a := &e.Attributes[i]
		if !f.wants(a.Name) {
			continue
		}
		dst = append(dst, ',')
		dst = wire.AppendString(dst, string(a.Name))
		dst = append(dst, ':')
		if f.KeyValues {
			dst = appendNGSIValue(dst, &a.Value)
		} else {
			dst = appendAttribute(dst, a, f)
		}
	}
	if f.Context {
		dst = append(dst, `,"@context":"`+coreContextURI+`"`...)
	}
	return append(dst, '}')
}

func appendAttribute(dst []byte, a *city.Attribute, f *Form) []byte {
	switch a.Value.Kind {
	case city.Relation:
		dst = append(dst, `{"type":"Relationship","object":`...)
	case city.Geo:
		dst = append(dst, `{"type":"GeoProperty","value":`...)
	default:
		dst = append(dst, `{"type":"Property","value":`...)
	}
	dst = appendNGSIValue(dst, &a.Value)
	if a.Unit != "" {
		dst = append(dst, `,"unitCode":`...)
		dst = wire.AppendString(dst, string(a.Unit))
	}
	if a.ObservedAt != 0 {
		dst = append(dst, `,"observedAt":`...)
		dst = wire.AppendInstant(dst, a.ObservedAt)
	}
	if f.SysAttrs {
		dst = append(dst, `,"modifiedAt":`...)
		dst = wire.AppendInstant(dst, a.ReceivedAt)
	}
	for i := range a.Sub {
		dst = append(dst, ',')
		dst = wire.AppendString(dst, string(a.Sub[i].Name))
		dst = append(dst, ':')
		dst = appendAttribute(dst, &a.Sub[i], &normalized)
	}
	if f.Provenance {
		dst = appendProvenance(dst, a)
	}
	return append(dst, '}')
}

var normalized Form

// appendProvenance appends where a value is from, unless the attribute has
// attributes of these names.
func appendProvenance(dst []byte, a *city.Attribute) []byte {
	own := func(name city.AttributeName) bool {
		for i := range a.Sub {
			if a.Sub[i].Name == name {
				return true
			}
		}
		return false
	}
	if !own("source") {
		dst = append(dst, `,"source":{"type":"Property","value":`...)
		dst = append(wire.AppendString(dst, string(a.Source)), '}')
	}
	if !own("quality") {
		dst = append(dst, `,"quality":{"type":"Property","value":[`...)
		for i, name := range a.Flags.Names() {
			if i > 0 {
				dst = append(dst, ',')
			}
			dst = wire.AppendString(dst, name)
		}
		dst = append(dst, ']', '}')
	}
	return dst
}

// appendNGSIValue is wire.AppendValue with times as typed values (clause 4.6.3).
func appendNGSIValue(dst []byte, v *city.Value) []byte {
	if v.Kind != city.Time {
		return wire.AppendValue(dst, v)
	}
	kind := "Date"
	switch {
	case strings.IndexByte(v.Text, 'T') >= 0:
		kind = "DateTime"
	case strings.IndexByte(v.Text, ':') >= 0:
		kind = "Time"
	}
	dst = append(dst, `{"@type":"`...)
	dst = append(dst, kind...)
	dst = append(dst, `","@value":`...)
	dst = wire.AppendString(dst, v.Text)
	return append(dst, '}')
}
