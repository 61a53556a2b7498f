package sqlstore

import (
	"context"
	"database/sql"
	"fmt"

	"citybrain/alarm"
	"citybrain/city"
	"citybrain/internal/wire"
	"citybrain/ledger"
)

const (
	silenceColumns = `id, version, made, made_after, ended, ended_after, begin_at, end_at, created_at, ended_at, body`
	silenceWidth   = 11
	selectSilences = `SELECT ` + silenceColumns + ` FROM silence`
)

// silenceBody is the part of a silence that no query filters by. It is data on
// disk.
type silenceBody struct {
	Rules      []string `json:"rules,omitempty"`
	Entities   []string `json:"entities,omitempty"`
	Areas      []string `json:"areas,omitempty"`
	Severities []string `json:"severities,omitempty"`
	Author     string   `json:"author"`
	Post       string   `json:"post"`
	Reason     string   `json:"reason"`
	EndedBy    string   `json:"endedBy,omitempty"`
	EndPost    string   `json:"endPost,omitempty"`
}

// SaveSilence stores a silence after a command, with the record that proves it,
// or nothing. A silence of version 1 is new. Conflict if there is one with the id
// already, or if the stored version is not the one before.
func (s *Store) SaveSilence(ctx context.Context, x alarm.Silence) error {
	const op = "sqlstore.SaveSilence"
	if !plain(x.Reason) {
		return city.InvalidField(op, "reason", "the text is not UTF-8 or has NUL")
	}
	record, err := alarm.RecordOf(&x)
	if err != nil {
		return err
	}
	values, err := silenceValues(&x)
	if err != nil {
		return err
	}
	return s.inTx(ctx, "save a silence", func(tx *sql.Tx) error {
		done, err := writeSilence(ctx, tx, x.Version, values)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil {
			return err
		} else if n != 1 {
			return city.Errorf(city.Conflict, op, "silence %s has changed meanwhile: version %d does not follow the stored one", x.ID, x.Version)
		}
		return addRecords(ctx, tx, []ledger.Sealed{seal(record)})
	})
}

func writeSilence(ctx context.Context, tx *sql.Tx, version int64, values []any) (sql.Result, error) {
	if version == 1 {
		return tx.ExecContext(ctx, `INSERT INTO silence (`+silenceColumns+`) VALUES `+placeholders(1, silenceWidth)+` ON CONFLICT (id) DO NOTHING`, values...)
	}
	return tx.ExecContext(ctx, `UPDATE silence SET version = $2, made = $3, made_after = $4, ended = $5, ended_after = $6, begin_at = $7, end_at = $8,
created_at = $9, ended_at = $10, body = $11 WHERE id = $1 AND version = $2 - 1`, values...)
}

func silenceValues(x *alarm.Silence) ([]any, error) {
	b := silenceBody{Rules: texts(x.Match.Rules), Entities: texts(x.Match.Entities), Areas: x.Match.Areas, Author: string(x.Author), Post: string(x.Post),
		Reason: x.Reason, EndedBy: string(x.EndedBy), EndPost: string(x.EndPost)}
	for _, v := range x.Match.Severities {
		b.Severities = append(b.Severities, v.String())
	}
	body, err := wire.Marshal(b)
	if err != nil {
		return nil, &city.Error{Kind: city.Internal, Op: "sqlstore.SaveSilence", Detail: "silence " + string(x.ID) + " has no JSON form", Err: err}
	}
	return []any{string(x.ID), x.Version, int64(x.Made.Number), int64(x.Made.After), int64(x.Ended.Number), int64(x.Ended.After),
		int64(x.Begin), int64(x.End), int64(x.CreatedAt), int64(x.EndedAt), body}, nil
}

// Silence is the silence with an id, or NotFound.
func (s *Store) Silence(ctx context.Context, id city.SilenceID) (alarm.Silence, error) {
	found, err := s.silences(ctx, selectSilences+` WHERE id = $1`, string(id))
	if err == nil && len(found) == 0 {
		err = city.Errorf(city.NotFound, "sqlstore.Silence", "there is no silence %s", id)
	}
	if err != nil {
		return alarm.Silence{}, err
	}
	return found[0], nil
}

// SilenceQuery filters silences; the zero value of a field does not.
type SilenceQuery struct {
	// State is how they stand at Now.
	State alarm.State
	Now   city.Instant
	// Before continues behind the last silence of the page before.
	Before city.SilenceID
	Limit  int
}

