package rule

import (
	"fmt"
	"math/rand"
	"runtime"
	"syscall"
	"testing"
	"time"

	"citybrain/city"
)

// cityOf is an engine with segments that have their reference data, and rounds
// of readings of all of them five minutes apart.
func cityOf(tb testing.TB, segments, rounds int) (*Engine, [][]city.Change) {
	e := New(packRules(tb), Options{})
	r := rand.New(rand.NewSource(1))
	var known []city.Change
	ids := make([]city.EntityID, segments)
	for i := range ids {
		ids[i] = city.EntityID(fmt.Sprintf("urn:ngsi-ld:RoadSegment:%d", 158324+i))
		p := city.Point{Lon: 10 + r.Float64()/5, Lat: 56 + r.Float64()/5}
		known = append(known, segment(ids[i], t0, p, city.Point{Lon: p.Lon + 0.01, Lat: p.Lat}))
	}
	e.Apply(1, &city.Batch{Changes: known, Tick: true, Clock: t0 + 1})
	out := make([][]city.Change, rounds)
	for k := range out {
		at := minutes(5 * (k + 1))
		for _, id := range ids {
			speed := 15 + 50*r.Float64()
			out[k] = append(out[k], reading("RoadSegment", id, at,
				number("averageVehicleSpeed", speed, at), number("vehicleCount", float64(r.Intn(5)), at),
				number("averageTravelTime", 60, at), city.Attribute{Name: "status", Value: city.TextOf("OK"), ObservedAt: at, ReceivedAt: at, Source: "feed"}))
		}
	}
	return e, out
}

// BenchmarkReplay is a replay: rounds of twelve instants of 449 segments, cut
// into batches as two workers would, then a tick.
func BenchmarkReplay(b *testing.B) {
	const segments, instants = 449, 12
	e, rounds := cityOf(b, segments, instants)
	var batches []city.Batch
	for worker := range 2 {
		for _, round := range rounds {
			var list []city.Change
			for i := range round {
				if i%2 == worker {
					list = append(list, round[i])
				}
			}
			batches = append(batches, city.Batch{Changes: list})
		}
	}
	shift := city.Instant(0)
	b.ReportAllocs()
	before := cpuTime()
	for b.Loop() {
		shift += instants * 5 * 60e6
		for i := range batches {
			for k := range batches[i].Changes {
				c := &batches[i].Changes[k]
				c.At += instants * 5 * 60e6
				c.ReceivedAt = c.At
				for a := range c.Attributes {
					c.Attributes[a].ObservedAt = c.At
				}
			}
			e.Apply(e.Position()+1, &batches[i])
		}
		e.Apply(e.Position()+1, tick(t0+shift+instants*5*60e6+1))
	}
	b.ReportMetric(float64(b.N*segments*instants)/b.Elapsed().Seconds(), "readings/s")
	b.ReportMetric(float64(b.N*segments*instants)/(cpuTime()-before).Seconds(), "readings/cpu-s")
}

// BenchmarkOthers is a load that no rule looks at, with a tick every 20 ms of
// 10,000 changes a second.
func BenchmarkOthers(b *testing.B) {
	e, _ := cityOf(b, 449, 1)
	batch := &city.Batch{}
	for i := range 100 {
		batch.Changes = append(batch.Changes, reading("Streetlight", city.EntityID(fmt.Sprintf("urn:ngsi-ld:Streetlight:%d", i)), t0,
			number("powerState", 1, t0), number("illuminance", 1, t0), number("voltage", 1, t0), number("current", 1, t0), number("hours", 1, t0)))
	}
	now := t0
	b.ReportAllocs()
	for b.Loop() {
		now += 20_000
		e.Apply(e.Position()+1, batch)
		e.Apply(e.Position()+1, batch)
		e.Apply(e.Position()+1, tick(now))
	}
	b.ReportMetric(float64(b.N*200)/b.Elapsed().Seconds(), "changes/s")
}

