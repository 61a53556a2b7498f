package alarm

import (
	"math"

	"citybrain/city"
)

// holds says whether a child has the relation to a parent.
func (r *Relation) holds(parent, child *entry) bool {
	switch {
	case r.SameEntity:
		return parent.s.Entity == child.s.Entity
	case r.SameArea:
		return parent.area != "" && parent.area == child.area
	case r.Evidence:
		return names(&parent.s, child.s.Entity) || names(&child.s, parent.s.Entity)
	}
	return parent.mayBeWithin(child, r.Within) && gap(parent.s.Place, child.s.Place) <= r.Within
}

// circle is drawn around a place: whatever the place touches lies in it.
type circle struct {
	middle city.Point
	radius float64
}

func circleOf(p *city.Place) circle {
	if p == nil {
		return circle{}
	}
	c := circle{middle: p.Center()}
	for _, q := range p.Points {
		c.radius = math.Max(c.radius, c.middle.Distance(q))
	}
	return c
}

// slack is how much longer a distance may come out than it is: lines are taken as
// flat (city.Place.DistanceFrom).
const slack = 1.01

// mayBeWithin says that two places are not too far apart by their circles; it
// spares the look at every line of both.
func (e *entry) mayBeWithin(x *entry, metres float64) bool {
	return e.round.middle.Distance(x.round.middle) <= (metres+e.round.radius+x.round.radius)*slack+1
}

// names says whether an entity other than its own is in a situation's evidence,
// or its own.
func names(s *city.Situation, id city.EntityID) bool {
	for i := range s.Evidence {
		if s.Evidence[i].Entity == id {
			return true
		}
	}
	return false
}

// gap is the distance in metres between two places: the least from a position of
// one to the other. Lines that cross between their positions count as apart by
// the distance of the position next to the crossing.
func gap(a, b *city.Place) float64 {
	if a == nil || b == nil {
		return math.Inf(1)
	}
	least := math.Inf(1)
	for _, q := range a.Points {
		least = math.Min(least, b.DistanceFrom(q))
	}
	for _, q := range b.Points {
		least = math.Min(least, a.DistanceFrom(q))
	}
	return least
}
