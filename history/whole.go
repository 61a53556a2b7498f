package history

import (
	"encoding/binary"
	"errors"
	"math"

	"citybrain/city"
)

// Instances that no plain column holds are kept whole, in a binary form of all
// their fields, exactly. It is data on disk, guarded by the segment's digest.

var errWhole = errors.New("not the form of attributes")

// maxNesting bounds properties of properties; the JSON decoder at the city's
// edge allows no more.
const maxNesting = 10_000

func appendWhole(b []byte, list []city.Attribute) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for i := range list {
		a := &list[i]
		b = appendText(b, string(a.Name))
		b = appendText(b, string(a.Unit))
		b = binary.AppendVarint(b, int64(a.ObservedAt))
		b = binary.AppendVarint(b, int64(a.ReceivedAt))
		b = appendText(b, string(a.Source))
		b = binary.AppendUvarint(b, uint64(a.Flags))
		b = appendValue(b, &a.Value)
		b = appendWhole(b, a.Sub)
	}
	return b
}

func appendValue(b []byte, v *city.Value) []byte {
	b = append(b, byte(v.Kind))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(v.Num))
	b = appendText(b, v.Text)
	if v.Place == nil {
		return append(b, 0)
	}
	b = append(b, 1, byte(v.Place.Kind))
	b = binary.AppendUvarint(b, uint64(len(v.Place.Points)))
	for _, q := range v.Place.Points {
		b = appendWKBPoint(b, q)
	}
	return appendEnds(appendEnds(b, v.Place.Rings), v.Place.Parts)
}

func appendEnds(b []byte, list []int32) []byte {
	b = binary.AppendUvarint(b, uint64(len(list)))
	for _, e := range list {
		b = binary.AppendVarint(b, int64(e))
	}
	return b
}

// decodeWhole reads what appendWhole wrote; data may be anything.
func decodeWhole(data []byte) ([]city.Attribute, error) {
	d := reader{rest: data}
	list := d.attributes(0)
	if d.bad || len(d.rest) != 0 {
		return nil, errWhole
	}
	return list, nil
}

func (d *reader) attributes(depth int) []city.Attribute {
	if depth > maxNesting {
		d.fail()
		return nil
	}
	n := d.count(18) // the least an attribute takes
	if n == 0 {
		return nil
	}
	list := make([]city.Attribute, n)
	for i := range list {
		a := &list[i]
		a.Name, a.Unit = city.AttributeName(d.text()), city.Unit(d.text())
		a.ObservedAt, a.ReceivedAt = city.Instant(d.signed()), city.Instant(d.signed())
		a.Source, a.Flags = city.SourceID(d.text()), city.Flags(d.number())
		a.Value = d.value()
		a.Sub = d.attributes(depth + 1)
	}
	return list
}

func (d *reader) value() city.Value {
	v := city.Value{Kind: city.ValueKind(d.byte()), Num: d.float(), Text: d.text()}
	if d.byte() == 0 {
		return v
	}
	v.Place = &city.Place{Kind: city.PlaceKind(d.byte())}
	for range d.count(16) {
		v.Place.Points = append(v.Place.Points, city.Point{Lon: d.float(), Lat: d.float()})
	}
	v.Place.Rings, v.Place.Parts = d.ends(), d.ends()
	return v
}

func (d *reader) ends() []int32 {
	var list []int32
	for range d.count(1) {
		list = append(list, int32(d.signed()))
	}
	return list
}

func (d *reader) signed() int64 {
	v, n := binary.Varint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

func (d *reader) float() float64 {
	if len(d.rest) < 8 {
		d.fail()
		return 0
	}
	v := binary.LittleEndian.Uint64(d.rest)
	d.rest = d.rest[8:]
	return math.Float64frombits(v)
}
