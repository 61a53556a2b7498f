package sqlstore

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"citybrain/city"
	"citybrain/internal/testkit/postgres"
)

// wantError fails the test unless err is of a kind, says parts to a person and
// nowhere has one of the secrets.
func wantError(t *testing.T, err error, kind city.ErrorKind, secret string, parts ...string) {
	t.Helper()
	var e *city.Error
	if !errors.As(err, &e) || e.Kind != kind {
		t.Fatalf("%v, want %s", err, kind)
	}
	for _, part := range parts {
		if !strings.Contains(e.Detail, part) {
			t.Errorf("%q does not say %q", e.Detail, part)
		}
	}
	for all := error(e); all != nil; all = errors.Unwrap(all) {
		if text := fmt.Sprintf("%v %+v %#v", all, all, all); strings.Contains(text, secret) {
			t.Fatalf("the password is shown: %s", text)
		}
	}
}

func TestPostgresIsDurable(t *testing.T) {
	s := openPostgres(t, postgres.Database(t))
	for _, db := range []*sql.DB{s.write, s.read} {
		var commit, isolation string
		must(t, db.QueryRow(`SELECT current_setting('synchronous_commit'), current_setting('transaction_isolation')`).Scan(&commit, &isolation))
		if commit != "on" || isolation != "read committed" {
			t.Fatal(commit, isolation)
		}
	}
	if _, err := s.read.Exec(`DELETE FROM entity`); err == nil {
		t.Fatal("a reading connection wrote")
	}
}

// A wrong address is explained without what stands in it.
func TestWrongAddresses(t *testing.T) {
	for _, address := range []string{
		"", "records.db", "mysql://a:se%63ret@h/d", "postgres://a:secret@h:port/d", "postgres://a:secret@h", "postgres://a:secret@h:5432/d?sslmode=maybe",
		"postgres://a:secret@h/d?sslrootcert=/none/secret", "postgres://a:secret@%zz/d", "host=h password=secret dbname=d", "postgres://a:sec ret@h/d secret",
	} {
		_, err := OpenPostgres(ctx, address)
		wantError(t, err, city.Invalid, "secret", "postgres://user:password@host:5432/database")
	}
}

// with is an address with another part.
func with(t *testing.T, address string, change func(*url.URL)) string {
	t.Helper()
	u, err := url.Parse(address)
	must(t, err)
	change(u)
	return u.String()
}

func TestPostgresThatDoesNotLetUsIn(t *testing.T) {
	address, server := postgres.Database(t), postgres.Shared(t)
	for name, c := range map[string]struct {
		change func(*url.URL)
		say    string
	}{
		"password": {func(u *url.URL) { u.User = url.UserPassword(postgres.Account, "hidden-word") }, "refuses the sign-in"},
		"user":     {func(u *url.URL) { u.User = url.UserPassword("nobody", "hidden-word") }, "refuses the sign-in"},
		"database": {func(u *url.URL) { u.Path = "/none" }, "does not exist"},
		"socket":   {func(u *url.URL) { u.RawQuery = "host=/nowhere/at/all" }, "cannot be reached"},
		"port": {func(u *url.URL) {
			u.Host, u.RawQuery = "127.0.0.1:1", "sslmode=disable"
		}, "connection refused"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := OpenPostgres(ctx, with(t, address, c.change))
			wantError(t, err, city.Unavailable, "hidden-word", c.say)
			wantError(t, err, city.Unavailable, server.Password())
		})
	}
}

// A database belongs to one City Brain; when that ends it is free.
func TestPostgresHasOneOwner(t *testing.T) {
	address := postgres.Database(t)
	first := openPostgres(t, address)
	saveOne(t, first, newCase(1))
	_, err := OpenPostgres(ctx, address)
	wantError(t, err, city.Unavailable, postgres.Shared(t).Password(), "in use by another City Brain")
	saveOne(t, first, newCase(2))
	must(t, first.Close())
	second := openPostgres(t, address)
	saveOne(t, second, newCase(3))
	sound(t, second)
}

// An owner that lost its lock, because the server was restarted, and came after
// another writes nothing any more.
func TestPostgresOwnerThatWasReplacedCannotWrite(t *testing.T) {
	address := postgres.Database(t)
	first := openPostgres(t, address)
	saveOne(t, first, newCase(1))
	if err := first.engine.close(); err != nil { // the lock goes, the connections stay
		t.Fatal(err)
	}
	second := openPostgres(t, address)
	_, err := first.Save(ctx, newCase(2))
	wantError(t, err, city.Unavailable, postgres.Shared(t).Password(), "in use by another City Brain")
	saveOne(t, second, newCase(2))
}

