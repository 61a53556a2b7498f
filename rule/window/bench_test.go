package window

import (
	"fmt"
	"testing"
	"time"
	"unsafe"

	"citybrain/city"
)

// steady is a window of n readings, one every five seconds.
func steady(f Fold, kind Kind, n int) Shape {
	length := time.Duration(n) * 5 * time.Second
	s := Shape{Kind: kind, Length: length, Fold: f, Apart: 5 * time.Second, Late: 10 * time.Second}
	switch kind {
	case Hopping:
		s.Every = length / 4
	case Session:
		s.Gap = time.Minute
	case Readings:
		s.Length, s.Size = 0, n
	}
	if f == Quantile {
		s.Q = 0.9
	}
	return s
}

func step(s *State, shape *Shape, i int) {
	at := start + city.Instant(i)*5e6
	s.Add(shape, at, float64(i*2654435761%1000)/10, uint64(i%50))
	s.Value(shape, at)
}

// TestNothingIsAllocatedForAReading holds that a window that has its size takes
// readings, also late ones, without allocating, and stays within its bound.
func TestNothingIsAllocatedForAReading(t *testing.T) {
	for _, kind := range []Kind{Sliding, Hopping, Session, Readings} {
		for f := range Fold(len(foldNames)) {
			shape := steady(f, kind, 120)
			if kind == Session && !f.merges() {
				shape.Length = time.Hour
			}
			if err := shape.Check(); err != nil {
				t.Fatal(err)
			}
			var s State
			i := 0
			for ; i < 5000; i++ {
				step(&s, &shape, i)
			}
			if n := testing.AllocsPerRun(2000, func() {
				step(&s, &shape, i)
				if i%10 == 0 {
					s.Add(&shape, start+city.Instant(i)*5e6-3e6, 7, 7)
				}
				i++
			}); n != 0 {
				t.Errorf("%s %s: %v allocations a reading", kind, f, n)
			}
			if size := s.size(); size > shape.Bound() {
				t.Errorf("%s %s: %d bytes, the bound is %d", kind, f, size, shape.Bound())
			}
		}
	}
}

func (s *State) size() int {
	return int(unsafe.Sizeof(*s)) + cap(s.ring.pts)*int(unsafe.Sizeof(point{})) + cap(s.ring.ext)*int(unsafe.Sizeof(merged{})) +
		cap(s.view.order)*8 + cap(s.view.falls.list)*4
}

// TestFullStatesKeepTheirBound fills states as far as they go.
func TestFullStatesKeepTheirBound(t *testing.T) {
	for _, shape := range shapes(t) {
		shape.Late = 10 * time.Minute
		var s State
		for i := range 20_000 {
			at := start + city.Instant(i)*100_000
			s.Add(&shape, at, float64(i), uint64(i))
			if i%3 == 0 {
				s.Value(&shape, at)
			}
		}
		if size := s.size(); size > shape.Bound() || s.Count() > shape.max() {
			t.Errorf("%s: %d bytes of %d, %d entries of %d", shape.name(), size, shape.Bound(), s.Count(), shape.max())
		}
	}
}

func BenchmarkAddAndValue(b *testing.B) {
	for _, kind := range []Kind{Sliding, Hopping, Session, Readings} {
		for _, f := range []Fold{Count, Avg, Min, StdDev, Rate, Quantile, Distinct, Last} {
			for _, n := range []int{120, 1000} {
				if n == 1000 && kind != Sliding {
					continue
				}
				b.Run(fmt.Sprintf("%s/%s/%d", kind, f, n), func(b *testing.B) {
					shape := steady(f, kind, n)
					var s State
					for i := range 4 * n {
						step(&s, &shape, i)
					}
					b.ReportAllocs()
					i := 4 * n
					for b.Loop() {
						step(&s, &shape, i)
						i++
					}
				})
			}
		}
	}
}

// BenchmarkManySubjects goes through the windows of many subjects, which no cache
// holds.
func BenchmarkManySubjects(b *testing.B) {
	shape := steady(Avg, Sliding, 120)
	states := make([]State, 10_000)
	for i := range 150 {
		for k := range states {
			step(&states[k], &shape, i)
		}
	}
	b.ReportAllocs()
	i, k := 150, 0
	for b.Loop() {
		step(&states[k], &shape, i)
		if k++; k == len(states) {
			i, k = i+1, 0
		}
	}
}

// BenchmarkDense is a sliding window of far more points than it keeps.
func BenchmarkDense(b *testing.B) {
	shape := Shape{Kind: Sliding, Length: time.Hour, Fold: Avg}
	var s State
	i := 0
	for b.Loop() {
		at := start + city.Instant(i)*50_000
		s.Add(&shape, at, float64(i%1000), 0)
		s.Value(&shape, at)
		i++
	}
}

// BenchmarkLate is a stream of which every tenth point comes late.
func BenchmarkLate(b *testing.B) {
	for _, f := range []Fold{Avg, Min, Rate} {
		b.Run(f.String(), func(b *testing.B) {
			shape := steady(f, Sliding, 120)
			var s State
			i := 0
			for b.Loop() {
				step(&s, &shape, i)
				if i%10 == 0 {
					s.Add(&shape, start+city.Instant(i)*5e6-3e6, 7, 7)
				}
				i++
			}
		})
	}
}

func BenchmarkSnapshot(b *testing.B) {
	shape := steady(Avg, Sliding, 120)
	var s State
	for i := range 500 {
		step(&s, &shape, i)
	}
	var buf []byte
	b.ReportAllocs()
	for b.Loop() {
		buf, _ = s.AppendBinary(buf[:0])
	}
	b.ReportMetric(float64(len(buf)), "bytes")
}
