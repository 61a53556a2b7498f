package window

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"citybrain/city"
)

// start is 27 March 2026, 20:00 UTC: some days before and after it clocks change
// in Europe.
const start = city.Instant(1774641600) * 1e6

func mustZone(t testing.TB, name string) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// shapes are one or more of each kind, for each fold, shifted or not.
func shapes(t testing.TB) (list []Shape) {
	copenhagen := mustZone(t, "Europe/Copenhagen")
	kinds := []Shape{
		{Kind: Sliding, Length: 10 * time.Minute},
		{Kind: Sliding, Length: 3 * time.Hour},
		{Kind: Hopping, Length: time.Hour, Every: 15 * time.Minute},
		{Kind: Hopping, Length: 15 * time.Minute, Every: 15 * time.Minute, Zone: mustZone(t, "Asia/Shanghai")},
		{Kind: Hopping, Length: 12 * time.Hour, Every: 6 * time.Hour, Zone: copenhagen},
		{Kind: Hopping, Length: day, Every: day, Zone: copenhagen},
		{Kind: Session, Gap: 12 * time.Minute, Length: 5 * time.Hour},
		{Kind: Readings, Size: 20},
		{Kind: Readings, Size: 1},
	}
	for _, s := range kinds {
		s.Apart = time.Minute
		for f := range Fold(len(foldNames)) {
			s.Fold, s.Q, s.Before = f, 0, 0
			if f == Quantile {
				s.Q = 0.9
			}
			list = append(list, s)
			if s.Kind == Sliding || s.Kind == Hopping {
				s.Before = 100 * time.Minute
				list = append(list, s)
			}
		}
	}
	return list
}

func (s Shape) name() string {
	return fmt.Sprintf("%s %v/%v %s before %v late %v ties %d max %d", s.Kind, s.Length, s.Every, s.Fold, s.Before, s.Late, s.Ties, s.Max)
}

// stream is a random walk of points, out of order by up to late and more, with
// repeats and, now and then, a gap.
func stream(r *rand.Rand, n int, late time.Duration) []sample {
	list := make([]sample, n)
	at := start
	for i := range list {
		switch r.IntN(12) {
		case 0: // an instant again
		case 1:
			at += city.Instant(r.Int64N(40 * 60e6))
		default:
			at += city.Instant(r.Int64N(4)) * 60e6
		}
		p := sample{at: at, v: math.Round(r.NormFloat64()*1000)/10 + 50, text: uint64(r.IntN(9))}
		if r.IntN(3) == 0 {
			p.at -= city.Instant(r.Int64N(max(1, int64(micro(late))*5/4)))
			p.at -= p.at % 60e6
		}
		if r.IntN(9) == 0 {
			p.v = 7 // several times the same
		}
		list[i] = p
	}
	return list
}

func near(a, b, scale float64) bool {
	return a == b || math.Abs(a-b) <= 1e-9*max(math.Abs(a), math.Abs(b), scale)
}

// TestWindowsAreWhatTheyAreDefinedToBe compares with the reference: every kind,
// fold, shift, way with ties, out of order, with a snapshot now and then.
func TestWindowsAreWhatTheyAreDefinedToBe(t *testing.T) {
	for i, shape := range shapes(t) {
		for k, late := range []time.Duration{0, 25 * time.Minute} {
			shape.Late = late
			shape.Ties = Ties((i + k) % 3)
			t.Run(shape.name(), func(t *testing.T) {
				if err := shape.Check(); err != nil {
					t.Fatal(err)
				}
				compare(t, shape, rand.New(rand.NewPCG(uint64(i), uint64(k))), 160)
			})
		}
	}
}

// compare runs a stream through a state and the reference.
func compare(t *testing.T, shape Shape, r *rand.Rand, n int) {
	t.Helper()
	ref := reference{shape: shape}
	var s State
	for i, p := range stream(r, n, shape.Late) {
		if got, want := s.Add(&shape, p.at, p.v, p.text), ref.add(p); got != want {
			t.Fatalf("point %d at %v: Add = %v, want %v", i, p.at.Time(), got, want)
		}
		if r.IntN(10) == 0 {
			s = reborn(t, &shape, &s)
		}
		now := ref.newest
		switch r.IntN(5) {
		case 0:
			now += city.Instant(r.Int64N(6 * 3600e6))
		case 1:
			now -= city.Instant(r.Int64N(int64(micro(shape.Late)) + 1))
		case 2:
			continue
		}
		check(t, &shape, &s, &ref, now)
	}
}

