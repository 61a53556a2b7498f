package tesseralog_test

import (
	"testing"
	"time"

	"citybrain/ledger/ledgertest"
	"citybrain/ledger/tesseralog"
)

// BenchmarkSeal10000 gives ten thousand waiting records their leaves under
// signed checkpoints, with the working defaults.
func BenchmarkSeal10000(b *testing.B) {
	l, err := tesseralog.Open(b.Context(), b.TempDir(), tesseralog.Options{Origin: origin})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	m := new(ledgertest.Memory)
	defer run(b, l, m)()
	n := 0
	for b.Loop() {
		put(b, m, n, n+10_000)
		n += 10_000
		l.Wake()
		within(b, time.Minute, "all have their leaves", nothingWaits(b, m))
	}
	b.ReportMetric(float64(10_000*b.N)/b.Elapsed().Seconds(), "records/s")
}
