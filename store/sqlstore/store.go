package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	_ "modernc.org/sqlite" // the driver "sqlite"

	"citybrain/city"
)

// readers is the number of connections that only read.
const readers = 4

// Store is an open database. It is safe for concurrent use.
type Store struct {
	path  string
	write *sql.DB
	read  *sql.DB
}

// Open opens the database at path, creates it if there is none, and brings its
// tables up to date. A database that is damaged, or written by a newer program,
// is an Unavailable error that says what to do. One process at a time may have
// it open.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := create(ctx, path); err != nil {
			return nil, err
		}
	}
	s := &Store{path: path}
	if err := s.connect(ctx); err != nil {
		s.Close()
		return nil, s.explain("open the database", err)
	}
	return s, nil
}

func (s *Store) connect(ctx context.Context) (err error) {
	if s.write, err = openDB(s.path, 1, "_txlock=immediate"); err != nil {
		return err
	}
	if err := migrate(ctx, s.write); err != nil {
		return err
	}
	s.read, err = openDB(s.path, readers, "_pragma=query_only(1)")
	return err
}

// Close closes all connections and folds the write-ahead log into the file.
func (s *Store) Close() error {
	var errs []error
	for _, db := range []*sql.DB{s.read, s.write} {
		if db != nil {
			errs = append(errs, db.Close())
		}
	}
	return errors.Join(errs...)
}

// checkFile refuses what SQLite would take for a new, empty database although
// data has been there.
func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
			return damaged(path, fmt.Sprintf("is missing, but its write-ahead log %s-wal is there", path), nil)
		}
		return nil
	case err != nil:
		return &city.Error{Kind: city.Unavailable, Op: "sqlstore.Open", Detail: path + " cannot be read", Err: err}
	case info.Size() == 0:
		return damaged(path, "is empty", nil)
	}
	return nil
}

// create makes a complete database under another name first, so that a process
// killed here leaves no half of one.
func create(ctx context.Context, path string) error {
	fresh := path + ".new"
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(fresh + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return cannotCreate(path, err)
		}
	}
	db, err := openDB(fresh, 1, "")
	if err != nil {
		return cannotCreate(path, err)
	}
	err = migrate(ctx, db)
	if err = errors.Join(err, db.Close()); err != nil {
		return cannotCreate(path, err)
	}
	if err := os.Rename(fresh, path); err != nil {
		return cannotCreate(path, err)
	}
	return syncFolder(filepath.Dir(path))
}

func cannotCreate(path string, err error) error {
	return &city.Error{Kind: city.Unavailable, Op: "sqlstore.Open", Err: err,
		Detail: fmt.Sprintf("the database %s cannot be created: check that its folder exists, may be written and has room", path)}
}

func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}

func openDB(path string, connections int, options string) (*sql.DB, error) {
	dsn := url.URL{Scheme: "file", OmitHost: true, Path: path, RawQuery: "_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)" +
		"&_pragma=synchronous(FULL)&_pragma=cache_size(-16000)&_pragma=temp_store(MEMORY)&" + options}
	db, err := sql.Open("sqlite", dsn.String())
	if err != nil {
		return nil, err
	}
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	return db, nil
}

// inTx runs fn in one transaction of the writing connection. What fn wrote is
// on disk when inTx returns nil, and undone when it returns an error.
func (s *Store) inTx(ctx context.Context, op string, fn func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.explain(op, err)
	}
	defer tx.Rollback()
	if err := fn(tx); err != nil {
		return s.explain(op, err)
	}
	return s.explain(op, tx.Commit())
}
