package sim

import (
	"fmt"
	"math"

	"citybrain/city"
	"citybrain/sim/land"
	"citybrain/sim/traffic"
)

// streets are the plan's edges as road segments, one for each direction:
// segment 2i runs along edge i, segment 2i+1 back.
type streets struct {
	segments []segment
	network  *traffic.Network
	nodeAt   []land.Vec
	state    []streetState
	changed  bool // a segment was closed or opened: routes must be learnt anew
}

// segment is a directed road segment as the city knows it.
type segment struct {
	id       city.EntityID
	key      string // as the feed names it
	line     land.Line
	street   *land.Street
	edge     int
	from, to int
	signal   bool // lights at its end
}

// streetState is what is so on a segment now, besides its traffic.
type streetState struct {
	accident float64 // share of the capacity that accidents leave
	slow     float64 // share of the speed that a slow zone leaves
	flood    float64 // centimetres of water
	closed   bool
}

func newStreets(p *land.Plan) streets {
	var s streets
	var links []traffic.Link
	for _, j := range p.Junctions {
		s.nodeAt = append(s.nodeAt, j.At)
	}
	// Of the plan's edges those that are streets come as they are numbered, so
	// that an edge finds its segments.
	for i := range p.Edges {
		e := &p.Edges[i]
		if e.Street >= len(p.Streets) {
			break // the edge of the plan comes last
		}
		street := &p.Streets[e.Street]
		for _, back := range []bool{false, true} {
			g := segment{line: e.Line, street: street, edge: i, from: e.From, to: e.To}
			g.key = fmt.Sprintf("%s-%02da", street.ID, e.Number)
			if back {
				g.line, g.from, g.to = e.Line.Reversed(), e.To, e.From
				g.key = fmt.Sprintf("%s-%02db", street.ID, e.Number)
			}
			g.id, g.signal = urn("RoadSegment", g.key), p.Junctions[g.to].Signal
			s.segments = append(s.segments, g)
			links = append(links, linkOf(&g, p.Junctions[g.to].Gate))
		}
	}
	s.network = traffic.NewNetwork(len(p.Junctions), links)
	s.state = make([]streetState, len(links))
	for i := range s.state {
		s.state[i] = streetState{accident: 1, slow: 1}
	}
	return s
}

// linkOf is the segment for the traffic model. Traffic lights let cars through
// for a share of the time only: half of it on large streets.
func linkOf(g *segment, gate bool) traffic.Link {
	const saturation = 0.4 // cars a second and lane: 1,440 an hour
	rank := g.street.Rank
	share := [...]float64{0, 0.78, 0.64, 0.52}[rank]
	switch {
	case gate:
		share = 1
	case g.signal:
		share = [...]float64{0, 0.66, 0.48, 0.38}[rank]
	}
	lanes := rank.Lanes()
	return traffic.Link{
		From: g.from, To: g.to, Length: g.line.Length(), Lanes: lanes,
		FreeFlow: rank.FreeFlow() / 3.6, Capacity: saturation * share * float64(lanes),
	}
}

// middle is where a segment's middle lies.
func (g *segment) middle() land.Vec {
	at, _ := g.line.At(0.5)
	return at
}

// closedWater is the water, in centimetres, at which police closes an
// underpass, openWater that below which it is opened again.
const (
	closedWater = 27
	openWater   = 5
)

// streetStep brings rain, water and accidents to the traffic.
func (c *City) streetStep() {
	for i := range c.streets.state {
		s, r := &c.streets.state[i], &c.flow.Roads[i]
		rain := math.Min(c.weather.on[i]/50, 1)
		r.Capacity = s.accident * (1 - 0.18*rain)
		r.Speed = s.slow * (1 - 0.22*rain)
		if s.flood > 8 { // cars wade
			r.Capacity *= math.Max(1-s.flood/45, 0.3)
			r.Speed *= math.Max(1-s.flood/35, 0.2)
		}
		if s.closed != r.Closed {
			r.Closed = s.closed
			c.streets.changed = true
		}
	}
	c.learn()
}

// learn lets drivers look at the streets every five minutes, and at once when
// one is closed.
func (c *City) learn() {
	if changed := c.streets.changed; changed || c.now%(300e6) == 0 {
		c.flow.Learn(changed)
		if changed {
			c.divertBuses()
		}
		c.streets.changed = false
	}
}

// upstream lists a segment and those that lead into it, up to metres away from
// its beginning.
func (s *streets) upstream(segment int, metres float64) []int {
	start := s.nodeAt[s.segments[segment].from]
	seen, out := map[int]bool{segment: true}, []int{segment}
	for i := 0; i < len(out); i++ {
		for _, l := range s.network.Into(out[i]) {
			if !seen[l] && s.nodeAt[s.segments[l].to].Distance(start) <= metres {
				seen[l] = true
				out = append(out, l)
			}
		}
	}
	return out
}
