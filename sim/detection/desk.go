package detection

import (
	"bytes"
	"context"
	"slices"
	"time"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/push"
	"citybrain/model"
	"citybrain/pack"
	"citybrain/rule"
	"citybrain/sim"
)

// desk takes a day's rows to the rules and keeps the situations they raise. It
// is the gate of feed/push: what model.Writer does, without the log.
type desk struct {
	definition *pack.City
	mappings   map[city.FeedID]*mapping.Mapping
	engine     *rule.Engine
	position   city.Position
	entities   map[city.EntityID]*known
	situations map[city.SituationID]*city.Situation
	order      []city.SituationID
	rows       int64
	bad        int64 // quarantined
}

// known is what the quality rules need to know of an entity.
type known struct {
	health city.Health
	last   map[city.SourceID]city.Instant
	values map[city.AttributeName]city.Value
}

func newDesk(definition *pack.City) *desk {
	d := &desk{
		definition: definition, mappings: map[city.FeedID]*mapping.Mapping{},
		entities: map[city.EntityID]*known{}, situations: map[city.SituationID]*city.Situation{},
	}
	lateness := map[city.SourceID]time.Duration{}
	for _, m := range definition.Feeds {
		d.mappings[m.Feed()] = m
		if late := m.Spec().Lateness; late != nil {
			lateness[m.Feed().Source()] = *late
		}
	}
	d.engine = rule.New(definition.Rules(), rule.Options{Lateness: lateness})
	read := d.engine.Types()
	for feed, m := range d.mappings { // what no rule reads changes no result
		if !slices.Contains(read, m.Spec().Type) {
			delete(d.mappings, feed)
		}
	}
	return d
}

// take hands in a stride's rows and lets the rules' time pass them.
func (d *desk) take(ctx context.Context, batches []sim.Batch) error {
	for i := range batches {
		b := &batches[i]
		m := d.mappings[b.Feed]
		if m == nil {
			continue
		}
		report, err := push.Take(ctx, d, push.Request{Mapping: m, Body: bytes.NewReader(b.Body), ContentType: b.ContentType, Now: b.At})
		if err != nil {
			return err
		}
		d.rows += report.Rows
		d.bad += report.Counts[city.RowQuarantined]
	}
	if len(batches) > 0 {
		d.apply(&city.Batch{Clock: batches[len(batches)-1].At + 1, Tick: true})
	}
	return nil
}

// Write implements push.Gate.
func (d *desk) Write(_ context.Context, changes []city.Change) ([]model.Result, error) {
	results := make([]model.Result, len(changes))
	batch := city.Batch{Changes: make([]city.Change, 0, len(changes))}
	for i := range changes {
		c := &changes[i]
		if reason := d.judge(c); reason != "" {
			results[i] = model.Result{Class: city.RowQuarantined, Reason: reason}
			continue
		}
		batch.Changes = append(batch.Changes, *c)
	}
	d.apply(&batch)
	return results, nil
}

// judge holds a row against the data standard and the quality rules and sets
// its flags. A reason means quarantine.
func (d *desk) judge(c *city.Change) string {
	if c.Op == city.OpQuarantine {
		return c.Reason
	}
	if s := d.definition.Standard(c.Type); s != nil {
		if reason := s.Fault(c.Attributes); reason != "" {
			return reason
		}
	}
	if !d.definition.Quality.Watches(c.Type) {
		return ""
	}
	k := d.entities[c.Entity]
	if k == nil {
		k = &known{last: map[city.SourceID]city.Instant{}, values: map[city.AttributeName]city.Value{}}
		d.entities[c.Entity] = k
	}
	for i := range c.Attributes {
		k.values[c.Attributes[i].Name] = c.Attributes[i].Value
	}
	value := catalog.Lookup(func(name city.AttributeName) (city.Value, bool) {
		v, ok := k.values[name]
		return v, ok
	})
	health, flags, reason := d.definition.Quality.Judge(k.health, c, value, c.At > k.last[c.Source])
	if reason != "" {
		return reason
	}
	k.health = health
	k.last[c.Source] = max(k.last[c.Source], c.At)
	c.Flags |= flags
	return ""
}

func (d *desk) apply(b *city.Batch) {
	d.position++
	for _, s := range d.engine.Apply(d.position, b) {
		if d.situations[s.ID] == nil {
			d.order = append(d.order, s.ID)
		}
		d.situations[s.ID] = &s
	}
}

// found lists the situations in the order in which they were raised.
func (d *desk) found() []city.Situation {
	out := make([]city.Situation, len(d.order))
	for i, id := range d.order {
		out[i] = *d.situations[id]
	}
	return out
}
