package sim

import (
	"math"
	"math/rand/v2"
	"time"

	"citybrain/city"
)

// chance is a source of random numbers of one part of the city, so that a part
// that draws more does not change what the others draw.
type chance struct{ *rand.Rand }

func (c *City) chance(of string) chance {
	h := uint64(14695981039346656037)
	for i := range len(of) {
		h = (h ^ uint64(of[i])) * 1099511628211
	}
	return chance{rand.New(rand.NewPCG(c.opts.Seed, h))}
}

// onDay is chance for what is planned for a local day, whatever came before.
func (c *City) onDay(of string, day int) chance {
	d := c.chance(of)
	return chance{rand.New(rand.NewPCG(d.Uint64(), uint64(day)))}
}

func (d chance) between(a, b float64) float64 { return a + (b-a)*d.Float64() }

func (d chance) happens(p float64) bool { return d.Float64() < p }

// minutes is a length of time between a and b minutes, in whole strides.
func (d chance) minutes(a, b float64) time.Duration {
	return time.Duration(d.between(a, b)*60) * time.Second / Stride * Stride
}

// count is a number of chance events of which mean are expected (Poisson).
func (d chance) count(mean float64) int {
	limit, p, n := math.Exp(-mean), d.Float64(), 0
	for p > limit && n < 1000 {
		p *= d.Float64()
		n++
	}
	return n
}

// pick is an index with a chance in proportion to its weight; sums are the
// weights added up.
func (d chance) pick(sums []float64) int {
	v := d.Float64() * sums[len(sums)-1]
	low, high := 0, len(sums)-1
	for low < high {
		if m := (low + high) / 2; sums[m] > v {
			high = m
		} else {
			low = m + 1
		}
	}
	return low
}

// zone is the city's: China has no summer time.
var zone = time.FixedZone("UTC+8", 8*3600)

func local(i city.Instant) time.Time { return i.Time().In(zone) }

// dayOf numbers the local day of an instant.
func dayOf(i city.Instant) int { return int(i.Add(8*time.Hour)) / 86_400_000_000 }

// midnight is when a local day begins.
func midnight(day int) city.Instant { return city.Instant(day * 86_400_000_000).Add(-8 * time.Hour) }

// clockOf is the hour of the local day with its fraction.
func clockOf(i city.Instant) float64 {
	t := local(i)
	return float64(t.Hour()) + float64(t.Minute())/60 + float64(t.Second())/3600
}

func weekend(i city.Instant) bool {
	d := local(i).Weekday()
	return d == time.Saturday || d == time.Sunday
}

// rhythm is a value for each hour of a day; between hours it changes evenly.
type rhythm [24]float64

func (r *rhythm) at(clock float64) float64 {
	h := int(clock) % 24
	f := clock - math.Floor(clock)
	return r[h]*(1-f) + r[(h+1)%24]*f
}
