package sqlstore

import (
	"context"
	"fmt"
	"math"
	"strings"

	"citybrain/city"
)

// SituationState selects situations by whether they are up.
type SituationState uint8

// The states to select by.
const (
	AnyState SituationState = iota
	Up
	Cleared
)

// SituationStanding selects situations by whether people are told of them: of
// cleared ones, whether they were in the end.
type SituationStanding uint8

// The standings to select by.
const (
	AnyStanding SituationStanding = iota
	Announced
	Suppressed
)

// Near is a circle on the sphere of radius city.EarthRadius. A situation lies in
// it when one of the positions of its place does.
type Near struct {
	At     city.Point
	Metres float64
}

// Cursor stands behind one situation of an answer.
type Cursor struct {
	RaisedAt city.Instant
	ID       city.SituationID
}

// CursorOf stands behind s.
func CursorOf(s *city.Situation) *Cursor { return &Cursor{s.RaisedAt, s.ID} }

// SituationQuery filters situations; the zero value of a field does not.
type SituationQuery struct {
	Types  []string
	Rule   city.RuleID
	State  SituationState
	Entity city.EntityID
	// Severity is the least severity.
	Severity city.Severity
	// Standing is by whether they are announced; Way keeps those that are
	// suppressed first of all in one way.
	Standing SituationStanding
	Way      city.SuppressedBy
	// During keeps situations that were up at some moment of the interval.
	During city.Interval
	Near   *Near
	Box    *[2]city.Point // lower left and upper right; touched by the box around the situation's place
	// After continues behind the last situation of the page before.
	After *Cursor
	Limit int // DefaultPage if 0, MaxPage at most
}

// The number of rows of a page.
const (
	DefaultPage = 100
	MaxPage     = 1000
)

func pageSize(limit int) int {
	if limit <= 0 {
		return DefaultPage
	}
	return min(limit, MaxPage)
}

// Situations lists what q selects, latest raised first, then by id descending. Fewer than
// the limit means that there are no more.
func (s *Store) Situations(ctx context.Context, q SituationQuery) ([]city.Situation, error) {
	limit := pageSize(q.Limit)
	var found []city.Situation
	for {
		page, err := s.situationPage(ctx, &q, limit)
		if err != nil {
			return nil, err
		}
		for i := range page {
			if q.Near == nil || q.Near.holds(page[i].Place) {
				if found = append(found, page[i]); len(found) == limit {
					return found, nil
				}
			}
		}
		if len(page) < limit {
			return found, nil
		}
		q.After = CursorOf(&page[len(page)-1])
	}
}

// situationPage is one page of what SQL can select: for a circle, what lies in
// the box around it.
func (s *Store) situationPage(ctx context.Context, q *SituationQuery, limit int) ([]city.Situation, error) {
	var w where
	q.filter(&w)
	query := `SELECT ` + situationColumns + ` FROM situation` + w.String() + ` ORDER BY raised_at DESC, id DESC LIMIT ` + w.arg(limit)
	return s.selectSituations(ctx, query, w.args...)
}

func (q *SituationQuery) filter(w *where) {
	if len(q.Types) > 0 {
		list := make([]string, len(q.Types))
		for i, t := range q.Types {
			list[i] = w.arg(t)
		}
		w.and(`type IN (` + strings.Join(list, ",") + `)`)
	}
	if q.Rule != "" {
		w.and(`rule = ` + w.arg(string(q.Rule)))
	}
	if q.Entity != "" {
		w.and(`entity = ` + w.arg(string(q.Entity)))
	}
	if q.Severity > 0 {
		w.and(`severity >= ` + w.arg(int64(q.Severity)))
	}
	switch q.State {
	case Up:
		w.and(`cleared_at = 0`)
	case Cleared:
		w.and(`cleared_at <> 0`)
	}
	switch q.Standing {
	case Announced:
		w.and(`suppressed = ''`)
	case Suppressed:
		w.and(`suppressed <> ''`)
	}
	if q.Way != "" {
		w.and(`suppressed = ` + w.arg(string(q.Way)))
	}
	q.filterTime(w)
	if q.Box != nil {
		filterBox(w, q.Box[0], q.Box[1])
	}
	if q.Near != nil {
		low, high := q.Near.At.BoxAround(q.Near.Metres)
		if low.Lon < -180 || high.Lon > 180 { // crosses the antimeridian: by latitude only
			low.Lon, high.Lon = -180, 180
		}
		filterBox(w, low, high)
	}
}

func (q *SituationQuery) filterTime(w *where) {
	if to := q.During.To; to != 0 {
		w.and(`raised_at < ` + w.arg(int64(to)))
	}
	if from := q.During.From; from != 0 {
		a := w.arg(int64(from))
		w.and(`(cleared_at = 0 OR cleared_at > ` + a + ` OR raised_at >= ` + a + `)`)
	}
	if c := q.After; c != nil {
		w.and(`(raised_at, id) < (` + w.arg(int64(c.RaisedAt)) + `, ` + w.arg(string(c.ID)) + `)`)
	}
}

func filterBox(w *where, low, high city.Point) {
	w.and(`low_lon <= ` + w.arg(high.Lon) + ` AND high_lon >= ` + w.arg(low.Lon))
	w.and(`low_lat <= ` + w.arg(high.Lat) + ` AND high_lat >= ` + w.arg(low.Lat))
}

func (n *Near) holds(p *city.Place) bool {
	if p == nil {
		return false
	}
	least := math.Inf(1)
	for _, q := range p.Points {
		least = math.Min(least, n.At.Distance(q))
	}
	return least <= n.Metres
}

// where collects conditions and their arguments.
type where struct {
	conditions []string
	args       []any
}

// arg adds an argument and is its placeholder.
func (w *where) arg(v any) string {
	w.args = append(w.args, v)
	return fmt.Sprintf("$%d", len(w.args))
}

func (w *where) and(condition string) { w.conditions = append(w.conditions, condition) }

// String is the WHERE clause, empty without conditions.
func (w *where) String() string {
	if len(w.conditions) == 0 {
		return ""
	}
	return ` WHERE ` + strings.Join(w.conditions, ` AND `)
}
