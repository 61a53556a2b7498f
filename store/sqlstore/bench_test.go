package sqlstore

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"citybrain/city"
)

func benchStore(b *testing.B) *Store {
	b.Helper()
	s, err := Open(context.Background(), filepath.Join(b.TempDir(), "records.db"))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { s.Close() })
	return s
}

// manyEntities are n records of about 500 bytes in random order.
func manyEntities(n int, version city.Position) []EntityRecord {
	r := rand.New(rand.NewPCG(1, uint64(version)))
	records := make([]EntityRecord, n)
	for i, k := range r.Perm(n) {
		data := make([]byte, 500)
		for j := range data {
			data[j] = byte(r.Uint32())
		}
		records[i] = EntityRecord{ID: city.EntityID(fmt.Sprintf("urn:ngsi-ld:RoadSegment:%06d", k)), Type: "RoadSegment", Version: version, Data: data}
	}
	return records
}

// A checkpoint: batches of 5,000 entities, first inserted, then updated.
func BenchmarkSaveEntities(b *testing.B) {
	s := benchStore(b)
	const batch = 5000
	records := manyEntities(100_000, 1)
	saved := 0
	for b.Loop() {
		from := saved % len(records)
		for i := range records[from : from+batch] {
			records[from+i].Version++
		}
		if err := s.SaveEntities(context.Background(), records[from:from+batch]); err != nil {
			b.Fatal(err)
		}
		saved += batch
	}
	b.ReportMetric(float64(saved)/b.Elapsed().Seconds(), "entities/s")
}

func BenchmarkLoadPresent(b *testing.B) {
	s := benchStore(b)
	ctx := context.Background()
	if err := s.SaveEntities(ctx, manyEntities(100_000, 1)); err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		n := 0
		if _, _, err := s.LoadPresent(ctx, func(EntityRecord) error { n++; return nil }); err != nil || n != 100_000 {
			b.Fatal(n, err)
		}
	}
}
