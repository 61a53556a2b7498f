package history

import (
	"bytes"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func TestFileNames(t *testing.T) {
	seen := map[string]city.EntityType{}
	for _, typ := range []city.EntityType{"", "%", "RoadSegment", "roadsegment/x", "a.b", "a%2Eb", "..", "https://example.org/Straße",
		city.EntityType(strings.Repeat("é", 250)), city.EntityType(strings.Repeat("é", 250) + "x")} {
		s := Segment{Type: typ, Day: 16293, Part: 2}
		file := s.File()
		folder, name, _ := strings.Cut(file, "/")
		if other, ok := seen[folder]; ok {
			t.Errorf("%q and %q share the folder %s", typ, other, folder)
		}
		seen[folder] = typ
		if strings.Contains(name, "/") || folder == ".." || len(folder) > maxFolderName || !segmentName.MatchString(name) {
			t.Errorf("%q becomes %s", typ, file)
		}
	}
	if got := (&Segment{Type: "RoadSegment", Day: 16293, Part: 2}).File(); got != "RoadSegment/2014-08-11.2.parquet" {
		t.Error(got)
	}
}

func sampleIndex() *index {
	return &index{
		columns:  []leaf{{column{"a", city.Number, "KMH"}, "a"}, {column{"a", city.Text, ""}, "a~2"}},
		entities: []city.EntityID{"urn:x:1", "urn:x:10", "urn:x:2"},
		first:    []uint32{0, 5, 6, 9},
	}
}

func FuzzDecodeIndex(f *testing.F) {
	f.Add(appendIndex(nil, sampleIndex()))
	f.Add(appendIndex(nil, &index{first: []uint32{0}}))
	f.Fuzz(func(t *testing.T, data []byte) {
		x, err := decodeIndex(data)
		if err != nil {
			return
		}
		again, err := decodeIndex(appendIndex(nil, x))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(x, again, cmp.AllowUnexported(index{}, leaf{}, column{})); diff != "" {
			t.Fatal(diff)
		}
	})
}

func TestIndexRows(t *testing.T) {
	x, err := decodeIndex(appendIndex(nil, sampleIndex()))
	if err != nil {
		t.Fatal(err)
	}
	for id, want := range map[city.EntityID][2]int{"urn:x:1": {0, 5}, "urn:x:10": {5, 6}, "urn:x:2": {6, 9}, "urn:x:3": {0, 0}, "": {0, 0}} {
		if from, to := x.rows(id); from != want[0] || to != want[1] {
			t.Errorf("%s has rows %d to %d, want %v", id, from, to, want)
		}
	}
}

func FuzzDecodeWKB(f *testing.F) {
	p := func(n float64) city.Point { return city.Point{Lon: n, Lat: -n} }
	for _, place := range []*city.Place{
		city.PointPlace(p(1)), city.LinePlace(p(1), p(2)), {Kind: city.PlacePolygon, Points: []city.Point{p(1), p(2), p(1)}, Rings: []int32{3}},
		{Kind: city.PlaceMultiPoint, Points: []city.Point{p(3), p(4)}},
		{Kind: city.PlaceMultiLineString, Points: []city.Point{p(3), p(4), p(5)}, Rings: []int32{1, 3}},
		{Kind: city.PlaceMultiPolygon, Points: []city.Point{p(3), p(4), p(5)}, Rings: []int32{1, 2, 3}, Parts: []int32{1, 3}},
	} {
		if !wkbFits(place) {
			f.Fatalf("%+v has no WKB form", place)
		}
		data := appendWKB(nil, place)
		got, err := decodeWKB(data)
		if err != nil || !city.GeoOf(got).Equal(city.GeoOf(place)) {
			f.Fatalf("%+v came back as %+v, %v", place, got, err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		place, err := decodeWKB(data)
		if err != nil {
			return
		}
		if !wkbFits(place) {
			t.Fatalf("%+v was read and does not fit", place)
		}
		if again := appendWKB(nil, place); !bytes.Equal(again, data) {
			t.Fatalf("%x became %x", data, again)
		}
	})
}

func FuzzDecodeWhole(f *testing.F) {
	list := []city.Attribute{{Name: "a", Unit: "KMH", ObservedAt: -5, ReceivedAt: 7, Source: "s", Flags: city.FlagFaulty,
		Value: city.NumberOf(math.Inf(1)), Sub: []city.Attribute{{Name: "b", Value: city.GeoOf(&city.Place{Kind: city.PlacePolygon,
			Points: []city.Point{{Lon: 1, Lat: 2}}, Rings: []int32{7}, Parts: []int32{-1}})}}}}
	data := appendWhole(nil, list)
	got, err := decodeWhole(data)
	if diff := cmp.Diff(list, got); diff != "" || err != nil {
		f.Fatal(err, diff)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := decodeWhole(data)
		if err != nil {
			return
		}
		once := appendWhole(nil, list)
		again, err := decodeWhole(once)
		if err != nil || !bytes.Equal(once, appendWhole(nil, again)) {
			t.Fatalf("%+v came back as %+v, %v", list, again, err)
		}
	})
}
