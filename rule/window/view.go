package window

import "citybrain/city"

// view is the window that was asked for last: entries lo to hi and their fold,
// moved on rather than folded again where that can be done.
type view struct {
	lo, hi uint32
	stale  bool // must be folded anew
	bare   bool // order and falls are to be filled again after UnmarshalBinary
	tally  tally
	order  ranked // folds that rank
	falls  falls  // Min, Max
}

// Value is the fold of the window that ends at now − Before; false where it is
// unknown: the window is empty and the fold is not 0 then, it lies before what is
// kept, or the number is not finite.
func (s *State) Value(shape *Shape, now city.Instant) (float64, bool) {
	if !s.some {
		return 0, shape.Fold.zero()
	}
	if s.view.bare {
		s.refill(shape)
	}
	lo, hi := s.bounds(shape, now)
	s.move(shape, lo, hi)
	if !s.known(shape, lo, hi) {
		return 0, false
	}
	if s.view.lo == s.view.hi {
		return 0, shape.Fold.zero()
	}
	return s.folded(shape, lo, hi)
}

// bounds is the window (lo, hi] at now; lo counts for sliding and hopping windows.
func (s *State) bounds(shape *Shape, now city.Instant) (lo, hi city.Instant) {
	now = min(max(now, city.MinInstant), city.MaxInstant)
	switch shape.Kind {
	case Sliding:
		hi = now - micro(shape.Before)
		return hi - micro(shape.Length), hi
	case Hopping:
		return s.edges[0].window(shape, now-micro(shape.Before))
	}
	return never, now
}

// known says whether all points of the window are kept; it is the current view.
func (s *State) known(shape *Shape, lo, hi city.Instant) bool {
	if s.gone == never && s.floor == never {
		return true
	}
	switch shape.Kind {
	case Session:
		if hi < s.floor || hi < s.gone {
			return false
		}
		v := &s.view
		return s.gone == never || v.lo != s.ring.head || v.lo != v.hi && s.ring.from(v.lo)-s.gone > micro(shape.Gap)
	case Readings:
		return s.gone == never || s.view.hi-s.view.lo == uint32(shape.Size)
	}
	return lo >= s.gone
}

// move makes the view that of (lo, hi].
func (s *State) move(shape *Shape, lo, hi city.Instant) {
	v, r := &s.view, &s.ring
	timed := shape.Kind == Sliding || shape.Kind == Hopping
	back := v.hi != r.head && r.pt(v.hi-1).at > hi || timed && v.lo != r.head && r.pt(v.lo-1).at > lo
	if v.stale || back {
		s.rebuild(shape, lo, hi)
		return
	}
	if timed {
		for v.lo != v.hi && r.pt(v.lo).at <= lo {
			s.exit(shape)
		}
		if v.lo == v.hi {
			for v.hi != r.tail && r.pt(v.hi).at <= lo {
				v.hi++
			}
			v.lo = v.hi
		}
	}
	for v.hi != r.tail && r.pt(v.hi).at <= hi {
		s.enter(shape)
		if shape.Kind == Readings && v.hi-v.lo > uint32(shape.Size) {
			s.exit(shape)
		}
	}
	if v.stale || v.tally.worn() {
		s.rebuild(shape, lo, hi)
	}
}

// rebuild folds the view of (lo, hi] anew.
func (s *State) rebuild(shape *Shape, lo, hi city.Instant) {
	v, r := &s.view, &s.ring
	v.clear()
	end := r.after(hi)
	switch shape.Kind {
	case Session:
		v.lo = s.sessionStart(shape, end)
	case Readings:
		v.lo = end - min(end-r.head, uint32(shape.Size))
	default:
		v.lo = r.after(lo)
	}
	v.hi = v.lo
	if shape.Fold == StdDev {
		v.tally.shift = s.middle(v.lo, end)
	}
	for v.hi != end {
		s.enter(shape)
	}
	v.tally.changes = 0
}