// BenchmarkLive is 10,000 readings a second in batches of 100 in disorder, with
// a wait of 10 s: the buffer holds 100,000 readings.
func BenchmarkLive(b *testing.B) {
	e, _ := cityOf(b, 10_000, 0)
	e.opt.Wait = 10 * time.Second
	ids := make([]city.EntityID, len(e.list))
	for i, x := range e.list {
		ids[i] = x.id
	}
	r := rand.New(rand.NewSource(2))
	now, next := t0.Add(time.Hour), 0
	b.ReportAllocs()
	for b.Loop() {
		for range 2 {
			batch := &city.Batch{}
			for range 100 {
				at := now - city.Instant(r.Intn(3_000_000))
				next = (next + 1) % len(ids)
				batch.Changes = append(batch.Changes, reading("RoadSegment", ids[next], at, number("averageVehicleSpeed", 30, at), number("vehicleCount", 3, at)))
			}
			e.Apply(e.Position()+1, batch)
		}
		now += 20_000
		e.Apply(e.Position()+1, tick(now))
	}
	b.ReportMetric(float64(b.N*200)/b.Elapsed().Seconds(), "readings/s")
}

func TestMemoryOfManyEntities(t *testing.T) {
	const n = 100_000
	before := heapInUse()
	rules := compile(t, "rule: hot\nentity: S\nseverity: minor\nwhen: a > 0 && b < 0.5 * c\nfor: 10m\n")
	e := New(rules, Options{})
	for i := range n {
		id := city.EntityID(fmt.Sprintf("urn:ngsi-ld:RoadSegment:%08d", i))
		e.Apply(e.Position()+1, &city.Batch{Changes: []city.Change{reading("S", id, t0, number("a", 1, t0), number("b", 2, t0), number("c", 50, t0))}})
		if i%1000 == 0 {
			e.Apply(e.Position()+1, tick(t0+1))
		}
	}
	e.Apply(e.Position()+1, tick(t0+1))
	used := heapInUse() - before
	data, _ := e.Snapshot()
	t.Logf("%d entities: %d MB, snapshot %d MB", n, used>>20, len(data)>>20)
	if used > 60<<20 {
		t.Errorf("%d entities take %d MB, want < 60", n, used>>20)
	}
	if len(data) > 100*n {
		t.Errorf("the snapshot takes %d bytes an entity", len(data)/n)
	}
	runtime.KeepAlive(e)
}

