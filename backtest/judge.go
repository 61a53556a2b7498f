package backtest

import (
	"fmt"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/model"
	"citybrain/pack"
)

// Judge holds rows against a city's data standards and quality rules as
// model.Writer does, and keeps what it needs to know of each entity for that:
// no more than the writer would find in the present and the past. One goroutine
// uses it.
type Judge struct {
	quality   *catalog.Quality
	standards map[city.EntityType]*catalog.Standard
	entities  map[city.EntityID]*known

	change  *city.Change // being judged, for value
	subject *known
	value   func(city.AttributeName) (city.Value, bool)
}

// known is what is kept of an entity.
type known struct {
	kind   city.EntityType
	health city.Health
	seen   []seen
	held   []held // for quality rules that compare attributes
	name   string
	place  *city.Place
}

// seen is what one source has said of an entity.
type seen struct {
	source  city.SourceID
	last    city.Instant
	moments moments // only where a second reading of an instant is a duplicate
}

// held is a value of the present.
type held struct {
	name  city.AttributeName
	at    city.Instant
	value city.Value
}

// NewJudge is a judge who has seen no row yet.
func NewJudge(c *pack.City) *Judge {
	j := &Judge{quality: c.Quality, standards: map[city.EntityType]*catalog.Standard{}, entities: map[city.EntityID]*known{}}
	for _, s := range c.Standards {
		j.standards[s.Type] = s
	}
	j.value = j.lookup
	return j
}

// Judge decides what becomes of a row and, unless it is quarantined, sets its
// flags and remembers it. The reason is that of a quarantined row.
func (j *Judge) Judge(c *city.Change) (class city.RowClass, reason string) {
	switch c.Op {
	case city.OpOutside:
		return city.RowOutside, ""
	case city.OpQuarantine:
		return city.RowQuarantined, c.Reason
	}
	if c.At > c.ReceivedAt.Add(model.MaxAhead) {
		return city.RowQuarantined, fmt.Sprintf("%s lies more than a day ahead of the city's clock (%s)", c.At, c.ReceivedAt)
	}
	k := j.entities[c.Entity]
	if k != nil && k.kind != c.Type {
		return city.RowQuarantined, fmt.Sprintf("entity %s is of type %s and cannot become %s", c.Entity, k.kind, c.Type)
	}
	if s := j.standards[c.Type]; s != nil {
		if reason := s.Fault(c.Attributes); reason != "" {
			return city.RowQuarantined, reason
		}
	}
	born := k == nil
	if born {
		k = &known{kind: c.Type}
	}
	s := k.by(c.Source)
	inOrder := c.At > s.last
	if !inOrder && j.quality.FirstWins(c.Source) && (c.At == s.last || s.moments.has(c.At)) {
		return city.RowDuplicate, ""
	}
	if j.quality.Watches(c.Type) {
		j.change, j.subject = c, k
		health, flags, reason := j.quality.Judge(k.health, c, j.value, inOrder)
		if reason != "" {
			return city.RowQuarantined, reason
		}
		k.health = health
		c.Flags |= flags
	}
	if born {
		j.entities[c.Entity] = k
	}
	j.remember(k, s, c)
	if c.Flags.Quality() != 0 {
		return city.RowFlagged, ""
	}
	return city.RowApplied, ""
}

// Admit is Judge for a row that was judged before and bears its flags: it is
// remembered only.
func (j *Judge) Admit(c *city.Change) city.RowClass {
	k := j.entities[c.Entity]
	if k == nil || k.kind != c.Type {
		k = &known{kind: c.Type}
		j.entities[c.Entity] = k
	}
	k.call(c)
	if c.Flags.Quality() != 0 {
		return city.RowFlagged
	}
	return city.RowApplied
}

// by is what a source has said of the entity.
func (k *known) by(source city.SourceID) *seen {
	for i := range k.seen {
		if k.seen[i].source == source {
			return &k.seen[i]
		}
	}
	k.seen = append(k.seen, seen{source: source})
	return &k.seen[len(k.seen)-1]
}

func (j *Judge) remember(k *known, s *seen, c *city.Change) {
	s.last = max(s.last, c.At)
	if j.quality.FirstWins(c.Source) {
		s.moments.add(c.At)
	}
	if j.quality.Watches(c.Type) {
		for i := range c.Attributes {
			k.hold(i, &c.Attributes[i])
		}
	}
	k.call(c)
}

// call notes what an entity is called and where it is.
func (k *known) call(c *city.Change) {
	for i := range c.Attributes {
		a := &c.Attributes[i]
		switch {
		case a.Value.Kind == city.Geo && a.Name == city.LocationName:
			k.place = a.Value.Place
		case a.Name == nameAttribute && a.Value.Kind == city.Text:
			k.name = a.Value.Text
		}
	}
}

// nameAttribute is what an entity is called where it says so (NGSI-LD's core
// and the Smart Data Models use it).
const nameAttribute city.AttributeName = "name"

// hold keeps a value unless a later observation stands there. i is where the
// attribute most likely is.
func (k *known) hold(i int, a *city.Attribute) {
	if i >= len(k.held) || k.held[i].name != a.Name {
		for i = 0; i < len(k.held) && k.held[i].name != a.Name; i++ {
		}
		if i == len(k.held) {
			k.held = append(k.held, held{name: a.Name})
		}
	}
	h := &k.held[i]
	if a.ObservedAt != 0 && h.at != 0 && a.ObservedAt < h.at {
		return
	}
	h.at, h.value = a.ObservedAt, a.Value
}

// lookup finds a value in the row being judged, or else in the present.
func (j *Judge) lookup(name city.AttributeName) (city.Value, bool) {
	for i := range j.change.Attributes {
		if a := &j.change.Attributes[i]; a.Name == name {
			return a.Value, true
		}
	}
	for i := range j.subject.held {
		if h := &j.subject.held[i]; h.name == name {
			return h.value, true
		}
	}
	return city.Value{}, false
}
