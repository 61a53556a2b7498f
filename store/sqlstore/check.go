package sqlstore

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"

	"citybrain/casework"
	"citybrain/ledger"
)

// checkPage is how many cases or accounts are looked at together.
const checkPage = 500

// CheckRecords implements ledger.Records. It compares every case with the
// digest in its last record, every column and worklist row with the case's body,
// and every account and silence with the digest in its last record; records of
// cases, accounts and silences must be there without gaps and say what their ids say. That a record
// with a leaf is the one that was recorded is for the ledger to find, whose
// leaves commit to them.
func (s *Store) CheckRecords(ctx context.Context, found func(ledger.Damage)) error {
	return s.inSnapshot(ctx, "check the records", func(tx *sql.Tx) error { return checkIn(ctx, tx, found) })
}

func checkIn(ctx context.Context, tx *sql.Tx, found func(ledger.Damage)) error {
	c := checker{tx: tx, found: found}
	if err := c.walk(ctx, ledger.CaseMove, "casefile", caseColumns, c.checkCase); err != nil {
		return err
	}
	if err := c.walk(ctx, ledger.AccountChange, "account", accountColumns, c.checkAccount); err != nil {
		return err
	}
	if err := c.walk(ctx, ledger.SilenceChange, "silence", silenceColumns, c.checkSilence); err != nil {
		return err
	}
	if err := c.checkTotals(ctx); err != nil {
		return err
	}
	return c.checkCounters(ctx)
}

// checker compares in one snapshot.
type checker struct {
	tx    *sql.Tx
	found func(ledger.Damage)
	tasks map[string][][]any // of the cases of the page
	words map[string][]string
}

func (c *checker) damage(what ledger.What, id, format string, args ...any) {
	c.found(ledger.Damage{What: what, ID: id, Text: fmt.Sprintf(format, args...)})
}

// subjectRecords are the records of one subject, as far as they matter.
type subjectRecords struct {
	count  int64
	last   ledger.RecordID
	digest string // that the last one says; "" if it says none or cannot be read
}

// walk goes through a table page by page, in the order of its ids, and through
// the records of a kind along with it.
func (c *checker) walk(ctx context.Context, kind ledger.Kind, table, columns string, check func(row []any, r subjectRecords)) error {
	width := strings.Count(columns, ",") + 1
	for after, more := "", true; more; {
		var page [][]any
		err := each(ctx, c.tx, `SELECT `+columns+` FROM `+table+` WHERE id > $1 ORDER BY id LIMIT $2`, []any{after, checkPage},
			func(rows *sql.Rows) error {
				row, err := scanAny(rows, width)
				page = append(page, row)
				return err
			})
		if err != nil {
			return err
		}
		last := ""
		if more = len(page) == checkPage; more {
			if last, more = page[len(page)-1][0].(string); !more {
				last = ""
			}
		}
		if err := c.checkPage(ctx, kind, after, last, page, check); err != nil {
			return err
		}
		after = last
	}
	return nil
}

// checkPage checks the rows with ids behind after up to last; "" is no end.
func (c *checker) checkPage(ctx context.Context, kind ledger.Kind, after, last string, page [][]any, check func([]any, subjectRecords)) error {
	records, order, err := c.records(ctx, kind, after, last)
	if err != nil {
		return err
	}
	if kind == ledger.CaseMove {
		if c.tasks, err = c.taskRows(ctx, after, last); err != nil {
			return err
		}
		if c.words, err = c.wordsOf(ctx, after, last); err != nil {
			return err
		}
	}
	for _, row := range page {
		id := fmt.Sprint(row[0])
		check(row, records[id])
		delete(records, id)
		delete(c.tasks, id)
		delete(c.words, id)
	}
	for _, id := range order {
		if r, left := records[id]; left {
			c.damage(ledger.DamagedSubject, id, "is gone, though it has %d records, the last of them %s", r.count, r.last)
		}
	}
	for _, id := range slices.Sorted(maps.Keys(c.tasks)) {
		c.damage(ledger.DamagedSubject, id, "is in a worklist, but there is no such case")
	}
	for _, id := range slices.Sorted(maps.Keys(c.words)) {
		c.damage(ledger.DamagedSubject, id, "is found by words, but there is no such case")
	}
	c.tasks, c.words = nil, nil
	return nil
}

// between is the condition that a column lies behind after, up to last.
func between(w *where, column, after, last string) {
	w.and(column + ` > ` + w.arg(after))
	if last != "" {
		w.and(column + ` <= ` + w.arg(last))
	}
}

