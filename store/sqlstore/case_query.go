package sqlstore

import (
	"context"
	"database/sql"
	"slices"
	"strconv"
	"strings"

	"citybrain/casework"
	"citybrain/city"
)

// Case implements casework.Records.
func (s *Store) Case(ctx context.Context, id casework.CaseID) (casework.Case, error) {
	found, err := s.selectCases(ctx, `SELECT id, body FROM casefile WHERE id = $1`, string(id))
	if err == nil && len(found) == 0 {
		err = city.Errorf(city.NotFound, "sqlstore.Case", "there is no case %s", id)
	}
	if err != nil {
		return casework.Case{}, err
	}
	return found[0], nil
}

// CaseChanges implements casework.Records.
func (s *Store) CaseChanges(ctx context.Context, after uint64, limit int) ([]casework.Case, error) {
	return s.selectCases(ctx, `SELECT id, body FROM casefile WHERE change > $1 ORDER BY change LIMIT $2`, int64(after), pageSize(limit))
}

// Cases implements casework.Records.
func (s *Store) Cases(ctx context.Context, q casework.Query) ([]casework.Case, error) {
	p, err := s.plan(ctx, &q)
	query := p.page()
	if query == "" || err != nil {
		return nil, err
	}
	return s.selectCases(ctx, query, p.args...)
}

// Count implements casework.Records.
func (s *Store) Count(ctx context.Context, q casework.Query) (int, error) {
	p, err := s.plan(ctx, &q)
	query := p.count()
	if query == "" || err != nil {
		return 0, err
	}
	var n int
	err = s.read.QueryRowContext(ctx, query, p.args...).Scan(&n)
	return n, s.explain("count cases", err)
}

func (s *Store) selectCases(ctx context.Context, query string, args ...any) ([]casework.Case, error) {
	var found []casework.Case
	err := each(ctx, s.read, query, args, func(rows *sql.Rows) error {
		var id string
		var body []byte
		if err := rows.Scan(&id, &body); err != nil {
			return err
		}
		c, err := decodeCase(body)
		if err != nil {
			return s.engine.damaged("is damaged: case "+id+" cannot be read", err)
		}
		found = append(found, c)
		return nil
	})
	return found, s.explain("query cases", err)
}

// casePlan is how a query of cases is answered. Every combination of a state of
// the case and, for an agency, a state of its task is a branch of its own, which
// an index has in the order of the query; so a page costs the same however many
// cases there are and whatever their states.
type casePlan struct {
	q *casework.Query
	where
	states []casework.State
	tasks  []casework.TaskState
	found  []string // the cases that have the words sought, if any are
}

var caseStates = []casework.State{casework.Reported, casework.Filed, casework.Dispatched, casework.Handling, casework.Handled, casework.Checked, casework.Closed}

func (s *Store) plan(ctx context.Context, q *casework.Query) (*casePlan, error) {
	p := &casePlan{q: q}
	for _, s := range caseStates {
		if (len(q.States) == 0 || slices.Contains(q.States, s)) && s != q.NotState && (s != casework.Closed || q.OverdueAt == 0) {
			p.states = append(p.states, s)
		}
	}
	for i, t := range taskStates {
		if len(q.Tasks) == 0 && i < liveTasks || slices.Contains(q.Tasks, t) {
			p.tasks = append(p.tasks, t)
		}
	}
	if len(q.Words) == 0 || p.empty() {
		return p, nil
	}
	var err error
	p.found, err = s.find(ctx, q.Words)
	return p, err
}

// empty says whether no case can be selected.
func (p *casePlan) empty() bool {
	return len(p.states) == 0 || len(p.tasks) == 0 || p.found != nil && len(p.found) == 0
}

// worklist says whether case_task answers the query: unless an index on what is
// asked for leaves few cases anyway.
func (p *casePlan) worklist() bool { return p.q.Agency != "" && !p.few() }

func (p *casePlan) few() bool { return p.q.Situation != "" || p.q.Entity != "" || len(p.q.Words) > 0 }

// page is the statement for a page, "" if there can be none.
func (p *casePlan) page() string {
	if p.empty() {
		return ""
	}
	key, way := "opened_at", " DESC"
	if p.q.ByDeadline {
		key, way = "deadline", ""
	}
	if p.few() {
		p.fromFew()
		p.after(key, "id")
		return `SELECT id, body FROM casefile` + p.String() + ` ORDER BY ` + key + way + `, id LIMIT ` + p.arg(pageSize(p.q.Limit))
	}
	branches := p.branches(key, way)
	return `SELECT casefile.id, casefile.body FROM (` + strings.Join(branches, ` UNION ALL `) + `) AS found JOIN casefile ON casefile.id = found.id
ORDER BY found.place` + way + `, found.id LIMIT ` + p.arg(pageSize(p.q.Limit))
}

