package land

import (
	"fmt"
	"math"
	"sort"

	"citybrain/city"
)

// Railway runs on a dam; streets pass below it.
type Railway struct {
	Name city.Names
	Line Line
}

func railways() []Railway {
	return []Railway{
		{city.Names{ZH: "示例铁路", EN: "Example Railway"}, curve(km(-8.3, 3.4, -5.8, 3.0, -4.2, 2.55, -2.3, 2.55, -0.4, 2.65, 1.6, 2.6, 3.4, 1.85, 5.0, 1.2, 6.8, 1.0, 8.2, 1.2)...)},
		{city.Names{ZH: "港口专用线", EN: "Harbour Railway"}, curve(km(-8.3, -3.6, -5.8, -3.1, -4.2, -2.6, -2.3, -2.65, 0.2, -2.85, 1.9, -2.85, 3.6, -2.7, 5.0, -2.0, 6.6, -1.4, 7.0, -0.4)...)},
	}
}

// Underpass is where a street passes below the railway (下穿隧道).
type Underpass struct {
	Name  city.Names
	At    Vec
	Edge  int
	Share float64 // of the edge's line
}

// chosen are the streets whose underpasses are low enough to be flooded.
var chosen = []struct {
	street  string
	railway int
}{
	{"people", 0}, {"lakeside", 0}, {"orient", 0}, {"temple", 0}, {"ring", 0}, {"technology", 1}, {"stadium", 1}, {"lakeside", 1},
}

// underpasses finds where the chosen streets cross the railways.
func (p *Plan) underpasses() []Underpass {
	var out []Underpass
	for _, c := range chosen {
		var found []Underpass
		for i, e := range p.Edges {
			if e.edge || p.Streets[e.Street].ID != c.street {
				continue
			}
			for _, x := range crossings(e.Line, p.Railways[c.railway].Line) {
				found = append(found, Underpass{At: x.at, Edge: i, Share: x.alongFirst / e.Line.Length()})
			}
		}
		// Of several the one farthest east.
		sort.Slice(found, func(i, j int) bool { return found[i].At.X > found[j].At.X })
		if len(found) == 0 {
			panic(fmt.Sprintf("land: %s does not cross railway %d", c.street, c.railway))
		}
		u := found[0]
		name := p.Streets[p.Edges[u.Edge].Street].Name
		side := city.Names{ZH: "北", EN: "North"}
		if c.railway == 1 {
			side = city.Names{ZH: "南", EN: "South"}
		}
		u.Name = city.Names{ZH: name.ZH + side.ZH + "下穿隧道", EN: name.EN + " " + side.EN + " Underpass"}
		out = append(out, u)
	}
	return out
}

// Compass is the direction of travel along a vector, in degrees from north to
// the east.
func (v Vec) Compass() float64 {
	return math.Mod(math.Atan2(v.X, v.Y)*180/math.Pi+360, 360)
}
