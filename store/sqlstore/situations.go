package sqlstore

import (
	"context"
	"database/sql"
	"errors"

	"citybrain/city"
)

const situationColumns = `id, change, rule, type, entity, severity, raised_at, cleared_at, low_lon, low_lat, high_lon, high_lat, body, notice, announced`

// What was announced once stays so, whatever other alarm files would have said.
var upsertSituation = `INSERT INTO situation (` + situationColumns + `, suppressed) VALUES ` + placeholders(1, 16) + `
ON CONFLICT (id) DO UPDATE SET change = excluded.change, severity = excluded.severity, cleared_at = excluded.cleared_at,
low_lon = excluded.low_lon, low_lat = excluded.low_lat, high_lon = excluded.high_lon, high_lat = excluded.high_lat,
body = excluded.body, notice = excluded.notice, suppressed = excluded.suppressed,
announced = CASE WHEN situation.announced > 0 THEN situation.announced ELSE excluded.announced END
WHERE excluded.notice >= situation.notice`

func saveSituations(ctx context.Context, tx *sql.Tx, changed []city.Situation) error {
	if len(changed) == 0 {
		return nil
	}
	stmt, err := tx.PrepareContext(ctx, upsertSituation)
	if err != nil {
		return err
	}
	defer stmt.Close()
	for i := range changed {
		s := &changed[i]
		body, err := encodeBody(s)
		if err != nil {
			return &city.Error{Kind: city.Internal, Op: "sqlstore.SaveRules", Detail: "situation " + string(s.ID) + " has no JSON form", Err: err}
		}
		box := boxOf(s.Place)
		if _, err := stmt.ExecContext(ctx, string(s.ID), int64(s.Change), string(s.Rule), s.Type, string(s.Entity), int64(s.Severity),
			int64(s.RaisedAt), int64(s.ClearedAt), box[0], box[1], box[2], box[3], body, int64(s.Standing.Notice), int64(s.Standing.Announced), wayOf(s)); err != nil {
			return err
		}
	}
	return nil
}

// wayOf is the first way in which a situation is suppressed, or "".
func wayOf(s *city.Situation) string {
	if s.Standing.Quiet() {
		return string(s.Standing.Suppressed[0].Way)
	}
	return ""
}

// boxOf is the box around a place, or nulls.
func boxOf(p *city.Place) [4]any {
	if p == nil || len(p.Points) == 0 {
		return [4]any{}
	}
	low, high := p.Bounds()
	return [4]any{low.Lon, low.Lat, high.Lon, high.Lat}
}

// Situation is the situation with an id; NotFound if there is none.
func (s *Store) Situation(ctx context.Context, id city.SituationID) (city.Situation, error) {
	found, err := s.selectSituations(ctx, `SELECT `+situationColumns+` FROM situation WHERE id = $1`, string(id))
	if err == nil && len(found) == 0 {
		err = city.Errorf(city.NotFound, "sqlstore.Situation", "there is no situation %s", id)
	}
	if err != nil {
		return city.Situation{}, err
	}
	return found[0], nil
}

// SituationChanges lists situations of which the last notice has a number above
// after, in the order of these numbers.
func (s *Store) SituationChanges(ctx context.Context, after uint64, limit int) ([]city.Situation, error) {
	return s.selectSituations(ctx,
		`SELECT `+situationColumns+` FROM situation WHERE notice > $1 ORDER BY notice, id LIMIT $2`, int64(after), pageSize(limit))
}

// SituationsRaised lists situations that were announced first by a notice with a
// number above after, in the order in which they were, whether they are up or
// not, and answers the number of the last one's.
func (s *Store) SituationsRaised(ctx context.Context, after uint64, limit int) (list []city.Situation, last uint64, err error) {
	list, err = s.selectSituations(ctx,
		`SELECT `+situationColumns+` FROM situation WHERE announced > $1 ORDER BY announced, id LIMIT $2`, int64(after), pageSize(limit))
	if err != nil || len(list) == 0 {
		return nil, after, err
	}
	return list, list[len(list)-1].Standing.Announced, nil
}

// SituationsCleared lists situations that were cleared by a notice with a number
// above after, in the order of these numbers, without those that were announced
// by none with a number up to raised.
func (s *Store) SituationsCleared(ctx context.Context, after, raised uint64, limit int) ([]city.Situation, error) {
	return s.selectSituations(ctx,
		`SELECT `+situationColumns+` FROM situation WHERE notice > $1 AND announced <= $2 AND announced > 0 AND cleared_at <> 0 ORDER BY notice, id LIMIT $3`,
		int64(after), int64(raised), pageSize(limit))
}

func (s *Store) selectSituations(ctx context.Context, query string, args ...any) ([]city.Situation, error) {
	const op = "query situations"
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, s.explain(op, err)
	}
	defer rows.Close()
	var found []city.Situation
	for rows.Next() {
		one, err := s.scanSituation(rows)
		if err != nil {
			return nil, s.explain(op, err)
		}
		found = append(found, one)
	}
	return found, s.explain(op, rows.Err())
}

func (s *Store) scanSituation(rows *sql.Rows) (city.Situation, error) {
	var one city.Situation
	var change, severity, raised, cleared, notice, announced int64
	var body []byte
	var box [4]sql.NullFloat64
	err := rows.Scan((*string)(&one.ID), &change, (*string)(&one.Rule), &one.Type, (*string)(&one.Entity), &severity,
		&raised, &cleared, &box[0], &box[1], &box[2], &box[3], &body, &notice, &announced)
	if err != nil {
		return one, err
	}
	if err := decodeBody(body, &one); err != nil {
		return one, s.engine.damaged("is damaged: situation "+string(one.ID)+" cannot be read", err)
	}
	st := &one.Standing
	st.Notice, st.Announced = uint64(notice), uint64(announced)
	if announced > 0 && st.AnnouncedAt == 0 { // from before there were standings
		st.AnnouncedAt = city.Instant(raised)
	}
	one.Change, one.Severity = uint64(change), city.Severity(severity)
	one.RaisedAt, one.ClearedAt = city.Instant(raised), city.Instant(cleared)
	return one, nil
}

// LastSituationChange is the highest change number stored, 0 if there is none.
func (s *Store) LastSituationChange(ctx context.Context) (uint64, error) {
	return s.highest(ctx, `SELECT max(change) FROM situation`)
}

// LastNotice is the highest number of a notice stored, 0 if there is none.
func (s *Store) LastNotice(ctx context.Context) (uint64, error) {
	return s.highest(ctx, `SELECT max(notice) FROM situation`)
}

func (s *Store) highest(ctx context.Context, query string) (uint64, error) {
	var last sql.NullInt64
	err := s.read.QueryRowContext(ctx, query).Scan(&last)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return uint64(last.Int64), s.explain("find the last change", err)
}
