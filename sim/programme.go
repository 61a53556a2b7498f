package sim

import (
	"time"

	"citybrain/city"
)

// programme is what happens in every demonstration, whatever the seed: within
// its first forty minutes a thunderstorm builds while people drive home and to a
// concert, cars collide, pumps fail and sensors say what is not so. Where and
// how strongly is left to the seed.
func (c *City) programme() {
	d := c.chance("programme")
	start := whole(c.opts.Start)
	after := func(minutes float64) city.Instant { return start.Add(time.Duration(minutes * float64(time.Minute))) }
	begins := whole(after(130))
	c.event("stadium", "concert", city.Names{ZH: "体育场演唱会", EN: "Stadium concert"}, begins, 150, d.between(730, 820))

	storm := d.storm(after(d.between(7, 9)))
	storm.length, storm.peak, storm.width = d.minutes(62, 75), d.between(76, 92), 3800
	storm.from = storm.from.Times(0.4)
	c.weather.showers = append(c.weather.showers, storm)

	c.later(after(d.between(0.5, 2.5)), func() { c.crash(c.crowdedStreet(d), d.between(0.1, 0.16), d.minutes(40, 55)) })
	c.later(after(d.between(10, 14)), func() { c.crash(c.crowdedStreet(d), d.between(0.12, 0.25), d.minutes(30, 45)) })

	order := d.Perm(len(c.drains))
	c.later(after(d.between(9, 11)), func() { c.breakPump(order[0], c.now.Add(d.minutes(60, 100)), false) })
	c.later(after(d.between(11, 14)), func() { c.breakPump(order[1], c.now.Add(d.minutes(50, 90)), true) })
	c.later(after(d.between(12, 18)), func() {
		// Not one of those that fill up: there it would end the garage's pressure.
		for k := 3 + d.IntN(9); k < len(c.garages); k++ {
			if g := &c.garages[k]; c.fault(g.id, g.at, over, d.minutes(60, 110), g.parked) {
				break
			}
		}
	})
	c.later(after(d.between(4, 9)), func() {
		i := d.IntN(len(c.streets.segments))
		g := &c.streets.segments[i]
		c.fault(g.id, g.middle(), garbled, d.minutes(15, 25), 0)
	})
	c.later(after(d.between(5, 10)), func() { c.slowZone(d.IntN(len(c.streets.segments)), d.between(0.36, 0.45), d.minutes(20, 30)) })
}

// crowdedStreet draws a segment within the ring on which many cars drive.
func (c *City) crowdedStreet(d chance) int {
	best, most := 0, -1.0
	for range 12 {
		i := c.busiest(d)
		g := &c.streets.segments[i]
		load := c.flow.Load(i)
		if g.middle().Length() < 2300 && !c.drained(i) && load > most && load < 0.7 {
			best, most = i, load
		}
	}
	return best
}
