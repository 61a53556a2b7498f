package sim

import (
	"fmt"
	"math"
	"time"

	"citybrain/city"
	"citybrain/sim/land"
)

// events are what people go to.
type events struct {
	list    []event
	venues  map[string]*land.Venue
	planned int // the last day that has been planned
	said    int // how many of the list the feed has given
}

type event struct {
	id         city.EntityID
	key        string
	name       city.Names
	venue      *land.Venue
	category   string
	start, end city.Instant
	cars       float64 // places that its guests ask for
}

func newEvents(c *City) events {
	e := events{venues: map[string]*land.Venue{}, planned: dayOf(c.begin) - 1}
	list := land.Venues()
	for i := range list {
		e.venues[list[i].ID] = &list[i]
	}
	return e
}

// horizonDays is how many days ahead events are known.
const horizonDays = 3

// planDay plans rain and events of days that come into sight.
func (c *City) planDay() {
	for c.events.planned < dayOf(c.now)+horizonDays {
		c.events.planned++
		day := c.events.planned
		c.planEvents(day)
		c.planRain(day)
	}
}

func (c *City) planEvents(day int) {
	d, start := c.onDay("events", day), midnight(day)
	evening := start.Add(19*time.Hour + 30*time.Minute)
	switch weekday := local(start).Weekday(); weekday {
	case time.Friday, time.Saturday:
		if d.happens(0.6) && !c.taken("stadium", day) {
			c.event("stadium", "concert", city.Names{ZH: "体育场演唱会", EN: "Stadium concert"}, evening, 150, d.between(760, 900))
		}
	case time.Sunday:
		if d.happens(0.4) && !c.taken("stadium", day) {
			c.event("stadium", "match", city.Names{ZH: "足球比赛", EN: "Football match"}, start.Add(15*time.Hour+30*time.Minute), 110, d.between(480, 760))
		}
	default:
		if weekday != time.Monday && d.happens(0.12) {
			c.event("stadium", "match", city.Names{ZH: "足球比赛", EN: "Football match"}, evening, 110, d.between(420, 700))
		}
	}
	if d.happens(0.4) {
		c.event("concert-hall", "concert", city.Names{ZH: "交响音乐会", EN: "Symphony concert"}, evening.Add(30*time.Minute), 120, d.between(150, 260))
	}
	if !weekend(start) && d.happens(0.25) {
		c.event("expo", "fair", city.Names{ZH: "行业博览会", EN: "Trade fair"}, start.Add(9*time.Hour+30*time.Minute), 420, d.between(350, 620))
	}
}

// taken says whether the programme has put something into a venue.
func (c *City) taken(venue string, day int) bool {
	for i := range c.events.list {
		if e := &c.events.list[i]; e.venue.ID == venue && dayOf(e.start) == day {
			return true
		}
	}
	return false
}

func (c *City) event(venue, category string, name city.Names, start city.Instant, minutes int, cars float64) {
	key := fmt.Sprintf("%s-%s", venue, local(start).Format("20060102"))
	c.events.list = append(c.events.list, event{
		id: urn("Event", key), key: key, name: name, venue: c.events.venues[venue], category: category,
		start: start, end: start.Add(time.Duration(minutes) * time.Minute), cars: cars,
	})
}

// present is the share of an event's guests that are there: most come in the two
// hours before it, and leave within forty minutes.
func (e *event) present(now city.Instant) float64 {
	before := e.start.Sub(now).Minutes()
	switch {
	case before > 200:
		return 0
	case now <= e.end:
		return 1 / (1 + math.Exp((before-122)/14))
	default:
		return math.Exp(-now.Sub(e.end).Minutes() / 14)
	}
}

// draws is the reach of an event, in metres, within which its guests park.
const draws = 1000

// guestsOf is the places that events ask of a garage: the nearer the more.
func (c *City) guestsOf(g *garage) float64 {
	sum := 0.0
	for i := range c.events.list {
		e := &c.events.list[i]
		if c.now.Add(4*time.Hour) < e.start || c.now > e.end.Add(2*time.Hour) {
			continue
		}
		if w := e.pull(g); w > 0 {
			all := 0.0
			for k := range c.garages {
				all += e.pull(&c.garages[k])
			}
			sum += e.cars * e.present(c.now) * w / all
		}
	}
	return sum
}

func (e *event) pull(g *garage) float64 {
	away := g.at.Distance(e.venue.At)
	if away > draws {
		return 0
	}
	return float64(g.spaces) * (1.25 - away/draws)
}

// eventNear says whether a garage holds guests of an event.
func (c *City) eventNear(g *garage) bool {
	for i := range c.events.list {
		e := &c.events.list[i]
		if e.pull(g) > 0 && c.now.Add(3*time.Hour) > e.start && c.now < e.end.Add(30*time.Minute) {
			return true
		}
	}
	return false
}
