package sqlstore

import (
	"fmt"
	"strings"
	"testing"

	"citybrain/alarm"
	"citybrain/city"
	"citybrain/ledger"
)

// silence is one with all fields set, told apart by n.
func silence(n uint64) alarm.Silence {
	at := opened + city.Instant(n)*1e6
	return alarm.Silence{
		ID: alarm.SilenceIDOf(n), Author: "duty-officer", Post: "duty-officer", Reason: "施工 <b>road works</b>", Begin: at, End: at + 60e6, CreatedAt: at,
		Version: 1, Made: alarm.Place{Number: n, After: 9},
		Match: alarm.Matchers{Rules: []city.RuleID{"p/a", "p/b"}, Entities: []city.EntityID{"urn:x:1"}, Areas: []string{"old-town"}, Severities: []city.Severity{city.Minor, city.Major}},
	}
}

// ended is a silence that somebody ended, by the command with a number.
func ended(s alarm.Silence, command uint64) alarm.Silence {
	s.EndedAt, s.EndedBy, s.EndPost, s.Ended = s.Begin+5e6, "night-officer", "duty-officer", alarm.Place{Number: command, After: 11}
	s.Version++
	return s
}

func TestSilencesAreKept(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		one, two := silence(1), silence(2)
		must(t, s.SaveSilence(ctx, one))
		must(t, s.SaveSilence(ctx, two))
		bare := alarm.Silence{ID: alarm.SilenceIDOf(3), Author: "a", Reason: "r", Begin: one.End, End: one.End + 1, CreatedAt: one.Begin, Version: 1,
			Made: alarm.Place{Number: 3}, Match: alarm.Matchers{Rules: []city.RuleID{"p/a"}}}
		must(t, s.SaveSilence(ctx, bare))
		if err := s.SaveSilence(ctx, one); city.KindOf(err) != city.Conflict {
			t.Fatalf("made twice: %v", err)
		}
		one = ended(one, 4)
		must(t, s.SaveSilence(ctx, one))
		if err := s.SaveSilence(ctx, one); city.KindOf(err) != city.Conflict {
			t.Fatalf("ended twice: %v", err)
		}
		got, err := s.Silence(ctx, one.ID)
		must(t, err)
		want(t, got, one)
		since, err := s.SilencesSince(ctx, 2)
		must(t, err)
		want(t, since, []alarm.Silence{one, bare})
		if _, err := s.Silence(ctx, "none"); city.KindOf(err) != city.NotFound {
			t.Fatal(err)
		}
		for state, wanted := range map[alarm.State][]alarm.Silence{"": {bare, two, one}, alarm.Lifted: {one}, alarm.Active: {two}, alarm.Waiting: {bare}, alarm.Over: nil} {
			got, err := s.Silences(ctx, SilenceQuery{State: state, Now: two.Begin})
			must(t, err)
			want(t, got, wanted)
		}
		page, err := s.Silences(ctx, SilenceQuery{Before: bare.ID, Limit: 1})
		must(t, err)
		want(t, page, []alarm.Silence{two})
		if n, err := s.CountSilences(ctx, two.Begin); n != 2 || err != nil {
			t.Fatalf("%d have not ended, %v", n, err)
		}
		if n, err := s.WaitingCount(ctx); n != 4 || err != nil {
			t.Fatalf("%d records of four commands, %v", n, err)
		}
		sound(t, s)
	})
}

// Whatever is changed of a silence behind the ledger's back is found.
func TestTamperedSilencesAreFound(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		must(t, s.SaveSilence(ctx, silence(1)))
		must(t, s.SaveSilence(ctx, ended(silence(1), 2)))
		for _, statement := range []string{
			`UPDATE silence SET end_at = end_at + 1`, `UPDATE silence SET begin_at = begin_at - 1`, `UPDATE silence SET ended = 0`, `UPDATE silence SET made_after = 1`,
			`UPDATE silence SET version = 3`, `UPDATE silence SET body = (SELECT body FROM record LIMIT 1)`, `DELETE FROM silence`,
			`DELETE FROM record WHERE id = 'silence.00000001.2'`, `DELETE FROM record WHERE id = 'silence.00000001.1'`,
			`UPDATE record SET id = 'silence.x.1' WHERE id = 'silence.00000001.1'`,
		} {
			tx, err := s.write.Begin()
			must(t, err)
			_, err = tx.Exec(statement)
			must(t, err)
			var found []string
			must(t, checkIn(ctx, tx, func(d ledger.Damage) { found = append(found, fmt.Sprint(d)) }))
			must(t, tx.Rollback())
			if !strings.Contains(strings.Join(found, "\n"), "00000001") && !strings.Contains(strings.Join(found, "\n"), "silence.x.1") {
				t.Errorf("%s: found %q", statement, found)
			}
		}
	})
}

func TestStandingsAreCounted(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		up := func(n int, way city.SuppressedBy) city.Situation {
			one := situation(n)
			one.ClearedAt, one.Standing = 0, city.Standing{Notice: uint64(n), Announced: uint64(n)}
			if way != "" {
				one.Standing.Suppressed = []city.Suppression{{Way: way}}
			}
			return one
		}
		list := []city.Situation{up(1, ""), up(2, city.Silenced), up(3, city.Silenced), up(4, city.Grouped), situation(5)}
		must(t, s.SaveSituations(ctx, list))
		got, err := s.CountStandings(ctx)
		must(t, err)
		want(t, got, map[city.SuppressedBy]int{"": 1, city.Silenced: 2, city.Grouped: 1})
	})
}

// Casework takes what was announced, whenever that was, and its clearing; never
// what was not.
func TestOnlyTheAnnouncedIsTaken(t *testing.T) {
	onBoth(t, func(t *testing.T, open func() *Store) {
		s := open()
		quiet := func(n int, notice uint64) city.Situation {
			one := situation(n)
			one.ClearedAt, one.Standing = 0, city.Standing{Notice: notice, Suppressed: []city.Suppression{{Way: city.Grouped}}}
			return one
		}
		late, never := quiet(1, 1), quiet(2, 2)
		third := situation(3)
		third.ClearedAt = 0
		third.Standing = city.Standing{Notice: 3, Announced: 3, AnnouncedAt: 5}
		must(t, s.SaveSituations(ctx, []city.Situation{late, never, third}))
		late.Standing = city.Standing{Notice: 4, Announced: 4, AnnouncedAt: 9}
		never.ClearedAt, never.Standing.Notice = never.RaisedAt+1, 5
		third.ClearedAt, third.Standing.Notice = third.RaisedAt+1, 6
		must(t, s.SaveSituations(ctx, []city.Situation{late, never, third}))
		raised, last, err := s.SituationsRaised(ctx, 0, 10)
		must(t, err)
		want(t, raised, []city.Situation{third, late})
		want(t, last, uint64(4))
		cleared, err := s.SituationsCleared(ctx, 0, 4, 10)
		must(t, err)
		want(t, cleared, []city.Situation{third})
		if n, err := s.LastNotice(ctx); n != 6 || err != nil {
			t.Fatal(n, err)
		}
	})
}