// branches are the statements for each state, or for each state of the task and
// of the case.
func (p *casePlan) branches(key, way string) []string {
	table, id, first, tasks := "casefile", "id", "", []casework.TaskState{""}
	if p.worklist() {
		table, id, tasks = "case_task", "case_id", p.tasks
		first = "agency = " + p.arg(string(p.q.Agency)) + " AND "
	}
	var all []string
	rest := ""
	for _, task := range tasks {
		of := first
		if task != "" {
			of += `state = ` + p.arg(string(task)) + ` AND case_`
		}
		for _, state := range p.states {
			is := of + `state = ` + p.arg(string(state))
			if all == nil {
				p.filter()
				p.after(key, id)
				rest = strings.Join(append([]string{""}, p.conditions...), ` AND `) +
					` ORDER BY ` + key + way + `, ` + id + ` LIMIT ` + p.arg(pageSize(p.q.Limit))
			}
			all = append(all, `SELECT * FROM (SELECT `+id+` AS id, `+key+` AS place FROM `+table+` WHERE `+is+rest+`) AS branch`+strconv.Itoa(len(all)))
		}
	}
	return all
}

// count is the statement for the number of cases, "" if there can be none.
func (p *casePlan) count() string {
	switch {
	case p.empty():
		return ""
	case p.few():
		p.fromFew()
	case p.counted():
		return p.sum()
	case p.worklist():
		p.and(`agency = ` + p.arg(string(p.q.Agency)))
		p.and(`state IN (` + p.list(texts(p.tasks)) + `)`)
		p.and(`case_state IN (` + p.list(texts(p.states)) + `)`)
		p.filter()
		return `SELECT count(*) FROM case_task` + p.String()
	default:
		p.and(`state IN (` + p.list(texts(p.states)) + `)`)
		p.filter()
	}
	return `SELECT count(*) FROM casefile` + p.String()
}

// fromFew are the conditions on casefile where an index leaves few rows.
func (p *casePlan) fromFew() {
	if s := p.q.Situation; s != "" {
		p.and(`situation = ` + p.arg(string(s)) + ` AND situation <> ''`)
	}
	if e := p.q.Entity; e != "" {
		p.and(`entity = ` + p.arg(string(e)) + ` AND entity <> ''`)
	}
	if len(p.q.Words) > 0 {
		p.and(`id IN (` + p.list(p.found) + `)`)
	}
	p.and(`state IN (` + p.list(texts(p.states)) + `)`)
	p.filter()
}

// filter are the conditions besides the states, on columns that casefile and
// case_task both have.
func (p *casePlan) filter() {
	q := p.q
	switch {
	case p.worklist() && len(p.tasks) > 1: // a case once, though the agency has tasks in several states
		p.and(`before & ` + p.arg(p.taskMask()) + ` = 0`)
	case !p.worklist() && (q.Agency != "" || len(q.Tasks) > 0):
		p.hasTask()
	}
	if len(q.Kinds) > 0 {
		p.and(`kind IN (` + p.list(q.Kinds) + `)`)
	}
	if q.Severity > 0 {
		p.and(`severity >= ` + p.arg(int64(q.Severity)))
	}
	if q.OverdueAt != 0 && (q.Agency == "" || p.worklist()) {
		p.and(`due < ` + p.arg(int64(q.OverdueAt)))
	}
	if q.OpenedFrom != 0 {
		p.and(`opened_at >= ` + p.arg(int64(q.OpenedFrom)))
	}
	if q.OpenedTo != 0 {
		p.and(`opened_at < ` + p.arg(int64(q.OpenedTo)))
	}
}

func (p *casePlan) taskMask() int64 {
	mask := int64(0)
	for _, t := range p.tasks {
		mask |= taskBit(t)
	}
	return mask
}

// hasTask is the condition on casefile that there is a task: of the agency, if
// one is asked for, and then due is that of the agency.
func (p *casePlan) hasTask() {
	task := `EXISTS (SELECT 1 FROM case_task AS t WHERE t.case_id = casefile.id AND t.state IN (` + p.list(texts(p.tasks)) + `)`
	if a := p.q.Agency; a != "" {
		task += ` AND t.agency = ` + p.arg(string(a))
		if at := p.q.OverdueAt; at != 0 {
			task += ` AND t.due < ` + p.arg(int64(at))
		}
	}
	p.and(task + `)`)
}

// after continues behind the cursor.
func (p *casePlan) after(key, id string) {
	c := p.q.After
	if c == nil {
		return
	}
	if p.q.ByDeadline {
		p.and(`(` + key + `, ` + id + `) > (` + p.arg(deadlineKey(c.Key)) + `, ` + p.arg(string(c.ID)) + `)`)
		return
	}
	at := p.arg(int64(c.Key))
	p.and(key + ` <= ` + at + ` AND (` + key + ` < ` + at + ` OR ` + id + ` > ` + p.arg(string(c.ID)) + `)`)
}

// list are the placeholders of texts.
func (w *where) list(values []string) string {
	list := make([]string, len(values))
	for i, v := range values {
		list[i] = w.arg(v)
	}
	return strings.Join(list, `,`)
}
