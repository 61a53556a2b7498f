package packtest

import (
	"fmt"
	"math"
	"time"

	"citybrain/city"
	"citybrain/pack"
)

// valueOf turns what a test writes into the value of an attribute, by the
// pack's data standard where it has one, which must have the field.
func valueOf(p *pack.Pack, kind city.EntityType, name city.AttributeName, x any, start city.Instant) (city.Value, error) {
	want := city.None
	if std := p.Standard(kind); std != nil {
		want = std.Field(name).Kind
	}
	v, err := plain(x, want, start)
	if err == nil && want != city.None && v.Kind != want && v.Kind != city.None {
		err = fmt.Errorf("it is not of the kind that the standard of %s says", kind)
	}
	return v, err
}

func plain(x any, want city.ValueKind, start city.Instant) (city.Value, error) {
	switch v := x.(type) {
	case nil:
		return city.Value{}, nil
	case bool:
		return city.BoolOf(v), nil
	case int:
		return city.NumberOf(float64(v)), nil
	case float64:
		return city.NumberOf(v), nil
	case time.Time:
		return city.TimeOf(city.InstantOf(v)), nil
	case string:
		return text(v, want, start)
	case map[string]any:
		return object(v)
	}
	return city.Value{}, fmt.Errorf("%v is not a value", x)
}

func text(s string, want city.ValueKind, start city.Instant) (city.Value, error) {
	switch want {
	case city.Relation:
		return city.RelationOf(city.EntityID(s)), nil
	case city.Time:
		var m moment
		err := m.UnmarshalText([]byte(s))
		return city.TimeOf(m.from(start)), err
	}
	return city.TextOf(s), nil
}

func object(m map[string]any) (city.Value, error) {
	if len(m) == 1 {
		if id, ok := m["relation"].(string); ok {
			return city.RelationOf(city.EntityID(id)), nil
		}
		if p, ok := pointOf(m["point"]); ok {
			return city.GeoOf(city.PointPlace(p)), nil
		}
		if list, ok := m["line"].([]any); ok && len(list) >= 2 {
			return line(list)
		}
	}
	return city.Value{}, fmt.Errorf("%v is not a value: write {point: [lon, lat]}, {line: [[lon, lat], …]} or {relation: id}", m)
}

func line(list []any) (city.Value, error) {
	points := make([]city.Point, len(list))
	for i, x := range list {
		p, ok := pointOf(x)
		if !ok {
			return city.Value{}, fmt.Errorf("%v is not a position [lon, lat]", x)
		}
		points[i] = p
	}
	return city.GeoOf(city.LinePlace(points...)), nil
}

func pointOf(x any) (city.Point, bool) {
	pair, _ := x.([]any)
	if len(pair) != 2 {
		return city.Point{}, false
	}
	p := city.Point{Lon: float(pair[0]), Lat: float(pair[1])}
	return p, p.Valid()
}

func float(x any) float64 {
	switch v := x.(type) {
	case int:
		return float64(v)
	case float64:
		return v
	}
	return math.NaN()
}
