package replay

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/internal/clock"
)

var (
	from  = instant("2014-08-11T00:00:00Z")
	until = instant("2014-08-11T02:00:00Z")
)

func play(t testing.TB, g *gate, o Options, feeds ...Feed) *Player {
	t.Helper()
	p := New(g, feeds, o)
	if err := p.Play(context.Background()); err != nil {
		t.Fatal(err)
	}
	g.check(t)
	return p
}

func row(at string, n int) string { return fmt.Sprintf("2014-08-%sZ,1,%d\n", at, n) }

func TestMergeRoundsAndTicks(t *testing.T) {
	a := observed(t, "a", row("10T23:00:00", 1)+row("11T00:00:00", 2)+row("11T00:07:00", 3)+row("11T00:05:00", 4)+row("11T01:31:00", 5)+row("11T02:00:00", 6))
	b := observed(t, "b", row("11T00:07:00", 1)+row("11T00:15:00", 2)+"not a time,1,3\n"+row("11T00:15:01", 4))
	ref := reference(t, "z", "9,nine\n")
	g := newGate()
	p := play(t, g, Options{From: from, Until: until, Round: 15 * time.Minute, Batch: 2}, b, ref, a)
	want := []string{
		"z 1 11 00:00:00", "tick 11 00:00:00",
		"a 1 11 00:00:00", "a 2 11 00:00:00", "a 3 11 00:07:00", "a 4 11 00:07:00", "b 1 11 00:07:00", "b 2 11 00:15:00", "b 3 11 00:15:00",
		"tick 11 00:15:00", "b 4 11 00:15:01", "tick 11 00:30:00",
		"tick 11 01:30:00", "a 5 11 01:31:00", "a 6 11 01:31:00", "tick 11 01:45:00", "tick 11 02:00:00",
	}
	if d := cmp.Diff(want, g.log); d != "" {
		t.Error(d)
	}
	if g.rows[city.OpObserve] != 8 || g.rows[city.OpOutside] != 2 || g.rows[city.OpQuarantine] != 1 {
		t.Errorf("rows %v", g.rows)
	}
	for i, want := range []Status{{Feed: "a", Rows: 6, Last: instant("2014-08-11T01:31:00Z")}, {Feed: "b", Rows: 4, Last: instant("2014-08-11T00:15:01Z")}, {Feed: "z", Rows: 1}} {
		s := p.Status()[i]
		if s.Feed != want.Feed || s.Rows != want.Rows || s.Last != want.Last || s.State != Ended || s.Err != nil || s.Run == 0 || s.Run != p.Run(s.Feed) {
			t.Errorf("%+v", s)
		}
	}
}

// random is a feed of n rows about every gap, some of them out of order.
func random(t testing.TB, id string, seed uint64, n int, gap time.Duration) Feed {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var b strings.Builder
	at := from.Add(-time.Hour)
	for i := range n {
		at = at.Add(time.Duration(rnd.Int64N(int64(2 * gap))))
		shown := at
		if rnd.IntN(50) == 0 {
			shown = shown.Add(-20 * time.Minute)
		}
		fmt.Fprintf(&b, "%s,%d,%d\n", shown, rnd.IntN(20), i)
	}
	return observed(t, id, b.String())
}

// TestBatchAndFlightDoNotMatter plays the same files in many ways and expects
// the same log.
func TestBatchAndFlightDoNotMatter(t *testing.T) {
	feeds := []Feed{random(t, "a", 1, 3000, 3*time.Second), random(t, "b", 2, 700, 15*time.Second), random(t, "c", 3, 1500, 7*time.Second)}
	var want []string
	for i, o := range []Options{{}, {Batch: 1}, {Batch: 7, InFlight: 1}, {Batch: 100, InFlight: 9}, {Factor: 1e9, Wall: clock.NewManual(1)}} {
		o.From, o.Until, o.Round = from, until, 5*time.Minute
		g := newGate()
		play(t, g, o, feeds...)
		got := g.log
		if o.Factor > 0 { // ticks of empty rounds come on top
			continue
		}
		if i == 0 {
			want = got
		} else if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("%+v\n%s", o, d)
		}
	}
	if n := len(want); n < 5200 {
		t.Errorf("only %d lines", n)
	}
}

