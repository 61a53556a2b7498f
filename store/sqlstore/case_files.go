package sqlstore

import (
	"context"
	"database/sql"

	"citybrain/casework"
	"citybrain/ledger"
)

// Attached goes through the moves that attach a file to a case, or to any ("").
// Records that cannot be read are passed over and counted; CheckRecords names
// them.
func (s *Store) Attached(ctx context.Context, id casework.CaseID, found func(*casework.Move)) (unreadable int, err error) {
	query, args := `SELECT body FROM record WHERE kind = $1 ORDER BY subject, seq`, []any{string(ledger.CaseMove)}
	if id != "" {
		query, args = `SELECT body FROM record WHERE kind = $1 AND subject = $2 ORDER BY seq`, append(args, string(id))
	}
	err = each(ctx, s.read, query, args, func(rows *sql.Rows) error {
		row, err := scanAny(rows, 1)
		if err != nil {
			return err
		}
		body, _ := row[0].([]byte)
		switch m, _, err := decodeMove(body); {
		case err != nil:
			unreadable++
		case m.File != "":
			found(&m)
		}
		return nil
	})
	return unreadable, s.explain("list the files of cases", err)
}
