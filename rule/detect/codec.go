package detect

import (
	"encoding/binary"
	"math"

	"citybrain/city"
)

// version is the first byte of a state that was written; a newer program that
// writes states otherwise takes another one.
const version = 1

// AppendBinary appends what s remembers, which is the same for the same Adds.
// It never fails.
func (s *State) AppendBinary(b []byte) ([]byte, error) {
	b = append(b, version)
	if !s.begun {
		return append(b, 0), nil
	}
	b = append(b, byte(s.kind()))
	b = appendSigned(b, int64(s.last))
	return s.m.append(b), nil
}

// MarshalBinary is AppendBinary to nothing.
func (s *State) MarshalBinary() ([]byte, error) { return s.AppendBinary(nil) }

func (s *State) kind() Kind {
	switch m := s.m.(type) {
	case *robust:
		return RobustZ
	case *seasonal:
		return Seasonal
	case *shift:
		return LevelShift
	case *chart:
		return m.kind
	case *ears:
		return m.kind
	}
	return 0
}

// UnmarshalBinary makes s what AppendBinary wrote. What it did not write is
// refused with a city.Error of kind Invalid and leaves s as it was.
func (s *State) UnmarshalBinary(b []byte) error {
	p := &reader{b: b}
	var out State
	if p.byte() != version {
		p.fail()
	}
	if kind := Kind(p.byte()); p.err == nil && kind != 0 {
		out.last, out.begun, out.m = p.instant(), true, newMethod(kind)
		if out.m == nil || !out.last.Valid() {
			return errDamaged
		}
		out.m.parse(p)
	}
	if p.err != nil {
		return p.err
	}
	if len(p.b) > 0 {
		return errDamaged
	}
	*s = out
	return nil
}

var errDamaged = city.Errorf(city.Invalid, "detect.UnmarshalBinary", "these are not the bytes of a detector's state")

func appendInt(b []byte, v int) []byte      { return binary.AppendUvarint(b, uint64(v)) }
func appendSigned(b []byte, v int64) []byte { return binary.AppendVarint(b, v) }
func appendFloat(b []byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(v))
}

func appendBool(b []byte, v bool) []byte {
	if v {
		return append(b, 1)
	}
	return append(b, 0)
}

// appendOutcome writes figures of the value added last, if they are known.
func appendOutcome(b []byte, known bool, figures ...float64) []byte {
	b = appendBool(b, known)
	if known {
		for _, v := range figures {
			b = appendFloat(b, v)
		}
	}
	return b
}

// appendRing writes values from the oldest on.
func appendRing(b []byte, ring []float64, head int) []byte {
	b = appendInt(b, len(ring))
	for i := range ring {
		b = appendFloat(b, ring[(head+i)%len(ring)])
	}
	return b
}

// reader reads what was written. After a fault it yields zero values and keeps
// err; it never makes more than the input can fill.
type reader struct {
	b   []byte
	err error
}

func (p *reader) fail() { p.b, p.err = nil, errDamaged }

func (p *reader) byte() byte {
	if len(p.b) == 0 {
		p.fail()
		return 0
	}
	v := p.b[0]
	p.b = p.b[1:]
	return v
}

// bool is 0 or 1 and nothing else: a state has one form only.
func (p *reader) bool() bool {
	v := p.byte()
	if v > 1 {
		p.fail()
	}
	return v == 1
}

// upTo is a whole number from low to high; low after a fault.
func (p *reader) upTo(low, high int) int {
	v, n := binary.Uvarint(p.b)
	if n <= 0 || v > math.MaxInt || int(v) < low || int(v) > high {
		p.fail()
		return low
	}
	p.b = p.b[n:]
	return int(v)
}

// count is a number of things of which each takes at least size bytes.
func (p *reader) count(high, size int) int { return p.upTo(0, min(high, len(p.b)/size)) }

func (p *reader) signed() int64 {
	v, n := binary.Varint(p.b)
	if n <= 0 {
		p.fail()
		return 0
	}
	p.b = p.b[n:]
	return v
}

func (p *reader) instant() city.Instant { return city.Instant(p.signed()) }

// float is a finite number.
func (p *reader) float() float64 {
	if len(p.b) < 8 {
		p.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(p.b))
	p.b = p.b[8:]
	if math.IsNaN(v) || math.IsInf(v, 0) {
		p.fail()
		return 0
	}
	return v
}

// outcome reads figures if they are known.
func (p *reader) outcome(figures ...*float64) bool {
	known := p.bool()
	if known {
		for _, v := range figures {
			*v = p.float()
		}
	}
	return known
}

// score holds that v is one.
func (p *reader) score(v float64) {
	if math.Abs(v) > MaxScore {
		p.fail()
	}
}

// ring are values from the oldest on, with room for window of them.
func (p *reader) ring(window int) []float64 {
	out := make([]float64, 0, window)
	for range p.count(window, 8) {
		v := p.float()
		if !(math.Abs(v) <= huge) {
			p.fail()
		}
		out = append(out, v)
	}
	return out
}
