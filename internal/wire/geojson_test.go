package wire

import (
	"errors"
	"math"
	"strconv"
	"strings"
	"testing"
	"time"

	"citybrain/city"
)

func TestPlaceRoundTrip(t *testing.T) {
	for _, raw := range []string{
		`{"type":"Point","coordinates":[10.2,56.15]}`,
		`{"type":"LineString","coordinates":[[10,56],[10.5,56.25]]}`,
		`{"type":"MultiPoint","coordinates":[[10,56]]}`,
		`{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]],[[1,1],[2,1],[2,2],[1,1]]]}`,
		`{"type":"MultiLineString","coordinates":[[[0,0],[1,1]],[[2,2],[3,3],[4,4]]]}`,
		`{"type":"MultiPolygon","coordinates":[[[[0,0],[4,0],[4,4],[0,0]]],[[[5,5],[6,5],[6,6],[5,5]],[[5.1,5],[5.2,5],[5.2,5.1],[5.1,5]]]]}`,
	} {
		p, err := ParsePlace([]byte(raw))
		if err != nil {
			t.Errorf("%s: %v", raw, err)
			continue
		}
		if got := string(AppendPlace(nil, p)); got != raw {
			t.Errorf("%s came back as %s", raw, got)
		}
	}
	p, err := ParsePlace([]byte(` { "coordinates" : [ 1e1 , -5 ] , "bbox":[1,2,3,4], "type" : "Point" } `))
	if err != nil || p.Points[0] != (city.Point{Lon: 10, Lat: -5}) || p.Rings != nil {
		t.Errorf("members in another order: %v, %v", p, err)
	}
}

func TestPlaceFaults(t *testing.T) {
	for raw, want := range map[string]string{
		`5`:                                      `a geometry is an object`,
		`{"type":"Po`:                            `ends too early`,
		`{"type":"x"}`:                           `type: "x" is not`,
		`{}`:                                     `type: is missing`,
		`{"type":"Point"}`:                       `coordinates: is missing`,
		`{"type":"Point","coordinates":[181,0]}`: `coordinates: [181, 0] lies outside the world`,
		`{"type":"Point","coordinates":[0,-90.1]}`:                     `outside the world`,
		`{"type":"Point","coordinates":[1,2,3]}`:                       `a height is not kept`,
		`{"type":"Point","coordinates":[1]}`:                           `two numbers`,
		`{"type":"Point","coordinates":[1e999,0]}`:                     `not a degree`,
		`{"type":"Point","coordinates":["1","2"]}`:                     `coordinates: must be a position`,
		`{"type":"Point","coordinates":[]}`:                            `empty array`,
		`{"type":"Point","coordinates":[[1,2]]}`:                       `shape of a Point`,
		`{"type":"LineString","coordinates":[[1,2]]}`:                  `at least two positions`,
		`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1]]]}`:       `four positions`,
		`{"type":"Polygon","coordinates":[[[0,0],[1,0],[1,1],[0,1]]]}`: `ends where it starts`,
		`{"type":"MultiPoint","coordinates":[[1,2],[[3,4]]]}`:          `different levels`,
		`{"type":"Polygon","coordinates":[[[[[1,2]]]]]}`:               `three levels`,
		`{"type":"Point","coordinates":[1,2],"crs":{}}`:                `crs: a geometry has no such member`,
		`{"type":"Point","type":"Point","coordinates":[1,2]}`:          `duplicate`,
		`{"type":"Point","coordinates":[1,2]} x`:                       `more after`,
		`{"type":"GeometryCollection","geometries":[]}`:                `unsupported: type`,
	} {
		_, err := ParsePlace([]byte(raw))
		var e *city.Error
		if !errors.As(err, &e) || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", raw, err, want)
		}
	}
}

