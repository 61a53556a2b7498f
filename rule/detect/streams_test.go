package detect_test

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata" // zones must not depend on the machine

	"citybrain/rule/detect"
)

func copenhagen(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Fatal(err)
	}
	return zone
}

// stream is what one shape is tried on: how far values are apart, and what
// they are.
type stream struct {
	name   string
	shape  detect.Shape
	step   func(*rand.Rand) time.Duration
	length int
}

func every(d time.Duration) func(*rand.Rand) time.Duration {
	return func(r *rand.Rand) time.Duration { return time.Duration(r.Int64N(int64(2 * d))) }
}

func streams(t testing.TB) []stream {
	zone := copenhagen(t)
	minute, hours := every(time.Minute), every(5*time.Hour)
	return []stream{
		{"robust-z", detect.Shape{Kind: detect.RobustZ}, minute, 200},
		{"robust-z of few", detect.Shape{Kind: detect.RobustZ, Window: 5, Min: 3, MinSpread: 0.5}, minute, 100},
		{"week", detect.Shape{Kind: detect.Seasonal, Slot: 6 * time.Hour, Zone: zone}, hours, 600},
		{"week, of one season", detect.Shape{Kind: detect.Seasonal, Slot: 24 * time.Hour, Seasons: 1, Zone: zone}, hours, 300},
		{"day, avg", detect.Shape{Kind: detect.Seasonal, Season: detect.Day, Fold: detect.Mean, Slot: 4 * time.Hour, Seasons: 5, Zone: zone}, hours, 300},
		{"day, quantile", detect.Shape{Kind: detect.Seasonal, Season: detect.Day, Fold: detect.Quantile, Q: 0.75, Seasons: 6, Min: 1, Slot: 3 * time.Hour, Zone: zone}, hours, 300},
		{"weekday, mad", detect.Shape{Kind: detect.Seasonal, Season: detect.Weekday, Fold: detect.MAD, Slot: 12 * time.Hour, Min: 2, Zone: zone}, hours, 300},
		{"ewma", detect.Shape{Kind: detect.EWMA}, minute, 200},
		{"ewma with a target", detect.Shape{Kind: detect.EWMA, Lambda: 0.4, Target: 3, Sigma: 2}, minute, 100},
		{"cusum", detect.Shape{Kind: detect.CUSUM, Window: 10, MinSpread: 0.1}, minute, 200},
		{"cusum with a target", detect.Shape{Kind: detect.CUSUM, K: 0.25, H: 3, Target: 4, Sigma: 2}, minute, 200},
		{"level-shift", detect.Shape{Kind: detect.LevelShift, Window: 30}, minute, 120},
		{"ears-c1", detect.Shape{Kind: detect.EarsC1, Zone: zone}, hours, 300},
		{"ears-c2", detect.Shape{Kind: detect.EarsC2, Zone: zone}, every(30 * time.Hour), 200},
		{"ears-c3", detect.Shape{Kind: detect.EarsC3, Zone: zone}, hours, 300},
		{"ears-c3 of hours", detect.Shape{Kind: detect.EarsC3, Period: time.Hour, Window: 12, Zone: zone}, every(20 * time.Minute), 300},
	}
}

// values are whole numbers mostly, so that ties and quiet times come too.
func (s *stream) values(seed uint64) []added {
	r := rand.New(rand.NewPCG(seed, 4))
	at := start
	var out []added
	for i := range s.length {
		at = at.Add(s.step(r))
		v := float64(r.IntN(8))
		switch {
		case i/40%3 == 1:
			v = 4 // a quiet time
		case r.IntN(20) == 0:
			v *= 9.5
		case i > s.length/2:
			v += 2
		}
		if !s.shape.Kind.Counts() && r.IntN(3) == 0 {
			v = -v
		}
		out = append(out, added{at, v})
	}
	return out
}
