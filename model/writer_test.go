package model

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func TestOperations(t *testing.T) {
	w := newWorld(t, 2, false)
	const id = "urn:x:1"
	kind := func(r []Result) city.ErrorKind {
		if r[0].Err == nil {
			return 255
		}
		return city.KindOf(r[0].Err)
	}
	if k := kind(w.write(t, reading(city.OpPatch, id, "", "api", 1, "n", 1))); k != city.NotFound {
		t.Errorf("patch of nothing: %v", k)
	}
	if r := w.write(t, reading(city.OpCreate, id, "T", "api", 1, "n", 1)); r[0].Err != nil || !r[0].Created {
		t.Errorf("create: %+v", r[0])
	}
	if k := kind(w.write(t, reading(city.OpCreate, id, "T", "api", 1, "n", 1))); k != city.Conflict {
		t.Errorf("second create: %v", k)
	}
	r := w.write(t, reading(city.OpPatch, id, "", "api", 2, "n", 2, "m", 3))
	if r[0].Err != nil || !slices.Equal(r[0].Missing, []city.AttributeName{"m"}) {
		t.Errorf("patch: %+v", r[0])
	}
	w.write(t, reading(city.OpUpdate, id, "T", "api", 3, "m", 4))
	w.write(t, reading(city.OpUpdate, id, "T", "api", 2, "m", 9))
	if e, _ := w.present.Get(id); e.Attribute("n").Value.Num != 2 || e.Attribute("m").Value.Num != 4 {
		t.Errorf("after updates: %+v", e)
	}
	if k := kind(w.write(t, reading(city.OpUpdate, id, "Other", "api", 4, "m", 4))); k != city.Invalid {
		t.Errorf("update with another type: %v", k)
	}
	w.write(t, reading(city.OpReplace, id, "T2", "api", 1, "z", 1))
	if e, _ := w.present.Get(id); e.Type != "T2" || len(e.Attributes) != 1 || len(w.present.Types()) != 1 {
		t.Errorf("after replace: %+v %v", e, w.present.Types())
	}
	if r := w.write(t, reading(city.OpDeleteAttribute, id, "", "api", 5, "z", 0)); r[0].Err != nil || len(r[0].Missing) > 0 {
		t.Errorf("delete attribute: %+v", r[0])
	}
	if r := w.write(t, reading(city.OpDelete, id, "", "api", 6)); r[0].Err != nil {
		t.Errorf("delete: %+v", r[0])
	}
	if _, ok := w.present.Get(id); ok || w.present.Count() != 0 {
		t.Error("entity lives after delete")
	}
	if r := w.write(t, reading(city.OpCreate, id, "T", "api", 7, "n", 1)); r[0].Err != nil {
		t.Errorf("create after delete: %+v", r[0])
	}
}

// TestOneBatch sends changes that depend on each other in one call.
func TestOneBatch(t *testing.T) {
	w := newWorld(t, 1, false)
	r := w.write(t,
		reading(city.OpCreate, "urn:x:1", "T", "api", 1, "n", 1),
		reading(city.OpCreate, "urn:x:1", "T", "api", 1, "n", 2),
		reading(city.OpPatch, "urn:x:1", "", "api", 2, "n", 3),
		reading(city.OpDelete, "urn:x:1", "", "api", 3),
		reading(city.OpPatch, "urn:x:1", "", "api", 4, "n", 4),
		reading(city.OpCreate, "urn:x:1", "U", "api", 5, "k", 5),
		reading(city.OpPatch, "urn:x:1", "", "api", 6, "n", 6),
	)
	got := ""
	for _, x := range r {
		if x.Err != nil {
			got += city.KindOf(x.Err).String() + " "
		} else {
			got += fmt.Sprint("ok", len(x.Missing), " ")
		}
	}
	if want := "ok0 conflict ok0 ok0 not-found ok0 ok1 "; got != want {
		t.Errorf("results %q, want %q", got, want)
	}
	if e, _ := w.present.Get("urn:x:1"); e.Type != "U" || len(e.Attributes) != 1 {
		t.Errorf("entity %+v", e)
	}
	if len(w.log.batches) != 1 {
		t.Errorf("%d batches, want 1", len(w.log.batches))
	}
}

