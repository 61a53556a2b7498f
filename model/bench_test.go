package model

import (
	"context"
	"fmt"
	"testing"

	"citybrain/city"
	"citybrain/internal/codec"
)

// nullLog numbers batches and encodes them, as a log must.
type nullLog struct {
	n   city.Position
	buf []byte
}

func (l *nullLog) Append(_ context.Context, b *city.Batch) (city.Position, error) {
	l.buf = codec.AppendBatch(l.buf[:0], b)
	l.n++
	return l.n, nil
}

type nullPast struct{}

func (nullPast) Has(city.EntityType, city.EntityID, city.SourceID, city.Instant) (bool, error) {
	return false, nil
}
func (nullPast) Apply(city.Position, []city.Change) {}

// BenchmarkRows takes rounds of 449 readings of four numbers through the writer.
func BenchmarkRows(b *testing.B) {
	w := NewWriter(Options{Present: NewPresent(), Log: &nullLog{}, Past: nullPast{}, Judge: capacityJudge{true},
		Now: func() city.Instant { return 1 }, Workers: 1})
	defer w.Close()
	ctx := context.Background()
	if err := w.StartFeed(ctx, "traffic", 1); err != nil {
		b.Fatal(err)
	}
	ids := make([]city.EntityID, 449)
	for i := range ids {
		ids[i] = city.EntityID(fmt.Sprint("urn:ngsi-ld:RoadSegment:", 158000+i))
	}
	row, at := int64(0), city.Instant(1407715200e6)
	for b.Loop() {
		changes := make([]city.Change, len(ids))
		slab := make([]city.Attribute, 4*len(ids))
		at += 300e6
		for i := range changes {
			row++
			a := slab[4*i : 4*i+4]
			for k, name := range []city.AttributeName{"averageVehicleSpeed", "vehicleCount", "averageTravelTime", "status"} {
				a[k] = city.Attribute{Name: name, Value: city.NumberOf(float64(k)), Unit: "KMH", ObservedAt: at, ReceivedAt: at, Source: "traffic"}
			}
			changes[i] = city.Change{Op: city.OpObserve, Entity: ids[i], Type: "RoadSegment", Source: "traffic", At: at, ReceivedAt: at, Row: row, Attributes: a}
		}
		if _, err := w.Send(changes).Wait(ctx); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*len(ids)), "ns/row")
}
