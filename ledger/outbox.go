package ledger

import "context"

// Outbox is where records wait for their leaves, beside what they tell of. A
// record enters it in the transaction that made the change it tells of; the log
// then gives every record its leaf, in the order of Waiting. Safe for concurrent
// use. Implementations pass ledgertest.Run.
type Outbox interface {
	// Waiting lists up to limit records that have no leaf yet, in a stable
	// order in which the records of one subject stand by their Seq: as long as
	// nothing is placed, a longer list begins with the shorter one.
	Waiting(ctx context.Context, limit int) ([]Sealed, error)
	// WaitingCount is how many records have no leaf yet.
	WaitingCount(ctx context.Context) (int, error)
	// Place writes down leaves of records, all or none; durable when it returns.
	// Placing a record again where it stands changes nothing. NotFound if there
	// is no such record; Conflict if the record stands at another leaf or the
	// leaf belongs to another record; Invalid if a leaf is negative.
	Place(ctx context.Context, placed []Placed) error
	// Record is the record with an id, or NotFound.
	Record(ctx context.Context, id RecordID) (Sealed, error)
	// Records lists up to limit records whose leaf is greater than after, in
	// the order of their leaves; after -1 begins with the first leaf. Records
	// that wait are not among them.
	Records(ctx context.Context, after int64, limit int) ([]Sealed, error)
	// LastLeaf is the greatest leaf of a record, or -1.
	LastLeaf(ctx context.Context) (int64, error)
}

// Placed says which leaf a record has.
type Placed struct {
	ID   RecordID
	Leaf int64
}

// Records is what verification reads: the part of an Outbox that changes
// nothing.
type Records interface {
	// Records lists placed records by their leaves, like Outbox.Records.
	Records(ctx context.Context, after int64, limit int) ([]Sealed, error)
	// Waiting lists records without a leaf, like Outbox.Waiting.
	Waiting(ctx context.Context, limit int) ([]Sealed, error)
	// WaitingCount is how many records have no leaf yet.
	WaitingCount(ctx context.Context) (int, error)
	// Record is the record with an id, or NotFound.
	Record(ctx context.Context, id RecordID) (Sealed, error)
	// CheckRecords compares what the program works with (a case, an account)
	// with the last record about it, and names everything that differs, in a
	// stable order. An error means that it could not be compared at all.
	CheckRecords(ctx context.Context, found func(Damage)) error
}
