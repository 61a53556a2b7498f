package sim

import (
	"citybrain/sim/land"
	"citybrain/sim/traffic"
)

// demand is who wants to go where.
type demand struct {
	dice chance
	home []float64 // weights of the nodes added up: where people live
	work []float64 // and where they work and shop
	cars int       // on their way, without those to garages and without buses
}

// trips is how many trips by car begin in an hour, outside those to garages.
var (
	weekdayTrips = rhythm{1900, 1000, 700, 700, 1300, 3700, 10900, 20500, 22600, 17100, 14700, 15100, 15400, 14700, 14700, 15900, 18800, 23400, 23100, 17100, 13000, 10000, 6700, 3700}
	weekendTrips = rhythm{3000, 1900, 1300, 900, 1000, 1900, 4000, 7100, 10900, 14400, 16400, 16700, 15900, 15900, 16600, 17100, 17600, 17100, 15900, 14400, 12400, 10200, 7500, 4800}
	// outbound is the share of trips that lead away from home.
	outbound = rhythm{.3, .3, .3, .4, .6, .8, .9, .9, .85, .7, .6, .5, .5, .55, .5, .45, .35, .2, .2, .3, .35, .3, .25, .25}
)

func newDemand(c *City) demand {
	d := demand{dice: c.chance("demand")}
	var home, work float64
	for i, j := range c.plan.Junctions {
		h, w := weights(j.At)
		if j.Gate {
			h, w = 2.6, 1.6
		}
		if len(c.streets.network.OutOf(i)) == 0 { // only the edge of the plan
			h, w = 0, 0
		}
		home, work = home+h, work+w
		d.home, d.work = append(d.home, home), append(d.work, work)
	}
	return d
}

// weights are how many people live at a place and how many work there.
func weights(at land.Vec) (home, work float64) {
	old, centre := at.Distance(land.Spot(-0.3, 1.4)), at.Distance(land.Spot(0.4, -2))
	home, work = 1, 0.5
	if at.Length() < 1400 {
		home = 0.7
	}
	if old < 900 {
		work += 1.1
	}
	if centre < 1000 {
		work += 1.4
	}
	if at.Distance(land.Spot(2.9, 2.6)) < 900 {
		work += 1
	}
	return home, work
}

// demandStep lets people set out.
func (c *City) demandStep() {
	d, clock := &c.demand, clockOf(c.now)
	trips := weekdayTrips.at(clock)
	if weekend(c.now) {
		trips = weekendTrips.at(clock)
	}
	wet := 1 + 0.08*min(c.weather.mean/20, 1) // some who would walk
	away := outbound.at(clock)
	for range d.dice.count(trips * wet * Stride.Hours()) {
		from, to := d.home, d.work
		if !d.dice.happens(away) {
			from, to = to, from
		}
		a, b := d.dice.pick(from), d.dice.pick(to)
		if c.streets.nodeAt[a].Distance(c.streets.nodeAt[b]) < 500 {
			continue
		}
		d.cars++
		c.flow.Enter(&traffic.Car{To: b, Habit: d.habit()}, a)
	}
}

// habit is how a driver finds the way: two in five look at the state of the
// streets.
func (d *demand) habit() int {
	if d.dice.happens(0.4) {
		return 0
	}
	return 1 + d.dice.IntN(traffic.Habits-1)
}
