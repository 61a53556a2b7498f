package casetest

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"citybrain/casework"
	"citybrain/city"
)

// Memory are records that last as long as the value. It is safe for concurrent
// use; the zero value is empty and ready.
type Memory struct {
	mu      sync.Mutex
	cases   map[casework.CaseID]casework.Case
	moves   map[casework.CaseID][]casework.StoredMove
	numbers map[string]int // by day
	change  uint64
}

// Save implements casework.Records.
func (m *Memory) Save(ctx context.Context, changes ...casework.Change) ([]casework.Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	for i := range changes {
		if err := m.check(&changes[i]); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(changes[:i], func(c casework.Change) bool { return c.Case.ID == changes[i].Case.ID }) {
			return nil, city.Errorf(city.Conflict, "casetest.Save", "the case %s is saved twice at once", changes[i].Case.ID)
		}
	}
	stored := make([]casework.Case, len(changes))
	for i := range changes {
		stored[i] = m.store(&changes[i])
	}
	return stored, nil
}

func (m *Memory) check(c *casework.Change) error {
	conflict := func(format string, args ...any) error {
		return city.Errorf(city.Conflict, "casetest.Save", format, args...)
	}
	old, found := m.cases[c.Case.ID]
	before := c.Case.Version - int64(len(c.Moves))
	switch {
	case len(c.Moves) == 0 || c.Moves[len(c.Moves)-1].Seq != c.Case.Version:
		return city.Errorf(city.Invalid, "casetest.Save", "the moves do not lead to version %d", c.Case.Version)
	case c.New && found:
		return conflict("there is a case %s already", c.Case.ID)
	case c.New && m.opened(&c.Case):
		return conflict("there is a case of the situation %s already", c.Case.Situation.ID)
	case old.Version != before || c.New == found:
		return conflict("the case %s has version %d, not %d", c.Case.ID, old.Version, before)
	}
	return nil
}

// opened says whether the procedure of a new case has one for its situation.
func (m *Memory) opened(c *casework.Case) bool {
	for _, other := range m.cases {
		if c.Situation.ID != "" && other.Procedure == c.Procedure && other.Situation.ID == c.Situation.ID {
			return true
		}
	}
	return false
}

func (m *Memory) store(c *casework.Change) casework.Case {
	if m.cases == nil {
		m.cases, m.moves, m.numbers = map[casework.CaseID]casework.Case{}, map[casework.CaseID][]casework.StoredMove{}, map[string]int{}
	}
	out := clone(c.Case)
	m.change++
	out.Change = m.change
	out.Number = m.cases[c.Case.ID].Number
	if c.New {
		m.numbers[c.Day]++
		out.Number = fmt.Sprintf("%s-%04d", c.Day, m.numbers[c.Day])
	}
	m.cases[out.ID] = out
	for _, move := range c.Moves {
		move.Assists = slices.Clone(move.Assists)
		m.moves[out.ID] = append(m.moves[out.ID], casework.StoredMove{Move: move, Record: casework.RecordID(out.ID, move.Seq), Leaf: -1})
	}
	return clone(out)
}

func clone(c casework.Case) casework.Case {
	c.Tasks, c.From, c.Files = slices.Clone(c.Tasks), slices.Clone(c.From), slices.Clone(c.Files)
	return c
}

// Case implements casework.Records.
func (m *Memory) Case(_ context.Context, id casework.CaseID) (casework.Case, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	c, ok := m.cases[id]
	if !ok {
		return casework.Case{}, city.Errorf(city.NotFound, "casetest.Case", "there is no case %s", id)
	}
	return clone(c), nil
}

// Moves implements casework.Records.
func (m *Memory) Moves(_ context.Context, id casework.CaseID, after int64) ([]casework.StoredMove, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []casework.StoredMove
	for _, move := range m.moves[id] {
		if move.Seq > after {
			move.Assists = slices.Clone(move.Assists)
			list = append(list, move)
		}
	}
	return list, nil
}

