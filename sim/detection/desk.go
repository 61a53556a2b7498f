package detection

import (
	"bytes"
	"context"

	"citybrain/backtest"
	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/push"
	"citybrain/model"
	"citybrain/pack"
	"citybrain/sim"
)

// desk takes a day's rows to the rules and keeps the situations they raise. It
// is the gate of feed/push: what model.Writer does, without the log.
type desk struct {
	*backtest.Desk
	definition *pack.City
	mappings   map[city.FeedID]*mapping.Mapping
	rows       int64
	bad        int64 // quarantined
}

func newDesk(definition *pack.City) *desk {
	d := &desk{
		Desk: backtest.NewDesk(definition, definition.Rules()), definition: definition, mappings: map[city.FeedID]*mapping.Mapping{},
	}
	for _, m := range definition.Feeds {
		if d.Reads(m.Spec().Type) { // what no rule reads changes no result
			d.mappings[m.Feed()] = m
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
		d.Apply(&city.Batch{Clock: batches[len(batches)-1].At + 1, Tick: true})
	}
	return nil
}

// Write implements push.Gate.
func (d *desk) Write(_ context.Context, changes []city.Change) ([]model.Result, error) {
	results := make([]model.Result, len(changes))
	batch := city.Batch{Changes: make([]city.Change, 0, len(changes))}
	for i := range changes {
		c := &changes[i]
		results[i].Class, results[i].Reason = d.Judge.Judge(c)
		if results[i].Class == city.RowApplied || results[i].Class == city.RowFlagged {
			batch.Changes = append(batch.Changes, *c)
		}
	}
	d.Apply(&batch)
	return results, nil
}
