package rule

import (
	"cmp"
	"slices"

	"citybrain/city"
)

// Use is an attribute that a rule reads, the kind of value it wants there (None:
// any), and the first line of the file that reads it.
type Use struct {
	Type      city.EntityType
	Attribute city.AttributeName
	Kind      city.ValueKind
	Line      int
}

// Uses lists the attributes that r reads, sorted, so that a pack can check them
// against its data standards. The place that every situation carries is not
// listed unless a join needs it.
func (r *Rule) Uses() []Use {
	var uses []Use
	add := func(t city.EntityType, name city.AttributeName, kind city.ValueKind, line int) {
		if t == "" { // a fault of its own
			return
		}
		u := Use{t, name, kind, line}
		if !slices.ContainsFunc(uses, func(x Use) bool { return x.compare(u) == 0 }) {
			uses = append(uses, u)
		}
	}
	for _, c := range []struct {
		key string
		x   *expr
	}{{"when", r.when}, {"clear", r.clear}, {"unless", r.unless}} {
		if c.x == nil {
			continue
		}
		for _, ref := range c.x.refs {
			if ref.sort != refAttribute {
				continue
			}
			if ref.through == "" {
				add(r.spec.Entity, ref.name, ref.kind, r.spec.At(c.key))
				continue
			}
			add(r.spec.Entity, ref.through, city.Relation, r.spec.At(c.key))
			add(r.spec.Relations[ref.through], ref.name, ref.kind, r.spec.At(c.key))
		}
	}
	r.usesMore(add)
	r.join.walk(func(j *join) {
		switch j.op {
		case joinNear:
			add(r.spec.Entity, city.LocationName, city.Geo, j.line)
			add(j.kind, city.LocationName, city.Geo, j.line)
			if j.starts != nil {
				add(j.kind, j.starts.Attribute, city.Time, j.starts.At("attribute"))
			}
		case joinRelated:
			add(r.spec.Entity, j.through, city.Relation, j.line)
		}
	})
	slices.SortFunc(uses, Use.compare)
	return uses
}

// compare orders uses by what is read, wherever that stands.
func (u Use) compare(v Use) int {
	return cmp.Or(cmp.Compare(u.Type, v.Type), cmp.Compare(u.Attribute, v.Attribute), cmp.Compare(u.Kind, v.Kind))
}

// TypeUse is an entity type that a rule names, and the first line that does.
type TypeUse struct {
	Type city.EntityType
	Line int
}

// Types lists the entity types that r names: first its own, then those of
// relations, sorted, then those of joins as written.
func (r *Rule) Types() []TypeUse {
	var types []TypeUse
	add := func(t city.EntityType, line int) {
		if t != "" && !slices.ContainsFunc(types, func(x TypeUse) bool { return x.Type == t }) {
			types = append(types, TypeUse{t, line})
		}
	}
	add(r.spec.Entity, r.spec.At("entity"))
	var related []city.EntityType
	for _, t := range r.spec.Relations {
		related = append(related, t)
	}
	slices.Sort(related)
	for _, t := range related {
		add(t, r.spec.At("relations"))
	}
	for _, d := range r.lets {
		if d.others != nil {
			add(d.others.spec.Type, d.others.spec.At("type"))
		}
	}
	for _, t := range r.steps {
		add(t.spec.Type, t.spec.At("type"))
	}
	r.join.walk(func(j *join) {
		if j.op == joinNear {
			add(j.kind, j.typeLine)
		}
	})
	return types
}
