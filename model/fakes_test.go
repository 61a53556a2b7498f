package model

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"

	"citybrain/city"
	"citybrain/internal/codec"
)

// memoryLog is a log in memory that can refuse.
type memoryLog struct {
	mu      sync.Mutex
	batches [][]byte
	refuse  func(n int) bool // whether append n (from 1) fails
	calls   int
}

var errRefused = city.Errorf(city.Unavailable, "log.Append", "refused by the test")

func (m *memoryLog) Append(_ context.Context, b *city.Batch) (city.Position, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.calls++
	if m.refuse != nil && m.refuse(m.calls) {
		return 0, errRefused
	}
	m.batches = append(m.batches, codec.AppendBatch(nil, b))
	return city.Position(len(m.batches)), nil
}

func (m *memoryLog) read(t testing.TB, from city.Position, fn func(city.Position, *city.Batch)) {
	t.Helper()
	for i, data := range m.batches {
		if pos := city.Position(i + 1); pos >= from {
			b, err := codec.DecodeBatch(data)
			if err != nil {
				t.Fatal(err)
			}
			fn(pos, b)
		}
	}
}

// memoryPast remembers the instants of every entity.
type memoryPast struct {
	mu   sync.Mutex
	seen map[string]int
}

func pastKey(id city.EntityID, s city.SourceID, at city.Instant) string {
	return fmt.Sprint(id, "|", s, "|", at)
}

func (m *memoryPast) Has(_ city.EntityType, id city.EntityID, s city.SourceID, at city.Instant) (bool, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[pastKey(id, s, at)] > 0, nil
}

func (m *memoryPast) Apply(_ city.Position, changes []city.Change) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := range changes {
		if c := &changes[i]; observes(c.Op) && c.Op != city.OpQuarantine {
			m.seen[pastKey(c.Entity, c.Source, c.At)]++
		}
	}
}

// capacityJudge marks readings with n > cap, and an entity faulty while they last.
type capacityJudge struct{ first bool }

func (capacityJudge) Fits(*city.Change) string         { return "" }
func (j capacityJudge) FirstWins(s city.SourceID) bool { return j.first && s != "api" }
func (capacityJudge) Watches(t city.EntityType) bool   { return t == "Garage" }
func (capacityJudge) Judge(h city.Health, c *city.Change, value func(city.AttributeName) (city.Value, bool), inOrder bool) (city.Health, city.Flags, string) {
	n, ok := value("n")
	limit, known := value("cap")
	switch {
	case !ok:
		return h, 0, "n: empty: no value"
	case known && n.Num > limit.Num:
		if inOrder {
			h.Faulty, h.Since = true, c.At
		}
		return h, city.FlagCapacity | city.FlagFaulty, ""
	}
	if inOrder {
		h.Faulty = false
	}
	return h, 0, ""
}

// memoryCheckpoints keeps records in a map and can fail.
type memoryCheckpoints struct {
	records map[city.EntityID]Record
	pos     city.Position
	feeds   []byte
	fail    int // calls of SaveEntities until failure, 0: never
}

func (m *memoryCheckpoints) SaveEntities(_ context.Context, records []Record) error {
	if m.fail > 0 {
		if m.fail--; m.fail == 0 {
			return errors.New("disk full")
		}
	}
	for _, r := range records {
		if old, ok := m.records[r.ID]; !ok || old.Version <= r.Version {
			r.Data = slices.Clone(r.Data)
			m.records[r.ID] = r
		}
	}
	return nil
}

func (m *memoryCheckpoints) SavePresent(_ context.Context, pos city.Position, feeds []byte) error {
	m.pos, m.feeds = pos, feeds
	return nil
}

func (m *memoryCheckpoints) DropDeleted(_ context.Context, pos city.Position) error {
	for id, r := range m.records {
		if r.Deleted && r.Version <= pos {
			delete(m.records, id)
		}
	}
	return nil
}

func (m *memoryCheckpoints) LoadPresent(_ context.Context, fn func(Record) error) (city.Position, []byte, error) {
	for _, r := range m.records {
		if err := fn(r); err != nil {
			return 0, nil, err
		}
	}
	return m.pos, m.feeds, nil
}

// world is a writer with everything around it.
type world struct {
	*Writer
	present *Present
	log     *memoryLog
	past    *memoryPast
	judge   capacityJudge

	mu       sync.Mutex
	followed []city.Position
}

func newWorld(t testing.TB, workers int, first bool) *world {
	w := &world{present: NewPresent(), log: &memoryLog{}, past: &memoryPast{seen: map[string]int{}}, judge: capacityJudge{first}}
	w.start(workers)
	t.Cleanup(w.Close)
	return w
}

func (w *world) start(workers int) {
	w.Writer = NewWriter(Options{
		Present: w.present, Log: w.log, Past: w.past, Judge: w.judge, Workers: workers,
		Now: func() city.Instant { return 1_000_000 }, Last: city.Position(len(w.log.batches)),
		Follow: func(pos city.Position, _ *city.Batch) {
			w.mu.Lock()
			w.followed = append(w.followed, pos)
			w.mu.Unlock()
		},
	})
}

// crash forgets the present and rebuilds it from checkpoint and log.
func (w *world) crash(t testing.TB, store *memoryCheckpoints, workers int) {
	t.Helper()
	w.Close()
	w.present = NewPresent()
	pos, err := w.present.Load(context.Background(), store)
	if err != nil {
		t.Fatal(err)
	}
	w.log.read(t, pos+1, func(pos city.Position, b *city.Batch) { w.present.Replay(pos, b, w.judge) })
	w.followed = nil
	w.start(workers)
}

func (w *world) write(t testing.TB, changes ...city.Change) []Result {
	t.Helper()
	r, err := w.Write(context.Background(), changes)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func reading(op city.Op, id city.EntityID, kind city.EntityType, s city.SourceID, at city.Instant, attrs ...any) city.Change {
	c := city.Change{Op: op, Entity: id, Type: kind, Source: s, At: at, ReceivedAt: at}
	for i := 0; i+1 < len(attrs); i += 2 {
		a := city.Attribute{Name: city.AttributeName(attrs[i].(string)), Source: s, ObservedAt: at, ReceivedAt: at}
		switch v := attrs[i+1].(type) {
		case int:
			a.Value = city.NumberOf(float64(v))
		case city.Value:
			a.Value = v
		}
		c.Attributes = append(c.Attributes, a)
	}
	return c
}