func TestParseInstantAgreesWithTime(t *testing.T) {
	for _, s := range []string{"2014-08-11T06:35:00Z", "2000-02-29T23:59:59.5Z", "1900-01-01T00:00:00Z", "2099-12-31T23:59:59.999999Z", "1970-01-01T00:00:01Z",
		"2024-02-29T00:00:00.000001Z", "1969-12-31T23:59:59Z"} {
		want, err := time.Parse(time.RFC3339Nano, s)
		got, ok := ParseInstant([]byte(s))
		if err != nil || !ok || got != city.InstantOf(want) {
			t.Errorf("%s: %v %v, want %v", s, got, ok, city.InstantOf(want))
		}
	}
	for _, s := range []string{"", "2014-02-29T00:00:00Z", "2014-13-01T00:00:00Z", "2014-08-11T24:00:00Z", "2014-08-11T00:00:60Z", "2014-08-11 00:00:00Z",
		"2014-08-11T00:00:00.Z", "2014-08-11T00:00:00+01:00", "1800-01-01T00:00:00Z", "2014-08-11T00:00:00.1234567Z"} {
		if got, ok := ParseInstant([]byte(s)); ok {
			t.Errorf("%q was taken as %v", s, got)
		}
	}
}

func TestAppendInstantAgreesWithAppendTo(t *testing.T) {
	for _, i := range []city.Instant{city.MinInstant, 1, -1, 1e6, 1407758400e6, 1407758400e6 + 250000, 951868799e6, city.MaxInstant, city.Forever, -city.Forever} {
		if got, want := string(AppendInstant(nil, i)), `"`+i.String()+`"`; got != want {
			t.Errorf("%d is %s, want %s", i, got, want)
		}
	}
	if got := string(AppendInstant(nil, 0)); got != "null" {
		t.Errorf("zero is %s", got)
	}
}

func TestNumbers(t *testing.T) {
	for _, s := range []string{"0", "-0", "1", "-17.25", "0.1", "123456789012345", "1234567890123456", "3.141592653589793", "1e21", "1E-7", "0.000001", "12345678901234567890", "9007199254740993.5"} {
		want, _ := strconv.ParseFloat(s, 64)
		got, ok := ParseNumber([]byte(s))
		if !ok || got != want {
			t.Errorf("%s was read as %v", s, got)
		}
		back, err := strconv.ParseFloat(string(AppendNumber(nil, want)), 64)
		if err != nil || back != want {
			t.Errorf("%s was written as %s", s, AppendNumber(nil, want))
		}
	}
	if _, ok := ParseNumber([]byte("1e999")); ok {
		t.Error("1e999 is no number")
	}
	if got := string(AppendNumber(nil, math.NaN())); got != "null" {
		t.Errorf("NaN was written as %s", got)
	}
}

func TestDepth(t *testing.T) {
	for raw, want := range map[string]int{`1`: 0, `"[["`: 0, `"\"[["`: 0, `[]`: 1, `{"a":[{"b":"}"}]}`: 3} {
		if got := Depth(Value(raw)); got != want {
			t.Errorf("depth of %s is %d, want %d", raw, got, want)
		}
	}
}

func FuzzParsePlace(f *testing.F) {
	f.Add([]byte(`{"type":"Polygon","coordinates":[[[0,0],[4,0],[4,4],[0,0]]]}`))
	f.Add([]byte(`{"type":"Point","coordinates":[10.2,56.15]}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		p, err := ParsePlace(raw)
		if err != nil {
			if city.KindOf(err) == city.Internal {
				t.Fatalf("an error without a kind: %v", err)
			}
			return
		}
		again, err := ParsePlace(AppendPlace(nil, p))
		if err != nil || !city.GeoOf(p).Equal(city.GeoOf(again)) {
			t.Fatalf("%s came back as %s: %v", raw, AppendPlace(nil, p), err)
		}
	})
}

func FuzzParseInstant(f *testing.F) {
	f.Add("2014-08-11T06:35:00.25Z")
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := ParseInstant([]byte(s))
		if !ok {
			return
		}
		want, err := city.ParseInstant(s)
		if err != nil || got != want {
			t.Fatalf("%q: %v, city.ParseInstant says %v, %v", s, got, want, err)
		}
	})
}
