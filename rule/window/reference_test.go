package window

import (
	"cmp"
	"math"
	"slices"
	"time"

	"citybrain/city"
)

// reference is a window that keeps everything and folds it by definition.
type reference struct {
	shape  Shape
	points []sample // sorted by instant, then by arrival
	newest city.Instant
}

type sample struct {
	at   city.Instant
	v    float64
	text uint64
}

func (r *reference) add(p sample) bool {
	if len(r.points) > 0 && p.at < r.newest-micro(r.shape.Late) {
		return false
	}
	for i := range r.points {
		if r.points[i].at == p.at && r.shape.Ties != KeepAll {
			if r.shape.Ties == KeepLast {
				r.points[i] = p
				return true
			}
			return false
		}
	}
	if len(r.points) == 0 || p.at > r.newest {
		r.newest = p.at
	}
	r.points = append(r.points, p)
	slices.SortStableFunc(r.points, func(a, b sample) int { return cmp.Compare(a.at, b.at) })
	return true
}

// between are the points of (lo, hi].
func (r *reference) between(lo, hi city.Instant) (in []sample) {
	for _, p := range r.points {
		if p.at > lo && p.at <= hi {
			in = append(in, p)
		}
	}
	return in
}

// isEdge looks at a clock on the wall.
func (r *reference) isEdge(at city.Instant) bool {
	t := at.Time()
	if r.shape.Zone != nil {
		t = t.In(r.shape.Zone)
	}
	h, m, s := t.Clock()
	clock := time.Duration(h)*time.Hour + time.Duration(m)*time.Minute + time.Duration(s)*time.Second + time.Duration(t.Nanosecond())
	if r.shape.Every > day {
		return clock == 0 && t.Weekday() == time.Monday
	}
	return clock%r.shape.Every == 0
}

// edge is the n-th edge at or before at, counted from 0; minute by minute.
func (r *reference) edge(at city.Instant, n int) city.Instant {
	const minute = 60_000_000
	at -= city.Instant(modulo(int64(at), minute))
	for ; ; at -= minute {
		if !r.isEdge(at) {
			continue
		}
		if n == 0 {
			return at
		}
		n--
	}
}

func (r *reference) bounds(now city.Instant) (lo, hi city.Instant) {
	end := now - micro(r.shape.Before)
	switch r.shape.Kind {
	case Sliding:
		return end - micro(r.shape.Length), end
	case Hopping:
		hi = r.edge(end, 0)
		return r.edge(hi, int(r.shape.Length/r.shape.Every)), hi
	}
	return never, end
}

// window are the points of the window at now, and how long it is in seconds.
func (r *reference) window(now city.Instant) (in []sample, seconds float64) {
	lo, hi := r.bounds(now)
	in = r.between(lo, hi)
	switch {
	case r.shape.Kind == Readings:
		in = in[max(0, len(in)-r.shape.Size):]
	case r.shape.Kind == Session:
		for i := len(in) - 1; i > 0; i-- {
			if in[i].at-in[i-1].at > micro(r.shape.Gap) {
				in = in[i:]
				break
			}
		}
	default:
		return in, float64(hi-lo) / 1e6
	}
	if len(in) > 0 {
		seconds = float64(in[len(in)-1].at-in[0].at) / 1e6
	}
	return in, seconds
}

func (r *reference) value(now city.Instant) (float64, bool) {
	in, seconds := r.window(now)
	if len(in) == 0 {
		return 0, r.shape.Fold.zero()
	}
	x := fold(r.shape.Fold, r.shape.Q, in, seconds)
	return x, !math.IsNaN(x) && !math.IsInf(x, 0)
}

func fold(f Fold, q float64, in []sample, seconds float64) float64 {
	values := make([]float64, len(in))
	texts := map[uint64]bool{}
	for i, p := range in {
		values[i] = p.v
		texts[p.text] = true
	}
	n := float64(len(in))
	switch f {
	case Count:
		return n
	case Distinct:
		return float64(len(texts))
	case Pace:
		return n / seconds
	case Sum:
		return exactSum(values)
	case Avg:
		return exactSum(values) / n
	case Min:
		return slices.Min(values)
	case Max:
		return slices.Max(values)
	case First:
		return values[0]
	case Last:
		return values[len(values)-1]
	case StdDev:
		return deviationOf(values)
	case Rate:
		var grown []float64
		for i := 1; i < len(values); i++ {
			switch from, to := values[i-1], values[i]; {
			case to >= from:
				grown = append(grown, to-from)
			case to > 0:
				grown = append(grown, to)
			}
		}
		return exactSum(grown) / (float64(in[len(in)-1].at-in[0].at) / 1e6)
	}
	if f == Median {
		q = 0.5
	}
	return quantileOf(values, q)
}

// exactSum adds with math/big's care: by Shewchuk's growing expansions.
func exactSum(values []float64) float64 {
	var parts []float64
	for _, x := range values {
		kept := parts[:0]
		for _, y := range parts {
			sum, lost := twoSum(x, y)
			if lost != 0 {
				kept = append(kept, lost)
			}
			x = sum
		}
		parts = append(kept, x)
	}
	total := 0.0
	for _, p := range parts {
		total += p
	}
	return total
}

func deviationOf(values []float64) float64 {
	n := float64(len(values))
	mean := exactSum(values) / n
	squares := make([]float64, len(values))
	for i, v := range values {
		squares[i] = (v - mean) * (v - mean)
	}
	return math.Sqrt(exactSum(squares) / n)
}

func quantileOf(values []float64, q float64) float64 {
	slices.Sort(values)
	at := q * float64(len(values)-1)
	low, high := math.Floor(at), math.Ceil(at)
	a, b := values[int(low)], values[int(high)]
	if a == b {
		return a
	}
	return a*(1-(at-low)) + b*(at-low)
}