// records reads the records of a range of subjects, and checks each by itself.
func (c *checker) records(ctx context.Context, kind ledger.Kind, after, last string) (map[string]subjectRecords, []string, error) {
	var w where
	w.and(`kind = ` + w.arg(string(kind)))
	between(&w, "subject", after, last)
	all := map[string]subjectRecords{}
	var order []string
	err := each(ctx, c.tx, selectRecords+w.String()+` ORDER BY subject, seq`, w.args, func(rows *sql.Rows) error {
		r, err := scanSealed(rows)
		if err != nil {
			return err
		}
		of, known := all[r.Subject]
		if !known {
			order = append(order, r.Subject)
		}
		if of.count++; r.Seq != of.count {
			c.damage(ledger.DamagedSubject, r.Subject, "its record %d is missing: record %s follows record %d", of.count, r.ID, of.count-1)
			of.count = r.Seq
		}
		of.last = r.ID
		var fault string
		if of.digest, fault = readRecord(&r); fault != "" {
			c.damage(ledger.DamagedRecord, string(r.ID), "%s", fault)
		}
		all[r.Subject] = of
		return nil
	})
	return all, order, err
}

// taskRows reads the worklist rows of a range of cases.
func (c *checker) taskRows(ctx context.Context, after, last string) (map[string][][]any, error) {
	var w where
	between(&w, "case_id", after, last)
	all := map[string][][]any{}
	err := each(ctx, c.tx, `SELECT `+taskColumns+` FROM case_task`+w.String()+` ORDER BY case_id, agency, state`, w.args, func(rows *sql.Rows) error {
		row, err := scanAny(rows, taskWidth)
		if err == nil {
			id := fmt.Sprint(row[0])
			all[id] = append(all[id], row)
		}
		return err
	})
	return all, err
}

// checkCase compares a case's row with its last record and with itself.
func (c *checker) checkCase(row []any, r subjectRecords) {
	id := fmt.Sprint(row[0])
	fault := func(format string, args ...any) { c.damage(ledger.DamagedSubject, id, format, args...) }
	body, _ := row[caseWidth-1].([]byte)
	switch {
	case r.count == 0:
		fault("has no records")
	case r.digest == "":
		fault("its last record, %s, does not say its digest", r.last)
	case r.digest != digestOf(body):
		fault("its body is not the one that its last record, %s, was made of", r.last)
	}
	stored, err := decodeCase(body)
	if err != nil {
		fault("its body cannot be read: %v", err)
		return
	}
	if again, _, err := encodeCase(&stored); err != nil || !bytes.Equal(again, body) {
		fault("its body is not written as this program writes it")
	}
	if r.count != 0 && stored.Version != r.count {
		fault("its body has version %d, but it has %d records", stored.Version, r.count)
	}
	wanted := rowOf(&stored)
	if names := differing(caseColumns, row, wanted.values(body)); names != "" {
		fault("differs from its body in the columns %s", names)
	}
	c.checkTasks(&stored, id)
	c.checkWords(&stored, id)
}

// checkTasks compares the worklist rows of a case with its body.
func (c *checker) checkTasks(stored *casework.Case, id string) {
	wanted := map[string][]any{}
	for _, t := range tasksOf(stored) {
		wanted[t.agency+" "+t.state] = t.values()
	}
	for _, row := range c.tasks[id] {
		key := fmt.Sprint(row[1]) + " " + fmt.Sprint(row[2])
		if want, ok := wanted[key]; !ok {
			c.damage(ledger.DamagedSubject, id, "is in a worklist, %s, where its body does not put it", key)
		} else if names := differing(taskColumns, row, want); names != "" {
			c.damage(ledger.DamagedSubject, id, "is in the worklist %s with other columns than its body says: %s", key, names)
		}
		delete(wanted, key)
	}
	for _, t := range tasksOf(stored) {
		if key := t.agency + " " + t.state; wanted[key] != nil {
			c.damage(ledger.DamagedSubject, id, "is missing in the worklist %s", key)
		}
	}
}

// checkCounters makes sure that no number is given twice.
func (c *checker) checkCounters(ctx context.Context) error {
	for _, counted := range [][2]string{{changeCounter, `SELECT max(change) FROM casefile`}, {entryCounter, `SELECT max(entry) FROM record`}} {
		var most, value sql.NullInt64
		err := c.tx.QueryRowContext(ctx, `SELECT (`+counted[1]+`), (SELECT value FROM counter WHERE name = $1)`, counted[0]).Scan(&most, &value)
		if err != nil {
			return err
		}
		if most.Int64 > value.Int64 {
			c.damage(ledger.DamagedSubject, "counter "+counted[0], "stands at %d, but %d has been given", value.Int64, most.Int64)
		}
	}
	return nil
}
