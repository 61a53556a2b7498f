package app

import (
	"context"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/model"
	"citybrain/store/sqlstore"
)

// judge lets the model's writer ask the catalog's quality rules.
type judge struct{ *catalog.Quality }

// Judge implements model.Judge.
func (j judge) Judge(h city.Health, c *city.Change, value func(city.AttributeName) (city.Value, bool), inOrder bool) (city.Health, city.Flags, string) {
	return j.Quality.Judge(h, c, value, inOrder)
}

// checkpoints lets the model keep its records in the store.
type checkpoints struct{ store *sqlstore.Store }

// SaveEntities implements model.Checkpoints.
func (c checkpoints) SaveEntities(ctx context.Context, records []model.Record) error {
	out := make([]sqlstore.EntityRecord, len(records))
	for i, r := range records {
		out[i] = sqlstore.EntityRecord(r)
	}
	return c.store.SaveEntities(ctx, out)
}

// SavePresent implements model.Checkpoints.
func (c checkpoints) SavePresent(ctx context.Context, pos city.Position, feeds []byte) error {
	return c.store.SavePresent(ctx, pos, feeds)
}

// LoadPresent implements model.Checkpoints.
func (c checkpoints) LoadPresent(ctx context.Context, fn func(model.Record) error) (city.Position, []byte, error) {
	return c.store.LoadPresent(ctx, func(r sqlstore.EntityRecord) error { return fn(model.Record(r)) })
}
