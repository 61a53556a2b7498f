// Package historytest has the contract that every history.Manifest keeps, as a
// test suite, and the manifest in memory that tests of the past use.
package historytest

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/history"
)

// Memory is a manifest that lasts as long as the value. It is safe for
// concurrent use.
type Memory struct {
	mu   sync.Mutex
	list []history.Segment
}

// Segments implements history.Manifest.
func (m *Memory) Segments(context.Context) ([]history.Segment, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.list), nil
}

// AddSegment implements history.Manifest.
func (m *Memory) AddSegment(_ context.Context, s history.Segment) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	i, found := slices.BinarySearchFunc(m.list, s, func(a, b history.Segment) int {
		return cmp.Or(cmp.Compare(a.Type, b.Type), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Part, b.Part))
	})
	switch {
	case !found:
		m.list = slices.Insert(m.list, i, s)
	case m.list[i] != s:
		return city.Errorf(city.Conflict, "historytest.AddSegment", "there is another segment %s already", s.File())
	}
	return nil
}

// Manifest checks the contract. open returns an empty manifest; again opens the
// same one anew, as after a restart, or is nil if it lasts no longer than its value.
func Manifest(t *testing.T, open func(t *testing.T) (m history.Manifest, again func() history.Manifest)) {
	ctx := context.Background()
	for name, check := range map[string]func(*testing.T, history.Manifest){
		"empty":      func(t *testing.T, m history.Manifest) { wantSegments(t, m) },
		"order":      checkOrder,
		"idempotent": checkIdempotent,
		"conflict":   checkConflict,
		"extremes":   checkExtremes,
		"cancelled":  checkCancelled,
	} {
		t.Run(name, func(t *testing.T) {
			m, again := open(t)
			check(t, m)
			if again == nil {
				return
			}
			before, err := m.Segments(ctx)
			if err != nil {
				t.Fatal(err)
			}
			wantSegments(t, again(), before...)
		})
	}
}

func segment(typ city.EntityType, day city.Day, part int) history.Segment {
	return history.Segment{Type: typ, Day: day, Part: part, UpTo: city.Position(100*int(day) + part), Rows: 7, Bytes: 900,
		SHA256: [32]byte{1, byte(part)}, Min: day.Start(), Max: day.Start() + 1}
}

func wantSegments(t *testing.T, m history.Manifest, want ...history.Segment) {
	t.Helper()
	got, err := m.Segments(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(got) == 0 && len(want) == 0 {
		return
	}
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Fatalf("segments (-want +got):\n%s", diff)
	}
}

func add(t *testing.T, m history.Manifest, segments ...history.Segment) {
	t.Helper()
	for _, s := range segments {
		if err := m.AddSegment(context.Background(), s); err != nil {
			t.Fatal(err)
		}
	}
}

func checkOrder(t *testing.T, m history.Manifest) {
	a1, a2, a10, b := segment("A", 5, 1), segment("A", 5, 2), segment("A", 5, 10), segment("B", 1, 1)
	early := segment("A", -3, 1)
	add(t, m, b, a10, a2, early, a1)
	wantSegments(t, m, early, a1, a2, a10, b)
}

func checkIdempotent(t *testing.T, m history.Manifest) {
	s := segment("A", 1, 1)
	add(t, m, s, s)
	wantSegments(t, m, s)
}

func checkConflict(t *testing.T, m history.Manifest) {
	s := segment("A", 1, 1)
	add(t, m, s)
	other := s
	other.SHA256[5] = 9
	if err := m.AddSegment(context.Background(), other); city.KindOf(err) != city.Conflict {
		t.Fatalf("adding a different segment: %v, want a conflict", err)
	}
	wantSegments(t, m, s)
}

func checkExtremes(t *testing.T, m history.Manifest) {
	s := segment("https://example.org/ns#Straße 道路", city.MaxInstant.Day(), 1)
	s.UpTo, s.Rows, s.Bytes, s.Min, s.Max = 1<<62, 1<<40, 1<<50, city.MinInstant, city.MaxInstant
	empty := segment("", 0, 1)
	add(t, m, s, empty)
	wantSegments(t, m, empty, s)
}

func checkCancelled(t *testing.T, m history.Manifest) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	s := segment("A", 1, 1)
	if err := m.AddSegment(ctx, s); err != nil {
		wantSegments(t, m)
	}
	add(t, m, s)
	wantSegments(t, m, s)
}
