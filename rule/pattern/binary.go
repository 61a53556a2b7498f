package pattern

import (
	"encoding/binary"
	"errors"
	"math"

	"citybrain/city"
)

var errDamaged = errors.New("the state of a pattern is damaged")

// The forms' version and kind.
const (
	formSequence = 0x11
	formRepeat   = 0x12
	formDwell    = 0x13
)

// AppendBinary appends the state to b. The same events give the same bytes. The
// error is always nil.
func (s *SequenceState) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, formSequence, marks(s.began, s.shut))
	if s.began {
		b = binary.AppendVarint(b, int64(s.at))
		b = binary.AppendUvarint(b, uint64(s.hits))
	}
	b = binary.AppendUvarint(b, s.dropped)
	b = binary.AppendUvarint(b, uint64(len(s.open)))
	for i := range s.open {
		p := &s.open[i]
		b = append(b, p.last)
		for _, at := range p.steps[:p.last+1] {
			if at == Never {
				b = append(b, 0)
				continue
			}
			b = binary.AppendUvarint(b, uint64(s.at-at)+1)
		}
	}
	return b, nil
}

// UnmarshalBinary sets s to what AppendBinary wrote. Anything else is an error,
// after which s is empty. Whether the state fits a sequence says Fits.
func (s *SequenceState) UnmarshalBinary(data []byte) error {
	p := parser{b: data}
	*s = SequenceState{}
	p.expect(formSequence)
	s.began, s.shut = p.marks()
	if s.began {
		s.at, s.hits = p.instant(p.int()), uint32(p.below(1<<MaxSteps))
	}
	s.dropped = p.uint()
	n := p.below(min(len(p.b)/2, MaxOpen) + 1)
	for ; n > 0 && !p.bad; n-- {
		s.open = append(s.open, p.partial(s.at))
	}
	if !p.done() || !s.began && (s.hits != 0 || len(s.open) > 0 || s.shut) {
		*s = SequenceState{}
		return errDamaged
	}
	return nil
}

// Fits says whether a state can be one of the sequence: Invalid where it has more
// partial matches, or others, than the sequence can have.
func (s *SequenceState) Fits(q *Sequence) error {
	const op = "pattern.Fits"
	n, most := len(q.Steps), MaxSteps
	if q.choice() == Each {
		most = q.Max
	}
	if len(s.open) > most || s.hits>>n != 0 {
		return city.Errorf(city.Invalid, op, "the state has %d partial matches or a step that the sequence has not", len(s.open))
	}
	for i := range s.open {
		p := &s.open[i]
		for k, at := range p.steps[:p.last+1] {
			if k >= n || q.Steps[k].Not != (at == Never) || k == n-1 {
				return city.Errorf(city.Invalid, op, "a partial match is not one of the sequence")
			}
		}
	}
	return nil
}

// AppendBinary appends the state to b. The same events give the same bytes. The
// error is always nil.
func (s *RepeatState) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, formRepeat)
	b = binary.AppendUvarint(b, uint64(len(s.log)))
	at := city.Instant(0)
	for i := range s.log {
		next := s.log[(s.head+i)%len(s.log)]
		b = binary.AppendVarint(b, int64(next-at))
		at = next
	}
	return b, nil
}

// UnmarshalBinary sets s to what AppendBinary wrote. Anything else is an error,
// after which s is empty. Whether the state fits a repeat says Fits.
func (s *RepeatState) UnmarshalBinary(data []byte) error {
	p := parser{b: data}
	*s = RepeatState{}
	p.expect(formRepeat)
	n := p.below(min(len(p.b), MaxTimes) + 1)
	at := int64(0)
	for i := 0; i < n && !p.bad; i++ {
		at += p.int()
		next := p.instant(at)
		p.bad = p.bad || i > 0 && next < s.last
		s.log, s.last = append(s.log, next), next
	}
	if !p.done() {
		*s = RepeatState{}
		return errDamaged
	}
	return nil
}

