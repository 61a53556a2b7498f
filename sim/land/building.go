package land

import (
	"math"

	"citybrain/city"
)

// Spot is a position on the plan, in the units of 620 m in which it is drawn.
func Spot(x, y float64) Vec { return km(x, y)[0] }

// Venue is a building that everybody knows.
type Venue struct {
	ID    string
	Name  city.Names
	At    Vec
	Shape Line // closed
}

// Venues are the city's landmarks.
func Venues() []Venue {
	return []Venue{
		{"stadium", city.Names{ZH: "示例体育场", EN: "Example Stadium"}, Spot(-0.2, -3.8), oval(Spot(-0.2, -3.8), 125, 95)},
		{"concert-hall", city.Names{ZH: "江畔音乐厅", EN: "Riverbank Concert Hall"}, Spot(-0.4, -0.95), oval(Spot(-0.4, -0.95), 60, 42)},
		{"expo", city.Names{ZH: "会议展览中心", EN: "Conference and Exhibition Centre"}, Spot(1.4, -2.03), box(Spot(1.4, -2.03), 230, 130, 0.08)},
		{"station", city.Names{ZH: "示例站", EN: "Example Central Station"}, Spot(-0.95, 2.82), box(Spot(-0.95, 2.82), 240, 60, 0.05)},
		{"hospital", city.Names{ZH: "市第一医院", EN: "First Municipal Hospital"}, Spot(-1.6, 1.6), box(Spot(-1.6, 1.6), 110, 80, 0)},
		{"market", city.Names{ZH: "鼓楼商业街", EN: "Drum Tower Market"}, Spot(0.1, 1.55), box(Spot(0.1, 1.55), 120, 90, 0.1)},
		{"library", city.Names{ZH: "大学城图书馆", EN: "University Library"}, Spot(-2.9, -2.6), box(Spot(-2.9, -2.6), 110, 70, 0.1)},
	}
}

func oval(at Vec, rx, ry float64) Line {
	var out Line
	for i := range 24 {
		a := float64(i) * math.Pi / 12
		out = append(out, at.Add(Vec{rx * math.Cos(a), ry * math.Sin(a)}))
	}
	return append(out, out[0])
}

func box(at Vec, long, wide, turn float64) Line {
	x := Vec{math.Cos(turn), math.Sin(turn)}.Times(long / 2)
	y := Vec{-math.Sin(turn), math.Cos(turn)}.Times(wide / 2)
	a := at.Sub(x).Sub(y)
	return Line{a, at.Add(x).Sub(y), at.Add(x).Add(y), at.Sub(x).Add(y), a}
}

// lakeShore is the lake of the western district, woods its parks and others.
func lakeShore() Line { return blob("lake", Spot(-2.95, 1.62), 275, 165, 0.1) }

func woods() []Line {
	return []Line{
		blob("lake park", Spot(-2.95, 1.62), 400, 250, 0.1),
		blob("people's park", Spot(0.95, 2.55), 190, 150, 0),
		blob("south hill", Spot(-0.2, -5.75), 1100, 480, 0),
		blob("north hill", Spot(-1.8, 5.9), 900, 380, 0.1),
		blob("wetland", Spot(6.3, -1.2), 420, 300, 0.3),
	}
}

// build puts buildings on a block, the denser the nearer to the centres.
func (s *settler) build(block Line) {
	at := block.centre()
	old, centre := at.Distance(Spot(-0.4, 1.4)), at.Distance(Spot(0.3, -2.2))
	cell := 0.0
	switch {
	case old < 900:
		cell = 44
	case old < 1500 || centre < 1150:
		cell = 58
	case at.Length() < 2500:
		cell = 82
	default:
		return
	}
	direction, long, wide := block.axes()
	columns, rows := int((long[1]-long[0])/cell), int((wide[1]-wide[0])/cell)
	across := direction.Left()
	for i := range columns {
		for k := range rows {
			if s.dice.Float64() < 0.16 {
				continue
			}
			x := long[0] + (float64(i)+0.5)*(long[1]-long[0])/float64(columns)
			y := wide[0] + (float64(k)+0.5)*(wide[1]-wide[0])/float64(rows)
			middle := direction.Times(x).Add(across.Times(y))
			b := box(middle, cell*(0.5+0.3*s.dice.Float64()), cell*(0.4+0.3*s.dice.Float64()), angle(direction))
			if inside(block, b) && !besideVenue(middle) {
				s.buildings = append(s.buildings, b)
			}
		}
	}
}

func inside(block, b Line) bool {
	for _, v := range b {
		if !block.contains(v) {
			return false
		}
	}
	return true
}

func besideVenue(at Vec) bool {
	for _, v := range venues {
		if at.Distance(v.At) < 40+v.Shape[0].Distance(v.At) {
			return true
		}
	}
	return false
}

var venues = Venues()
