package land

import (
	"strconv"

	"citybrain/city"
	"citybrain/internal/wire"
)

// Basemap is the plan as a GeoJSON FeatureCollection, one feature a line. The
// properties are kind, and where they are known id, name (zh and en) and rank.
func (p *Plan) Basemap() []byte {
	m := &drawing{out: []byte("{\"type\":\"FeatureCollection\",\"features\":[\n")}
	for _, d := range p.Districts {
		m.polygon("district", d.ID, d.Name, d.Shape)
	}
	m.parks()
	for _, q := range p.quarters {
		m.polygons("park", q.parks)
		m.polygons("block", q.blocks)
	}
	m.polygon("river", "river", city.Names{ZH: "示例江", EN: "Example River"}, closed(riverBed()).simplified(4))
	m.polygon("water", "lake", city.Names{ZH: "西湖", EN: "West Lake"}, lakeShore().simplified(3))
	m.polygon("park", "island", city.Names{ZH: "橘洲", EN: "Orange Island"}, island().simplified(4))
	for _, q := range p.quarters {
		m.polygons("building", q.buildings)
	}
	for _, v := range venues {
		m.polygon("building", v.ID, v.Name, v.Shape)
	}
	for _, q := range p.quarters {
		m.lanes(q.lanes)
	}
	p.drawStreets(m)
	for _, r := range p.Railways {
		m.feature("rail", "", r.Name, 0, "LineString", func() { m.line(clipped(r.Line).simplified(3)) })
	}
	return append(m.out, "\n]}\n"...)
}

// parks draws the large parks and hills.
func (m *drawing) parks() {
	names := []city.Names{
		{ZH: "西湖公园", EN: "West Lake Park"}, {ZH: "人民公园", EN: "People's Park"}, {ZH: "南山", EN: "South Hill"},
		{ZH: "北山", EN: "North Hill"}, {ZH: "东滩湿地", EN: "East Wetland"},
	}
	for i, shape := range woods() {
		m.polygon("park", "park-"+strconv.Itoa(i+1), names[i], shape.simplified(5))
	}
}

// drawStreets draws each street from its first to its last junction.
func (p *Plan) drawStreets(m *drawing) {
	for rank := Collector; rank >= RingRoad; rank-- {
		for i, s := range p.Streets {
			if s.Rank != rank {
				continue
			}
			var line Line
			for _, e := range p.Edges {
				if e.Street == i && !e.edge {
					line = append(line, e.Line[min(len(line), 1):]...)
				}
			}
			m.feature("road", s.ID, s.Name, int(rank), "LineString", func() { m.line(line.simplified(1.5)) })
		}
	}
}

func closed(l Line) Line { return append(l, l[0]) }

// clipped is the part of a line inside the edge of the plan.
func clipped(l Line) Line {
	inside := edge()
	var out Line
	for _, v := range l {
		if inside.contains(v) {
			out = append(out, v)
		}
	}
	return out
}

// drawing appends features.
type drawing struct {
	out  []byte
	some bool
}

func (m *drawing) feature(kind, id string, name city.Names, rank int, geometry string, coordinates func()) {
	if m.some {
		m.out = append(m.out, ",\n"...)
	}
	m.some = true
	m.out = append(m.out, `{"type":"Feature","properties":{"kind":"`+kind+`"`...)
	if id != "" {
		m.out = append(m.out, `,"id":"`+id+`"`...)
	}
	if name != (city.Names{}) {
		m.out = append(wire.AppendString(append(m.out, `,"name":{"zh":`...), name.ZH), `,"en":`...)
		m.out = append(wire.AppendString(m.out, name.EN), '}')
	}
	if rank > 0 {
		m.out = append(m.out, `,"rank":`+strconv.Itoa(rank)...)
	}
	m.out = append(m.out, `},"geometry":{"type":"`+geometry+`","coordinates":`...)
	coordinates()
	m.out = append(m.out, "}}"...)
}

func (m *drawing) polygon(kind, id string, name city.Names, l Line) {
	m.feature(kind, id, name, 0, "Polygon", func() { m.ring(l) })
}

func (m *drawing) polygons(kind string, list []Line) {
	if len(list) == 0 {
		return
	}
	m.feature(kind, "", city.Names{}, 0, "MultiPolygon", func() { m.each(list, func(l Line) { m.ring(l) }) })
}

func (m *drawing) lanes(list []Line) {
	if len(list) > 0 {
		m.feature("road", "", city.Names{}, int(Local), "MultiLineString", func() { m.each(list, func(l Line) { m.line(l) }) })
	}
}

func (m *drawing) each(list []Line, draw func(Line)) {
	m.out = append(m.out, '[')
	for i, l := range list {
		if i > 0 {
			m.out = append(m.out, ',')
		}
		draw(l)
	}
	m.out = append(m.out, ']')
}

// ring draws a polygon of one ring, counter-clockwise as RFC 7946 wants it.
func (m *drawing) ring(l Line) {
	if l[0] != l[len(l)-1] {
		l = append(append(Line{}, l...), l[0])
	}
	if l.area() < 0 {
		l = l.Reversed()
	}
	m.out = append(m.out, '[')
	m.line(l)
	m.out = append(m.out, ']')
}

func (m *drawing) line(l Line) {
	m.out = append(m.out, '[')
	for i, v := range l {
		if i > 0 {
			m.out = append(m.out, ',')
		}
		p := v.Point()
		m.out = append(m.out, '[')
		m.out = strconv.AppendFloat(m.out, p.Lon, 'f', 5, 64)
		m.out = append(m.out, ',')
		m.out = strconv.AppendFloat(m.out, p.Lat, 'f', 5, 64)
		m.out = append(m.out, ']')
	}
	m.out = append(m.out, ']')
}
