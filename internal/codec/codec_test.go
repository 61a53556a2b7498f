package codec

import (
	"math"
	"math/rand/v2"
	"reflect"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

// randomBatch makes batches that use every field.
func randomBatch(r *rand.Rand) *city.Batch {
	b := &city.Batch{Tick: r.IntN(2) == 0, Clock: city.Instant(r.Int64N(1e16))}
	for range r.IntN(6) {
		c := city.Change{
			Op: city.Op(1 + r.IntN(9)), Flags: city.Flags(r.IntN(128)), Entity: city.EntityID("urn:x:" + randomText(r)),
			Type: city.EntityType(randomText(r)), Source: city.SourceID(randomText(r)),
			At: city.Instant(r.Int64N(1e16)), ReceivedAt: city.Instant(r.Int64N(1e16)), Row: r.Int64N(1e9),
		}
		if c.Op == city.OpQuarantine {
			c.Reason, c.Raw = randomText(r), randomText(r)
		}
		c.Attributes = randomAttributes(r, &c, 2)
		b.Changes = append(b.Changes, c)
	}
	for range r.IntN(3) {
		p := city.Progress{Feed: city.FeedID(randomText(r)), Run: r.Uint64(), Lane: uint8(r.IntN(city.Lanes)), Row: r.Int64N(1e9)}
		for i := range p.Counts {
			p.Counts[i] = r.Int64N(1e6)
		}
		b.Progress = append(b.Progress, p)
	}
	return b
}

func randomAttributes(r *rand.Rand, c *city.Change, depth int) []city.Attribute {
	var list []city.Attribute
	for range r.IntN(5) {
		a := city.Attribute{Name: city.AttributeName(randomText(r)), Unit: city.Unit(randomText(r)), Value: randomValue(r), Source: c.Source, ReceivedAt: c.ReceivedAt}
		switch r.IntN(3) {
		case 0:
			a.ObservedAt = c.At
		case 1:
			a.ObservedAt, a.Source, a.ReceivedAt = city.Instant(r.Int64N(1e16)), "other", 7
			a.Flags = city.Flags(r.IntN(128))
		}
		if depth > 0 && r.IntN(3) == 0 {
			a.Sub = randomAttributes(r, c, depth-1)
		}
		list = append(list, a)
	}
	return list
}

func randomText(r *rand.Rand) string {
	return []string{"", "a", "vehicleCount", "路段", "KMH", "\x00\xff", "averageVehicleSpeed"}[r.IntN(7)]
}

func randomValue(r *rand.Rand) city.Value {
	switch r.IntN(9) {
	case 0:
		return city.NumberOf(r.NormFloat64())
	case 1:
		return city.NumberOf(float64(r.IntN(1000) - 500))
	case 2:
		return city.NumberOf(math.Copysign(0, -1))
	case 3:
		return city.TextOf(randomText(r))
	case 4:
		return city.BoolOf(r.IntN(2) == 0)
	case 5:
		return city.TimeOf(city.Instant(r.Int64N(1e15)))
	case 6:
		return city.RelationOf("urn:x:1")
	case 7:
		return city.Value{Kind: city.JSON, Text: `{"a":[1]}`}
	}
	return city.GeoOf(&city.Place{Kind: city.PlacePolygon, Points: []city.Point{{Lon: 1, Lat: 2}, {Lon: 3, Lat: 4.5}, {Lon: -1, Lat: 0}}, Rings: []int32{3}})
}

func TestBatchRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 3000 {
		want := randomBatch(r)
		got, err := DecodeBatch(AppendBatch(nil, want))
		if err != nil {
			t.Fatalf("decode: %v", err)
		}
		if !reflect.DeepEqual(want, got) {
			t.Fatalf("round trip: %s", cmp.Diff(want, got))
		}
	}
}

func TestEntityRoundTrip(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 1000 {
		want := &city.Entity{ID: "urn:x:1", Type: "T", CreatedAt: 5, ModifiedAt: city.Instant(r.Int64N(1e15))}
		want.Health = city.Health{Faulty: true, Sound: 2, Since: 9, Fault: city.FlagStuck, Runs: []city.Run{{Value: 512.5, Count: 12, From: 1, Last: 99}}}
		want.Attributes = randomAttributes(r, &city.Change{Source: "s", ReceivedAt: 8}, 2)
		seen := []Seen{{"traffic", 77}, {"x", 0}}
		got, gotSeen, err := DecodeEntity(AppendEntity(nil, want, seen))
		if err != nil || !reflect.DeepEqual(want, got) || !reflect.DeepEqual(seen, gotSeen) {
			t.Fatalf("round trip: %v %s", err, cmp.Diff(want, got))
		}
	}
}

func TestTruncatedBatchIsDamaged(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		data := AppendBatch(nil, randomBatch(r))
		for n := range data {
			if _, err := DecodeBatch(data[:n]); err == nil {
				t.Fatalf("decoded the first %d of %d bytes", n, len(data))
			}
		}
	}
}

// TestReadingIsSmall holds the figure of the package comment.
func TestReadingIsSmall(t *testing.T) {
	b := &city.Batch{Clock: 1407715200e6}
	for i := range 1000 {
		at := b.Clock + city.Instant(i/449)*300e6
		id := city.EntityID("urn:ngsi-ld:RoadSegment:" + string(rune('a'+i%449)))
		c := city.Change{Op: city.OpObserve, Entity: id, Type: "RoadSegment", Source: "traffic", At: at, ReceivedAt: at, Row: int64(i)}
		for _, n := range []city.AttributeName{"a", "b", "c", "d"} {
			c.Attributes = append(c.Attributes, city.Attribute{Name: n, Value: city.NumberOf(45), Unit: "KMH", ObservedAt: at, ReceivedAt: at, Source: "traffic"})
		}
		b.Changes = append(b.Changes, c)
	}
	if n := len(AppendBatch(nil, b)); n > 33*len(b.Changes) {
		t.Errorf("a reading takes %d bytes, want at most 33", n/len(b.Changes))
	}
}

func FuzzDecodeBatch(f *testing.F) {
	r := rand.New(rand.NewPCG(7, 8))
	for range 20 {
		f.Add(AppendBatch(nil, randomBatch(r)))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := DecodeBatch(data)
		if err != nil {
			return
		}
		again, err := DecodeBatch(AppendBatch(nil, b))
		if err != nil {
			t.Fatalf("what was decoded cannot be written and read again: %v", err)
		}
		if len(again.Changes) != len(b.Changes) || len(again.Progress) != len(b.Progress) {
			t.Fatal("lost something")
		}
	})
}

func FuzzDecodeEntity(f *testing.F) {
	f.Add(AppendEntity(nil, &city.Entity{ID: "urn:x:1", Type: "T", Attributes: []city.Attribute{{Name: "a", Value: city.NumberOf(1.5)}}}, nil))
	f.Fuzz(func(t *testing.T, data []byte) {
		n, seen, err := DecodeEntity(data)
		if err != nil {
			return
		}
		if _, _, err := DecodeEntity(AppendEntity(nil, n, seen)); err != nil {
			t.Fatal(err)
		}
	})
}
