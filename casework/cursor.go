package casework

import (
	"fmt"
)

// RecordID is the id of the ledger's record of a move: "case.<case>.<move>".
func RecordID(id CaseID, seq int64) string { return fmt.Sprintf("case.%s.%d", id, seq) }

// CursorOf is the place of a case in the query's order: what After takes to
// continue behind it.
func (q *Query) CursorOf(c *Case) Cursor {
	key := c.OpenedAt
	if q.ByDeadline {
		key = c.Deadline
	}
	return Cursor{Key: key, ID: c.ID}
}
