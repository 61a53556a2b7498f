package ledgertest

import (
	"context"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/ledger"
)

// Put stores records without a leaf, all or none, in the order given: what an
// implementation does in the transaction that makes the change they tell of.
type Put func(ctx context.Context, records ...ledger.Sealed) error

// Run holds an implementation to the contract of ledger.Outbox. Open gives an
// empty one and the way in which it stores records.
func Run(t *testing.T, open func(t *testing.T) (ledger.Outbox, Put)) {
	for _, c := range []struct {
		name string
		test func(t *testing.T, b box)
	}{
		{"AnEmptyOutboxSaysSo", empty},
		{"WhatWasPutIsRead", readBack},
		{"WaitingIsStable", waitingIsStable},
		{"PlacedRecordsWaitNoMore", placed},
		{"PlacingAgainChangesNothing", placedAgain},
		{"PlaceIsAllOrNothing", allOrNothing},
		{"RecordsComeByLeaf", byLeaf},
		{"RecordsOfOneSubjectKeepTheirOrder", subjectOrder},
		{"ManyAreThereOnce", many},
	} {
		t.Run(c.name, func(t *testing.T) {
			outbox, put := open(t)
			c.test(t, box{t, outbox, put})
		})
	}
}

// Example is the n-th of endless different records, of seven subjects.
func Example(n int) ledger.Sealed {
	subject := fmt.Sprintf("%032x", n%7)
	seq := int64(n/7 + 1)
	r := ledger.Sealed{Leaf: -1, Salt: fmt.Appendf(nil, "%016d", n)}
	r.ID = ledger.RecordID(fmt.Sprintf("case.%s.%d", subject, seq))
	r.Kind, r.Subject, r.Seq = ledger.CaseMove, subject, seq
	r.At = city.Instant(1_700_000_000_000_000 + int64(n)*1_000_003)
	r.Body = fmt.Appendf(nil, `{"verb":"note","text":"第%d步","n":%d}`, n, n)
	return r
}

// Examples are the records from, from+1, … up to but without to.
func Examples(from, to int) []ledger.Sealed {
	records := make([]ledger.Sealed, 0, to-from)
	for n := from; n < to; n++ {
		records = append(records, Example(n))
	}
	return records
}

type box struct {
	*testing.T
	ledger.Outbox
	put Put
}

func (b box) mustPut(records ...ledger.Sealed) {
	b.Helper()
	if err := b.put(b.Context(), records...); err != nil {
		b.Fatalf("put: %v", err)
	}
}

func (b box) mustPlace(placed ...ledger.Placed) {
	b.Helper()
	if err := b.Place(b.Context(), placed); err != nil {
		b.Fatalf("place: %v", err)
	}
}

func (b box) wantWaiting(limit int, want ...ledger.Sealed) {
	b.Helper()
	got, err := b.Waiting(b.Context(), limit)
	b.want("waiting", got, err, want)
}

func (b box) wantRecords(after int64, limit int, want ...ledger.Sealed) {
	b.Helper()
	got, err := b.Outbox.Records(b.Context(), after, limit)
	b.want("records", got, err, want)
}

func (b box) want(what string, got []ledger.Sealed, err error, want []ledger.Sealed) {
	b.Helper()
	if err != nil {
		b.Fatalf("%s: %v", what, err)
	}
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if d := cmp.Diff(want, got); d != "" {
		b.Fatalf("%s (-want +got):\n%s", what, d)
	}
}

func (b box) wantCounts(waiting int, last int64) {
	b.Helper()
	if n, err := b.WaitingCount(b.Context()); err != nil || n != waiting {
		b.Fatalf("%d wait (%v), want %d", n, err, waiting)
	}
	if leaf, err := b.LastLeaf(b.Context()); err != nil || leaf != last {
		b.Fatalf("the last leaf is %d (%v), want %d", leaf, err, last)
	}
}

func (b box) refused(kind city.ErrorKind, placed ...ledger.Placed) {
	b.Helper()
	if err := b.Place(b.Context(), placed); err == nil || city.KindOf(err) != kind {
		b.Fatalf("place: %v, want an error of kind %v", err, kind)
	}
}

func at(r ledger.Sealed, leaf int64) ledger.Sealed {
	r.Leaf = leaf
	return r
}
