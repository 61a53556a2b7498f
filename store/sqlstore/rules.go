package sqlstore

import (
	"context"
	"database/sql"

	"citybrain/city"
)

// SaveRules writes, in one transaction, the states of the rule engine and of the
// alarm panel at pos and the situations that changed since the last call.
func (s *Store) SaveRules(ctx context.Context, pos city.Position, state, alarms []byte, changed []city.Situation) error {
	return s.inTx(ctx, "save the rules", func(tx *sql.Tx) error {
		if err := saveSituations(ctx, tx, changed); err != nil {
			return err
		}
		for _, x := range []struct {
			table string
			state []byte
		}{{"rules", state}, {"alarms", alarms}} {
			err := saveState(ctx, tx, `INSERT INTO `+x.table+` (one, position, checksum, state) VALUES (1, $1, $2, $3)
ON CONFLICT (one) DO UPDATE SET position = excluded.position, checksum = excluded.checksum, state = excluded.state`, pos, x.state)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// LoadRules returns what SaveRules wrote last; 0 and nil if there is none.
func (s *Store) LoadRules(ctx context.Context) (city.Position, []byte, error) {
	return s.loadOf(ctx, "rules")
}

// LoadAlarms returns the state of the alarm panel that SaveRules wrote last; 0
// and nil if there is none.
func (s *Store) LoadAlarms(ctx context.Context) (city.Position, []byte, error) {
	return s.loadOf(ctx, "alarms")
}

func (s *Store) loadOf(ctx context.Context, table string) (pos city.Position, state []byte, err error) {
	err = s.inSnapshot(ctx, "load the "+table, func(tx *sql.Tx) (err error) {
		pos, state, err = s.loadState(ctx, tx, table, `SELECT position, checksum, state FROM `+table+` WHERE one = 1`)
		return err
	})
	return pos, state, err
}
