package land

import (
	"math"
	"sort"
	"sync"
)

// Junction is where streets meet.
type Junction struct {
	At     Vec
	Gate   bool // at the edge of the plan: the way to other places
	Signal bool // traffic lights
	Edges  []int
}

// Edge is a piece of street between two junctions.
type Edge struct {
	From, To int // junctions
	Street   int
	Number   int // along its street, from 1
	Line     Line
	Bridge   bool
	edge     bool // not a street: the edge of the plan
}

// Plan is the whole ground plan. It is immutable.
type Plan struct {
	Streets     []Street
	Junctions   []Junction
	Edges       []Edge
	Underpasses []Underpass
	Districts   []District
	Railways    []Railway
	quarters    []quarter
}

// Shili is the ground plan of the example city.
var Shili = sync.OnceValue(func() *Plan {
	p := &Plan{Streets: planned(), Railways: railways()}
	p.survey()
	p.mark()
	p.Underpasses = p.underpasses()
	p.Districts = districts()
	p.quarters = p.settle()
	return p
})

// merged is how close two crossings lie that are one junction.
const merged = 55

// cut is a crossing on a street: how far along it and which junction.
type cut struct {
	along    float64 // metres from the street's start
	junction int
}

// survey finds the junctions and the edges between them.
func (p *Plan) survey() {
	lines := make([]Line, 0, len(p.Streets)+1)
	for _, s := range p.Streets {
		lines = append(lines, s.Line)
	}
	lines = append(lines, edge())
	cuts := make([][]cut, len(lines))
	for i := range lines {
		for j := i + 1; j < len(lines); j++ {
			for _, c := range crossings(lines[i], lines[j]) {
				n := p.junction(c.at)
				p.Junctions[n].Gate = p.Junctions[n].Gate || j == len(lines)-1
				cuts[i] = append(cuts[i], cut{c.alongFirst, n})
				cuts[j] = append(cuts[j], cut{c.alongSecond, n})
			}
		}
	}
	for i, line := range lines {
		p.cutUp(i, line, cuts[i])
	}
}

func (p *Plan) junction(at Vec) int {
	for i := range p.Junctions {
		if p.Junctions[i].At.Distance(at) < merged {
			return i
		}
	}
	p.Junctions = append(p.Junctions, Junction{At: at})
	return len(p.Junctions) - 1
}

type crossing struct {
	at                      Vec
	alongFirst, alongSecond float64
}

func crossings(a, b Line) []crossing {
	var out []crossing
	doneA := 0.0
	for i := 1; i < len(a); i++ {
		stepA, doneB := a[i-1].Distance(a[i]), 0.0
		for j := 1; j < len(b); j++ {
			stepB := b[j-1].Distance(b[j])
			if t, u, ok := meet(a[i-1], a[i], b[j-1], b[j]); ok {
				out = append(out, crossing{a[i-1].Add(a[i].Sub(a[i-1]).Times(t)), doneA + t*stepA, doneB + u*stepB})
			}
			doneB += stepB
		}
		doneA += stepA
	}
	return out
}

// cutUp makes the edges of a street. What lies before its first and behind its
// last junction is no part of the city.
func (p *Plan) cutUp(street int, line Line, cuts []cut) {
	sort.Slice(cuts, func(i, j int) bool { return cuts[i].along < cuts[j].along })
	number := 0
	add := func(from, to cut, piece Line) {
		if from.junction == to.junction {
			return
		}
		number++
		piece[0], piece[len(piece)-1] = p.Junctions[from.junction].At, p.Junctions[to.junction].At
		e := Edge{From: from.junction, To: to.junction, Street: street, Number: number, Line: piece, edge: street == len(p.Streets)}
		p.Edges = append(p.Edges, e)
		for _, n := range []int{e.From, e.To} {
			p.Junctions[n].Edges = append(p.Junctions[n].Edges, len(p.Edges)-1)
		}
	}
	for i := 1; i < len(cuts); i++ {
		add(cuts[i-1], cuts[i], line.between(cuts[i-1].along, cuts[i].along))
	}
	if closed := line[0] == line[len(line)-1]; closed && len(cuts) > 1 {
		last, first := cuts[len(cuts)-1], cuts[0]
		piece := append(line.between(last.along, line.Length()), line.between(0, first.along)[1:]...)
		add(last, first, piece)
	}
}

// between is the piece of the line between two lengths along it.
func (l Line) between(from, to float64) Line {
	total := l.Length()
	start, _ := l.At(from / total)
	end, _ := l.At(to / total)
	out := Line{start}
	done := 0.0
	for i := 1; i < len(l); i++ {
		done += l[i-1].Distance(l[i])
		if done > from+1 && done < to-1 {
			out = append(out, l[i])
		}
	}
	return append(out, end)
}

// mark finds bridges and the junctions with traffic lights.
func (p *Plan) mark() {
	bed := riverBed()
	for i := range p.Edges {
		e := &p.Edges[i]
		middle, _ := e.Line.At(0.5)
		e.Bridge = !e.edge && bed.contains(middle)
	}
	for i := range p.Junctions {
		j := &p.Junctions[i]
		big, all := 0, 0
		for _, n := range j.Edges {
			if e := &p.Edges[n]; !e.edge {
				all++
				if p.Streets[e.Street].Rank <= Arterial {
					big++
				}
			}
		}
		j.Signal = big >= 4 || all >= 4 && big >= 2 && j.At.Length() < 1900
	}
}

// Nearest is the junction closest to a position that is no gate.
func (p *Plan) Nearest(at Vec) int {
	best, found := math.Inf(1), 0
	for i := range p.Junctions {
		if d := p.Junctions[i].At.Distance(at); d < best && !p.Junctions[i].Gate {
			best, found = d, i
		}
	}
	return found
}
