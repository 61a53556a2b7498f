package land

import (
	"math"
	"math/rand/v2"
	"sort"
)

// quarter is what lies between streets: blocks, the lanes between them, and
// buildings on the blocks.
type quarter struct {
	blocks    []Line
	parks     []Line
	lanes     []Line
	buildings []Line
}

// settle divides the land between the streets.
func (p *Plan) settle() []quarter {
	bed, lake := riverBed(), lakeShore()
	var out []quarter
	for i, face := range p.faces() {
		if bed.contains(face.centre()) {
			continue
		}
		s := settler{dice: dice("quarter" + string(rune('A'+i))), lake: lake, woods: woods()}
		s.divide(face.simplified(10), 0)
		out = append(out, s.quarter)
	}
	return out
}

// faces are the pieces of land between edges, each running to the left.
func (p *Plan) faces() []Line {
	type side struct {
		edge  int
		along bool
	}
	used := map[side]bool{}
	var out []Line
	for i := range p.Edges {
		for _, along := range []bool{true, false} {
			at := side{i, along}
			var face Line
			for !used[at] {
				used[at] = true
				line := p.Edges[at.edge].Line
				if !at.along {
					line = line.Reversed()
				}
				face = append(face, line[:len(line)-1]...)
				at.edge, at.along = p.leftmost(at.edge, at.along)
			}
			if len(face) > 2 && face.area() > 0 {
				out = append(out, face)
			}
		}
	}
	return out
}

// leftmost is the edge to take at the end of one so that the land to the left
// stays to the left.
func (p *Plan) leftmost(edge int, along bool) (int, bool) {
	junction := p.Edges[edge].From
	if along {
		junction = p.Edges[edge].To
	}
	back := p.heading(edge, !along)
	type way struct {
		edge  int
		along bool
		turn  float64
	}
	var ways []way
	for _, n := range p.Junctions[junction].Edges {
		for _, forward := range []bool{true, false} {
			from := p.Edges[n].From
			if !forward {
				from = p.Edges[n].To
			}
			if from != junction || n == edge && forward == !along {
				continue
			}
			ways = append(ways, way{n, forward, math.Mod(back-p.heading(n, forward)+4*math.Pi, 2*math.Pi)})
		}
	}
	if len(ways) == 0 {
		return edge, !along
	}
	sort.Slice(ways, func(i, j int) bool { return ways[i].turn < ways[j].turn })
	return ways[0].edge, ways[0].along
}

// heading is the direction in which an edge leaves its junction.
func (p *Plan) heading(edge int, along bool) float64 {
	l := p.Edges[edge].Line
	if !along {
		l = l.Reversed()
	}
	return angle(l[1].Sub(l[0]))
}

// settler divides one quarter.
type settler struct {
	quarter
	dice  *rand.Rand
	lake  Line
	woods []Line
}

// lot is how large a block may be: small in the old town, large outside.
func lot(at Vec) float64 {
	old, centre := at.Distance(Spot(-0.4, 1.4)), at.Distance(Spot(0.4, -2))
	switch {
	case old < 1000:
		return 19_000
	case old < 1900 || centre < 1300:
		return 32_000
	case at.Length() < 2900:
		return 52_000
	}
	return 120_000
}

func (s *settler) divide(land Line, depth int) {
	size := land.area()
	if size > lot(land.centre()) && depth < 9 {
		if a, b, lane, ok := s.halve(land); ok {
			s.lanes = append(s.lanes, lane)
			s.divide(a, depth+1)
			s.divide(b, depth+1)
			return
		}
	}
	block, ok := land.inset(9)
	if !ok || block.area() < 2500 || s.wet(block) {
		return
	}
	centre := block.centre()
	if centre.Length() < 3900 && s.dice.Float64() < 0.05 || inAny(s.woods, centre) {
		s.parks = append(s.parks, block)
		return
	}
	s.blocks = append(s.blocks, block)
	s.build(block)
}

func (s *settler) wet(block Line) bool {
	for _, v := range block {
		if s.lake.contains(v) {
			return true
		}
	}
	return s.lake.contains(block.centre()) || block.contains(s.lake.centre())
}

func inAny(shapes []Line, v Vec) bool {
	for _, l := range shapes {
		if l.contains(v) {
			return true
		}
	}
	return false
}

// axes are the direction of the longest side and the extent of the land along
// and across it.
func (l Line) axes() (direction Vec, long, wide [2]float64) {
	longest := 0.0
	for i, v := range l {
		if d := l[(i+1)%len(l)].Sub(v); d.Length() > longest {
			longest, direction = d.Length(), d.Unit()
		}
	}
	long, wide = [2]float64{math.Inf(1), math.Inf(-1)}, [2]float64{math.Inf(1), math.Inf(-1)}
	for _, v := range l {
		x, y := v.dot(direction), v.dot(direction.Left())
		long = [2]float64{min(long[0], x), max(long[1], x)}
		wide = [2]float64{min(wide[0], y), max(wide[1], y)}
	}
	return direction, long, wide
}

// halve cuts land across its longer extent.
func (s *settler) halve(land Line) (a, b, lane Line, ok bool) {
	direction, long, wide := land.axes()
	if wide[1]-wide[0] > long[1]-long[0] {
		direction, long = direction.Left(), wide
	}
	share := 0.42 + 0.16*s.dice.Float64()
	at := long[0] + share*(long[1]-long[0])
	a, b = land.part(direction, at, 1), land.part(direction, at, -1)
	lane = land.chord(direction, at)
	return a, b, lane, len(lane) == 2 && len(a) > 2 && len(b) > 2
}

// part is the piece of a polygon that lies beyond (side 1) or before at along a
// direction.
func (l Line) part(direction Vec, at, side float64) Line {
	var out Line
	for i, v := range l {
		w := l[(i+1)%len(l)]
		dv, dw := side*(v.dot(direction)-at), side*(w.dot(direction)-at)
		if dv >= 0 {
			out = append(out, v)
		}
		if dv*dw < 0 {
			out = append(out, v.Add(w.Sub(v).Times(dv/(dv-dw))))
		}
	}
	return out
}

// chord is where a cut through a polygon runs; nothing if it meets the border
// more than twice.
func (l Line) chord(direction Vec, at float64) Line {
	var out Line
	for i, v := range l {
		w := l[(i+1)%len(l)]
		dv, dw := v.dot(direction)-at, w.dot(direction)-at
		if dv*dw < 0 {
			out = append(out, v.Add(w.Sub(v).Times(dv/(dv-dw))))
		}
	}
	if len(out) != 2 {
		return nil
	}
	return out
}

// inset is a polygon with its sides moved inwards.
func (l Line) inset(metres float64) (Line, bool) {
	n := len(l)
	out := make(Line, 0, n)
	for i, v := range l {
		in, on := v.Sub(l[(i+n-1)%n]).Unit(), l[(i+1)%n].Sub(v).Unit()
		bisector := in.Left().Add(on.Left())
		if bisector.Length() < 0.4 {
			continue // a needle
		}
		bisector = bisector.Unit()
		out = append(out, v.Add(bisector.Times(min(metres/max(bisector.dot(in.Left()), 0.3), 3*metres))))
	}
	if len(out) < 3 || out.area() < 0.3*l.area() {
		return nil, false
	}
	for _, v := range out {
		if !l.contains(v) {
			return nil, false
		}
	}
	return out, true
}
