package sim

import (
	"time"

	"citybrain/city"
	"citybrain/sim/land"
)

// faults are the sensors that do not say what is so.
type faults struct {
	dice  chance
	going map[city.EntityID]fault
}

// fault is what a sensor does instead.
type fault struct {
	kind  faultKind
	since city.Instant
	until city.Instant
	held  float64 // stuck: the value that it repeats
}

// faultKind names what is wrong with a sensor.
type faultKind string

// The faults. A garbled sensor sends what is no number; a sensor that is over
// counts what cannot be there; a drifting one is off by more and more.
const (
	stuck   faultKind = "stuck"
	silent  faultKind = "silent"
	drift   faultKind = "drift"
	over    faultKind = "over"
	garbled faultKind = "garbled"
	debris  faultKind = "debris" // a level sensor that sees leaves for water
)

func newFaults(c *City) faults {
	return faults{dice: c.chance("faults"), going: map[city.EntityID]fault{}}
}

// of is the fault that a sensor has now.
func (f *faults) of(id city.EntityID) (fault, bool) {
	x, ok := f.going[id]
	return x, ok
}

// faultStep begins and ends faults: on an ordinary day some eight of roads, two
// each of garages and of levels.
func (c *City) faultStep() {
	if !c.every(time.Minute, 0) {
		return
	}
	for id, x := range c.faults.going {
		if x.until <= c.now {
			delete(c.faults.going, id)
		}
	}
	d := c.faults.dice
	const perDay = 1.0 / (24 * 60)
	for range d.count(8 * perDay) {
		i := d.IntN(len(c.streets.segments))
		g := &c.streets.segments[i]
		kind := []faultKind{stuck, silent, drift, drift, garbled}[d.IntN(5)]
		c.fault(g.id, g.middle(), kind, d.minutes(20, 150), c.flow.Speed(i)*3.6)
	}
	for range d.count(2 * perDay) {
		g := &c.garages[d.IntN(len(c.garages))]
		kind := []faultKind{over, stuck, silent, drift}[d.IntN(4)]
		c.fault(g.id, g.at, kind, d.minutes(100, 300), g.parked)
	}
	if d.happens(0.3 * perDay) {
		g := &c.weather.gauges[d.IntN(len(c.weather.gauges))]
		c.fault(g.id, g.at, over, d.minutes(40, 180), 0)
	}
	for range d.count(2.5 * perDay) {
		u := &c.drains[d.IntN(len(c.drains))]
		kind := []faultKind{stuck, silent, debris, debris}[d.IntN(4)]
		c.fault(u.underpass, u.pass.At, kind, d.minutes(40, 180), u.level())
	}
}

// fault lets a sensor fail and says whether it did: one that has failed already
// does not fail anew.
func (c *City) fault(id city.EntityID, at land.Vec, kind faultKind, length time.Duration, value float64) bool {
	if _, has := c.faults.going[id]; has {
		return false
	}
	x := fault{kind: kind, since: c.now, until: c.now.Add(length), held: value}
	c.faults.going[id] = x
	note := string(kind)
	if kind == stuck && value == 0 {
		note = "stuck at zero"
	}
	c.truth.add(Incident{Kind: SensorFault, Entity: id, At: at.Point(), Start: c.now, End: x.until, Note: note, Felt: c.now})
	return true
}

// grown is how far a drift has come: all of it after forty minutes.
func (x *fault) grown(now city.Instant) float64 { return min(now.Sub(x.since).Minutes()/40, 1) }
