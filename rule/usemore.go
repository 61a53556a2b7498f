package rule

import (
	"slices"

	"citybrain/city"
)

type addUse func(t city.EntityType, name city.AttributeName, kind city.ValueKind, line int)

// usesMore lists what r reads besides its conditions and joins.
func (r *Rule) usesMore(add addUse) {
	s := &r.spec
	r.usesOf(add, s.Entity, r.where, s.At("where"))
	if len(r.Areas()) > 0 {
		add(s.Entity, city.LocationName, city.Geo, s.Line)
	}
	if k := r.key; k != nil {
		switch line := s.Key.Line; k.by {
		case keyAttribute:
			add(s.Entity, k.attribute, city.None, line)
		case keyRelated:
			add(s.Entity, k.attribute, city.Relation, line)
		default:
			add(s.Entity, city.LocationName, city.Geo, line)
		}
	}
	for _, d := range r.lets {
		if d.others == nil {
			r.usesOf(add, s.Entity, d.of, d.spec.At("of"))
			r.usesOf(add, s.Entity, d.where, d.spec.At("where"))
			continue
		}
		r.usesOfOthers(add, d)
	}
	for _, t := range r.steps {
		r.usesOfStep(add, t)
	}
}

func (r *Rule) usesOf(add addUse, t city.EntityType, x *expr, line int) {
	if x == nil {
		return
	}
	for _, ref := range x.refs {
		switch {
		case ref.sort != refAttribute:
		case ref.through == "":
			add(t, ref.name, ref.kind, line)
		default:
			add(t, ref.through, city.Relation, line)
			add(r.spec.Relations[ref.through], ref.name, ref.kind, line)
		}
	}
}

func (r *Rule) usesOfOthers(add addUse, d *letDef) {
	o, own := d.others, r.spec.Entity
	kind, line := o.spec.Type, o.spec.Line
	r.usesOf(add, kind, d.of, d.spec.At("of"))
	r.usesOf(add, kind, o.where, o.spec.At("where"))
	switch o.by {
	case byDistance, byArea:
		add(own, city.LocationName, city.Geo, line)
		add(kind, city.LocationName, city.Geo, line)
	case byValue:
		for i := range o.own {
			add(own, o.own[i], city.None, o.spec.At("on"))
			add(kind, o.theirs[i], city.None, o.spec.At("on"))
		}
	case byOwnRelation:
		add(own, o.spec.Through, city.Relation, o.spec.At("through"))
	case byTheirRelation:
		add(kind, o.spec.Back, city.Relation, o.spec.At("back"))
	case byID: // where nothing is read of it, it still has a table
		add(kind, city.LocationName, city.None, line)
	}
}

func (r *Rule) usesOfStep(add addUse, t *step) {
	own, kind := r.spec.Entity, t.spec.Type
	if !t.foreign() {
		r.usesOf(add, own, t.when, t.spec.At("when"))
		return
	}
	r.usesOf(add, kind, t.when, t.spec.At("when"))
	switch t.by {
	case byDistance:
		add(own, city.LocationName, city.Geo, t.spec.At("near"))
		add(kind, city.LocationName, city.Geo, t.spec.At("near"))
	case byValue:
		for i := range t.own {
			add(own, t.own[i], city.None, t.spec.At("on"))
			add(kind, t.theirs[i], city.None, t.spec.At("on"))
		}
	case byOwnRelation:
		add(own, t.spec.Through, city.Relation, t.spec.At("through"))
	case byTheirRelation:
		add(kind, t.spec.Back, city.Relation, t.spec.At("back"))
	}
}

// AreaUse is an area, or a kind of area, that a rule names.
type AreaUse struct {
	Name string
	Kind bool // only a kind of area is meant, not one area
	Any  bool // either
	Line int
}

// Areas lists the areas of the city that r names, in the order of the keys.
func (r *Rule) Areas() []AreaUse {
	s := &r.spec
	var uses []AreaUse
	add := func(u AreaUse) {
		if !slices.Contains(uses, u) {
			uses = append(uses, u)
		}
	}
	for _, id := range s.Area {
		add(AreaUse{Name: id, Line: s.At("area")})
	}
	if r.key != nil && r.key.by == keyArea {
		add(AreaUse{Name: r.key.area, Kind: true, Line: s.Key.At("area")})
	}
	if s.Dwell != nil && s.Dwell.Area != "" {
		add(AreaUse{Name: s.Dwell.Area, Any: true, Line: s.Dwell.At("area")})
	}
	inside := func(x *expr, line int) {
		if x == nil {
			return
		}
		for _, ref := range x.refs {
			if ref.sort == refArea {
				add(AreaUse{Name: string(ref.name), Line: line})
			}
		}
	}
	inside(r.where, s.At("where"))
	inside(r.when, s.At("when"))
	inside(r.clear, s.At("clear"))
	inside(r.unless, s.At("unless"))
	for _, d := range r.lets {
		inside(d.of, d.spec.At("of"))
		inside(d.where, d.spec.At("where"))
		if o := d.others; o != nil {
			inside(o.where, o.spec.At("where"))
			if o.by == byArea && o.spec.Area != "" {
				add(AreaUse{Name: o.spec.Area, Any: true, Line: o.spec.At("area")})
			}
		}
	}
	for _, t := range r.steps {
		inside(t.when, t.spec.At("when"))
	}
	return uses
}