func TestFirstWinsAndLastWins(t *testing.T) {
	for _, first := range []bool{true, false} {
		w := newWorld(t, 1, first)
		var classes []city.RowClass
		for _, at := range []city.Instant{10, 20, 20, 10, 15, 15, 10} {
			classes = append(classes, w.write(t, reading(city.OpObserve, "urn:x:1", "T", "feed", at, "n", int(at)))[0].Class)
		}
		want := make([]city.RowClass, 7)
		if first {
			want[2], want[3], want[5], want[6] = city.RowDuplicate, city.RowDuplicate, city.RowDuplicate, city.RowDuplicate
		}
		if !slices.Equal(classes, want) {
			t.Errorf("first=%v: %v, want %v", first, classes, want)
		}
		if e, _ := w.present.Get("urn:x:1"); e.Attribute("n").Value.Num != 20 {
			t.Errorf("an older observation took the place of a newer: %+v", e)
		}
	}
}

// TestRefusedBatchLeavesNothing makes appends fail and expects no trace.
func TestRefusedBatchLeavesNothing(t *testing.T) {
	w := newWorld(t, 1, true)
	if err := w.StartFeed(context.Background(), "feed", 7); err != nil {
		t.Fatal(err)
	}
	row := func(n int64) city.Change {
		c := reading(city.OpObserve, "urn:x:1", "Garage", "feed", city.Instant(n*10), "n", 5, "cap", 3)
		c.Row = n
		return c
	}
	w.write(t, row(1))
	w.log.refuse = func(int) bool { return true }
	if r := w.write(t, row(2)); city.KindOf(r[0].Err) != city.Unavailable {
		t.Fatalf("refused append: %+v", r[0])
	}
	w.log.refuse = nil
	if r := w.write(t, row(3)); city.KindOf(r[0].Err) != city.Unavailable {
		t.Errorf("a row overtook the failed one: %+v", r[0])
	}
	if err := w.Tick(context.Background(), 99); city.KindOf(err) != city.Unavailable {
		t.Errorf("a tick overtook the failed row: %v", err)
	}
	if err := w.StartFeed(context.Background(), "feed", 7); err != nil {
		t.Fatal(err)
	}
	r := w.write(t, row(1), row(2), row(3))
	if !r[0].Skipped || r[1].Class != city.RowFlagged || r[2].Class != city.RowFlagged {
		t.Errorf("rows sent again: %+v", r)
	}
	f := w.present.Feeds()
	if len(f) != 1 || f[0].Counts[city.RowFlagged] != 3 || f[0].Row != 3 {
		t.Errorf("feeds: %+v", f)
	}
	if err := w.Tick(context.Background(), 99); err != nil {
		t.Error(err)
	}
	for key, n := range w.past.seen {
		if n != 1 {
			t.Errorf("%s is %d times in the past", key, n)
		}
	}
}

