package window

import (
	"math"
	"slices"

	"citybrain/city"
)

// point is an entry: a point, or the newest of those that were merged into it.
type point struct {
	at city.Instant
	v  float64
}

// merged is what an entry of several points has besides: v is then their sum,
// least, greatest, first or last value, or their mean, as the fold wants it.
type merged struct {
	from  city.Instant // of the oldest point
	n     uint64
	first float64 // Rate: the value of the oldest
	more  float64 // StdDev: the sum of squared distances from the mean; Rate: the increase within; Sum, Avg: what rounding took from v
}

// ring holds the entries in the order of their instants. Their numbers run from
// head and stay the same while others leave at the head.
type ring struct {
	pts        []point  // a power of two
	ext        []merged // nil while nothing was merged
	head, tail uint32   // of the first entry, and of the one after the last; they wrap
}

func (r *ring) len() int             { return int(r.tail - r.head) }
func (r *ring) slot(i uint32) uint32 { return i & uint32(len(r.pts)-1) }
func (r *ring) pt(i uint32) *point   { return &r.pts[i&uint32(len(r.pts)-1)] }

// from is the instant of the oldest point of entry i.
func (r *ring) from(i uint32) city.Instant {
	if r.ext == nil {
		return r.pt(i).at
	}
	return r.ext[r.slot(i)].from
}

// grow makes place for one more entry at least.
func (r *ring) grow() {
	size := max(8, 2*len(r.pts))
	pts := make([]point, size)
	var ext []merged
	if r.ext != nil {
		ext = make([]merged, size)
	}
	for i := r.head; i != r.tail; i++ {
		pts[i&uint32(size-1)] = *r.pt(i)
		if ext != nil {
			ext[i&uint32(size-1)] = r.ext[r.slot(i)]
		}
	}
	r.pts, r.ext = pts, ext
}

// widen gives every entry room for what merged ones have.
func (r *ring) widen() {
	if r.ext != nil {
		return
	}
	r.ext = make([]merged, len(r.pts))
	for i := r.head; i != r.tail; i++ {
		r.ext[r.slot(i)] = single(*r.pt(i))
	}
}

func single(p point) merged { return merged{from: p.at, n: 1, first: p.v} }

// insert puts p before entry i and moves what follows.
func (r *ring) insert(i uint32, p point) {
	if r.len() == len(r.pts) {
		r.grow()
	}
	for j := r.tail; j != i; j-- {
		*r.pt(j) = *r.pt(j - 1)
		if r.ext != nil {
			r.ext[r.slot(j)] = r.ext[r.slot(j-1)]
		}
	}
	r.tail++
	*r.pt(i) = p
	if r.ext != nil {
		r.ext[r.slot(i)] = single(p)
	}
}

// after is the first entry later than at.
func (r *ring) after(at city.Instant) uint32 {
	lo, hi := 0, r.len()
	for lo < hi {
		mid := (lo + hi) / 2
		if r.pt(r.head+uint32(mid)).at > at {
			hi = mid
		} else {
			lo = mid + 1
		}
	}
	return r.head + uint32(lo)
}

// weight is how many points entry i is.
func (r *ring) weight(i uint32) uint64 {
	if r.ext == nil {
		return 1
	}
	return r.ext[r.slot(i)].n
}

// merge puts entry i, which follows entry j in time, into entry j.
func (r *ring) merge(f Fold, j, i uint32) {
	a, b := r.pt(j), r.pt(i)
	x, y := &r.ext[r.slot(j)], &r.ext[r.slot(i)]
	switch f {
	case Sum, Avg:
		var lost float64
		a.v, lost = twoSum(a.v, b.v)
		x.more += y.more + lost
	case Min:
		a.v = min(a.v, b.v)
	case Max:
		a.v = max(a.v, b.v)
	case StdDev:
		n := float64(x.n + y.n)
		d := b.v - a.v
		x.more += y.more + d*d*float64(x.n)/n*float64(y.n)
		a.v += d * float64(y.n) / n
	case Rate:
		x.more += y.more + increase(a.v, y.first)
		a.v = b.v
	case Last:
		a.v = b.v
	}
	x.n += y.n
	a.at = b.at
}

// increase is by how much a counter grew from one reading to the next.
func increase(from, to float64) float64 {
	if to < from {
		return max(to, 0) // it began again at zero
	}
	return to - from
}

// twoSum is a + b and what rounding took from it (Knuth, TAOCP vol. 2, 4.2.2).
func twoSum(a, b float64) (sum, lost float64) {
	sum = a + b
	t := sum - a
	return sum, (a - (sum - t)) + (b - t)
}

// ranked holds keys in their order, each as often as it was put in.
type ranked []uint64

func (k *ranked) put(key uint64) (fresh bool) {
	i, found := slices.BinarySearch(*k, key)
	*k = slices.Insert(*k, i, key)
	return !found
}

func (k *ranked) take(key uint64) (last bool) {
	i, found := slices.BinarySearch(*k, key)
	if !found {
		return false
	}
	*k = slices.Delete(*k, i, i+1)
	return i == len(*k) || (*k)[i] != key
}

// keyOf is a number whose order is that of v; v is not NaN.
func keyOf(v float64) uint64 {
	b := math.Float64bits(v)
	if b>>63 != 0 {
		return ^b
	}
	return b | 1<<63
}

func valueOf(key uint64) float64 {
	if key>>63 != 0 {
		return math.Float64frombits(key &^ (1 << 63))
	}
	return math.Float64frombits(^key)
}
