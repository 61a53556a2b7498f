package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"time"

	"citybrain/city"
)

// How long a caller waits before it tries again.
const (
	retryBusy = time.Second
	retryFull = 30 * time.Second
)

// engine is what differs between the databases besides their migrations.
type engine interface {
	// explain turns what the engine said during op into an error that a person
	// can act on. err is neither nil nor explained already.
	explain(op string, err error) *city.Error
	// damaged is the error of content that contradicts itself: what continues
	// "the database NAME …".
	damaged(what string, err error) *city.Error
	// snapshot are the options of a transaction whose statements all read the
	// same state.
	snapshot() *sql.TxOptions
	// enter is the first thing that a writing transaction does.
	enter(ctx context.Context, tx *sql.Tx) error
	// close releases what the engine holds besides the connections.
	close() error
}

// explain turns what the engine says into a city.Error that a person can act
// on; nil and errors that are explained already pass through.
func (s *Store) explain(op string, err error) error {
	var known *city.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return s.engine.explain("sqlstore: "+op, err)
}

// cancelled is the error of what the caller gave up, nil for others.
func cancelled(op string, err error) *city.Error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &city.Error{Kind: city.Unavailable, Op: op, Detail: "cancelled before it was done", Err: err}
	}
	return nil
}

// inTx runs fn in one transaction of a writing connection. What fn wrote is
// on disk when inTx returns nil, and undone when it returns an error.
func (s *Store) inTx(ctx context.Context, op string, fn func(*sql.Tx) error) error {
	if s.write == nil {
		return city.Errorf(city.Unsupported, "sqlstore: "+op, "the records were opened for reading only")
	}
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(op, err)
	}
	defer tx.Rollback()
	if err := s.engine.enter(ctx, tx); err != nil {
		return s.explain(op, err)
	}
	if err := fn(tx); err != nil {
		return s.explain(op, err)
	}
	return s.explain(op, tx.Commit())
}

// inSnapshot runs fn in one transaction whose statements all read the same
// state.
func (s *Store) inSnapshot(ctx context.Context, op string, fn func(*sql.Tx) error) error {
	tx, err := s.read.BeginTx(ctx, s.engine.snapshot())
	if err != nil {
		return s.explain(op, err)
	}
	defer tx.Rollback()
	return s.explain(op, fn(tx))
}

// each runs a query and hands every row to fn.
func each(ctx context.Context, q querier, query string, args []any, fn func(*sql.Rows) error) error {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := fn(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// querier is a *sql.DB or *sql.Tx.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}
