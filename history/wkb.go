package history

import (
	"encoding/binary"
	"errors"
	"math"

	"citybrain/city"
)

// Places are kept as well-known binary (ISO 19125, little endian), which any
// reader of Parquet can map.

var errWKB = errors.New("not the well-known binary form of a place")

// wkbFits says whether p has a WKB form from which it comes back equal.
func wkbFits(p *city.Place) bool {
	if p == nil {
		return false
	}
	switch p.Kind {
	case city.PlacePoint:
		return len(p.Points) == 1 && len(p.Rings) == 0 && len(p.Parts) == 0
	case city.PlaceLineString, city.PlaceMultiPoint:
		return len(p.Rings) == 0 && len(p.Parts) == 0
	case city.PlacePolygon, city.PlaceMultiLineString:
		return len(p.Parts) == 0 && ends(p.Rings, len(p.Points))
	case city.PlaceMultiPolygon:
		return ends(p.Rings, len(p.Points)) && ends(p.Parts, len(p.Rings))
	}
	return false
}

// ends says whether the ends of parts rise and the last is n.
func ends(list []int32, n int) bool {
	last := int32(0)
	for _, e := range list {
		if e < last {
			return false
		}
		last = e
	}
	return int(last) == n
}

// wkbTypes are the numbers of the geometry types, by city.PlaceKind.
var wkbTypes = [...]uint32{
	city.PlacePoint: 1, city.PlaceLineString: 2, city.PlacePolygon: 3,
	city.PlaceMultiPoint: 4, city.PlaceMultiLineString: 5, city.PlaceMultiPolygon: 6,
}

// appendWKB appends the form of p, for which wkbFits holds.
func appendWKB(b []byte, p *city.Place) []byte {
	b = appendWKBHead(b, p.Kind)
	switch p.Kind {
	case city.PlacePoint:
		return appendWKBPoint(b, p.Points[0])
	case city.PlaceLineString:
		return appendWKBPoints(b, p.Points)
	case city.PlacePolygon:
		return appendWKBRings(b, p, 0, int32(len(p.Rings)))
	case city.PlaceMultiPoint:
		b = appendCount(b, len(p.Points))
		for _, q := range p.Points {
			b = appendWKBPoint(appendWKBHead(b, city.PlacePoint), q)
		}
	case city.PlaceMultiLineString:
		b = appendCount(b, len(p.Rings))
		for i := range p.Rings {
			b = appendWKBPoints(appendWKBHead(b, city.PlaceLineString), ringPoints(p, i))
		}
	case city.PlaceMultiPolygon:
		b = appendCount(b, len(p.Parts))
		from := int32(0)
		for _, end := range p.Parts {
			b = appendWKBRings(appendWKBHead(b, city.PlacePolygon), p, from, end)
			from = end
		}
	}
	return b
}

func appendWKBHead(b []byte, k city.PlaceKind) []byte {
	return binary.LittleEndian.AppendUint32(append(b, 1), wkbTypes[k])
}

func appendCount(b []byte, n int) []byte { return binary.LittleEndian.AppendUint32(b, uint32(n)) }

func appendWKBPoint(b []byte, p city.Point) []byte {
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Lon))
	return binary.LittleEndian.AppendUint64(b, math.Float64bits(p.Lat))
}

func appendWKBPoints(b []byte, points []city.Point) []byte {
	b = appendCount(b, len(points))
	for _, p := range points {
		b = appendWKBPoint(b, p)
	}
	return b
}

func appendWKBRings(b []byte, p *city.Place, from, to int32) []byte {
	b = appendCount(b, int(to-from))
	for i := from; i < to; i++ {
		b = appendWKBPoints(b, ringPoints(p, int(i)))
	}
	return b
}

func ringPoints(p *city.Place, i int) []city.Point {
	from := int32(0)
	if i > 0 {
		from = p.Rings[i-1]
	}
	return p.Points[from:p.Rings[i]]
}

// decodeWKB reads the whole of data.
func decodeWKB(data []byte) (*city.Place, error) {
	d := wkbReader{rest: data}
	p := &city.Place{Kind: d.head()}
	switch p.Kind {
	case city.PlacePoint:
		p.Points = []city.Point{d.point()}
	case city.PlaceLineString:
		d.points(p)
	case city.PlacePolygon:
		d.rings(p)
	case city.PlaceMultiPoint:
		for range d.count(21) {
			d.expect(city.PlacePoint)
			p.Points = append(p.Points, d.point())
		}
	case city.PlaceMultiLineString:
		p.Rings = []int32{}
		for range d.count(9) {
			d.expect(city.PlaceLineString)
			d.ring(p)
		}
	case city.PlaceMultiPolygon:
		p.Rings, p.Parts = []int32{}, []int32{}
		for range d.count(9) {
			d.expect(city.PlacePolygon)
			d.rings(p)
			p.Parts = append(p.Parts, int32(len(p.Rings)))
		}
	}
	if d.bad || len(d.rest) != 0 {
		return nil, errWKB
	}
	return p, nil
}

// wkbReader takes values off the front of its bytes; once it fails, it yields
// zeros and stays bad.
type wkbReader struct {
	rest []byte
	bad  bool
}

func (d *wkbReader) take(n int) []byte {
	if d.bad || len(d.rest) < n {
		d.bad, d.rest = true, nil
		return make([]byte, n)
	}
	b := d.rest[:n]
	d.rest = d.rest[n:]
	return b
}

func (d *wkbReader) head() city.PlaceKind {
	b := d.take(5)
	for k, n := range wkbTypes {
		if n != 0 && b[0] == 1 && n == binary.LittleEndian.Uint32(b[1:]) {
			return city.PlaceKind(k)
		}
	}
	d.bad = true
	return 0
}

func (d *wkbReader) expect(k city.PlaceKind) {
	if d.head() != k {
		d.bad = true
	}
}

// count reads a number of elements that take at least size bytes each.
func (d *wkbReader) count(size int) int {
	n := binary.LittleEndian.Uint32(d.take(4))
	if uint64(n)*uint64(size) > uint64(len(d.rest)) {
		d.bad = true
		return 0
	}
	return int(n)
}

func (d *wkbReader) point() city.Point {
	b := d.take(16)
	return city.Point{
		Lon: math.Float64frombits(binary.LittleEndian.Uint64(b)),
		Lat: math.Float64frombits(binary.LittleEndian.Uint64(b[8:])),
	}
}

func (d *wkbReader) points(p *city.Place) {
	n := d.count(16)
	for range n {
		p.Points = append(p.Points, d.point())
	}
}

func (d *wkbReader) ring(p *city.Place) {
	d.points(p)
	p.Rings = append(p.Rings, int32(len(p.Points)))
}

func (d *wkbReader) rings(p *city.Place) {
	if p.Rings == nil {
		p.Rings = []int32{}
	}
	for range d.count(4) {
		d.ring(p)
	}
}
