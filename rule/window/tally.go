package window

import (
	"math"

	"citybrain/city"
)

// tally is what a view adds up. Sums carry what rounding took from them, so that
// a value that comes and goes leaves nothing behind.
type tally struct {
	n          uint64
	sum, lost  float64 // Sum, Avg: values; Rate: increases; StdDev: distances from shift
	sq, sqLost float64 // StdDev: squared distances from shift
	shift      float64
	size, peak float64 // of the magnitudes in the sums, now and at most since the tally began
	changes    uint32  // since the tally began
}

// wear is by how much the magnitudes in a tally may fall before it is folded
// anew: what rounding took is itself kept to one part in 2^53.
const wear = 1 << 30

func (t *tally) add(x float64) {
	var lost float64
	t.sum, lost = twoSum(t.sum, x)
	t.lost += lost
}

// worn says whether the tally has lost its precision.
func (t *tally) worn() bool {
	return t.size*wear < t.peak || math.IsNaN(t.size) || math.IsInf(t.size, 0)
}

func (t *tally) weigh(x float64) {
	t.size += x
	t.peak = max(t.peak, t.size)
}

// addStep adds an increase of a counter, or with sign −1 takes it out.
func (t *tally) addStep(sign, x float64) {
	t.add(sign * x)
	t.weigh(sign * math.Abs(x))
}

// tallyEntry adds entry i to the sums, or with sign −1 takes it out.
func (s *State) tallyEntry(shape *Shape, i uint32, sign float64) {
	t, v := &s.view.tally, s.ring.pt(i).v
	var m merged
	if s.ring.ext != nil {
		m = s.ring.ext[s.ring.slot(i)]
	} else {
		m.n = 1
	}
	t.changes++
	t.n += uint64(int64(sign)) * m.n
	switch shape.Fold {
	case Rate:
		t.addStep(sign, m.more)
	case StdDev:
		n, d := float64(m.n), v-t.shift
		t.add(sign * n * d)
		square := n*d*d + m.more
		var lost float64
		t.sq, lost = twoSum(t.sq, sign*square)
		t.sqLost += lost
		t.weigh(sign * square)
	default:
		t.add(sign * v)
		t.lost += sign * m.more
		t.weigh(sign * math.Abs(v))
	}
}

// step is the increase of a counter from the entry before i to i.
func (s *State) step(i uint32) float64 {
	first := s.ring.pt(i).v
	if s.ring.ext != nil {
		first = s.ring.ext[s.ring.slot(i)].first
	}
	return increase(s.ring.pt(i-1).v, first)
}

// folded is the number of the view of (lo, hi], which is not empty.
func (s *State) folded(shape *Shape, lo, hi city.Instant) (float64, bool) {
	v, r := &s.view, &s.ring
	var x float64
	switch t := &v.tally; shape.Fold {
	case Count, Distinct:
		x = float64(t.n)
	case Sum:
		x = t.sum + t.lost
	case Avg:
		x = (t.sum + t.lost) / float64(t.n)
	case StdDev:
		x = s.deviation(shape, lo, hi)
	case Min, Max:
		i, ok := v.falls.front()
		if !ok {
			return 0, false
		}
		x = r.pt(i).v
	case Median:
		x = v.order.quantile(0.5)
	case Quantile:
		x = v.order.quantile(shape.Q)
	case Rate:
		seconds := float64(r.pt(v.hi-1).at-r.from(v.lo)) / 1e6
		x = (t.sum + t.lost) / seconds
	case Pace:
		if shape.Kind == Session || shape.Kind == Readings {
			lo, hi = r.from(v.lo), r.pt(v.hi-1).at
		}
		x = float64(t.n) / (float64(hi-lo) / 1e6)
	case First:
		x = r.pt(v.lo).v
	case Last:
		x = r.pt(v.hi - 1).v
	}
	return x, !math.IsNaN(x) && !math.IsInf(x, 0)
}

// How far the mean may be from shift, in squared deviations, before the tally is
// folded anew: gladly, and at once.
const (
	farMean    = 1e4
	tooFarMean = 1e6
)

func (s *State) deviation(shape *Shape, lo, hi city.Instant) float64 {
	t := &s.view.tally
	variance, mean := t.variance()
	if far := mean * mean; t.changes > 0 && far > farMean*variance &&
		(far > tooFarMean*variance || t.changes >= s.view.hi-s.view.lo) {
		s.rebuild(shape, lo, hi)
		variance, _ = t.variance()
	}
	return math.Sqrt(variance)
}

// variance is that of the view, and its mean's distance from shift.
func (t *tally) variance() (variance, mean float64) {
	n, sum := float64(t.n), t.sum+t.lost
	mean = sum / n
	return max(0, (t.sq+t.sqLost-sum*mean)/n), mean
}

// quantile interpolates between the keys of numbers; there is at least one.
func (k ranked) quantile(q float64) float64 {
	if len(k) == 0 {
		return math.NaN()
	}
	at := q * float64(len(k)-1)
	i := int(at)
	low := valueOf(k[i])
	if part := at - float64(i); part > 0 && i+1 < len(k) {
		return low*(1-part) + valueOf(k[i+1])*part
	}
	return low
}

// falls are the entries of a view that are less (or greater) than all that come
// after them: the first is the least (Lemire, Streaming Maximum-Minimum Filter
// Using No More than Three Comparisons per Element, 2006).
type falls struct {
	list []uint32
	gone int // at the front of list
}

func (f *falls) clear() { f.list, f.gone = f.list[:0], 0 }

func (f *falls) front() (uint32, bool) {
	if f.gone == len(f.list) {
		return 0, false
	}
	return f.list[f.gone], true
}

// push adds entry i; sign is 1 for the least, −1 for the greatest.
func (f *falls) push(r *ring, i uint32, sign float64) {
	v := sign * r.pt(i).v
	for len(f.list) > f.gone && sign*r.pt(f.list[len(f.list)-1]).v >= v {
		f.list = f.list[:len(f.list)-1]
	}
	if len(f.list) == cap(f.list) && 2*f.gone > len(f.list) {
		f.list = f.list[:copy(f.list, f.list[f.gone:])]
		f.gone = 0
	}
	f.list = append(f.list, i)
}

func (f *falls) exit(i uint32) {
	if j, ok := f.front(); ok && i == j {
		f.gone++
	}
}
