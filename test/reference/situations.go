package reference

import (
	"math"
	"time"
)

// The rules of the first pack.
const (
	roadCongestion = "road-congestion"
	garagePressure = "garage-pressure"
	dataFault      = "data-fault"
)

func micros(d time.Duration) int64 { return d.Microseconds() }

// slow: there are vehicles and they drive under half the free-flow speed.
func slow(s *segment, i int) bool {
	return s.passages[i].vehicles > 0 && s.passages[i].speed < 0.5*s.freeFlow
}

// congestions looks at each slow passage of a segment: where the row of slow
// passages that it belongs to began, and whether it is the first of that row
// at ten minutes or more from the beginning.
func congestions(s *segment) []Situation {
	var found []Situation
	for i := range s.passages {
		first := beginOfRow(s, i)
		if first < 0 || !lasted(s, first, i) || i > first && lasted(s, first, i-1) {
			continue
		}
		up := Situation{Rule: roadCongestion, Subject: s.id, Raised: s.passages[i].at}
		for j := i + 1; j < len(s.passages); j++ {
			if !slow(s, j) {
				up.Cleared = s.passages[j].at
				break
			}
		}
		found = append(found, up)
	}
	return found
}

// beginOfRow is the first passage of the row of slow ones that holds i, or −1.
func beginOfRow(s *segment, i int) int {
	first := -1
	for ; i >= 0 && slow(s, i); i-- {
		first = i
	}
	return first
}

func lasted(s *segment, first, i int) bool {
	return s.passages[i].at-s.passages[first].at >= micros(10*time.Minute)
}

// judge applies the quality rules to all readings of a garage.
func judge(g *garage) {
	for i := range g.readings {
		g.readings[i].capacity = g.readings[i].vehicles > g.readings[i].spaces
		g.readings[i].stuck = stuckAt(g.readings, i)
	}
	// Faulty from a reading at which a rule fires until the third sound one:
	// so exactly where one of this reading and the two before it fired.
	for i := range g.readings {
		for j := max(0, i-2); j <= i; j++ {
			if g.readings[j].capacity || g.readings[j].stuck {
				g.readings[i].faulty = true
			}
		}
	}
}

// stuckAt: the same value, not zero, in this and the readings right before it,
// at least 12 of them spanning at least 12 hours.
func stuckAt(readings []occupancy, i int) bool {
	if readings[i].vehicles == 0 {
		return false
	}
	first := i
	for first > 0 && readings[first-1].vehicles == readings[i].vehicles {
		first--
	}
	return i-first+1 >= 12 && readings[i].at-readings[first].at >= micros(12*time.Hour)
}

func faultsOf(g *garage) []Fault {
	var found []Fault
	for i, r := range g.readings {
		if !r.faulty || i > 0 && g.readings[i-1].faulty {
			continue
		}
		f := Fault{Garage: g.code, From: r.at, Capacity: r.capacity, Stuck: r.stuck}
		for _, later := range g.readings[i:] {
			if !later.faulty {
				f.Until = later.at
				break
			}
		}
		found = append(found, f)
	}
	return found
}

// pressures goes through the readings of a garage.
func (c *cityRows) pressures(g *garage, roads []Situation, o Options) []Situation {
	var found []Situation
	var up *Situation
	for i, r := range g.readings {
		switch {
		case up == nil:
			if i == 0 || r.faulty || !full(r) || !full(g.readings[i-1]) || g.readings[i-1].faulty && !o.CountFaulty {
				continue
			}
			congested, events := c.congestedNear(g, roads, r.at), c.eventsNear(g, r.at)
			if len(congested)+len(events) > 0 {
				up = &Situation{Rule: garagePressure, Subject: g.code, Raised: r.at, Congested: congested, Events: events}
			}
		case r.faulty, r.vehicles < 0.75*r.spaces:
			up.Cleared, up.DataFault = r.at, r.faulty
			found = append(found, *up)
			up = nil
		}
	}
	if up != nil {
		found = append(found, *up)
	}
	return found
}

func full(r occupancy) bool { return r.vehicles >= 0.8*r.spaces }

// congestedNear lists the segments with an end within 800 m on which
// road-congestion is up.
func (c *cityRows) congestedNear(g *garage, roads []Situation, now int64) []string {
	var found []string
	for _, s := range c.segments {
		if distance(g.at, s.ends[0]) > 800 && distance(g.at, s.ends[1]) > 800 {
			continue
		}
		for _, road := range roads {
			if road.Subject == s.id && road.Raised <= now && (road.Cleared == 0 || now < road.Cleared) {
				found = append(found, s.id)
			}
		}
	}
	return found
}

// eventsNear lists the events within 1 km that start from now on and before
// three hours from now.
func (c *cityRows) eventsNear(g *garage, now int64) []string {
	var found []string
	for _, e := range c.events {
		if e.starts >= now && e.starts < now+micros(3*time.Hour) && distance(g.at, e.at) <= 1000 {
			found = append(found, e.id)
		}
	}
	return found
}

// parkingRows completes the count of the parking rows with the marks of the
// quality rules.
func (c *cityRows) parkingRows() Rows {
	count := c.parking
	for _, g := range c.garages {
		for _, r := range g.readings {
			if r.capacity || r.stuck {
				count.Flagged++
			} else {
				count.Applied++
			}
		}
	}
	return count
}

// distance is the length of the great circle on a sphere of 6,371,008.8 m.
func distance(p, q position) float64 {
	radians := func(degrees float64) float64 { return degrees / 180 * math.Pi }
	squaredSine := func(angle float64) float64 { return math.Sin(angle) * math.Sin(angle) }
	h := squaredSine(radians(q.lat-p.lat)/2) + math.Cos(radians(p.lat))*math.Cos(radians(q.lat))*squaredSine(radians(q.lon-p.lon)/2)
	return 2 * 6371008.8 * math.Asin(math.Sqrt(h))
}
