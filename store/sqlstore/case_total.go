package sqlstore

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"

	"citybrain/ledger"
)

// total is a sort of rows that are counted as they come and go, so that the
// length of a worklist is known without counting: rows of case_task, or, with
// agency and task "", of casefile.
type total struct {
	agency, task, state string // the state of the case
	before              int64
}

// totals are by how much they change. The zero value is empty.
type totals map[total]int64

func (t *totals) add(of total, n int64) {
	if *t == nil {
		*t = totals{}
	}
	(*t)[of] += n
}

func compareTotals(a, b total) int {
	return cmp.Or(cmp.Compare(a.agency, b.agency), cmp.Compare(a.task, b.task), cmp.Compare(a.state, b.state), cmp.Compare(a.before, b.before))
}

// write adds the changes to the totals that are stored.
func (t totals) write(ctx context.Context, tx *sql.Tx) error {
	var rows [][]any
	for _, of := range slices.SortedFunc(maps.Keys(t), compareTotals) {
		if n := t[of]; n != 0 {
			rows = append(rows, []any{of.agency, of.task, of.state, of.before, n})
		}
	}
	return insertRows(ctx, tx, `INSERT INTO case_total (agency, task, state, before, n) VALUES `, 5, rows,
		` ON CONFLICT (agency, task, state, before) DO UPDATE SET n = case_total.n + excluded.n`)
}

// counted says whether the totals answer the query: it asks for nothing but
// states.
func (p *casePlan) counted() bool {
	q := p.q
	return !p.few() && len(q.Kinds) == 0 && q.Severity == 0 && q.OverdueAt == 0 && q.OpenedFrom == 0 && q.OpenedTo == 0 &&
		(q.Agency != "" || len(q.Tasks) == 0)
}

// sum is the statement that adds up totals.
func (p *casePlan) sum() string {
	p.and(`agency = ` + p.arg(string(p.q.Agency)))
	if p.q.Agency == "" {
		p.and(`task = ''`)
	} else {
		p.and(`task IN (` + p.list(texts(p.tasks)) + `)`)
		p.and(`before & ` + p.arg(p.taskMask()) + ` = 0`)
	}
	p.and(`state IN (` + p.list(texts(p.states)) + `)`)
	return `SELECT CAST(COALESCE(SUM(n), 0) AS BIGINT) FROM case_total` + p.String()
}

// checkTotals compares the totals with what they count.
func (c *checker) checkTotals(ctx context.Context) error {
	left := totals{}
	for query, sign := range map[string]int64{
		`SELECT agency, state, case_state, before, count(*) FROM case_task GROUP BY agency, state, case_state, before`: 1,
		`SELECT '', '', state, 0, count(*) FROM casefile GROUP BY state`:                                               1,
		`SELECT agency, task, state, before, n FROM case_total`:                                                        -1,
	} {
		err := each(ctx, c.tx, query, nil, func(rows *sql.Rows) error {
			var of total
			var n int64
			err := rows.Scan(&of.agency, &of.task, &of.state, &of.before, &n)
			left.add(of, sign*n)
			return err
		})
		if err != nil {
			return err
		}
	}
	for _, of := range slices.SortedFunc(maps.Keys(left), compareTotals) {
		if n := left[of]; n != 0 {
			c.damage(ledger.DamagedSubject, "total of cases", "%s", fmt.Sprintf("agency %q, task %q, state %q, %d: differs by %d from what it counts",
				of.agency, of.task, of.state, of.before, n))
		}
	}
	return nil
}
