package wire

import (
	"bytes"
	"encoding/json/jsontext"
	"io"
	"strconv"
	"sync"

	"citybrain/city"
)

// ParsePlace reads a GeoJSON geometry (RFC 7946 section 3.1): Point, LineString,
// Polygon and their Multi forms, WGS 84, two coordinates a position. The error
// is a *city.Error whose Field is the member at fault below the geometry.
func ParsePlace(raw []byte) (*city.Place, error) {
	d := placeDecoders.Get().(*placeDecoder)
	defer d.release()
	d.in = *bytes.NewBuffer(raw)
	d.dec.Reset(&d.in)
	p, err := d.geometry()
	if err != nil {
		return nil, err
	}
	if _, err := d.dec.ReadToken(); err != io.EOF {
		return nil, placeFault("", "there is more after the geometry")
	}
	return p, nil
}

const placeOp = "wire.ParsePlace"

func placeFault(field, format string, args ...any) error {
	return city.InvalidField(placeOp, field, format, args...)
}

type placeDecoder struct {
	in     bytes.Buffer
	dec    jsontext.Decoder
	points []city.Point
	rings  []int32
	parts  []int32
}

var placeDecoders = sync.Pool{New: func() any { return new(placeDecoder) }}

func (d *placeDecoder) release() {
	if cap(d.points) <= 4096 {
		d.in = bytes.Buffer{}
		d.dec.Reset(&d.in)
		placeDecoders.Put(d)
	}
}

func (d *placeDecoder) geometry() (*city.Place, error) {
	if d.dec.PeekKind() != '{' {
		return nil, placeFault("", "a geometry is an object with type and coordinates")
	}
	_, _ = d.dec.ReadToken()
	var kind city.PlaceKind
	depth := -1 // of the arrays around positions; -1: no coordinates yet
	for d.dec.PeekKind() == '"' {
		name, err := d.dec.ReadToken()
		if err != nil {
			return nil, d.syntax(err)
		}
		switch name.String() {
		case "type":
			if kind, err = d.kind(); err != nil {
				return nil, err
			}
		case "coordinates":
			d.points, d.rings, d.parts = d.points[:0], d.rings[:0], d.parts[:0]
			if depth, err = d.coordinates(0); err != nil {
				return nil, err
			}
		case "bbox":
			if err := d.dec.SkipValue(); err != nil {
				return nil, d.syntax(err)
			}
		default:
			return nil, placeFault(name.String(), "a geometry has no such member (RFC 7946: type, coordinates, bbox)")
		}
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return nil, d.syntax(err)
	}
	switch {
	case kind == 0:
		return nil, placeFault("type", "is missing")
	case depth < 0:
		return nil, placeFault("coordinates", "is missing")
	}
	return d.place(kind, depth)
}

func (d *placeDecoder) kind() (city.PlaceKind, error) {
	if d.dec.PeekKind() != '"' {
		return 0, placeFault("type", "must be a text")
	}
	t, err := d.dec.ReadToken()
	if err != nil {
		return 0, d.syntax(err)
	}
	if kind := city.PlaceKindOf(t.String()); kind != 0 {
		return kind, nil
	}
	if t.String() == "GeometryCollection" {
		return 0, &city.Error{Kind: city.Unsupported, Op: placeOp, Field: "type", Detail: "GeometryCollection is not kept in this version"}
	}
	return 0, placeFault("type", "%q is not a geometry type", t.String())
}

// coordinates reads a position or arrays of positions and returns how many
// arrays stood around each position. All have the same number.
func (d *placeDecoder) coordinates(level int) (int, error) {
	if level > 3 || d.dec.PeekKind() != '[' {
		return 0, placeFault("coordinates", "must be a position [lon, lat] or up to three levels of arrays of positions")
	}
	_, _ = d.dec.ReadToken()
	switch d.dec.PeekKind() {
	case ']':
		return 0, placeFault("coordinates", "holds an empty array")
	case '0':
		return 0, d.position()
	}
	inner := -1
	for d.dec.PeekKind() != ']' {
		n, err := d.coordinates(level + 1)
		if err != nil {
			return 0, err
		}
		if inner >= 0 && n != inner {
			return 0, placeFault("coordinates", "holds positions at different levels")
		}
		inner = n
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return 0, d.syntax(err)
	}
	switch inner {
	case 0:
		d.rings = append(d.rings, int32(len(d.points)))
	case 1:
		d.parts = append(d.parts, int32(len(d.rings)))
	}
	return inner + 1, nil
}

