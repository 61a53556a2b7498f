package backtest

import (
	"citybrain/city"
	"citybrain/pack"
	"citybrain/rule"
)

// Desk takes rows through a judge to the rule engine and keeps the situations
// that the rules raise. One goroutine uses it.
type Desk struct {
	*Judge
	engine   *rule.Engine
	position city.Position
	reads    map[city.EntityType]bool

	up    map[city.SituationID]int // where on the shelf
	shelf shelf
}

// NewDesk is a desk for rules of a city, at the beginning of time.
func NewDesk(c *pack.City, rules []*rule.Rule) *Desk {
	d := &Desk{
		Judge: NewJudge(c), engine: rule.New(rules, c.RuleOptions()), reads: map[city.EntityType]bool{},
		up: map[city.SituationID]int{},
	}
	for _, t := range d.engine.Types() {
		d.reads[t] = true
	}
	return d
}

// Reads says whether a rule looks at entities of a type. Rows of other types
// change no result.
func (d *Desk) Reads(t city.EntityType) bool { return d.reads[t] }

// Apply takes changes that were judged, and the tick of b, to the rules.
func (d *Desk) Apply(b *city.Batch) {
	d.position++
	changed := d.engine.Apply(d.position, b)
	for i := range changed {
		d.keep(&changed[i])
	}
}

func (d *Desk) keep(s *city.Situation) {
	i, known := d.up[s.ID]
	if !known {
		i = d.shelf.room()
		d.up[s.ID] = i
	}
	d.shelf.put(i, s)
	if !s.Up() {
		delete(d.up, s.ID)
	}
}

// Found lists the situations in the order in which they were raised, without
// their ids and evidence.
func (d *Desk) Found() []city.Situation {
	out := make([]city.Situation, d.shelf.n)
	for i := range out {
		out[i] = d.shelf.situation(i)
	}
	return out
}

// Late counts, by source, the readings that came too late for the rules so far.
func (d *Desk) Late() map[city.SourceID]int64 { return d.engine.Late() }

// Engine is the desk's engine, to ask it between two batches.
func (d *Desk) Engine() *rule.Engine { return d.engine }

// Failures counts, by rule, the evaluations that were given up so far.
func (d *Desk) Failures() map[city.RuleID]int64 { return d.engine.Failures() }
