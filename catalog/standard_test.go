package catalog

import (
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

const sensorStandard = `
type: Sensor
version: 1.2.0
name: {zh: 传感器, en: Sensor}
description: {zh: 传感器, en: A sensor}
class: environment/air
fields:
  - {name: location, kind: place, geometry: [Point], required: true, grade: L1, description: {zh: 位置, en: Place}}
  - {name: level, kind: number, unit: C62, min: 0, max: 10, integer: true, grade: L2, class: environment/noise, description: {zh: 级, en: Level}}
  - {name: state, kind: text, one-of: [on, off], grade: L1, description: {zh: 状态, en: State}}
  - {name: plate, kind: text, pattern: "[A-Z]+", length: 3, grade: L3, description: {zh: 牌, en: Plate}}
`

func sensor(t testing.TB) *Standard {
	t.Helper()
	s, fs := ParseStandard("Sensor.yaml", []byte(sensorStandard))
	if len(fs) > 0 {
		t.Fatal(fs)
	}
	return s
}

func TestStandardFields(t *testing.T) {
	s := sensor(t)
	if s.Grade() != city.L3 {
		t.Errorf("grade %s, want the strictest, L3", s.Grade())
	}
	if got := s.Field("level"); got.Kind != city.Number || got.Unit != "C62" || got.Class != "environment/noise" || *got.Max != 10 {
		t.Errorf("level %+v", got)
	}
	if got := s.Field("state").Class; got != "environment/air" {
		t.Errorf("class of state %q, want that of the type", got)
	}
	if s.Field("colour") != nil {
		t.Error("a field that the standard does not have")
	}
}

func TestCheckNamesEveryBreach(t *testing.T) {
	s := sensor(t)
	point := func(lon float64) city.Value { return city.GeoOf(city.PointPlace(city.Point{Lon: lon, Lat: 30})) }
	for _, c := range []struct {
		name  string
		whole bool
		have  []city.Attribute
		want  []string
	}{
		{"sound", true, []city.Attribute{{Name: "location", Value: point(120)}, {Name: "level", Value: city.NumberOf(10), Unit: "C62"}, {Name: "state", Value: city.TextOf("off")}, {Name: "plate", Value: city.TextOf("ABC")}}, nil},
		{"partial", false, []city.Attribute{{Name: "level", Value: city.NumberOf(0)}}, nil},
		{"required", true, nil, []string{"location: required: is missing"}},
		{"unknown", false, []city.Attribute{{Name: "colour", Value: city.TextOf("red")}}, []string{"colour: unknown-field: is not a field of Sensor"}},
		{"kind", false, []city.Attribute{{Name: "level", Value: city.TextOf("5")}}, []string{"level: kind: is a text, want a number"}},
		{"unit and bounds", false, []city.Attribute{{Name: "level", Value: city.NumberOf(10.5), Unit: "P1"}}, []string{"level: unit: P1, want C62", "level: max: 10.5 is above 10"}},
		{"below", false, []city.Attribute{{Name: "level", Value: city.NumberOf(-1)}}, []string{"level: min: -1 is below 0"}},
		{"fraction", false, []city.Attribute{{Name: "level", Value: city.NumberOf(0.5)}}, []string{"level: integer: 0.5 has a fraction"}},
		{"not a number", false, []city.Attribute{{Name: "level", Value: city.NumberOf(math.NaN())}}, []string{"level: kind: is not a finite number"}},
		{"texts", false, []city.Attribute{{Name: "state", Value: city.TextOf("idle")}, {Name: "plate", Value: city.TextOf("中文字符")}}, []string{`state: one-of: "idle" is none of: on, off`, "plate: length: has 4 characters, 3 are allowed"}},
		{"pattern is whole", false, []city.Attribute{{Name: "plate", Value: city.TextOf("AB1")}}, []string{`plate: pattern: "AB1" does not match ^(?:[A-Z]+)$`}},
		{"geometry", false, []city.Attribute{{Name: "location", Value: city.GeoOf(city.LinePlace(city.Point{}, city.Point{Lon: 1}))}}, []string{"location: geometry: is a LineString"}},
		{"outside", false, []city.Attribute{{Name: "location", Value: point(500)}}, []string{"location: geometry: has a position outside the world"}},
		{"nowhere", false, []city.Attribute{{Name: "location", Value: city.GeoOf(nil)}}, []string{"location: geometry: has no position"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []string
			for _, b := range s.Check(c.have, c.whole) {
				got = append(got, b.String())
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("breaches (-want +got):\n%s", diff)
			}
		})
	}
}

// standardFiles are the standards that ship with the product.
func standardFiles(t testing.TB) map[string][]byte {
	t.Helper()
	paths, _ := filepath.Glob("../packs/*/standards/*.yaml")
	if len(paths) == 0 {
		t.Fatal("no standards found")
	}
	out := map[string][]byte{}
	for _, p := range paths {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		out[p] = data
	}
	return out
}

func FuzzParseStandard(f *testing.F) {
	for _, data := range standardFiles(f) {
		f.Add(data)
	}
	f.Add([]byte(sensorStandard))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, fs := ParseStandard("x.yaml", data)
		if len(fs) == 0 && (s.Type == "" || len(s.Fields) == 0 || s.Grade() == 0) {
			t.Errorf("accepted without type, fields or grade: %+v", s)
		}
		s.Check([]city.Attribute{{Name: "level", Value: city.NumberOf(1)}}, true)
	})
}

