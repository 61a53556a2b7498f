package pack

import (
	"fmt"
	"math"

	"citybrain/city"
)

// maxPositions bounds one ring: crossings are looked for pair by pair.
const maxPositions = 5000

// PolygonOf is the place with the coordinates of a GeoJSON Polygon (RFC 7946
// section 3.1.6), or why they are not a valid one: rings that are closed, do
// not cross or touch themselves or each other and enclose something; every ring
// after the first lies inside it and outside the others.
func PolygonOf(rings [][][]float64) (*city.Place, string) {
	if len(rings) == 0 {
		return nil, "has no ring"
	}
	p := &city.Place{Kind: city.PlacePolygon}
	var done [][]city.Point
	for i, coordinates := range rings {
		ring, why := ringOf(coordinates)
		if why == "" {
			why = fits(ring, done)
		}
		if why != "" {
			return nil, fmt.Sprintf("%s (ring %d)", why, i+1)
		}
		done = append(done, ring)
		p.Points = append(p.Points, ring...)
		p.Rings = append(p.Rings, int32(len(p.Points)))
	}
	return p, ""
}

func ringOf(coordinates [][]float64) ([]city.Point, string) {
	if len(coordinates) > maxPositions {
		return nil, fmt.Sprintf("has a ring of %d positions, %d are allowed", len(coordinates), maxPositions)
	}
	var ring []city.Point
	for _, c := range coordinates {
		if len(c) != 2 {
			return nil, "has a position that is not [longitude, latitude]"
		}
		p := city.Point{Lon: c[0], Lat: c[1]}
		if !p.Valid() {
			return nil, fmt.Sprintf("has the position [%v, %v] outside the world", p.Lon, p.Lat)
		}
		ring = append(ring, p)
	}
	switch {
	case len(ring) < 4:
		return nil, "has a ring of fewer than four positions"
	case ring[0] != ring[len(ring)-1]:
		return nil, "has a ring whose last position is not its first"
	case areaOf(ring) == 0:
		return nil, "encloses nothing"
	}
	edges := len(ring) - 1
	for i := range edges {
		if ring[i] == ring[i+1] {
			return nil, fmt.Sprintf("repeats the position [%v, %v]", ring[i].Lon, ring[i].Lat)
		}
	}
	for i := range edges {
		for j := i + 2; j < edges; j++ {
			if (i > 0 || j < edges-1) && meet(ring[i], ring[i+1], ring[j], ring[j+1]) {
				return nil, fmt.Sprintf("crosses or touches itself near [%v, %v]", ring[j].Lon, ring[j].Lat)
			}
		}
	}
	return ring, ""
}

// fits says why a ring cannot stand beside the rings before it.
func fits(ring []city.Point, before [][]city.Point) string {
	for i, other := range before {
		for a := range len(ring) - 1 {
			for b := range len(other) - 1 {
				if meet(ring[a], ring[a+1], other[b], other[b+1]) {
					return "has rings that cross or touch"
				}
			}
		}
		switch {
		case i == 0 && !inside(ring[0], other):
			return "has a hole outside its border"
		case i > 0 && (inside(ring[0], other) || inside(other[0], ring)):
			return "has a hole inside another hole"
		}
	}
	return ""
}

// areaOf is twice the signed area of a ring in square degrees.
func areaOf(ring []city.Point) float64 {
	var sum float64
	o := ring[0]
	for i := range len(ring) - 1 {
		sum += cross(o, ring[i], ring[i+1])
	}
	return sum
}

func cross(o, a, b city.Point) float64 {
	return (a.Lon-o.Lon)*(b.Lat-o.Lat) - (a.Lat-o.Lat)*(b.Lon-o.Lon)
}

// meet says whether the lines ab and cd have a position in common.
func meet(a, b, c, d city.Point) bool {
	d1, d2 := cross(c, d, a), cross(c, d, b)
	d3, d4 := cross(a, b, c), cross(a, b, d)
	if (d1 > 0) != (d2 > 0) && d1 != 0 && d2 != 0 && (d3 > 0) != (d4 > 0) && d3 != 0 && d4 != 0 {
		return true
	}
	return d1 == 0 && between(a, c, d) || d2 == 0 && between(b, c, d) || d3 == 0 && between(c, a, b) || d4 == 0 && between(d, a, b)
}

// between says whether p, which lies on the line through a and b, lies from a
// to b.
func between(p, a, b city.Point) bool {
	return p.Lon >= math.Min(a.Lon, b.Lon) && p.Lon <= math.Max(a.Lon, b.Lon) && p.Lat >= math.Min(a.Lat, b.Lat) && p.Lat <= math.Max(a.Lat, b.Lat)
}

// inside says whether p lies inside a ring (even-odd rule).
func inside(p city.Point, ring []city.Point) bool {
	in := false
	for i := range len(ring) - 1 {
		a, b := ring[i], ring[i+1]
		if (a.Lat > p.Lat) != (b.Lat > p.Lat) && p.Lon < a.Lon+(b.Lon-a.Lon)*(p.Lat-a.Lat)/(b.Lat-a.Lat) {
			in = !in
		}
	}
	return in
}
