package app

import (
	"context"

	"citybrain/bus/natsbus"
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/model"
	"citybrain/pack"
	"citybrain/store/sqlstore"
)

// judge lets the model's writer ask the catalog's data standards and quality
// rules.
type judge struct {
	*catalog.Quality
	standards map[city.EntityType]*catalog.Standard
}

func newJudge(c *pack.City) judge {
	j := judge{c.Quality, map[city.EntityType]*catalog.Standard{}}
	for _, s := range c.Standards {
		j.standards[s.Type] = s
	}
	return j
}

// Fits implements model.Judge. Attributes that the standard does not know pass.
func (j judge) Fits(c *city.Change) string {
	if s := j.standards[c.Type]; s != nil {
		return s.Fault(c.Attributes)
	}
	return ""
}

// Judge implements model.Judge.
func (j judge) Judge(h city.Health, c *city.Change, value func(city.AttributeName) (city.Value, bool), inOrder bool) (city.Health, city.Flags, string) {
	return j.Quality.Judge(h, c, value, inOrder)
}

// checkpoints lets the model keep its records in the store. The log is synced
// before anything is recorded: after a power cut, records that know more than
// the log would hide the batches that take the lost ones' places.
type checkpoints struct {
	store *sqlstore.Store
	log   *natsbus.Log
}

// SaveEntities implements model.Checkpoints.
func (c checkpoints) SaveEntities(ctx context.Context, records []model.Record) error {
	if err := c.log.Sync(); err != nil {
		return err
	}
	out := make([]sqlstore.EntityRecord, len(records))
	for i, r := range records {
		out[i] = sqlstore.EntityRecord(r)
	}
	return c.store.SaveEntities(ctx, out)
}

// SavePresent implements model.Checkpoints.
func (c checkpoints) SavePresent(ctx context.Context, pos city.Position, feeds []byte) error {
	if err := c.log.Sync(); err != nil {
		return err
	}
	return c.store.SavePresent(ctx, pos, feeds)
}

// DropDeleted implements model.Checkpoints.
func (c checkpoints) DropDeleted(ctx context.Context, pos city.Position) error {
	return c.store.DropDeleted(ctx, pos)
}

// LoadPresent implements model.Checkpoints.
func (c checkpoints) LoadPresent(ctx context.Context, fn func(model.Record) error) (city.Position, []byte, error) {
	return c.store.LoadPresent(ctx, func(r sqlstore.EntityRecord) error { return fn(model.Record(r)) })
}
