package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"

	"citybrain/city"
	"citybrain/ledger"
)

const (
	recordColumns = `id, kind, subject, seq, at, salt, body, leaf`
	selectRecords = `SELECT ` + recordColumns + ` FROM record`
	insertRecord  = `INSERT INTO record (entry, id, kind, subject, seq, at, salt, body) VALUES `
	recordWidth   = 8
	entryCounter  = "entry"
	maxRecords    = 10_000 // of one answer
)

// AddRecord stores a record that goes with nothing else here, such as that of a
// pack, for the ledger. Conflict if there is one of the same id, or of the same
// kind, subject and number.
func (s *Store) AddRecord(ctx context.Context, r ledger.Record) error {
	return s.addSealed(ctx, seal(r))
}

func (s *Store) addSealed(ctx context.Context, records ...ledger.Sealed) error {
	return s.inTx(ctx, "add records", func(tx *sql.Tx) error { return addRecords(ctx, tx, records) })
}

// seal gives a record its salt.
func seal(r ledger.Record) ledger.Sealed {
	salt := make([]byte, ledger.SaltBytes)
	_, _ = rand.Read(salt) // never fails
	return ledger.Sealed{Record: r, Salt: salt, Leaf: -1}
}

// addRecords adds records, in order.
func addRecords(ctx context.Context, tx *sql.Tx, records []ledger.Sealed) error {
	n := int64(len(records))
	last, err := count(ctx, tx, map[string]int64{entryCounter: n})
	if err != nil {
		return err
	}
	return insertRecords(ctx, tx, records, last[entryCounter]-n)
}

// insertRecords writes records that follow an entry.
func insertRecords(ctx context.Context, tx *sql.Tx, records []ledger.Sealed, entry int64) error {
	rows := make([][]any, len(records))
	for i := range records {
		r := &records[i]
		if err := r.Check(); err != nil {
			return err
		}
		body := r.Body
		if body == nil {
			body = []byte{}
		}
		rows[i] = []any{entry + int64(i) + 1, string(r.ID), string(r.Kind), r.Subject, r.Seq, int64(r.At), r.Salt, body}
	}
	return insertRows(ctx, tx, insertRecord, recordWidth, rows, ``)
}

// Waiting implements ledger.Outbox.
func (s *Store) Waiting(ctx context.Context, limit int) ([]ledger.Sealed, error) {
	return s.sealed(ctx, selectRecords+` WHERE leaf IS NULL ORDER BY entry LIMIT $1`, recordLimit(limit))
}

// WaitingCount implements ledger.Outbox.
func (s *Store) WaitingCount(ctx context.Context) (int, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM record WHERE leaf IS NULL`).Scan(&n)
	return n, s.explain("count the records that wait", err)
}

// Record implements ledger.Outbox.
func (s *Store) Record(ctx context.Context, id ledger.RecordID) (ledger.Sealed, error) {
	found, err := s.sealed(ctx, selectRecords+` WHERE id = $1`, string(id))
	if err == nil && len(found) == 0 {
		err = noRecord(id)
	}
	if err != nil {
		return ledger.Sealed{}, err
	}
	return found[0], nil
}

func noRecord(id ledger.RecordID) error {
	return city.Errorf(city.NotFound, "sqlstore.Record", "there is no record %s", id)
}

// Records implements ledger.Outbox.
func (s *Store) Records(ctx context.Context, after int64, limit int) ([]ledger.Sealed, error) {
	return s.sealed(ctx, selectRecords+` WHERE leaf > $1 ORDER BY leaf LIMIT $2`, after, recordLimit(limit))
}

// LastLeaf implements ledger.Outbox.
func (s *Store) LastLeaf(ctx context.Context) (int64, error) {
	var last sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT max(leaf) FROM record WHERE leaf IS NOT NULL`).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return leafOf(last), s.explain("find the last leaf", err)
}

func recordLimit(limit int) int { return min(max(limit, 0), maxRecords) }

func leafOf(leaf sql.NullInt64) int64 {
	if !leaf.Valid {
		return -1
	}
	return leaf.Int64
}

func (s *Store) sealed(ctx context.Context, query string, args ...any) ([]ledger.Sealed, error) {
	var found []ledger.Sealed
	err := each(ctx, s.read, query, args, func(rows *sql.Rows) error {
		r, err := scanSealed(rows)
		found = append(found, r)
		return err
	})
	return found, s.explain("read records", err)
}

// scanSealed reads a row of recordColumns. What has another type than it should,
// which only SQLite lets it have, is left out: then the record differs from its
// leaf, and verification names it.
func scanSealed(rows *sql.Rows) (ledger.Sealed, error) {
	row, err := scanAny(rows, recordWidth)
	if err != nil {
		return ledger.Sealed{}, err
	}
	r := ledger.Sealed{Leaf: -1}
	for i, to := range []*string{(*string)(&r.ID), (*string)(&r.Kind), &r.Subject} {
		*to, _ = row[i].(string)
	}
	r.Seq, _ = row[3].(int64)
	at, _ := row[4].(int64)
	r.At = city.Instant(at)
	r.Salt, _ = row[5].([]byte)
	r.Body, _ = row[6].([]byte)
	if leaf, ok := row[7].(int64); ok {
		r.Leaf = leaf
	}
	return r, nil
}
