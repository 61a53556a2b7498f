package window

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"citybrain/city"
)

// FuzzStateBytes reads hostile bytes as a state: an error, or a state that writes
// the same again and can be used.
func FuzzStateBytes(f *testing.F) {
	all := shapes(f)
	dense := Shape{Kind: Sliding, Length: time.Hour, Fold: Avg, Max: 64}
	for i, shape := range append(all, dense) {
		var s State
		for _, p := range stream(rand.New(rand.NewPCG(uint64(i), 1)), 90, time.Minute) {
			s.Add(&shape, p.at, p.v, p.text)
			s.Value(&shape, p.at)
		}
		b, _ := s.AppendBinary(nil)
		f.Add(b, uint8(i))
		f.Add(b[:len(b)/2], uint8(i))
	}
	f.Fuzz(func(t *testing.T, b []byte, which uint8) {
		var s State
		if s.UnmarshalBinary(b) != nil {
			if s.Count() != 0 {
				t.Fatal("a state that could not be read is not empty")
			}
			return
		}
		c, _ := s.AppendBinary(nil)
		var again State
		if err := again.UnmarshalBinary(c); err != nil {
			t.Fatalf("what was written cannot be read: %v", err)
		}
		if d, _ := again.AppendBinary(nil); !bytes.Equal(c, d) {
			t.Fatalf("two forms of one state\n%x\n%x", c, d)
		}
		shape := all[int(which)%len(all)] // whether it fits or not
		_ = s.Fits(&shape)
		at := s.newest
		for range 100 {
			s.Value(&shape, at)
			at += 50e6
			s.Add(&shape, at-20e6, 1, 1)
			s.Add(&shape, at, 2, 2)
		}
		s.Warm(&shape, at)
		s.Running(&shape, at)
	})
}

// TestStatesOfOtherShapesDoNotFit holds that Fits finds what a shape cannot have.
func TestStatesOfOtherShapesDoNotFit(t *testing.T) {
	merged := Shape{Kind: Sliding, Length: time.Hour, Fold: Sum, Max: 64}
	var s State
	for i := range 100 {
		s.Add(&merged, start+1e6*city.Instant(i), 1, 0)
	}
	if err := s.Fits(&merged); err != nil {
		t.Error(err)
	}
	for _, other := range []Shape{
		{Kind: Sliding, Length: time.Hour, Fold: Median, Apart: time.Minute, Max: 128},
		{Kind: Readings, Size: 200, Fold: Sum},
		{Kind: Sliding, Length: time.Hour, Fold: Sum, Max: 16},
	} {
		if s.Fits(&other) == nil {
			t.Errorf("a state of merged sums fits %s", other.name())
		}
	}
}
