package detect

import "math"

// The factors that make a spread an estimate of the standard deviation of a
// normal distribution (Iglewicz & Hoaglin 1993: 0.6745 = 1/1.4826).
const (
	perMAD    = 1.4826   // times the median absolute deviation
	perMeanAD = 1.253314 // times the mean absolute deviation: √(π/2)
)

// median is that of values in ascending order, of which there is at least one.
func median(sorted []float64) float64 {
	n := len(sorted)
	if n%2 == 1 {
		return sorted[n/2]
	}
	return (sorted[n/2-1] + sorted[n/2]) / 2
}

// quantile is definition 7 of Hyndman & Fan 1996.
func quantile(sorted []float64, q float64) float64 {
	h := float64(q * float64(len(sorted)-1))
	i := int(h)
	if i+1 >= len(sorted) {
		return sorted[len(sorted)-1]
	}
	return sorted[i] + float64((h-float64(i))*(sorted[i+1]-sorted[i]))
}

// robustSpread estimates the standard deviation of sorted values around their
// median: by the median absolute deviation, or where more than half of the
// values are the same by the mean absolute deviation.
func robustSpread(sorted []float64, middle float64) float64 {
	if mad := deviation(sorted, middle); mad > 0 {
		return perMAD * mad
	}
	sum := 0.0
	for _, v := range sorted {
		sum += math.Abs(v - middle)
	}
	return perMeanAD * sum / float64(len(sorted))
}

// deviation is the median of |v − middle|.
func deviation(sorted []float64, middle float64) float64 {
	n := len(sorted)
	k := (n + 1) / 2
	i := nearest(sorted, middle, k)
	last := max(middle-sorted[i], sorted[i+k-1]-middle)
	if n%2 == 1 {
		return last
	}
	next := math.Inf(1)
	if i > 0 {
		next = middle - sorted[i-1]
	}
	if i+k < n {
		next = min(next, sorted[i+k]-middle)
	}
	return (last + next) / 2
}

// nearest is where the k values begin that are nearest to the middle: in
// order of size they stand side by side.
func nearest(sorted []float64, middle float64, k int) int {
	low, high := 0, len(sorted)-k
	for low < high {
		i := (low + high) / 2
		if middle-sorted[i] > sorted[i+k]-middle {
			low = i + 1
		} else {
			high = i
		}
	}
	return low
}

// welford sums up mean and variance (B. P. Welford, Technometrics 4 (1962)
// 419-420).
type welford struct {
	n        int
	mean, m2 float64
}

func (w *welford) add(v float64) {
	w.n++
	d := v - w.mean
	w.mean += d / float64(w.n)
	w.m2 += float64(d * (v - w.mean))
}

// sd is the sample standard deviation, divided by n − 1.
func (w *welford) sd() float64 {
	if w.n < 2 {
		return 0
	}
	return math.Sqrt(w.m2 / float64(w.n-1))
}
