package sim

import (
	"fmt"

	"citybrain/city"
	"citybrain/sim/land"
)

// Reference is what the city's agencies know without measuring: streets,
// garages, underpasses, stations, bus lines and buses, and the events that are
// announced. It is sent before the first rows of Step.
func (c *City) Reference() []Batch {
	r := &rows{now: c.now}
	c.sayStreets(r)
	for i := range c.garages {
		g := &c.garages[i]
		r.csv("garages", "garage", "zh", "en", "street", "lon", "lat").
			text(g.key).text(g.name.ZH).text(g.name.EN).text(g.street).point(g.at.Point())
	}
	for i := range c.drains {
		u := &c.drains[i]
		r.csv("underpasses", "underpass", "zh", "en", "lon", "lat", "alert", "closure", "pump").
			text(u.key).text(u.pass.Name.ZH).text(u.pass.Name.EN).point(u.pass.At.Point()).number(15, 0).number(closedWater, 0).text(u.key)
	}
	for i := range c.drains {
		u := &c.drains[i]
		at := u.pass.At.Add(land.Vec{X: 45, Y: 35})
		r.csv("pump-stations", "station", "zh", "en", "lon", "lat", "rated", "underpass").
			text(u.key).text(u.pass.Name.ZH+"泵站").text("Pumps of "+u.pass.Name.EN).point(at.Point()).number(u.rated, 0).text(u.key)
	}
	c.sayStations(r)
	c.sayBuses(r)
	keep := c.rows
	c.rows, c.events.said = *r, 0
	c.sayEvents()
	r.open, c.rows = c.rows.open, keep
	return r.take(nil)
}

// segmentPoints is how many positions a segment's line has, linePoints how many
// that of a bus line.
const (
	segmentPoints = 5
	linePoints    = 24
)

// beside is how far to the right of a street's middle the line of a segment is
// drawn, so that the two directions can be told apart.
const beside = 7

func (c *City) sayStreets(r *rows) {
	columns := []string{"segment", "zh", "en", "rank", "metres", "free_speed", "free_seconds", "from_street", "to_street", "from_junction", "to_junction"}
	columns = append(columns, pointColumns(segmentPoints)...)
	for i := range c.streets.segments {
		g, link := &c.streets.segments[i], &c.streets.network.Links[i]
		from, to := c.crossStreet(g, g.from), c.crossStreet(g, g.to)
		s := r.csv("segments", columns...).text(g.key).
			text(fmt.Sprintf("%s（%s→%s）", g.street.Name.ZH, from, to)).text(g.street.Name.EN).
			text([...]string{"", "ring", "arterial", "collector"}[g.street.Rank]).
			number(link.Length, 0).number(link.FreeFlow*3.6, 0).number(link.FreeTime(), 0).
			text(from).text(to).text(fmt.Sprint("j", g.from)).text(fmt.Sprint("j", g.to))
		for _, v := range g.line.Even(segmentPoints).Beside(-beside) {
			s.point(v.Point())
		}
	}
}

func pointColumns(n int) []string {
	var out []string
	for i := range n {
		out = append(out, fmt.Sprintf("lon%d", i+1), fmt.Sprintf("lat%d", i+1))
	}
	return out
}

// crossStreet is the other street at an end of a segment.
func (c *City) crossStreet(g *segment, node int) string {
	j := &c.plan.Junctions[node]
	for _, n := range j.Edges {
		if s := c.plan.Edges[n].Street; s < len(c.plan.Streets) && &c.plan.Streets[s] != g.street {
			return c.plan.Streets[s].Name.ZH
		}
	}
	return "城界"
}

func (c *City) sayStations(r *rows) {
	for _, list := range []struct {
		feed     string
		stations []station
	}{{"rain-gauges", c.weather.gauges}, {"weather-stations", c.weather.masts}} {
		for i := range list.stations {
			s := &list.stations[i]
			feed := r.csv(city.FeedID(list.feed), "station", "zh", "en", "lon", "lat")
			feed.text(s.key).text(s.zh).text(s.en).point(s.at.Point())
		}
	}
}

func (c *City) sayBuses(r *rows) {
	columns := append([]string{"line", "zh", "en", "headway", "underpass"}, pointColumns(linePoints)...)
	for i := range c.buses.lines {
		l := &c.buses.lines[i]
		underpass := ""
		if len(l.passes) > 0 {
			underpass = c.drains[l.passes[0]].key
		}
		s := r.csv("bus-lines", columns...).text(l.key).text(l.name.ZH).text(l.name.EN).number(float64(l.headway), 0).text(underpass)
		for _, v := range c.course(l).Even(linePoints) {
			s.point(v.Point())
		}
	}
	for i := range c.buses.fleet {
		b := &c.buses.fleet[i]
		l := &c.buses.lines[b.line]
		r.csv("bus-fleet", "bus", "line", "zh", "en").text(b.key).text(l.key).
			text(fmt.Sprintf("%s %02d 号车", l.name.ZH, i%fleetSize+1)).text(fmt.Sprintf("%s bus %d", l.name.EN, i%fleetSize+1))
	}
}

// course is the way of a line from its first stop to its last, or once round.
func (c *City) course(l *busLine) land.Line {
	var out land.Line
	for i, way := range l.planned {
		if i > 0 && l.ends[i] {
			break
		}
		for _, link := range way {
			out = append(out, c.streets.segments[link].line...)
		}
	}
	return out
}
