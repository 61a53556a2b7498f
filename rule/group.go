package rule

import (
	"fmt"
	"math"
	"net/url"
	"strconv"

	"citybrain/city"
)

// MaxGroups is how many groups a rule with a key keeps: of more, the one that
// has been silent longest and has no situation up is forgotten.
const MaxGroups = 10_000

// groupKey tells groups apart: the numbers of a cell, or a text.
type groupKey struct {
	text string
	x, y int32
}

// group is what a rule with a key keeps a row for. It is never in
// Engine.entities; its id is that of the situations.
type group struct {
	entity
	key        groupKey
	prev, next *group // silent longer, and shorter
}

// groups are those of one rule.
type groups struct {
	table   *table
	at      map[groupKey]*group
	oldest  *group
	newest  *group
	dropped int64
}

func newGroups(kind city.EntityType) *groups {
	return &groups{table: &table{shape: shape{kind: kind}}, at: map[groupKey]*group{}}
}

// each visits the groups, those that have been silent longest first.
func (g *groups) each(visit func(*group)) {
	if g == nil {
		return
	}
	for x := g.oldest; x != nil; x = x.next {
		visit(x)
	}
}

func (g *groups) unlink(x *group) {
	if x.prev != nil {
		x.prev.next = x.next
	} else {
		g.oldest = x.next
	}
	if x.next != nil {
		x.next.prev = x.prev
	} else {
		g.newest = x.prev
	}
	x.prev, x.next = nil, nil
}

func (g *groups) push(x *group) {
	x.prev = g.newest
	if g.newest != nil {
		g.newest.next = x
	} else {
		g.oldest = x
	}
	g.newest = x
}

// holder is what p keeps a row for when it looks at x: x itself or its group. nil:
// x belongs to no group, or, without make, to none that is there.
func (e *Engine) holder(p *runner, x *entity, make bool) *entity {
	if p.groups == nil {
		return x
	}
	k, ok := e.groupKeyOf(p, x)
	if !ok {
		return nil
	}
	g := p.groups.at[k]
	switch {
	case g == nil && !make:
		return nil
	case g == nil:
		if g = e.newGroup(p, x, k); g == nil {
			return nil
		}
	case make && g != p.groups.newest:
		p.groups.unlink(g)
		p.groups.push(g)
	}
	if make && p.rule.key.by >= keyAttribute {
		if g.spot = x.place(); p.rule.key.by == keyRelated {
			if y := e.entities[g.id]; y != nil && y.place() != nil {
				g.spot = y.place()
			}
		}
	}
	return &g.entity
}

func (e *Engine) groupKeyOf(p *runner, x *entity) (groupKey, bool) {
	switch k := p.rule.key; k.by {
	case keyCell:
		place := x.place()
		if place == nil {
			return groupKey{}, false
		}
		gx, gy := cellAt(place.Center(), k.cell)
		return groupKey{x: gx, y: gy}, true
	case keyArea:
		if x.spread != nil {
			for _, a := range x.spread.areas {
				if e.areas[a].Kind == k.area {
					return groupKey{text: e.areas[a].ID}, true
				}
			}
		}
		return groupKey{}, false
	}
	c := &x.cells[p.keySlot]
	switch c.kind {
	case city.Text, city.Relation, city.Time:
		return groupKey{text: c.text()}, c.text() != ""
	case city.Number:
		return groupKey{text: strconv.FormatFloat(c.num, 'g', -1, 64)}, true
	case city.Bool:
		return groupKey{text: strconv.FormatBool(c.num != 0)}, true
	}
	return groupKey{}, false
}

// newGroup makes a group. Of too many the one that has been silent longest goes;
// if all have situations up, there is none for x.
func (e *Engine) newGroup(p *runner, x *entity, k groupKey) *group {
	gs := p.groups
	if len(gs.at) >= MaxGroups {
		old := gs.oldest
		for old != nil && old.rows[0].up != nil {
			old = old.next
		}
		gs.dropped++
		if old == nil {
			return nil
		}
		gs.forget(p, old)
	}
	return e.addGroup(p, k)
}

func (g *groups) forget(p *runner, x *group) {
	x.rows[0].reset()
	if ex := p.extraOf(&x.entity); ex != nil {
		ex.wake = 0
		x.spread.more[p.extra] = nil
	}
	g.unlink(x)
	delete(g.at, x.key)
}

func (e *Engine) addGroup(p *runner, k groupKey) *group {
	g := &group{key: k}
	g.table, g.rows, g.last, g.gone = p.groups.table, make([]row, 1), never, false
	g.id, g.spot = e.groupName(p, k)
	p.groups.at[k] = g
	p.groups.push(g)
	return g
}

// groupName is the id of a group, and its place where the key says it.
func (e *Engine) groupName(p *runner, k groupKey) (city.EntityID, *city.Place) {
	switch key := p.rule.key; key.by {
	case keyCell:
		return city.EntityID(fmt.Sprintf("urn:ngsi-ld:Cell:%gm:%d:%d", key.cell, k.y, k.x)), cellPlace(k.x, k.y, key.cell)
	case keyArea:
		if a := e.areaNumber(k.text); a >= 0 {
			return city.EntityID("urn:ngsi-ld:Area:" + k.text), e.areas[a].Place
		}
		return city.EntityID("urn:ngsi-ld:Area:" + k.text), nil
	case keyRelated:
		return city.EntityID(k.text), nil
	default:
		return city.EntityID("urn:ngsi-ld:Group:" + string(p.rule.spec.Entity) + ":" + url.QueryEscape(string(key.attribute)) + ":" + url.QueryEscape(k.text)), nil
	}
}

// Cells lie in bands of latitude of the cell's height, counted from the equator.
// Within a band they are as wide as high in its middle, counted from the
// meridian of Greenwich.

func cellDegrees(metres float64) float64 { return metres / city.EarthRadius * 180 / math.Pi }

func cellWidth(y int32, metres float64) float64 {
	middle := (float64(y) + 0.5) * cellDegrees(metres)
	return cellDegrees(metres) / math.Max(0.01, math.Cos(middle*math.Pi/180))
}

// cellAt is the cell of a position.
func cellAt(p city.Point, metres float64) (x, y int32) {
	y = int32(math.Floor(p.Lat / cellDegrees(metres)))
	return int32(math.Floor(p.Lon / cellWidth(y, metres))), y
}

func cellPlace(x, y int32, metres float64) *city.Place {
	h, w := cellDegrees(metres), cellWidth(y, metres)
	west, south := float64(x)*w, float64(y)*h
	east, north := west+w, south+h
	return &city.Place{Kind: city.PlacePolygon, Rings: []int32{5}, Points: []city.Point{
		{Lon: west, Lat: south}, {Lon: east, Lat: south}, {Lon: east, Lat: north}, {Lon: west, Lat: north}, {Lon: west, Lat: south}}}
}
