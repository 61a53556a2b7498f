package sqlstore

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"citybrain/city"
	"citybrain/history"
	"citybrain/history/historytest"
	"citybrain/internal/testkit/postgres"
)

var ctx = context.Background()

func open(t testing.TB, path string) *Store {
	t.Helper()
	s, err := Open(ctx, path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func fresh(t testing.TB) *Store { return open(t, filepath.Join(t.TempDir(), "records.db")) }

func TestMain(m *testing.M) { os.Exit(postgres.Run(m)) }

// onBoth runs a test on an empty database of each engine. Open opens it; after
// Close it does so again.
func onBoth(t *testing.T, test func(t *testing.T, open func() *Store)) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "records.db")
		test(t, func() *Store { return open(t, path) })
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := postgres.Database(t)
		test(t, func() *Store { return openPostgres(t, address) })
	})
}

func openPostgres(t testing.TB, address string) *Store {
	t.Helper()
	s, err := OpenPostgres(ctx, address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func want[T any](t *testing.T, got, want T, options ...cmp.Option) {
	t.Helper()
	if diff := cmp.Diff(want, got, options...); diff != "" {
		t.Fatalf("(-want +got):\n%s", diff)
	}
}

func TestManifest(t *testing.T) {
	onBoth(t, func(t *testing.T, _ func() *Store) {
		historytest.Manifest(t, func(t *testing.T) (history.Manifest, func() history.Manifest) {
			reopen := func(address string) *Store { return openPostgres(t, address) }
			address := ""
			if strings.Contains(t.Name(), "SQLite") {
				address, reopen = filepath.Join(t.TempDir(), "records.db"), func(path string) *Store { return open(t, path) }
			} else {
				address = postgres.Database(t)
			}
			s := reopen(address)
			return s, func() history.Manifest {
				must(t, s.Close())
				return reopen(address)
			}
		})
	})
}

func loadAll(t *testing.T, s *Store) (map[city.EntityID]EntityRecord, city.Position, []byte) {
	t.Helper()
	all := map[city.EntityID]EntityRecord{}
	pos, feeds, err := s.LoadPresent(ctx, func(r EntityRecord) error { all[r.ID] = r; return nil })
	must(t, err)
	return all, pos, feeds
}

func TestPresent(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		all, pos, feeds := loadAll(t, s)
		if len(all) != 0 || pos != 0 || feeds != nil {
			t.Fatal(all, pos, feeds)
		}
		wanted := map[city.EntityID]EntityRecord{}
		var first []EntityRecord
		for i := range 2*upsertRows + 7 {
			r := EntityRecord{ID: city.EntityID(fmt.Sprintf("urn:x:%d", i)), Type: "T", Version: 5, Data: []byte{byte(i), 0, 0xff}}
			first = append(first, r)
			wanted[r.ID] = r
		}
		must(t, s.SaveEntities(ctx, first))
		second := []EntityRecord{
			{ID: "urn:x:1", Type: "T", Version: 4, Data: []byte("older")},
			{ID: "urn:x:2", Type: "U", Version: 6, Data: []byte("younger")},
			{ID: "urn:x:3", Type: "T", Version: 9, Deleted: true, Data: []byte{}},
			{ID: "urn:x:4", Type: "T", Version: 5, Data: []byte("again")},
		}
		must(t, s.SaveEntities(ctx, second))
		for _, r := range second[1:] {
			wanted[r.ID] = r
		}
		must(t, s.SavePresent(ctx, 8, []byte("feeds")))
		must(t, s.SavePresent(ctx, 9, []byte("more feeds")))
		must(t, s.Close())
		all, pos, feeds = loadAll(t, open())
		want(t, all, wanted, cmpopts.EquateEmpty())
		if pos != 9 || string(feeds) != "more feeds" {
			t.Fatal(pos, string(feeds))
		}
	})
}

func TestLoadPresentStopsOnError(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		must(t, s.SaveEntities(ctx, manyEntities(10, 1)))
		stop := &city.Error{Kind: city.Invalid, Detail: "stop"}
		if _, _, err := s.LoadPresent(ctx, func(EntityRecord) error { return stop }); !errors.Is(err, stop) {
			t.Fatal(err)
		}
	})
}

