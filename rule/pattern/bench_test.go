package pattern

import (
	"fmt"
	"testing"
	"time"

	"citybrain/city"
)

// someHits are hits of three steps, each about every fifth event.
func someHits(i int) uint32 {
	switch i * 2654435761 >> 7 % 5 {
	case 0:
		return 1
	case 1:
		return 2
	case 2:
		return 4
	}
	return 0
}

func sequences() []Sequence {
	minute := Step{Within: time.Minute}
	return []Sequence{
		{Steps: []Step{{}, minute, minute}},
		{Steps: []Step{{}, minute, minute}, Choice: Each, Max: 16},
		{Steps: []Step{{}, {Not: true}, minute}},
		{Steps: []Step{{}, {Not: true, Within: time.Minute}}},
	}
}

func feed(s *SequenceState, q *Sequence, i int) {
	s.See(q, city.Instant(i)*5e6, someHits(i))
	s.Next(q)
}

// TestNothingIsAllocatedForAnEvent holds that states that have their size take
// events without allocating.
func TestNothingIsAllocatedForAnEvent(t *testing.T) {
	for _, q := range sequences() {
		var s SequenceState
		i := 0
		for ; i < 5000; i++ {
			feed(&s, &q, i)
		}
		if n := testing.AllocsPerRun(5000, func() { feed(&s, &q, i); i++ }); n != 0 {
			t.Errorf("%+v: %v allocations an event", q, n)
		}
	}
	var k RepeatState
	var d DwellState
	shape, stay := Repeat{Times: 20, Within: time.Minute}, Dwell{For: time.Minute}
	i := 0
	if n := testing.AllocsPerRun(2000, func() {
		k.See(&shape, city.Instant(i)*1e6)
		d.See(&stay, city.Instant(i)*1e6, Where(i/100%3))
		i++
	}); n != 0 {
		t.Errorf("%v allocations an event", n)
	}
}

func BenchmarkSequence(b *testing.B) {
	for i, name := range []string{"latest", "each", "not-between", "not-within"} {
		q := sequences()[i]
		b.Run(name, func(b *testing.B) {
			var s SequenceState
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				feed(&s, &q, i)
				i++
			}
		})
	}
	b.Run("nothing-hit", func(b *testing.B) {
		q := sequences()[0]
		var s SequenceState
		i := 0
		for b.Loop() {
			s.See(&q, city.Instant(i)*5e6, 0)
			i++
		}
	})
}

func BenchmarkRepeat(b *testing.B) {
	for _, times := range []int{5, 1000} {
		b.Run(fmt.Sprint(times), func(b *testing.B) {
			shape := Repeat{Times: times, Within: time.Minute}
			var s RepeatState
			b.ReportAllocs()
			i := 0
			for b.Loop() {
				s.See(&shape, city.Instant(i)*1e6)
				s.Ended(&shape)
				i++
			}
		})
	}
}

func BenchmarkDwell(b *testing.B) {
	shape := Dwell{For: time.Minute, Gap: 10 * time.Second}
	var s DwellState
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		s.See(&shape, city.Instant(i)*5e6, Where(i/40%3))
		s.Next(&shape)
		i++
	}
}
