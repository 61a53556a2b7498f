package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"citybrain/city"
	"citybrain/identity"
)

// AddSession implements identity.Records.
func (s *Store) AddSession(ctx context.Context, n identity.Session, version int64) error {
	return s.inTx(ctx, "add a session", func(tx *sql.Tx) error {
		// Writing the version that it has keeps the account from changing before
		// the session is there.
		done, err := tx.ExecContext(ctx, `UPDATE account SET version = version WHERE id = $1 AND version = $2`, string(n.Account), version)
		if err != nil {
			return err
		}
		if rows, err := done.RowsAffected(); err != nil || rows != 1 {
			return errors.Join(err, city.Errorf(city.Conflict, "sqlstore.AddSession", "account %s has changed meanwhile", n.Account))
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO session (key, account, way, started_at, seen_at) VALUES ($1, $2, $3, $4, $5)`,
			n.Key[:], string(n.Account), n.Way, int64(n.StartedAt), int64(n.SeenAt))
		return err
	})
}

// Session implements identity.Records.
func (s *Store) Session(ctx context.Context, key identity.SessionKey) (identity.Session, error) {
	n := identity.Session{Key: key}
	err := s.read.QueryRowContext(ctx, `SELECT account, way, started_at, seen_at FROM session WHERE key = $1`, key[:]).
		Scan((*string)(&n.Account), &n.Way, (*int64)(&n.StartedAt), (*int64)(&n.SeenAt))
	if errors.Is(err, sql.ErrNoRows) {
		return identity.Session{}, city.Errorf(city.NotFound, "sqlstore.Session", "there is no such session")
	}
	return n, s.explain("read a session", err)
}

// SeeSession implements identity.Records.
func (s *Store) SeeSession(ctx context.Context, key identity.SessionKey, at city.Instant) error {
	return s.inTx(ctx, "note that a session was used", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE session SET seen_at = $1 WHERE key = $2`, int64(at), key[:])
		return err
	})
}

// EndSession implements identity.Records.
func (s *Store) EndSession(ctx context.Context, key identity.SessionKey) error {
	return s.inTx(ctx, "end a session", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM session WHERE key = $1`, key[:])
		return err
	})
}

// SweepSessions implements identity.Records.
func (s *Store) SweepSessions(ctx context.Context, seen, started city.Instant) (int, error) {
	var n int64
	err := s.inTx(ctx, "sweep sessions", func(tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `DELETE FROM session WHERE seen_at < $1 OR started_at < $2`, int64(seen), int64(started))
		if err != nil {
			return err
		}
		n, err = done.RowsAffected()
		return err
	})
	return int(n), err
}