// cpuTime is what the process has used of all processors, with its collector:
// a rate over it does not suffer from other work on the machine.
func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func heapInUse() int64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkSnapshot(b *testing.B) {
	e, rounds := cityOf(b, 10_000, 1)
	run(e, rounds[0], minutes(100))
	data, _ := e.Snapshot()
	b.Run("write", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			_, _ = e.Snapshot()
		}
	})
	b.Run("read", func(b *testing.B) {
		b.SetBytes(int64(len(data)))
		for b.Loop() {
			if err := e.Restore(data); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// twentyRules all read traffic: comparisons, windows, joins.
const twentyRules = `
- {rule: r01, entity: RoadSegment, severity: minor, when: averageVehicleSpeed < 10}
- {rule: r02, entity: RoadSegment, severity: minor, when: vehicleCount > 20 && averageVehicleSpeed < 30, for: 10m}
- {rule: r03, entity: RoadSegment, severity: minor, when: averageVehicleSpeed > 1.3 * freeFlowSpeed, readings: 3}
- {rule: r04, entity: RoadSegment, severity: minor, when: status != "OK"}
- {rule: r05, entity: RoadSegment, severity: minor, absent: 30m}
- {rule: r06, entity: RoadSegment, severity: minor, let: {v: {window: 15m, of: averageVehicleSpeed, fold: avg}}, when: v < 0.4 * freeFlowSpeed}
- {rule: r07, entity: RoadSegment, severity: minor, let: {v: {window: 1h, of: vehicleCount, fold: sum}}, when: v > 500}
- {rule: r08, entity: RoadSegment, severity: minor, let: {v: {window: 30m, of: averageVehicleSpeed, fold: min}}, when: v < 3}
- {rule: r09, entity: RoadSegment, severity: minor, let: {v: {window: 30m, of: averageVehicleSpeed, fold: max}}, when: v > 140}
- {rule: r10, entity: RoadSegment, severity: minor, let: {v: {window: 1h, every: 15m, of: averageVehicleSpeed, fold: avg}}, when: v < 0.3 * freeFlowSpeed}
- {rule: r11, entity: RoadSegment, severity: minor, let: {v: {window: 1h, every: 1h, of: vehicleCount, fold: count}}, when: v < 3}
- {rule: r12, entity: RoadSegment, severity: minor, let: {v: {readings: 12, of: averageVehicleSpeed, fold: stddev}}, when: v > 40}
- {rule: r13, entity: RoadSegment, severity: minor, let: {v: {readings: 12, of: averageVehicleSpeed, fold: median}}, when: v < 0.3 * freeFlowSpeed}
- {rule: r14, entity: RoadSegment, severity: minor, let: {a: {window: 15m, of: averageVehicleSpeed, fold: avg}, b: {window: 15m, of: averageVehicleSpeed, fold: avg, before: 1h}}, when: a < 0.3 * b}
- {rule: r15, entity: RoadSegment, severity: minor, let: {v: {baseline: day, slot: 1h, of: averageVehicleSpeed, days: 7}}, when: averageVehicleSpeed < 0.2 * v}
- {rule: r16, entity: RoadSegment, severity: minor, let: {z: {detector: ewma, of: averageVehicleSpeed}}, when: z < -6.0}
- {rule: r17, entity: RoadSegment, severity: minor, when: averageVehicleSpeed < 5, repeat: {times: 3, within: 1h}}
- {rule: r18, entity: RoadSegment, severity: minor, key: {cell: 1 km}, let: {v: {window: 15m, of: averageVehicleSpeed, fold: avg}}, when: v < 8}
- {rule: r19, entity: RoadSegment, severity: minor, let: {n: {count: {type: RoadSegment, within: 500 m, where: averageVehicleSpeed < 10}}}, when: averageVehicleSpeed < 17 && n >= 3.0}
- {rule: r20, entity: RoadSegment, severity: minor, when: averageVehicleSpeed < 20 && vehicleCount > 30, near: {situation: r02, within: 500 m}}
`

// BenchmarkTwenty is the replay of the twenty rules.
func BenchmarkTwenty(b *testing.B) {
	const segments, instants = 449, 12
	_, rounds := cityOf(b, segments, instants)
	e := New(compile(b, twentyRules), Options{})
	r := rand.New(rand.NewSource(1))
	var known []city.Change
	for i := range rounds[0] {
		p := city.Point{Lon: 10 + r.Float64()/5, Lat: 56 + r.Float64()/5}
		known = append(known, segment(rounds[0][i].Entity, t0, p, city.Point{Lon: p.Lon + 0.01, Lat: p.Lat}))
	}
	e.Apply(1, &city.Batch{Changes: known, Tick: true, Clock: t0 + 1})
	shift := city.Instant(0)
	b.ReportAllocs()
	before := cpuTime()
	for b.Loop() {
		shift += instants * 5 * 60e6
		for i := range rounds {
			for k := range rounds[i] {
				c := &rounds[i][k]
				c.At += instants * 5 * 60e6
				c.ReceivedAt = c.At
				for a := range c.Attributes {
					c.Attributes[a].ObservedAt = c.At
				}
			}
			e.Apply(e.Position()+1, &city.Batch{Changes: rounds[i]})
		}
		e.Apply(e.Position()+1, tick(t0+shift+instants*5*60e6+1))
	}
	b.ReportMetric(float64(b.N*segments*instants)/b.Elapsed().Seconds(), "readings/s")
	b.ReportMetric(float64(b.N*segments*instants)/(cpuTime()-before).Seconds(), "readings/cpu-s")
}
