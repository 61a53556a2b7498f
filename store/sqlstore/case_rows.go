package sqlstore

import (
	"context"
	"database/sql"
	"slices"

	"citybrain/casework"
	"citybrain/city"
)

const (
	caseColumns = `id, number, version, change, kind, procedure, situation, entity, state, severity, opened_at, deadline, due, body`
	insertCases = `INSERT INTO casefile (` + caseColumns + `) VALUES `
	caseWidth   = 14
	caseUpdates = ` ON CONFLICT (id) DO UPDATE SET version = excluded.version, change = excluded.change, kind = excluded.kind,
procedure = excluded.procedure, situation = excluded.situation, entity = excluded.entity, state = excluded.state, severity = excluded.severity,
opened_at = excluded.opened_at, deadline = excluded.deadline, due = excluded.due, body = excluded.body`

	taskColumns = `case_id, agency, state, before, case_state, severity, kind, opened_at, deadline, due`
	insertTasks = `INSERT INTO case_task (` + taskColumns + `) VALUES `
	taskWidth   = 10
)

// caseRow are the columns of a case that queries look at.
type caseRow struct {
	id, number      string
	version, change int64
	kind, procedure string
	situation       string
	entity, state   string
	severity        int64
	openedAt        int64
	deadline        int64         // city.Forever: none
	due             sql.NullInt64 // see the migration
}

func rowOf(c *casework.Case) caseRow {
	r := caseRow{
		id: string(c.ID), number: c.Number, version: c.Version, change: int64(c.Change), kind: c.Kind, procedure: c.Procedure,
		situation: string(c.Situation.ID), entity: string(c.Entity), state: string(c.State), severity: int64(c.Severity),
		openedAt: int64(c.OpenedAt), deadline: deadlineKey(c.Deadline),
	}
	r.due = dueOf(c, func(*casework.Task) bool { return true })
	return r
}

// deadlineKey sorts those without a deadline last.
func deadlineKey(deadline city.Instant) int64 {
	if deadline == 0 {
		return int64(city.Forever)
	}
	return int64(deadline)
}

// dueOf is the earliest of the case's deadline and those of its open tasks that
// count, while the case is open.
func dueOf(c *casework.Case, counts func(*casework.Task) bool) sql.NullInt64 {
	if c.State == casework.Closed {
		return sql.NullInt64{}
	}
	due := deadlineKey(c.Deadline)
	for i := range c.Tasks {
		if t := &c.Tasks[i]; t.Open() && counts(t) {
			due = min(due, deadlineKey(t.Deadline))
		}
	}
	return sql.NullInt64{Int64: due, Valid: due != int64(city.Forever)}
}

func (r *caseRow) values(body []byte) []any {
	return []any{r.id, r.number, r.version, r.change, r.kind, r.procedure, r.situation, r.entity, r.state, r.severity, r.openedAt, r.deadline, r.due, body}
}

// taskRow says that an agency has a task in a state in a case; the rest is the
// case's.
type taskRow struct {
	caseID, agency, state string
	before                int64 // see the migration
	caseState             string
	severity              int64
	kind                  string
	openedAt, deadline    int64
	due                   sql.NullInt64
}

// taskStates are the states of tasks, those first in which the task still is
// its agency's.
var taskStates = []casework.TaskState{casework.TaskWaiting, casework.TaskHandling, casework.TaskDone, casework.TaskReturned, casework.TaskWithdrawn}

// liveTasks is how many of taskStates are of tasks that are still their
// agency's.
const liveTasks = 3

// taskBit is 1, 2, 4, 8 or 16.
func taskBit(s casework.TaskState) int64 { return 1 << (slices.Index(taskStates, s) + 1) >> 1 }

// tasksOf are the rows of the agencies that have tasks, one for each state.
func tasksOf(c *casework.Case) []taskRow {
	states := map[city.AgencyID]int64{}
	var rows []taskRow
	for i := range c.Tasks {
		t := &c.Tasks[i]
		bit := taskBit(t.State)
		if bit == 0 || states[t.Agency]&bit != 0 {
			continue
		}
		states[t.Agency] |= bit
		rows = append(rows, taskRow{
			caseID: string(c.ID), agency: string(t.Agency), state: string(t.State), before: bit - 1, caseState: string(c.State),
			severity: int64(c.Severity), kind: c.Kind, openedAt: int64(c.OpenedAt), deadline: deadlineKey(c.Deadline),
			due: dueOf(c, func(other *casework.Task) bool { return other.Agency == t.Agency }),
		})
	}
	for i := range rows {
		rows[i].before &= states[city.AgencyID(rows[i].agency)]
	}
	return rows
}

func (r *taskRow) values() []any {
	return []any{r.caseID, r.agency, r.state, r.before, r.caseState, r.severity, r.kind, r.openedAt, r.deadline, r.due}
}

// caseRows are what a transaction writes of cases.
type caseRows struct {
	cases, tasks [][]any
	words        [][]any  // of new cases: what they come of does not change
	known        []string // ids of cases that may have rows of tasks already
	totals       totals
}

// add takes a case as it is from now on; before is its state so far, "" if it
// is new.
func (r *caseRows) add(c *casework.Case, body []byte, before casework.State) {
	row := rowOf(c)
	r.cases = append(r.cases, row.values(body))
	r.totals.add(total{state: row.state}, 1)
	if before != "" {
		r.totals.add(total{state: string(before)}, -1)
		r.known = append(r.known, row.id)
	} else {
		r.words = append(r.words, wordRows(c)...)
	}
	for _, t := range tasksOf(c) {
		r.tasks = append(r.tasks, t.values())
		r.totals.add(total{t.agency, t.state, t.caseState, t.before}, 1)
	}
}

func (r *caseRows) write(ctx context.Context, tx *sql.Tx) error {
	if err := insertRows(ctx, tx, insertCases, caseWidth, r.cases, caseUpdates); err != nil {
		return err
	}
	for ids := range slices.Chunk(r.known, rowsAtOnce) {
		if err := r.removeTasks(ctx, tx, ids); err != nil {
			return err
		}
	}
	if err := insertRows(ctx, tx, insertTasks, taskWidth, r.tasks, ``); err != nil {
		return err
	}
	if err := insertRows(ctx, tx, insertWords, 3, r.words, ``); err != nil {
		return err
	}
	return r.totals.write(ctx, tx)
}

func (r *caseRows) removeTasks(ctx context.Context, tx *sql.Tx, ids []string) error {
	return each(ctx, tx, `DELETE FROM case_task WHERE case_id IN `+list(len(ids))+` RETURNING agency, state, case_state, before`, anys(ids),
		func(rows *sql.Rows) error {
			var t total
			err := rows.Scan(&t.agency, &t.task, &t.state, &t.before)
			r.totals.add(t, -1)
			return err
		})
}
