package window

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"citybrain/city"
)

// TestSumsDoNotDrift moves a window over a million points of very different
// magnitudes and compares with the window folded anew.
func TestSumsDoNotDrift(t *testing.T) {
	for _, f := range []Fold{Sum, Avg, StdDev, Rate} {
		shape := Shape{Kind: Sliding, Length: 200 * time.Second, Fold: f}
		var s State
		r := rand.New(rand.NewPCG(1, uint64(f)))
		var recent []sample
		for i := range 1_000_000 {
			v := 20 + r.NormFloat64()
			switch {
			case i%100_003 == 0:
				v = 1e15 // a sensor gone mad
			case i%70_001 == 0:
				v = -3e200
			case i/10_000%3 == 1:
				v += 1e6
			}
			p := sample{at: start + city.Instant(i)*1e6, v: v}
			s.Add(&shape, p.at, p.v, 0)
			if recent = append(recent, p); len(recent) > 1000 {
				recent = append(recent[:0], recent[len(recent)-200:]...)
			}
			if i%50 != 0 && i%100_003 > 210 && i%70_001 > 210 {
				continue
			}
			in := recent[max(0, len(recent)-200):]
			got, ok := s.Value(&shape, p.at)
			want := fold(f, 0, in, 200)
			if f == Rate && len(in) < 2 {
				continue
			}
			if bad := math.IsInf(want, 0) || math.IsNaN(want); bad != !ok || !bad && math.Abs(got-want) > 1e-9*math.Abs(want) {
				t.Fatalf("%s after %d points: %v, %v, want %v", f, i, got, ok, want)
			}
		}
	}
}

// TestAnEvenSignalHasNoDeviation holds that equal values deviate by exactly
// nothing, whatever went before.
func TestAnEvenSignalHasNoDeviation(t *testing.T) {
	shape := Shape{Kind: Readings, Size: 50, Fold: StdDev}
	var s State
	for i := range 300 {
		v := 0.1 + 1e9
		if i < 100 {
			v = float64(i*i) + 0.3
		}
		s.Add(&shape, start+city.Instant(i), v, 0)
		if got, _ := s.Value(&shape, start+city.Instant(i)); i >= 149 && got != 0 {
			t.Fatalf("after %d points: %v", i, got)
		}
	}
}

// TestDenseSlidingWindowsAreExactToAGrain puts more points into a window than it
// keeps: its value is that of a window whose ends differ by at most Grain.
func TestDenseSlidingWindowsAreExactToAGrain(t *testing.T) {
	for _, f := range []Fold{Count, Sum, Avg, Min, Max, StdDev, Rate, Pace, First, Last} {
		for _, before := range []time.Duration{0, 4 * time.Minute} {
			shape := Shape{Kind: Sliding, Length: 10 * time.Minute, Before: before, Late: 20 * time.Second, Fold: f, Max: 128}
			if err := shape.Check(); err != nil {
				t.Fatal(err)
			}
			var s State
			r := rand.New(rand.NewPCG(uint64(f), uint64(before)))
			var all []sample
			at, v := start, 0.0
			for i := range 2500 {
				at += city.Instant(1 + r.Int64N(4_000_000))
				v += r.Float64()
				p := sample{at: at, v: v}
				all = append(all, p)
				if !s.Add(&shape, p.at, p.v, 0) {
					t.Fatalf("point %d is refused", i)
				}
				if i%7 == 0 && i > 1000 {
					withinGrain(t, &shape, &s, all, at)
				}
				if i%501 == 0 {
					s = reborn(t, &shape, &s)
				}
			}
			if s.Count() > shape.Max {
				t.Errorf("%s: %d entries", f, s.Count())
			}
		}
	}
}

// withinGrain looks for ends within a grain whose fold is the value that s gives:
// the left end is any point up to a grain further back, the right one up to a
// grain less far forward.
func withinGrain(t *testing.T, shape *Shape, s *State, all []sample, now city.Instant) {
	t.Helper()
	got, ok := s.Value(shape, now)
	if !ok {
		t.Fatalf("%s unknown", shape.Fold)
	}
	hi, grain := now-micro(shape.Before), micro(shape.Grain())
	lo := hi - micro(shape.Length)
	index := func(at city.Instant) int {
		n, _ := slices.BinarySearchFunc(all, at, func(p sample, at city.Instant) int {
			if p.at <= at {
				return -1
			}
			return 1
		})
		return n
	}
	ends := []int{index(hi)}
	if shape.Before > 0 {
		ends = nil
		for n := index(hi); n >= index(hi-grain); n-- {
			ends = append(ends, n)
		}
	}
	for _, end := range ends {
		for n := index(lo); n >= max(0, index(lo-grain)); n-- {
			if near(got, fold(shape.Fold, 0, all[n:end], shape.Length.Seconds()), 1e-6) {
				return
			}
		}
	}
	t.Fatalf("%s at %v: %v is no value of a window within %v", shape.Fold, now.Time(), got, shape.Grain())
}

