package history_test

import (
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/history"
	"citybrain/history/historytest"
)

func TestMemoryManifest(t *testing.T) {
	historytest.Manifest(t, func(*testing.T) (history.Manifest, func() history.Manifest) { return &historytest.Memory{}, nil })
}

// reading is a change with one number, received a second later.
func reading(id city.EntityID, at city.Instant, v float64) city.Change {
	return city.Change{Op: city.OpObserve, Entity: id, Type: "Garage", Source: "parking", ReceivedAt: at.Add(time.Second),
		Attributes: []city.Attribute{number("vehicleCount", "", v, at)}}
}

// readingsOf are n readings of one entity, a minute apart.
func readingsOf(id city.EntityID, from city.Instant, n int) []city.Change {
	list := make([]city.Change, n)
	for i := range list {
		list[i] = reading(id, from.Add(time.Duration(i)*time.Minute), float64(i))
	}
	return list
}

func seal(t *testing.T, p *history.Past, last city.Position, now city.Instant) int {
	t.Helper()
	n, err := p.Seal(context.Background(), holdAt(last), now)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func length(t *testing.T, p *history.Past, q history.Query) int {
	t.Helper()
	list, err := p.Series(context.Background(), q)
	if err != nil {
		t.Fatal(err)
	}
	return len(list)
}

const day = 24 * time.Hour

func TestSealWhenDue(t *testing.T) {
	p := open(t, t.TempDir(), &historytest.Memory{}, history.Options{SealAfter: time.Hour})
	p.Apply(3, readingsOf("urn:x:1", august, 10))
	p.Apply(4, readingsOf("urn:x:1", august.Add(day), 5))
	if n := seal(t, p, 4, august.Add(day+time.Hour-1)); n != 0 {
		t.Fatalf("sealed %d before the hour was over", n)
	}
	if n := seal(t, p, 4, august.Add(day+time.Hour)); n != 1 {
		t.Fatalf("sealed %d, want the first day", n)
	}
	if oldest, ok := p.Oldest(); !ok || oldest != 4 {
		t.Fatalf("oldest is %d, %v, want 4", oldest, ok)
	}
	late := reading("urn:x:1", august.Add(time.Hour), 99)
	late.ReceivedAt = august.Add(3 * day)
	p.Apply(5, []city.Change{late})
	if n := seal(t, p, 5, august.Add(3*day+time.Hour-1)); n != 1 {
		t.Fatalf("sealed %d, want the second day and not yet the late reading", n)
	}
	if n := seal(t, p, 5, august.Add(3*day+time.Hour)); n != 1 {
		t.Fatalf("sealed %d, want the late reading", n)
	}
	if _, ok := p.Oldest(); ok {
		t.Fatal("something is still needed of the log")
	}
	if n := length(t, p, history.Query{Entity: "urn:x:1", Type: "Garage"}); n != 16 {
		t.Fatalf("%d readings, want 16", n)
	}
}

func TestSealEarly(t *testing.T) {
	for name, o := range map[string]history.Options{"rows": {MaxTailRows: 99}, "bytes": {MaxTailBytes: 2000}} {
		t.Run(name, func(t *testing.T) {
			m := &historytest.Memory{}
			p := open(t, t.TempDir(), m, o)
			p.Apply(1, readingsOf("urn:x:1", august, 100))
			p.Apply(2, readingsOf("urn:x:2", august, 20))
			if n := seal(t, p, 2, august.Add(time.Hour)); n != 1 || p.Stats().TailRows != 0 {
				t.Fatalf("sealed %d, %+v", n, p.Stats())
			}
			p.Apply(3, readingsOf("urn:x:1", august.Add(90*time.Minute), 100)) // ten of them again
			if n := seal(t, p, 3, august.Add(2*day)); n != 1 {
				t.Fatalf("sealed %d", n)
			}
			if n := length(t, p, history.Query{Entity: "urn:x:1"}); n != 190 {
				t.Fatalf("%d readings, want 190", n)
			}
		})
	}
}

// What is sealed is not taken into the tail again when the log is replayed.
func TestReplayPassesOverSealed(t *testing.T) {
	m, dir := &historytest.Memory{}, t.TempDir()
	p := open(t, dir, m, history.Options{})
	p.Apply(1, readingsOf("urn:x:1", august, 10))
	p.Apply(2, readingsOf("urn:x:1", august.Add(day), 10))
	seal(t, p, 2, august.Add(day+time.Hour))
	p.Close()
	p = open(t, dir, m, history.Options{})
	p.Apply(1, readingsOf("urn:x:1", august, 10))
	p.Apply(2, readingsOf("urn:x:1", august.Add(day), 10))
	p.Apply(3, readingsOf("urn:x:1", august.Add(time.Hour), 1))
	if s := p.Stats(); s.TailRows != 11 || s.SealedRows != 10 || s.Segments != 1 {
		t.Fatalf("%+v, want 11 rows in the tail and 10 sealed", s)
	}
}

// Readers see each reading once at every moment, while days are sealed under
// them and workers go on.
func TestReadWhileSealing(t *testing.T) {
	const days, perDay = 6, 120
	p := open(t, t.TempDir(), &historytest.Memory{}, history.Options{MaxTailRows: 50})
	var standStill sync.RWMutex
	var last atomic.Uint64
	hold := func(_ context.Context, fn func(city.Position)) error {
		standStill.Lock()
		defer standStill.Unlock()
		fn(city.Position(last.Load()))
		return nil
	}
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-done:
				return
			default:
			}
			if _, err := p.Seal(context.Background(), hold, august.Add(days*day)); err != nil {
				t.Error(err)
				return
			}
		}
	})
	id := city.EntityID("urn:x:1")
	for i := range days * perDay {
		at := august.Add(time.Duration(i) * day / perDay)
		standStill.RLock()
		last.Add(1)
		p.Apply(city.Position(i+1), []city.Change{reading(id, at, float64(i))})
		standStill.RUnlock()
		list, err := p.Series(context.Background(), history.Query{Entity: id, Type: "Garage"})
		if err != nil || len(list) != i+1 {
			t.Fatalf("%d readings after %d changes, %v", len(list), i+1, err)
		}
		if has, err := p.Has("Garage", id, "parking", at); !has || err != nil {
			t.Fatalf("reading %d is not there: %v", i, err)
		}
	}
	close(done)
	wg.Wait()
}

