package citybench

import (
	"time"

	"citybrain/city"
)

// Range is the window of every query: what was observed in (t-3s, t].
const Range = 3 * time.Second

// Truth is what the oracle found for one query.
type Truth struct {
	// Results counts, over all arrivals on the query's streams, those at which
	// there is a result.
	Results int
	// Contributes are the observations that stand in some result, by the index of
	// their arrival, each with the arrival at which the first of these results is
	// there. For Q11 it is the last observation before a silence.
	Contributes map[int]int
}

// Ask is the brute force: for each arrival on a stream of the query it looks at
// every observation, takes those in the window, and hands them to the query.
func (d *Dataset) Ask(q *Query, arrivals []Arrival) (Truth, error) {
	values := make([]map[city.AttributeName]float64, len(arrivals))
	for i, a := range arrivals {
		c, err := d.Streams[a.Stream].Change(a.Row, a.At)
		if err != nil {
			return Truth{}, err
		}
		values[i] = map[city.AttributeName]float64{}
		for _, v := range c.Attributes {
			values[i][v.Name] = v.Value.Num
		}
	}
	truth := Truth{Contributes: map[int]int{}}
	for i, a := range arrivals {
		if !q.absence && !q.listens(d.Streams[a.Stream].ID) {
			continue
		}
		w := &window{data: d, last: -1, of: map[string][]observation{}}
		for j, b := range arrivals[:i+1] {
			id := d.Streams[b.Stream].ID
			if b.At > a.At.Add(-Range) && b.At <= a.At {
				w.of[id] = append(w.of[id], observation{j, values[j]})
			} else if id == QuietWeather {
				w.last = j
			}
		}
		found := q.answer(w)
		if len(found) > 0 {
			truth.Results++
		}
		for _, j := range found {
			if _, known := truth.Contributes[j]; !known {
				truth.Contributes[j] = i
			}
		}
	}
	return truth, nil
}

// observation is one in the window: which arrival, and its values.
type observation struct {
	arrival int
	values  map[city.AttributeName]float64
}

// window is what a query sees at one arrival.
type window struct {
	data *Dataset
	of   map[string][]observation
	last int // the last of QuietWeather before the window, -1: none
}

// one are the observations of a stream for which holds is true.
func (w *window) one(stream string, holds func(observation) bool) (found []int) {
	for _, a := range w.of[stream] {
		if holds(a) {
			found = append(found, a.arrival)
		}
	}
	return found
}

// pairs are the observations of two streams that stand in a pair for which holds
// is true.
func (w *window) pairs(first, second string, holds func(a, b observation) bool) (found []int) {
	for _, a := range w.of[first] {
		for _, b := range w.of[second] {
			if holds(a, b) {
				found = append(found, a.arrival, b.arrival)
			}
		}
	}
	return found
}

func always(_, _ observation) bool { return true }

// near is CityBench's test of nearness, in degrees.
func (w *window) near(events string, lat, lon float64) bool {
	for _, p := range w.data.Events[events] {
		if (lat-p.Lat)*(lat-p.Lat)+(lon-p.Lon)*(lon-p.Lon) < 0.1 {
			return true
		}
	}
	return false
}

func (o observation) free() float64 { return o.values["availableSpotNumber"] }
