package rule

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"citybrain/city"
)

// otherRun is a selection of other entities inside one engine.
type otherRun struct {
	*others
	table   *table
	near    *spots
	values  *values
	own     []int // slots of the rule's entity, in the order of the index
	through int   // own Relationship
	areas   []int
	where   truthFn
	whereAt []*bound

	number   int // among those by distance of the rule
	gathered []neighbour
	found    []candidate // those that counted last

	// The nearest by the place it was sought from, as of a version of the table.
	from    map[*city.Place]neighbour
	version uint64
}

// candidate is another entity, with its distance where that matters.
type candidate struct {
	of       *entity
	distance float64
	num      float64
	text     string
}

func (e *Engine) linkOthers(p *runner, d *letDef) *otherRun {
	o := &otherRun{others: d.others}
	spec := &o.spec
	o.table = e.tables[spec.Type]
	own := e.tables[p.rule.spec.Entity]
	switch o.by {
	case byDistance:
		o.number = p.nears
		p.nears++
		o.near = index(&o.table.near, spec.Measure == "ends")
		o.from = map[*city.Place]neighbour{}
	case byValue:
		var theirs []int
		for i := range o.others.theirs {
			theirs = append(theirs, o.table.slots[o.others.theirs[i]])
			o.own = append(o.own, own.slots[o.others.own[i]])
		}
		o.values = o.table.valuesBy(theirs)
	case byOwnRelation:
		o.through = own.slots[spec.Through]
	case byTheirRelation:
		o.values = o.table.valuesBy([]int{o.table.slots[spec.Back]})
	case byArea:
		o.areas = e.areasNamed(spec.Area)
		own.lies, o.table.lies = true, true
		if o.table.inArea == nil {
			o.table.inArea = make([][]*entity, len(e.areas))
		}
	}
	if x := d.others.where; x != nil {
		find, list := e.bounds(p, o.table, x)
		fn, err := x.bind(find, func() { p.failures++ })
		if err != nil { // Compile bound it
			fn = func(*frame) truth { return unknown }
		}
		o.where, o.whereAt = fn, list
	}
	return o
}

// gather finds who may count for x. false: there are more than the rule allows.
func (e *Engine) gather(o *otherRun, x *entity) bool {
	o.gathered = o.gathered[:0]
	switch o.by {
	case byDistance:
		return e.gatherNear(o, x)
	case byValue:
		key, ok := keyOf(e.key[:0], x, o.own)
		return !ok || e.gatherList(o, x, o.values.at[string(key)])
	case byTheirRelation:
		return e.gatherList(o, x, o.values.at[string(idKey(e.key[:0], x.id))])
	case byOwnRelation:
		if c := &x.cells[o.through]; c.kind == city.Relation {
			e.gatherOne(o, city.EntityID(c.text()))
		}
	case byID:
		e.gatherOne(o, o.spec.Entity)
	case byArea:
		for _, a := range o.areas {
			if o.areaIsID(e, a) || x.lies(a) {
				if !e.gatherList(o, x, o.table.inArea[a]) {
					return false
				}
			}
		}
	}
	return true
}

// areaIsID says whether the rule names the area itself and not its kind.
func (o *otherRun) areaIsID(e *Engine, a int) bool { return e.areas[a].ID == o.spec.Area }

func (e *Engine) gatherOne(o *otherRun, id city.EntityID) {
	if y := e.entities[id]; y != nil && y.table == o.table && !y.gone {
		o.gathered = append(o.gathered, neighbour{of: y})
	}
}

func (e *Engine) gatherList(o *otherRun, x *entity, list []*entity) bool {
	if len(o.gathered)+len(list) > o.most+1 {
		return false
	}
	for _, y := range list {
		if y != x && !y.gone {
			o.gathered = append(o.gathered, neighbour{of: y})
		}
	}
	return len(o.gathered) <= o.most
}

// gatherNear finds each entity within the distance once, with its least distance.
func (e *Engine) gatherNear(o *otherRun, x *entity) bool {
	p := x.place()
	if p == nil {
		return true
	}
	within := float64(o.spec.Within)
	e.mark++
	fits := true
	for _, q := range p.Points {
		visit := func(at, _ [2]float64, y *entity) bool {
			d := q.Distance(city.Point{Lon: at[0], Lat: at[1]})
			if d > within || y == x || y.gone {
				return true
			}
			s := y.wide()
			if s.mark == e.mark {
				c := &o.gathered[s.hit]
				c.distance = math.Min(c.distance, d)
				return true
			}
			if len(o.gathered) >= o.most {
				fits = false
				return false
			}
			s.mark, s.hit = e.mark, int32(len(o.gathered))
			o.gathered = append(o.gathered, neighbour{of: y, distance: d})
			return true
		}
		low, high := q.BoxAround(within)
		o.near.search(low, high, visit)
		if !fits {
			return false
		}
	}
	return true
}

// computeOthers folds what other entities have. Where there are more of them
// than the rule allows, or one of them cannot be told, the value is unknown.
func (e *Engine) computeOthers(p *runner, l *letRun, f *frame, v *letValue) {
	o := l.others
	o.found = o.found[:0]
	if o.nearest {
		e.findNearest(l, f)
		l.foldOthers(v)
		return
	}
	list, ok := e.candidates(p, o, f)
	if e.work += o.sought(len(list), ok); !ok {
		p.failures++
		return
	}
	for i := range list {
		c := candidate{of: list[i].of, distance: list[i].distance}
		if e.counts(l, &c, f.now) {
			o.found = append(o.found, c)
		}
	}
	l.foldOthers(v)
}

