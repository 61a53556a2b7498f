package detect

import (
	"math"

	"citybrain/city"
)

// MaxScore is the largest score on either side: what a value scores that
// differs from a history without any spread.
const MaxScore = 1e6

// State is one detector of one subject. The zero State is empty and ready. It
// belongs to the Shape of its first Add, or to the one it was written with:
// with another window, season or kind Add refuses and nothing is known. It is
// not safe for concurrent use.
type State struct {
	last  city.Instant
	begun bool
	m     method
}

// method is what one kind remembers.
type method interface {
	// begin makes an empty memory one for such a shape.
	begin(*Shape)
	// fits says whether the memory was made for such a shape.
	fits(*Shape) bool
	add(*Shape, city.Instant, float64)
	value(*Shape, city.Instant) (float64, bool)
	// expected is also the spread that the score divides by.
	expected(*Shape, city.Instant) (value, spread float64, known bool)
	append([]byte) []byte
	parse(*reader)
}

func newMethod(k Kind) method {
	switch {
	case k == RobustZ:
		return &robust{}
	case k == Seasonal:
		return &seasonal{}
	case k.chart():
		return &chart{kind: k}
	case k == LevelShift:
		return &shift{}
	case k.Counts():
		return &ears{kind: k}
	}
	return nil
}

// Add takes the value observed at an instant. It refuses, without a change,
// what is older than the value before it, is not a number of at most 1e100 on
// either side, is negative for a detector of counts, or comes with a shape
// that the state does not belong to.
func (s *State) Add(shape *Shape, at city.Instant, value float64) bool {
	if !(math.Abs(value) <= huge) || !at.Valid() || s.begun && at < s.last || value < 0 && shape.Kind.Counts() {
		return false
	}
	if s.m == nil {
		if s.m = newMethod(shape.Kind); s.m == nil {
			return false
		}
		s.m.begin(shape)
	}
	if !s.m.fits(shape) {
		return false
	}
	s.last, s.begun = at, true
	s.m.add(shape, at, value+0) // no negative zero: it must leave the bytes of the other
	return true
}

// Value is the score at an instant that is not before the last Add: never more
// than MaxScore on either side. It is not known before the history that the
// shape asks for. For EARS it is the score of the period that the instant lies
// in, with what has been counted so far; for all others that of the value added
// last, whenever it is asked for.
func (s *State) Value(shape *Shape, at city.Instant) (float64, bool) {
	if !s.known(shape, at) {
		return 0, false
	}
	return finite(s.m.value(shape, at))
}

// Expected is what the score compares with: the median of the history
// (RobustZ, before the value added last), the fold of past seasons of the slot
// that the instant lies in (Seasonal), the target (EWMA, CUSUM), the median
// before the change (LevelShift), the mean count of the baseline (EARS). It is
// known when that history is there; for Seasonal that may be so before any
// value of the present slot.
func (s *State) Expected(shape *Shape, at city.Instant) (float64, bool) {
	if !s.known(shape, at) {
		return 0, false
	}
	value, _, known := s.m.expected(shape, at)
	return finite(value, known)
}

// Spread is what the score divides by, at least the shape's MinSpread: the
// standard deviation that history lets expect. It is known when Expected is,
// but for LevelShift, which looks at ranks only.
func (s *State) Spread(shape *Shape, at city.Instant) (float64, bool) {
	if !s.known(shape, at) || shape.Kind == LevelShift {
		return 0, false
	}
	_, spread, known := s.m.expected(shape, at)
	return finite(max(spread, shape.MinSpread), known)
}

// Alarm says whether the score lies beyond the shape's limit: above it, or but
// for EARS below its negative. known is that of Value.
func (s *State) Alarm(shape *Shape, at city.Instant) (alarm, known bool) {
	score, known := s.Value(shape, at)
	return math.Abs(score) > shape.Limit() && (score > 0 || !shape.Kind.Counts()), known
}

func (s *State) known(shape *Shape, at city.Instant) bool {
	return s.begun && at >= s.last && at.Valid() && s.m.fits(shape)
}

func finite(v float64, known bool) (float64, bool) {
	if !known || math.IsNaN(v) || math.IsInf(v, 0) {
		return 0, false
	}
	return v, true
}

// scored is distance over spread, cut at MaxScore.
func scored(distance, spread, minSpread float64) float64 {
	spread = max(spread, minSpread)
	if distance == 0 {
		return 0
	}
	return min(max(distance/spread, -MaxScore), MaxScore)
}