func FuzzParseQuality(f *testing.F) {
	std, _ := ParseStandard("Garage.yaml", []byte(garageStandard))
	f.Add([]byte(garageRules))
	f.Add([]byte("rules:\n  - {name: r, kind: range, type: Garage, attribute: occupied, min: .nan}"))
	f.Fuzz(func(t *testing.T, data []byte) {
		q, _ := ParseQuality("quality.yaml", data, testCity{std})
		var h city.Health
		for i := range 3 {
			c := reading(at(i), 5, 100)
			h, _, _ = q.Judge(h, c, lookup(c), true)
		}
	})
}

// TestFaultIsTheFirstBreach holds the quick check equal to the full one.
func TestFaultIsTheFirstBreach(t *testing.T) {
	low, high := 0.0, 10.0
	s := &Standard{Type: "T", Fields: []Field{
		{Name: "n", Kind: city.Number, Unit: "KMH", Min: &low, Max: &high, Integer: true},
		{Name: "t", Kind: city.Text, OneOf: []string{"a", "b"}},
		{Name: "g", Kind: city.Geo, Geometry: []city.PlaceKind{city.PlacePoint}},
	}, index: map[city.AttributeName]int{"n": 0, "t": 1, "g": 2}}
	values := []city.Value{
		city.NumberOf(3), city.NumberOf(-1), city.NumberOf(11), city.NumberOf(2.5), city.NumberOf(math.NaN()), city.TextOf("a"), city.TextOf("c"),
		city.GeoOf(city.PointPlace(city.Point{Lon: 1, Lat: 2})), city.GeoOf(city.PointPlace(city.Point{Lon: 999})), city.GeoOf(nil),
		city.GeoOf(city.LinePlace(city.Point{}, city.Point{Lon: 1})), city.BoolOf(true),
	}
	sound := 0
	for _, name := range []city.AttributeName{"n", "t", "g"} {
		for _, unit := range []city.Unit{"", "KMH", "CEL"} {
			for _, v := range values {
				attributes := []city.Attribute{{Name: "unknown"}, {Name: name, Value: v, Unit: unit}}
				breaches := s.Check(attributes[1:], false)
				got := s.Fault(attributes)
				if len(breaches) == 0 {
					sound++
				}
				if len(breaches) == 0 != (got == "") || got != "" && !strings.HasPrefix(got, breaches[0].String()) {
					t.Errorf("%s %v %q: %q, the full check says %v", name, v, unit, got, breaches)
				}
			}
		}
	}
	if sound == 0 {
		t.Error("no value passed")
	}
}

// BenchmarkFault checks a reading of four values that fits its standard.
func BenchmarkFault(b *testing.B) {
	low, high := 0.0, 500.0
	s := &Standard{Type: "T", index: map[city.AttributeName]int{}}
	var attributes []city.Attribute
	for i, name := range []city.AttributeName{"averageVehicleSpeed", "vehicleCount", "averageTravelTime"} {
		s.Fields = append(s.Fields, Field{Name: name, Kind: city.Number, Unit: "KMH", Min: &low, Max: &high})
		s.index[name] = i
		attributes = append(attributes, city.Attribute{Name: name, Value: city.NumberOf(float64(i)), Unit: "KMH"})
	}
	s.Fields = append(s.Fields, Field{Name: "status", Kind: city.Text})
	s.index["status"] = 3
	attributes = append(attributes, city.Attribute{Name: "status", Value: city.TextOf("OK")})
	b.ReportAllocs()
	for b.Loop() {
		if s.Fault(attributes) != "" {
			b.Fatal("does not fit")
		}
	}
}
