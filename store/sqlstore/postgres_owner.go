package sqlstore

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"sync"
	"time"

	"citybrain/city"
)

const (
	ownerKey   = 0x63697479 // "city": of the advisory lock
	ownerFact  = "owner"    // the fact that names who holds it
	ownerWait  = 3 * time.Second
	ownerPoll  = 100 * time.Millisecond
	ownerCheck = 5 * time.Second
)

// owner keeps a database for one process. A session's advisory lock keeps others
// out as long as the process lives, however it ends. Should the session end
// without the process (the server was restarted), another process could come
// first: so every owner signs with a token of its own, and each transaction that
// writes makes sure that the token still is ours.
type owner struct {
	name    string // of the database, for people
	connect func() *sql.DB
	token   string

	db    *sql.DB
	stop  context.CancelFunc
	ended sync.WaitGroup
}

// take locks the database, or is an Unavailable error if somebody else has it.
// It waits a little for a predecessor that was killed.
func (o *owner) take(ctx context.Context) error {
	o.token, o.db = rand.Text(), o.connect()
	session, err := o.lock(ctx, ownerWait)
	if err != nil {
		return errors.Join(err, o.db.Close())
	}
	watching, stop := context.WithCancel(context.Background())
	o.stop = stop
	o.ended.Go(func() { o.watch(watching, session) })
	return nil
}

// lock is a session that holds the lock.
func (o *owner) lock(ctx context.Context, wait time.Duration) (*sql.Conn, error) {
	session, err := o.db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	for until := time.Now().Add(wait); ; time.Sleep(ownerPoll) {
		var locked bool
		// The server notices within a minute that the owner's machine is gone.
		err := session.QueryRowContext(ctx, `SELECT pg_try_advisory_lock($1), set_config('tcp_keepalives_idle', '30', false),
set_config('tcp_keepalives_interval', '5', false), set_config('tcp_keepalives_count', '6', false)`, int64(ownerKey)).
			Scan(&locked, new(string), new(string), new(string))
		switch {
		case err != nil:
			return nil, errors.Join(err, session.Close())
		case locked:
			return session, nil
		case time.Now().After(until):
			_ = session.Close()
			return nil, o.foreign()
		}
	}
}

func (o *owner) foreign() error {
	return city.Errorf(city.Unavailable, "sqlstore", "the database %s is in use by another City Brain: stop that one, or give this one a database of its own; "+
		"if its machine has died, the database is free within a minute", o.name)
}

// watch takes the lock again when its session has ended.
func (o *owner) watch(ctx context.Context, session *sql.Conn) {
	tick := time.NewTicker(ownerCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			if session != nil {
				_ = session.Close()
			}
			return
		case <-tick.C:
		}
		if session != nil && session.PingContext(ctx) != nil {
			_ = session.Close()
			session = nil
		}
		if session == nil {
			session, _ = o.lock(ctx, 0) // if another has it, its token refuses our writes
		}
	}
}

// sign puts our token in the database. Transactions of the owner before are
// over when it returns, and none of them can begin.
func (o *owner) sign(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, `INSERT INTO fact (name, value) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET value = excluded.value`, ownerFact, o.token)
	return err
}

// confirm makes sure that the database is ours until the transaction ends.
func (o *owner) confirm(ctx context.Context, tx *sql.Tx) error {
	var token string
	err := tx.QueryRowContext(ctx, `SELECT value FROM fact WHERE name = $1 FOR SHARE`, ownerFact).Scan(&token)
	if errors.Is(err, sql.ErrNoRows) || err == nil && token != o.token {
		return o.foreign()
	}
	return err
}

// release gives the database free.
func (o *owner) release() error {
	if o.stop == nil {
		return nil
	}
	o.stop()
	o.ended.Wait()
	return o.db.Close()
}
