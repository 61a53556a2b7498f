package score

import (
	"math"
	"sort"
	"time"

	"citybrain/city"
)

// Truth is something that was so, of which it is asked whether a rule found it.
type Truth struct {
	Entity city.EntityID
	From   city.Instant
	Until  city.Instant // zero: it still was when all was over
	// Counts is when the delay begins to count, if that is later than From;
	// zero: From.
	Counts city.Instant
}

// Score is what one rule found, missed and raised without reason.
type Score struct {
	Raised   int // situations
	Expected int // truths asked for
	Found    int
	Missed   int
	False    int // situations that nothing explains
	// Delays are the minutes from the beginning of each truth that was found to
	// the situation, in the order of the truths.
	Delays []float64
	// Misses and Unexplained say which: indexes into what was asked and what was
	// raised.
	Misses, Unexplained []int
}

// Overlaps says whether a situation was up while a truth lasted, or not longer
// than slack before or behind it.
func Overlaps(s *city.Situation, t Truth, slack time.Duration) bool {
	return (s.Up() || s.ClearedAt >= t.From.Add(-slack)) && (t.Until == 0 || s.RaisedAt <= t.Until.Add(slack))
}

// Of scores the situations of one rule. A truth that is asked for is found if a
// situation on its entity was raised while it lasted, or was up when it began;
// the delay is 0 then. A situation is false if no truth of asked or explaining
// on its entity explains it: none overlaps it within slack.
func Of(raised []city.Situation, asked, explaining []Truth, slack time.Duration) Score {
	s := Score{Raised: len(raised), Expected: len(asked)}
	on := map[city.EntityID][]int{}
	for k := range raised {
		on[raised[k].Entity] = append(on[raised[k].Entity], k)
	}
	for i, t := range asked {
		delay := math.Inf(1)
		for _, k := range on[t.Entity] {
			if Overlaps(&raised[k], t, 0) {
				delay = min(delay, max(raised[k].RaisedAt.Sub(max(t.From, t.Counts)).Minutes(), 0))
			}
		}
		if math.IsInf(delay, 1) {
			s.Missed++
			s.Misses = append(s.Misses, i)
			continue
		}
		s.Found++
		s.Delays = append(s.Delays, delay)
	}
	explained := make([]bool, len(raised))
	for _, list := range [][]Truth{asked, explaining} {
		for _, t := range list {
			for _, k := range on[t.Entity] {
				explained[k] = explained[k] || Overlaps(&raised[k], t, slack)
			}
		}
	}
	for k, is := range explained {
		if !is {
			s.False++
			s.Unexplained = append(s.Unexplained, k)
		}
	}
	return s
}

// Percentile is the least of the values below or at which a share of them lies;
// NaN without values. The values need not be sorted.
func Percentile(values []float64, share float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := append([]float64(nil), values...)
	sort.Float64s(sorted)
	i := int(math.Ceil(share*float64(len(sorted)))) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}
