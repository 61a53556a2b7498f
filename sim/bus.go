package sim

import (
	"fmt"
	"slices"
	"time"

	"citybrain/city"
	"citybrain/sim/land"
	"citybrain/sim/traffic"
)

// buses run on lines through the same queues as the cars.
type buses struct {
	dice  chance
	lines []busLine
	fleet []bus
}

// busLine is a line: its stops as nodes in the order of a whole tour, and the
// way from each to the next.
type busLine struct {
	id       city.EntityID
	key      string
	name     city.Names
	headway  int // minutes
	stops    []int
	ends     []bool // of the stops: the buses wait here for their time
	planned  [][]int32
	ways     [][]int32 // as they are now, round closed streets
	seconds  []float64 // that the timetable gives for each way
	passes   []int     // underpasses on its way, in their order
	diverted bool
}

// bus is one vehicle.
type bus struct {
	id     city.EntityID
	key    string
	line   int
	stop   int // of the tour: where it was last
	car    traffic.Car
	link   int32 // −1 while it stands at its stop
	leaves city.Instant
	due    city.Instant // at the next stop, by the timetable
	delay  time.Duration
	still  city.Instant // since when it has not moved
}

// tour is a line as it is laid out on the plan.
type tour struct {
	zh, en  string
	headway int
	round   bool // it runs in a circle
	through []float64
}

var tours = []tour{
	{"1路", "Line 1", 8, false, []float64{-0.45, 4.3, -0.5, 3.25, -0.55, 1.95, -0.3, 1.1, -0.1, -0.6, 0.1, -1.5, 0.15, -2.35, 0.3, -3.35, 0.45, -4.2}},
	{"2路", "Line 2", 8, false, []float64{-2.55, 4.1, -2.35, 3.2, -2.2, 2.15, -1.95, 1.15, -1.95, 0.3, -2.15, -1.15, -2.2, -2.15, -2.5, -3.1, -2.8, -4.1}},
	{"3路", "Line 3", 8, false, []float64{1.85, 4.25, 1.7, 3.15, 1.5, 2.1, 1.45, 1.1, 1.5, -0.2, 1.7, -1.65, 1.8, -2.45, 1.95, -3.3, 2.2, -4.1}},
	{"4路", "Line 4", 8, false, []float64{-5.1, 2.15, -3.6, 2.1, -2.2, 2.15, -1.2, 2.0, -0.5, 1.95, 0.5, 2.0, 1.5, 2.1, 2.4, 2.2, 3.3, 2.35, 4.75, 2.5}},
	{"5路", "Line 5", 8, false, []float64{-4.9, -2.2, -3.6, -2.05, -2.2, -2.15, -0.85, -2.25, 0.15, -2.35, 1.1, -2.4, 1.8, -2.45, 2.8, -2.4, 3.6, -2.35, 4.8, -2.2}},
	{"环线", "Ring Line", 10, true, []float64{-0.3, 4.35, 1.9, 4.3, 3.7, 3.75, 4.75, 2.5, 5.05, 0.6, 4.95, -1.5, 4.2, -3.2, 2.2, -4.1, 0.4, -4.2, -2.8, -4.1, -4.5, -3.0, -5.2, -0.9, -5.1, 2.15, -4.5, 3.1, -2.55, 4.1}},
	{"7路", "Line 7", 9, false, []float64{3.8, 3.75, 3.5, 3.1, 3.3, 2.3, 3.2, 1.25, 3.2, 0.7, 3.4, -1.1, 3.5, -1.65, 3.6, -2.35, 3.75, -3.15, 4.1, -3.4}},
	{"8路", "Line 8", 8, false, []float64{0.65, 4.3, 0.6, 3.2, 0.5, 2.0, 0.55, 1.15, -0.3, 1.1, -0.1, -0.6, -0.8, -1.35, -0.85, -2.3, -0.8, -3.3, -0.6, -4.25}},
	{"9路", "Line 9", 9, false, []float64{-5.1, 0.9, -3.5, 0.75, -2.0, 0.3, -1.1, 0.3, -0.2, 0.35, 0.6, 0.4, 1.5, 0.6, 2.4, 0.6, 3.2, 0.6, 4.95, 0.3}},
	{"10路", "Line 10", 9, false, []float64{-4.6, 3.1, -3.7, 3.2, -2.35, 3.2, -1.35, 3.2, -0.5, 3.25, 0.65, 3.2, 1.7, 3.15, 2.5, 3.1, 3.4, 3.1, 4.6, 3.1, 4.65, 2.55}},
}

// fleetSize is how many buses a line has.
const fleetSize = 7

func newBuses(c *City) buses {
	b := buses{dice: c.chance("buses")}
	for i := range tours {
		l := newLine(c, i, &tours[i])
		b.lines = append(b.lines, l)
		for k := range fleetSize {
			key := fmt.Sprintf("bus-%s-%02d", l.key, k+1)
			v := bus{id: urn("Vehicle", key), key: key, line: i, link: -1, stop: k * len(l.stops) / fleetSize}
			v.leaves = c.begin.Add(time.Duration(20*k) * time.Second)
			v.due = v.leaves
			b.fleet = append(b.fleet, v)
		}
	}
	return b
}

