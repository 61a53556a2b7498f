package sim

import (
	"fmt"
	"time"

	"citybrain/city"
	"citybrain/sim/land"
)

// calls are what people tell the hotline 12345. Some happen anyway; most follow
// what people meet.
type calls struct {
	dice   chance
	number int
	new    []call
}

type call struct {
	key      string
	at       land.Vec
	category string
	text     string
	when     city.Instant
}

func newCalls(c *City) calls { return calls{dice: c.chance("calls")} }

// anyway is what people call about on every day.
var anyway = []struct{ category, zh, en string }{
	{"noise", "施工噪声", "Building noise"}, {"streetlight", "路灯不亮", "Street light is out"}, {"sanitation", "垃圾未清运", "Rubbish not collected"},
	{"bus", "公交久等不来", "Bus does not come"}, {"parking", "占道停车", "Car parked on the pavement"},
}

// callStep lets people call, once a minute.
func (c *City) callStep() {
	c.calls.new = c.calls.new[:0]
	if !c.every(time.Minute, 0) {
		return
	}
	d := c.calls.dice
	awake := weekdayTrips.at(clockOf(c.now)) / 20000
	for range d.count(5.0 / 60 * awake) {
		what := anyway[d.IntN(len(anyway))]
		c.call(c.somewhere(d), what.category, what.zh, what.en)
	}
	c.callsOfJams(d)
	for i := range c.drains {
		u := &c.drains[i]
		if level := u.level(); level > 10 && d.happens(min(level/40, 1)*0.16) {
			c.call(u.pass.At.Add(c.around(d, 120)), "flooding", u.pass.Name.ZH+"积水", "Water on the road at "+u.pass.Name.EN)
		}
	}
	if c.weather.mean > 25 && d.happens(0.06) {
		c.call(c.somewhere(d), "drain", "雨水口冒水", "Water comes out of a drain")
	}
	for i := range c.garages {
		g := &c.garages[i]
		if g.parked >= 0.97*float64(g.spaces) && d.happens(0.03) {
			c.call(g.at.Add(c.around(d, 80)), "parking", g.name.ZH+"排队", "Queue at "+g.name.EN)
		}
	}
}

// callsOfJams come from those who stand in one for ten minutes and more.
func (c *City) callsOfJams(d chance) {
	for i := range c.streets.segments {
		g := &c.streets.segments[i]
		if e := c.truth.episodes[episodeKey{Jam, g.id}]; e != nil && e.index >= 0 && d.happens(0.006) {
			c.call(g.middle().Add(c.around(d, 60)), "traffic", g.street.Name.ZH+"拥堵", "Traffic jam on "+g.street.Name.EN)
		}
	}
	for i := range c.buses.lines {
		l := &c.buses.lines[i]
		if c.lineDelay(i) > 480 && d.happens(0.03) {
			at := c.streets.nodeAt[l.stops[d.IntN(len(l.stops))]]
			c.call(at.Add(c.around(d, 40)), "bus", l.name.ZH+"公交晚点", "Late buses on "+l.name.EN)
		}
	}
}

func (c *City) somewhere(d chance) land.Vec {
	return c.streets.nodeAt[d.pick(c.demand.home)].Add(c.around(d, 250))
}

func (c *City) around(d chance, metres float64) land.Vec {
	return land.Vec{X: d.between(-metres, metres), Y: d.between(-metres, metres)}
}

func (c *City) call(at land.Vec, category, zh, en string) {
	c.calls.number++
	key := fmt.Sprintf("12345-%s-%04d", local(c.now).Format("20060102"), c.calls.number)
	c.calls.new = append(c.calls.new, call{key: key, at: at, category: category, text: zh + " " + en, when: c.now})
}
