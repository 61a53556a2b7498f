package mapping

import (
	"fmt"
	"strconv"
	"strings"

	"citybrain/city"
	"citybrain/feed/crs"
	"citybrain/internal/wire"
)

// SourceCoordinates is the sub-attribute of a place that keeps the positions as
// the source wrote them, with the name of its coordinate system.
const SourceCoordinates city.AttributeName = "sourceCoordinates"

func (x *Mapper) fillPlace(f *field, row *Row, a *city.Attribute) (has bool, reason string) {
	points := make([]city.Point, len(f.points))
	empty := 0
	for i, slots := range f.points {
		lon, lat := x.value(row, slots[0]), x.value(row, slots[1])
		if lon == nil && lat == nil {
			empty++
			continue
		}
		for j, b := range [2][]byte{lon, lat} {
			v, ok := parseNumber(b)
			if !ok {
				return false, x.says(x.index[slots[j]], b, "is not a number of degrees")
			}
			if j == 0 {
				points[i].Lon = v
			} else {
				points[i].Lat = v
			}
		}
		if !points[i].Valid() {
			return false, fmt.Sprintf("%s %s, %s %s lies outside the world", x.names[x.index[slots[0]]], Excerpt(lon), x.names[x.index[slots[1]]], Excerpt(lat))
		}
	}
	if empty == len(points) {
		return false, ""
	}
	if empty > 0 {
		return false, fmt.Sprintf("%d of %d positions are missing", empty, len(points))
	}
	if f.system != crs.WGS84 {
		a.Sub = []city.Attribute{{Name: SourceCoordinates, Value: sourceCoordinates(f.system, points)}}
		for i, p := range points {
			points[i] = f.system.ToWGS84(p)
		}
	}
	if len(points) == 1 {
		a.Value.Place = &city.Place{Kind: city.PlacePoint, Points: points}
	} else {
		a.Value.Place = city.LinePlace(points...)
	}
	return true, ""
}

func sourceCoordinates(s crs.System, points []city.Point) city.Value {
	b := append([]byte(`{"crs":"`), s.String()...)
	b = append(b, `","coordinates":[`...)
	for i, p := range points {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, '[')
		b = strconv.AppendFloat(b, p.Lon, 'f', -1, 64)
		b = append(b, ',')
		b = strconv.AppendFloat(b, p.Lat, 'f', -1, 64)
		b = append(b, ']')
	}
	return city.Value{Kind: city.JSON, Text: string(append(b, "]}"...))}
}

// fillTemplate makes a text of several columns; it has a value if one of them
// has, and loses the spaces that missing ones leave at its ends.
func (x *Mapper) fillTemplate(f *field, row *Row, a *city.Attribute) (has bool, reason string) {
	text, ok := x.templateText(&f.text, row)
	if !ok {
		return false, ""
	}
	a.Value.Text = x.texts.text([]byte(text))
	return true, ""
}

func (x *Mapper) templateText(t *template, row *Row) (string, bool) {
	var empty int
	x.buf, empty = t.appendTo(x.buf[:0], func(slot int) []byte { return x.value(row, slot) })
	if empty == len(t.slots) && empty > 0 {
		return "", false
	}
	return strings.TrimSpace(string(x.buf)), true
}

// fillObject makes a JSON object of texts; members without a value are left out.
func (x *Mapper) fillObject(f *field, row *Row, a *city.Attribute) (has bool, reason string) {
	out := []byte{'{'}
	for i := range f.members {
		text, ok := x.templateText(&f.members[i].text, row)
		if !ok || text == "" {
			continue
		}
		if len(out) > 1 {
			out = append(out, ',')
		}
		out = wire.AppendString(out, f.members[i].name)
		out = append(out, ':')
		out = wire.AppendString(out, text)
	}
	if len(out) == 1 {
		return false, ""
	}
	a.Value.Text = string(append(out, '}'))
	return true, ""
}
