package sim

import (
	"math"
	"time"
)

// How often each feed reports an entity.
const (
	roadsEvery   = time.Minute
	parkingEvery = time.Minute
	waterEvery   = time.Minute
	busEvery     = Stride
	rainEvery    = 5 * time.Minute
	weatherEvery = 5 * time.Minute
)

// read lets every sensor that is due report what it sees.
func (c *City) read() {
	c.rows.now = c.now
	c.readRoads()
	c.readGarages()
	c.readDrains()
	c.readWeather()
	c.readBuses()
	for i := range c.calls.new {
		x := &c.calls.new[i]
		c.rows.json("hotline", "no", "received", "category", "about", "lon", "lat", "reports").
			text(x.key).stamp(x.when).text(x.category).text(x.text).number(x.at.Point().Lon, 6).number(x.at.Point().Lat, 6).number(1, 0)
	}
	c.sayEvents()
}

// turn spreads the entities of a feed over the strides of its period.
func (c *City) turn(i int, period time.Duration) bool {
	return c.every(period, time.Duration(i)*Stride%period)
}

// readRoads gives the mean speed of the cars that were on a segment in the last
// minute, and how many they were.
func (c *City) readRoads() {
	d := c.faults.dice
	for i := range c.streets.segments {
		if !c.turn(i, roadsEvery) {
			continue
		}
		g, link := &c.streets.segments[i], &c.streets.network.Links[i]
		speed := c.flow.Speed(i) * 3.6 * (1 + 0.05*d.NormFloat64())
		seen := c.flow.Seen(i)
		speed = min(max(speed, 1), 1.15*link.FreeFlow*3.6)
		if seen == 0 {
			speed = link.FreeFlow * 3.6 // the source's guess
		}
		garble := false
		if x, bad := c.faults.of(g.id); bad {
			switch x.kind {
			case silent:
				continue
			case stuck:
				speed = x.held
			case drift:
				speed *= 1 - 0.62*x.grown(c.now)
			case garbled:
				garble = true
			}
		}
		row := c.rows.csv("traffic", "segment", "time", "speed", "count", "seconds", "state").text(g.key).stamp(c.now)
		if garble {
			row.text("ERR")
		} else {
			row.number(speed, 1)
		}
		state := "open"
		if c.streets.state[i].closed {
			state = "closed"
		}
		row.number(float64(seen), 0).number(link.Length/speed*3.6, 0).text(state)
	}
}

func (c *City) readGarages() {
	for i := range c.garages {
		g := &c.garages[i]
		if !c.turn(i, parkingEvery) {
			continue
		}
		cars := g.parked
		if x, bad := c.faults.of(g.id); bad {
			switch x.kind {
			case silent:
				continue
			case stuck:
				cars = x.held
			case over:
				cars = float64(g.spaces) + math.Round(8+0.1*cars)
			case drift:
				cars = min(math.Round(cars*(1+0.35*x.grown(c.now))), float64(g.spaces))
			}
		}
		c.rows.json("parking", "garage", "time", "cars", "places").text(g.key).stamp(c.now).number(cars, 0).number(float64(g.spaces), 0)
	}
}

func (c *City) readDrains() {
	d := c.faults.dice
	for i := range c.drains {
		u := &c.drains[i]
		if !c.turn(i, waterEvery) {
			continue
		}
		c.readLevel(u, d)
		broken := u.broken > c.now
		flow, well := u.flow, u.wellLevel()
		if flow > 0 {
			flow *= 1 + 0.02*d.NormFloat64()
		}
		c.rows.csv("pumps", "station", "time", "state", "flow", "well").
			text(u.key).stamp(c.now).text(u.state(broken)).number(flow, 0).number(well+0.3*d.NormFloat64(), 1)
	}
}

// readLevel gives the water in an underpass, in millimetres.
func (c *City) readLevel(u *drain, d chance) {
	level := u.level()
	if level > 0.5 {
		level = max(level+0.3*d.NormFloat64(), 0)
	} else {
		level = 0
	}
	if x, bad := c.faults.of(u.underpass); bad {
		switch x.kind {
		case silent:
			return
		case stuck:
			level = x.held
		case debris:
			level = 31 + 2*d.NormFloat64()
		}
	}
	status := "open"
	if u.closedAt != 0 {
		status = "closed"
	}
	c.rows.csv("water-levels", "underpass", "time", "level", "barrier").text(u.key).stamp(c.now).number(level*10, 0).text(status)
}

func (c *City) readWeather() {
	w := &c.weather
	if c.every(rainEvery, 0) {
		for i := range w.gauges {
			g := &w.gauges[i]
			intensity := g.lastMinutes(5)
			if _, bad := c.faults.of(g.id); bad {
				intensity = 999
			}
			c.rows.csv("rain", "gauge", "time", "intensity", "last_hour").
				text(g.key).stamp(c.now).number(intensity, 1).number(g.lastHour(), 1)
		}
	}
	if c.every(weatherEvery, time.Minute) {
		for i := range w.masts {
			m := &w.masts[i]
			celsius, humidity, wind := w.air(c.now)
			c.rows.json("weather", "station", "time", "temperature", "humidity", "wind").text(m.key).stamp(c.now).
				number(celsius+0.2*w.dice.NormFloat64(), 1).number(min(humidity+w.dice.NormFloat64(), 100), 0).number(max(wind*w.dice.between(0.85, 1.15), 0)/3.6, 1)
		}
	}
}

func (c *City) readBuses() {
	for i := range c.buses.fleet {
		b := &c.buses.fleet[i]
		if !c.turn(i, busEvery) {
			continue
		}
		at, speed, bearing := c.place(b)
		if speed > 0 || b.link < 0 {
			b.still = 0
		} else if b.still == 0 {
			b.still = c.now
		}
		status := "in-service"
		switch {
		case b.still != 0 && c.now.Sub(b.still) >= 5*time.Minute:
			status = "held"
		case c.buses.lines[b.line].diverted:
			status = "diverted"
		}
		c.rows.csv("bus-positions", "bus", "time", "lon", "lat", "speed", "bearing", "delay", "status").
			text(b.key).stamp(c.now).point(at.Point()).number(speed, 1).number(bearing, 0).number(c.late(b).Seconds(), 0).text(status)
	}
	for i := range c.buses.lines {
		l := &c.buses.lines[i]
		if !c.turn(i, time.Minute) {
			continue
		}
		diverted := "false"
		if l.diverted {
			diverted = "true"
		}
		c.rows.csv("bus-lines-live", "line", "time", "delay", "buses", "diverted").
			text(l.key).stamp(c.now).number(c.lineDelay(i), 0).number(fleetSize, 0).text(diverted)
	}
}

// sayEvents tells of the events that have become known.
func (c *City) sayEvents() {
	if c.now >= c.opts.Start {
		for ; c.events.said < len(c.events.list); c.events.said++ {
			c.sayEvent(&c.events.list[c.events.said])
		}
	}
}

func (c *City) sayEvent(e *event) {
	c.rows.json("events", "id", "title", "starts", "venue", "category", "lon", "lat").
		text(e.key).text(e.name.ZH+" "+e.name.EN).stamp(e.start).text(e.venue.Name.ZH+" "+e.venue.Name.EN).text(e.category).
		number(e.venue.At.Point().Lon, 6).number(e.venue.At.Point().Lat, 6)
}
