package window

import (
	"encoding/binary"
	"math"

	"citybrain/city"
)

// parser reads what AppendBinary wrote. After a fault it yields zero values; it
// never panics.
type parser struct {
	b   []byte
	bad bool
}

func (p *parser) fail() { p.b, p.bad = nil, true }

func (p *parser) byte() byte {
	if len(p.b) == 0 {
		p.fail()
		return 0
	}
	v := p.b[0]
	p.b = p.b[1:]
	return v
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

func (p *parser) float() float64 {
	if len(p.b) < 8 {
		p.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(p.b))
	p.b = p.b[8:]
	return v
}

// instant is v, which must be one that an observation may carry.
func (p *parser) instant(v int64) city.Instant {
	if !city.Instant(v).Valid() {
		p.fail()
		return 0
	}
	return city.Instant(v)
}

// past is an instant not after newest, or never.
func (p *parser) past(newest city.Instant) city.Instant {
	v := p.uint()
	if v == 0 || p.bad {
		return never
	}
	return p.instant(int64(newest) - int64(v-1))
}
