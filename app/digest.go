package app

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"log/slog"
	"slices"

	"citybrain/city"
	"citybrain/internal/codec"
	"citybrain/model"
	"citybrain/store/sqlstore"
)

// ReplayDigest replays the feeds of c to their end, without interfaces, and
// returns the digest of what came out. On a data folder where a replay of the
// same window was cut off, it goes on from there; the digest is the same.
func ReplayDigest(ctx context.Context, c Config, version string, logger *slog.Logger) (string, error) {
	a, err := New(ctx, c, version, logger)
	if err != nil {
		return "", err
	}
	defer a.Close()
	keeping, stop := context.WithCancel(ctx)
	kept := make(chan error, 1)
	go func() { kept <- a.keeper.run(keeping) }()
	err = a.feeds.replay(ctx)
	stop()
	if err := errors.Join(err, <-kept); err != nil {
		return "", err
	}
	if err := context.Cause(ctx); err != nil {
		return "", err
	}
	for _, s := range a.feeds.player.Status() {
		if s.Err != nil {
			return "", s.Err
		}
	}
	return a.Digest(ctx)
}

// Digest is the SHA-256, in hex, over all situations (ordered by id) and all
// entities (ordered by id) as they are now. Change numbers and log positions
// are not part of it.
func (a *App) Digest(ctx context.Context) (string, error) {
	if _, err := a.follower.checkpoint(ctx); err != nil {
		return "", err
	}
	sum := sha256.New()
	if err := digestSituations(ctx, a.store, sum); err != nil {
		return "", err
	}
	digestEntities(a.present, sum)
	return hex.EncodeToString(sum.Sum(nil)), nil
}

func digestSituations(ctx context.Context, store *sqlstore.Store, sum hash.Hash) error {
	var all []city.Situation
	q := sqlstore.SituationQuery{Limit: sqlstore.MaxPage}
	for {
		page, err := store.Situations(ctx, q)
		if err != nil {
			return err
		}
		all = append(all, page...)
		if len(page) < q.Limit {
			break
		}
		q.After = sqlstore.CursorOf(&page[len(page)-1])
	}
	slices.SortFunc(all, func(x, y city.Situation) int { return cmp.Compare(x.ID, y.ID) })
	for i := range all {
		sum.Write(situationBytes(&all[i]))
	}
	return nil
}

// situationBytes is a situation in the form of a batch: one change per part.
func situationBytes(s *city.Situation) []byte {
	part := func(at city.Instant, reason string, evidence []city.Evidence) city.Change {
		c := city.Change{Op: city.OpQuarantine, Entity: s.Entity, Type: city.EntityType(s.Rule), Source: city.SourceID(s.ID), At: at, Row: int64(s.Severity), Reason: reason}
		c.Attributes = append(c.Attributes, city.Attribute{Name: city.LocationName, Value: city.GeoOf(s.Place)})
		for _, e := range evidence {
			c.Attributes = append(c.Attributes, city.Attribute{
				Name: e.Attribute, Value: e.Value, ObservedAt: e.At, Source: e.Source, Unit: city.Unit(string(e.Entity) + " " + e.Note)})
		}
		return c
	}
	return codec.AppendBatch(nil, &city.Batch{Changes: []city.Change{
		part(s.RaisedAt, s.RaisedReason, s.Evidence), part(s.ClearedAt, s.ClearedReason, s.ClearEvidence),
	}})
}

func digestEntities(p *model.Present, sum hash.Hash) {
	for _, e := range p.Query(model.Query{}).Entities {
		slices.SortFunc(e.Attributes, func(x, y city.Attribute) int { return cmp.Compare(x.Name, y.Name) })
		sum.Write(codec.AppendEntity(nil, &e, nil))
	}
}
