package sim

import (
	"sort"
	"time"

	"citybrain/city"
)

// Kind says what kind of thing was really so.
type Kind string

// The kinds of truth. The last two are traps: something that looks like an
// incident and is none.
const (
	Accident    Kind = "accident"     // a collision takes capacity from a segment
	Jam         Kind = "jam"          // cars come on at less than half of what the street allows, for ten minutes or more
	Crowded     Kind = "crowded"      // a garage is really over 80 % because of an event or of jams around it
	Flood       Kind = "flood"        // 15 cm of water or more stand in an underpass
	PumpFailure Kind = "pump-failure" // the pumps of an underpass lift nothing
	HeavyRain   Kind = "heavy-rain"   // 20 mm/h or more at a gauge over five minutes
	BusDelay    Kind = "bus-delay"    // the buses of a line are on average 10 minutes late or more
	WadingBus   Kind = "wading-bus"   // the buses of a line still go through a flooded underpass
	SensorFault Kind = "sensor-fault" // a sensor says what is not so, or nothing
	SlowZone    Kind = "slow-zone"    // a trap: cars are led slowly past something, and nothing is wrong
	Crowd       Kind = "crowd"        // a trap: a garage is full as on every such day, without event or jam
)

// Incident is one thing that was really so.
type Incident struct {
	Kind   Kind
	Entity city.EntityID
	At     city.Point
	Start  city.Instant
	End    city.Instant // zero: it has not ended
	Note   string       // what is particular to it, such as the kind of a sensor's fault
	// Felt is since when it has made a difference, zero if it never did: of an
	// accident its start, if cars stood behind it for ten minutes; of broken pumps
	// when they should have run, if for five minutes; of all others their start.
	Felt city.Instant
}

// Truth lists what was really so from Start of the city until now, by its
// beginning. No rule reads it.
func (c *City) Truth() []Incident {
	var out []Incident
	start := c.begin.Add(c.opts.WarmUp)
	for _, i := range c.truth.list {
		if i.Start > c.now {
			continue
		}
		if i.End > c.now {
			i.End = 0
		}
		if i.End == 0 || i.End > start {
			out = append(out, i)
		}
	}
	sort.SliceStable(out, func(i, k int) bool { return out[i].Start < out[k].Start })
	return out
}

// ledger collects the truth. An episode is what is known only while it lasts.
type ledger struct {
	list     []Incident
	episodes map[episodeKey]*episode
}

type episodeKey struct {
	kind   Kind
	entity city.EntityID
}

type episode struct {
	since, last city.Instant
	index       int // in the list, −1 before it counts
}

func (l *ledger) add(i Incident) int {
	l.list = append(l.list, i)
	return len(l.list) - 1
}

// lasting are episodes: how long one must last to count, and how long it may
// pause without ending.
func (l *ledger) lasting(now city.Instant, so bool, least, pause time.Duration, i Incident) {
	if l.episodes == nil {
		l.episodes = map[episodeKey]*episode{}
	}
	key := episodeKey{i.Kind, i.Entity}
	e := l.episodes[key]
	switch {
	case e == nil && !so:
		return
	case e == nil:
		e = &episode{since: now, index: -1}
		l.episodes[key] = e
	case !so && now.Sub(e.last) > pause:
		if e.index >= 0 {
			l.list[e.index].End = e.last
		}
		delete(l.episodes, key)
		return
	}
	if so {
		e.last = now
	}
	if e.index < 0 && e.last.Sub(e.since) >= least {
		i.Start, i.Felt = e.since, e.since
		e.index = l.add(i)
	}
}

// observeTruth notes each minute what is so by itself.
func (c *City) observeTruth() {
	if !c.every(time.Minute, 0) {
		return
	}
	for i := range c.streets.segments {
		g := &c.streets.segments[i]
		free := c.streets.network.Links[i].FreeFlow
		jammed := c.flow.Load(i) > 0 && c.flow.Speed(i) < 0.5*free*c.streets.state[i].slow
		c.truth.lasting(c.now, jammed, 10*time.Minute, 3*time.Minute, Incident{Kind: Jam, Entity: g.id, At: g.middle().Point()})
	}
	for i := range c.drains {
		d := &c.drains[i]
		c.feltPumps(d)
		c.truth.lasting(c.now, d.level() >= 15, 0, 3*time.Minute, Incident{Kind: Flood, Entity: d.underpass, At: d.pass.At.Point()})
	}
	for i := range c.weather.gauges {
		g := &c.weather.gauges[i]
		c.truth.lasting(c.now, g.lastMinutes(5) >= 20, 0, 5*time.Minute, Incident{Kind: HeavyRain, Entity: g.id, At: g.at.Point()})
	}
	for i := range c.buses.lines {
		l := &c.buses.lines[i]
		wading := false
		for _, k := range l.passes {
			wading = wading || c.drains[k].level() >= 15
		}
		c.truth.lasting(c.now, wading && !l.diverted, 0, 2*time.Minute, Incident{Kind: WadingBus, Entity: l.id, At: c.streets.nodeAt[l.stops[0]].Point()})
		c.truth.lasting(c.now, c.lineDelay(i) >= 600, 2*time.Minute, 5*time.Minute, Incident{Kind: BusDelay, Entity: l.id, At: c.streets.nodeAt[l.stops[0]].Point()})
	}
	c.feltAccidents()
	c.observeGarages()
}

// feltPumps notes that broken pumps would have had to run.
func (c *City) feltPumps(d *drain) {
	if d.broken <= c.now || d.wellLevel() < pumpStart {
		d.needed = 0
	} else if d.needed++; d.needed == 5 && c.truth.list[d.failure].Felt == 0 {
		c.truth.list[d.failure].Felt = c.now.Add(-5 * time.Minute)
	}
}

// feltAccidents notes that cars stand behind an accident.
func (c *City) feltAccidents() {
	for i := range c.mishaps.going {
		l := &c.mishaps.going[i]
		e := c.truth.episodes[episodeKey{Jam, c.streets.segments[l.segment].id}]
		if !l.slow && e != nil && e.index >= 0 {
			c.truth.list[l.index].Felt = c.truth.list[l.index].Start
		}
	}
}

// observeGarages tells a garage that is crowded for a reason from one that is
// full as on every day.
func (c *City) observeGarages() {
	for i := range c.garages {
		g := &c.garages[i]
		full := g.parked >= 0.8*float64(g.spaces)
		reason := c.eventNear(g) || c.jamNear(g.at, 800)
		place := Incident{Kind: Crowded, Entity: g.id, At: g.at.Point()}
		c.truth.lasting(c.now, full && reason, 5*time.Minute, 15*time.Minute, place)
		place.Kind = Crowd
		c.truth.lasting(c.now, full && !reason, 30*time.Minute, 5*time.Minute, place)
	}
}

// Upstream lists a road segment and those that lead into it, up to metres away:
// where the cars stand that something on it holds up. It is for scoring.
func (c *City) Upstream(segment city.EntityID, metres float64) []city.EntityID {
	var out []city.EntityID
	for i := range c.streets.segments {
		if c.streets.segments[i].id == segment {
			for _, k := range c.streets.upstream(i, metres) {
				out = append(out, c.streets.segments[k].id)
			}
		}
	}
	return out
}
