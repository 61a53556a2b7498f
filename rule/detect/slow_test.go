package detect_test

import (
	"fmt"
	"math"
	"slices"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
)

// The references of this file keep every value and follow the definitions
// word by word; they share no code with the package. For RobustZ, Seasonal and
// the whole sum of EarsC3 they are the only reference: no worked example with
// numbers in print was at hand. The others are in reference_test.go as well.

type added struct {
	at city.Instant
	v  float64
}

func (a added) in(zone *time.Location) time.Time { return a.at.Time().In(zone) }

type answer struct {
	score, expected       float64
	known, knownExpecting bool
}

// slow answers for the value added last at an instant at or after it.
func slow(s *detect.Shape, all []added, at city.Instant) answer {
	switch s.Kind {
	case detect.RobustZ:
		return slowRobust(s, all)
	case detect.Seasonal:
		return slowSeasonal(s, all, at)
	case detect.EWMA, detect.CUSUM:
		return slowChart(s, all)
	case detect.LevelShift:
		return slowShift(s, all)
	default:
		return slowEars(s, all, at)
	}
}

func middle(values []float64) float64 {
	v := slices.Sorted(slices.Values(values))
	return (v[(len(v)-1)/2] + v[len(v)/2]) / 2
}

func mean(values []float64) float64 {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return sum / float64(len(values))
}

func sampleSD(values []float64) float64 {
	m, sum := mean(values), 0.0
	for _, v := range values {
		sum += (v - m) * (v - m)
	}
	return math.Sqrt(sum / float64(len(values)-1))
}

func away(values []float64, from float64) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = math.Abs(v - from)
	}
	return out
}

func robustSD(values []float64) float64 {
	dev := away(values, middle(values))
	if mad := middle(dev); mad > 0 {
		return 1.4826 * mad
	}
	return 1.253314 * mean(dev)
}

func capped(distance, spread, least float64) float64 {
	if distance == 0 {
		return 0
	}
	return max(-1e6, min(1e6, distance/max(spread, least)))
}

func valuesOf(all []added) []float64 {
	var out []float64
	for _, a := range all {
		out = append(out, a.v)
	}
	return out
}

func slowRobust(s *detect.Shape, all []added) answer {
	history := valuesOf(all[max(0, len(all)-1-s.Window) : len(all)-1])
	if len(history) < s.Min {
		return answer{}
	}
	m := middle(history)
	return answer{capped(all[len(all)-1].v-m, robustSD(history), s.MinSpread), m, true, true}
}

// slot is the season and slot of a local time, by the calendar of package time.
func slot(s *detect.Shape, t time.Time) (season, slot string) {
	second := t.Hour()*3600 + t.Minute()*60 + t.Second()
	n := second / int(s.Slot/time.Second)
	weekend := t.Weekday() == time.Saturday || t.Weekday() == time.Sunday
	switch s.Season {
	case detect.Day:
		return t.Format("2006-01-02"), fmt.Sprint(n)
	case detect.Weekday:
		return t.Format("2006-01-02"), fmt.Sprint(weekend, n)
	default:
		year, week := t.ISOWeek()
		return fmt.Sprint(year, week), fmt.Sprint(t.Weekday(), n)
	}
}

