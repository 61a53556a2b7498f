package clock

import (
	"testing"
	"time"

	"citybrain/city"
)

func TestWallHoldsSmallStepsBackAndFollowsLargeOnes(t *testing.T) {
	at := time.Unix(1_700_000_000, 0)
	w := &Wall{now: func() time.Time { return at }}
	start := w.Now()
	for _, step := range []struct {
		move time.Duration
		want time.Duration // from start
	}{
		{time.Second, time.Second},
		{-3 * time.Second, time.Second},
		{4 * time.Second, 2 * time.Second},
		{365 * 24 * time.Hour, 365*24*time.Hour + 2*time.Second},
		{-365 * 24 * time.Hour, 2 * time.Second},
	} {
		at = at.Add(step.move)
		if got := w.Now().Sub(start); got != step.want {
			t.Errorf("after a step of %s: %s, want %s", step.move, got, step.want)
		}
	}
}

func TestManualGoesForwardOnly(t *testing.T) {
	m := NewManual(10)
	m.Advance(5)
	m.Advance(20)
	if m.Now() != city.Instant(20) {
		t.Errorf("stands at %d", m.Now())
	}
}