// TestRefusalsLoseNothing refuses sends and ticks at random and expects the
// same log as without.
func TestRefusalsLoseNothing(t *testing.T) {
	feeds := []Feed{random(t, "a", 1, 2000, 3*time.Second), random(t, "b", 2, 500, 12*time.Second), reference(t, "r", "1,x\n2,y\n")}
	smooth := newGate()
	o := Options{From: from, Until: until, Round: 5 * time.Minute, Batch: 50, InFlight: 5, Sleep: func(context.Context, time.Duration) error { return nil }}
	play(t, smooth, o, feeds...)
	for seed := range uint64(20) {
		rnd := rand.New(rand.NewPCG(seed, 9))
		g := newGate()
		g.refuse = func(int) error {
			if rnd.IntN(4) == 0 {
				return &city.Error{Kind: city.Overload, Retry: time.Millisecond}
			}
			return nil
		}
		play(t, g, o, feeds...)
		// A feed that was not refused may be a round ahead, which rules by event
		// time do not see; but every feed's rows are there once, in order, and
		// before the tick of their round.
		if g.rows[city.OpObserve] != smooth.rows[city.OpObserve] || g.rows[city.OpOutside] != smooth.rows[city.OpOutside] || g.tick != smooth.tick {
			t.Fatalf("seed %d: %v, want %v", seed, g.rows, smooth.rows)
		}
	}
}

func TestResumePassesOverCountedRows(t *testing.T) {
	feeds := []Feed{random(t, "a", 1, 2000, 3*time.Second), random(t, "b", 2, 500, 12*time.Second)}
	o := Options{From: from, Until: until, Batch: 16}
	whole := newGate()
	play(t, whole, o, feeds...)
	g := newGate()
	killed := errors.New("killed")
	g.refuse = func(call int) error {
		if call > 110 {
			return killed
		}
		return nil
	}
	if err := New(g, feeds, o).Play(context.Background()); err == nil {
		t.Fatal("the gate's error was swallowed")
	}
	half := g.rows[city.OpObserve]
	g.refuse, g.broken = nil, map[city.SourceID]bool{}
	g.last, g.tick = 0, 0
	play(t, g, o, feeds...)
	if half == 0 || half >= whole.rows[city.OpObserve] || g.rows[city.OpObserve] != whole.rows[city.OpObserve] {
		t.Errorf("%d then %d rows, want %d", half, g.rows[city.OpObserve], whole.rows[city.OpObserve])
	}
}

func TestRunFollowsContentWindowAndMapping(t *testing.T) {
	a := observed(t, "a", row("11T00:00:00", 1))
	o := Options{From: from, Until: until}
	run := func(f Feed, o Options) uint64 { return New(newGate(), []Feed{f}, o).Run("a") }
	first := run(a, o)
	if run(a, o) != first {
		t.Error("the same reading has two names")
	}
	if run(a, Options{From: from, Until: until + 1}) == first {
		t.Error("another window, same name")
	}
	other := a
	other.Mapping = observed(t, "a2", "").Mapping
	if New(newGate(), []Feed{other}, o).Run("a2") == first {
		t.Error("another mapping, same name")
	}
	os.WriteFile(a.Path, []byte("at,id,n\n"+row("11T00:00:00", 2)), 0o644)
	if run(a, o) == first {
		t.Error("another content, same name")
	}
}

