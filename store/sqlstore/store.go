package sqlstore

import (
	"database/sql"
	"errors"
)

// readers is the number of connections that only read.
const readers = 4

// Store is an open database. It is safe for concurrent use.
type Store struct {
	path   string // of SQLite's file
	engine engine
	write  *sql.DB // nil: opened for reading only
	read   *sql.DB
	saves  saveQueue
}

// Close waits for what is being written and closes all connections.
func (s *Store) Close() error {
	s.saves.wait()
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	if s.engine != nil {
		errs = append(errs, s.engine.close())
	}
	return errors.Join(errs...)
}
