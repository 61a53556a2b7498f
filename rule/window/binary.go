package window

import (
	"encoding/binary"
	"errors"
	"math"

	"citybrain/city"
)

var errDamaged = errors.New("the state of a window is damaged")

// The version of the form, and the marks beside it.
const (
	form = 1

	markSome  = 1 << 0
	markWide  = 1 << 1
	markStale = 1 << 2
)

// AppendBinary appends the state to b. The same points, taken in and asked for in
// the same order, give the same bytes. The error is always nil.
func (s *State) AppendBinary(b []byte) ([]byte, error) {
	marks := byte(0)
	for i, on := range []bool{s.some, s.ring.ext != nil, s.view.stale} {
		if on {
			marks |= 1 << i
		}
	}
	b = append(b, form, marks)
	if !s.some {
		return b, nil
	}
	b = binary.AppendVarint(b, int64(s.newest))
	for _, at := range []city.Instant{s.began, s.floor, s.gone} {
		b = appendPast(b, s.newest, at)
	}
	b = binary.AppendUvarint(b, s.lost)
	b = binary.AppendUvarint(b, uint64(s.room))
	b = s.appendEntries(b)
	if s.view.stale {
		return b, nil
	}
	return s.view.append(b, s.ring.head), nil
}

// appendPast writes an instant that is never or not after newest.
func appendPast(b []byte, newest, at city.Instant) []byte {
	if at == never {
		return binary.AppendUvarint(b, 0)
	}
	return binary.AppendUvarint(b, uint64(newest-at)+1)
}

func (s *State) appendEntries(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(s.ring.len()))
	later := s.newest
	for i := s.ring.tail; i != s.ring.head; {
		i--
		p := s.ring.pt(i)
		whole := int64(p.v)
		short := math.Abs(p.v) < 1<<53 && math.Float64bits(float64(whole)) == math.Float64bits(p.v)
		back := uint64(later-p.at) << 1
		later = p.at
		if short {
			b = binary.AppendVarint(binary.AppendUvarint(b, back|1), whole)
		} else {
			b = appendFloat(binary.AppendUvarint(b, back), p.v)
		}
		if s.ring.ext == nil {
			continue
		}
		m := &s.ring.ext[s.ring.slot(i)]
		b = binary.AppendUvarint(b, m.n)
		if m.n > 1 {
			b = binary.AppendUvarint(b, uint64(p.at-m.from))
			b = appendFloat(appendFloat(b, m.first), m.more)
		}
	}
	return b
}

func appendFloat(b []byte, f float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(f))
}

func (v *view) append(b []byte, head uint32) []byte {
	b = binary.AppendUvarint(b, uint64(v.lo-head))
	b = binary.AppendUvarint(b, uint64(v.hi-head))
	b = binary.AppendUvarint(b, v.tally.n)
	b = binary.AppendUvarint(b, uint64(v.tally.changes))
	mask := byte(0)
	for i, f := range v.tally.floats() {
		if math.Float64bits(*f) != 0 {
			mask |= 1 << i
		}
	}
	b = append(b, mask)
	for i, f := range v.tally.floats() {
		if mask&(1<<i) != 0 {
			b = appendFloat(b, *f)
		}
	}
	return b
}

func (t *tally) floats() [7]*float64 {
	return [...]*float64{&t.sum, &t.lost, &t.sq, &t.sqLost, &t.shift, &t.size, &t.peak}
}

// UnmarshalBinary sets s to what AppendBinary wrote. Anything else is an error,
// after which s is empty. Whether the state fits a shape says Fits.
func (s *State) UnmarshalBinary(data []byte) error {
	*s = State{}
	p := parser{b: data}
	if p.byte() != form {
		return errDamaged
	}
	marks := p.byte()
	if marks&^(markSome|markWide|markStale) != 0 || marks&markSome == 0 && marks != 0 {
		return errDamaged
	}
	if marks&markSome != 0 {
		s.read(&p, marks)
	}
	if p.bad || len(p.b) != 0 {
		*s = State{}
		return errDamaged
	}
	return nil
}

func (s *State) read(p *parser, marks byte) {
	s.some = true
	s.newest = p.instant(p.int())
	s.began, s.floor, s.gone = p.past(s.newest), p.past(s.newest), p.past(s.newest)
	s.lost = p.uint()
	s.room = uint32(p.below(LargestMax + 1))
	n := p.below(len(p.b)/2 + 1)
	p.bad = p.bad || s.began == never
	s.ring.pts = make([]point, roomFor(n))
	if marks&markWide != 0 {
		s.ring.ext = make([]merged, len(s.ring.pts))
	}
	s.ring.tail = uint32(n)
	later := s.newest
	for i := s.ring.tail; i != 0 && !p.bad; {
		i--
		later = s.readEntry(p, i, later)
	}
	for i := uint32(1); i < s.ring.tail; i++ {
		p.bad = p.bad || s.ring.from(i) < s.ring.pt(i-1).at
	}
	s.view.stale, s.view.bare = marks&markStale != 0, true
	if !s.view.stale {
		s.view.read(p, n)
	}
}

func roomFor(n int) int {
	size := 8
	for size < n {
		size *= 2
	}
	return size
}

func (s *State) readEntry(p *parser, i uint32, later city.Instant) city.Instant {
	back := p.uint()
	at := p.instant(int64(later) - int64(back>>1))
	e := point{at: at}
	if back&1 != 0 {
		e.v = float64(p.int())
	} else {
		e.v = p.float()
	}
	*s.ring.pt(i) = e
	if s.ring.ext == nil {
		return at
	}
	m := single(e)
	if m.n = p.uint(); m.n > 1 {
		m.from = p.instant(int64(at) - int64(p.uint()))
		m.first, m.more = p.float(), p.float()
		p.bad = p.bad || m.from > at
	}
	p.bad = p.bad || m.n == 0
	s.ring.ext[i] = m
	return at
}

func (v *view) read(p *parser, n int) {
	lo, hi := p.below(n+1), p.below(n+1)
	p.bad = p.bad || lo > hi
	v.lo, v.hi = uint32(lo), uint32(hi)
	v.tally.n = p.uint()
	v.tally.changes = uint32(p.below(math.MaxUint32))
	mask := p.byte()
	p.bad = p.bad || mask >= 1<<7
	for i, f := range v.tally.floats() {
		if mask&(1<<i) != 0 {
			*f = p.float()
		}
	}
}

// Fits says whether a state can be one of the shape: Invalid where it has more
// entries than the shape keeps, or merged what the shape does not merge.
func (s *State) Fits(shape *Shape) error {
	const op = "window.Fits"
	if n := s.ring.len(); n > shape.max() || int(s.room) > max(shape.max(), 8) {
		return city.Errorf(city.Invalid, op, "the state keeps %d entries, the window at most %d", n, shape.max())
	}
	if s.ring.ext != nil && (!shape.Fold.merges() || shape.Kind == Readings) {
		return city.Errorf(city.Invalid, op, "the state holds merged points, the %s of a %s window has none", shape.Fold, shape.Kind)
	}
	return nil
}
