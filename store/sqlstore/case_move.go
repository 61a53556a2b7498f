package sqlstore

import (
	"context"
	"database/sql"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/wire"
	"citybrain/ledger"
)

// recordedMove is the body of a move's record: what its leaf commits to. The
// last move of a change carries the digest of the case's body after it.
type recordedMove struct {
	Case       string   `json:"case"`
	Seq        int64    `json:"seq"`
	At         string   `json:"at"` // RFC 3339
	Verb       string   `json:"verb"`
	Account    string   `json:"account,omitempty"`
	Program    string   `json:"program,omitempty"`
	Post       string   `json:"post,omitempty"`
	By         string   `json:"by,omitempty"`
	From       string   `json:"from,omitempty"`
	To         string   `json:"to"`
	Agency     string   `json:"agency,omitempty"`
	Assists    []string `json:"assists,omitempty"`
	Text       string   `json:"text,omitempty"`
	Into       string   `json:"into,omitempty"`
	File       string   `json:"file,omitempty"`
	CaseDigest string   `json:"caseDigest,omitempty"`
}

// moveRecord is the record of a move; digest is that of the case after it, ""
// if the case was not stored then.
func moveRecord(m *casework.Move, digest string) (ledger.Record, error) {
	body, err := wire.Marshal(recordedMove{
		Case: string(m.Case), Seq: m.Seq, At: m.At.String(), Verb: string(m.Verb), Account: string(m.Account), Program: m.Program,
		Post: string(m.Post), By: string(m.By), From: string(m.From), To: string(m.To), Agency: string(m.Agency), Assists: texts(m.Assists),
		Text: m.Text, Into: string(m.Into), File: m.File, CaseDigest: digest,
	})
	return ledger.Record{ID: ledger.RecordID(casework.RecordID(m.Case, m.Seq)), Kind: ledger.CaseMove, Subject: string(m.Case), Seq: m.Seq, At: m.At, Body: body}, err
}

// decodeMove reads the body that moveRecord wrote.
func decodeMove(body []byte) (casework.Move, string, error) {
	var r recordedMove
	if err := wire.UnmarshalStrict(body, &r); err != nil {
		return casework.Move{}, "", err
	}
	at, err := instantOf(r.At)
	m := casework.Move{
		Case: casework.CaseID(r.Case), Seq: r.Seq, At: at, Verb: casework.Verb(r.Verb), Account: city.AccountID(r.Account), Program: r.Program,
		Post: city.PostID(r.Post), By: city.AgencyID(r.By), From: casework.State(r.From), To: casework.State(r.To), Agency: city.AgencyID(r.Agency),
		Text: r.Text, Into: casework.CaseID(r.Into), File: r.File,
	}
	for _, a := range r.Assists {
		m.Assists = append(m.Assists, city.AgencyID(a))
	}
	return m, r.CaseDigest, err
}

func instantOf(text string) (city.Instant, error) {
	if text == "" {
		return 0, nil
	}
	return city.ParseInstant(text)
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, v := range list {
		out = append(out, string(v))
	}
	return out
}

// Moves implements casework.Records.
func (s *Store) Moves(ctx context.Context, id casework.CaseID, after int64) ([]casework.StoredMove, error) {
	var moves []casework.StoredMove
	err := each(ctx, s.read, `SELECT id, body, leaf FROM record WHERE kind = $1 AND subject = $2 AND seq > $3 ORDER BY seq`,
		[]any{string(ledger.CaseMove), string(id), after}, func(rows *sql.Rows) error {
			var record string
			var body []byte
			var leaf sql.NullInt64
			if err := rows.Scan(&record, &body, &leaf); err != nil {
				return err
			}
			m, _, err := decodeMove(body)
			if err != nil {
				return s.engine.damaged("is damaged: record "+record+" cannot be read", err)
			}
			moves = append(moves, casework.StoredMove{Move: m, Record: record, Leaf: leafOf(leaf)})
			return nil
		})
	return moves, s.explain("list the moves of a case", err)
}