// CaseChanges implements casework.Records.
func (m *Memory) CaseChanges(_ context.Context, after uint64, limit int) ([]casework.Case, error) {
	list := m.all(func(c *casework.Case) bool { return c.Change > after })
	slices.SortFunc(list, func(a, b casework.Case) int { return cmp.Compare(a.Change, b.Change) })
	return list[:min(len(list), pageSize(limit))], nil
}

// Count implements casework.Records.
func (m *Memory) Count(_ context.Context, q casework.Query) (int, error) {
	q.After = nil
	return len(m.all(func(c *casework.Case) bool { return matches(&q, c) })), nil
}

// Cases implements casework.Records.
func (m *Memory) Cases(_ context.Context, q casework.Query) ([]casework.Case, error) {
	list := m.all(func(c *casework.Case) bool {
		return matches(&q, c) && (q.After == nil || order(&q, q.CursorOf(c), *q.After) > 0)
	})
	slices.SortFunc(list, func(a, b casework.Case) int { return order(&q, q.CursorOf(&a), q.CursorOf(&b)) })
	return list[:min(len(list), pageSize(q.Limit))], nil
}

func (m *Memory) all(keep func(*casework.Case) bool) []casework.Case {
	m.mu.Lock()
	defer m.mu.Unlock()
	var list []casework.Case
	for _, c := range m.cases {
		if keep(&c) {
			list = append(list, clone(c))
		}
	}
	return list
}

func pageSize(limit int) int {
	if limit <= 0 {
		return 100
	}
	return min(limit, 1000)
}

// order compares places in an answer: by deadline the earliest first and those
// without last, else the latest opened first; by id among equals.
func order(q *casework.Query, a, b casework.Cursor) int {
	if !q.ByDeadline {
		return cmp.Or(cmp.Compare(b.Key, a.Key), cmp.Compare(a.ID, b.ID))
	}
	return cmp.Or(cmp.Compare(orForever(a.Key), orForever(b.Key)), cmp.Compare(a.ID, b.ID))
}

func orForever(i city.Instant) city.Instant {
	if i == 0 {
		return city.Forever
	}
	return i
}

func matches(q *casework.Query, c *casework.Case) bool {
	switch {
	case len(q.States) > 0 && !slices.Contains(q.States, c.State),
		q.NotState != "" && c.State == q.NotState,
		len(q.Kinds) > 0 && !slices.Contains(q.Kinds, c.Kind),
		c.Severity < q.Severity,
		q.Situation != "" && c.Situation.ID != q.Situation,
		q.Entity != "" && c.Entity != q.Entity,
		q.OpenedFrom != 0 && c.OpenedAt < q.OpenedFrom,
		q.OpenedTo != 0 && c.OpenedAt >= q.OpenedTo:
		return false
	}
	return matchesTask(q, c) && matchesOverdue(q, c) && c.Has(q.Words)
}

func matchesTask(q *casework.Query, c *casework.Case) bool {
	if q.Agency == "" {
		return true
	}
	return slices.ContainsFunc(c.Tasks, func(t casework.Task) bool {
		binds := t.State != casework.TaskReturned && t.State != casework.TaskWithdrawn
		return t.Agency == q.Agency && binds && (len(q.Tasks) == 0 || slices.Contains(q.Tasks, t.State))
	})
}

func matchesOverdue(q *casework.Query, c *casework.Case) bool {
	if q.OverdueAt == 0 {
		return true
	}
	late := func(deadline city.Instant) bool { return deadline != 0 && deadline < q.OverdueAt }
	return c.State != casework.Closed && (late(c.Deadline) || slices.ContainsFunc(c.Tasks, func(t casework.Task) bool {
		return t.Open() && (q.Agency == "" || t.Agency == q.Agency) && late(t.Deadline)
	}))
}
