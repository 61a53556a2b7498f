package codec

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"citybrain/city"
)

// ErrDamaged says that bytes are not what AppendBatch or AppendEntity wrote.
var ErrDamaged = errors.New("damaged or foreign data")

// decoder reads from in; the first fault ends all reading.
type decoder struct {
	in      []byte
	at      int
	strings []string
	shapes  []shape
	depth   int
	fault   string
}

func newDecoder(data []byte) *decoder {
	d := &decoder{in: data}
	if len(data) < 3 || data[0] != 'C' || data[1] != 'B' {
		d.fail("no header")
		return d
	}
	if data[2] != version {
		d.fail("form of another version")
	}
	d.at = 3
	return d
}

func (d *decoder) err(what string) error {
	if d.fault == "" && d.at != len(d.in) {
		d.fail("bytes left over")
	}
	if d.fault == "" {
		return nil
	}
	return fmt.Errorf("%s: %w at byte %d: %s", what, ErrDamaged, d.at, d.fault)
}

func (d *decoder) fail(why string) {
	if d.fault == "" {
		d.fault = why
	}
}

// DecodeBatch reads what AppendBatch wrote. The batch owns all its memory.
func DecodeBatch(data []byte) (*city.Batch, error) {
	d := newDecoder(data)
	b := &city.Batch{Tick: d.byte() == 1, Clock: city.Instant(d.int())}
	if n := d.count(9); n > 0 {
		b.Changes = make([]city.Change, n)
	}
	prev := &city.Change{At: b.Clock}
	for i := range b.Changes {
		d.change(&b.Changes[i], prev)
		prev = &b.Changes[i]
		if d.fault != "" {
			break
		}
	}
	b.Progress = d.progress()
	if err := d.err("batch"); err != nil {
		return nil, err
	}
	return b, nil
}

func (d *decoder) change(c, prev *city.Change) {
	c.Op = city.Op(d.byte())
	if c.Op < city.OpObserve || c.Op > city.OpPatch {
		d.fail("unknown operation")
		return
	}
	c.Flags = city.Flags(d.uint())
	c.Entity = city.EntityID(d.text())
	c.Type = city.EntityType(d.text())
	c.Source = city.SourceID(d.text())
	c.At = prev.At + city.Instant(d.int())
	c.ReceivedAt = c.At + city.Instant(d.int())
	c.Row = prev.Row + d.int()
	if c.Op == city.OpQuarantine {
		c.Reason, c.Raw = d.text(), d.text()
	}
	c.Attributes = d.attributes(c.At, c.ReceivedAt, c.Source)
}

const maxDepth = 16

func (d *decoder) attributes(at, received city.Instant, source city.SourceID) []city.Attribute {
	n := d.count(1)
	if n == 0 || d.fault != "" {
		return nil
	}
	if d.depth++; d.depth > maxDepth {
		d.fail("attributes nested too deep")
		return nil
	}
	list := make([]city.Attribute, n)
	for i := range list {
		d.attribute(&list[i], at, received, source)
		if d.fault != "" {
			return nil
		}
	}
	d.depth--
	return list
}

func (d *decoder) attribute(a *city.Attribute, at, received city.Instant, source city.SourceID) {
	s := d.shape()
	a.Name, a.Unit = s.name, s.unit
	a.Value = d.value(s.kind, s.bits)
	switch {
	case s.bits&bitObserved != 0:
		a.ObservedAt = at
	case s.bits&bitObservedOther != 0:
		a.ObservedAt = at + city.Instant(d.int())
	}
	a.ReceivedAt = received
	if s.bits&bitReceivedOther != 0 {
		a.ReceivedAt += city.Instant(d.int())
	}
	a.Source = source
	if s.bits&bitSourceOther != 0 {
		a.Source = city.SourceID(d.text())
	}
	if s.bits&bitFlags != 0 {
		a.Flags = city.Flags(d.uint())
	}
	if s.bits&bitSub != 0 {
		a.Sub = d.attributes(at, received, source)
	}
}

