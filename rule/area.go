package rule

import (
	"slices"

	"citybrain/city"
)

// Area is a named piece of the city that rules may name. A place lies in it if
// the place's centre does: the mean of its positions.
type Area struct {
	ID    string
	Kind  string // such as district; several areas of one kind do not overlap
	Place *city.Place
}

// area is an Area inside one engine.
type area struct {
	Area
	low, high city.Point
}

func areasOf(list []Area) []area {
	out := make([]area, len(list))
	for i, a := range list {
		out[i].Area = a
		if a.Place != nil && len(a.Place.Points) > 0 {
			out[i].low, out[i].high = a.Place.Bounds()
		} else {
			out[i].low, out[i].high = city.Point{Lon: 1}, city.Point{Lon: -1} // holds nothing
		}
	}
	return out
}

// holds says whether p lies in the area: by the even-odd rule over its rings.
func (a *area) holds(p city.Point) bool {
	if p.Lon < a.low.Lon || p.Lon > a.high.Lon || p.Lat < a.low.Lat || p.Lat > a.high.Lat {
		return false
	}
	inside, start := false, 0
	each := func(end int) {
		for i, j := start, end-1; i < end; j, i = i, i+1 {
			v, w := a.Place.Points[i], a.Place.Points[j]
			if (v.Lat > p.Lat) != (w.Lat > p.Lat) && p.Lon < (w.Lon-v.Lon)*(p.Lat-v.Lat)/(w.Lat-v.Lat)+v.Lon {
				inside = !inside
			}
		}
		start = end
	}
	for _, end := range a.Place.Rings {
		each(int(end))
	}
	if len(a.Place.Rings) == 0 {
		each(len(a.Place.Points))
	}
	return inside
}

// areaNumber is the number of the area with an id, or -1.
func (e *Engine) areaNumber(id string) int {
	return slices.IndexFunc(e.areas, func(a area) bool { return a.ID == id })
}

// areasNamed are the areas of a kind, or the one with that id.
func (e *Engine) areasNamed(name string) (out []int) {
	if i := e.areaNumber(name); i >= 0 {
		return []int{i}
	}
	for i := range e.areas {
		if e.areas[i].Kind == name {
			out = append(out, i)
		}
	}
	return out
}

// lies says whether the place of x lies in an area.
func (x *entity) lies(area int) bool {
	if x.spread == nil {
		return false
	}
	for _, a := range x.spread.areas {
		if int(a) == area {
			return true
		}
	}
	return false
}

// spread is what few entities have besides.
type spread struct {
	areas []int32 // that the place lies in, in the order of the city's
	mark  uint64  // of the search that found it last
	hit   int32   // in that search
	more  []*extra
}

func (x *entity) wide() *spread {
	if x.spread == nil {
		x.spread = &spread{}
	}
	return x.spread
}

// settleIn finds the areas that x lies in now.
func (e *Engine) settleIn(x *entity) {
	s := x.wide()
	t := x.table
	for _, a := range s.areas {
		if t.inArea != nil {
			t.inArea[a] = without(t.inArea[a], x)
		}
	}
	s.areas = s.areas[:0]
	p := x.place()
	if p == nil {
		return
	}
	center := p.Center()
	for i := range e.areas {
		if e.areas[i].holds(center) {
			s.areas = append(s.areas, int32(i))
			if t.inArea != nil {
				t.inArea[i] = append(t.inArea[i], x)
			}
		}
	}
}

// without takes x out of a list, whose order means nothing.
func without(list []*entity, x *entity) []*entity {
	i := slices.Index(list, x)
	if i < 0 {
		return list
	}
	last := len(list) - 1
	list[i], list[last] = list[last], nil
	return list[:last]
}
