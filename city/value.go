package city

// ValueKind says which fields of a Value hold its content.
type ValueKind uint8

// The kinds of value.
const (
	None     ValueKind = iota
	Number             // Num
	Text               // Text
	Bool               // Num, 0 or 1
	Time               // Num is not used; Text is RFC 3339 as given, or a date or time of day
	Geo                // Place
	Relation           // Text is one EntityID
	JSON               // Text is compact JSON: an object, an array or null
)

// Value is one value of an attribute. It is immutable and may be shared.
type Value struct {
	Kind  ValueKind
	Num   float64
	Text  string
	Place *Place
}

// NumberOf is a numeric value.
func NumberOf(f float64) Value { return Value{Kind: Number, Num: f} }

// TextOf is a text value.
func TextOf(s string) Value { return Value{Kind: Text, Text: s} }

// BoolOf is a truth value.
func BoolOf(b bool) Value {
	v := Value{Kind: Bool}
	if b {
		v.Num = 1
	}
	return v
}

// TimeOf is a moment as a value.
func TimeOf(i Instant) Value { return Value{Kind: Time, Text: i.String()} }

// GeoOf is a place as a value.
func GeoOf(p *Place) Value { return Value{Kind: Geo, Place: p} }

// RelationOf points to another entity.
func RelationOf(id EntityID) Value { return Value{Kind: Relation, Text: string(id)} }

// Equal says whether v and w are the same value.
func (v Value) Equal(w Value) bool {
	if v.Kind != w.Kind || v.Num != w.Num || v.Text != w.Text {
		return false
	}
	if v.Kind != Geo || v.Place == w.Place {
		return true
	}
	if v.Place == nil || w.Place == nil || v.Place.Kind != w.Place.Kind {
		return false
	}
	return equalSlices(v.Place.Points, w.Place.Points) && equalSlices(v.Place.Rings, w.Place.Rings) && equalSlices(v.Place.Parts, w.Place.Parts)
}

func equalSlices[T comparable](a, b []T) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
