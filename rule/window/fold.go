package window

// Fold says how the points of a window become one number.
type Fold uint8

// The folds. Count, Sum, Distinct and Pace of an empty window are 0, all others
// are unknown.
const (
	Count Fold = iota
	Sum
	Avg
	Min
	Max
	// Median is Quantile with Q = 0.5.
	Median
	// Quantile interpolates linearly between the two nearest points: definition 7
	// of Hyndman and Fan, Sample Quantiles in Statistical Packages (1996).
	Quantile
	// StdDev is the standard deviation of the points as a whole population
	// (divided by n), so that of one point is 0.
	StdDev
	// Rate is how fast a counter grew, per second: the sum of the increases from
	// each point of the window to the next, divided by the time from the first to
	// the last. A point below the one before it is a counter that began again at
	// zero; what is below zero counts as zero then. Unlike Prometheus' rate() nothing is extrapolated to the ends of the
	// window. Unknown where fewer than two instants lie in the window.
	Rate
	// Pace is how many points came per second: their number divided by the length
	// of the window (of a session or a count window: by the time from its first to
	// its last point, unknown where that is zero).
	Pace
	// Distinct is how many different texts came (see State.Add).
	Distinct
	First
	Last
)

var foldNames = [...]string{"count", "sum", "avg", "min", "max", "median", "quantile", "stddev", "rate", "pace", "distinct", "first", "last"}

// String is the name of the fold, as rules write it.
func (f Fold) String() string {
	if int(f) < len(foldNames) {
		return foldNames[f]
	}
	return "?"
}

// FoldNamed is the fold that rules call so.
func FoldNamed(name string) (Fold, bool) {
	for i, n := range foldNames {
		if n == name {
			return Fold(i), true
		}
	}
	return 0, false
}

// merges says whether points can be merged without losing what f needs.
func (f Fold) merges() bool { return f != Median && f != Quantile && f != Distinct }

// ranks says whether f keeps the points of the window in the order of their values.
func (f Fold) ranks() bool { return !f.merges() }

// zero says whether f of nothing is 0.
func (f Fold) zero() bool { return f == Count || f == Sum || f == Distinct || f == Pace }

// Kind says which points a window holds.
type Kind uint8

// The kinds, described in the package's comment.
const (
	Sliding Kind = iota
	Hopping
	Session
	Readings
)

var kindNames = [...]string{"sliding", "hopping", "session", "count"}

// String is the name of the kind.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "?"
}

// Ties says what becomes of a point whose instant another point has already.
type Ties uint8

// The ways with equal instants.
const (
	KeepFirst Ties = iota // the new one is refused
	KeepLast              // the new one takes the place of the old one
	KeepAll               // both count, in the order in which they came
)
