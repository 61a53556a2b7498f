package casework

import (
	"context"

	"citybrain/city"
)

// Records keep cases and their moves. What a call wrote is durable when it
// returns. Safe for concurrent use.
type Records interface {
	// Save stores every change, or none: each case as it is now, its new moves,
	// and for each move a record for the ledger. A new case gets its Number and,
	// like every case saved, its Change. Conflict if a case is new and there is
	// one of the same id or of the same procedure and situation, or if the
	// stored version is not the one before the moves; Invalid if the moves do
	// not lead to the case's version. The answer are the cases as stored, in
	// order.
	Save(ctx context.Context, changes ...Change) ([]Case, error)
	// Case is the case with an id, or NotFound.
	Case(ctx context.Context, id CaseID) (Case, error)
	// Moves lists the moves of a case after a sequence number, in order.
	Moves(ctx context.Context, id CaseID, after int64) ([]StoredMove, error)
	// Cases lists a page, in the query's order.
	Cases(ctx context.Context, q Query) ([]Case, error)
	// Count is how many cases the query has, whatever its limit.
	Count(ctx context.Context, q Query) (int, error)
	// CaseChanges lists cases whose last change has a number above after, in
	// the order of these numbers.
	CaseChanges(ctx context.Context, after uint64, limit int) ([]Case, error)
}

// Change is a case as it is to be stored and the moves that made it so.
type Change struct {
	Case  Case
	Moves []Move // at least one; the last has Seq == Case.Version
	New   bool
	Day   string // of a new case: the city's day, as 20060102, that begins its number
}

// StoredMove is a move with its place in the ledger.
type StoredMove struct {
	Move
	Record string // the id of its record
	Leaf   int64  // index of its leaf; -1 while it waits
}

// Query selects cases; a zero value does not filter.
type Query struct {
	States   []State
	NotState State // for "everything that is not closed"
	Kinds    []string
	Severity city.Severity // the least
	// Agency keeps cases in which the agency has a task that was not returned
	// or withdrawn; Tasks keeps only those whose task there is in one of these
	// states, and means nothing without Agency.
	Agency    city.AgencyID
	Tasks     []TaskState
	Situation city.SituationID
	Entity    city.EntityID
	// OverdueAt keeps open cases whose deadline, or that of an open task of
	// theirs (of Agency, if set), lies before the instant.
	OverdueAt city.Instant
	// Words keeps cases that have all of these, see Case.Words, and of them the
	// MaxFound latest opened. Where thousands of cases have each of the words,
	// records may look for them among the thousands opened last.
	Words []Sought
	// OpenedFrom and OpenedTo bound OpenedAt: from ≤ opened < to.
	OpenedFrom, OpenedTo city.Instant
	// By deadline the most urgent come first (those without last), otherwise
	// the latest opened; by id among equals.
	ByDeadline bool
	// After continues behind a case of the page before.
	After *Cursor
	Limit int // 0: 100; at most 1000
}

// Cursor stands behind one case of an answer.
type Cursor struct {
	Key city.Instant // its deadline or when it was opened, by the query's order
	ID  CaseID
}
