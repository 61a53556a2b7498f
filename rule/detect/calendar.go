package detect

import (
	"time"

	"citybrain/city"
)

const (
	daySeconds = 86400
	micros     = 1_000_000
)

// calendar turns instants into local days and seconds. It keeps the offset
// that is in force, so that only a change of it asks the zone again.
type calendar struct {
	from, until int64 // UTC seconds between which offset is in force
	offset      int64
}

// local is the local time of at as seconds since 1970-01-01T00:00 local.
func (c *calendar) local(zone *time.Location, at city.Instant) int64 {
	sec := floorDiv(int64(at), micros)
	if sec < c.from || sec >= c.until {
		c.enter(zone, sec)
	}
	return sec + c.offset
}

func (c *calendar) enter(zone *time.Location, sec int64) {
	t := time.Unix(sec, 0).In(zone)
	_, offset := t.Zone()
	from, until := t.ZoneBounds()
	c.offset, c.from, c.until = int64(offset), -1<<62, 1<<62
	if !from.IsZero() {
		c.from = from.Unix()
	}
	if !until.IsZero() {
		c.until = until.Unix()
	}
}

// place is the slot of s.Season that a local time lies in, and the number of
// that season: of the day, of the working or weekend day, of the week.
func (s *Shape) place(local int64) (slot int, season int32) {
	day, second := floorDiv(local, daySeconds), floorMod(local, daySeconds)
	perDay := int(daySeconds / int64(s.Slot/time.Second))
	slot = int(second / int64(s.Slot/time.Second))
	// 1970-01-01 was a Thursday, so weeks that begin on Monday begin three days earlier.
	week, weekday := floorDiv(day+3, 7), int(floorMod(day+3, 7))
	switch s.Season {
	case Week:
		return weekday*perDay + slot, int32(week)
	case Weekday:
		if weekday >= 5 {
			return perDay + slot, int32(week*2) + int32(weekday-5)
		}
		return slot, int32(week*5) + int32(weekday)
	default:
		return slot, int32(day)
	}
}

// period is the number of the period that at lies in. Whole days are local
// days, whatever their length; periods of seven days begin on Monday. Parts of
// a day are all equally long, counted from the midnight of the zone's offset
// on 1 January 2000, so that no change of the clocks makes a period without
// time.
func (c *calendar) period(s *Shape, at city.Instant) int64 {
	if s.Period >= 24*time.Hour {
		return floorDiv(floorDiv(c.local(s.Zone, at), daySeconds)+3, int64(s.Period/(24*time.Hour)))
	}
	if c.until == 0 {
		c.enter(s.Zone, 946_684_800)
		c.from, c.until = -1<<62, 1<<62
	}
	return floorDiv(floorDiv(int64(at), micros)+c.offset, int64(s.Period/time.Second))
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

func floorMod(a, b int64) int64 { return a - floorDiv(a, b)*b }
