package sqlstore

import (
	"context"
	"database/sql"

	"citybrain/city"
)

// DropDeleted removes the records of deleted entities with a version up to pos.
// They are needed only as long as the log may still bring the entity back.
func (s *Store) DropDeleted(ctx context.Context, pos city.Position) error {
	return s.inTx(ctx, "drop deleted entities", func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `DELETE FROM entity WHERE deleted = 1 AND version <= $1`, int64(pos))
		return err
	})
}
