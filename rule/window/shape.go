package window

import (
	"math/bits"
	"time"
	"unsafe"

	"citybrain/city"
)

// Limits of shapes.
const (
	Longest     = 366 * 24 * time.Hour // of any duration
	DefaultMax  = 1024                 // entries, where Max is 0 and the shape needs no more
	LargestMax  = 1 << 17
	SmallestMax = 16
)

// DefaultApart is how far apart points are assumed to be where Apart is 0.
const DefaultApart = time.Second

// Shape is what a window is. The zero value is not valid; call Check. A checked
// shape is not changed any more and may serve any number of states, also at the
// same time.
type Shape struct {
	Kind   Kind
	Length time.Duration // Sliding, Hopping; Session: the longest that one is expected to last (needed only by folds that cannot merge)
	Every  time.Duration // Hopping: from edge to edge. Divides Length, and divides a day or is 7 days
	Gap    time.Duration // Session: points no further apart belong together
	Size   int           // Readings: how many
	Fold   Fold
	Q      float64        // Quantile: from 0 to 1
	Before time.Duration  // Sliding, Hopping: the window that ended so long before now
	Zone   *time.Location // Hopping: whose midnight; nil is UTC
	Late   time.Duration  // how far out of order points may come
	Ties   Ties
	Max    int           // entries kept at most; 0: as many as are needed, at least DefaultMax
	Apart  time.Duration // folds that cannot merge: points come no denser than this; 0: DefaultApart
}

