package codec

import (
	"encoding/binary"
	"math"
	"sync"

	"citybrain/city"
)

const version = 1

// shape is what attributes of one column have in common.
type shape struct {
	name city.AttributeName
	unit city.Unit
	kind city.ValueKind
	bits uint8
}

// The bits of a shape.
const (
	bitObserved      = 1 << iota // ObservedAt equals the change's At
	bitObservedOther             // ObservedAt follows
	bitReceivedOther             // ReceivedAt differs from the change's and follows
	bitSourceOther               // Source differs from the change's and follows
	bitFlags                     // flags follow
	bitSub                       // sub-attributes follow
	bitInteger                   // Num is written as a varint
)

type encoder struct {
	out     []byte
	strings map[string]uint32
	shapes  map[shape]uint32
	columns []shapeRef // the shape last used for the i-th attribute of a change
	last    [4]stringRef
}

type shapeRef struct {
	shape
	ref uint32
}

type stringRef struct {
	s   string
	ref uint32
}

var encoders = sync.Pool{New: func() any {
	return &encoder{strings: map[string]uint32{}, shapes: map[shape]uint32{}}
}}

func newEncoder(dst []byte) *encoder {
	e := encoders.Get().(*encoder)
	clear(e.strings)
	clear(e.shapes)
	e.columns = e.columns[:0]
	e.last = [4]stringRef{}
	e.out = append(dst, 'C', 'B', version)
	return e
}

func (e *encoder) done() []byte {
	out := e.out
	e.out = nil
	encoders.Put(e)
	return out
}

// AppendBatch appends the form of b to dst. It is safe for concurrent use.
func AppendBatch(dst []byte, b *city.Batch) []byte {
	e := newEncoder(dst)
	e.bool(b.Tick)
	e.int(int64(b.Clock))
	e.uint(uint64(len(b.Changes)))
	prev := &city.Change{At: b.Clock}
	for i := range b.Changes {
		e.change(&b.Changes[i], prev)
		prev = &b.Changes[i]
	}
	e.progress(b.Progress)
	return e.done()
}

func (e *encoder) change(c, prev *city.Change) {
	e.out = append(e.out, byte(c.Op))
	e.uint(uint64(c.Flags))
	e.text(string(c.Entity))
	e.column(0, string(c.Type))
	e.column(1, string(c.Source))
	e.int(int64(c.At - prev.At))
	e.int(int64(c.ReceivedAt - c.At))
	e.int(c.Row - prev.Row)
	if c.Op == city.OpQuarantine {
		e.text(c.Reason)
		e.text(c.Raw)
	}
	e.uint(uint64(len(c.Attributes)))
	for i := range c.Attributes {
		e.attribute(i, &c.Attributes[i], c.At, c.ReceivedAt, c.Source)
	}
}

func (e *encoder) attribute(i int, a *city.Attribute, at, received city.Instant, source city.SourceID) {
	s := shape{name: a.Name, unit: a.Unit, kind: a.Value.Kind}
	switch a.ObservedAt {
	case 0:
	case at:
		s.bits |= bitObserved
	default:
		s.bits |= bitObservedOther
	}
	if a.ReceivedAt != received {
		s.bits |= bitReceivedOther
	}
	if a.Source != source {
		s.bits |= bitSourceOther
	}
	if a.Flags != 0 {
		s.bits |= bitFlags
	}
	if len(a.Sub) > 0 {
		s.bits |= bitSub
	}
	if n := a.Value.Num; n == math.Trunc(n) && math.Abs(n) < 1<<53 && !(n == 0 && math.Signbit(n)) {
		s.bits |= bitInteger
	}
	e.shape(i, s)
	e.value(a.Value, s.bits)
	if s.bits&bitObservedOther != 0 {
		e.int(int64(a.ObservedAt - at))
	}
	if s.bits&bitReceivedOther != 0 {
		e.int(int64(a.ReceivedAt - received))
	}
	if s.bits&bitSourceOther != 0 {
		e.column(2, string(a.Source))
	}
	if s.bits&bitFlags != 0 {
		e.uint(uint64(a.Flags))
	}
	if s.bits&bitSub != 0 {
		e.uint(uint64(len(a.Sub)))
		for k := range a.Sub {
			e.attribute(-1, &a.Sub[k], at, received, source)
		}
	}
}

// shape writes a reference to s, first asking whether the same column of the
// change before had it.
func (e *encoder) shape(i int, s shape) {
	if i >= 0 && i < len(e.columns) && e.columns[i].shape == s {
		e.uint(uint64(e.columns[i].ref))
		return
	}
	ref, known := e.shapes[s]
	if !known {
		ref = uint32(len(e.shapes))
		e.shapes[s] = ref
	}
	e.uint(uint64(ref))
	if !known {
		e.text(string(s.name))
		e.text(string(s.unit))
		e.out = append(e.out, byte(s.kind), s.bits)
	}
	if i >= 0 {
		for len(e.columns) <= i {
			e.columns = append(e.columns, shapeRef{})
		}
		e.columns[i] = shapeRef{s, ref}
	}
}

func (e *encoder) value(v city.Value, bits uint8) {
	switch v.Kind {
	case city.Number, city.Bool:
		if bits&bitInteger != 0 {
			e.int(int64(v.Num))
		} else {
			e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(v.Num))
		}
	case city.Text:
		e.column(3, v.Text)
	case city.Time, city.Relation, city.JSON:
		e.text(v.Text)
	case city.Geo:
		e.place(v.Place)
	}
}

func (e *encoder) place(p *city.Place) {
	if p == nil {
		e.out = append(e.out, 0)
		return
	}
	e.out = append(e.out, byte(p.Kind))
	e.uint(uint64(len(p.Points)))
	for _, q := range p.Points {
		e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(q.Lon))
		e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(q.Lat))
	}
	e.ints(p.Rings)
	e.ints(p.Parts)
}

func (e *encoder) ints(list []int32) {
	e.uint(uint64(len(list)))
	for _, n := range list {
		e.uint(uint64(n))
	}
}

func (e *encoder) progress(list []city.Progress) {
	e.uint(uint64(len(list)))
	for i := range list {
		p := &list[i]
		e.text(string(p.Feed))
		e.uint(p.Run)
		e.out = append(e.out, p.Lane)
		e.int(p.Row)
		for _, n := range p.Counts {
			e.uint(uint64(n))
		}
		e.int(int64(p.LastAt))
		e.int(int64(p.At))
	}
}

func (e *encoder) uint(n uint64) { e.out = binary.AppendUvarint(e.out, n) }
func (e *encoder) int(n int64)   { e.out = binary.AppendVarint(e.out, n) }

func (e *encoder) bool(b bool) {
	if b {
		e.out = append(e.out, 1)
	} else {
		e.out = append(e.out, 0)
	}
}

func (e *encoder) text(s string) uint32 {
	ref, known := e.strings[s]
	if !known {
		ref = uint32(len(e.strings))
		e.strings[s] = ref
	}
	e.uint(uint64(ref))
	if !known {
		e.uint(uint64(len(s)))
		e.out = append(e.out, s...)
	}
	return ref
}

// column is text for a string that is mostly the same as the last one written
// in the same column.
func (e *encoder) column(i int, s string) {
	if l := &e.last[i]; l.s == s && len(e.strings) > 0 && s != "" {
		e.uint(uint64(l.ref))
		return
	}
	e.last[i] = stringRef{s, e.text(s)}
}
