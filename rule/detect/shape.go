package detect

import (
	"math"
	"slices"
	"time"
	"unsafe"

	"citybrain/city"
)

// Shape says which detector and how it is set. It is shared by the states of
// all subjects of a rule and never changes once states exist. What is zero
// stands for the published default: call Filled once, then Check.
type Shape struct {
	Kind Kind

	// Window counts readings: the history of RobustZ and LevelShift, the
	// readings from which EWMA and CUSUM learn; for EARS the periods of the
	// baseline.
	Window int
	// Min is the history that must be there before a score is known: readings
	// for RobustZ and LevelShift, past seasons for Seasonal. Charts and EARS
	// want their whole Window.
	Min int
	// MinSpread is the least spread that a score divides by, in the unit of
	// the values. With 0, the default but for EARS (0.5: what H. Burkom
	// suggests for sparse counts), a value that differs from a history without
	// any spread scores MaxScore.
	MinSpread float64
	// L is the limit beyond which a score is an alarm, H that of CUSUM.
	L, H float64

	Lambda float64 // EWMA: the weight of the newest reading
	K      float64 // CUSUM: the allowance in standard deviations

	// Target and Sigma of a chart, if they are known; Sigma 0 says that they
	// are learned from the first Window readings.
	Target, Sigma float64
	// Relearn, if not 0, lets a chart learn anew from the Window readings that
	// begin so long after it learned last.
	Relearn time.Duration

	Season  Season
	Slot    time.Duration // the width of a slot of Season; divides 24 h
	Seasons int           // how many past seasons count
	Fold    Fold
	Q       float64 // of Quantile

	Period time.Duration  // EARS: whole days, or a part of a day that divides it
	Zone   *time.Location // of the city; Seasonal and EARS need it
}

// Filled is s with the defaults of Params for what it leaves zero.
func (s Shape) Filled() Shape {
	switch {
	case s.Kind == RobustZ:
		s.Window = or(s.Window, 60)
		s.Min = or(s.Min, min(20, s.Window))
		s.L = or(s.L, 3.5)
	case s.Kind == LevelShift:
		s.Window = or(s.Window, 60)
		s.Min = or(s.Min, min(20, s.Window))
		s.L = or(s.L, 2.3)
	case s.Kind == Seasonal:
		s = s.seasonalFilled()
	case s.Kind == EWMA:
		s.Window = or(s.Window, 25)
		s.Lambda = or(s.Lambda, 0.2)
		s.L = or(s.L, 3)
	case s.Kind == CUSUM:
		s.Window = or(s.Window, 25)
		s.K = or(s.K, 0.5)
		s.H = or(s.H, 5)
	case s.Kind.Counts():
		s = s.earsFilled()
	}
	return s
}

func (s Shape) seasonalFilled() Shape {
	past := map[Season]int{Day: 14, Weekday: 10, Week: 4}
	s.Season = or(s.Season, Week)
	s.Slot = or(s.Slot, time.Hour)
	s.Seasons = or(s.Seasons, or(past[s.Season], 1))
	s.Min = or(s.Min, min(max(3, (s.Seasons+1)/2), s.Seasons))
	s.Fold = or(s.Fold, Median)
	s.L = or(s.L, 3.5)
	if s.Fold == Quantile {
		s.Q = or(s.Q, 0.9)
	}
	return s
}

func (s Shape) earsFilled() Shape {
	s.Window = or(s.Window, 7)
	s.Period = or(s.Period, 24*time.Hour)
	s.MinSpread = or(s.MinSpread, 0.5)
	if s.Kind == EarsC3 {
		s.L = or(s.L, 2)
	}
	s.L = or(s.L, 3)
	return s
}

func or[T comparable](v, otherwise T) T {
	var zero T
	if v == zero {
		return otherwise
	}
	return v
}

const day = 24 * time.Hour

// maxCells bounds one state of Seasonal to 1 MiB.
const maxCells = 1 << 16

// slots is the number of slots of a season.
func (s *Shape) slots() int {
	n := int(day / s.Slot)
	switch s.Season {
	case Weekday:
		return 2 * n
	case Week:
		return 7 * n
	default:
		return n
	}
}

// Check says what is wrong with a filled shape: a city.Error of kind Invalid
// whose Field is the parameter and whose Detail is the range that is allowed.
func (s *Shape) Check() error {
	if s.Kind.String() == "" {
		return city.InvalidField(op, "detector", "there is no such detector: want robust-z, seasonal, ewma, cusum, level-shift, ears-c1, ears-c2 or ears-c3")
	}
	for _, p := range Params(s.Kind) {
		if v, isNumber := s.number(p.Name); isNumber && !(v >= p.Low && v <= p.High) {
			return city.InvalidField(op, p.Name, "%s is %g, want %g to %g", p.Name, v, p.Low, p.High)
		}
	}
	if err := s.checkStrangers(); err != nil {
		return err
	}
	switch {
	case s.Kind == Seasonal:
		return s.checkSeasonal()
	case s.Kind.Counts():
		return s.checkEars()
	case s.Kind.chart():
		return s.checkChart()
	case s.Min > s.Window:
		return city.InvalidField(op, "min", "min is %d, want at most window, which is %d", s.Min, s.Window)
	}
	return nil
}

