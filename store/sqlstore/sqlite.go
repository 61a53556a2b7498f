package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"citybrain/city"
)

// Open opens the SQLite database at path, creates it if there is none, and
// brings its tables up to date. A database that is damaged, or written by a
// newer program, is an Unavailable error that says what to do. One process at a
// time may have it open; Close folds the write-ahead log into the file.
func Open(ctx context.Context, path string) (*Store, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := create(ctx, path); err != nil {
			return nil, err
		}
	}
	s := &Store{path: path, engine: sqliteEngine{path}}
	if err := s.connectSQLite(ctx); err != nil {
		s.Close()
		return nil, s.explain("open the database", err)
	}
	return s, nil
}

// OpenReading opens the SQLite database at path to read it, also while another
// process works with it. It creates nothing; the tables must be up to date.
func OpenReading(ctx context.Context, path string) (*Store, error) {
	if err := checkFile(path); err != nil {
		return nil, err
	}
	s := &Store{path: path, engine: sqliteEngine{path}}
	if _, err := os.Stat(path); err != nil {
		return nil, city.Errorf(city.NotFound, "sqlstore.OpenReading", "there is no database %s", path)
	}
	err := s.openReaders()
	if err == nil {
		err = checkVersion(ctx, goose.DialectSQLite3, s.read)
	}
	if err != nil {
		s.Close()
		return nil, s.explain("open the database", err)
	}
	return s, nil
}

func (s *Store) connectSQLite(ctx context.Context) (err error) {
	if s.write, err = openDB(s.path, 1, "_txlock=immediate"); err != nil {
		return err
	}
	if err := migrate(ctx, goose.DialectSQLite3, s.write); err != nil {
		return err
	}
	return s.openReaders()
}

func (s *Store) openReaders() (err error) {
	s.read, err = openDB(s.path, readers, "_pragma=query_only(1)")
	return err
}

// checkFile refuses what SQLite would take for a new, empty database although
// data has been there.
func checkFile(path string) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
			return sqliteEngine{path}.damaged(fmt.Sprintf("is missing, but its write-ahead log %s-wal is there", path), nil)
		}
		return nil
	case err != nil:
		return &city.Error{Kind: city.Unavailable, Op: "sqlstore.Open", Detail: path + " cannot be read", Err: err}
	case info.Size() == 0:
		return sqliteEngine{path}.damaged("is empty", nil)
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
	err = migrate(ctx, goose.DialectSQLite3, db)
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

// sqliteEngine is SQLite with the database in one file.
type sqliteEngine struct{ path string }

func (e sqliteEngine) explain(op string, err error) *city.Error {
	if gone := cancelled(op, err); gone != nil {
		return gone
	}
	if errors.Is(err, syscall.ENOSPC) {
		return e.full(op, err)
	}
	var said *sqlite.Error
	if !errors.As(err, &said) {
		return &city.Error{Kind: city.Internal, Op: op, Err: err}
	}
	switch said.Code() {
	case codes.SQLITE_CONSTRAINT_UNIQUE, codes.SQLITE_CONSTRAINT_PRIMARYKEY:
		return taken(op, err)
	}
	switch said.Code() & 0xff {
	case codes.SQLITE_FULL:
		return e.full(op, err)
	case codes.SQLITE_CORRUPT:
		return e.damaged("is damaged: its pages contradict each other or are missing", err)
	case codes.SQLITE_NOTADB:
		return e.damaged("is not an SQLite database", err)
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return &city.Error{Kind: city.Overload, Op: op, Retry: retryBusy, Err: err,
			Detail: e.path + " is in use: is a second process working on it?"}
	case codes.SQLITE_IOERR, codes.SQLITE_CANTOPEN, codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_AUTH:
		return &city.Error{Kind: city.Unavailable, Op: op, Retry: retryFull, Err: err,
			Detail: e.path + " cannot be read or written: check the disk, the folder and its permissions"}
	}
	return &city.Error{Kind: city.Internal, Op: op, Err: err}
}

func (e sqliteEngine) full(op string, err error) *city.Error {
	return &city.Error{Kind: city.Unavailable, Op: op, Retry: retryFull, Err: err,
		Detail: fmt.Sprintf("the disk that holds %s is full: make room; nothing was written", e.path)}
}

// taken is the error of a row that must be the only one of its name and is not.
func taken(op string, err error) *city.Error {
	return &city.Error{Kind: city.Conflict, Op: op, Detail: "somebody else has stored the same meanwhile", Err: err}
}

func (e sqliteEngine) damaged(what string, err error) *city.Error {
	return &city.Error{Kind: city.Unavailable, Op: "sqlstore", Err: err, Detail: fmt.Sprintf(
		"the database %s %s: stop, then restore the file from a backup together with its -wal file; "+
			"cases, accounts and their evidence are nowhere else. Only if there are none to keep, and the log still starts at message 1, "+
			"move the file with its -wal and -shm, and the history folder, away and the rest is rebuilt from the log", e.path, what)}
}

func (sqliteEngine) snapshot() *sql.TxOptions             { return nil }
func (sqliteEngine) enter(context.Context, *sql.Tx) error { return nil }
func (sqliteEngine) close() error                         { return nil }
