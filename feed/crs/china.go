package crs

import (
	"math"

	"citybrain/city"
)

// The ellipsoid of the GCJ-02 formula (Krasovsky 1940) and the angular
// frequency of the BD-09 formula.
const (
	axis         = 6378245.0
	eccentricity = 0.00669342162296594323
	bdFrequency  = math.Pi * 3000 / 180
)

// Outside says whether p, in WGS 84, lies outside the rectangle in which the
// Chinese systems shift positions. The rectangle is the published one; it
// covers parts of the neighbours, and positions up to a kilometre around its
// edge have no unique inverse.
func Outside(p city.Point) bool {
	return p.Lon < 72.004 || p.Lon > 137.8347 || p.Lat < 0.8293 || p.Lat > 55.8271
}

func wgsToGCJ(p city.Point) city.Point {
	if Outside(p) {
		return p
	}
	return shifted(p)
}

// shifted is the GCJ-02 formula without the rule for positions outside.
func shifted(p city.Point) city.Point {
	x, y := p.Lon-105, p.Lat-35
	lat := p.Lat * math.Pi / 180
	root := 1 - eccentricity*math.Sin(lat)*math.Sin(lat)
	dLat := latOffset(x, y) * 180 / ((axis * (1 - eccentricity)) / (root * math.Sqrt(root)) * math.Pi)
	dLon := lonOffset(x, y) * 180 / (axis / math.Sqrt(root) * math.Cos(lat) * math.Pi)
	return city.Point{Lon: p.Lon + dLon, Lat: p.Lat + dLat}
}

// latOffset and lonOffset are in metres.
func latOffset(x, y float64) float64 {
	v := -100 + 2*x + 3*y + 0.2*y*y + 0.1*x*y + 0.2*math.Sqrt(math.Abs(x))
	return v + ripple(x) + waves(y, 20, 40, 3, 160, 12, 320, 30)
}

func lonOffset(x, y float64) float64 {
	v := 300 + x + 2*y + 0.1*x*x + 0.1*x*y + 0.1*math.Sqrt(math.Abs(x))
	return v + ripple(x) + waves(x, 20, 40, 3, 150, 12, 300, 30)
}

func ripple(x float64) float64 {
	return (20*math.Sin(6*x*math.Pi) + 20*math.Sin(2*x*math.Pi)) * 2 / 3
}

func waves(v, a1, a2, d2, a3, d3, a4, d4 float64) float64 {
	return (a1*math.Sin(v*math.Pi)+a2*math.Sin(v/d2*math.Pi))*2/3 + (a3*math.Sin(v/d3*math.Pi)+a4*math.Sin(v*math.Pi/d4))*2/3
}

func gcjToBD(p city.Point) city.Point {
	z := math.Hypot(p.Lon, p.Lat) + 0.00002*math.Sin(p.Lat*bdFrequency)
	theta := math.Atan2(p.Lat, p.Lon) + 0.000003*math.Cos(p.Lon*bdFrequency)
	return city.Point{Lon: z*math.Cos(theta) + 0.0065, Lat: z*math.Sin(theta) + 0.006}
}

func gcjToWGS(p city.Point) city.Point {
	if Outside(p) {
		return p
	}
	return invert(p, shifted)
}

func bdToWGS(p city.Point) city.Point {
	if Outside(p) {
		return p
	}
	return invert(p, func(w city.Point) city.Point { return gcjToBD(shifted(w)) })
}

// invert finds the position that forward takes to p. The offsets change by less
// than a part in a hundred over their own length, so each step gains two digits.
func invert(p city.Point, forward func(city.Point) city.Point) city.Point {
	const close, steps = 1e-11, 30
	w := p
	for range steps {
		q := forward(w)
		dLon, dLat := p.Lon-q.Lon, p.Lat-q.Lat
		w.Lon += dLon
		w.Lat += dLat
		if math.Abs(dLon) < close && math.Abs(dLat) < close {
			break
		}
	}
	return w
}
