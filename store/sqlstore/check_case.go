package sqlstore

import (
	"context"
	"database/sql"

	"citybrain/casework"
	"citybrain/ledger"
)

// CheckCase is CheckRecords for one case; a case that is not there is damage
// only if it has records.
func (s *Store) CheckCase(ctx context.Context, id casework.CaseID, found func(ledger.Damage)) error {
	if id == "" {
		return nil
	}
	return s.inSnapshot(ctx, "check a case", func(tx *sql.Tx) error {
		c := checker{tx: tx, found: found}
		var page [][]any
		err := each(ctx, tx, `SELECT `+caseColumns+` FROM casefile WHERE id = $1`, []any{string(id)}, func(rows *sql.Rows) error {
			row, err := scanAny(rows, caseWidth)
			page = append(page, row)
			return err
		})
		if err != nil {
			return err
		}
		return c.checkPage(ctx, ledger.CaseMove, justBefore(string(id)), string(id), page, c.checkCase)
	})
}

// justBefore is a text below id and above every other case's id that is: ids
// are hexadecimal digits, all of one length.
func justBefore(id string) string {
	end := len(id) - 1
	return id[:end] + string(rune(id[end]-1)) + "zz"
}
