package detect

import "slices"

// Kind is one of the closed list of detectors.
type Kind uint8

// The detectors. Their parameters stand in Params, their sources in About.
const (
	// RobustZ is the modified z-score of Iglewicz & Hoaglin 1993: a reading's
	// distance from the median of the Window readings before it (itself not
	// among them), over 1.4826 times their median absolute deviation; over
	// 1.253314 times the mean absolute deviation where more than half of them
	// are the same. Beyond 3.5 it is an outlier.
	RobustZ Kind = iota + 1
	// Seasonal is the same score against what a slot of local time (Monday
	// 08:00 to 09:00) had in the Seasons past seasons, of which Min must have
	// had a reading. The figure of a slot in one season is the mean of its
	// readings; the present season is never part of it. An hour that the change
	// of the clocks takes away has no figure in that season, one that comes
	// twice is one slot. With Fold Mean the standard deviation (n − 1) stands
	// for the robust one, with Quantile the distance is from the quantile.
	Seasonal
	// EWMA is the control chart of Roberts 1959: z = λ·x + (1 − λ)·z from the
	// target on; the score is (z − target) / (σ·√(λ/(2−λ)·(1−(1−λ)^2n))), the
	// exact deviation after n readings (Montgomery 2009, eqs. 9.25 and 9.26),
	// the newest among them. Beyond L = 3 the level is out of control.
	EWMA
	// CUSUM is the tabular chart of Page 1954: C+ = max(0, C+ + (x−target)/σ − K)
	// and C− likewise for below (Montgomery 2009, eqs. 9.2 and 9.3); the score is
	// C+, or −C− where that is larger. Beyond H the level has shifted. The sums
	// stop at 2·H, which the publication leaves to the operator who resets the
	// chart: so after a shift of any length it is below H in at most H/K readings
	// on target.
	CUSUM
	// LevelShift is Pettitt's test for one change of level, 1979, over the last
	// Window readings, the newest among them. With K = max|U| and T readings the
	// score is √(6·K²/(T³+T²)), positive for a rise, so that p = 2·exp(−score²).
	// It looks at ranks only: neither unit, outliers nor spread matter.
	LevelShift
	// EarsC1 is (count − mean) / standard deviation (n − 1) of the Window
	// periods before the present one: t−7 to t−1. Hutwagner et al. 2003.
	EarsC1
	// EarsC2 leaves out two periods: t−9 to t−3.
	EarsC2
	// EarsC3 is the sum of max(0, C2 − 1) over the present period and the two
	// before it.
	EarsC3
)

var kindNames = []string{"", "robust-z", "seasonal", "ewma", "cusum", "level-shift", "ears-c1", "ears-c2", "ears-c3"}

// String is the name that rules use, or "" for no kind.
func (k Kind) String() string { return named(kindNames, int(k)) }

// ParseKind is the kind of that name.
func ParseKind(name string) (Kind, bool) {
	i, ok := numbered(kindNames, name)
	return Kind(i), ok
}

// Kinds are all detectors in the order of the manual.
func Kinds() []Kind {
	return []Kind{RobustZ, Seasonal, EWMA, CUSUM, LevelShift, EarsC1, EarsC2, EarsC3}
}

// Counts says whether k looks at counts, which are never negative, and sums up
// what is added within a period.
func (k Kind) Counts() bool { return k >= EarsC1 && k <= EarsC3 }

func (k Kind) chart() bool { return k == EWMA || k == CUSUM }

// Season is what comes again: after it, the same slot is compared with itself.
type Season uint8

// The seasons, all of local time.
const (
	// Day compares 08:00 with 08:00 of the days before.
	Day Season = iota + 1
	// Weekday does so too, but working days (Monday to Friday) only with
	// working days and weekends only with weekends. It knows no holidays.
	Weekday
	// Week compares Monday 08:00 with Monday 08:00 of the weeks before.
	Week
)

var seasonNames = []string{"", "day", "weekday", "week"}

// String is the name that rules use, or "" for no season.
func (s Season) String() string { return named(seasonNames, int(s)) }

// ParseSeason is the season of that name.
func ParseSeason(name string) (Season, bool) {
	i, ok := numbered(seasonNames, name)
	return Season(i), ok
}

// Fold says how the past seasons' figures of a slot become the expected one.
type Fold uint8

// The folds.
const (
	Median Fold = iota + 1
	Mean
	// Quantile is the Q-quantile by linear interpolation: definition 7 of
	// Hyndman & Fan, The American Statistician 50 (1996) 361-365.
	Quantile
	// MAD is the median absolute deviation from the median.
	MAD
)

var foldNames = []string{"", "median", "avg", "quantile", "mad"}

// String is the name that rules use, or "" for no fold.
func (f Fold) String() string { return named(foldNames, int(f)) }

// ParseFold is the fold of that name.
func ParseFold(name string) (Fold, bool) {
	i, ok := numbered(foldNames, name)
	return Fold(i), ok
}

func named(names []string, i int) string {
	if i < len(names) {
		return names[i]
	}
	return ""
}

func numbered(names []string, name string) (int, bool) {
	i := slices.Index(names, name)
	return max(i, 0), i > 0
}
