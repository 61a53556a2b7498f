package sqlstore

import (
	"context"
	"database/sql"
	"embed"
	"io/fs"

	"github.com/pressly/goose/v3"

	"citybrain/city"
)

//go:embed migrations/sqlite/*.sql
var migrations embed.FS

func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir)
	if err != nil {
		return err
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	version, err := p.GetDBVersion(ctx)
	switch {
	case err != nil:
		return err
	case version > newest:
		return city.Errorf(city.Unavailable, "sqlstore.Open",
			"the database has version %d, this program knows %d: use the program that wrote it, or a newer one", version, newest)
	case version == newest:
		return nil
	}
	_, err = p.Up(ctx)
	return err
}