// The server goes away and comes back: what is asked meanwhile is Unavailable,
// and afterwards everything goes on.
func TestPostgresGoesAndComesBack(t *testing.T) {
	server := postgres.Private(t)
	must(t, server.Create("city"))
	s := openPostgres(t, server.Address("city"))
	kept := saveOne(t, s, newCase(1))
	for _, stop := range []func() error{server.Kill, server.Stop} {
		must(t, stop())
		_, err := s.Save(ctx, note(kept, "while it is away"))
		wantError(t, err, city.Unavailable, server.Password(), "is the server running")
		_, err = s.Case(ctx, kept.ID)
		wantError(t, err, city.Unavailable, server.Password())
		var e *city.Error
		if errors.As(err, &e); e.Retry == 0 {
			t.Fatal("no time to retry")
		}
		must(t, server.Restart())
		kept = saveOne(t, s, note(kept, "again"))
	}
	sound(t, s)
	eventually(t, "the lock is taken again", func() bool {
		_, err := OpenPostgres(ctx, server.Address("city"))
		return city.KindOf(err) == city.Unavailable && strings.Contains(err.Error(), "another City Brain")
	})
}

// eventually waits for what comes with the owner's next look.
func eventually(t *testing.T, what string, so func() bool) {
	t.Helper()
	for until := time.Now().Add(4 * ownerCheck); !so(); time.Sleep(ownerPoll) {
		if time.Now().After(until) {
			t.Fatal(what + ": not so")
		}
	}
}

func TestPostgresThatCannotKeepPromises(t *testing.T) {
	server := postgres.Private(t, "fsync=off")
	must(t, server.Create("city"))
	_, err := OpenPostgres(ctx, server.Address("city"))
	wantError(t, err, city.Unavailable, server.Password(), "fsync=on")

	must(t, server.Restart("max_connections=5"))
	s, err := OpenPostgres(ctx, server.Address("city"))
	for n := 0; err == nil; n++ { // the pools grow as they are used
		held, conn := s.read.Conn(ctx)
		if err = conn; err != nil {
			err = s.explain("hold a connection", err)
			break
		}
		defer held.Close()
	}
	if s != nil {
		defer s.Close()
	}
	wantError(t, err, city.Overload, server.Password(), "max_connections")

	must(t, server.Restart("default_transaction_read_only=on"))
	_, err = OpenPostgres(ctx, server.Address("city"))
	wantError(t, err, city.Unavailable, server.Password(), "read-only")
}

// What a test cannot bring a server to say is explained all the same.
func TestPostgresCodes(t *testing.T) {
	config, err := postgresConfig("postgres://a:hidden-word@h/d")
	must(t, err)
	e := newPostgresEngine(config)
	for code, c := range map[string]struct {
		kind city.ErrorKind
		say  string
	}{
		"53100": {city.Unavailable, "disk is full"}, "53200": {city.Unavailable, "not enough memory"}, "53300": {city.Overload, "max_connections"},
		"57P01": {city.Unavailable, "stopped"}, "08006": {city.Unavailable, "lost the connection"}, "40001": {city.Overload, "locked"},
		"55P03": {city.Overload, "locked"}, "23505": {city.Conflict, "meanwhile"}, "22021": {city.Invalid, "NUL"}, "XX001": {city.Unavailable, "backup"},
		"58030": {city.Unavailable, "server's log"}, "42501": {city.Unavailable, "owner of the database"}, "25006": {city.Unavailable, "primary"},
		"42601": {city.Internal, ""}, "": {city.Internal, ""},
	} {
		err := e.explain("op", &pgconn.PgError{Code: code, Message: "with hidden-word in it"})
		wantError(t, err, c.kind, "hidden-word", c.say)
		if (err.Kind == city.Overload || err.Kind == city.Unavailable && code != "XX001") != (err.Retry > 0) {
			t.Errorf("%s: retry after %s", code, err.Retry)
		}
	}
}

// Text that only SQLite would take does not hold up the log on PostgreSQL.
func TestPostgresTakesEveryByteOfARow(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		must(t, s.AddQuarantine(ctx, logged([]QuarantinedRow{{Feed: "f", Run: 1, Row: 1, Reason: "has \x00", Raw: "\x00\xff城"}})))
		got, err := s.Quarantine(ctx, QuarantineFilter{})
		must(t, err)
		if got[0].Raw != "\x00\xff城" || got[0].Reason != "has \uFFFD" {
			t.Fatalf("%+v", got)
		}
	})
}
