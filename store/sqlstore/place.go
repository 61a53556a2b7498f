package sqlstore

import (
	"context"
	"database/sql"

	"citybrain/city"
	"citybrain/ledger"
)

// placeRows is how many leaves one statement writes.
const placeRows = 200

// Place implements ledger.Outbox.
func (s *Store) Place(ctx context.Context, placed []ledger.Placed) error {
	for i := range placed {
		if placed[i].Leaf < 0 {
			return city.Errorf(city.Invalid, "sqlstore.Place", "leaf %d of record %s is negative", placed[i].Leaf, placed[i].ID)
		}
	}
	if len(placed) == 0 {
		return nil
	}
	return s.inTx(ctx, "place records", func(tx *sql.Tx) error {
		for len(placed) > 0 {
			n := min(placeRows, len(placed))
			if err := place(ctx, tx, placed[:n]); err != nil {
				return err
			}
			placed = placed[n:]
		}
		return nil
	})
}

func place(ctx context.Context, tx *sql.Tx, placed []ledger.Placed) error {
	fresh, err := notYetPlaced(ctx, tx, placed)
	if err != nil || len(fresh) == 0 {
		return err
	}
	if err := leavesFree(ctx, tx, fresh); err != nil {
		return err
	}
	args := make([]any, 0, 2*len(fresh))
	for _, p := range fresh {
		args = append(args, string(p.ID), p.Leaf)
	}
	_, err = tx.ExecContext(ctx, `WITH placed (id, leaf) AS (VALUES `+castPairs(len(fresh))+`)
UPDATE record SET leaf = placed.leaf FROM placed WHERE record.id = placed.id AND record.leaf IS NULL`, args...)
	return err
}

// castPairs is ($1,$2),($3,$4)… for texts with numbers. PostgreSQL takes the
// types of the columns from the first row.
func castPairs(n int) string {
	first := `(CAST($1 AS TEXT),CAST($2 AS BIGINT))`
	if n == 1 {
		return first
	}
	return first + `,` + placeholdersFrom(3, n-1, 2)
}

// notYetPlaced are those of placed whose records wait. It refuses what does not
// agree with what is stored or with itself.
func notYetPlaced(ctx context.Context, tx *sql.Tx, placed []ledger.Placed) ([]ledger.Placed, error) {
	leaves := map[ledger.RecordID]int64{}
	ids := make([]string, len(placed))
	for i := range placed {
		ids[i] = string(placed[i].ID)
	}
	err := each(ctx, tx, `SELECT id, leaf FROM record WHERE id IN `+list(len(ids)), anys(ids), func(rows *sql.Rows) error {
		var id ledger.RecordID
		var leaf sql.NullInt64
		err := rows.Scan((*string)(&id), &leaf)
		leaves[id] = leafOf(leaf)
		return err
	})
	if err != nil {
		return nil, err
	}
	var fresh []ledger.Placed
	for _, p := range placed {
		switch leaf, ok := leaves[p.ID]; {
		case !ok:
			return nil, noRecord(p.ID)
		case leaf == p.Leaf:
		case leaf >= 0:
			return nil, city.Errorf(city.Conflict, "sqlstore.Place", "record %s stands at leaf %d, not %d", p.ID, leaf, p.Leaf)
		default:
			fresh = append(fresh, p)
			leaves[p.ID] = p.Leaf
		}
	}
	return fresh, nil
}

// leavesFree refuses leaves that other records have.
func leavesFree(ctx context.Context, tx *sql.Tx, fresh []ledger.Placed) error {
	owners := map[int64]ledger.RecordID{}
	args := make([]any, len(fresh))
	for i, p := range fresh {
		args[i] = p.Leaf
		if other, ok := owners[p.Leaf]; ok {
			return leafTaken(p, other)
		}
		owners[p.Leaf] = p.ID
	}
	return each(ctx, tx, `SELECT id, leaf FROM record WHERE leaf IN `+list(len(args)), args, func(rows *sql.Rows) error {
		var p ledger.Placed
		if err := rows.Scan((*string)(&p.ID), &p.Leaf); err != nil {
			return err
		}
		return leafTaken(ledger.Placed{ID: owners[p.Leaf], Leaf: p.Leaf}, p.ID)
	})
}

func leafTaken(p ledger.Placed, owner ledger.RecordID) error {
	return city.Errorf(city.Conflict, "sqlstore.Place", "leaf %d belongs to record %s, not to %s", p.Leaf, owner, p.ID)
}
