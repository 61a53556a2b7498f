package traffic

import "math"

// Load is the share of a link's room that cars take.
func (f *Flow) Load(link int) float64 {
	return float64(len(f.Roads[link].cars)) / float64(f.Net.Links[link].Room())
}

// Queue is how many cars stand at the end of a link.
func (f *Flow) Queue(link int) int {
	n := 0
	for _, c := range f.Roads[link].cars {
		if c.ready <= f.now {
			n++
		}
	}
	return n
}

// Time is how many seconds the link takes now: driving to the end, and waiting
// there as long as the queue takes to leave at the rate of the last minutes.
func (f *Flow) Time(link int) float64 {
	r, l := &f.Roads[link], &f.Net.Links[link]
	queue := float64(f.Queue(link)) - float64(l.Lanes)
	if queue <= 0 {
		return f.driving(link)
	}
	rate := math.Max(r.rate, 0.04*l.Capacity)
	return f.driving(link) + queue/rate
}

// Speed is the mean speed on a link in metres a second.
func (f *Flow) Speed(link int) float64 { return f.Net.Links[link].Length / f.Time(link) }

// Seen counts the cars that were on a link since the last call.
func (f *Flow) Seen(link int) int {
	r := &f.Roads[link]
	n := len(r.cars) + r.out
	r.out = 0
	return n
}

// Where says how far along its link, 0 to 1, a car is that is on it, and its
// speed in metres a second.
func (f *Flow) Where(link int, c *Car) (share, speed float64) {
	r, l := &f.Roads[link], &f.Net.Links[link]
	ahead := 0
	for _, other := range r.cars {
		if other == c {
			break
		}
		if other.ready <= f.now {
			ahead++
		}
	}
	end := math.Max(1-float64(ahead)*carLength/float64(l.Lanes)/l.Length, 0)
	took := c.ready - c.entered
	done := (f.now - c.entered) / took
	if c.ready <= f.now || done >= end {
		return end, 0
	}
	return math.Max(done, 0), l.Length / took
}
