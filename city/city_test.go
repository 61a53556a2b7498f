package city

import (
	"math"
	"strings"
	"testing"
	"time"
)

func TestInstantText(t *testing.T) {
	for text, want := range map[string]string{
		"2014-08-11T00:00:00Z":             "2014-08-11T00:00:00Z",
		"2014-08-11T02:00:00.123456+02:00": "2014-08-11T00:00:00.123456Z",
		"1960-01-01T00:00:00.5Z":           "1960-01-01T00:00:00.5Z",
	} {
		i, err := ParseInstant(text)
		if err != nil || i.String() != want {
			t.Errorf("%s: %s, %v", text, i, err)
		}
	}
	for _, text := range []string{"", "2014-08-11", "2014-08-11T00:00:00", "1850-01-01T00:00:00Z", "2200-01-01T00:00:00Z", "2014-13-01T00:00:00Z"} {
		if i, err := ParseInstant(text); err == nil {
			t.Errorf("%q was read as %s", text, i)
		}
	}
}

func TestDayIsTheUTCDay(t *testing.T) {
	for _, at := range []time.Time{
		time.Date(2014, 8, 11, 23, 59, 59, 999999000, time.UTC), time.Date(1965, 3, 1, 0, 0, 0, 0, time.UTC), time.Date(1965, 3, 1, 23, 0, 0, 0, time.UTC),
	} {
		i := InstantOf(at)
		if got, want := i.Day().String(), at.Format(time.DateOnly); got != want {
			t.Errorf("%s lies on %s, want %s", i, got, want)
		}
		if s := i.Day().Start(); s > i || i >= s.Add(24*time.Hour) {
			t.Errorf("the day of %s starts at %s", i, s)
		}
	}
}

func TestDistance(t *testing.T) {
	// One degree of a great circle of this radius.
	degree := EarthRadius * math.Pi / 180
	for _, c := range []struct {
		p, q Point
		want float64
	}{
		{Point{0, 0}, Point{1, 0}, degree},
		{Point{10, 56}, Point{10, 57}, degree},
		{Point{0, 0}, Point{180, 0}, 180 * degree},
		{Point{10.21284, 56.16184}, Point{10.21284, 56.16184}, 0},
		{Point{0, 90}, Point{77, 90}, 0},
	} {
		if got := c.p.Distance(c.q); math.Abs(got-c.want) > 1e-6 {
			t.Errorf("%v to %v: %f, want %f", c.p, c.q, got, c.want)
		}
	}
}

func TestPlaceDistance(t *testing.T) {
	north := func(m float64) Point { return Point{10, 56 + m/EarthRadius*180/math.Pi} }
	line := LinePlace(Point{9.99, 56}, Point{10.01, 56})
	square := &Place{Kind: PlacePolygon, Points: []Point{{9, 55}, {11, 55}, {11, 57}, {9, 57}, {9, 55}}, Rings: []int32{5}}
	hole := &Place{Kind: PlacePolygon, Points: append(append([]Point{}, square.Points...), Point{9.9, 55.9}, Point{10.1, 55.9}, Point{10.1, 56.1}, Point{9.9, 56.1}, Point{9.9, 55.9}), Rings: []int32{5, 10}}
	for name, c := range map[string]struct{ got, want, within float64 }{
		"beside a line":    {line.DistanceFrom(north(500)), 500, 0.5},
		"inside a polygon": {square.DistanceFrom(Point{10, 56}), 0, 0},
		"inside a hole":    {hole.DistanceFrom(Point{10, 56}), (Point{10, 56}).Distance(Point{10.1, 56}), 5},
		"a point":          {PointPlace(Point{10, 56}).DistanceFrom(north(70)), 70, 1e-3},
	} {
		if math.Abs(c.got-c.want) > c.within {
			t.Errorf("%s: %f, want %f", name, c.got, c.want)
		}
	}
}

func TestBoxAroundHoldsTheCircle(t *testing.T) {
	for _, p := range []Point{{10, 56}, {0, 0}, {-70, -54}, {10, 89.9}, {179.99, 10}} {
		for _, m := range []float64{1, 800, 30_000} {
			low, high := p.BoxAround(m)
			for bearing := 0.0; bearing < 2*math.Pi; bearing += 0.1 {
				q := destination(p, bearing, m*0.999999)
				if low.Lon < -180 || high.Lon > 180 { // the caller looks everywhere
					continue
				}
				if q.Lon < low.Lon || q.Lon > high.Lon || q.Lat < low.Lat || q.Lat > high.Lat {
					t.Fatalf("%v lies within %g m of %v but outside %v %v", q, m, p, low, high)
				}
			}
		}
	}
}

// destination is where one comes from p over a great circle.
func destination(p Point, bearing, metres float64) Point {
	const rad = math.Pi / 180
	d := metres / EarthRadius
	lat := math.Asin(math.Sin(p.Lat*rad)*math.Cos(d) + math.Cos(p.Lat*rad)*math.Sin(d)*math.Cos(bearing))
	lon := p.Lon*rad + math.Atan2(math.Sin(bearing)*math.Sin(d)*math.Cos(p.Lat*rad), math.Cos(d)-math.Sin(p.Lat*rad)*math.Sin(lat))
	return Point{math.Mod(lon/rad+540, 360) - 180, lat / rad}
}

func TestEntityIDs(t *testing.T) {
	for id, ok := range map[EntityID]bool{
		"urn:ngsi-ld:RoadSegment:158324": true, "http://example.org/a?b=c": true, "urn:路段:1": true,
		"": false, "noscheme": false, ":x": false, "urn:": false, "1urn:x": false, "urn:a b": false, "urn:<x>": false, "urn:\xff": false,
		EntityID("urn:" + strings.Repeat("x", MaxIDBytes)): false,
	} {
		if why := CheckEntityID(id); (why == "") != ok {
			t.Errorf("%.40q: %q", id, why)
		}
	}
}

// TestLanesAreStable holds what lies on the disk of every city: feed progress is
// kept per lane.
func TestLanesAreStable(t *testing.T) {
	for id, want := range map[EntityID]int{"urn:ngsi-ld:RoadSegment:158324": 6, "urn:ngsi-ld:OffStreetParking:1": 13, "traffic": 4} {
		if got := LaneOf(id); got != want {
			t.Errorf("lane of %s is %d, was %d", id, got, want)
		}
	}
}

func TestSituationIDsAreStable(t *testing.T) {
	const want = "b7dec0a5dd6a3d0eed7ef14604ae4616" // sha256sum of the three parts joined by NUL
	if got := SituationIDOf("parking-relief/road-congestion", "urn:x:1", 1407715200000000); got != want {
		t.Errorf("id %s, want %s", got, want)
	}
}

func TestFaultsAreSortedAndReadable(t *testing.T) {
	err := Faults{{File: "b", Line: 2, Rule: "r", Text: "x"}, {File: "b", Line: 1, Rule: "r", Text: "y", Hint: "do"}, {File: "a", Rule: "r", Text: "z"}}.Err()
	if want := "a: r: z\nb:1: r: y (do)\nb:2: r: x"; err.Error() != want {
		t.Errorf("got\n%s\nwant\n%s", err, want)
	}
	if Faults(nil).Err() != nil {
		t.Error("no faults are an error")
	}
}
