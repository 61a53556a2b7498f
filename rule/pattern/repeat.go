package pattern

import (
	"time"
	"unsafe"

	"citybrain/city"
)

// Repeat is so many events within a time: the first and the last of Times events
// in a row are at most Within apart. Every event counts, also several of one
// instant.
type Repeat struct {
	Times  int
	Within time.Duration
}

// Check says what is wrong: an Invalid *city.Error with the field and what to do.
func (r *Repeat) Check() error {
	const op = "pattern.Repeat.Check"
	if r.Times < 1 || r.Times > MaxTimes {
		return invalid(op, "times", "times is %d, want 1 to %d", r.Times, MaxTimes)
	}
	return checkWithin(op, "within", r.Within, false)
}

// Bound is how many bytes a RepeatState takes at most.
func (r *Repeat) Bound() int {
	return int(unsafe.Sizeof(RepeatState{})) + r.Times*int(unsafe.Sizeof(city.Instant(0)))
}

// RepeatState is what is remembered for one subject: the instants of the last
// Times events. The zero value is empty and ready. It is always used with the
// same Repeat and not by two at a time.
type RepeatState struct {
	log  []city.Instant // once it is full, a ring
	head int            // of the oldest in a full log
	last city.Instant
}

// See takes an event in and says whether it is the last of Times events within
// the time; ok is false, with nothing changed, for an event before the last one.
func (s *RepeatState) See(r *Repeat, at city.Instant) (reached, ok bool) {
	if len(s.log) > 0 && at < s.last {
		return false, false
	}
	s.last = at
	if len(s.log) < r.Times {
		if s.log == nil {
			s.log = make([]city.Instant, 0, min(r.Times, 8))
		}
		s.log = append(s.log, at)
	} else {
		s.log[s.head] = at
		if s.head++; s.head == len(s.log) {
			s.head = 0
		}
	}
	return s.Holds(r, at), true
}

// Holds says whether there are Times events within the time that ends at now.
// They are the last events, so now must not be before the last one.
func (s *RepeatState) Holds(r *Repeat, now city.Instant) bool {
	return len(s.log) == r.Times && now.Sub(s.log[s.head]) <= r.Within
}

// Ended is the first instant at which Holds is no longer true, if nothing comes
// before; false where it is not true at the last event.
func (s *RepeatState) Ended(r *Repeat) (city.Instant, bool) {
	if !s.Holds(r, s.last) {
		return 0, false
	}
	return s.log[s.head].Add(r.Within) + 1, true
}

// Instants appends the instants of the last events to b, the oldest first:
// Times of them at most, whether within the time or not.
func (s *RepeatState) Instants(b []city.Instant) []city.Instant {
	return append(append(b, s.log[s.head:]...), s.log[:s.head]...)
}
