package pattern

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"citybrain/city"
)

// TestRepeatsAreCountedAsDefined compares with a look at all events so far.
func TestRepeatsAreCountedAsDefined(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 3))
		shape := Repeat{Times: 1 + r.IntN(12), Within: us(1 + r.IntN(20))}
		var s RepeatState
		var all []city.Instant
		for _, e := range someEvents(r, 60, 1) {
			if r.IntN(6) == 0 {
				var again RepeatState
				reborn(t, &s, &again)
				if err := again.Fits(&shape); err != nil {
					t.Fatal(err)
				}
				s = again
			}
			reached, ok := s.See(&shape, e.at)
			if !ok {
				t.Fatal("an event in order is refused")
			}
			all = append(all, e.at)
			if _, back := s.See(&shape, e.at-1); back {
				t.Fatal("an event that goes back is taken")
			}
			want := enough(&shape, all, e.at)
			if reached != want {
				t.Fatalf("seed %d: %d in %v of %v: %v", seed, shape.Times, shape.Within, all, reached)
			}
			ended, up := s.Ended(&shape)
			if up != want || up && (!enough(&shape, all, ended-1) || enough(&shape, all, ended)) {
				t.Fatalf("seed %d: Ended is %d, %v of %v", seed, ended, up, all)
			}
			last := all[max(0, len(all)-shape.Times):]
			if diff := cmp.Diff(last, s.Instants(nil)); diff != "" {
				t.Fatal(diff)
			}
		}
	}
}

func enough(r *Repeat, all []city.Instant, now city.Instant) bool {
	n := 0
	for _, at := range all {
		if now.Sub(at) <= r.Within {
			n++
		}
	}
	return n >= r.Times
}

// TestStaysAreFoundAsDefined compares with a look at the whole history.
func TestStaysAreFoundAsDefined(t *testing.T) {
	found := 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 4))
		d := Dwell{For: us(1 + r.IntN(12)), Gap: us(r.IntN(6))}
		events := someEvents(r, 40, 1)
		end := events[len(events)-1].at + 40
		var s DwellState
		var got []Passage
		for i, e := range events {
			if i > 0 && e.at > events[i-1].at && r.IntN(4) == 0 {
				at := events[i-1].at + city.Instant(r.Int64N(int64(e.at-events[i-1].at)))
				got = append(got, s.Fire(&d, at)...)
			}
			if r.IntN(6) == 0 {
				var again DwellState
				reborn(t, &s, &again)
				s = again
			}
			due, ok := s.See(&d, e.at, e.where)
			if !ok {
				t.Fatal("an event in order is refused")
			}
			got = append(got, due...)
			if _, back := s.See(&d, e.at-1, Outside); back {
				t.Fatal("an event that goes back is taken")
			}
			dwellNextIsTrue(t, &d, &s)
		}
		got = append(got, s.Fire(&d, end)...)
		if diff := cmp.Diff(stays(&d, events, end), got, cmpopts.EquateEmpty()); diff != "" {
			t.Fatalf("seed %d: %+v over %v:\n%s", seed, d, events, diff)
		}
		found += len(got)
	}
	if found < 5000 {
		t.Errorf("only %d passages were compared", found)
	}
}

// dwellNextIsTrue lets time pass with no more events.
func dwellNextIsTrue(t *testing.T, d *Dwell, s *DwellState) {
	t.Helper()
	at, ok := s.Next(d)
	var early, alone DwellState
	reborn(t, s, &early)
	reborn(t, s, &alone)
	if rest := slices.Clone(alone.Fire(d, 1000)); !ok && len(rest) > 0 || ok && len(rest) > 0 && rest[0].At < at {
		t.Fatalf("Next is %d, %v; what comes is %v", at, ok, rest)
	}
	if ok && at > s.at && len(early.Fire(d, at-1)) > 0 {
		t.Fatalf("something comes before Next, %d", at)
	}
}
