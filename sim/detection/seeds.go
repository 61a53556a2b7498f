package detection

import (
	"time"

	"citybrain/city"
	"citybrain/sim"
)

// TuningSeeds are the days on which rules, quality rules and thresholds may be
// tried out.
func TuningSeeds() []uint64 { return seeds(1, 40) }

// ReportingSeeds are the days that the report speaks of. Nothing is ever changed
// because of what they show; who has looked at single days of them takes others.
// The days of earlier reports, 1001 to 1020, are used up.
func ReportingSeeds() []uint64 { return seeds(2001, 100) }

func seeds(first uint64, n int) []uint64 {
	out := make([]uint64, n)
	for i := range out {
		out[i] = first + uint64(i)
	}
	return out
}

// Hours is how long a scored day lasts, from six in the morning.
const Hours = 16

// firstDay is a Monday in June: scored days lie in the five weeks from it.
const firstDay = sim.Evening - 11*day - (17*60+20-6*60)*minute

const (
	minute city.Instant = 60e6
	day                 = 24 * 60 * minute
)

// dayOf is the simulated day of a seed: any day of the week, without the
// demonstration's programme.
func dayOf(seed uint64) sim.Options {
	return sim.Options{Seed: seed, Quiet: true, Start: firstDay + city.Instant(seed*11%35)*day, WarmUp: 2 * time.Hour}
}