// Check says what is wrong with s: an Invalid *city.Error whose Field is the name
// of the field in lower case and whose Detail says what to do.
func (s *Shape) Check() error {
	for _, check := range []func() error{s.checkKind, s.checkDurations, s.checkWindow, s.checkFold, s.checkMax} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

func invalid(field, format string, args ...any) error {
	return city.InvalidField("window.Check", field, format, args...)
}

func (s *Shape) checkKind() error {
	if int(s.Kind) >= len(kindNames) {
		return invalid("kind", "there is no kind %d of window", s.Kind)
	}
	if int(s.Fold) >= len(foldNames) {
		return invalid("fold", "there is no fold %d", s.Fold)
	}
	if s.Ties > KeepAll {
		return invalid("ties", "there is no way %d with equal instants", s.Ties)
	}
	return nil
}

// durations are the fields that hold one, and the kinds that have it.
func (s *Shape) checkDurations() error {
	for _, d := range []struct {
		field string
		value time.Duration
		kinds []Kind
	}{
		{"length", s.Length, []Kind{Sliding, Hopping, Session}},
		{"every", s.Every, []Kind{Hopping}},
		{"gap", s.Gap, []Kind{Session}},
		{"before", s.Before, []Kind{Sliding, Hopping}},
		{"late", s.Late, []Kind{Sliding, Hopping, Session, Readings}},
		{"apart", s.Apart, []Kind{Sliding, Hopping, Session, Readings}},
	} {
		if d.value < 0 || d.value > Longest {
			return invalid(d.field, "%s is %v, want 0 to 366 days", d.field, d.value)
		}
		if d.value%time.Microsecond != 0 {
			return invalid(d.field, "%s is %v, want whole microseconds", d.field, d.value)
		}
		if d.value != 0 && !has(d.kinds, s.Kind) {
			return invalid(d.field, "a %s window has no %s: leave it out", s.Kind, d.field)
		}
	}
	return nil
}

func has(kinds []Kind, k Kind) bool {
	for _, x := range kinds {
		if x == k {
			return true
		}
	}
	return false
}

const day = 24 * time.Hour

func (s *Shape) checkWindow() error {
	switch {
	case s.Kind != Readings && s.Size != 0:
		return invalid("size", "a %s window has no number of readings: leave it out", s.Kind)
	case s.Kind == Readings && (s.Size < 1 || s.Size > LargestMax/2):
		return invalid("size", "a count window of %d readings, want 1 to %d", s.Size, LargestMax/2)
	case s.Kind == Session && s.Gap == 0:
		return invalid("gap", "a session has no bound: say after which gap it is over")
	case (s.Kind == Sliding || s.Kind == Hopping) && s.Length == 0:
		return invalid("length", "a %s window has no bound: say how long it is", s.Kind)
	case s.Kind != Hopping && s.Zone != nil:
		return invalid("zone", "a %s window is not aligned to a zone: leave it out", s.Kind)
	case s.Kind != Hopping:
		return nil
	case s.Every == 0:
		return invalid("every", "a hopping window has no step: say every how long it ends (its length, for one after the other)")
	case s.Every < time.Second:
		return invalid("every", "every is %v, want a second or more", s.Every)
	case s.Length%s.Every != 0:
		return invalid("every", "every %v does not divide the window of %v: choose a step that fits into it a whole number of times", s.Every, s.Length)
	case day%s.Every != 0 && s.Every != 7*day:
		return invalid("every", "every %v divides neither a day nor is it 7 days: windows could not begin at midnight", s.Every)
	}
	return nil
}

func (s *Shape) checkFold() error {
	if s.Fold == Quantile && !(s.Q >= 0 && s.Q <= 1) {
		return invalid("q", "the quantile is %v, want 0 to 1", s.Q)
	}
	if s.Fold != Quantile && s.Q != 0 {
		return invalid("q", "%s takes no quantile: leave q out", s.Fold)
	}
	if s.Kind == Session && s.Length == 0 && !s.Fold.merges() {
		return invalid("length", "the %s of a session keeps all its points: say how long a session lasts at most", s.Fold)
	}
	return nil
}

func (s *Shape) checkMax() error {
	if s.Max != 0 && (s.Max < SmallestMax || s.Max > LargestMax) {
		return invalid("max", "max is %d, want %d to %d", s.Max, SmallestMax, LargestMax)
	}
	need := s.need()
	if need > LargestMax || s.Max != 0 && s.Max < need {
		most := s.max()
		switch {
		case s.Kind == Readings:
			return invalid("max", "%d readings need max %d or more, it is %d", s.Size, need, most)
		case !s.Fold.merges():
			return invalid("apart", "the %s of %v of points %v apart needs %d points, at most %d are kept: shorten the window, or say that points come further apart", s.Fold, s.span(), s.apart(), need, most)
		case s.Kind == Hopping:
			return invalid("max", "windows of %v every %v need %d entries, at most %d are kept: choose longer steps", s.span(), s.Every, need, most)
		default:
			return invalid("before", "a window of %v looked at %v later needs %d entries to be cut to a quarter of its length, at most %d are kept: lengthen the window, or let it hop", s.Length, s.Before, need, most)
		}
	}
	return nil
}

// span is the time over which points are kept.
func (s *Shape) span() time.Duration { return s.Length + s.Before + s.Late }

func (s *Shape) apart() time.Duration {
	if s.Apart == 0 {
		return DefaultApart
	}
	return s.Apart
}

// need is how many entries the shape cannot do without.
func (s *Shape) need() int {
	switch {
	case s.Kind == Readings:
		return s.Size + 1
	case !s.Fold.merges():
		n := (s.span()+s.apart()-1)/s.apart() + 1
		if s.Kind == Hopping {
			n += 3 * s.Every / s.apart()
		}
		return int(n)
	case s.Kind == Hopping:
		return 2*int(s.span()/s.Every) + 16
	case s.Kind == Sliding:
		return int(16 * (s.span()/s.Length + 1)) // a grain of at most Length/4
	default:
		return SmallestMax
	}
}

// max is how many entries are kept.
func (s *Shape) max() int {
	if s.Max != 0 {
		return s.Max
	}
	n := s.need()
	if s.Kind == Sliding && s.Fold.merges() {
		n *= 4 // a grain of a sixteenth of the window, where there is room
	}
	if s.Kind == Readings {
		n *= 2
	}
	return min(max(n, DefaultMax), LargestMax)
}

// Grain is the time by which the ends of a sliding window can be wrong once more
// points came than are kept; 0 where that cannot happen.
func (s *Shape) Grain() time.Duration {
	if s.Kind != Sliding || !s.Fold.merges() {
		return 0
	}
	return max(4*s.span()/time.Duration(s.max()), time.Microsecond).Truncate(time.Microsecond)
}

// Bound is how many bytes a State of this shape takes at most.
func (s *Shape) Bound() int {
	room := 1 << bits.Len(uint(s.max()-1))
	each := int(unsafe.Sizeof(point{}))
	if s.Kind != Readings && s.Fold.merges() {
		each += int(unsafe.Sizeof(merged{}))
	}
	switch s.Fold {
	case Median, Quantile, Distinct:
		each += 16 // a slice has up to twice the room that it needs
	case Min, Max:
		each += 12
	}
	return int(unsafe.Sizeof(State{})) + room*each
}