// TestRebuild runs random changes with checkpoints, failed checkpoints and
// crashes, and compares the present with one rebuilt from the whole log.
func TestRebuild(t *testing.T) {
	for seed := range uint64(15) {
		r := rand.New(rand.NewPCG(seed, 1))
		w := newWorld(t, 1+r.IntN(4), seed%2 == 0)
		store := &memoryCheckpoints{records: map[city.EntityID]Record{}}
		if err := w.StartFeed(context.Background(), "feed", 1); err != nil {
			t.Fatal(err)
		}
		row := int64(0)
		for range 60 {
			var changes []city.Change
			for range 1 + r.IntN(20) {
				changes = append(changes, randomChange(r, &row))
			}
			w.write(t, changes...)
			switch r.IntN(6) {
			case 0:
				store.fail = r.IntN(3)
				_, _, _ = w.Checkpoint(context.Background(), store)
			case 1:
				before := dump(w.present)
				w.crash(t, store, 1+r.IntN(4))
				if diff := cmp.Diff(before, dump(w.present)); diff != "" {
					t.Fatalf("seed %d: the rebuilt present differs: %s", seed, diff)
				}
				if err := w.StartFeed(context.Background(), "feed", 1); err != nil {
					t.Fatal(err)
				}
			}
		}
		want := dump(w.present)
		w.crash(t, &memoryCheckpoints{}, 1)
		if diff := cmp.Diff(want, dump(w.present)); diff != "" {
			t.Fatalf("seed %d: rebuilt from the log alone: %s", seed, diff)
		}
		checkFeed(t, w.present, row)
	}
}

func checkFeed(t *testing.T, p *Present, rows int64) {
	t.Helper()
	f := p.Feeds()[0]
	sum := int64(0)
	for _, n := range f.Counts {
		sum += n
	}
	if sum != rows {
		t.Errorf("classes add up to %d of %d rows: %+v", sum, rows, f)
	}
}

func randomChange(r *rand.Rand, row *int64) city.Change {
	id := city.EntityID(fmt.Sprint("urn:x:", r.IntN(12)))
	at := city.Instant(1 + r.IntN(300))
	names := []string{"n", "cap", "m", "k"}
	n := func() string { return names[r.IntN(len(names))] }
	place := city.GeoOf(city.PointPlace(city.Point{Lon: float64(r.IntN(10)), Lat: 1}))
	switch r.IntN(8) {
	case 0:
		return reading(city.OpCreate, id, "Garage", "api", at, "n", r.IntN(9), "location", place)
	case 1:
		return reading(city.OpPatch, id, "", "api", at, n(), r.IntN(9))
	case 2:
		return reading(city.OpDelete, id, "", "api", at)
	case 3:
		if r.IntN(4) == 0 {
			return reading(city.OpReplace, id, "Unwatched", "api", at, "n", 1)
		}
		return reading(city.OpReplace, id, "Garage", "api", at, "n", 1, n()+"x", r.IntN(9), "ref", city.RelationOf("urn:x:3"))
	case 4:
		return reading(city.OpDeleteAttribute, id, "", "api", at, n(), 0)
	}
	*row++
	c := reading(city.OpObserve, id, "Garage", "feed", at, "cap", 5, "n", r.IntN(9))
	if r.IntN(9) == 0 {
		c = city.Change{Op: city.OpOutside, Source: "feed", At: at, ReceivedAt: at}
	}
	c.Row = *row
	return c
}

