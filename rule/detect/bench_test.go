package detect_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"citybrain/rule/detect"
)

// BenchmarkAdd is one reading: Add, and the score asked for.
func BenchmarkAdd(b *testing.B) {
	zone := copenhagen(b)
	for _, c := range []struct {
		name  string
		shape detect.Shape
		step  time.Duration
	}{
		{"robust-z/60", detect.Shape{Kind: detect.RobustZ}, 5 * time.Minute},
		{"robust-z/1000", detect.Shape{Kind: detect.RobustZ, Window: 1000}, 5 * time.Minute},
		{"seasonal/week", detect.Shape{Kind: detect.Seasonal, Zone: zone}, 5 * time.Minute},
		{"seasonal/day of 30", detect.Shape{Kind: detect.Seasonal, Season: detect.Day, Seasons: 30, Slot: 15 * time.Minute, Zone: zone}, 5 * time.Minute},
		{"ewma", detect.Shape{Kind: detect.EWMA}, 5 * time.Minute},
		{"cusum", detect.Shape{Kind: detect.CUSUM}, 5 * time.Minute},
		{"level-shift/60", detect.Shape{Kind: detect.LevelShift}, 5 * time.Minute},
		{"level-shift/500", detect.Shape{Kind: detect.LevelShift, Window: 500}, 5 * time.Minute},
		{"ears-c1", detect.Shape{Kind: detect.EarsC1, Zone: zone}, 5 * time.Minute},
		{"ears-c3", detect.Shape{Kind: detect.EarsC3, Zone: zone}, 5 * time.Minute},
	} {
		b.Run(c.name, func(b *testing.B) {
			s := shaped(b, c.shape)
			r := rand.New(rand.NewPCG(1, 2))
			values := make([]float64, 4096)
			for i := range values {
				values[i] = 50 + 10*r.NormFloat64()
			}
			var state detect.State
			at := start
			add := func(i int) {
				if at = at.Add(c.step); !at.Valid() {
					at, state = start, detect.State{}
				}
				state.Add(s, at, max(0, values[i&4095]))
				state.Value(s, at)
			}
			for i := range 15000 {
				add(i)
			}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				add(i)
			}
		})
	}
}
