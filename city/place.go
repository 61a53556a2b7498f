package city

import "math"

// EarthRadius is the mean radius R1 of the Earth in metres (IUGG, GRS 80),
// used for every distance.
const EarthRadius = 6_371_008.8

// Point is a position in degrees, WGS 84 (EPSG:4326).
type Point struct{ Lon, Lat float64 }

// Valid says whether p lies on the globe.
func (p Point) Valid() bool {
	return p.Lon >= -180 && p.Lon <= 180 && p.Lat >= -90 && p.Lat <= 90
}

// Distance is the length in metres of the great circle between p and q on the
// sphere of radius EarthRadius (haversine).
func (p Point) Distance(q Point) float64 {
	const rad = math.Pi / 180
	sinLat := math.Sin((q.Lat - p.Lat) * rad / 2)
	sinLon := math.Sin((q.Lon - p.Lon) * rad / 2)
	h := sinLat*sinLat + math.Cos(p.Lat*rad)*math.Cos(q.Lat*rad)*sinLon*sinLon
	return 2 * EarthRadius * math.Asin(math.Min(1, math.Sqrt(h)))
}

// PlaceKind is a GeoJSON geometry type (RFC 7946 section 3.1).
type PlaceKind uint8

// The geometry types.
const (
	PlacePoint PlaceKind = iota + 1
	PlaceLineString
	PlacePolygon
	PlaceMultiPoint
	PlaceMultiLineString
	PlaceMultiPolygon
)

var placeKindNames = [...]string{"", "Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}

// String is the GeoJSON name.
func (k PlaceKind) String() string {
	if int(k) < len(placeKindNames) {
		return placeKindNames[k]
	}
	return ""
}

// PlaceKindOf is the kind with a GeoJSON name, or 0.
func PlaceKindOf(name string) PlaceKind {
	for k, n := range placeKindNames {
		if n == name && k > 0 {
			return PlaceKind(k)
		}
	}
	return 0
}

// Place is an immutable geometry in WGS 84. Points holds all positions in
// order. Rings holds the end index in Points of each line or ring, and Parts
// the end index in Rings of each polygon; both are nil where the kind has no
// such level.
type Place struct {
	Kind   PlaceKind
	Points []Point
	Rings  []int32
	Parts  []int32
}

// PointPlace is a place at one position.
func PointPlace(p Point) *Place { return &Place{Kind: PlacePoint, Points: []Point{p}} }

// LinePlace is a line through points.
func LinePlace(points ...Point) *Place { return &Place{Kind: PlaceLineString, Points: points} }

// Center is the mean of the positions of p: where a marker is drawn.
func (p *Place) Center() Point {
	if p == nil || len(p.Points) == 0 {
		return Point{}
	}
	var c Point
	for _, q := range p.Points {
		c.Lon += q.Lon
		c.Lat += q.Lat
	}
	n := float64(len(p.Points))
	return Point{c.Lon / n, c.Lat / n}
}

// Bounds is the smallest box of longitudes and latitudes around p. It does not
// cross the antimeridian.
func (p *Place) Bounds() (low, high Point) {
	low, high = Point{math.Inf(1), math.Inf(1)}, Point{math.Inf(-1), math.Inf(-1)}
	for _, q := range p.Points {
		low = Point{math.Min(low.Lon, q.Lon), math.Min(low.Lat, q.Lat)}
		high = Point{math.Max(high.Lon, q.Lon), math.Max(high.Lat, q.Lat)}
	}
	return low, high
}

// BoxAround is a box that holds every position within metres of p.
func (p Point) BoxAround(metres float64) (low, high Point) {
	dLat := metres / EarthRadius * 180 / math.Pi * 1.0000001
	low.Lat, high.Lat = p.Lat-dLat, p.Lat+dLat
	if low.Lat <= -90 || high.Lat >= 90 {
		return Point{-180, math.Max(-90, low.Lat)}, Point{180, math.Min(90, high.Lat)}
	}
	cos := math.Cos(math.Max(math.Abs(low.Lat), math.Abs(high.Lat)) * math.Pi / 180)
	dLon := dLat / cos
	return Point{p.Lon - dLon, low.Lat}, Point{p.Lon + dLon, high.Lat}
}
