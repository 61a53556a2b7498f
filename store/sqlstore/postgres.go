package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"citybrain/city"
)

const (
	writers         = 4 // connections to PostgreSQL that write
	oldestPostgres  = 13
	connectTimeout  = 10 * time.Second
	lockTimeout     = "10s"
	idleTransaction = "60s" // after which the server ends a transaction that does nothing
)

// OpenPostgres opens the database at an address such as
// postgres://user:password@host:5432/citybrain?sslmode=verify-full and brings
// its tables up to date. The database must exist, with the encoding UTF8; it
// belongs to one City Brain at a time: while another has it open the answer is
// Unavailable. So is that of a server which cannot be reached, which does not
// sync to its disk (fsync=off) or is older than version 13; the error says what
// to do. No error says the password.
func OpenPostgres(ctx context.Context, address string) (*Store, error) {
	config, err := postgresConfig(address)
	if err != nil {
		return nil, err
	}
	e := newPostgresEngine(config)
	s := &Store{engine: e}
	if err := s.connectPostgres(ctx, e); err != nil {
		s.Close()
		return nil, s.explain("open the database", err)
	}
	return s, nil
}

// OpenPostgresReading opens the database to read it, also while City Brain works
// with it. It changes nothing; the tables must be up to date.
func OpenPostgresReading(ctx context.Context, address string) (*Store, error) {
	config, err := postgresConfig(address)
	if err != nil {
		return nil, err
	}
	e := newPostgresEngine(config)
	s := &Store{engine: e, read: e.connections(readers, true)}
	err = checkServer(ctx, s.read)
	if err == nil {
		err = checkVersion(ctx, goose.DialectPostgres, s.read)
	}
	if err != nil {
		s.Close()
		return nil, s.explain("open the database", err)
	}
	return s, nil
}

func (s *Store) connectPostgres(ctx context.Context, e *postgresEngine) error {
	s.write = e.connections(writers, false)
	if err := checkServer(ctx, s.write); err != nil {
		return err
	}
	if err := e.owner.take(ctx); err != nil {
		return err
	}
	if err := migrate(ctx, goose.DialectPostgres, s.write); err != nil {
		return err
	}
	s.read = e.connections(readers, true)
	return e.owner.sign(ctx, s.write)
}

func postgresConfig(address string) (*pgx.ConnConfig, error) {
	refuse := func(what string) error {
		return city.Errorf(city.Invalid, "sqlstore.OpenPostgres",
			"the address of the database %s: write postgres://user:password@host:5432/database?sslmode=verify-full", what)
	}
	if u, err := url.Parse(address); err != nil || u.Scheme != "postgres" && u.Scheme != "postgresql" {
		return nil, refuse("is not one of PostgreSQL") // what is wrong with it may be part of the password
	}
	config, err := pgx.ParseConfig(address)
	if err != nil {
		return nil, refuse("cannot be read, or names a file that cannot")
	}
	if config.Database == "" {
		return nil, refuse("names no database")
	}
	if config.ConnectTimeout == 0 {
		config.ConnectTimeout = connectTimeout
	}
	for name, value := range map[string]string{
		"application_name":                    "citybrain",
		"client_encoding":                     "UTF8",
		"synchronous_commit":                  "on", // what a call wrote is on disk when it returns, whatever the server's default
		"default_transaction_isolation":       "read committed",
		"lock_timeout":                        lockTimeout,
		"idle_in_transaction_session_timeout": idleTransaction,
	} {
		config.RuntimeParams[name] = value
	}
	return config, nil
}

// checkServer refuses a server that cannot keep the promises of this package.
func checkServer(ctx context.Context, db *sql.DB) error {
	var version int
	var fsync, encoding string
	err := db.QueryRowContext(ctx, `SELECT CAST(current_setting('server_version_num') AS BIGINT), current_setting('fsync'), current_setting('server_encoding')`).
		Scan(&version, &fsync, &encoding)
	refuse := func(text string) error {
		return &city.Error{Kind: city.Unavailable, Op: "sqlstore.OpenPostgres", Detail: text}
	}
	switch {
	case err != nil:
		return err
	case version < oldestPostgres*10000:
		return refuse("the server is PostgreSQL " + strconv.Itoa(version/10000) + "; version " + strconv.Itoa(oldestPostgres) + " or newer is needed")
	case fsync != "on":
		return refuse("the server runs with fsync=off, so that a power cut can destroy the records: set fsync=on in its configuration")
	case encoding != "UTF8":
		return refuse("the database has the encoding " + encoding + ": create it with ENCODING 'UTF8'")
	}
	return nil
}

// postgresEngine is PostgreSQL with the database on a server.
type postgresEngine struct {
	config *pgx.ConnConfig
	name   string // of the database, for people: without the password
	owner  owner
}

func newPostgresEngine(config *pgx.ConnConfig) *postgresEngine {
	e := &postgresEngine{config: config}
	host := config.Host
	if !strings.HasPrefix(host, "/") { // a folder with a socket
		host += ":" + strconv.Itoa(int(config.Port))
	}
	e.name = config.Database + " on " + host
	e.owner.connect, e.owner.name = func() *sql.DB { return e.connections(1, false) }, e.name
	return e
}

func (e *postgresEngine) connections(n int, readOnly bool) *sql.DB {
	config := e.config.Copy()
	if readOnly {
		config.RuntimeParams["default_transaction_read_only"] = "on"
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(n)
	db.SetMaxIdleConns(n)
	return db
}

func (e *postgresEngine) snapshot() *sql.TxOptions {
	return &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true}
}

// enter makes sure that the database is still ours.
func (e *postgresEngine) enter(ctx context.Context, tx *sql.Tx) error {
	return e.owner.confirm(ctx, tx)
}

func (e *postgresEngine) close() error { return e.owner.release() }

func (e *postgresEngine) damaged(what string, err error) *city.Error {
	return &city.Error{Kind: city.Unavailable, Op: "sqlstore", Err: e.bare(err), Detail: "the database " + e.name + " " + what +
		": stop, then restore the database from a backup; cases, accounts and their evidence are nowhere else"}
}

// bare is an error without what may hold the password: the configuration that
// the driver's errors carry.
func (e *postgresEngine) bare(err error) error {
	if err == nil {
		return nil
	}
	text := err.Error()
	if p := e.config.Password; p != "" {
		text = strings.NewReplacer(p, "…", url.QueryEscape(p), "…", url.PathEscape(p), "…").Replace(text)
	}
	return errors.New(text)
}
