package pattern

import (
	"bytes"
	"math/rand/v2"
	"testing"

	"citybrain/city"
)

// FuzzStateBytes reads hostile bytes as each state: an error, or a state that
// writes the same again and can be used.
func FuzzStateBytes(f *testing.F) {
	r := rand.New(rand.NewPCG(1, 9))
	for range 20 {
		q := someSequence(r)
		var s SequenceState
		var k RepeatState
		var d DwellState
		for _, e := range someEvents(r, 12, len(q.Steps)) {
			s.See(&q, e.at, e.hits)
			k.See(&Repeat{Times: 5, Within: us(10)}, e.at)
			d.See(&Dwell{For: us(5), Gap: us(2)}, e.at, e.where)
		}
		for _, x := range []state{&s, &k, &d} {
			b, _ := x.AppendBinary(nil)
			f.Add(b)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		var s SequenceState
		if same(t, &s, b) {
			useSequence(t, &s)
		}
		var k RepeatState
		if shape := (Repeat{Times: 7, Within: us(10)}); same(t, &k, b) && k.Fits(&shape) == nil {
			at := k.last
			for range 20 {
				k.See(&shape, at)
				k.Ended(&shape)
				at += 3
			}
		}
		var d DwellState
		if shape := (Dwell{For: us(5), Gap: us(2)}); same(t, &d, b) {
			at := d.at
			for i := range 20 {
				d.Next(&shape)
				d.See(&shape, at, Where(i/3%3))
				at += 3
			}
			d.Fire(&shape, at+100)
		}
	})
}

// same says whether b is a state, which must be written and read again alike.
func same(t *testing.T, x state, b []byte) bool {
	if x.UnmarshalBinary(b) != nil {
		return false
	}
	c, _ := x.AppendBinary(nil)
	if err := x.UnmarshalBinary(c); err != nil {
		t.Fatalf("what was written cannot be read: %v", err)
	}
	if d, _ := x.AppendBinary(nil); !bytes.Equal(c, d) {
		t.Fatalf("two forms of one state\n%x\n%x", c, d)
	}
	return true
}

func useSequence(t *testing.T, s *SequenceState) {
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 1))
		q := someSequence(r)
		if s.Fits(&q) != nil {
			continue
		}
		var x SequenceState
		reborn(t, s, &x)
		at := x.at
		for range 30 {
			x.Next(&q)
			x.See(&q, at, uint32(r.IntN(1<<len(q.Steps))))
			at += city.Instant(r.IntN(5))
		}
		x.Fire(&q, at+100)
	}
}

// TestStatesOfOtherPatternsDoNotFit holds that Fits finds what a shape cannot have.
func TestStatesOfOtherPatternsDoNotFit(t *testing.T) {
	q := Sequence{Steps: []Step{{}, {Within: us(9)}, {Within: us(9)}}}
	var s SequenceState
	for at, hits := range []uint32{1, 2, 0} {
		s.See(&q, city.Instant(at), hits)
	}
	for _, other := range []Sequence{
		{Steps: []Step{{}, {Within: us(9)}}},
		{Steps: []Step{{}, {Not: true}, {Within: us(9)}}},
	} {
		if s.Fits(&q) != nil || s.Fits(&other) == nil {
			t.Errorf("fits itself: %v; fits %+v: %v", s.Fits(&q), other, s.Fits(&other))
		}
	}
	var k RepeatState
	for at := range city.Instant(5) {
		k.See(&Repeat{Times: 5, Within: us(9)}, at)
	}
	if k.Fits(&Repeat{Times: 4, Within: us(9)}) == nil {
		t.Error("five events fit a repeat of four")
	}
}
