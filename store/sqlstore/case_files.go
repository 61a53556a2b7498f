package sqlstore

import (
	"bytes"
	"context"
	"database/sql"

	"citybrain/casework"
	"citybrain/ledger"
)

// Attached goes through the moves that attach a file to a case, or to any ("").
// A record that cannot be read is passed over: CheckRecords names it.
func (s *Store) Attached(ctx context.Context, id casework.CaseID, found func(*casework.Move)) error {
	query, args := `SELECT body FROM record WHERE kind = $1 ORDER BY subject, seq`, []any{string(ledger.CaseMove)}
	if id != "" {
		query, args = `SELECT body FROM record WHERE kind = $1 AND subject = $2 ORDER BY seq`, append(args, string(id))
	}
	err := each(ctx, s.read, query, args, func(rows *sql.Rows) error {
		row, err := scanAny(rows, 1)
		if err != nil {
			return err
		}
		body, _ := row[0].([]byte)
		if !bytes.Contains(body, []byte(`"file":`)) { // most moves attach none
			return nil
		}
		if m, _, err := decodeMove(body); err == nil && m.File != "" {
			found(&m)
		}
		return nil
	})
	return s.explain("list the files of cases", err)
}
