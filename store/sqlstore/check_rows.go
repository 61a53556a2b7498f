package sqlstore

import (
	"bytes"
	"database/sql"
	"fmt"
	"strings"

	"citybrain/alarm"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/identity"
	"citybrain/internal/wire"
	"citybrain/ledger"
)

// scanAny reads a row as the database has it, whatever type its columns are.
func scanAny(rows *sql.Rows, width int) ([]any, error) {
	row, into := make([]any, width), make([]any, width)
	for i := range row {
		into[i] = &row[i]
	}
	return row, rows.Scan(into...)
}

// differing names the columns in which a row is not as wanted.
func differing(columns string, row, wanted []any) string {
	var names []string
	for i, name := range strings.Split(columns, ", ") {
		if !sameValue(row[i], wanted[i]) {
			names = append(names, name)
		}
	}
	return strings.Join(names, ", ")
}

func sameValue(got, wanted any) bool {
	switch w := wanted.(type) {
	case []byte:
		b, ok := got.([]byte)
		return ok && bytes.Equal(b, w)
	case sql.NullInt64:
		if !w.Valid {
			return got == nil
		}
		return got == any(w.Int64)
	}
	return got == wanted
}

// readRecord checks a record of a case, an account or a silence by itself. It answers the
// digest of the subject that the record says, and what is wrong with it.
func readRecord(r *ledger.Sealed) (digest, fault string) {
	switch r.Kind {
	case ledger.CaseMove:
		m, digest, err := decodeMove(r.Body)
		switch {
		case err != nil:
			return "", "its body cannot be read: " + err.Error()
		case string(m.Case) != r.Subject || m.Seq != r.Seq || m.At != r.At:
			return digest, fmt.Sprintf("its body tells of move %d of case %s at %s, its columns of move %d of case %s at %s", m.Seq, m.Case, m.At, r.Seq, r.Subject, r.At)
		case string(r.ID) != casework.RecordID(m.Case, m.Seq):
			return digest, fmt.Sprintf("its id is not that of move %d of case %s", m.Seq, m.Case)
		}
		return digest, ""
	case ledger.AccountChange:
		var body struct {
			Digest string `json:"accountDigest"`
		}
		if err := wire.Unmarshal(r.Body, &body); err != nil {
			return "", "its body cannot be read: " + err.Error()
		}
		if r.ID != identity.RecordID(city.AccountID(r.Subject), r.Seq) {
			return body.Digest, fmt.Sprintf("its id is not that of change %d of account %s", r.Seq, r.Subject)
		}
		return body.Digest, ""
	case ledger.SilenceChange:
		var body struct {
			Digest string `json:"silenceDigest"`
		}
		if err := wire.Unmarshal(r.Body, &body); err != nil {
			return "", "its body cannot be read: " + err.Error()
		}
		if r.ID != alarm.RecordID(city.SilenceID(r.Subject), r.Seq) {
			return body.Digest, fmt.Sprintf("its id is not that of command %d about silence %s", r.Seq, r.Subject)
		}
		return body.Digest, ""
	}
	return "", ""
}

// checkAccount compares an account's row with its last record.
func (c *checker) checkAccount(row []any, r subjectRecords) {
	id := fmt.Sprint(row[0])
	a, ok := accountOf(row)
	switch {
	case r.count == 0:
		c.damage(ledger.DamagedSubject, id, "the account has no records")
	case r.digest == "":
		c.damage(ledger.DamagedSubject, id, "the account's last record, %s, does not say its digest", r.last)
	case !ok:
		c.damage(ledger.DamagedSubject, id, "the account's columns cannot be read")
	case a.Version != r.count:
		c.damage(ledger.DamagedSubject, id, "the account has version %d, but %d records", a.Version, r.count)
	case r.digest != identity.Digest(&a):
		c.damage(ledger.DamagedSubject, id, "the account is not as its last record, %s, says: its name, posts, password, dates or whether it is disabled were changed", r.last)
	}
}

// accountOf reads a row of accountColumns strictly.
func accountOf(row []any) (identity.Account, bool) {
	text := make([]string, len(row))
	number := make([]int64, len(row))
	for i, v := range row {
		var ok bool
		switch i {
		case 1, 6, 7, 8:
			number[i], ok = v.(int64)
		default:
			text[i], ok = v.(string)
		}
		if !ok {
			return identity.Account{}, false
		}
	}
	return identity.Account{
		ID: city.AccountID(text[0]), Version: number[1], Name: city.Names{ZH: text[2], EN: text[3]}, Posts: splitPosts(text[4]), Password: text[5],
		Disabled: number[6] == 1, CreatedAt: city.Instant(number[7]), ChangedAt: city.Instant(number[8]),
	}, number[6] == 0 || number[6] == 1
}