func check(t *testing.T, shape *Shape, s *State, ref *reference, now city.Instant) {
	t.Helper()
	got, ok := s.Value(shape, now)
	want, known := ref.value(now)
	if ok != known || !near(got, want, 1e-3) && known {
		t.Fatalf("at %v after %d points: Value = %v, %v, want %v, %v", now.Time(), len(ref.points), got, ok, want, known)
	}
	lo, hi := ref.bounds(now)
	warm := ref.points[0].at <= lo
	switch shape.Kind {
	case Session:
		warm = ref.points[0].at <= hi
	case Readings:
		warm = len(ref.between(never, hi)) >= shape.Size
	}
	if s.Warm(shape, now) != warm {
		t.Fatalf("at %v: Warm = %v, want %v", now.Time(), !warm, warm)
	}
}

// reborn is s from its bytes, which must say all of it.
func reborn(t *testing.T, shape *Shape, s *State) State {
	t.Helper()
	b, err := s.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	var again State
	if err := again.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if err := again.Fits(shape); err != nil {
		t.Fatal(err)
	}
	if c, _ := again.AppendBinary(nil); !bytes.Equal(b, c) {
		t.Fatalf("the bytes of a restored state differ\n%x\n%x", b, c)
	}
	return again
}

// TestSnapshotsChangeNothing runs a state beside one that is restored all the
// time: the same numbers to the last bit, the same bytes.
func TestSnapshotsChangeNothing(t *testing.T) {
	for i, shape := range shapes(t) {
		shape.Late = 10 * time.Minute
		r := rand.New(rand.NewPCG(uint64(i), 3))
		var a, b State
		for _, p := range stream(r, 300, shape.Late) {
			a.Add(&shape, p.at, p.v, p.text)
			b.Add(&shape, p.at, p.v, p.text)
			if r.IntN(3) > 0 {
				x, _ := a.Value(&shape, p.at)
				y, _ := b.Value(&shape, p.at)
				if math.Float64bits(x) != math.Float64bits(y) {
					t.Fatalf("%s: %v and %v", shape.name(), x, y)
				}
			}
			b = reborn(t, &shape, &b)
		}
		x, _ := a.AppendBinary(nil)
		y, _ := b.AppendBinary(nil)
		if !bytes.Equal(x, y) {
			t.Fatalf("%s: the bytes differ", shape.name())
		}
	}
}

// TestSmallStatesStayExact gives hopping and session windows room for a few
// entries only: they merge what counts together and stay exact.
func TestSmallStatesStayExact(t *testing.T) {
	for i, shape := range shapes(t) {
		if !shape.Fold.merges() || shape.Kind != Hopping && shape.Kind != Session || shape.Every == day {
			continue
		}
		shape.Late = 6 * time.Minute // at most 12 points or so
		shape.Max = max(64, shape.need())
		shape.Ties = Ties(i % 3)
		t.Run(shape.name(), func(t *testing.T) {
			ref := reference{shape: shape}
			var s State
			r := rand.New(rand.NewPCG(uint64(i), 5))
			at := start
			for range 900 {
				at += city.Instant(r.Int64N(90e6))
				if r.IntN(60) == 0 {
					at += city.Instant(r.Int64N(3600e6))
				}
				p := sample{at: at - city.Instant(r.Int64N(300e6)), v: float64(r.IntN(1000)) / 8}
				if got, want := s.Add(&shape, p.at, p.v, 0), ref.add(p); got != want {
					t.Fatalf("Add at %v = %v, want %v", p.at.Time(), got, want)
				}
				if r.IntN(4) == 0 {
					check(t, &shape, &s, &ref, ref.newest+city.Instant(r.Int64N(600e6)))
				}
			}
			if s.Count() > shape.Max || s.Lost() != 0 {
				t.Errorf("%d entries, %d lost", s.Count(), s.Lost())
			}
		})
	}
}
