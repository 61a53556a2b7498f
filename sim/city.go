package sim

import (
	"time"

	"citybrain/city"
	"citybrain/sim/land"
	"citybrain/sim/traffic"
)

// Options say which city is simulated. The zero value is the demonstration's
// place and hour with the seed 0.
type Options struct {
	Seed  uint64
	Start city.Instant // the first instant that gives rows; Evening if zero
	// WarmUp is how long before Start the city has lived; DefaultWarmUp if zero.
	WarmUp time.Duration
	// Quiet leaves out the demonstration's programme: then a thunderstorm, a
	// concert and what goes wrong come only as chance has it.
	Quiet bool
}

// Evening is where the demonstration begins: a Friday in June, 17:20.
const Evening city.Instant = 1781256000e6

// DefaultWarmUp fills streets and garages.
const DefaultWarmUp = 3 * time.Hour

// Stride is the city time between two batches of rows.
const Stride = 10 * time.Second

// City is a simulated city. It is not safe for concurrent use.
type City struct {
	opts  Options
	plan  *land.Plan
	begin city.Instant // of the warm-up
	now   city.Instant

	streets streets
	flow    *traffic.Flow
	demand  demand
	weather weather
	drains  []drain
	garages []garage
	events  events
	mishaps mishaps
	buses   buses
	faults  faults
	calls   calls
	truth   ledger
	rows    rows
}

// New is a city at its start, after its warm-up. It costs about a second.
func New(o Options) *City {
	if o.Start == 0 {
		o.Start = Evening
	}
	if o.WarmUp == 0 {
		o.WarmUp = DefaultWarmUp
	}
	c := &City{opts: o, plan: land.Shili()}
	c.begin = whole(o.Start.Add(-o.WarmUp))
	c.now = c.begin
	c.streets = newStreets(c.plan)
	taste := c.chance("taste")
	c.flow = traffic.NewFlow(c.streets.network, func(int, int) float64 { return taste.between(0.8, 1.35) })
	c.flow.Arrive = c.arrive
	c.flow.Pass = c.busPasses
	c.demand = newDemand(c)
	c.weather = newWeather(c)
	c.drains = newDrains(c)
	c.garages = newGarages(c)
	c.events = newEvents(c)
	c.mishaps = newMishaps(c)
	c.buses = newBuses(c)
	c.faults = newFaults(c)
	c.calls = newCalls(c)
	if !o.Quiet {
		c.programme()
	}
	for c.now < whole(o.Start) {
		c.live()
	}
	c.rows.clear()
	return c
}

// whole is an instant cut to a stride.
func whole(i city.Instant) city.Instant {
	stride := city.Instant(Stride / time.Microsecond)
	return i - i%stride
}

// Now is how far the city has come.
func (c *City) Now() city.Instant { return c.now }

// Step lets the city live until an instant and returns the rows of that time,
// in the order in which they belong to the feeds. Rows are dated at or before
// until.
func (c *City) Step(until city.Instant) []Batch {
	var out []Batch
	for c.now.Add(Stride) <= until {
		c.live()
		out = c.rows.take(out)
	}
	return out
}

// live moves the city by a stride.
func (c *City) live() {
	c.now = c.now.Add(Stride)
	c.planDay()
	c.rainOn()
	c.drainStep()
	c.mishapStep()
	c.streetStep()
	c.demandStep()
	c.garageStep()
	c.busStep()
	const dt = 5.0
	for s := Stride.Seconds(); s > 0; s -= dt {
		c.flow.Step(c.seconds(c.now)-s+dt, dt)
	}
	c.observeTruth()
	c.callStep()
	c.faultStep()
	c.read()
}

// seconds is an instant in the time of the traffic model.
func (c *City) seconds(at city.Instant) float64 { return at.Sub(c.begin).Seconds() }

// every says whether a multiple of d has just been reached, shifted by a phase.
func (c *City) every(d, phase time.Duration) bool {
	return (c.now-city.Instant(phase/time.Microsecond))%city.Instant(d/time.Microsecond) == 0
}

// arrive takes a car that has come to its destination.
func (c *City) arrive(car *traffic.Car) {
	switch {
	case car.Owner < 0:
		c.busArrives(int(-car.Owner - 1))
	case car.Owner > 0:
		c.parks(int(car.Owner-1), car)
	default:
		c.demand.cars--
	}
}

func urn(kind, name string) city.EntityID {
	return city.EntityID("urn:ngsi-ld:" + kind + ":shili-" + name)
}
