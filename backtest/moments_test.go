package backtest

import (
	"math/rand/v2"
	"testing"

	"citybrain/city"
)

// TestMomentsAreRemembered holds moments against a set.
func TestMomentsAreRemembered(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		var m moments
		set := map[city.Instant]bool{}
		at := city.Instant(1e12)
		for range 400 {
			step := city.Instant(300e6)
			switch random.IntN(12) {
			case 0:
				step = city.Instant(random.IntN(900e6) + 1)
			case 1:
				step = -city.Instant(random.IntN(3000e6))
			}
			next := at + step
			if m.has(next) != set[next] {
				t.Fatalf("%d: remembered %v, in the set %v", next, m.has(next), set[next])
			}
			if !set[next] {
				m.add(next)
				set[next] = true
			}
			at = max(at, next)
		}
		for x := range set {
			if !m.has(x) || m.has(x+1) != set[x+1] {
				t.Fatalf("%d is not remembered, or its neighbour is", x)
			}
		}
	}
}

// TestMomentsAreBounded holds that the oldest are forgotten, and no others.
func TestMomentsAreBounded(t *testing.T) {
	var m moments
	at := city.Instant(1e12)
	for i := range 10 * mostRuns {
		at += city.Instant(1e6 + i%2*1e3 + i*i%97)
		m.add(at)
	}
	if len(m.runs) > mostRuns || !m.has(at) {
		t.Errorf("%d runs", len(m.runs))
	}
	for i := range 3 * mostRuns {
		m.add(at - 1e9 - city.Instant(i)*7)
	}
	if len(m.odd) > mostRuns {
		t.Errorf("%d out of order", len(m.odd))
	}
}
