package ledgertest

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/ledger"
)

func empty(_ *testing.T, b box) {
	b.wantWaiting(10)
	b.wantRecords(-1, 10)
	b.wantCounts(0, -1)
	b.mustPlace()
	if _, err := b.Record(b.Context(), "case.0.1"); city.KindOf(err) != city.NotFound {
		b.Fatalf("record: %v, want not-found", err)
	}
	b.refused(city.NotFound, ledger.Placed{ID: "case.0.1", Leaf: 0})
}

func readBack(_ *testing.T, b box) {
	r := Example(3)
	r.Subject = "停车缓解 <b>&\"'"
	r.Body = []byte("{\"bytes\":\"\u0000 is kept\"}\x00\xff")
	b.mustPut(r)
	got, err := b.Record(b.Context(), r.ID)
	if err != nil {
		b.Fatalf("record: %v", err)
	}
	if d := cmp.Diff(r, got); d != "" {
		b.Fatalf("record (-want +got):\n%s", d)
	}
	b.wantWaiting(1, r)
}

// waitingIsStable: a longer list begins with the shorter one, again and again.
func waitingIsStable(_ *testing.T, b box) {
	b.mustPut(Examples(0, 20)...)
	all, err := b.Waiting(b.Context(), 100)
	if err != nil || len(all) != 20 {
		b.Fatalf("%d of 20 wait (%v)", len(all), err)
	}
	for limit := range 21 {
		b.wantWaiting(limit, all[:limit]...)
	}
	b.wantCounts(20, -1)
}

func placed(_ *testing.T, b box) {
	b.mustPut(Examples(0, 6)...)
	order, _ := b.Waiting(b.Context(), 6)
	b.mustPlace(ledger.Placed{ID: order[0].ID, Leaf: 0}, ledger.Placed{ID: order[1].ID, Leaf: 1})
	b.wantWaiting(10, order[2:]...)
	b.wantRecords(-1, 10, at(order[0], 0), at(order[1], 1))
	b.wantCounts(4, 1)
	got, err := b.Record(b.Context(), order[1].ID)
	if err != nil || got.Leaf != 1 {
		b.Fatalf("record at leaf %d (%v), want 1", got.Leaf, err)
	}
}

func placedAgain(_ *testing.T, b box) {
	b.mustPut(Example(0))
	b.mustPlace(ledger.Placed{ID: Example(0).ID, Leaf: 5})
	b.mustPlace(ledger.Placed{ID: Example(0).ID, Leaf: 5})
	b.wantRecords(-1, 10, at(Example(0), 5))
	b.wantCounts(0, 5)
}

func allOrNothing(_ *testing.T, b box) {
	b.mustPut(Examples(0, 4)...)
	id := func(n int) ledger.RecordID { return Example(n).ID }
	b.mustPlace(ledger.Placed{ID: id(0), Leaf: 0})
	waiting, _ := b.Waiting(b.Context(), 10)
	b.refused(city.NotFound, ledger.Placed{ID: id(1), Leaf: 1}, ledger.Placed{ID: "case.none.1", Leaf: 2})
	b.refused(city.Conflict, ledger.Placed{ID: id(1), Leaf: 1}, ledger.Placed{ID: id(0), Leaf: 2})
	b.refused(city.Conflict, ledger.Placed{ID: id(1), Leaf: 1}, ledger.Placed{ID: id(2), Leaf: 0})
	b.refused(city.Conflict, ledger.Placed{ID: id(1), Leaf: 1}, ledger.Placed{ID: id(2), Leaf: 1})
	b.refused(city.Invalid, ledger.Placed{ID: id(1), Leaf: 1}, ledger.Placed{ID: id(2), Leaf: -1})
	b.wantWaiting(10, waiting...)
	b.wantCounts(3, 0)
}

func byLeaf(_ *testing.T, b box) {
	b.mustPut(Examples(0, 10)...)
	for n := range 10 { // the last put has the first leaf; every second leaf is of nobody
		b.mustPlace(ledger.Placed{ID: Example(n).ID, Leaf: int64(2 * (9 - n))})
	}
	var want []ledger.Sealed
	for n := range 10 {
		want = append(want, at(Example(9-n), int64(2*n)))
	}
	b.wantRecords(-1, 100, want...)
	b.wantRecords(-1, 3, want[:3]...)
	b.wantRecords(4, 3, want[3:6]...)
	b.wantRecords(5, 3, want[3:6]...)
	b.wantRecords(18, 3)
	b.wantRecords(1_000_000, 3)
}

func subjectOrder(_ *testing.T, b box) {
	for n := range 30 {
		b.mustPut(Example(n))
	}
	waiting, err := b.Waiting(b.Context(), 30)
	if err != nil {
		b.Fatal(err)
	}
	next := map[string]int64{}
	for _, r := range waiting {
		if next[r.Subject]++; r.Seq != next[r.Subject] {
			b.Fatalf("record %d of %s stands where its record %d belongs", r.Seq, r.Subject, next[r.Subject])
		}
	}
}

func many(_ *testing.T, b box) {
	const total, group = 500, 70
	b.mustPut(Examples(0, total)...)
	leaf := int64(0)
	for {
		waiting, err := b.Waiting(b.Context(), group)
		if err != nil {
			b.Fatal(err)
		}
		if len(waiting) == 0 {
			break
		}
		var places []ledger.Placed
		for _, r := range waiting {
			places = append(places, ledger.Placed{ID: r.ID, Leaf: leaf})
			leaf++
		}
		b.mustPlace(places...)
	}
	seen, after := map[ledger.RecordID]bool{}, int64(-1)
	for after < total-1 {
		page, err := b.Outbox.Records(b.Context(), after, group)
		if err != nil || len(page) == 0 {
			b.Fatalf("%d records behind leaf %d (%v)", len(page), after, err)
		}
		for _, r := range page {
			if seen[r.ID] || r.Leaf != after+1 {
				b.Fatal(fmt.Errorf("record %s at leaf %d behind leaf %d, seen before: %v", r.ID, r.Leaf, after, seen[r.ID]))
			}
			seen[r.ID], after = true, r.Leaf
		}
	}
	b.wantCounts(0, total-1)
}
