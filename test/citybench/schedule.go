package citybench

import (
	"slices"
	"time"

	"citybrain/city"
)

// Arrival is one observation on its way in.
type Arrival struct {
	Stream int // in Dataset.Streams
	Row    int // in Stream.Rows
	At     city.Instant
}

// Setting is one replay.
type Setting struct {
	Rate    float64 // observations a second of each stream, of stream time
	Paced   bool    // stream time passes as the machine's does; otherwise as fast as possible
	Each    int     // observations of each stream; a file that ends earlier ends its stream
	Copies  int     // of each query
	Queries []string
}

// begin is the stream time of the first observation: any moment does.
const begin = city.Instant(1407715200e6) // 2014-08-11

// silence is when the second weather station, QuietWeather, falls silent, so that
// Q11 has something to find: its observations whose time since the beginning lies
// in it are not sent.
var silence = [2]time.Duration{12 * time.Second, 20 * time.Second}

// apart is the time between streams: they start together, but not at the very
// same instant, in the order of Dataset.Streams.
const apart = 5 * time.Millisecond

// Arrivals are all observations of a replay in the order of their times.
func (d *Dataset) Arrivals(o Setting) []Arrival {
	var out []Arrival
	interval := time.Duration(float64(time.Second) / o.Rate)
	for i, s := range d.Streams {
		offset := apart * time.Duration(i)
		for n := range min(o.Each, len(s.Rows)) {
			since := offset + time.Duration(n)*interval
			if s.ID == QuietWeather && since >= silence[0] && since < silence[1] {
				continue
			}
			out = append(out, Arrival{i, n, begin.Add(since)})
		}
	}
	slices.SortStableFunc(out, func(a, b Arrival) int { return int(a.At - b.At) })
	return out
}
