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

	up    map[city.SituationID]int // indexes into kept
	kept  []kept
	texts texts
}

// kept is a situation without its evidence, small: a year may hold a million.
type kept struct {
	rule, kind, entity, why, ended uint32 // numbers of texts
	severity                       city.Severity
	place                          *city.Place
	raised, cleared                city.Instant
	change                         uint64
}

// texts numbers texts, so that each is kept once.
type texts struct {
	number map[string]uint32
	list   []string
}

func (t *texts) of(s string) uint32 {
	n, known := t.number[s]
	if !known {
		n = uint32(len(t.list))
		t.number[s] = n
		t.list = append(t.list, s)
	}
	return n
}

// NewDesk is a desk for rules of a city, at the beginning of time.
func NewDesk(c *pack.City, rules []*rule.Rule) *Desk {
	d := &Desk{
		Judge: NewJudge(c), engine: rule.New(rules, c.RuleOptions()), reads: map[city.EntityType]bool{},
		up: map[city.SituationID]int{}, texts: texts{number: map[string]uint32{}},
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
		i = len(d.kept)
		d.up[s.ID] = i
		d.kept = append(d.kept, kept{})
	}
	d.kept[i] = kept{
		rule: d.texts.of(string(s.Rule)), kind: d.texts.of(s.Type), entity: d.texts.of(string(s.Entity)), why: d.texts.of(s.RaisedReason),
		ended: d.texts.of(s.ClearedReason), severity: s.Severity, place: s.Place, raised: s.RaisedAt, cleared: s.ClearedAt, change: s.Change,
	}
	if !s.Up() {
		delete(d.up, s.ID)
	}
}

// Found lists the situations in the order in which they were raised, without
// their ids and evidence.
func (d *Desk) Found() []city.Situation {
	out := make([]city.Situation, len(d.kept))
	for i := range d.kept {
		k := &d.kept[i]
		out[i] = city.Situation{
			Rule: city.RuleID(d.texts.list[k.rule]), Type: d.texts.list[k.kind], Entity: city.EntityID(d.texts.list[k.entity]),
			Severity: k.severity, Place: k.place, RaisedAt: k.raised, RaisedReason: d.texts.list[k.why],
			ClearedAt: k.cleared, ClearedReason: d.texts.list[k.ended], Change: k.change,
		}
	}
	return out
}

// Late counts, by source, the readings that came too late for the rules so far.
func (d *Desk) Late() map[city.SourceID]int64 { return d.engine.Late() }

// Engine is the desk's engine, to ask it between two batches.
func (d *Desk) Engine() *rule.Engine { return d.engine }

// Failures counts, by rule, the evaluations that were given up so far.
func (d *Desk) Failures() map[city.RuleID]int64 { return d.engine.Failures() }
