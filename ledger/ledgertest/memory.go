package ledgertest

import (
	"bytes"
	"cmp"
	"context"
	"slices"
	"sync"

	"citybrain/city"
	"citybrain/ledger"
)

// Memory keeps records in a list, in the order in which they came. It is an
// Outbox and gives Records to verification. The zero value is empty and ready.
// Safe for concurrent use.
type Memory struct {
	mu    sync.Mutex
	list  []ledger.Sealed
	index map[ledger.RecordID]int // places in list
	order []int                   // places in list by leaf; nil: to be sorted again
}

// Put stores records that have no leaf yet, all or none: Conflict if there is
// one of the same id.
func (m *Memory) Put(_ context.Context, records ...ledger.Sealed) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	fresh := make(map[ledger.RecordID]bool, len(records))
	for i := range records {
		if err := records[i].Check(); err != nil {
			return err
		}
		if m.find(records[i].ID) >= 0 || fresh[records[i].ID] {
			return city.Errorf(city.Conflict, "ledgertest.Put", "there is a record %s", records[i].ID)
		}
		fresh[records[i].ID] = true
	}
	if m.index == nil {
		m.index = map[ledger.RecordID]int{}
	}
	for _, r := range records {
		r = clone(r)
		r.Leaf = -1
		m.index[r.ID] = len(m.list)
		m.list = append(m.list, r)
	}
	return nil
}

// Change lets a test change a record behind the log's back.
func (m *Memory) Change(id ledger.RecordID, change func(*ledger.Sealed)) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.order = nil
	change(&m.list[m.find(id)])
}

// Remove lets a test remove a record behind the log's back.
func (m *Memory) Remove(id ledger.RecordID) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.order = nil
	i := m.find(id)
	m.list = slices.Delete(m.list, i, i+1)
	clear(m.index)
	for i, r := range m.list {
		m.index[r.ID] = i
	}
}

// Waiting implements ledger.Outbox.
func (m *Memory) Waiting(_ context.Context, limit int) ([]ledger.Sealed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var found []ledger.Sealed
	for _, r := range m.list {
		if r.Leaf < 0 && len(found) < limit {
			found = append(found, clone(r))
		}
	}
	return found, nil
}

// WaitingCount implements ledger.Outbox.
func (m *Memory) WaitingCount(context.Context) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	n := 0
	for _, r := range m.list {
		if r.Leaf < 0 {
			n++
		}
	}
	return n, nil
}

// Place implements ledger.Outbox.
func (m *Memory) Place(_ context.Context, placed []ledger.Placed) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	after := slices.Clone(m.list)
	byLeaf := map[int64]ledger.RecordID{}
	for _, r := range after {
		if r.Leaf >= 0 {
			byLeaf[r.Leaf] = r.ID
		}
	}
	for _, p := range placed {
		i, ok := m.index[p.ID]
		switch other, taken := byLeaf[p.Leaf]; {
		case p.Leaf < 0:
			return city.Errorf(city.Invalid, "ledgertest.Place", "record %s: leaf %d is below 0", p.ID, p.Leaf)
		case !ok:
			return city.Errorf(city.NotFound, "ledgertest.Place", "no record %s", p.ID)
		case after[i].Leaf >= 0 && after[i].Leaf != p.Leaf:
			return city.Errorf(city.Conflict, "ledgertest.Place", "record %s stands at leaf %d, not %d", p.ID, after[i].Leaf, p.Leaf)
		case taken && other != p.ID:
			return city.Errorf(city.Conflict, "ledgertest.Place", "leaf %d is that of record %s", p.Leaf, other)
		}
		after[i].Leaf, byLeaf[p.Leaf] = p.Leaf, p.ID
	}
	m.list, m.order = after, nil
	return nil
}

// Record implements ledger.Outbox.
func (m *Memory) Record(_ context.Context, id ledger.RecordID) (ledger.Sealed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	i := m.find(id)
	if i < 0 {
		return ledger.Sealed{}, city.Errorf(city.NotFound, "ledgertest.Record", "no record %s", id)
	}
	return clone(m.list[i]), nil
}

// Records implements ledger.Outbox.
func (m *Memory) Records(_ context.Context, after int64, limit int) ([]ledger.Sealed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.order == nil {
		m.order = make([]int, 0, len(m.list))
		for i := range m.list {
			if m.list[i].Leaf >= 0 {
				m.order = append(m.order, i)
			}
		}
		slices.SortFunc(m.order, func(a, b int) int { return cmp.Compare(m.list[a].Leaf, m.list[b].Leaf) })
	}
	from, _ := slices.BinarySearchFunc(m.order, after+1, func(i int, leaf int64) int { return cmp.Compare(m.list[i].Leaf, leaf) })
	var found []ledger.Sealed
	for _, i := range m.order[from:min(from+limit, len(m.order))] {
		found = append(found, clone(m.list[i]))
	}
	return found, nil
}

// LastLeaf implements ledger.Outbox.
func (m *Memory) LastLeaf(context.Context) (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	last := int64(-1)
	for _, r := range m.list {
		last = max(last, r.Leaf)
	}
	return last, nil
}

// CheckRecords implements ledger.Records: nothing else is made of these records.
func (m *Memory) CheckRecords(context.Context, func(ledger.Damage)) error { return nil }

func (m *Memory) find(id ledger.RecordID) int {
	if i, ok := m.index[id]; ok {
		return i
	}
	return -1
}

func clone(r ledger.Sealed) ledger.Sealed {
	r.Body, r.Salt = bytes.Clone(r.Body), bytes.Clone(r.Salt)
	return r
}
