package sqlstore

import (
	"context"
	"database/sql"

	"citybrain/city"
)

// SaveRules writes, in one transaction, the state of the rule engine at pos and
// the situations that changed since the last call.
func (s *Store) SaveRules(ctx context.Context, pos city.Position, state []byte, changed []city.Situation) error {
	return s.inTx(ctx, "save the rules", func(tx *sql.Tx) error {
		if err := saveSituations(ctx, tx, changed); err != nil {
			return err
		}
		return saveState(ctx, tx, `INSERT INTO rules (one, position, checksum, state) VALUES (1, $1, $2, $3)
ON CONFLICT (one) DO UPDATE SET position = excluded.position, checksum = excluded.checksum, state = excluded.state`, pos, state)
	})
}

// LoadRules returns what SaveRules wrote last; 0 and nil if there is none.
func (s *Store) LoadRules(ctx context.Context) (city.Position, []byte, error) {
	var pos city.Position
	var state []byte
	err := s.inSnapshot(ctx, "load the rules", func(tx *sql.Tx) (err error) {
		pos, state, err = s.loadState(ctx, tx, "rules", `SELECT position, checksum, state FROM rules WHERE one = 1`)
		return err
	})
	return pos, state, err
}
