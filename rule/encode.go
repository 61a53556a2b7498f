package rule

import (
	"encoding/binary"
	"math"

	"citybrain/city"
)

// writer appends the parts of a snapshot.
type writer struct{ b []byte }

func (w *writer) byte(v byte)     { w.b = append(w.b, v) }
func (w *writer) uint(v uint64)   { w.b = binary.AppendUvarint(w.b, v) }
func (w *writer) int(v int64)     { w.b = binary.AppendVarint(w.b, v) }
func (w *writer) bits(f float64)  { w.b = binary.LittleEndian.AppendUint64(w.b, math.Float64bits(f)) }
func (w *writer) string(s string) { w.uint(uint64(len(s))); w.b = append(w.b, s...) }

func (w *writer) bool(v bool) {
	if v {
		w.byte(1)
		return
	}
	w.byte(0)
}

// Marks beside the kind of a value.
const (
	kindMask    = 0x0f
	markWhole   = 0x40 // the number is written as a whole one
	markObserve = 0x80
)

// number writes f short where it is whole. It returns the mark to put before it.
func wholeMark(f float64) byte {
	if i := int64(f); math.Abs(f) < 1<<53 && math.Float64bits(float64(i)) == math.Float64bits(f) {
		return markWhole
	}
	return 0
}

func (w *writer) number(f float64) {
	if wholeMark(f) != 0 {
		w.int(int64(f))
		return
	}
	w.bits(f)
}

// content writes what a value holds; its kind has been written.
func (w *writer) content(v city.Value) {
	switch v.Kind {
	case city.Number, city.Bool:
		w.number(v.Num)
	case city.Geo:
		w.place(v.Place)
	case city.None:
	default:
		w.string(v.Text)
	}
}

func (w *writer) value(v city.Value) {
	head := byte(v.Kind)
	if v.Kind == city.Number || v.Kind == city.Bool {
		head |= wholeMark(v.Num)
	}
	w.byte(head)
	w.content(v)
}

func (w *writer) place(p *city.Place) {
	if p == nil {
		w.byte(0)
		return
	}
	w.byte(byte(p.Kind))
	w.uint(uint64(len(p.Points)))
	for _, q := range p.Points {
		w.bits(q.Lon)
		w.bits(q.Lat)
	}
	for _, ends := range [][]int32{p.Rings, p.Parts} {
		w.uint(uint64(len(ends)))
		for _, n := range ends {
			w.uint(uint64(n))
		}
	}
}

// cell writes c; instants are written as their distance from base.
func (w *writer) cell(c *cell, base city.Instant) {
	v := c.value()
	head := byte(c.kind)
	if c.kind == city.Number || c.kind == city.Bool {
		head |= wholeMark(c.num)
	}
	if c.observed {
		head |= markObserve
	}
	w.byte(head)
	if c.kind == city.None {
		return
	}
	w.int(int64(c.at - base))
	w.uint(uint64(c.src))
	w.content(v)
}

func (w *writer) evidence(list []city.Evidence) {
	w.uint(uint64(len(list)))
	for i := range list {
		ev := &list[i]
		w.string(string(ev.Entity))
		w.string(string(ev.Attribute))
		w.value(ev.Value)
		w.int(int64(ev.At))
		w.string(string(ev.Source))
		w.string(ev.Note)
	}
}

func (w *writer) situation(s *city.Situation) {
	w.byte(byte(s.Severity))
	w.int(int64(s.RaisedAt))
	w.string(s.RaisedReason)
	w.place(s.Place)
	w.evidence(s.Evidence)
	w.uint(s.Change)
}
