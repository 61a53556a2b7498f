package sqlstore

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/ledger"
)

// changeCounter numbers the changes of cases; dayCounter the cases of a day.
const (
	changeCounter = "change"
	dayCounter    = "day."
)

// checkChange refuses a change whose parts do not fit together.
func checkChange(c *casework.Change) error {
	refuse := func(format string, args ...any) error {
		return city.Errorf(city.Invalid, "sqlstore.Save", "case %s: "+format, append([]any{c.Case.ID}, args...)...)
	}
	if len(c.Moves) == 0 {
		return refuse("a change has at least one move")
	}
	for i := range c.Moves {
		m := &c.Moves[i]
		if m.Case != c.Case.ID || m.Seq != c.Case.Version-int64(len(c.Moves)-1-i) || m.Seq < 1 {
			return refuse("move %d of case %q does not lead to version %d", m.Seq, m.Case, c.Case.Version)
		}
	}
	if c.New && c.Moves[0].Seq != 1 {
		return refuse("a new case begins with move 1")
	}
	if c.New && !isDay(c.Day) {
		return refuse("%q is no day such as 20060102", c.Day)
	}
	for _, text := range []string{string(c.Case.ID), c.Case.Kind, c.Case.Procedure, string(c.Case.Situation.ID), string(c.Case.Entity), string(c.Case.State)} {
		if !plain(text) {
			return refuse("%q is no text in UTF-8 without NUL", text)
		}
	}
	return nil
}

func isDay(s string) bool {
	if len(s) != 8 {
		return false
	}
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return true
}

// standing is what is stored of a case.
type standing struct {
	version int64
	number  string
	state   casework.State // that is stored; "": the case is new
}

// admitted is a change that may be stored, and the case as it will be.
type admitted struct {
	change *casework.Change
	answer casework.Case
	last   bool // the group has no later change of the case
}

// caseWriter writes the Saves of a group.
type caseWriter struct {
	requests []*saveRequest
	stored   map[casework.CaseID]standing
	admitted [][]*admitted // by request; nil: refused
	all      []*admitted   // in order
}

// write is one transaction.
func (w *caseWriter) write(ctx context.Context, s *Store) error {
	err := s.inTx(ctx, "save cases", func(tx *sql.Tx) error {
		if err := w.look(ctx, tx); err != nil {
			return err
		}
		for _, r := range w.requests {
			w.admit(r)
		}
		if len(w.all) == 0 {
			return nil
		}
		entry, err := w.number(ctx, tx)
		if err != nil {
			return err
		}
		return w.store(ctx, tx, entry)
	})
	if err != nil {
		return err
	}
	for i, r := range w.requests {
		for _, a := range w.admitted[i] {
			r.cases = append(r.cases, a.answer)
		}
	}
	return nil
}

// look reads what is stored of the cases.
func (w *caseWriter) look(ctx context.Context, tx *sql.Tx) error {
	w.stored = map[casework.CaseID]standing{}
	var ids []string
	for _, r := range w.requests {
		for i := range r.changes {
			ids = append(ids, string(r.changes[i].Case.ID))
		}
	}
	slices.Sort(ids)
	for chunk := range slices.Chunk(slices.Compact(ids), rowsAtOnce) {
		err := each(ctx, tx, `SELECT id, version, number, state FROM casefile WHERE id IN `+list(len(chunk)), anys(chunk), func(rows *sql.Rows) error {
			var id casework.CaseID
			var at standing
			err := rows.Scan((*string)(&id), &at.version, &at.number, (*string)(&at.state))
			w.stored[id] = at
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// admit takes all changes of a request, or refuses it.
func (w *caseWriter) admit(r *saveRequest) {
	var list []*admitted
	if r.err = w.mayStore(r); r.err == nil {
		for i := range r.changes {
			c := &r.changes[i]
			list = append(list, &admitted{change: c, answer: c.Case})
			at := w.stored[c.Case.ID]
			at.version = c.Case.Version
			w.stored[c.Case.ID] = at
		}
	}
	w.admitted = append(w.admitted, list)
	w.all = append(w.all, list...)
}

// mayStore says whether the changes of a request follow what is stored.
func (w *caseWriter) mayStore(r *saveRequest) error {
	const op = "sqlstore.Save"
	if err := r.ctx.Err(); err != nil {
		return &city.Error{Kind: city.Unavailable, Op: op, Detail: "cancelled before it was done", Err: err}
	}
	seen := map[casework.CaseID]bool{}
	for i := range r.changes {
		c := &r.changes[i]
		id := c.Case.ID
		at, there := w.stored[id]
		switch before := c.Moves[0].Seq - 1; {
		case seen[id]:
			return city.Errorf(city.Conflict, op, "case %s is saved twice at once", id)
		case c.New && there:
			return city.Errorf(city.Conflict, op, "there is a case %s already", id)
		case !c.New && !there:
			return city.Errorf(city.Conflict, op, "there is no case %s that could be changed", id)
		case !c.New && at.version != before:
			return city.Errorf(city.Conflict, op, "case %s has version %d, the move was made on version %d", id, at.version, before)
		}
		seen[id] = true
	}
	return nil
}

// number gives every change its number, new cases theirs, and answers the entry
// behind which the records stand.
func (w *caseWriter) number(ctx context.Context, tx *sql.Tx) (int64, error) {
	by := map[string]int64{changeCounter: int64(len(w.all))}
	for _, a := range w.all {
		by[entryCounter] += int64(len(a.change.Moves))
		if a.change.New {
			by[dayCounter+a.change.Day]++
		}
	}
	next, err := count(ctx, tx, by)
	if err != nil {
		return 0, err
	}
	for name, n := range by {
		next[name] -= n
	}
	for _, a := range w.all {
		c := &a.answer
		next[changeCounter]++
		c.Change = uint64(next[changeCounter])
		if a.change.New {
			next[dayCounter+a.change.Day]++
			number := fmt.Sprintf("%s-%04d", a.change.Day, next[dayCounter+a.change.Day])
			w.stored[c.ID] = standing{c.Version, number, ""}
		}
		c.Number = w.stored[c.ID].number
	}
	return next[entryCounter], nil
}

// store writes the rows.
func (w *caseWriter) store(ctx context.Context, tx *sql.Tx, entry int64) error {
	var records []ledger.Sealed
	rows := caseRows{}
	w.markLast()
	for _, a := range w.all {
		body, digest, err := encodeCase(&a.answer)
		if err != nil {
			return unwritable(&a.answer, err)
		}
		for i := range a.change.Moves {
			last := ""
			if i == len(a.change.Moves)-1 {
				last = digest
			}
			r, err := moveRecord(&a.change.Moves[i], last)
			if err != nil {
				return unwritable(&a.answer, err)
			}
			records = append(records, seal(r))
		}
		if a.last {
			rows.add(&a.answer, body, w.stored[a.answer.ID].state)
		}
	}
	if err := rows.write(ctx, tx); err != nil {
		return err
	}
	return insertRecords(ctx, tx, records, entry)
}

func (w *caseWriter) markLast() {
	seen := map[casework.CaseID]bool{}
	for _, a := range slices.Backward(w.all) {
		a.last = !seen[a.answer.ID]
		seen[a.answer.ID] = true
	}
}

func unwritable(c *casework.Case, err error) error {
	return &city.Error{Kind: city.Invalid, Op: "sqlstore.Save", Err: err,
		Detail: "case " + string(c.ID) + " cannot be written as JSON: its texts must be UTF-8 and its places numbers"}
}
