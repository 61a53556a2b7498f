package sqlstore

import (
	"context"
	"database/sql"

	"citybrain/city"
)

// storedStanding is the part of a standing that no query filters by. It is data
// on disk, as situationBody is.
type storedStanding struct {
	AnnouncedAt int64               `json:"announcedAt,omitzero"`
	Suppressed  []storedSuppression `json:"suppressed,omitempty"`
	Group       string              `json:"group,omitempty"`
	Flapping    bool                `json:"flapping,omitzero"`
	Reminders   int                 `json:"reminders,omitzero"`
	RemindedAt  int64               `json:"remindedAt,omitzero"`
}

type storedSuppression struct {
	Way       string `json:"way"`
	Rule      string `json:"rule,omitempty"`
	Situation string `json:"situation,omitempty"`
	Silence   string `json:"silence,omitempty"`
	Author    string `json:"author,omitempty"`
	Group     string `json:"group,omitempty"`
	Since     int64  `json:"since,omitzero"`
	Changes   int    `json:"changes,omitzero"`
	Until     int64  `json:"until,omitzero"`
}

func storeStanding(st *city.Standing) *storedStanding {
	if st.AnnouncedAt == 0 && !st.Quiet() && st.Group == "" && !st.Flapping && st.Reminders == 0 && st.RemindedAt == 0 {
		return nil
	}
	out := &storedStanding{AnnouncedAt: int64(st.AnnouncedAt), Group: valid(st.Group), Flapping: st.Flapping, Reminders: st.Reminders, RemindedAt: int64(st.RemindedAt)}
	for i := range st.Suppressed {
		x := &st.Suppressed[i]
		out.Suppressed = append(out.Suppressed, storedSuppression{
			Way: valid(string(x.Way)), Rule: valid(x.Rule), Situation: valid(string(x.Situation)), Silence: valid(string(x.Silence)), Author: valid(string(x.Author)),
			Group: valid(x.Group), Since: int64(x.Since), Changes: x.Changes, Until: int64(x.Until),
		})
	}
	return out
}

func (s *storedStanding) standing() (st city.Standing) {
	if s == nil {
		return st
	}
	st = city.Standing{AnnouncedAt: city.Instant(s.AnnouncedAt), Group: s.Group, Flapping: s.Flapping, Reminders: s.Reminders, RemindedAt: city.Instant(s.RemindedAt)}
	for _, x := range s.Suppressed {
		st.Suppressed = append(st.Suppressed, city.Suppression{
			Way: city.SuppressedBy(x.Way), Rule: x.Rule, Situation: city.SituationID(x.Situation), Silence: city.SilenceID(x.Silence), Author: city.AccountID(x.Author),
			Group: x.Group, Since: city.Instant(x.Since), Changes: x.Changes, Until: city.Instant(x.Until),
		})
	}
	return st
}

// CountStandings counts the situations that are up by the first way in which they
// are suppressed; "" for those that are announced.
func (s *Store) CountStandings(ctx context.Context) (map[city.SuppressedBy]int, error) {
	counts := map[city.SuppressedBy]int{}
	err := each(ctx, s.read, `SELECT suppressed, count(*) FROM situation WHERE cleared_at = 0 GROUP BY suppressed`, nil, func(rows *sql.Rows) error {
		var way string
		var n int
		err := rows.Scan(&way, &n)
		counts[city.SuppressedBy(way)] = n
		return err
	})
	return counts, s.explain("count", err)
}
