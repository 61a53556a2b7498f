package history_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"runtime"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/history"
	"citybrain/history/historytest"
)

const (
	daySegments = 449
	dayReadings = 288
)

var august = city.InstantOf(time.Date(2014, 8, 11, 0, 0, 0, 0, time.UTC))

// trafficDay is one full day of road segments: 129,312 readings of four
// attributes, in the order of time.
func trafficDay(start city.Instant) []city.Change {
	r := rand.New(rand.NewPCG(7, uint64(start)))
	ids := make([]city.EntityID, daySegments)
	for i := range ids {
		ids[i] = city.EntityID(fmt.Sprintf("urn:ngsi-ld:RoadSegment:%d", 158324+31*i))
	}
	changes := make([]city.Change, 0, daySegments*dayReadings)
	for k := range dayReadings {
		at := start.Add(time.Duration(k) * 5 * time.Minute)
		for _, id := range ids {
			changes = append(changes, city.Change{Op: city.OpObserve, Entity: id, Type: "RoadSegment", Source: "traffic", At: at, ReceivedAt: at.Add(time.Second),
				Attributes: []city.Attribute{
					number("avgSpeed", "KMH", float64(20+r.IntN(90)), at), number("vehicleCount", "", float64(r.IntN(30)), at),
					number("avgMeasuredTime", "SEC", float64(r.IntN(400)), at), {Name: "status", Value: city.TextOf("OK"), ObservedAt: at},
				}})
		}
	}
	return changes
}

func number(name city.AttributeName, unit city.Unit, v float64, at city.Instant) city.Attribute {
	return city.Attribute{Name: name, Value: city.NumberOf(v), Unit: unit, ObservedAt: at}
}

func open(tb testing.TB, dir string, m history.Manifest, o history.Options) *history.Past {
	tb.Helper()
	p, err := history.Open(context.Background(), dir, m, o)
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { p.Close() })
	return p
}

func holdAt(last city.Position) func(context.Context, func(city.Position)) error {
	return func(_ context.Context, fn func(city.Position)) error { fn(last); return nil }
}

func BenchmarkApply(b *testing.B) {
	changes := trafficDay(august)
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		p := open(b, b.TempDir(), &historytest.Memory{}, history.Options{})
		for i := 0; i < len(changes); i += 500 {
			p.Apply(city.Position(i/500+1), changes[i:min(i+500, len(changes))])
		}
		rows += len(changes)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(0, "ns/op")
}

// An open day, and what sealing it takes on top of it.
func BenchmarkDayMemory(b *testing.B) {
	changes := trafficDay(august)
	for b.Loop() {
		p := open(b, b.TempDir(), &historytest.Memory{}, history.Options{})
		before := heap()
		p.Apply(1, changes)
		day := heap() - before
		peak := watchHeap()
		if n, err := p.Seal(context.Background(), holdAt(1), august.Add(48*time.Hour)); n != 1 || err != nil {
			b.Fatal(n, err)
		}
		b.ReportMetric(float64(day)/1e6, "MB/day")
		b.ReportMetric(float64(peak()-before-day)/1e6, "MB/sealing")
		runtime.KeepAlive(p)
	}
	b.ReportMetric(0, "ns/op")
	runtime.KeepAlive(changes)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

// watchHeap samples the heap until the function that it returns is called,
// which is the largest seen, garbage included.
func watchHeap() func() int64 {
	stop, largest := make(chan struct{}), make(chan int64)
	go func() {
		var peak int64
		for {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, int64(m.HeapAlloc))
			select {
			case <-stop:
				largest <- peak
				return
			case <-time.After(time.Millisecond):
			}
		}
	}()
	return func() int64 { close(stop); return <-largest }
}

func BenchmarkSeal(b *testing.B) {
	changes := trafficDay(august)
	rows := 0
	b.ReportAllocs()
	for b.Loop() {
		b.StopTimer()
		m := &historytest.Memory{}
		dir := b.TempDir()
		p := open(b, dir, m, history.Options{})
		p.Apply(1, changes)
		b.StartTimer()
		if n, err := p.Seal(context.Background(), holdAt(1), august.Add(48*time.Hour)); n != 1 || err != nil {
			b.Fatal(n, err)
		}
		rows += len(changes)
		b.ReportMetric(float64(p.Stats().Bytes)/float64(len(changes)), "bytes/row")
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
}

func sealedDay(b *testing.B) *history.Past {
	p := open(b, b.TempDir(), &historytest.Memory{}, history.Options{})
	p.Apply(1, trafficDay(august))
	if n, err := p.Seal(context.Background(), holdAt(1), august.Add(48*time.Hour)); n != 1 || err != nil {
		b.Fatal(n, err)
	}
	return p
}

func BenchmarkSeries(b *testing.B) {
	p := sealedDay(b)
	for i := 0; b.Loop(); i++ {
		id := city.EntityID(fmt.Sprintf("urn:ngsi-ld:RoadSegment:%d", 158324+31*(i%daySegments)))
		got, err := p.Series(context.Background(), history.Query{Entity: id, Type: "RoadSegment"})
		if err != nil || len(got) != dayReadings {
			b.Fatal(len(got), err)
		}
	}
}

func BenchmarkHas(b *testing.B) {
	p := sealedDay(b)
	for i := 0; b.Loop(); i++ {
		id := city.EntityID(fmt.Sprintf("urn:ngsi-ld:RoadSegment:%d", 158324+31*(i%daySegments)))
		if ok, err := p.Has("RoadSegment", id, "traffic", august.Add(5*time.Minute*time.Duration(i%dayReadings))); !ok || err != nil {
			b.Fatal(ok, err)
		}
	}
}
