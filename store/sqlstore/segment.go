package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"citybrain/city"
	"citybrain/history"
)

const segmentColumns = `type, day, part, up_to, rows, bytes, sha256, min_at, max_at`

// Segments implements history.Manifest.
func (s *Store) Segments(ctx context.Context) ([]history.Segment, error) {
	const op = "list segments"
	rows, err := s.read.QueryContext(ctx, `SELECT `+segmentColumns+` FROM segment ORDER BY type, day, part`)
	if err != nil {
		return nil, s.explain(op, err)
	}
	defer rows.Close()
	var all []history.Segment
	for rows.Next() {
		g, err := scanSegment(rows)
		if err != nil {
			return nil, s.explain(op, err)
		}
		all = append(all, g)
	}
	return all, s.explain(op, rows.Err())
}

// AddSegment implements history.Manifest.
func (s *Store) AddSegment(ctx context.Context, g history.Segment) error {
	return s.inTx(ctx, "add a segment", func(tx *sql.Tx) error {
		there, err := scanSegment(tx.QueryRowContext(ctx,
			`SELECT `+segmentColumns+` FROM segment WHERE type = $1 AND day = $2 AND part = $3`, string(g.Type), int64(g.Day), g.Part))
		switch {
		case errors.Is(err, sql.ErrNoRows):
			return insertSegment(ctx, tx, g)
		case err != nil:
			return err
		case there == g:
			return nil
		}
		return city.Errorf(city.Conflict, "sqlstore.AddSegment", "the past has another segment %s already", g.File())
	})
}

func insertSegment(ctx context.Context, tx *sql.Tx, g history.Segment) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO segment (`+segmentColumns+`) VALUES `+placeholders(1, 9),
		string(g.Type), int64(g.Day), g.Part, int64(g.UpTo), g.Rows, g.Bytes, g.SHA256[:], int64(g.Min), int64(g.Max))
	return err
}

func scanSegment(row interface{ Scan(...any) error }) (history.Segment, error) {
	var g history.Segment
	var day, upTo, low, high int64
	var sum []byte
	if err := row.Scan((*string)(&g.Type), &day, &g.Part, &upTo, &g.Rows, &g.Bytes, &sum, &low, &high); err != nil {
		return g, err
	}
	if len(sum) != len(g.SHA256) {
		return g, fmt.Errorf("segment %s has a digest of %d bytes", g.Type, len(sum))
	}
	copy(g.SHA256[:], sum)
	g.Day, g.UpTo, g.Min, g.Max = city.Day(day), city.Position(upTo), city.Instant(low), city.Instant(high)
	return g, nil
}
