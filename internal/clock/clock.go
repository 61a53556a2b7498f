// Package clock gives the city its time. Domain rooms take instants as
// arguments; only app and the ways in hold a Clock.
package clock

import (
	"sync/atomic"
	"time"

	"citybrain/city"
)

// Clock tells the city's time. It never goes back and may be used from many
// goroutines.
type Clock interface {
	Now() city.Instant
}

// Wall is the machine's clock, held when the machine's clock goes back.
type Wall struct{ last atomic.Int64 }

// Now is the machine's time, or the last answer if that was later.
func (w *Wall) Now() city.Instant {
	now := time.Now().UnixMicro()
	for {
		last := w.last.Load()
		if now <= last {
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
