package sim

import (
	"fmt"
	"math"
	"time"

	"citybrain/city"
	"citybrain/sim/land"
)

// drain is an underpass with its pump station: rain from the streets around runs
// into the sump, pumps empty it, and what the sump cannot hold stands on the road.
type drain struct {
	underpass, pump city.EntityID
	key             string
	pass            *land.Underpass
	segments        [2]int // through it, one for each direction

	catchment float64 // m² that drain into it
	rated     float64 // m³/h that the pumps lift
	sump      float64 // m³ in the sump
	road      float64 // m³ on the road
	flow      float64 // m³/h lifted now
	running   bool

	broken   city.Instant // until when the pumps are broken; zero: they are not
	silent   bool         // they are broken and say that they run
	closedAt city.Instant // since when the barrier is down
	failure  int          // in the truth
	needed   int          // minutes for which broken pumps should have run
	over     city.Instant // since when the water has stood over closedWater
}

// The sump: how deep it is, in centimetres, and what it holds a centimetre, when
// pumps start and stop.
const (
	sumpArea  = 0.32 // m³ a centimetre
	sumpFull  = 250.0
	pumpStart = 80.0
	pumpStop  = 30.0
	// seep is what leaves an underpass without a pump, m³/h.
	seep = 35.0
	// runoff is the share of the rain that runs off.
	runoff = 0.85
)

func newDrains(c *City) []drain {
	// What drains into each underpass, and the rain in mm/h that its pumps stand.
	built := []struct{ catchment, stands float64 }{
		{9200, 82}, {8400, 84}, {7600, 47}, {6200, 80}, {11800, 90}, {10400, 86}, {6900, 52}, {8800, 78},
	}
	var out []drain
	for i := range c.plan.Underpasses {
		u, b := &c.plan.Underpasses[i], built[i]
		key := fmt.Sprint(i + 1)
		d := drain{
			underpass: urn("Underpass", "u"+key), pump: urn("PumpStation", "p"+key), key: key, pass: u,
			catchment: b.catchment, rated: math.Round(b.catchment*runoff*b.stands/1000/10) * 10, sump: 12,
		}
		for k, g := range c.streets.segments {
			if g.edge == u.Edge {
				d.segments[k%2] = k
			}
		}
		out = append(out, d)
	}
	return out
}

// The floor of an underpass is a trough between two ramps: the deeper the water,
// the wider it stands. floor and ramps are its volume in m³ by centimetre and
// centimetre squared.
const (
	floor = 2.6
	ramps = 0.045
)

// level is the water on the road in centimetres.
func (d *drain) level() float64 {
	return (math.Sqrt(floor*floor+4*ramps*d.road) - floor) / (2 * ramps)
}

// wellLevel is the water in the sump in centimetres.
func (d *drain) wellLevel() float64 { return d.sump / sumpArea }

// step moves the water by a stride of rain.
func (d *drain) step(rain float64, broken bool) {
	h := Stride.Hours()
	d.sump += d.catchment * runoff * rain / 1000 * h
	if d.road > 0 { // what stands on the road runs into the sump again
		back := min(d.road, max(sumpFull*sumpArea-d.sump, 0))
		d.road, d.sump = d.road-back, d.sump+back
	}
	switch {
	case d.wellLevel() >= pumpStart:
		d.running = true
	case d.wellLevel() <= pumpStop:
		d.running = false
	}
	d.flow = 0
	if d.running && !broken {
		d.flow = min(d.rated, d.sump/h)
	}
	lost := min(d.sump, (d.flow+seep)*h)
	if d.sump <= pumpStop*sumpArea {
		lost = min(lost, d.flow*h)
	}
	d.sump -= lost
	if over := d.sump - sumpFull*sumpArea; over > 0 {
		d.sump, d.road = d.sump-over, d.road+over
	}
}

// drainStep moves the water of all underpasses and closes those that are flooded.
func (c *City) drainStep() {
	for i := range c.drains {
		d := &c.drains[i]
		broken := d.broken > c.now
		if d.broken != 0 && !broken {
			d.broken, d.silent = 0, false
		}
		d.step(c.weather.rain(c.now, d.pass.At), broken)
		c.barrier(d)
		for _, s := range d.segments {
			c.streets.state[s].flood, c.streets.state[s].closed = d.level(), d.closedAt != 0
		}
	}
}

// barrier closes an underpass after two minutes over closedWater and opens it
// when the water has gone.
func (c *City) barrier(d *drain) {
	switch level := d.level(); {
	case level < closedWater:
		d.over = 0
	case d.over == 0:
		d.over = c.now
	case d.closedAt == 0 && c.now.Sub(d.over) >= 2*time.Minute:
		d.closedAt = c.now
	}
	if d.closedAt != 0 && d.level() < openWater {
		d.closedAt = 0
	}
}

// state is what the station says of itself.
func (d *drain) state(broken bool) string {
	switch {
	case broken && !d.silent:
		return "fault"
	case d.running:
		return "running"
	}
	return "standby"
}

// breakPump lets the pumps of a station fail until an instant.
func (c *City) breakPump(i int, until city.Instant, silent bool) {
	d := &c.drains[i]
	if d.broken > c.now {
		return
	}
	d.broken, d.silent = until, silent
	note := "says fault"
	if silent {
		note = "says running"
	}
	d.needed = 0
	d.failure = c.truth.add(Incident{Kind: PumpFailure, Entity: d.pump, At: d.pass.At.Point(), Start: c.now, End: until, Note: note})
}
