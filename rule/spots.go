package rule

import (
	"math"

	"github.com/tidwall/rtree"

	"citybrain/city"
)

// spots finds entities by distance: an R-tree over the positions that count of
// their places.
type spots struct {
	ends bool
	tree rtree.RTreeG[*entity]
	seen int64 // positions that nearest has looked at
}

func (s *spots) insert(p *city.Place, x *entity) {
	s.each(p, func(q [2]float64) { s.tree.Insert(q, q, x) })
}

func (s *spots) remove(p *city.Place, x *entity) {
	s.each(p, func(q [2]float64) { s.tree.Delete(q, q, x) })
}

// each visits the positions of p that count: all of them, or of lines the first
// and the last.
func (s *spots) each(p *city.Place, visit func([2]float64)) {
	if p == nil || len(p.Points) == 0 {
		return
	}
	at := func(i int) { visit([2]float64{p.Points[i].Lon, p.Points[i].Lat}) }
	switch {
	case s.ends && p.Kind == city.PlaceLineString:
		at(0)
		at(len(p.Points) - 1)
	case s.ends && p.Kind == city.PlaceMultiLineString:
		first := 0
		for _, end := range p.Rings {
			at(first)
			at(int(end) - 1)
			first = int(end)
		}
	default:
		for i := range p.Points {
			at(i)
		}
	}
}

// metresOfLatitude is a little less than a degree of latitude is long: what is
// further away by latitude alone needs no exact distance.
const metresOfLatitude = 111_000

// nearest is the accepted entity with the least distance from any position of
// p, at most within metres; of equally near ones the one with the least id.
func (s *spots) nearest(p *city.Place, within float64, accept func(*entity) bool) (best *entity, distance float64) {
	if p == nil {
		return nil, 0
	}
	for _, q := range p.Points {
		visit := func(at, _ [2]float64, x *entity) bool {
			s.seen++
			if north := math.Abs(at[1]-q.Lat) * metresOfLatitude; north > within || best != nil && north > distance {
				return true
			}
			d := q.Distance(city.Point{Lon: at[0], Lat: at[1]})
			if d > within || best != nil && (d > distance || d == distance && x.id >= best.id) {
				return true
			}
			if accept == nil || accept(x) {
				best, distance = x, d
			}
			return true
		}
		// Rings that grow: most often the first ones hold it, and what is
		// looked at twice is a sixteenth.
		for ring := within / 256; ; ring = min(4*ring, within) {
			low, high := q.BoxAround(ring)
			s.search(low, high, visit)
			if ring >= within || best != nil && distance <= ring {
				break
			}
		}
	}
	return best, distance
}

// search also finds what lies on the other side of the antimeridian.
func (s *spots) search(low, high city.Point, visit func(low, high [2]float64, x *entity) bool) {
	box := func(west, east float64) {
		s.tree.Search([2]float64{west, low.Lat}, [2]float64{east, high.Lat}, visit)
	}
	box(low.Lon, high.Lon)
	if low.Lon < -180 {
		box(low.Lon+360, 180)
	}
	if high.Lon > 180 {
		box(-180, high.Lon-360)
	}
}
