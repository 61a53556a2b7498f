package sim

import (
	"fmt"
	"math"

	"citybrain/city"
	"citybrain/sim/land"
	"citybrain/sim/traffic"
)

// garage is a place to park. Cars come for what the hour brings and for events;
// who finds it full drives to the next one or home.
type garage struct {
	id     city.EntityID
	key    string
	name   city.Names
	street string
	at     land.Vec
	node   int
	spaces int
	usual  *rhythms

	parked float64 // cars inside
	coming int     // cars on their way to it
	guests float64 // places that events ask for, beyond the usual
	turn   float64 // share of the cars inside that are replaced in an hour
}

// rhythms are how full a garage is on working days and at weekends, by hour.
type rhythms struct{ week, end rhythm }

var (
	offices  = rhythms{rhythm{.12, .12, .12, .12, .12, .13, .18, .34, .58, .72, .76, .76, .70, .73, .75, .74, .70, .58, .40, .28, .22, .18, .15, .13}, rhythm{.1, .1, .1, .1, .1, .1, .11, .13, .16, .2, .22, .24, .24, .24, .24, .23, .22, .2, .18, .16, .14, .12, .11, .1}}
	shopping = rhythms{rhythm{.14, .13, .12, .12, .12, .12, .13, .16, .22, .30, .40, .50, .58, .55, .50, .50, .54, .64, .76, .81, .76, .58, .36, .2}, rhythm{.15, .14, .13, .13, .13, .13, .14, .18, .28, .42, .58, .7, .78, .8, .81, .8, .78, .78, .79, .78, .68, .5, .34, .2}}
	medical  = rhythms{rhythm{.2, .19, .19, .19, .2, .25, .4, .66, .83, .86, .85, .78, .68, .72, .76, .72, .62, .48, .40, .36, .32, .28, .24, .22}, rhythm{.2, .19, .19, .19, .2, .22, .28, .38, .46, .5, .5, .46, .42, .42, .42, .4, .38, .36, .34, .32, .3, .26, .24, .22}}
	arena    = rhythms{rhythm{.08, .08, .08, .08, .08, .09, .12, .18, .25, .3, .32, .34, .36, .36, .36, .38, .42, .46, .46, .4, .32, .22, .14, .1}, rhythm{.08, .08, .08, .08, .08, .09, .12, .2, .3, .36, .4, .42, .42, .42, .44, .44, .44, .42, .38, .32, .26, .18, .12, .1}}
	travel   = rhythms{rhythm{.38, .37, .36, .36, .37, .4, .46, .52, .56, .6, .62, .62, .61, .6, .6, .61, .63, .66, .66, .62, .56, .5, .45, .4}, rhythm{.42, .41, .4, .4, .41, .43, .48, .54, .6, .64, .66, .66, .65, .64, .64, .65, .67, .68, .66, .62, .56, .5, .46, .43}}
)

func newGarages(c *City) []garage {
	dice := c.chance("garages")
	var out []garage
	for i, b := range []struct {
		zh, en, street string
		x, y           float64
		spaces         int
		usual          *rhythms
		turn           float64
	}{
		{"体育场北停车楼", "Stadium North Garage", "体育路", -0.4, -3.5, 460, &arena, .25},
		{"体育场东停车场", "Stadium East Car Park", "人民路", 0.15, -3.8, 380, &arena, .25},
		{"城南广场停车楼", "South Plaza Garage", "体育场路", -0.95, -3.0, 420, &shopping, .5},
		{"江畔音乐厅停车场", "Concert Hall Garage", "南岸路", -0.6, -0.9, 300, &arena, .3},
		{"会展中心南停车楼", "Exhibition South Garage", "新城大道", 1.3, -2.3, 620, &arena, .25},
		{"会展中心北停车场", "Exhibition North Car Park", "桑园路", 1.35, -1.75, 440, &offices, .3},
		{"鼓楼商业街停车楼", "Drum Tower Garage", "钟楼街", 0.25, 1.4, 390, &shopping, .6},
		{"书院停车楼", "Academy Garage", "书院街", -0.95, 1.35, 260, &offices, .4},
		{"市第一医院停车楼", "First Hospital Garage", "和平路", -1.6, 1.9, 340, &medical, .7},
		{"示例站停车楼", "Central Station Garage", "人民路", -0.7, 2.9, 520, &travel, .5},
		{"软件园停车楼", "Software Park Garage", "科创路", 2.6, 2.6, 560, &offices, .2},
		{"西湖公园停车场", "West Lake Car Park", "湖滨路", -2.4, 1.7, 240, &arena, .5},
		{"新城中心停车楼", "New Town Centre Garage", "新城大道", 0.35, -2.1, 610, &offices, .3},
	} {
		g := garage{
			key: fmt.Sprintf("garage-%02d", i+1), name: city.Names{ZH: b.zh, EN: b.en}, street: b.street,
			at: land.Spot(b.x, b.y), spaces: b.spaces, usual: b.usual, turn: b.turn,
		}
		g.id, g.node = urn("OffStreetParking", g.key), c.plan.Nearest(g.at)
		g.parked = math.Round(g.wanted(c.begin) * dice.between(0.95, 1.02))
		out = append(out, g)
	}
	return out
}

// wanted is how many cars the garage would hold if all came through at once.
func (g *garage) wanted(now city.Instant) float64 {
	r := &g.usual.week
	if weekend(now) {
		r = &g.usual.end
	}
	return min(float64(g.spaces)*r.at(clockOf(now))+g.guests, 1.03*float64(g.spaces))
}

// garageStep sends cars to garages and lets others leave.
func (c *City) garageStep() {
	d := c.demand.dice
	for i := range c.garages {
		g := &c.garages[i]
		g.guests = c.guestsOf(g)
		h := Stride.Hours()
		missing := g.wanted(c.now) - g.parked - float64(g.coming)
		arrivals := g.turn * g.parked * h
		departures := arrivals
		if missing > 0 {
			arrivals += missing * h * 8
		} else {
			departures -= missing * h * 3.5
		}
		for range d.count(arrivals) {
			g.coming++
			c.flow.Enter(&traffic.Car{To: g.node, Habit: c.demand.habit(), Owner: int32(i + 1)}, d.pick(c.demand.home))
		}
		for range min(d.count(departures), int(g.parked)) {
			g.parked--
			c.demand.cars++
			c.flow.Enter(&traffic.Car{To: d.pick(c.demand.home), Habit: c.demand.habit()}, g.node)
		}
	}
}

// parks takes a car that has come to a garage. Full ones send it on.
func (c *City) parks(i int, car *traffic.Car) {
	g := &c.garages[i]
	g.coming--
	if g.parked < float64(g.spaces) {
		g.parked++
		return
	}
	d := c.demand.dice
	best := -1
	for k := range c.garages {
		o := &c.garages[k]
		if k != i && o.at.Distance(g.at) < 1600 && o.parked+float64(o.coming) < 0.97*float64(o.spaces) &&
			(best < 0 || o.at.Distance(g.at) < c.garages[best].at.Distance(g.at)) {
			best = k
		}
	}
	if best < 0 {
		c.demand.cars++
		c.flow.Enter(&traffic.Car{To: d.pick(c.demand.home), Habit: car.Habit}, g.node)
		return
	}
	c.garages[best].coming++
	c.flow.Enter(&traffic.Car{To: c.garages[best].node, Habit: car.Habit, Owner: int32(best + 1)}, g.node)
}
