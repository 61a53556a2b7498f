package land

import (
	"math"

	"citybrain/city"
)

// District is one of the city's six.
type District struct {
	ID    string
	Name  city.Names
	Shape Line // closed
}

// districts divide the plan by the river and by four lines across it.
func districts() []District {
	west := curve(km(-1.9, -0.9, -1.75, 1.5, -1.95, 3.4, -2.6, 5.2, -3.0, 8)...)
	east := curve(km(1.05, -0.7, 1.05, 1.6, 1.2, 3.4, 1.3, 5.2, 1.4, 8)...)
	southWest := curve(km(-1.5, 0.6, -1.45, -2.2, -1.7, -4.2, -2.0, -8)...)
	southEast := curve(km(2.2, 0.8, 2.3, -1.8, 2.45, -4.2, 2.9, -8)...)
	return []District{
		{"west-lake", city.Names{ZH: "西湖区", EN: "West Lake"}, part(nil, west, true)},
		{"old-town", city.Names{ZH: "老城区", EN: "Old Town"}, part(west, east, true)},
		{"hi-tech", city.Names{ZH: "高新区", EN: "Hi-tech Zone"}, part(east, nil, true)},
		{"university", city.Names{ZH: "大学城", EN: "University Town"}, part(nil, southWest, false)},
		{"new-town", city.Names{ZH: "新城区", EN: "New Town"}, part(southWest, southEast, false)},
		{"harbour", city.Names{ZH: "港口区", EN: "Harbour"}, part(southEast, nil, false)},
	}
}

// part is the land on one side of the river between two lines that run across it
// outwards, the western one first; nil stands for the river's own end. Pieces of
// border that two districts share are the same positions.
func part(from, to Line, north bool) Line {
	middle, border := river(), edge()
	ends := crossings(middle, border)
	start, end := ends[0], ends[len(ends)-1]
	shore := [2]float64{start.alongFirst, end.alongFirst}
	outer := [2]float64{start.alongSecond, end.alongSecond}
	var left, right Line // from the river to the edge
	if from != nil {
		left, shore[0], outer[0] = divide(from, middle, border)
	}
	if to != nil {
		right, shore[1], outer[1] = divide(to, middle, border)
	}
	ring := middle.between(shore[0], shore[1]).simplified(12)
	ring = append(ring, right...)
	if north { // the edge runs to the left, from east over north to west
		ring = append(ring, border.stretch(outer[1], outer[0])...)
	} else {
		ring = append(ring, border.stretch(outer[0], outer[1]).Reversed()...)
	}
	ring = append(ring, left.Reversed()...)
	return ring.withoutRepeats()
}

// divide is the piece of a line from the river to the edge, and where it meets
// them.
func divide(line, middle, border Line) (piece Line, shore, outer float64) {
	a, b := crossings(line, middle)[0], crossings(line, border)[0]
	return line.between(a.alongFirst, b.alongFirst).simplified(12), a.alongSecond, b.alongSecond
}

// stretch is the piece of a closed line from one length along it to another,
// over its end if need be.
func (l Line) stretch(from, to float64) Line {
	if from <= to {
		return l.between(from, to)
	}
	return append(l.between(from, l.Length()), l.between(0, to)[1:]...)
}

// withoutRepeats closes the line and leaves out positions that on the map are
// the same as the one before.
func (l Line) withoutRepeats() Line {
	out := l[:1:1]
	for _, v := range l[1:] {
		if v.Point() != out[len(out)-1].Point() {
			out = append(out, v)
		}
	}
	if out[len(out)-1].Point() == out[0].Point() {
		out = out[:len(out)-1]
	}
	return append(out, out[0])
}

func angle(v Vec) float64 { return math.Atan2(v.Y, v.X) }