const op = "detect.Check"

// checkStrangers refuses what the kind would pass over.
func (s *Shape) checkStrangers() error {
	own := Params(s.Kind)
	for _, p := range []struct {
		name  string
		given bool
	}{
		{"window", s.Window != 0}, {"min", s.Min != 0}, {"min-spread", s.MinSpread != 0}, {"limit", s.L != 0}, {"h", s.H != 0},
		{"lambda", s.Lambda != 0}, {"k", s.K != 0}, {"target", s.Target != 0}, {"sigma", s.Sigma != 0}, {"relearn", s.Relearn != 0},
		{"season", s.Season != 0}, {"slot", s.Slot != 0}, {"seasons", s.Seasons != 0}, {"fold", s.Fold != 0}, {"q", s.Q != 0},
		{"period", s.Period != 0},
	} {
		if p.given && !slices.ContainsFunc(own, func(q Param) bool { return q.Name == p.name }) {
			return city.InvalidField(op, p.name, "%s has no %s: leave it out", s.Kind, p.name)
		}
	}
	return nil
}

func (s *Shape) checkChart() error {
	if s.Target != 0 && s.Sigma == 0 {
		return city.InvalidField(op, "target", "a target goes with sigma, the standard deviation in order: give both, or leave both out to have them learned")
	}
	if s.Relearn < 0 || s.Relearn > 366*day {
		return city.InvalidField(op, "relearn", "relearn is %v, want 0 (never) to 366 d", s.Relearn)
	}
	return nil
}

func (s *Shape) checkSeasonal() error {
	switch {
	case s.Season.String() == "":
		return city.InvalidField(op, "season", "there is no such season: want day, weekday or week")
	case s.Fold.String() == "":
		return city.InvalidField(op, "fold", "there is no such fold of past seasons: want median, avg, quantile or mad")
	case s.Fold == Quantile && !(s.Q > 0 && s.Q <= 1):
		return city.InvalidField(op, "q", "q is %g, want more than 0, to 1", s.Q)
	case s.Fold != Quantile && s.Q != 0:
		return city.InvalidField(op, "q", "only fold: quantile has a q: leave it out")
	case s.Slot < time.Minute || s.Slot > day || day%s.Slot != 0 || s.Slot%time.Second != 0:
		return city.InvalidField(op, "slot", "slot is %v, want 1m to 24h, and a day must be a whole number of slots (5m, 15m, 1h, 6h …)", s.Slot)
	case s.Min > s.Seasons:
		return city.InvalidField(op, "min", "min is %d, want at most the number of past seasons, which is %d", s.Min, s.Seasons)
	case s.slots()*(s.Seasons+1) > maxCells:
		return city.InvalidField(op, "slot", "%d slots of %d seasons are more than %d figures for each subject: take wider slots or fewer seasons", s.slots(), s.Seasons+1, maxCells)
	}
	return s.checkZone()
}

func (s *Shape) checkEars() error {
	if p := s.Period; p < time.Minute || p > 28*day || p > day && p%day != 0 || p < day && (day%p != 0 || p%time.Second != 0) {
		return city.InvalidField(op, "period", "period is %v, want 1m to 28d: whole days, or a part of which a day is a whole number", p)
	}
	return s.checkZone()
}

func (s *Shape) checkZone() error {
	if s.Zone == nil {
		return city.InvalidField(op, "zone", "%s needs the city's time zone", s.Kind)
	}
	return nil
}

// Limit is the score beyond which, on either side, Alarm is true.
func (s *Shape) Limit() float64 {
	if s.Kind == CUSUM {
		return s.H
	}
	return s.L
}

// number is the parameter of that name, if it is one that Params bounds.
func (s *Shape) number(name string) (float64, bool) {
	switch name {
	case "window":
		return float64(s.Window), true
	case "min":
		return float64(s.Min), true
	case "min-spread":
		return s.MinSpread, true
	case "limit":
		return s.L, true
	case "h":
		return s.H, true
	case "lambda":
		return s.Lambda, true
	case "k":
		return s.K, true
	case "target":
		return s.Target, true
	case "sigma":
		return s.Sigma, true
	case "seasons":
		return float64(s.Seasons), true
	}
	return 0, false
}

// Bound is how many bytes of memory one state of a checked shape takes at most.
func (s *Shape) Bound() int {
	const number = 8
	state := int(unsafe.Sizeof(State{}))
	switch {
	case s.Kind == RobustZ: // in order of arrival, and of size
		return state + int(unsafe.Sizeof(robust{})) + 2*number*s.Window
	case s.Kind == LevelShift: // readings, balances, and Expected's copy
		return state + int(unsafe.Sizeof(shift{})) + (2*number+4)*s.Window
	case s.Kind == Seasonal: // rows, cells, and the past seasons of one slot
		cells := s.slots() * (s.Seasons + 1) * int(unsafe.Sizeof(cell{}))
		return state + int(unsafe.Sizeof(seasonal{})) + 4*s.slots() + cells + number*s.Seasons
	case s.Kind.chart():
		return state + int(unsafe.Sizeof(chart{}))
	case s.Kind.Counts():
		return state + int(unsafe.Sizeof(ears{})) + number*(s.Window+earsTail)
	}
	return math.MaxInt
}