func TestSaveEntitiesIsAtomic(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		cancelled, cancel := context.WithCancel(ctx)
		cancel()
		if err := s.SaveEntities(cancelled, manyEntities(10, 1)); city.KindOf(err) != city.Unavailable {
			t.Fatal(err)
		}
		if all, _, _ := loadAll(t, s); len(all) != 0 {
			t.Fatal(len(all), "entities of a cancelled call")
		}
	})
}

func TestRules(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		pos, state, err := s.LoadRules(ctx)
		if pos != 0 || state != nil || err != nil {
			t.Fatal(pos, state, err)
		}
		big := make([]byte, 5<<20)
		big[len(big)-1] = 7
		must(t, s.SaveRules(ctx, 3, big, nil, nil))
		must(t, s.SaveRules(ctx, 4, big[1:], nil, nil))
		must(t, s.Close())
		pos, state, err = open().LoadRules(ctx)
		must(t, err)
		if pos != 4 || len(state) != len(big)-1 || state[len(state)-1] != 7 {
			t.Fatal(pos, len(state))
		}
	})
}

// A situation that cannot be written leaves the state as it was.
func TestSaveRulesIsAtomic(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		must(t, s.SaveRules(ctx, 3, []byte("before"), nil, []city.Situation{situation(1)}))
		_, err := s.write.Exec(`CREATE UNIQUE INDEX refuse ON situation (type) WHERE change > 1`)
		must(t, err)
		if err := s.SaveRules(ctx, 4, []byte("after"), nil, []city.Situation{situation(2), situation(3)}); city.KindOf(err) != city.Conflict {
			t.Fatalf("%v, want the refusal", err)
		}
		if last, err := s.LastSituationChange(ctx); last != 1 || err != nil {
			t.Fatalf("last change is %d, %v: half of a call was written", last, err)
		}
		pos, state, err := s.LoadRules(ctx)
		if pos != 3 || string(state) != "before" || err != nil {
			t.Fatal(pos, string(state), err)
		}
	})
}

func TestReopenKeepsVersion(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		_, err := s.write.Exec(`INSERT INTO goose_db_version (version_id, is_applied) VALUES (9999, true)`)
		must(t, err)
		must(t, s.Close())
		if s.path != "" {
			_, err = Open(ctx, s.path)
		} else {
			_, err = OpenPostgres(ctx, addressOf(s))
		}
		if city.KindOf(err) != city.Unavailable || !strings.Contains(err.Error(), "newer") {
			t.Fatal(err)
		}
	})
}

func TestDurability(t *testing.T) {
	s := fresh(t)
	for _, db := range []*sql.DB{s.write, s.read} {
		var mode string
		var level int
		must(t, db.QueryRow(`PRAGMA journal_mode`).Scan(&mode))
		must(t, db.QueryRow(`PRAGMA synchronous`).Scan(&level))
		if mode != "wal" || level != 2 {
			t.Fatalf("journal %s, synchronous %d, want wal and FULL (2)", mode, level)
		}
	}
	if _, err := s.read.Exec(`DELETE FROM entity`); err == nil {
		t.Fatal("a reading connection wrote")
	}
}

func TestUnusualPath(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "城市 100%?#&")
	must(t, os.Mkdir(dir, 0o750))
	s := open(t, filepath.Join(dir, "a b.db"))
	must(t, s.SavePresent(ctx, 1, nil))
	if _, err := os.Stat(filepath.Join(dir, "a b.db")); err != nil {
		t.Fatal(err)
	}
}

func TestMissingFolder(t *testing.T) {
	_, err := Open(ctx, filepath.Join(t.TempDir(), "none", "records.db"))
	if city.KindOf(err) != city.Unavailable || !strings.Contains(err.Error(), "folder exists") {
		t.Fatal(err)
	}
}

// A process killed while it made the database leaves an unfinished one.
func TestUnfinishedCreation(t *testing.T) {
	path := filepath.Join(t.TempDir(), "records.db")
	must(t, os.WriteFile(path+".new", []byte("half"), 0o600))
	must(t, os.WriteFile(path+".new-wal", []byte("half"), 0o600))
	must(t, open(t, path).SavePresent(ctx, 1, nil))
}
