package backtest

import (
	"os"
	"path/filepath"
	"testing"

	"citybrain/city"
	"citybrain/pack"
)

// BenchmarkAarhus runs rules over the real window: those of the city's packs,
// with the twenty more of the benchmarks, and none at all, which shows what
// reading and judging take.
func BenchmarkAarhus(b *testing.B) {
	root := os.Getenv("CITYBRAIN_DATA")
	if root == "" {
		b.Skip("CITYBRAIN_DATA is empty: no real data")
	}
	from, _ := city.ParseInstant("2014-08-11T00:00:00Z")
	until, _ := city.ParseInstant("2014-09-01T00:00:00Z")
	for _, c := range []struct{ name, rules string }{{"packs", ""}, {"twenty-more", "../test/bench/yearrules.yaml"}} {
		b.Run(c.name, func(b *testing.B) {
			definition, faults := pack.LoadTrial("../cities/aarhus", pack.Trial{PacksDir: "../packs", Rules: c.rules})
			if len(faults) > 0 {
				b.Fatal(faults)
			}
			v := Version{City: definition, Rules: definition.Rules()}
			files, err := OpenFiles(definition, filepath.Join(root, "aarhus"), NewDesk(v.City, v.Rules).Reads)
			if err != nil {
				b.Fatal(err)
			}
			var rows int64
			for b.Loop() {
				if _, err := Run(b.Context(), files, []Version{v}, Options{From: from, Until: until, Progress: func(p Progress) { rows = p.Rows }}); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(rows)*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
		})
	}
}
