package detect_test

import (
	"bytes"
	"math"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
)

// FuzzUnmarshal holds that bytes of any origin are refused or make a state
// that can be used: it takes values, its answers are finite, and what it writes
// is read back the same.
func FuzzUnmarshal(f *testing.F) {
	all := streams(f)
	for _, c := range all {
		s := shaped(f, c.shape)
		var state detect.State
		for i, a := range c.values(2) {
			if state.Add(s, a.at, a.v); i%97 == 5 {
				f.Add(written(f, &state))
			}
		}
		f.Add(written(f, &state))
	}
	f.Add([]byte{})
	f.Add([]byte{1, 0})
	f.Fuzz(func(t *testing.T, b []byte) {
		var state detect.State
		if state.UnmarshalBinary(b) != nil {
			if !bytes.Equal(written(t, &state), []byte{1, 0}) {
				t.Fatal("a refused state was filled")
			}
			return
		}
		again := written(t, read(t, written(t, &state)))
		if !bytes.Equal(written(t, &state), again) {
			t.Fatal("what is written is not read back the same")
		}
		for _, c := range all {
			try(t, shaped(t, c.shape), read(t, again))
		}
	})
}

func try(t *testing.T, s *detect.Shape, state *detect.State) {
	for i, v := range []float64{0, 1, 5e99} {
		for _, at := range []city.Instant{start, city.MaxInstant - 2} {
			at += city.Instant(i)
			score, known := state.Value(s, at)
			expected, _ := state.Expected(s, at)
			spread, _ := state.Spread(s, at)
			if math.IsNaN(score+expected+spread) || math.IsInf(score+expected+spread, 0) || known && math.Abs(score) > 2*max(detect.MaxScore, s.H) {
				t.Fatalf("%s: score %g, expected %g, spread %g", s.Kind, score, expected, spread)
			}
			state.Add(s, at, v)
		}
	}
}

// FuzzAdd holds that no run of instants and values breaks a detector.
func FuzzAdd(f *testing.F) {
	f.Add(uint8(0), []byte{1, 2, 3, 4, 5, 6, 7, 8, 9})
	f.Add(uint8(3), bytes.Repeat([]byte{200, 13}, 80))
	all := streams(f)
	f.Fuzz(func(t *testing.T, which uint8, b []byte) {
		s := shaped(t, all[int(which)%len(all)].shape)
		var state detect.State
		at := start
		for i := 0; i+1 < len(b); i += 2 {
			at = at.Add(time.Duration(b[i]) * time.Duration(b[i]) * time.Minute)
			state.Add(s, at, math.Ldexp(float64(b[i+1])-100, int(b[i])-120))
			score, known := state.Value(s, at)
			if math.Abs(score) > detect.MaxScore || math.IsNaN(score) || !known && score != 0 {
				t.Fatalf("score %g, known %v", score, known)
			}
		}
		read(t, written(t, &state))
	})
}