func (d *decoder) shape() shape {
	ref := d.uint()
	switch {
	case ref < uint64(len(d.shapes)):
		return d.shapes[ref]
	case ref > uint64(len(d.shapes)):
		d.fail("reference to an unknown shape")
		return shape{}
	}
	s := shape{name: city.AttributeName(d.text()), unit: city.Unit(d.text())}
	s.kind, s.bits = city.ValueKind(d.byte()), d.byte()
	if s.kind > city.JSON {
		d.fail("unknown kind of value")
	}
	d.shapes = append(d.shapes, s)
	return s
}

func (d *decoder) value(kind city.ValueKind, bits uint8) city.Value {
	v := city.Value{Kind: kind}
	switch kind {
	case city.Number, city.Bool:
		if bits&bitInteger != 0 {
			v.Num = float64(d.int())
		} else {
			v.Num = d.float()
		}
	case city.Text, city.Time, city.Relation, city.JSON:
		v.Text = d.text()
	case city.Geo:
		v.Place = d.place()
	}
	return v
}

func (d *decoder) place() *city.Place {
	kind := city.PlaceKind(d.byte())
	if kind == 0 {
		return nil
	}
	if kind > city.PlaceMultiPolygon {
		d.fail("unknown kind of place")
		return nil
	}
	p := &city.Place{Kind: kind}
	if n := d.count(16); n > 0 {
		p.Points = make([]city.Point, n)
	}
	for i := range p.Points {
		p.Points[i] = city.Point{Lon: d.float(), Lat: d.float()}
	}
	p.Rings = d.ends(len(p.Points))
	p.Parts = d.ends(len(p.Rings))
	return p
}

// ends reads increasing indexes of at most most.
func (d *decoder) ends(most int) []int32 {
	n := d.count(1)
	if n == 0 {
		return nil
	}
	list := make([]int32, n)
	last := uint64(0)
	for i := range list {
		e := d.uint()
		if e < last || e > uint64(most) {
			d.fail("ring or part outside its place")
			return nil
		}
		list[i], last = int32(e), e
	}
	return list
}

func (d *decoder) progress() []city.Progress {
	n := d.count(11)
	if n == 0 {
		return nil
	}
	list := make([]city.Progress, n)
	for i := range list {
		p := &list[i]
		p.Feed, p.Run, p.Lane, p.Row = city.FeedID(d.text()), d.uint(), d.byte(), d.int()
		for k := range p.Counts {
			p.Counts[k] = int64(d.uint())
		}
		p.LastAt, p.At = city.Instant(d.int()), city.Instant(d.int())
		if p.Lane >= city.Lanes {
			d.fail("unknown lane")
		}
	}
	return list
}

// count reads the number of elements that take at least size bytes each.
func (d *decoder) count(size int) int {
	n := d.uint()
	if n > uint64((len(d.in)-d.at)/size) {
		d.fail("more elements than bytes")
		return 0
	}
	return int(n)
}

func (d *decoder) text() string {
	ref := d.uint()
	if ref < uint64(len(d.strings)) {
		return d.strings[ref]
	}
	if ref > uint64(len(d.strings)) {
		d.fail("reference to an unknown string")
		return ""
	}
	n := d.count(1)
	s := string(d.in[d.at : d.at+n])
	d.at += n
	d.strings = append(d.strings, s)
	return s
}

func (d *decoder) byte() byte {
	if d.fault != "" || d.at >= len(d.in) {
		d.fail("ends too early")
		return 0
	}
	d.at++
	return d.in[d.at-1]
}

func (d *decoder) uint() uint64 {
	if d.fault != "" {
		return 0
	}
	n, size := binary.Uvarint(d.in[d.at:])
	if size <= 0 {
		d.fail("ends too early")
		return 0
	}
	d.at += size
	return n
}

func (d *decoder) int() int64 {
	if d.fault != "" {
		return 0
	}
	n, size := binary.Varint(d.in[d.at:])
	if size <= 0 {
		d.fail("ends too early")
		return 0
	}
	d.at += size
	return n
}

func (d *decoder) float() float64 {
	if d.fault != "" || d.at+8 > len(d.in) {
		d.fail("ends too early")
		return 0
	}
	f := math.Float64frombits(binary.LittleEndian.Uint64(d.in[d.at:]))
	d.at += 8
	return f
}
