package ledger_test

import (
	"context"

	"citybrain/city"
	"citybrain/ledger"
	"citybrain/ledger/ledgertest"
)

// sortedRecords stand by their leaves from 0 on: records that cost a benchmark
// nothing.
type sortedRecords []ledger.Sealed

func sorted(size int) sortedRecords {
	list := ledgertest.Examples(0, size)
	for i := range list {
		list[i].Leaf = int64(i)
	}
	return list
}

func (s sortedRecords) Records(_ context.Context, after int64, limit int) ([]ledger.Sealed, error) {
	from := min(int(after+1), len(s))
	return s[from:min(from+limit, len(s))], nil
}

func (sortedRecords) Waiting(context.Context, int) ([]ledger.Sealed, error) { return nil, nil }

func (sortedRecords) WaitingCount(context.Context) (int, error) { return 0, nil }

func (sortedRecords) Record(_ context.Context, id ledger.RecordID) (ledger.Sealed, error) {
	return ledger.Sealed{}, city.Errorf(city.NotFound, "ledger_test.Record", "no record %s", id)
}

func (sortedRecords) CheckRecords(context.Context, func(ledger.Damage)) error { return nil }