// Fits says whether a state can be one of the repeat: Invalid where it holds more
// events.
func (s *RepeatState) Fits(r *Repeat) error {
	if len(s.log) > r.Times {
		return city.Errorf(city.Invalid, "pattern.Fits", "the state holds %d events, the repeat at most %d", len(s.log), r.Times)
	}
	return nil
}

// AppendBinary appends the state to b. The same events give the same bytes. The
// error is always nil.
func (s *DwellState) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, formDwell, marks(s.began, s.shut), byte(s.where), marks(s.in, s.out, s.reached))
	if s.began {
		b = binary.AppendVarint(b, int64(s.at))
	}
	if s.in {
		b = binary.AppendUvarint(b, uint64(s.at-s.since))
		b = binary.AppendUvarint(b, uint64(s.at-s.back))
	}
	if s.out {
		b = binary.AppendUvarint(b, uint64(s.at-s.left))
	}
	return b, nil
}

// UnmarshalBinary sets s to what AppendBinary wrote. Anything else is an error,
// after which s is empty.
func (s *DwellState) UnmarshalBinary(data []byte) error {
	p := parser{b: data}
	*s = DwellState{}
	p.expect(formDwell)
	s.began, s.shut = p.marks()
	s.where = Where(p.byte())
	on := p.byte()
	s.in, s.out, s.reached = on&1 != 0, on&2 != 0, on&4 != 0
	p.bad = p.bad || on >= 8 || s.where > Outside || on > 0 && !s.in || !s.began && (s.shut || s.in || s.where != 0)
	if s.began {
		s.at = p.instant(p.int())
	}
	if s.in {
		s.since, s.back = p.past(s.at), p.past(s.at)
	}
	if s.out {
		s.left = p.past(s.at)
	}
	if !p.done() || s.back < s.since || s.out && s.left < s.back {
		*s = DwellState{}
		return errDamaged
	}
	return nil
}

func marks(on ...bool) (b byte) {
	for i, x := range on {
		if x {
			b |= 1 << i
		}
	}
	return b
}

// parser reads what AppendBinary wrote. After a fault it yields zero values; it
// never panics.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) fail()      { p.b, p.bad = nil, true }
func (p *parser) done() bool { return !p.bad && len(p.b) == 0 }

func (p *parser) byte() byte {
	if len(p.b) == 0 {
		p.fail()
		return 0
	}
	v := p.b[0]
	p.b = p.b[1:]
	return v
}

func (p *parser) expect(v byte) {
	if p.byte() != v {
		p.fail()
	}
}

func (p *parser) marks() (began, shut bool) {
	v := p.byte()
	p.bad = p.bad || v > 3
	return v&1 != 0, v&2 != 0
}

func (p *parser) uint() uint64 {
	v, n := binary.Uvarint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *parser) int() int64 {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

// below is a number less than a limit.
func (p *parser) below(limit int) int {
	v := p.uint()
	if v >= uint64(limit) {
		p.fail()
		return 0
	}
	return int(v)
}

// instant is v, which is far enough from the ends of the numbers to add to it.
func (p *parser) instant(v int64) city.Instant {
	if v > math.MaxInt64/4 || v < math.MinInt64/4 {
		p.fail()
		return 0
	}
	return city.Instant(v)
}

// past is an instant not after at.
func (p *parser) past(at city.Instant) city.Instant {
	v := p.uint()
	if v > math.MaxInt64/4 {
		p.fail()
		return 0
	}
	return p.instant(int64(at) - int64(v))
}

// partial is a partial match of events not after at, each later than the one
// before it.
func (p *parser) partial(at city.Instant) partial {
	last := p.byte()
	if last >= MaxSteps-1 {
		p.fail()
		return partial{}
	}
	x := opened(at)
	before := Never
	for i := range x.steps[:last+1] {
		back := p.uint()
		if back == 0 {
			p.bad = p.bad || i == 0 || i == int(last)
			x.steps[i] = Never
			continue
		}
		if back > math.MaxInt64/4 {
			p.fail()
			return x
		}
		x.steps[i] = p.instant(int64(at) - int64(back-1))
		p.bad = p.bad || x.steps[i] <= before
		before = x.steps[i]
	}
	x.last = last
	return x
}
