package sqlstore

import (
	"context"
	"database/sql"
	"encoding/binary"

	"citybrain/city"
)

// QuarantinedRow is a source row that could not be applied.
type QuarantinedRow struct {
	ID         int64 // given by AddQuarantine, rising
	Feed       city.FeedID
	Run        uint64
	Row        int64 // 0 for pushed rows
	ReceivedAt city.Instant
	Reason     string
	Raw        string
	// ResubmittedAt is when a corrected form was handed in again; zero if not yet.
	ResubmittedAt city.Instant
	Result        string // what became of it
}

// LoggedRow is a quarantined row and where it stands in the log.
type LoggedRow struct {
	QuarantinedRow
	Position city.Position
	Index    int // of the change in its batch
}

// QuarantineFilter selects rows; the zero value of a field does not filter.
type QuarantineFilter struct {
	Feed  city.FeedID
	Open  bool  // only rows not yet resubmitted
	After int64 // rows with an id above
	Limit int   // DefaultPage if 0, MaxPage at most
}

const quarantineColumns = `id, feed, run, row, received_at, reason, raw, resubmitted_at, result`

// AddQuarantine adds rows, all or none. A row that is there already stays as it is:
// the same feed, run and row number, or, for rows without a number, the
// same place in the log. So the log may be read again.
func (s *Store) AddQuarantine(ctx context.Context, rows []LoggedRow) error {
	if len(rows) == 0 {
		return nil
	}
	return s.inTx(ctx, "add to quarantine", func(tx *sql.Tx) error {
		stmt, err := tx.PrepareContext(ctx, `INSERT INTO quarantine (feed, run, row, digest, received_at, reason, raw, resubmitted_at, result)
VALUES ($1, $2, $3, $4, $5, $6, $7, 0, '') ON CONFLICT (feed, run, row, digest) DO NOTHING`)
		if err != nil {
			return err
		}
		defer stmt.Close()
		for i := range rows {
			r := &rows[i]
			if _, err := stmt.ExecContext(ctx, string(r.Feed), int64(r.Run), r.Row, rowDigest(r), int64(r.ReceivedAt), storable(r.Reason), []byte(r.Raw)); err != nil {
				return err
			}
		}
		return nil
	})
}

// rowDigest tells rows without a number apart by where they stand in the log.
func rowDigest(r *LoggedRow) []byte {
	if r.Row > 0 {
		return []byte{}
	}
	digest := binary.BigEndian.AppendUint64(nil, uint64(r.Position))
	return binary.BigEndian.AppendUint32(digest, uint32(r.Index))
}

// Quarantine lists rows in the order of their ids.
func (s *Store) Quarantine(ctx context.Context, f QuarantineFilter) ([]QuarantinedRow, error) {
	var w where
	w.and(`id > ` + w.arg(f.After))
	if f.Feed != "" {
		w.and(`feed = ` + w.arg(string(f.Feed)))
	}
	if f.Open {
		w.and(`resubmitted_at = 0`)
	}
	return s.selectQuarantine(ctx, `SELECT `+quarantineColumns+` FROM quarantine`+w.String()+` ORDER BY id LIMIT `+w.arg(pageSize(f.Limit)), w.args...)
}

// QuarantineRow is the row with an id; NotFound if there is none.
func (s *Store) QuarantineRow(ctx context.Context, id int64) (QuarantinedRow, error) {
	rows, err := s.selectQuarantine(ctx, `SELECT `+quarantineColumns+` FROM quarantine WHERE id = $1`, id)
	if err == nil && len(rows) == 0 {
		err = noRow("sqlstore.QuarantineRow", id)
	}
	if err != nil {
		return QuarantinedRow{}, err
	}
	return rows[0], nil
}

func noRow(op string, id int64) error {
	return city.Errorf(city.NotFound, op, "there is no quarantined row %d", id)
}

// MarkResubmitted notes that a corrected form of the row was handed in at an
// instant and what became of it. A row is marked once: Conflict afterwards.
func (s *Store) MarkResubmitted(ctx context.Context, id int64, at city.Instant, result string) error {
	const op = "sqlstore.MarkResubmitted"
	return s.inTx(ctx, "mark a row resubmitted", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx,
			`UPDATE quarantine SET resubmitted_at = $1, result = $2 WHERE id = $3 AND resubmitted_at = 0`, int64(at), storable(result), id)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 1 {
			return err
		}
		var count int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM quarantine WHERE id = $1`, id).Scan(&count); err != nil {
			return err
		}
		if count == 0 {
			return noRow(op, id)
		}
		return city.Errorf(city.Conflict, op, "row %d has been resubmitted already", id)
	})
}

func (s *Store) selectQuarantine(ctx context.Context, query string, args ...any) ([]QuarantinedRow, error) {
	const op = "query quarantine"
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.explain(op, err)
	}
	defer rows.Close()
	var found []QuarantinedRow
	for rows.Next() {
		var r QuarantinedRow
		var run int64
		err := rows.Scan(&r.ID, (*string)(&r.Feed), &run, &r.Row, (*int64)(&r.ReceivedAt), &r.Reason, &r.Raw, (*int64)(&r.ResubmittedAt), &r.Result)
		if err != nil {
			return nil, s.explain(op, err)
		}
		r.Run = uint64(run)
		found = append(found, r)
	}
	return found, s.explain(op, rows.Err())
}
