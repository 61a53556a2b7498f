package window

import (
	"math"
	"time"

	"citybrain/city"
)

// State is one window of one subject. The zero value is empty and ready. It is
// always used with the same Shape and not by two at the same time; Value, too,
// moves its inner marks.
type State struct {
	ring   ring
	view   view
	edges  [2]edges // the window's (Value's) and the entries' (Add's)
	newest city.Instant
	began  city.Instant // the oldest instant that ever counted
	floor  city.Instant // points at or before it are merged: closed to late ones
	gone   city.Instant // points at or before it have left
	lost   uint64
	room   uint32 // entries that may come before something is merged
	some   bool   // a point has come
}

// Instants before every other.
const never = city.Instant(math.MinInt64)

// micro is d in the unit of instants.
func micro(d time.Duration) city.Instant { return city.Instant(d / time.Microsecond) }

// Add takes a point in. It returns false, and changes nothing, for one that is
// too late (older than the newest minus Late, or closed, see the package), that
// repeats an instant under KeepFirst, that is not a finite number, or whose
// instant is not valid. Text is looked at by Distinct only, value by all others:
// pass TextKey or NumberKey.
func (s *State) Add(shape *Shape, at city.Instant, value float64, text uint64) bool {
	if s.view.bare {
		s.refill(shape)
	}
	if !at.Valid() || math.IsNaN(value) || math.IsInf(value, 0) {
		return false
	}
	if shape.Fold == Distinct {
		value = math.Float64frombits(text)
	} else {
		value += 0 // no negative zero
	}
	switch {
	case !s.some:
		s.some, s.newest, s.began, s.floor, s.gone = true, at, at, never, never
	case at < s.newest-micro(shape.Late), s.closed(shape, at):
		return false
	case at > s.newest:
		s.newest = at
		s.leave(shape)
	default:
		return s.addLate(shape, point{at, value})
	}
	s.makeRoom(shape)
	s.ring.insert(s.ring.tail, point{at, value})
	return true
}

// addLate takes in a point that is not newer than the newest.
func (s *State) addLate(shape *Shape, p point) bool {
	i := s.ring.after(p.at)
	if i != s.ring.head && s.ring.pt(i-1).at == p.at {
		switch shape.Ties {
		case KeepFirst:
			return false
		case KeepLast:
			s.view.stale = true
			s.ring.pt(i - 1).v = p.v
			if s.ring.ext != nil {
				s.ring.ext[s.ring.slot(i-1)] = single(p)
			}
			return true
		}
	}
	if s.full(shape) {
		s.makeRoom(shape)
		if s.closed(shape, p.at) {
			return false // making room has closed its time
		}
		i = s.ring.after(p.at)
	}
	s.began = min(s.began, p.at)
	s.ring.insert(i, p)
	s.view.inserted(s, shape, i)
	return true
}

// closed says whether points of an instant were merged or have left.
func (s *State) closed(shape *Shape, at city.Instant) bool {
	last := max(s.floor, s.gone)
	return at < last || at == last && shape.Ties != KeepAll
}

// Count is how many entries are kept; for diagnostics.
func (s *State) Count() int { return s.ring.len() }

// Newest is the instant of the newest point that was taken in.
func (s *State) Newest() (city.Instant, bool) { return s.newest, s.some }

// Lost is how many points had no place though the window still reached over
// them: the stream is denser than Shape.Apart and Max say. Always 0 for folds
// that merge.
func (s *State) Lost() uint64 { return s.lost }

// Warm says whether the window that ends at now − Before has been covered: the
// first point ever came at or before its left end (Readings: Size points have
// come; Session: a session has begun).
func (s *State) Warm(shape *Shape, now city.Instant) bool {
	if !s.some {
		return false
	}
	lo, hi := s.bounds(shape, now)
	switch shape.Kind {
	case Session:
		return s.began <= hi
	case Readings:
		return hi >= s.gone && s.ring.after(hi)-s.ring.head >= uint32(shape.Size)
	}
	return s.began <= lo
}

// Running says whether a session runs at now: the last point is no further back
// than Gap. It is false for other kinds.
func (s *State) Running(shape *Shape, now city.Instant) bool {
	if shape.Kind != Session || !s.some {
		return false
	}
	i := s.ring.after(now)
	return i != s.ring.head && now-s.ring.pt(i-1).at <= micro(shape.Gap)
}

// NumberKey is the text of a number, for Distinct.
func NumberKey(v float64) uint64 { return math.Float64bits(v + 0) }

// TextKey is a text for Distinct: FNV-1a of 64 bits. Two texts with one key
// count as one; among a million texts that happens once in some ten million cases.
func TextKey(s string) uint64 {
	h := uint64(14695981039346656037)
	for i := range len(s) {
		h = (h ^ uint64(s[i])) * 1099511628211
	}
	return h
}