// pastSeasons are the days or weeks of the same sort before that of t, the
// newest first.
func pastSeasons(s *detect.Shape, t time.Time) []string {
	var out []string
	_, want := slot(s, t)
	this, _ := slot(s, t)
	noon := time.Date(t.Year(), t.Month(), t.Day(), 12, 0, 0, 0, time.UTC)
	for back := 1; len(out) < s.Seasons; back++ {
		d := noon.AddDate(0, 0, -back)
		d = time.Date(d.Year(), d.Month(), d.Day(), t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
		if season, got := slot(s, d); got == want && season != this {
			out = append(out, season)
		}
	}
	return out
}

func slowSeasonal(s *detect.Shape, all []added, at city.Instant) answer {
	var out answer
	last := all[len(all)-1]
	expected, centre, spread, known := slowUsual(s, all[:len(all)-1], last.in(s.Zone))
	if out.known = known; known {
		out.score = capped(last.v-centre, spread, s.MinSpread)
	}
	expected, _, _, known = slowUsual(s, all, at.Time().In(s.Zone))
	out.expected, out.knownExpecting = expected, known
	return out
}

func slowUsual(s *detect.Shape, all []added, t time.Time) (expected, centre, spread float64, known bool) {
	_, want := slot(s, t)
	var figures []float64
	for _, season := range pastSeasons(s, t) {
		var values []float64
		for _, a := range all {
			if in, got := slot(s, a.in(s.Zone)); in == season && got == want {
				values = append(values, a.v)
			}
		}
		if len(values) > 0 {
			figures = append(figures, mean(values))
		}
	}
	if len(figures) < s.Min {
		return 0, 0, 0, false
	}
	m := middle(figures)
	switch s.Fold {
	case detect.Mean:
		m = mean(figures)
		spread = 0
		if len(figures) > 1 {
			spread = sampleSD(figures)
		}
		return m, m, spread, true
	case detect.Quantile:
		slices.Sort(figures)
		h := float64(len(figures)-1) * s.Q
		low, high := figures[int(math.Floor(h))], figures[int(math.Ceil(h))]
		q := low + (h-math.Floor(h))*(high-low)
		return q, q, robustSD(figures), true
	case detect.MAD:
		return middle(away(figures, m)), m, robustSD(figures), true
	}
	return m, m, robustSD(figures), true
}

func slowChart(s *detect.Shape, all []added) answer {
	target, sigma := s.Target, s.Sigma
	chart := valuesOf(all)
	if sigma == 0 {
		if len(chart) < s.Window {
			return answer{}
		}
		target, sigma = mean(chart[:s.Window]), sampleSD(chart[:s.Window])
		chart = chart[s.Window:]
	}
	out := answer{expected: target, knownExpecting: true, known: len(chart) > 0}
	if !out.known {
		return out
	}
	if s.Kind == detect.EWMA {
		// Montgomery's closed form of the average, his equation 9.24.
		n, z := len(chart), math.Pow(1-s.Lambda, float64(len(chart)))*target
		for j := range n {
			z += s.Lambda * math.Pow(1-s.Lambda, float64(j)) * chart[n-1-j]
		}
		spread := max(sigma, s.MinSpread) * math.Sqrt(s.Lambda/(2-s.Lambda)*(1-math.Pow(1-s.Lambda, 2*float64(n))))
		out.score = capped(z-target, spread, 0)
		return out
	}
	high, low := 0.0, 0.0
	for _, v := range chart {
		z := capped(v-target, sigma, s.MinSpread)
		high = min(max(0, z-s.K+high), 2*s.H)
		low = min(max(0, -z-s.K+low), 2*s.H)
	}
	if out.score = high; low > high {
		out.score = -low
	}
	return out
}

func slowShift(s *detect.Shape, all []added) answer {
	v := valuesOf(all[max(0, len(all)-s.Window):])
	if len(v) < s.Min {
		return answer{}
	}
	best, before := 0, len(v)
	for t := 1; t < len(v); t++ {
		u := 0
		for _, a := range v[:t] {
			for _, b := range v[t:] {
				if a > b {
					u++
				} else if a < b {
					u--
				}
			}
		}
		if max(u, -u) > max(best, -best) {
			best, before = u, t
		}
	}
	n := float64(len(v))
	return answer{-float64(best) * math.Sqrt(6/(n*n*n+n*n)), middle(v[:before]), true, true}
}

// slowEars counts by local days, or by hours of UTC, which are those of any
// zone that is a whole number of hours from it.
func slowEars(s *detect.Shape, all []added, at city.Instant) answer {
	number := func(i city.Instant) int {
		if s.Period < 24*time.Hour {
			return int(math.Floor(float64(i) / float64(s.Period/time.Microsecond)))
		}
		t := i.Time().In(s.Zone)
		return int(time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC).Unix() / 86400)
	}
	counts := map[int]float64{}
	for _, a := range all {
		counts[number(a.at)] += a.v
	}
	baseline := func(p, lag int) []float64 {
		var out []float64
		for i := range s.Window {
			out = append(out, counts[p-lag-i])
		}
		return out
	}
	c := func(p, lag int) float64 {
		b := baseline(p, lag)
		return capped(counts[p]-mean(b), sampleSD(b), s.MinSpread)
	}
	p, lived := number(at), number(at)-number(all[0].at)
	switch s.Kind {
	case detect.EarsC1:
		known := lived >= s.Window
		return answer{c(p, 1), mean(baseline(p, 1)), known, known}
	case detect.EarsC2:
		known := lived >= s.Window+2
		return answer{c(p, 3), mean(baseline(p, 3)), known, known}
	}
	known := lived >= s.Window+4
	sum := max(0, c(p, 3)-1) + max(0, c(p-1, 3)-1) + max(0, c(p-2, 3)-1)
	return answer{min(sum, 1e6), mean(baseline(p, 3)), known, known}
}

// TestScoresAreThoseOfTheDefinitions compares every kind with a reference that
// is slow and independent, after each value.
func TestScoresAreThoseOfTheDefinitions(t *testing.T) {
	for _, c := range streams(t) {
		t.Run(c.name, func(t *testing.T) {
			known := 0
			for seed := range uint64(2) {
				s := shaped(t, c.shape)
				var state detect.State
				all := c.values(seed)
				for i, a := range all {
					if !state.Add(s, a.at, a.v) {
						t.Fatalf("Add refused %v", a)
					}
					at := a.at.Add(time.Duration(i%5) * 11 * time.Hour)
					want := slow(s, all[:i+1], at)
					compare(t, i, s, &state, at, want)
					if want.known {
						known++
					}
				}
			}
			if known < c.length/2 {
				t.Errorf("only %d scores of 2 × %d were known: the stream tests little", known, c.length)
			}
		})
	}
}

func compare(t *testing.T, i int, s *detect.Shape, state *detect.State, at city.Instant, want answer) {
	t.Helper()
	score, known := state.Value(s, at)
	expected, knownExpecting := state.Expected(s, at)
	if known != want.known || knownExpecting != want.knownExpecting {
		t.Fatalf("after value %d: score known %v, expected known %v, want %v and %v", i, known, knownExpecting, want.known, want.knownExpecting)
	}
	if known && !alike(score, want.score) {
		t.Fatalf("after value %d: score %g, want %g", i, score, want.score)
	}
	if knownExpecting && !alike(expected, want.expected) {
		t.Fatalf("after value %d: expected %g, want %g", i, expected, want.expected)
	}
}

func alike(a, b float64) bool {
	return math.Abs(a-b) <= 1e-9*max(1, math.Abs(a), math.Abs(b))
}
