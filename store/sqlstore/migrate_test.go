package sqlstore

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/testkit/postgres"
)

// older brings an empty database to version 2, which knew no cases, and leaves
// something in it.
func older(t *testing.T, dialect goose.Dialect, db *sql.DB) {
	t.Helper()
	p, _, err := provider(dialect, db)
	must(t, err)
	_, err = p.UpTo(ctx, 2)
	must(t, err)
	_, err = db.Exec(`INSERT INTO consumer (name, position) VALUES ('old', 7)`)
	must(t, err)
}

// upToDate fails the test unless a store kept what was in its tables and has the
// new ones.
func upToDate(t *testing.T, s *Store) {
	t.Helper()
	pos, err := s.Position(ctx, "old")
	must(t, err)
	want(t, pos, 7)
	saveOne(t, s, newCase(1))
}

func TestOlderDatabaseIsBroughtUpToDate(t *testing.T) {
	t.Run("SQLite", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "records.db")
		db, err := openDB(path, 1, "")
		must(t, err)
		older(t, goose.DialectSQLite3, db)
		must(t, db.Close())
		if _, err := OpenReading(ctx, path); city.KindOf(err) != city.Unavailable || !strings.Contains(err.Error(), "start the program once") {
			t.Fatal(err)
		}
		upToDate(t, open(t, path))
	})
	t.Run("PostgreSQL", func(t *testing.T) {
		address := postgres.Database(t)
		config, err := postgresConfig(address)
		must(t, err)
		db := newPostgresEngine(config).connections(1, false)
		older(t, goose.DialectPostgres, db)
		must(t, db.Close())
		if _, err := OpenPostgresReading(ctx, address); city.KindOf(err) != city.Unavailable || !strings.Contains(err.Error(), "start the program once") {
			t.Fatal(err)
		}
		upToDate(t, openPostgres(t, address))
	})
}

// Cases that were there before the words are found by theirs.
func TestCasesOfAnOlderDatabaseAreFound(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		for i := range checkPage + 3 {
			saveOne(t, s, newCase(i+1))
		}
		_, err := s.write.Exec(`DELETE FROM case_word`)
		must(t, err)
		must(t, s.inTx(ctx, "fill words", func(tx *sql.Tx) error { return fillWords(ctx, tx) }))
		n, err := s.Count(ctx, casework.Query{Words: []casework.Sought{{Prefix: "车库"}, {Prefix: "gar"}}})
		must(t, err)
		want(t, n, checkPage+3)
		sound(t, s)
	})
}

// Both engines have the same tables with the same columns in the same order.
func TestEnginesHaveTheSameTables(t *testing.T) {
	columns := func(s *Store, query string) (all []string) {
		must(t, each(ctx, s.read, query, nil, func(rows *sql.Rows) error {
			var table, column string
			err := rows.Scan(&table, &column)
			all = append(all, table+"."+column)
			return err
		}))
		return all
	}
	lite := columns(fresh(t), `SELECT m.name, c.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS c
WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite%' AND m.name NOT LIKE 'goose%' ORDER BY m.name, c.cid`)
	big := columns(openPostgres(t, postgres.Database(t)), `SELECT CAST(table_name AS TEXT) COLLATE "C" AS t, CAST(column_name AS TEXT) FROM information_schema.columns
WHERE table_schema = 'public' AND table_name NOT LIKE 'goose%' ORDER BY t, ordinal_position`)
	if want(t, big, lite); len(lite) < 50 {
		t.Fatal(lite)
	}
}
