package detect

import (
	"slices"

	"citybrain/city"
)

// robust is RobustZ: the history in order of arrival and in order of size.
type robust struct {
	window int
	ring   []float64
	head   int // the oldest, once the ring is full
	sorted []float64

	score, middle, spread float64
	isKnown               bool
}

func (r *robust) begin(s *Shape) {
	r.window = s.Window
}

func (r *robust) fits(s *Shape) bool { return s.Kind == RobustZ && s.Window == r.window }

func (r *robust) add(s *Shape, _ city.Instant, v float64) {
	if r.isKnown = len(r.sorted) >= s.Min; r.isKnown {
		r.middle = median(r.sorted)
		r.spread = robustSpread(r.sorted, r.middle)
		r.score = scored(v-r.middle, r.spread, s.MinSpread)
	}
	r.keep(v)
}

// keep puts v into the history in place of the oldest value.
func (r *robust) keep(v float64) {
	if r.ring == nil {
		r.ring, r.sorted = make([]float64, 0, r.window), make([]float64, 0, r.window)
	}
	if len(r.ring) < r.window {
		r.ring = append(r.ring, v)
		i, _ := slices.BinarySearch(r.sorted, v)
		r.sorted = slices.Insert(r.sorted, i, v)
		return
	}
	old := r.ring[r.head]
	r.ring[r.head] = v
	r.head = (r.head + 1) % r.window
	replace(r.sorted, old, v)
}

// replace takes old out of sorted values and puts v in.
func replace(sorted []float64, old, v float64) {
	from, _ := slices.BinarySearch(sorted, old)
	to, _ := slices.BinarySearch(sorted, v)
	if to > from {
		to--
		copy(sorted[from:to], sorted[from+1:to+1])
	} else {
		copy(sorted[to+1:from+1], sorted[to:from])
	}
	sorted[to] = v
}

func (r *robust) value(*Shape, city.Instant) (float64, bool) { return r.score, r.isKnown }

func (r *robust) expected(*Shape, city.Instant) (value, spread float64, known bool) {
	return r.middle, r.spread, r.isKnown
}

func (r *robust) append(b []byte) []byte {
	b = appendInt(b, r.window)
	b = appendOutcome(b, r.isKnown, r.score, r.middle, r.spread)
	return appendRing(b, r.ring, r.head)
}

func (r *robust) parse(p *reader) {
	r.window = p.upTo(3, 1000)
	r.isKnown = p.outcome(&r.score, &r.middle, &r.spread)
	p.score(r.score)
	r.ring = p.ring(r.window)
	r.sorted = append(make([]float64, 0, r.window), r.ring...)
	slices.Sort(r.sorted)
}
