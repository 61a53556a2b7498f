package codec

import (
	"encoding/binary"
	"math"

	"citybrain/city"
)

// Seen is the latest observation time of one source for an entity.
type Seen struct {
	Source city.SourceID
	At     city.Instant
}

// AppendEntity appends the form of an entity of the present to dst.
func AppendEntity(dst []byte, n *city.Entity, seen []Seen) []byte {
	e := newEncoder(dst)
	e.text(string(n.ID))
	e.text(string(n.Type))
	e.int(int64(n.CreatedAt))
	e.int(int64(n.ModifiedAt))
	e.health(n.Health)
	e.uint(uint64(len(seen)))
	for _, s := range seen {
		e.text(string(s.Source))
		e.int(int64(s.At))
	}
	e.uint(uint64(len(n.Attributes)))
	at, source := n.ModifiedAt, city.SourceID("")
	for i := range n.Attributes {
		e.attribute(-1, &n.Attributes[i], at, n.ModifiedAt, source)
	}
	return e.done()
}

func (e *encoder) health(h city.Health) {
	e.bool(h.Faulty)
	e.out = append(e.out, h.Sound)
	e.int(int64(h.Since))
	e.uint(uint64(h.Fault))
	e.uint(uint64(len(h.Runs)))
	for _, r := range h.Runs {
		e.out = binary.LittleEndian.AppendUint64(e.out, math.Float64bits(r.Value))
		e.uint(uint64(r.Count))
		e.int(int64(r.From))
		e.int(int64(r.Last))
	}
}

// DecodeEntity reads what AppendEntity wrote.
func DecodeEntity(data []byte) (*city.Entity, []Seen, error) {
	d := newDecoder(data)
	n := &city.Entity{ID: city.EntityID(d.text()), Type: city.EntityType(d.text())}
	n.CreatedAt, n.ModifiedAt = city.Instant(d.int()), city.Instant(d.int())
	n.Health = d.health()
	var seen []Seen
	if k := d.count(2); k > 0 {
		seen = make([]Seen, k)
	}
	for i := range seen {
		seen[i] = Seen{city.SourceID(d.text()), city.Instant(d.int())}
	}
	n.Attributes = d.attributes(n.ModifiedAt, n.ModifiedAt, "")
	return n, seen, d.err("entity")
}

func (d *decoder) health() city.Health {
	h := city.Health{Faulty: d.byte() == 1, Sound: d.byte()}
	h.Since, h.Fault = city.Instant(d.int()), city.Flags(d.uint())
	if n := d.count(11); n > 0 {
		h.Runs = make([]city.Run, n)
	}
	for i := range h.Runs {
		h.Runs[i] = city.Run{Value: d.float(), Count: int32(d.uint()), From: city.Instant(d.int()), Last: city.Instant(d.int())}
	}
	return h
}