// findNearest finds the nearest that counts; of several the one with the least
// id. Where only the other entities decide who counts, what was found from a
// place is remembered until one of them changes.
func (e *Engine) findNearest(l *letRun, f *frame) {
	o := l.others
	if o.where != nil || o.age > 0 {
		o.found = e.seekNearest(o.found, l, f)
		return
	}
	if o.version != o.table.changes || len(o.from) >= maxRemembered {
		clear(o.from)
		o.version = o.table.changes
	}
	place := f.of.place()
	n, known := o.from[place]
	if !known {
		if o.found = e.seekNearest(o.found, l, f); len(o.found) > 0 {
			n = neighbour{of: o.found[0].of, distance: o.found[0].distance}
		}
		o.from[place] = n
		return
	}
	e.work++
	c := candidate{of: n.of, distance: n.distance}
	if n.of != nil && e.counts(l, &c, f.now) {
		o.found = append(o.found, c)
	}
}

// maxRemembered is how many places know their nearest: what moves leaves places
// behind.
const maxRemembered = 1024

func (e *Engine) seekNearest(found []candidate, l *letRun, f *frame) []candidate {
	o, x := l.others, f.of
	var kept candidate
	defer e.workOfNearest(o, e.work, o.near.seen)
	y, distance := o.near.nearest(x.place(), float64(o.spec.Within), func(y *entity) bool {
		c := candidate{of: y}
		if y == x || y.gone || !e.counts(l, &c, f.now) {
			return false
		}
		kept = c
		return true
	})
	if y == nil {
		return found
	}
	kept.distance = distance
	return append(found, kept)
}

// neighbours are those within the distance as long as no place changes.
type neighbours struct {
	of      *city.Place
	version uint64 // of the places of the other type
	list    []neighbour
	kept    bool
}

type neighbour struct {
	of       *entity
	distance float64
}

// candidates are who may count. Neighbours are remembered once they were asked
// for twice while no place of their type changed: streets stay, cars do not.
func (e *Engine) candidates(p *runner, o *otherRun, f *frame) ([]neighbour, bool) {
	if o.by != byDistance {
		return o.gatheredIf(e.gather(o, f.of))
	}
	x := p.extraFor(f.holder)
	if x.near == nil {
		x.near = make([]neighbours, p.nears)
	}
	n := &x.near[o.number]
	place, version := f.of.place(), o.table.places
	if n.of == place && n.version == version && n.kept {
		return n.list, true
	}
	list, ok := o.gatheredIf(e.gather(o, f.of))
	if ok && n.of == place && n.version == version {
		n.list, n.kept = append(n.list[:0], list...), true
	} else {
		n.of, n.version, n.list, n.kept = place, version, nil, false
	}
	return list, ok
}

func (o *otherRun) gatheredIf(ok bool) ([]neighbour, bool) { return o.gathered, ok }

// counts says whether an entity counts, and what it gives.
func (e *Engine) counts(l *letRun, c *candidate, now city.Instant) bool {
	o, y, f := l.others, c.of, &e.far
	if o.age > 0 && !l.fresh(y, now-city.Instant(o.age.Microseconds())) {
		return false
	}
	f.cells, f.faulty, f.id, f.of, f.now = y.cells, y.faulty, y.id, y, now
	if o.where != nil && o.where(f) != yes {
		return false
	}
	ok := true
	switch {
	case l.words != nil:
		c.text, ok = l.words(f)
	case l.number != nil:
		c.num, ok = l.number(f)
	}
	return ok
}

// fresh says whether what is read of y was observed after an instant; reference
// data is never old. Where nothing observed is read its last reading counts.
func (l *letRun) fresh(y *entity, after city.Instant) bool {
	some := false
	for _, list := range [][]*bound{l.at, l.others.whereAt} {
		for _, b := range list {
			if b.sort != refAttribute {
				continue
			}
			c := &y.cells[b.slot]
			if c.kind == city.None || !c.observed {
				continue
			}
			if some = true; c.at <= after {
				return false
			}
		}
	}
	return some || y.last > after
}

// maxNamed is how many other entities the evidence of one value names.
const maxNamed = 32

func (e *Engine) othersEvidence(out []city.Evidence, l *letRun) []city.Evidence {
	o := l.others
	found := slices.Clone(o.found)
	if !o.nearest {
		slices.SortFunc(found, func(a, b candidate) int { return cmp.Compare(a.of.id, b.of.id) })
	}
	for i := range found[:min(len(found), maxNamed)] {
		c := &found[i]
		ev := city.Evidence{Entity: c.of.id, At: c.of.last, Note: l.name}
		if c.of.last == never {
			ev.At = 0
		}
		for _, b := range append(slices.Clone(l.at), o.whereAt...) {
			if b.sort == refAttribute && c.of.cells[b.slot].kind != city.None {
				cell := &c.of.cells[b.slot]
				ev.Attribute, ev.Value, ev.At, ev.Source = b.name, cell.value(), cell.at, e.sources[cell.src]
				break
			}
		}
		if o.by == byDistance {
			ev.Note = fmt.Sprintf("%s, within %s: %.0f m", l.name, o.spec.Within, c.distance)
		}
		out = append(out, ev)
	}
	return out
}
