// Package clock gives the city its time. Domain rooms take instants as
// arguments; only app and the ways in hold a Clock.
package clock

import (
	"sync/atomic"
	"time"

	"citybrain/city"
)

// Clock tells the city's time. It may be used from many goroutines.
type Clock interface {
	Now() city.Instant
}

// Wall is the machine's clock. When the machine's clock is set back by less than
// MaxHold, Wall stands until it is reached again; a larger step back corrects a
// clock that was wrong, and Wall follows it.
type Wall struct {
	last atomic.Int64
	now  func() time.Time // for tests; nil: time.Now
}

// MaxHold is how long Wall stands still rather than go back.
const MaxHold = 10 * time.Second

// Now is the machine's time, with the exception above.
func (w *Wall) Now() city.Instant {
	read := w.now
	if read == nil {
		read = time.Now
	}
	now := read().UnixMicro()
	for {
		last := w.last.Load()
		if now <= last && last-now < MaxHold.Microseconds() {
			return city.Instant(last)
		}
		if w.last.CompareAndSwap(last, now) {
			return city.Instant(now)
		}
	}
}

// Manual is a clock that stands until somebody moves it: the time of a replay,
// a drill or a test.
type Manual struct{ now atomic.Int64 }

// NewManual is a clock that stands at an instant.
func NewManual(at city.Instant) *Manual {
	m := &Manual{}
	m.now.Store(int64(at))
	return m
}

// Now is where the clock stands.
func (m *Manual) Now() city.Instant { return city.Instant(m.now.Load()) }

// Advance moves the clock forward; an instant in its past changes nothing.
func (m *Manual) Advance(to city.Instant) {
	for {
		now := m.now.Load()
		if int64(to) <= now || m.now.CompareAndSwap(now, int64(to)) {
			return
		}
	}
}