// A failed seal leaves everything readable and needed; the next one succeeds.
func TestSealFails(t *testing.T) {
	full := true
	m, dir := &historytest.Memory{}, t.TempDir()
	p := open(t, dir, failing{m, &full}, history.Options{})
	p.Apply(7, readingsOf("urn:x:1", august, 10))
	_, err := p.Seal(context.Background(), holdAt(7), august.Add(2*day))
	if city.KindOf(err) != city.Unavailable {
		t.Fatalf("%v, want unavailable", err)
	}
	if oldest, ok := p.Oldest(); !ok || oldest != 7 {
		t.Fatalf("oldest is %d, %v, want 7", oldest, ok)
	}
	p.Apply(8, readingsOf("urn:x:1", august.Add(time.Hour), 10))
	if n := length(t, p, history.Query{Entity: "urn:x:1"}); n != 20 {
		t.Fatalf("%d readings, want 20", n)
	}
	full = false
	if n := seal(t, p, 8, august.Add(2*day)); n != 2 {
		t.Fatalf("sealed %d, want both parts", n)
	}
	p.Close()
	p = open(t, dir, m, history.Options{})
	if n := length(t, p, history.Query{Entity: "urn:x:1"}); n != 20 {
		t.Fatalf("%d readings after a restart, want 20", n)
	}
}

// failing is a manifest on a full disk.
type failing struct {
	*historytest.Memory
	full *bool
}

func (f failing) AddSegment(ctx context.Context, s history.Segment) error {
	if *f.full {
		return city.Errorf(city.Unavailable, "test", "disk full")
	}
	return f.Memory.AddSegment(ctx, s)
}

func TestHoldFails(t *testing.T) {
	p := open(t, t.TempDir(), &historytest.Memory{}, history.Options{})
	p.Apply(1, readingsOf("urn:x:1", august, 3))
	stopping := errors.New("stopping")
	n, err := p.Seal(context.Background(), func(context.Context, func(city.Position)) error { return stopping }, august.Add(2*day))
	if n != 0 || !errors.Is(err, stopping) || p.Stats().TailRows != 3 {
		t.Fatal(n, err, p.Stats())
	}
}

