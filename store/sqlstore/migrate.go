package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"

	"citybrain/city"
)

// The migrations of both engines have the same numbers and make the same
// tables.
//
//go:embed migrations/sqlite/*.sql migrations/postgres/*.sql
var migrations embed.FS

func provider(dialect goose.Dialect, db *sql.DB) (*goose.Provider, int64, error) {
	folder := "migrations/sqlite"
	if dialect == goose.DialectPostgres {
		folder = "migrations/postgres"
	}
	dir, err := fs.Sub(migrations, folder)
	if err != nil {
		return nil, 0, err
	}
	words := goose.NewGoMigration(6, &goose.GoFunc{RunTx: fillWords}, nil)
	p, err := goose.NewProvider(dialect, db, dir, goose.WithGoMigrations(words))
	if err != nil {
		return nil, 0, err
	}
	sources := p.ListSources()
	return p, sources[len(sources)-1].Version, nil
}

// migrate brings the tables up to date.
func migrate(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	p, newest, err := provider(dialect, db)
	if err != nil {
		return err
	}
	version, err := p.GetDBVersion(ctx)
	switch {
	case err != nil:
		return err
	case version > newest:
		return tooNew(version, newest)
	case version == newest:
		return nil
	}
	_, err = p.Up(ctx)
	return err
}

// checkVersion refuses tables that are not up to date, and changes nothing.
func checkVersion(ctx context.Context, dialect goose.Dialect, db *sql.DB) error {
	_, newest, err := provider(dialect, db)
	if err != nil {
		return err
	}
	var version int64
	err = db.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&version)
	switch {
	case err != nil:
		return err
	case version > newest:
		return tooNew(version, newest)
	case version < newest:
		return city.Errorf(city.Unavailable, "sqlstore.OpenReading",
			"the database has version %d, this program reads %d: start the program once, which brings it up to date", version, newest)
	}
	return nil
}

func tooNew(version, newest int64) error {
	return city.Errorf(city.Unavailable, "sqlstore.Open",
		"the database has version %d, this program knows %d: use the program that wrote it, or a newer one", version, newest)
}
