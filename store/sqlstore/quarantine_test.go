package sqlstore

import (
	"testing"

	"citybrain/city"
)

// logged places rows in the log one after the other.
func logged(rows []QuarantinedRow) []LoggedRow {
	out := make([]LoggedRow, len(rows))
	for i, r := range rows {
		out[i] = LoggedRow{QuarantinedRow: r, Position: city.Position(1 + i/2), Index: i % 2}
	}
	return out
}

func TestQuarantine(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		rows := []QuarantinedRow{
			{Feed: "traffic", Run: 1<<64 - 1, Row: 5, ReceivedAt: 100, Reason: "avgSpeed: not a number", Raw: "a,b"},
			{Feed: "traffic", Run: 1<<64 - 1, Row: 6, ReceivedAt: 100, Reason: "x", Raw: "a,b"},
			{Feed: "push", ReceivedAt: 100, Reason: "x", Raw: "1"},
			{Feed: "push", ReceivedAt: 100, Reason: "x", Raw: "2"},
			{Feed: "push", ReceivedAt: 100, Reason: "x", Raw: "2"}, // the same again, in the same body
			{Feed: "traffic", Run: 2, Row: 5, ReceivedAt: 100, Reason: "x", Raw: "a,b"},
		}
		must(t, s.AddQuarantine(ctx, logged(rows[:4])))
		must(t, s.AddQuarantine(ctx, logged(rows))) // the log is read again
		got, err := s.Quarantine(ctx, QuarantineFilter{})
		must(t, err)
		for i := range got {
			rows[i].ID = got[i].ID
		}
		want(t, got, rows)

		got, err = s.Quarantine(ctx, QuarantineFilter{Feed: "push", After: rows[2].ID, Limit: 1})
		must(t, err)
		want(t, got, rows[3:4])

		must(t, s.MarkResubmitted(ctx, rows[0].ID, 500, "applied"))
		rows[0].ResubmittedAt, rows[0].Result = 500, "applied"
		one, err := s.QuarantineRow(ctx, rows[0].ID)
		must(t, err)
		want(t, one, rows[0])
		must(t, s.AddQuarantine(ctx, logged(rows[:1])))
		got, err = s.Quarantine(ctx, QuarantineFilter{Open: true, Feed: "traffic"})
		must(t, err)
		want(t, got, []QuarantinedRow{rows[1], rows[5]})
		if err := s.MarkResubmitted(ctx, rows[0].ID, 501, "again"); city.KindOf(err) != city.Conflict {
			t.Fatal(err)
		}
		if err := s.MarkResubmitted(ctx, 999, 501, "x"); city.KindOf(err) != city.NotFound {
			t.Fatal(err)
		}
		if _, err := s.QuarantineRow(ctx, 999); city.KindOf(err) != city.NotFound {
			t.Fatal(err)
		}
	})
}