// position reads the rest of a position behind its bracket.
func (d *placeDecoder) position() error {
	var at [2]float64
	for i := range at {
		if d.dec.PeekKind() != '0' {
			return placeFault("coordinates", "a position is two numbers, longitude and latitude")
		}
		v, err := d.dec.ReadValue()
		if err != nil {
			return d.syntax(err)
		}
		if at[i], err = strconv.ParseFloat(string(v), 64); err != nil {
			return placeFault("coordinates", "%s is not a degree", v)
		}
	}
	switch d.dec.PeekKind() {
	case ']':
	case '0':
		return placeFault("coordinates", "a height is not kept in this version: a position is two numbers, longitude and latitude")
	default:
		return placeFault("coordinates", "a position is two numbers, longitude and latitude")
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return d.syntax(err)
	}
	p := city.Point{Lon: at[0], Lat: at[1]}
	if !p.Valid() {
		return placeFault("coordinates", "[%v, %v] lies outside the world (longitude -180 to 180, then latitude -90 to 90, in degrees)", p.Lon, p.Lat)
	}
	d.points = append(d.points, p)
	return nil
}

func (d *placeDecoder) syntax(err error) error {
	return &city.Error{Kind: city.Invalid, Op: placeOp, Detail: "is not JSON: " + SyntaxDetail(err), Err: err}
}

// levels is the number of arrays around the positions of each kind.
var levels = [...]int{city.PlacePoint: 0, city.PlaceMultiPoint: 1, city.PlaceLineString: 1,
	city.PlaceMultiLineString: 2, city.PlacePolygon: 2, city.PlaceMultiPolygon: 3}

func (d *placeDecoder) place(kind city.PlaceKind, depth int) (*city.Place, error) {
	if depth != levels[kind] {
		return nil, placeFault("coordinates", "does not have the shape of a %s", kind)
	}
	p := &city.Place{Kind: kind, Points: append([]city.Point(nil), d.points...)}
	if depth >= 2 {
		p.Rings = append([]int32(nil), d.rings...)
	}
	if depth == 3 {
		p.Parts = append([]int32(nil), d.parts...)
	}
	switch kind {
	case city.PlaceLineString, city.PlaceMultiLineString:
		return p, checkLines(p, d.rings)
	case city.PlacePolygon, city.PlaceMultiPolygon:
		return p, checkRings(p)
	}
	return p, nil
}

func checkLines(p *city.Place, ends []int32) error {
	start := int32(0)
	for _, end := range ends {
		if end-start < 2 {
			return placeFault("coordinates", "a line has at least two positions")
		}
		start = end
	}
	return nil
}

func checkRings(p *city.Place) error {
	start := int32(0)
	for _, end := range p.Rings {
		if end-start < 4 || p.Points[start] != p.Points[end-1] {
			return placeFault("coordinates", "a ring has at least four positions and ends where it starts")
		}
		start = end
	}
	return nil
}

// AppendPlace appends p as a GeoJSON geometry, null if p is nil.
func AppendPlace(dst []byte, p *city.Place) []byte {
	if p == nil {
		return append(dst, "null"...)
	}
	dst = append(dst, `{"type":"`...)
	dst = append(dst, p.Kind.String()...)
	dst = append(dst, `","coordinates":`...)
	switch p.Kind {
	case city.PlacePoint:
		dst = appendPosition(dst, p.Points[0])
	case city.PlaceLineString, city.PlaceMultiPoint:
		dst = appendLine(dst, p.Points)
	case city.PlacePolygon, city.PlaceMultiLineString:
		dst = appendLines(dst, p, 0, int32(len(p.Rings)))
	case city.PlaceMultiPolygon:
		dst = append(dst, '[')
		first := int32(0)
		for i, end := range p.Parts {
			dst = comma(dst, i)
			dst = appendLines(dst, p, first, end)
			first = end
		}
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

func appendPosition(dst []byte, p city.Point) []byte {
	dst = append(dst, '[')
	dst = AppendNumber(dst, p.Lon)
	dst = append(dst, ',')
	dst = AppendNumber(dst, p.Lat)
	return append(dst, ']')
}

func appendLine(dst []byte, points []city.Point) []byte {
	dst = append(dst, '[')
	for i, p := range points {
		dst = comma(dst, i)
		dst = appendPosition(dst, p)
	}
	return append(dst, ']')
}

// appendLines appends the rings with index from to end.
func appendLines(dst []byte, p *city.Place, from, end int32) []byte {
	dst = append(dst, '[')
	for i := from; i < end; i++ {
		start := int32(0)
		if i > 0 {
			start = p.Rings[i-1]
		}
		dst = comma(dst, int(i-from))
		dst = appendLine(dst, p.Points[start:p.Rings[i]])
	}
	return append(dst, ']')
}

func comma(dst []byte, i int) []byte {
	if i > 0 {
		dst = append(dst, ',')
	}
	return dst
}
