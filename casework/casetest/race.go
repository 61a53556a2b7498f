package casetest

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"citybrain/casework"
	"citybrain/city"
)

// racers is how many callers meet on one case.
const racers = 20

func together(n int, run func(i int)) {
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() { run(i) })
	}
	wg.Wait()
}

func checkNumbers(t *testing.T, r casework.Records) {
	other := opening(3)
	other.Day = "20140813"
	for i, want := range []struct {
		change casework.Change
		number string
	}{{opening(1), "20140812-0001"}, {opening(2), "20140812-0002"}, {other, "20140813-0001"}, {opening(4), "20140812-0003"}} {
		if c := save(t, r, want.change)[0]; c.Number != want.number || c.Change != uint64(i+1) {
			t.Errorf("case %d has number %s and change %d, want %s and %d", i+1, c.Number, c.Change, want.number, i+1)
		}
	}
}

// checkRace lets twenty callers make one move on each of five versions: one of
// them wins each.
func checkRace(t *testing.T, r casework.Records) {
	c := save(t, r, opening(1))[0]
	for range 5 {
		var won atomic.Int64
		together(racers, func(i int) {
			change := next(c, casework.Note, func(c *casework.Case) { c.Text = fmt.Sprint("by ", i) })
			stored, err := r.Save(context.Background(), change)
			switch {
			case err == nil && stored[0].Text == change.Case.Text:
				won.Add(1)
			case city.KindOf(err) != city.Conflict:
				t.Errorf("caller %d: %v, want to win or a conflict", i, err)
			}
		})
		if won.Load() != 1 {
			t.Fatalf("%d callers won version %d", won.Load(), c.Version+1)
		}
		c = load(t, r, c.ID)
	}
	if n := len(moves(t, r, c.ID, 0)); c.Version != 6 || n != 6 || c.Change != 6 {
		t.Errorf("version %d, %d moves, change %d; want 6 of each", c.Version, n, c.Change)
	}
}

// checkOpenRace opens the cases of one day at once: their numbers and changes
// have neither gaps nor doubles.
func checkOpenRace(t *testing.T, r casework.Records) {
	together(racers, func(i int) {
		if _, err := r.Save(context.Background(), opening(i+1)); err != nil {
			t.Errorf("case %d: %v", i+1, err)
		}
	})
	list := cases(t, r, casework.Query{})
	numbers, changes := map[string]bool{}, map[uint64]bool{}
	for i := range list {
		numbers[list[i].Number], changes[list[i].Change] = true, true
	}
	for i := 1; i <= racers; i++ {
		if number := fmt.Sprintf("%s-%04d", day, i); !numbers[number] || !changes[uint64(i)] {
			t.Errorf("no case has number %s or none has change %d", number, i)
		}
	}
	var won atomic.Int64
	together(racers, func(int) {
		if _, err := r.Save(context.Background(), opening(99)); err == nil {
			won.Add(1)
		} else if city.KindOf(err) != city.Conflict {
			t.Error(err)
		}
	})
	if won.Load() != 1 {
		t.Errorf("%d callers opened the same case", won.Load())
	}
}

// checkMergeRace merges two cases into each other at once, again and again: one
// merge wins with both sides, the other leaves no trace.
func checkMergeRace(t *testing.T, r casework.Records) {
	for round := range 5 {
		pair := save(t, r, opening(10+2*round), opening(11+2*round))
		var won atomic.Int64
		together(2, func(i int) {
			from, into := pair[i], pair[1-i]
			_, err := r.Save(context.Background(),
				next(from, casework.Merge, func(c *casework.Case) { c.State, c.Outcome, c.Into = casework.Closed, casework.Merged, into.ID }),
				next(into, casework.Absorb, func(c *casework.Case) { c.From = []casework.CaseID{from.ID} }))
			if err == nil {
				won.Add(1)
			} else if city.KindOf(err) != city.Conflict {
				t.Error(err)
			}
		})
		a, b := load(t, r, pair[0].ID), load(t, r, pair[1].ID)
		if b.Into != "" {
			a, b = b, a
		}
		if won.Load() != 1 || a.Into != b.ID || b.Into != "" || len(a.From) != 0 || len(b.From) != 1 || a.Version != 2 || b.Version != 2 {
			t.Fatalf("%d merges won: %s into %q (from %v), %s into %q (from %v)", won.Load(), a.ID, a.Into, a.From, b.ID, b.Into, b.From)
		}
	}
}

func checkChanges(t *testing.T, r casework.Records) {
	ctx := context.Background()
	changes := func(after uint64, limit int) []casework.Case {
		list, err := r.CaseChanges(ctx, after, limit)
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	same(t, "before the first", []casework.Case{}, changes(0, 10))
	stored := save(t, r, opening(1), opening(2), opening(3))
	stored[0] = save(t, r, next(stored[0], casework.Note, nil))[0]
	stored[1] = save(t, r, next(stored[1], casework.Note, nil))[0]
	stored[0] = save(t, r, next(stored[0], casework.Note, nil))[0]
	want := []casework.Case{stored[2], stored[1], stored[0]}
	for i, c := range want {
		if c.Change != []uint64{3, 5, 6}[i] {
			t.Errorf("case %s has change %d", c.ID, c.Change)
		}
	}
	same(t, "all", want, changes(0, 10))
	same(t, "after 3", want[1:], changes(3, 10))
	same(t, "after 4", want[1:], changes(4, 10))
	same(t, "the first two", want[:2], changes(0, 2))
	same(t, "after the last", []casework.Case{}, changes(6, 10))
}

// checkCancelled holds that a cancelled save is whole or nothing.
func checkCancelled(t *testing.T, r casework.Records) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := r.Save(ctx, opening(1), opening(2)); err != nil {
		_, err := r.Case(context.Background(), id(1))
		wantKind(t, err, city.NotFound)
		save(t, r, opening(1), opening(2))
	}
	if n := len(cases(t, r, casework.Query{})); n != 2 {
		t.Errorf("%d cases, want 2", n)
	}
}

// checkCopies changes what the records answered; what they keep stays.
func checkCopies(t *testing.T, r casework.Records) {
	change := full()
	stored := save(t, r, change)
	want := load(t, r, id(1))
	stored[0].Tasks[0].Agency, stored[0].Files[0].Name, stored[0].From[0] = "nobody", "none", "x"
	change.Case.Tasks[0].Order = "changed by the caller"
	change.Moves[1].Assists[0] = "changed by the caller"
	list := moves(t, r, id(1), 0)
	list[1].Assists[1] = "changed by a reader"
	loaded := load(t, r, id(1))
	loaded.Tasks[1].Report = "changed by a reader"
	same(t, "the case", want, load(t, r, id(1)))
	same(t, "the assisting agencies", full().Moves[1].Assists, moves(t, r, id(1), 1)[0].Assists)
}

// checkTexts stores what people may write.
func checkTexts(t *testing.T, r casework.Records) {
	for i, text := range []string{`<script>alert("1")</script>`, `'; DROP TABLE casefile; --`, "第一行\n\t第二行", "\u2028 👩‍👩‍👧 �", `\u0000 is no NUL`, "%s %d {}"} {
		c := opening(i + 1)
		c.Case.Text, c.Case.Title.ZH, c.Moves[0].Text = text, text, text
		save(t, r, c)
		if got := load(t, r, id(i+1)); got.Text != text || got.Title.ZH != text {
			t.Errorf("%q came back as %q and %q", text, got.Text, got.Title.ZH)
		}
		if got := moves(t, r, id(i+1), 0)[0].Text; got != text {
			t.Errorf("%q came back from the move as %q", text, got)
		}
	}
}
