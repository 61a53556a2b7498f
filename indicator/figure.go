package indicator

import (
	"cmp"
	"context"
	"slices"

	"citybrain/city"
	"citybrain/model"
)

// Figure is a named number. Exactly one of Situation, Entities, Share and
// Records says what it counts.
type Figure struct {
	ID         string
	Pack       string // "" for one that every city has
	Title      city.Names
	Definition city.Names // what exactly is counted, for whoever doubts the number
	// Href is where its rows are listed: asked at the same moment, the list has
	// as many rows as the figure says.
	Href string

	Situation city.RuleID // counts the situations of a rule that are up
	Entities  *Entities
	Share     *Share
	Records   func(ctx context.Context, now city.Instant) (int, error)

	// Watch and Alarm are the numbers from which people should look and act;
	// nil: never. Where Alarm is less than Watch, less is worse.
	Watch, Alarm *float64
}

// Entities counts the entities of a type that match.
type Entities struct {
	Type  city.EntityType
	Match func(*city.Entity) bool // nil: all
}

// Share is Σ Part ÷ Σ Whole in per cent, over the entities of a type that have
// both attributes.
type Share struct {
	Type        city.EntityType
	Part, Whole city.AttributeName
}

// Tone says how a number is to be taken.
type Tone string

// The tones.
const (
	Calm  Tone = "calm"
	Watch Tone = "watch"
	Alarm Tone = "alarm"
)

// Reading is a figure at one moment.
type Reading struct {
	*Figure
	Value float64
	Known bool // false: there is nothing to divide by
	Rows  int
	// Part and Whole are the sums behind a Share; Whole is also how many
	// entities of the type there are, matching or not.
	Part, Whole float64
	Tone        Tone
}

// Present is what the figures read of the city's present.
type Present interface {
	Query(q model.Query) model.Page
	Types() map[city.EntityType]int
}

// Situations counts what is up.
type Situations interface {
	// CountUp is how many situations of a rule are up; rule "" means any.
	CountUp(ctx context.Context, rule city.RuleID) (int, error)
}

// tone is how v is to be taken.
func (f *Figure) tone(v float64) Tone {
	less := f.Watch != nil && f.Alarm != nil && *f.Alarm < *f.Watch
	reached := func(limit *float64) bool { return limit != nil && (!less && v >= *limit || less && v <= *limit) }
	switch {
	case reached(f.Alarm):
		return Alarm
	case reached(f.Watch):
		return Watch
	}
	return Calm
}

// has says whether e has both attributes of s.
func (s *Share) has(e *city.Entity) bool {
	return e.Attribute(s.Part) != nil && e.Attribute(s.Whole) != nil
}

// summand is what one entity adds to a Share.
type summand struct {
	id          city.EntityID
	part, whole float64
}

// add adds up s over the entities of its type, in the order of their ids: the
// last digit of a sum depends on the order, and equal cities show equal numbers.
func (s *Share) add(p Present) (rows int, part, whole float64) {
	var list []summand
	p.Query(model.Query{Types: []city.EntityType{s.Type}, Limit: 1, Match: func(e *city.Entity) bool {
		if s.has(e) {
			list = append(list, summand{e.ID, number(e.Attribute(s.Part)), number(e.Attribute(s.Whole))})
		}
		return false
	}})
	slices.SortFunc(list, func(a, b summand) int { return cmp.Compare(a.id, b.id) })
	for i := range list {
		part += list[i].part
		whole += list[i].whole
	}
	return len(list), part, whole
}

// number is what an attribute adds: nothing if it is no number.
func number(a *city.Attribute) float64 {
	if a.Value.Kind != city.Number {
		return 0
	}
	return a.Value.Num
}
