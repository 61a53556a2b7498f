package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"citybrain/city"
)

// SavePosition records that a consumer of the log needs nothing up to pos.
func (s *Store) SavePosition(ctx context.Context, consumer string, pos city.Position) error {
	return s.inTx(ctx, "save a position", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO consumer (name, position) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET position = excluded.position`, consumer, int64(pos))
		return err
	})
}

// Position returns what SavePosition recorded, 0 if nothing.
func (s *Store) Position(ctx context.Context, consumer string) (city.Position, error) {
	var pos int64
	err := s.read.QueryRowContext(ctx, `SELECT position FROM consumer WHERE name = $1`, consumer).Scan(&pos)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, nil
	}
	return city.Position(pos), s.explain("load a position", err)
}

// SaveFact records something about the data folder itself.
func (s *Store) SaveFact(ctx context.Context, name, value string) error {
	return s.inTx(ctx, "save a fact", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO fact (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value`, name, value)
		return err
	})
}

// Fact returns what SaveFact recorded, "" if nothing.
func (s *Store) Fact(ctx context.Context, name string) (string, error) {
	var value string
	err := s.read.QueryRowContext(ctx, `SELECT value FROM fact WHERE name = $1`, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, s.explain("load a fact", err)
}

// SaveSituations writes situations ahead of the rules' next checkpoint. They
// are found again from the log with the same ids and change numbers, so it does
// no harm if the checkpoint never comes.
func (s *Store) SaveSituations(ctx context.Context, changed []city.Situation) error {
	return s.inTx(ctx, "save situations", func(tx *sql.Tx) error { return saveSituations(ctx, tx, changed) })
}