func newLine(c *City, i int, t *tour) busLine {
	l := busLine{key: fmt.Sprintf("b%d", i+1), name: city.Names{ZH: t.zh, EN: t.en}, headway: t.headway}
	l.id = urn("BusLine", l.key)
	for k := 0; k < len(t.through); k += 2 {
		n := c.plan.Nearest(land.Spot(t.through[k], t.through[k+1]))
		if len(l.stops) == 0 || l.stops[len(l.stops)-1] != n {
			l.stops = append(l.stops, n)
		}
	}
	l.ends = make([]bool, len(l.stops))
	l.ends[0] = true
	if !t.round {
		l.ends[len(l.stops)-1] = true
		for k := len(l.stops) - 2; k > 0; k-- {
			l.stops, l.ends = append(l.stops, l.stops[k]), append(l.ends, false)
		}
	}
	l.ways = c.waysOf(&l)
	l.planned = l.ways
	for _, way := range l.ways {
		sum := 22.0
		for _, link := range way {
			sum += c.streets.network.Links[link].FreeTime() * 1.3
			for k := range c.drains {
				if slices.Contains(c.drains[k].segments[:], int(link)) && !slices.Contains(l.passes, k) {
					l.passes = append(l.passes, k)
				}
			}
		}
		l.seconds = append(l.seconds, sum)
	}
	return l
}

// waysOf are the ways between the stops of a line, round closed streets.
func (c *City) waysOf(l *busLine) [][]int32 {
	var out [][]int32
	for i, stop := range l.stops {
		out = append(out, c.way(stop, l.stops[(i+1)%len(l.stops)]))
	}
	return out
}

func (c *City) way(from, to int) []int32 {
	return c.streets.network.Way(from, to, func(link int) float64 {
		cost := c.streets.network.Links[link].FreeTime()
		if c.streets.state[link].closed {
			cost += 1e6
		}
		return cost
	})
}

// divertBuses leads buses round streets that have been closed, and back.
func (c *City) divertBuses() {
	for i := range c.buses.lines {
		l := &c.buses.lines[i]
		l.ways = c.waysOf(l)
		l.diverted = false
		for k := range l.ways {
			l.diverted = l.diverted || !slices.Equal(l.ways[k], l.planned[k])
		}
	}
	for i := range c.buses.fleet {
		if b := &c.buses.fleet[i]; b.link >= 0 {
			b.car.Way = c.way(c.streets.segments[b.link].to, b.car.To)
		}
	}
}

// busStep lets buses leave their stops.
func (c *City) busStep() {
	for i := range c.buses.fleet {
		b := &c.buses.fleet[i]
		if b.link != -1 || b.leaves > c.now {
			continue
		}
		l := &c.buses.lines[b.line]
		b.link = waiting
		b.due = b.due.Add(time.Duration(l.seconds[b.stop] * float64(time.Second)))
		next := (b.stop + 1) % len(l.stops)
		b.car = traffic.Car{To: l.stops[next], Owner: int32(-i - 1), Way: slices.Clone(l.ways[b.stop])}
		c.flow.Enter(&b.car, l.stops[b.stop])
	}
}

// waiting is the link of a bus that has left its stop and found no room yet.
const waiting = -2

// busPasses notes the link that a bus enters.
func (c *City) busPasses(car *traffic.Car, link int) {
	if car.Owner < 0 {
		b := &c.buses.fleet[-car.Owner-1]
		b.link, b.still = int32(link), 0
	}
}

// busArrives lets a bus halt at its next stop. At the ends of a line it waits
// for its time, or at least a minute.
func (c *City) busArrives(i int) {
	b := &c.buses.fleet[i]
	l := &c.buses.lines[b.line]
	b.stop = (b.stop + 1) % len(l.stops)
	b.link = -1
	b.delay = c.now.Sub(b.due)
	b.leaves = c.now.Add(time.Duration(c.buses.dice.between(12, 34)) * time.Second)
	if l.ends[b.stop] {
		const rest = 5 * time.Minute
		b.due = b.due.Add(rest)
		b.leaves = max(c.now.Add(time.Minute), b.due)
		if late := b.leaves.Sub(b.due); late > 25*time.Minute { // the timetable is given up for this tour
			b.due = b.leaves.Add(-10 * time.Minute)
		}
		b.delay = b.leaves.Sub(b.due)
	}
	if early := b.due.Sub(c.now); early > time.Minute {
		b.leaves = max(b.leaves, b.due.Add(-time.Minute))
	}
}

// late is how late a bus is now.
func (c *City) late(b *bus) time.Duration {
	if b.link == -1 {
		return b.delay
	}
	return max(b.delay, c.now.Sub(b.due))
}

// lineDelay is the mean delay of a line's buses in seconds.
func (c *City) lineDelay(line int) float64 {
	sum, n := 0.0, 0
	for i := range c.buses.fleet {
		if b := &c.buses.fleet[i]; b.line == line {
			sum, n = sum+max(c.late(b).Seconds(), 0), n+1
		}
	}
	return sum / float64(n)
}

// place is where a bus is, its speed in metres a second, and where it heads.
func (c *City) place(b *bus) (at land.Vec, speed, bearing float64) {
	l := &c.buses.lines[b.line]
	if b.link < 0 {
		at = c.streets.nodeAt[l.stops[b.stop]]
		first := c.streets.segments[l.ways[b.stop][0]]
		_, d := first.line.At(0)
		return at, 0, d.Compass()
	}
	share, speed := c.flow.Where(int(b.link), &b.car)
	at, d := c.streets.segments[b.link].line.At(share)
	return at.Add(d.Left().Times(-6)), speed, d.Compass()
}