// TestDeletedEntitiesAreForgotten makes and deletes entities between checkpoints
// and expects neither memory nor records to keep them.
func TestDeletedEntitiesAreForgotten(t *testing.T) {
	w := newWorld(t, 2, false)
	store := &memoryCheckpoints{records: map[city.EntityID]Record{}}
	checkpoint := func() {
		t.Helper()
		if _, _, err := w.Checkpoint(context.Background(), store); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 100 {
		id := city.EntityID(fmt.Sprint("urn:x:", i))
		w.write(t, reading(city.OpCreate, id, "T", "api", 1, "n", 1))
		if i%2 == 0 {
			checkpoint()
		}
		w.write(t, reading(city.OpDelete, id, "", "api", 2))
		if i%10 == 0 {
			w.write(t, reading(city.OpCreate, id, "T", "api", 3, "n", 2))
		}
	}
	checkpoint()
	checkpoint()
	held := 0
	for i := range w.present.lanes {
		held += len(w.present.lanes[i].entities)
	}
	if held != 10 || len(store.records) != 10 || w.present.Count() != 10 {
		t.Errorf("%d entities in memory and %d records, want 10", held, len(store.records))
	}
	before := dump(w.present)
	w.crash(t, store, 2)
	if diff := cmp.Diff(before, dump(w.present)); diff != "" {
		t.Error(diff)
	}
}

type entityDump struct {
	E    city.Entity
	Seen any
}

func dump(p *Present) map[city.EntityID]entityDump {
	out := map[city.EntityID]entityDump{}
	for _, e := range p.Query(Query{}).Entities {
		seen := p.lane(e.ID).entities[e.ID].seen
		slices.SortFunc(e.Attributes, func(a, b city.Attribute) int { return cmpText(string(a.Name), string(b.Name)) })
		if len(e.Attributes) == 0 {
			e.Attributes = nil
		}
		out[e.ID] = entityDump{e, slices.Clone(seen)}
	}
	return out
}

func cmpText(a, b string) int {
	if a < b {
		return -1
	}
	return 1
}

// TestConcurrent has many clients create, patch and tick at once and expects
// batches in order and every acknowledged value in the present.
func TestConcurrent(t *testing.T) {
	w := newWorld(t, 4, false)
	var wg sync.WaitGroup
	for client := range 16 {
		wg.Go(func() {
			id := city.EntityID(fmt.Sprint("urn:client:", client))
			w.write(t, reading(city.OpCreate, id, "T", "api", 1, "n", 0))
			for i := 1; i <= 200; i++ {
				w.write(t, reading(city.OpPatch, id, "", "api", city.Instant(i+1), "n", i))
				if e, ok := w.present.Get(id); !ok || e.Attribute("n").Value.Num != float64(i) {
					t.Errorf("%s: read %+v after writing %d", id, e, i)
					return
				}
				if i%50 == 0 {
					if err := w.Tick(context.Background(), city.Instant(i)); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	w.Close()
	for i, pos := range w.followed {
		if pos != city.Position(i+1) {
			t.Fatalf("follower got position %d as number %d", pos, i+1)
		}
	}
	if len(w.followed) != len(w.log.batches) {
		t.Errorf("follower got %d of %d batches", len(w.followed), len(w.log.batches))
	}
}

func TestQueryByPlaceAndRelation(t *testing.T) {
	w := newWorld(t, 2, false)
	for i := range 100 {
		w.write(t, reading(city.OpCreate, city.EntityID(fmt.Sprintf("urn:x:%03d", i)), "T", "api", 1,
			"location", city.GeoOf(city.PointPlace(city.Point{Lon: 10 + float64(i)/1000, Lat: 56})), "ref", city.RelationOf("urn:hub")))
	}
	page := w.present.Query(Query{Types: []city.EntityType{"T"}, Near: &Near{At: city.Point{Lon: 10, Lat: 56}, Max: 1000}, Count: true, Limit: 5})
	want := 0
	for i := range 100 {
		if (city.Point{Lon: 10, Lat: 56}).Distance(city.Point{Lon: 10 + float64(i)/1000, Lat: 56}) <= 1000 {
			want++
		}
	}
	if page.Total != want || len(page.Entities) != 5 || !page.More || page.Entities[0].ID != "urn:x:000" {
		t.Errorf("near: %d of %d, more %v", len(page.Entities), page.Total, page.More)
	}
	w.write(t, reading(city.OpUpdate, "urn:x:000", "T", "api", 2, "location", city.GeoOf(city.PointPlace(city.Point{Lon: 50, Lat: 50})), "ref", city.RelationOf("urn:other")))
	if n := w.present.Query(Query{Near: &Near{At: city.Point{Lon: 10, Lat: 56}, Max: 1000}, Count: true}).Total; n != want-1 {
		t.Errorf("after a move: %d, want %d", n, want-1)
	}
	if refs := w.present.Referrers("ref", "urn:hub"); len(refs) != 99 || refs[0] != "urn:x:001" {
		t.Errorf("referrers: %d", len(refs))
	}
}
