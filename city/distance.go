package city

import "math"

// DistanceFrom is the distance in metres from q to the closest position of p:
// on its points, along its lines, and 0 inside its polygons. Along lines the
// sphere is taken as flat around q, which is exact to 0.1 % up to 50 km.
func (p *Place) DistanceFrom(q Point) float64 {
	if p == nil || len(p.Points) == 0 {
		return math.Inf(1)
	}
	switch p.Kind {
	case PlacePolygon, PlaceMultiPolygon:
		if p.encloses(q) {
			return 0
		}
	case PlacePoint, PlaceMultiPoint:
		return p.vertexDistance(q)
	}
	best := p.vertexDistance(q)
	start := 0
	for _, end := range p.ringEnds() {
		for i := start; i+1 < end; i++ {
			best = math.Min(best, q.Distance(closest(q, p.Points[i], p.Points[i+1])))
		}
		start = end
	}
	return best
}

func (p *Place) vertexDistance(q Point) float64 {
	best := math.Inf(1)
	for _, v := range p.Points {
		best = math.Min(best, q.Distance(v))
	}
	return best
}

func (p *Place) ringEnds() []int {
	if len(p.Rings) == 0 {
		return []int{len(p.Points)}
	}
	ends := make([]int, len(p.Rings))
	for i, e := range p.Rings {
		ends[i] = int(e)
	}
	return ends
}

// encloses says whether q lies inside by the even-odd rule over all rings.
func (p *Place) encloses(q Point) bool {
	inside := false
	start := 0
	for _, end := range p.ringEnds() {
		for i, j := start, end-1; i < end; j, i = i, i+1 {
			a, b := p.Points[i], p.Points[j]
			if (a.Lat > q.Lat) != (b.Lat > q.Lat) && q.Lon < (b.Lon-a.Lon)*(q.Lat-a.Lat)/(b.Lat-a.Lat)+a.Lon {
				inside = !inside
			}
		}
		start = end
	}
	return inside
}

// closest is the position on the line from a to b that is closest to q.
func closest(q, a, b Point) Point {
	k := math.Cos(q.Lat * math.Pi / 180)
	dx, dy := (b.Lon-a.Lon)*k, b.Lat-a.Lat
	length := dx*dx + dy*dy
	if length == 0 {
		return a
	}
	t := ((q.Lon-a.Lon)*k*dx + (q.Lat-a.Lat)*dy) / length
	t = math.Max(0, math.Min(1, t))
	return Point{a.Lon + t*(b.Lon-a.Lon), a.Lat + t*(b.Lat-a.Lat)}
}
