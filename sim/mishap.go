package sim

import (
	"math"
	"time"

	"citybrain/city"
	"citybrain/sim/land"
)

// mishaps are accidents, broken pumps and slow zones: those that have been
// planned, and those that chance brings.
type mishaps struct {
	dice    chance
	planned []mishap
	going   []lasting
}

// mishap is something that is to happen.
type mishap struct {
	at   city.Instant
	what func()
}

// lasting is a mishap on a segment that goes on.
type lasting struct {
	segment int
	slow    bool // a slow zone, not an accident
	leaves  float64
	until   city.Instant
	index   int // in the truth
}

func newMishaps(c *City) mishaps { return mishaps{dice: c.chance("mishaps")} }

// plan lets something happen later.
func (c *City) later(at city.Instant, what func()) {
	c.mishaps.planned = append(c.mishaps.planned, mishap{at, what})
}

// mishapStep lets happen what is due.
func (c *City) mishapStep() {
	m := &c.mishaps
	kept := m.planned[:0]
	var due []mishap
	for _, p := range m.planned {
		if p.at <= c.now {
			due = append(due, p)
		} else {
			kept = append(kept, p)
		}
	}
	m.planned = kept
	for _, p := range due {
		p.what()
	}
	if c.every(time.Minute, 0) {
		c.misfortune()
	}
	c.endings()
}

// misfortune is what chance brings in a minute: accidents in proportion to the
// cars on the streets, twice as many in rain; pumps that fail, most when they
// have to run; slow zones by day.
func (c *City) misfortune() {
	m := &c.mishaps
	cars, _ := c.flow.Cars()
	rate := float64(cars) * 1.1e-6 * (1 + min(c.weather.mean/25, 1.2))
	if m.dice.happens(rate) {
		c.crash(c.busiest(m.dice), m.dice.between(0.12, 0.4), m.dice.minutes(25, 60))
	}
	for i := range c.drains {
		chance := 1.2e-6
		if c.drains[i].running {
			chance = 0.02
		}
		if m.dice.happens(chance) {
			c.breakPump(i, c.now.Add(m.dice.minutes(45, 150)), m.dice.happens(0.4))
		}
	}
	if clock := clockOf(c.now); clock > 7 && clock < 20 && m.dice.happens(0.9/60/6) {
		c.slowZone(m.dice.IntN(len(c.streets.segments)), m.dice.between(0.35, 0.5), m.dice.minutes(20, 45))
	}
}

// busiest draws a segment in proportion to the cars on it.
func (c *City) busiest(d chance) int {
	sums, sum := make([]float64, len(c.streets.segments)), 0.0
	for i := range sums {
		sum += c.flow.Load(i) * float64(c.streets.network.Links[i].Room()) * math.Sqrt(c.streets.network.Links[i].FreeFlow)
		sums[i] = sum
	}
	if sum == 0 {
		return 0
	}
	return d.pick(sums)
}

// crash is an accident that leaves a share of a segment's capacity.
func (c *City) crash(segment int, leaves float64, length time.Duration) {
	if c.drained(segment) {
		return
	}
	c.happen(lasting{segment: segment, leaves: leaves, until: c.now.Add(length)}, Accident)
}

// slowZone leads cars past something at a walking pace or little more.
func (c *City) slowZone(segment int, leaves float64, length time.Duration) {
	c.happen(lasting{segment: segment, slow: true, leaves: leaves, until: c.now.Add(length)}, SlowZone)
}

// drained says whether a segment is that of an underpass, where water is enough.
func (c *City) drained(segment int) bool {
	for i := range c.drains {
		if c.drains[i].segments[0] == segment || c.drains[i].segments[1] == segment {
			return true
		}
	}
	return false
}

func (c *City) happen(l lasting, kind Kind) {
	for _, other := range c.mishaps.going {
		if other.segment == l.segment {
			return
		}
	}
	s := &c.streets.state[l.segment]
	if l.slow {
		s.slow = l.leaves
	} else {
		s.accident = l.leaves
	}
	g := &c.streets.segments[l.segment]
	incident := Incident{Kind: kind, Entity: g.id, At: g.middle().Point(), Start: c.now, End: l.until}
	if l.slow {
		incident.Felt = c.now
	}
	l.index = c.truth.add(incident)
	c.mishaps.going = append(c.mishaps.going, l)
}

func (c *City) endings() {
	m := &c.mishaps
	kept := m.going[:0]
	for _, l := range m.going {
		if l.until > c.now {
			kept = append(kept, l)
			continue
		}
		c.streets.state[l.segment].accident, c.streets.state[l.segment].slow = 1, 1
	}
	m.going = kept
}

// jamNear says whether cars really stand on a segment that begins or ends within
// metres of a place.
func (c *City) jamNear(at land.Vec, metres float64) bool {
	for i := range c.streets.segments {
		g := &c.streets.segments[i]
		near := c.streets.nodeAt[g.from].Distance(at) <= metres || c.streets.nodeAt[g.to].Distance(at) <= metres
		if e := c.truth.episodes[episodeKey{Jam, g.id}]; near && e != nil && e.index >= 0 {
			return true
		}
	}
	return false
}