// TestWhatCannotMergeIsUnknownRatherThanWrong makes a stream denser than was
// said: while the window reaches over what had no place, the quantile is unknown.
func TestWhatCannotMergeIsUnknownRatherThanWrong(t *testing.T) {
	shape := Shape{Kind: Sliding, Length: 100 * time.Second, Fold: Median, Apart: time.Second, Max: 128}
	if err := shape.Check(); err != nil {
		t.Fatal(err)
	}
	var s State
	at := start
	for range 300 { // ten a second
		at += 100_000
		s.Add(&shape, at, 1, 0)
	}
	if x, ok := s.Value(&shape, at); ok || s.Lost() == 0 {
		t.Fatalf("Value = %v, %v, %d lost", x, ok, s.Lost())
	}
	for range 100 {
		at += 1e6
		s.Add(&shape, at, 2, 0)
	}
	if x, ok := s.Value(&shape, at); !ok || x != 2 {
		t.Fatalf("Value = %v, %v once the stream is as dense as was said", x, ok)
	}
}

// TestManyLatePointsCloseTheirPast holds that points of one instant all count
// however many they are, and that a flood within Late makes older points too late
// rather than wrong.
func TestManyLatePointsCloseTheirPast(t *testing.T) {
	shape := Shape{Kind: Hopping, Length: time.Hour, Every: time.Hour, Late: 30 * time.Minute, Fold: Sum, Ties: KeepAll, Max: 64}
	if err := shape.Check(); err != nil {
		t.Fatal(err)
	}
	var s State
	taken := 0
	for i := range 5000 {
		if s.Add(&shape, start+60e6, 1, 0) {
			taken++
		}
		if i%10 == 0 && s.Add(&shape, start+30e6+city.Instant(i), 1, 0) {
			taken++
		}
	}
	got, _ := s.Value(&shape, start+3600e6)
	if taken < 5000 || got != float64(taken) {
		t.Errorf("%d points of one hour were taken, the sum of ones is %v", taken, got)
	}
	if s.Add(&shape, start+30e6, 1, 0) {
		t.Error("a point is taken that is older than what was merged")
	}
}

// TestTheMergedPastOfASessionIsUnknown holds that a session whose points were
// merged early, for want of room, has no value at instants among them.
func TestTheMergedPastOfASessionIsUnknown(t *testing.T) {
	shape := Shape{Kind: Session, Gap: time.Minute, Late: time.Hour, Fold: Count, Max: 64}
	var s State
	for i := range 1000 {
		s.Add(&shape, start+city.Instant(i)*1e6, 1, 0)
	}
	if x, ok := s.Value(&shape, start+999e6); x != 1000 || !ok {
		t.Errorf("the session has %v, %v points", x, ok)
	}
	if x, ok := s.Value(&shape, start+500e6); ok {
		t.Errorf("half-way it had %v points, though they were merged", x)
	}
	if !s.Running(&shape, start+1059e6) || s.Running(&shape, start+1060e6) {
		t.Error("a session runs for as long as the gap after its last point")
	}
}

// TestMergingIsTheSameHoweverItIsGrouped merges eight points one after the other,
// and pairs of pairs.
func TestMergingIsTheSameHoweverItIsGrouped(t *testing.T) {
	for _, f := range []Fold{Count, Sum, Avg, Min, Max, StdDev, Rate, First, Last} {
		var rings [2]ring
		var in []sample
		for k := range rings {
			in = nil
			for i, v := range []float64{3, 8, 2, 9, 9, 1, 4, 6} {
				p := sample{at: start + city.Instant(i)*1e6, v: v}
				in = append(in, p)
				rings[k].insert(rings[k].tail, point{p.at, p.v})
			}
			rings[k].widen()
		}
		for i := range uint32(7) {
			rings[0].merge(f, 0, i+1)
		}
		for _, pair := range [][2]uint32{{0, 1}, {2, 3}, {4, 5}, {6, 7}, {0, 2}, {4, 6}, {0, 4}} {
			rings[1].merge(f, pair[0], pair[1])
		}
		for k, r := range rings {
			s := State{ring: r, some: true, newest: start + 7e6, floor: never, gone: never}
			s.ring.tail = 1
			shape := Shape{Kind: Sliding, Length: 10 * time.Second, Fold: f}
			if got, ok := s.Value(&shape, start+7e6); !ok || !near(got, fold(f, 0, in, 10), 1) {
				t.Errorf("%s, grouping %d: %v, %v, want %v", f, k, got, ok, fold(f, 0, in, 10))
			}
		}
	}
}
