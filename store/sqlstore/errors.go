package sqlstore

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"modernc.org/sqlite"
	codes "modernc.org/sqlite/lib"

	"citybrain/city"
)

// How long a caller waits before it tries again.
const (
	retryBusy = time.Second
	retryFull = 30 * time.Second
)

// explain turns what the engine says into a city.Error that a person can act
// on; nil and errors that are explained already pass through.
func (s *Store) explain(op string, err error) error {
	var known *city.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	op = "sqlstore: " + op
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &city.Error{Kind: city.Unavailable, Op: op, Detail: "cancelled before it was done", Err: err}
	}
	if errors.Is(err, syscall.ENOSPC) {
		return full(op, s.path, err)
	}
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return &city.Error{Kind: city.Internal, Op: op, Err: err}
	}
	switch e.Code() & 0xff {
	case codes.SQLITE_FULL:
		return full(op, s.path, err)
	case codes.SQLITE_CORRUPT:
		return damaged(s.path, "is damaged: its pages contradict each other or are missing", err)
	case codes.SQLITE_NOTADB:
		return damaged(s.path, "is not an SQLite database", err)
	case codes.SQLITE_BUSY, codes.SQLITE_LOCKED:
		return &city.Error{Kind: city.Overload, Op: op, Retry: retryBusy, Err: err,
			Detail: s.path + " is in use: is a second process working on it?"}
	case codes.SQLITE_IOERR, codes.SQLITE_CANTOPEN, codes.SQLITE_READONLY, codes.SQLITE_PERM, codes.SQLITE_AUTH:
		return &city.Error{Kind: city.Unavailable, Op: op, Retry: retryFull, Err: err,
			Detail: s.path + " cannot be read or written: check the disk, the folder and its permissions"}
	}
	return &city.Error{Kind: city.Internal, Op: op, Err: err}
}

func full(op, path string, err error) error {
	return &city.Error{Kind: city.Unavailable, Op: op, Retry: retryFull, Err: err,
		Detail: fmt.Sprintf("the disk that holds %s is full: make room; nothing was written", path)}
}

func damaged(path, what string, err error) error {
	return &city.Error{Kind: city.Unavailable, Op: "sqlstore", Err: err, Detail: fmt.Sprintf(
		"the database %s %s: stop, then restore the file from a backup together with its -wal file; "+
			"or, if the log still starts at message 1, move the file with its -wal and -shm, and the history folder, away and everything is rebuilt from the log", path, what)}
}
