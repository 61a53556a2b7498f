package rule

import (
	"encoding/binary"
	"errors"
	"math"

	"citybrain/city"
)

var errDamaged = errors.New("the snapshot of the rules is damaged")

// parser reads the parts of a snapshot. After a fault it yields zero values and
// keeps err; it never panics and never makes more than the input can fill.
type parser struct {
	b   []byte
	err error
}

func (p *parser) fail() {
	p.err, p.b = errDamaged, nil
}

func (p *parser) byte() byte {
	if len(p.b) == 0 {
		p.fail()
		return 0
	}
	v := p.b[0]
	p.b = p.b[1:]
	return v
}

func (p *parser) bool() bool { return p.byte() != 0 }

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

// count is a number of things of which each takes at least size bytes.
func (p *parser) count(size int) int {
	n := p.uint()
	if n > uint64(len(p.b)/size) {
		p.fail()
		return 0
	}
	return int(n)
}

// below is a number less than a limit.
func (p *parser) below(limit int) int {
	n := p.uint()
	if p.err == nil && n >= uint64(limit) {
		p.fail()
	}
	if p.err != nil {
		return 0
	}
	return int(n)
}

func (p *parser) bits() float64 {
	if len(p.b) < 8 {
		p.fail()
		return 0
	}
	v := math.Float64frombits(binary.LittleEndian.Uint64(p.b))
	p.b = p.b[8:]
	return v
}

func (p *parser) string() string {
	n := p.count(1)
	s := string(p.b[:n])
	p.b = p.b[n:]
	return s
}

func (p *parser) content(head byte) city.Value {
	v := city.Value{Kind: city.ValueKind(head & kindMask)}
	switch v.Kind {
	case city.Number, city.Bool:
		if head&markWhole != 0 {
			v.Num = float64(p.int())
		} else {
			v.Num = p.bits()
		}
	case city.Geo:
		v.Place = p.place()
	case city.None:
	case city.Text, city.Time, city.Relation, city.JSON:
		v.Text = p.string()
	default:
		p.fail()
	}
	return v
}

func (p *parser) value() city.Value { return p.content(p.byte()) }

func (p *parser) place() *city.Place {
	kind := city.PlaceKind(p.byte())
	if kind == 0 || p.err != nil {
		return nil
	}
	place := &city.Place{Kind: kind, Points: make([]city.Point, p.count(16))}
	for i := range place.Points {
		place.Points[i] = city.Point{Lon: p.bits(), Lat: p.bits()}
	}
	place.Rings = p.ends(len(place.Points))
	place.Parts = p.ends(len(place.Rings))
	if kind.String() == "" || len(place.Points) == 0 {
		p.fail()
	}
	return place
}

// ends are increasing end indexes, the last of which is of.
func (p *parser) ends(of int) []int32 {
	n := p.count(1)
	if n == 0 {
		return nil
	}
	out := make([]int32, n)
	last := 0
	for i := range out {
		end := p.below(of + 1)
		if end <= last {
			p.fail()
			return nil
		}
		last, out[i] = end, int32(end)
	}
	if last != of {
		p.fail()
	}
	return out
}

func (p *parser) cell(base city.Instant, sources int) cell {
	head := p.byte()
	c := cell{observed: head&markObserve != 0}
	if city.ValueKind(head&kindMask) == city.None {
		return c
	}
	at := base + city.Instant(p.int())
	src := uint32(p.below(sources))
	v := p.content(head)
	if p.err != nil {
		return cell{}
	}
	observed := c.observed
	c = cellOf(&city.Attribute{Value: v})
	c.at, c.src, c.observed = at, src, observed
	return c
}

func (p *parser) evidence() []city.Evidence {
	n := p.count(6)
	if n == 0 {
		return nil
	}
	out := make([]city.Evidence, n)
	for i := range out {
		out[i] = city.Evidence{
			Entity:    city.EntityID(p.string()),
			Attribute: city.AttributeName(p.string()),
			Value:     p.value(),
			At:        city.Instant(p.int()),
			Source:    city.SourceID(p.string()),
			Note:      p.string(),
		}
	}
	return out
}

func (p *parser) situation() *city.Situation {
	s := &city.Situation{
		Severity:     city.Severity(p.byte()),
		RaisedAt:     city.Instant(p.int()),
		RaisedReason: p.string(),
		Place:        p.place(),
		Evidence:     p.evidence(),
		Change:       p.uint(),
	}
	return s
}