// Values and columns that need care come back from a segment as they were.
func TestValuesSurviveSealing(t *testing.T) {
	wide := city.Change{Op: city.OpReplace, Entity: "urn:x:wide", Type: "T", Source: "s", ReceivedAt: august}
	for i := range 2500 { // more than a segment has columns
		wide.Attributes = append(wide.Attributes, number(city.AttributeName(fmt.Sprintf("a%04d", i)), "", float64(i), august))
	}
	odd := city.Change{Op: city.OpObserve, Entity: "urn:x:odd", Type: "T", Source: "s", ReceivedAt: august, Attributes: []city.Attribute{
		number("inf", "", math.Inf(-1), august), number("zero", "", math.Copysign(0, -1), august), number("tiny", "", 5e-324, august),
		{Name: "bytes", Value: city.TextOf("\xff\xfe"), ObservedAt: august}, {Name: "empty", Value: city.TextOf(""), ObservedAt: august},
		{Name: "long", Value: city.TextOf(strings.Repeat("x", 1<<20)), ObservedAt: august},
		{Name: "nowhere", Value: city.Value{Kind: city.Geo}, ObservedAt: august},
		{Name: "twice", Value: city.NumberOf(1), ObservedAt: august}, {Name: "twice", Value: city.TextOf("last"), ObservedAt: august},
	}}
	p := open(t, t.TempDir(), &historytest.Memory{}, history.Options{})
	p.Apply(1, []city.Change{wide, odd})
	ask := func(id city.EntityID) []history.Reading {
		list, err := p.Series(context.Background(), history.Query{Entity: id, Type: "T"})
		if err != nil {
			t.Fatal(err)
		}
		return list
	}
	wideTail, oddTail := ask("urn:x:wide"), ask("urn:x:odd")
	if n := len(wideTail[0].Attributes); n != 2500 {
		t.Fatalf("%d attributes, want 2500", n)
	}
	if n := len(oddTail[0].Attributes); n != 8 {
		t.Fatalf("%d attributes, want 8", n)
	}
	seal(t, p, 1, august.Add(2*day))
	if p.Stats().TailRows != 0 {
		t.Fatal("not sealed")
	}
	if diff := cmp.Diff(wideTail, ask("urn:x:wide")); diff != "" {
		t.Fatal(diff)
	}
	if diff := cmp.Diff(oddTail, ask("urn:x:odd")); diff != "" {
		t.Fatal(diff)
	}
}

func TestNaNSurvivesSealing(t *testing.T) {
	p := open(t, t.TempDir(), &historytest.Memory{}, history.Options{})
	p.Apply(1, []city.Change{reading("urn:x:1", august, math.NaN())})
	seal(t, p, 1, august.Add(2*day))
	list, err := p.Series(context.Background(), history.Query{Entity: "urn:x:1"})
	if err != nil || len(list) != 1 || !math.IsNaN(list[0].Attributes[0].Value.Num) {
		t.Fatal(list, err)
	}
}

// A day of several row groups, with columns too varied for a dictionary.
func TestLargeDay(t *testing.T) {
	const entities, each = 3, 100_000
	p := open(t, t.TempDir(), &historytest.Memory{}, history.Options{})
	for e := range entities {
		id := city.EntityID(fmt.Sprintf("urn:x:%d", e))
		changes := make([]city.Change, each)
		for i := range changes {
			at := august.Add(time.Duration(i) * 800 * time.Millisecond)
			changes[i] = city.Change{Op: city.OpObserve, Entity: id, Type: "Bus", Source: "gps", ReceivedAt: at, Attributes: []city.Attribute{
				number("n", "", float64(i)*1.1+float64(e), at), {Name: "text", Value: city.TextOf(fmt.Sprint(id, i)), ObservedAt: at}}}
		}
		p.Apply(city.Position(e+1), changes)
	}
	seal(t, p, entities, august.Add(2*day))
	list, err := p.Series(context.Background(), history.Query{Entity: "urn:x:2", Type: "Bus", Limit: history.MaxLimit})
	if err != nil || len(list) != each {
		t.Fatal(len(list), err)
	}
	for i, r := range list {
		if r.Attributes[0].Value.Num != float64(i)*1.1+2 || r.Attributes[1].Value.Text != fmt.Sprint("urn:x:2", i) {
			t.Fatalf("reading %d is %+v", i, r)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	p := open(t, t.TempDir(), &historytest.Memory{}, history.Options{})
	for field, q := range map[string]history.Query{
		"entity": {}, "lastN": {Entity: "urn:x:1", LastN: -1}, "limit": {Entity: "urn:x:1", Limit: history.MaxLimit + 1},
	} {
		_, err := p.Read(context.Background(), q)
		var e *city.Error
		if !errors.As(err, &e) || e.Kind != city.Invalid || e.Field != field {
			t.Errorf("%+v: %v, want invalid %s", q, err, field)
		}
	}
}
