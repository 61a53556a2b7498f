package model

import (
	"slices"

	"citybrain/city"
	"citybrain/internal/codec"
)

// apply puts one change of the log into the lane. An entity whose version is
// pos or later has it already (it came from a checkpoint) and stays as it is;
// judged is the entity's health after the change, nil to leave it.
func (l *lane) apply(pos city.Position, c *city.Change, e *entity, health *city.Health) {
	switch c.Op {
	case city.OpQuarantine, city.OpOutside:
		return
	case city.OpDelete:
		l.remove(e)
	case city.OpDeleteAttribute:
		l.dropAttributes(e, c)
	case city.OpReplace, city.OpCreate:
		l.replace(e, c)
	default:
		l.merge(e, c)
	}
	if health != nil {
		e.Health = *health
	}
	if c.Op != city.OpDelete {
		e.ModifiedAt = max(e.ModifiedAt, c.ReceivedAt)
		e.note(c.Source, c.At)
	}
	e.version = pos
	if !e.dirty {
		e.dirty = true
		l.changed = append(l.changed, e)
	}
}

// note remembers the latest observation time of a source.
func (e *entity) note(s city.SourceID, at city.Instant) {
	for i := range e.seen {
		if e.seen[i].Source == s {
			e.seen[i].At = max(e.seen[i].At, at)
			return
		}
	}
	e.seen = append(e.seen, codec.Seen{Source: s, At: at})
}

// revive makes e an empty living entity of the change's type and time.
func (l *lane) revive(e *entity, c *city.Change) {
	e.dead = false
	e.Entity = city.Entity{ID: c.Entity, Type: c.Type, CreatedAt: c.ReceivedAt, ModifiedAt: c.ReceivedAt}
	l.addType(e)
}

func (l *lane) addType(e *entity) {
	set := l.types[e.Type]
	if set == nil {
		set = map[*entity]struct{}{}
		l.types[e.Type] = set
	}
	set[e] = struct{}{}
}

func (l *lane) remove(e *entity) {
	l.unindex(e)
	delete(l.types[e.Type], e)
	e.dead = true
	e.Attributes, e.seen = nil, nil
	e.Health = city.Health{}
}

func (l *lane) unindex(e *entity) {
	for i := range e.Attributes {
		l.unindexAttribute(e, &e.Attributes[i])
	}
}

func (l *lane) replace(e *entity, c *city.Change) {
	created := e.CreatedAt
	if e.dead || e.ID == "" {
		l.revive(e, c)
	} else {
		l.unindex(e)
		delete(l.types[e.Type], e)
		l.revive(e, c)
		e.CreatedAt = created
	}
	e.Attributes = slices.Clone(c.Attributes)
	for i := range e.Attributes {
		e.Attributes[i].Flags |= c.Flags.Quality()
		l.indexAttribute(e, &e.Attributes[i])
	}
}

func (l *lane) merge(e *entity, c *city.Change) {
	if e.dead || e.ID == "" {
		l.revive(e, c)
	}
	if e.Attributes == nil {
		e.Attributes = make([]city.Attribute, 0, len(c.Attributes))
	}
	for i := range c.Attributes {
		l.mergeAttribute(e, i, &c.Attributes[i], c.Flags.Quality())
	}
}

// mergeAttribute sets one attribute, unless a later observation stands there. i
// is where the attribute most likely is.
func (l *lane) mergeAttribute(e *entity, i int, a *city.Attribute, flags city.Flags) {
	k := e.find(i, a.Name)
	if k < 0 {
		e.Attributes = append(e.Attributes, *a)
		e.Attributes[len(e.Attributes)-1].Flags |= flags
		l.indexAttribute(e, &e.Attributes[len(e.Attributes)-1])
		return
	}
	old := &e.Attributes[k]
	if older(a, old) {
		return
	}
	indexed := old.Value.Kind == city.Geo || old.Value.Kind == city.Relation || a.Value.Kind == city.Geo || a.Value.Kind == city.Relation
	if indexed {
		l.unindexAttribute(e, old)
	}
	*old = *a
	old.Flags |= flags
	if indexed {
		l.indexAttribute(e, old)
	}
}

// find is the index of an attribute or -1. Readings of a feed have their
// attributes in a fixed order, so the answer is mostly a constant offset from
// the hint.
func (e *entity) find(hint int, name city.AttributeName) int {
	if k := int(e.offset) + hint; k < len(e.Attributes) && e.Attributes[k].Name == name {
		return k
	}
	for k := range e.Attributes {
		if e.Attributes[k].Name == name {
			if k >= hint {
				e.offset = uint16(k - hint)
			}
			return k
		}
	}
	return -1
}

func (l *lane) dropAttributes(e *entity, c *city.Change) {
	for i := range c.Attributes {
		if k := e.find(i, c.Attributes[i].Name); k >= 0 {
			l.unindexAttribute(e, &e.Attributes[k])
			e.Attributes = slices.Delete(slices.Clone(e.Attributes), k, k+1)
		}
	}
}

func (l *lane) indexAttribute(e *entity, a *city.Attribute) {
	switch a.Value.Kind {
	case city.Geo:
		if a.Name == city.LocationName && a.Value.Place != nil && len(a.Value.Place.Points) > 0 {
			low, high := a.Value.Place.Bounds()
			l.places.Insert([2]float64{low.Lon, low.Lat}, [2]float64{high.Lon, high.Lat}, e)
		}
	case city.Relation:
		key := reference{a.Name, city.EntityID(a.Value.Text)}
		if l.refs[key] == nil {
			l.refs[key] = map[city.EntityID]struct{}{}
		}
		l.refs[key][e.ID] = struct{}{}
	}
}

func (l *lane) unindexAttribute(e *entity, a *city.Attribute) {
	switch a.Value.Kind {
	case city.Geo:
		if a.Name == city.LocationName && a.Value.Place != nil && len(a.Value.Place.Points) > 0 {
			low, high := a.Value.Place.Bounds()
			l.places.Delete([2]float64{low.Lon, low.Lat}, [2]float64{high.Lon, high.Lat}, e)
		}
	case city.Relation:
		key := reference{a.Name, city.EntityID(a.Value.Text)}
		delete(l.refs[key], e.ID)
		if len(l.refs[key]) == 0 {
			delete(l.refs, key)
		}
	}
}

func (l *lane) applyProgress(p *city.Progress) {
	f := l.feeds[p.Feed]
	if f == nil || f.Run != p.Run {
		f = &city.Progress{Feed: p.Feed, Run: p.Run, Lane: p.Lane}
		l.feeds[p.Feed] = f
	}
	addProgress(f, p)
}
