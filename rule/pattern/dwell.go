package pattern

import (
	"time"
	"unsafe"

	"citybrain/city"
)

// Where says what an event knows of a subject's place.
type Where uint8

// What is known. Unknown changes nothing: the subject is where it was.
const (
	Unknown Where = iota
	Inside
	Outside
)

// Dwell is a stay of some time. It begins with the first event inside and is
// reached For later, by the clock, unless the subject is outside then. Absences
// of at most Gap, from the first event outside to the next one inside, do not end
// it, and count; a stay whose time passes during one is reached on the return.
// Of several events of one instant the last that is not Unknown decides.
type Dwell struct {
	For time.Duration
	Gap time.Duration // 0: the first event outside ends the stay
}

// Check says what is wrong: an Invalid *city.Error with the field and what to do.
func (d *Dwell) Check() error {
	const op = "pattern.Dwell.Check"
	if err := checkWithin(op, "for", d.For, false); err != nil {
		return err
	}
	return checkWithin(op, "gap", d.Gap, true)
}

// Bound is how many bytes a DwellState takes.
func (d *Dwell) Bound() int { return int(unsafe.Sizeof(DwellState{})) }

// Passage says that a stay was long enough, or that one that was is over.
type Passage struct {
	Over  bool
	At    city.Instant // when the time was reached, or the gap had passed
	Since city.Instant // the first event inside
	Left  city.Instant // Over: the first event outside
}

// stay is what is known of a subject's place.
type stay struct {
	since, left, back city.Instant // left: the first event outside; back: the last return
	in, out, reached  bool         // in a stay; in it, but outside for now; it is long enough
}

// DwellState is what is remembered for one subject. The zero value is outside
// and ready. It is always used with the same Dwell and not by two at a time.
type DwellState struct {
	stay
	at    city.Instant // of the last event or Fire
	where Where        // at at
	began bool         // at counts
	shut  bool         // where is in stay
	due   [4]Passage
}

// See takes an event in and returns what was due before it, in order; ok is
// false, with nothing changed, for an event before the last one or at an instant
// that was fired. The passages may be read until the next call.
func (s *DwellState) See(d *Dwell, at city.Instant, where Where) ([]Passage, bool) {
	if s.began && (at < s.at || at == s.at && s.shut) {
		return nil, false
	}
	var due []Passage
	if !s.began || at > s.at {
		due = s.pass(d, at-1)
		s.at, s.where, s.began, s.shut = at, Unknown, true, false
	}
	if where != Unknown {
		s.where = where
	}
	return due, true
}

// Fire says that all events up to at were seen, and returns what is due by then.
// From then on events at or before at are refused.
func (s *DwellState) Fire(d *Dwell, at city.Instant) []Passage {
	if s.began && at < s.at {
		return nil
	}
	due := s.pass(d, at)
	s.at, s.where, s.began, s.shut = at, Unknown, true, true
	return due
}

// pass settles the last instant and lets time pass until at.
func (s *DwellState) pass(d *Dwell, at city.Instant) []Passage {
	if s.began && !s.shut {
		s.stay.settle(s.at, s.where)
	}
	due := s.due[:0]
	for {
		next, ok := s.stay.next(d)
		if !ok || next > at {
			return due
		}
		switch {
		case !s.out:
			s.reached = true
			due = append(due, Passage{At: next, Since: s.since})
		default:
			if s.reached {
				due = append(due, Passage{Over: true, At: next, Since: s.since, Left: s.left})
			}
			s.stay = stay{}
		}
	}
}

// settle takes in where the subject was at an instant.
func (s *stay) settle(at city.Instant, where Where) {
	switch {
	case where == Inside && !s.in:
		*s = stay{since: at, back: at, in: true}
	case where == Inside && s.out:
		s.out, s.back = false, at
	case where == Outside && s.in && !s.out:
		s.out, s.left = true, at
	}
}

// next is when time changes something.
func (s *stay) next(d *Dwell) (city.Instant, bool) {
	switch {
	case s.in && s.out:
		return s.left.Add(d.Gap), true
	case s.in && !s.reached:
		return max(s.since.Add(d.For), s.back), true
	}
	return 0, false
}

// Next is the instant at which Fire will change something, if nothing comes
// before. It may return nothing then: a stay that was too short is over.
func (s *DwellState) Next(d *Dwell) (city.Instant, bool) {
	now := s.stay
	if s.began && !s.shut {
		now.settle(s.at, s.where)
	}
	return now.next(d)
}

// Since is the first event inside of the stay that lasts, up to before the last
// instant, and whether it is long enough.
func (s *DwellState) Since() (since city.Instant, reached, in bool) {
	return s.since, s.reached, s.in
}