// TestOneFarRowDoesNotHoldBackTheFeed has a date a year ahead among sound rows.
func TestOneFarRowDoesNotHoldBackTheFeed(t *testing.T) {
	var b strings.Builder
	for i := range 100 {
		at := from.Add(time.Duration(i) * time.Minute)
		if i == 40 {
			at = at.Add(300 * 24 * time.Hour)
		}
		fmt.Fprintf(&b, "%s,1,%d\n", at, i)
	}
	g := newGate()
	p := play(t, g, Options{From: from}, observed(t, "a", b.String()))
	if g.rows[city.OpObserve] != 99 || g.rows[city.OpQuarantine] != 1 || p.Status()[0].Last != from.Add(99*time.Minute) {
		t.Errorf("%v %s", g.rows, p.Status()[0].Last)
	}
	if g.tick != from.Add(120*time.Minute) {
		t.Errorf("the last tick is %s", g.tick)
	}
}

// TestGapAndBacklogAreNoFault: readings after a long gap, and a sorted-by-thing
// file, whose times go back, are data and not faults.
func TestGapAndBacklogAreNoFault(t *testing.T) {
	var b strings.Builder
	for thing := range 3 {
		for i := range 60 {
			fmt.Fprintf(&b, "%s,%d,%d\n", from.Add(time.Duration(i)*20*time.Minute), thing, i)
		}
	}
	g := newGate()
	play(t, g, Options{From: from}, observed(t, "a", b.String()))
	if g.rows[city.OpObserve] != 180 {
		t.Errorf("%v", g.rows)
	}
}

func TestFeedsFailAlone(t *testing.T) {
	good := observed(t, "good", row("11T00:01:00", 1))
	missing := observed(t, "missing", "")
	missing.Path += ".gone"
	extra := observed(t, "extra", "")
	os.WriteFile(extra.Path, []byte("at,id,n,new\n"), 0o644)
	ref := reference(t, "ref", "")
	os.WriteFile(ref.Path, []byte("id\n1\n"), 0o644)
	g := newGate()
	p := play(t, g, Options{From: from, Until: until}, good, missing, extra, ref)
	want := map[city.FeedID]string{"extra": `column "new" is not in the mapping`, "good": "", "missing": "is not in the feeds folder", "ref": `column "name" of the mapping is missing`}
	for _, s := range p.Status() {
		if want[s.Feed] == "" {
			if s.State != Ended || s.Rows != 1 {
				t.Errorf("%+v", s)
			}
		} else if s.State != Failed || !strings.Contains(s.Err.Error(), want[s.Feed]) {
			t.Errorf("%s: %s %v, want %s", s.Feed, s.State, s.Err, want[s.Feed])
		}
	}
}

// TestFactorPaces plays two hours sixty times faster on a clock that only
// sleeping moves.
func TestFactorPaces(t *testing.T) {
	wall := clock.NewManual(1_000_000)
	var slept time.Duration
	sleep := func(_ context.Context, d time.Duration) error {
		slept += d
		wall.Advance(wall.Now().Add(d))
		return nil
	}
	g := newGate()
	var advanced []city.Instant
	o := Options{From: from, Until: until, Factor: 60, Wall: wall, Sleep: sleep, Advance: func(at city.Instant) { advanced = append(advanced, at) }}
	play(t, g, o, observed(t, "a", row("11T00:30:00", 1)+row("11T01:30:00", 2)))
	if slept != 2*time.Minute || len(advanced) != 121 || advanced[120] != until {
		t.Errorf("slept %s, %d ticks", slept, len(advanced))
	}
	wall, slept = clock.NewManual(1_000_000), 0
	o.Wall, o.Resume = wall, from.Add(time.Hour)
	play(t, newGate(), o, observed(t, "a", row("11T00:30:00", 1)+row("11T01:30:00", 2)))
	if slept != time.Minute {
		t.Errorf("resumed: slept %s", slept)
	}
}

func TestPlayStopsWithItsContext(t *testing.T) {
	ctx, stop := context.WithCancel(context.Background())
	g := newGate()
	g.refuse = func(call int) error {
		if call == 5 {
			stop()
		}
		return nil
	}
	err := New(g, []Feed{random(t, "a", 1, 20000, time.Second)}, Options{From: from, Batch: 10}).Play(ctx)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("%v", err)
	}
}