// Silences lists what q selects, the latest made first. Fewer than the limit means
// that there are no more.
func (s *Store) Silences(ctx context.Context, q SilenceQuery) ([]alarm.Silence, error) {
	var w where
	switch q.State {
	case alarm.Lifted:
		w.and(`ended_at <> 0`)
	case alarm.Over:
		w.and(`ended_at = 0 AND end_at <= ` + w.arg(int64(q.Now)))
	case alarm.Active:
		w.and(`ended_at = 0 AND end_at > ` + w.arg(int64(q.Now)) + ` AND begin_at <= ` + w.arg(int64(q.Now)))
	case alarm.Waiting:
		w.and(`ended_at = 0 AND begin_at > ` + w.arg(int64(q.Now)))
	}
	if q.Before != "" {
		w.and(`id < ` + w.arg(string(q.Before)))
	}
	query := selectSilences + w.String() + ` ORDER BY id DESC LIMIT ` + w.arg(pageSize(q.Limit))
	return s.silences(ctx, query, w.args...)
}

// SilencesSince lists, in the order of their ids, the silences of which the last
// command has a number above one.
func (s *Store) SilencesSince(ctx context.Context, command uint64) ([]alarm.Silence, error) {
	return s.silences(ctx, selectSilences+` WHERE made > $1 OR ended > $1 ORDER BY id`, int64(command))
}

// CountSilences is how many silences have not ended at an instant.
func (s *Store) CountSilences(ctx context.Context, now city.Instant) (int, error) {
	return s.count(ctx, `SELECT count(*) FROM silence WHERE ended_at = 0 AND end_at > $1`, int64(now))
}

func (s *Store) silences(ctx context.Context, query string, args ...any) ([]alarm.Silence, error) {
	var found []alarm.Silence
	err := each(ctx, s.read, query, args, func(rows *sql.Rows) error {
		row, err := scanAny(rows, silenceWidth)
		if err != nil {
			return err
		}
		x, ok := silenceOf(row)
		if !ok {
			return s.engine.damaged(fmt.Sprintf("is damaged: silence %v cannot be read", row[0]), nil)
		}
		found = append(found, x)
		return nil
	})
	return found, s.explain("read silences", err)
}

// silenceOf reads a row of silenceColumns strictly.
func silenceOf(row []any) (x alarm.Silence, ok bool) {
	id, isText := row[0].(string)
	body, isBlob := row[silenceWidth-1].([]byte)
	n := make([]int64, silenceWidth)
	for i := 1; i < silenceWidth-1; i++ {
		if n[i], ok = row[i].(int64); !ok {
			return x, false
		}
	}
	var b silenceBody
	if !isText || !isBlob || wire.UnmarshalStrict(body, &b) != nil {
		return x, false
	}
	x = alarm.Silence{
		ID: city.SilenceID(id), Version: n[1], Made: alarm.Place{Number: uint64(n[2]), After: city.Position(n[3])}, Ended: alarm.Place{Number: uint64(n[4]), After: city.Position(n[5])},
		Begin: city.Instant(n[6]), End: city.Instant(n[7]), CreatedAt: city.Instant(n[8]), EndedAt: city.Instant(n[9]),
		Author: city.AccountID(b.Author), Post: city.PostID(b.Post), Reason: b.Reason, EndedBy: city.AccountID(b.EndedBy), EndPost: city.PostID(b.EndPost),
		Match: alarm.Matchers{Rules: namesOf[city.RuleID](b.Rules), Entities: namesOf[city.EntityID](b.Entities), Areas: b.Areas},
	}
	for _, name := range b.Severities {
		v := city.SeverityOf(name)
		if v == 0 {
			return x, false
		}
		x.Match.Severities = append(x.Match.Severities, v)
	}
	return x, true
}

func namesOf[T ~string](list []string) (out []T) {
	for _, s := range list {
		out = append(out, T(s))
	}
	return out
}

// checkSilence compares a silence's row with its last record.
func (c *checker) checkSilence(row []any, r subjectRecords) {
	id := fmt.Sprint(row[0])
	x, ok := silenceOf(row)
	switch {
	case r.count == 0:
		c.damage(ledger.DamagedSubject, id, "the silence has no records")
	case r.digest == "":
		c.damage(ledger.DamagedSubject, id, "the silence's last record, %s, does not say its digest", r.last)
	case !ok:
		c.damage(ledger.DamagedSubject, id, "the silence cannot be read")
	case x.Version != r.count:
		c.damage(ledger.DamagedSubject, id, "the silence has version %d, but %d records", x.Version, r.count)
	case r.digest != alarm.Digest(&x):
		c.damage(ledger.DamagedSubject, id, "the silence is not as its last record, %s, says: what it is about, its times, people or reason were changed", r.last)
	}
}
