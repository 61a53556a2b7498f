package model

import (
	"regexp"
	"slices"

	"citybrain/city"
)

// Query asks for entities that meet every condition given.
type Query struct {
	Types     []city.EntityType // any of; empty: all
	IDs       []city.EntityID   // any of; empty: all
	IDPattern *regexp.Regexp
	Attrs     []city.AttributeName // has any of; empty: all
	// Match is a further condition. It is called under a lock: it must be
	// short and must not call the present or keep the entity.
	Match func(*city.Entity) bool
	Near  *Near
	Box   *[2]city.Point // south-west and north-east
	// Offset and Limit page through the answer, ordered by id. Limit 0: all.
	Offset, Limit int
	Count         bool
}

// Near is a distance to the entity's place: to its closest position, 0 inside a
// polygon.
type Near struct {
	At       city.Point
	Min, Max float64 // metres; 0: no bound
}

// Page is a part of an answer.
type Page struct {
	Entities []city.Entity // snapshots, ordered by id
	Total    int           // all that match, if Query.Count
	More     bool          // there are entities after this page
}

// Query answers q. Entities of different lanes may be of slightly different
// moments.
func (p *Present) Query(q Query) Page {
	found := p.collect(&q)
	total := len(found)
	slices.Sort(found)
	page := Page{}
	if q.Count {
		page.Total = total
	}
	found = found[min(max(q.Offset, 0), total):]
	if q.Limit > 0 && len(found) > q.Limit {
		found, page.More = found[:q.Limit], true
	}
	page.Entities = make([]city.Entity, 0, len(found))
	for _, id := range found {
		if e, ok := p.Get(id); ok {
			page.Entities = append(page.Entities, e)
		}
	}
	return page
}

func (p *Present) collect(q *Query) []city.EntityID {
	var found []city.EntityID
	if len(q.IDs) > 0 {
		for _, id := range slices.Compact(slices.Sorted(slices.Values(q.IDs))) {
			p.View(id, func(e *city.Entity) {
				if q.matches(e) {
					found = append(found, id)
				}
			})
		}
		return found
	}
	for i := range p.lanes {
		found = p.lanes[i].collect(q, found)
	}
	return found
}

func (l *lane) collect(q *Query, found []city.EntityID) []city.EntityID {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if low, high, ok := q.box(); ok {
		l.places.Search([2]float64{low.Lon, low.Lat}, [2]float64{high.Lon, high.Lat}, func(_, _ [2]float64, e *entity) bool {
			if q.matches(&e.Entity) {
				found = append(found, e.ID)
			}
			return true
		})
		return found
	}
	for t, set := range l.types {
		if len(q.Types) > 0 && !slices.Contains(q.Types, t) {
			continue
		}
		for e := range set {
			if q.matches(&e.Entity) {
				found = append(found, e.ID)
			}
		}
	}
	return found
}

// box is where entities that meet the query's place conditions must be.
func (q *Query) box() (low, high city.Point, ok bool) {
	switch {
	case q.Near != nil && q.Near.Max > 0:
		low, high = q.Near.At.BoxAround(q.Near.Max)
		return low, high, low.Lon >= -180 && high.Lon <= 180
	case q.Box != nil:
		return q.Box[0], q.Box[1], true
	}
	return low, high, false
}

func (q *Query) matches(e *city.Entity) bool {
	if len(q.Types) > 0 && !slices.Contains(q.Types, e.Type) {
		return false
	}
	if q.IDPattern != nil && !q.IDPattern.MatchString(string(e.ID)) {
		return false
	}
	if len(q.Attrs) > 0 && !slices.ContainsFunc(q.Attrs, func(n city.AttributeName) bool { return e.Attribute(n) != nil }) {
		return false
	}
	if q.Near != nil || q.Box != nil {
		if !q.placed(e.Place()) {
			return false
		}
	}
	return q.Match == nil || q.Match(e)
}

func (q *Query) placed(p *city.Place) bool {
	if p == nil {
		return false
	}
	if q.Box != nil {
		low, high := p.Bounds()
		if low.Lon > q.Box[1].Lon || high.Lon < q.Box[0].Lon || low.Lat > q.Box[1].Lat || high.Lat < q.Box[0].Lat {
			return false
		}
	}
	if q.Near == nil {
		return true
	}
	d := p.DistanceFrom(q.Near.At)
	return (q.Near.Max <= 0 || d <= q.Near.Max) && d >= q.Near.Min
}