// middle is about the mean of entries lo to hi, and exactly it where all are equal.
func (s *State) middle(lo, hi uint32) float64 {
	if lo == hi {
		return 0
	}
	first, far := s.ring.pt(lo).v, 0.0
	for i := lo; i != hi; i++ {
		far += s.ring.pt(i).v - first
	}
	return first + far/float64(hi-lo)
}

func (v *view) clear() {
	v.stale = false
	v.tally = tally{}
	v.order = v.order[:0]
	v.falls.clear()
}

// enter takes the entry at hi into the view.
func (s *State) enter(shape *Shape) {
	v, r := &s.view, &s.ring
	i := v.hi
	if shape.Kind == Session && v.lo != i && r.from(i)-r.pt(i-1).at > micro(shape.Gap) {
		v.clear()
		v.lo = i
	}
	v.hi++
	switch shape.Fold {
	case Count, Pace:
		v.tally.n += r.weight(i)
	case Min:
		v.falls.push(r, i, 1)
	case Max:
		v.falls.push(r, i, -1)
	case Median, Quantile:
		v.order.put(keyOf(r.pt(i).v))
	case Distinct:
		if v.order.put(keyOf(r.pt(i).v)) {
			v.tally.n++
		}
	case Rate:
		if i != v.lo {
			v.tally.addStep(1, s.step(i))
		}
		s.tallyEntry(shape, i, 1)
	case Sum, Avg, StdDev:
		s.tallyEntry(shape, i, 1)
	}
}

// exit takes the entry at lo out of the view.
func (s *State) exit(shape *Shape) {
	v, r := &s.view, &s.ring
	i := v.lo
	v.lo++
	switch shape.Fold {
	case Count, Pace:
		v.tally.n -= r.weight(i)
	case Min, Max:
		v.falls.exit(i)
	case Median, Quantile:
		v.order.take(keyOf(r.pt(i).v))
	case Distinct:
		if v.order.take(keyOf(r.pt(i).v)) {
			v.tally.n--
		}
	case Rate:
		if v.lo != v.hi {
			v.tally.addStep(-1, s.step(v.lo))
		}
		s.tallyEntry(shape, i, -1)
	case Sum, Avg, StdDev:
		s.tallyEntry(shape, i, -1)
	}
	if v.lo == v.hi {
		v.clear() // nothing is left, nor of what rounding did
	}
}

// leaving is told before the entry at head leaves the ring.
func (v *view) leaving(s *State, shape *Shape) {
	switch {
	case v.stale || v.lo != s.ring.head:
	case v.lo != v.hi:
		s.exit(shape)
	default:
		v.lo++
		v.hi++
	}
}

// inserted is told after a late point became entry i.
func (v *view) inserted(s *State, shape *Shape, i uint32) {
	head := s.ring.head
	if v.stale || i-head >= v.hi-head {
		return
	}
	switch {
	case shape.Kind == Session || shape.Kind == Readings || shape.Fold == Min || shape.Fold == Max || shape.Fold == Rate:
		v.stale = true
		return
	case i-head < v.lo-head:
		v.lo++
	// At lo it may lie before the window: it leaves with the next move then.
	case shape.Fold == Count || shape.Fold == Pace:
		v.tally.n++
	case shape.Fold == Sum || shape.Fold == Avg || shape.Fold == StdDev:
		s.tallyEntry(shape, i, 1)
	case shape.Fold.ranks():
		if fresh := v.order.put(keyOf(s.ring.pt(i).v)); fresh && shape.Fold == Distinct {
			v.tally.n++
		}
	}
	v.hi++
}

// refill fills again what a snapshot does not hold.
func (s *State) refill(shape *Shape) {
	v := &s.view
	v.bare = false
	if v.stale {
		return
	}
	for i := v.lo; i != v.hi; i++ {
		switch shape.Fold {
		case Min:
			v.falls.push(&s.ring, i, 1)
		case Max:
			v.falls.push(&s.ring, i, -1)
		case Median, Quantile, Distinct:
			v.order.put(keyOf(s.ring.pt(i).v))
		}
	}
}
