package crs

import (
	"math"
	"math/rand/v2"
	"testing"

	"citybrain/city"
)

func near(p, q city.Point, eps float64) bool {
	return math.Abs(p.Lon-q.Lon) < eps && math.Abs(p.Lat-q.Lat) < eps
}

// The values that the public descriptions of the two systems give as examples.
func TestPublishedExamples(t *testing.T) {
	for _, c := range []struct{ wgs, gcj city.Point }{
		{city.Point{Lon: 121.5272106, Lat: 31.1774276}, city.Point{Lon: 121.531541859215, Lat: 31.17530398364597}},
		{city.Point{Lon: 113.912316, Lat: 22.543847}, city.Point{Lon: 113.9171764808363, Lat: 22.540796131694766}},
		{city.Point{Lon: 116.377817, Lat: 39.911954}, city.Point{Lon: 116.38404722455657, Lat: 39.91334545536069}},
		{city.Point{Lon: 116.404, Lat: 39.915}, city.Point{Lon: 116.41024449916938, Lat: 39.91640428150164}},
	} {
		if got := GCJ02.FromWGS84(c.wgs); !near(got, c.gcj, 1e-10) {
			t.Errorf("GCJ-02 of %v = %v, want %v", c.wgs, got, c.gcj)
		}
		if got := GCJ02.ToWGS84(c.gcj); !near(got, c.wgs, 1e-9) {
			t.Errorf("WGS 84 of GCJ-02 %v = %v, want %v", c.gcj, got, c.wgs)
		}
	}
	if got, want := gcjToBD(city.Point{Lon: 116.404, Lat: 39.915}), (city.Point{Lon: 116.41036949371029, Lat: 39.92133699351021}); !near(got, want, 1e-10) {
		t.Errorf("BD-09 = %v, want %v", got, want)
	}
	if got, want := BD09.FromWGS84(city.Point{Lon: 116.404, Lat: 39.915}), (city.Point{Lon: 116.41662724378733, Lat: 39.922699552216216}); !near(got, want, 1e-10) {
		t.Errorf("BD-09 of WGS 84 = %v, want %v", got, want)
	}
}

func TestInverseInsideChina(t *testing.T) {
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		p := city.Point{Lon: 73 + rnd.Float64()*62, Lat: 4 + rnd.Float64()*49}
		for _, s := range []System{WGS84, CGCS2000, GCJ02, BD09} {
			if got := s.ToWGS84(s.FromWGS84(p)); !near(got, p, 1e-9) {
				t.Fatalf("%s: %v came back as %v", s, p, got)
			}
			if got := s.FromWGS84(s.ToWGS84(p)); !near(got, p, 1e-9) {
				t.Fatalf("%s: to WGS 84 and back %v came back as %v", s, p, got)
			}
		}
	}
}

func TestOutsideChinaNothingMoves(t *testing.T) {
	for _, p := range []city.Point{{Lon: 10.2, Lat: 56.15}, {Lon: -74, Lat: 40.7}, {Lon: 151.2, Lat: -33.9}, {Lon: 0, Lat: 0}, {Lon: 180, Lat: 90}} {
		for _, s := range []System{WGS84, CGCS2000, GCJ02, BD09} {
			if s.ToWGS84(p) != p || s.FromWGS84(p) != p {
				t.Errorf("%s moves %v, which lies outside China", s, p)
			}
		}
	}
}

func TestCGCS2000IsTakenAsWGS84(t *testing.T) {
	p := city.Point{Lon: 121.4737, Lat: 31.2304}
	if CGCS2000.ToWGS84(p) != p || CGCS2000.FromWGS84(p) != p {
		t.Error("CGCS2000 must not move a position")
	}
}

func TestNamed(t *testing.T) {
	for _, n := range Names() {
		if s, ok := Named(n); !ok || s.String() != n {
			t.Errorf("Named(%q) = %v, %v", n, s, ok)
		}
	}
	if _, ok := Named("EPSG:9999"); ok {
		t.Error("an unknown system was accepted")
	}
}
