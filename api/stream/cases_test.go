package stream

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/clock"
)

// fakeCases keeps the last change of each case, as the records do.
type fakeCases struct {
	mu    sync.Mutex
	last  map[casework.CaseID]casework.Case
	reads int
}

func (s *fakeCases) CaseChanges(_ context.Context, after uint64, limit int) (out []casework.Case, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.reads++
	for _, c := range s.last {
		if c.Change > after {
			out = append(out, c)
		}
	}
	slices.SortFunc(out, func(a, b casework.Case) int { return int(a.Change) - int(b.Change) })
	return out[:min(limit, len(out))], nil
}

func (s *fakeCases) save(c casework.Case) casework.Case {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[casework.CaseID]casework.Case{}
	}
	s.last[c.ID] = c
	return c
}

func caseAt(change uint64) casework.Case {
	return casework.Case{ID: casework.CaseID(fmt.Sprint("case", change)), Severity: city.Minor, State: casework.Filed, OpenedAt: 1, ChangedAt: 1, Deadline: 5, Change: change}
}

func TestCasesComeAtOnceAndResume(t *testing.T) {
	store := &fakeCases{}
	h, s := serve(t, Options{Cases: store, CaseChange: 2, Clock: clock.NewManual(10), Tick: time.Hour})
	for n := range uint64(2) {
		store.save(caseAt(n + 1))
	}
	l := listen(t, s, "types=case", "")
	l.want("p0-s0-c2 clock")
	h.PublishCases([]casework.Case{store.save(caseAt(3)), store.save(caseAt(4))})
	l.want("p0-s0-c3 case")
	if e := l.next(); e.String() != "p0-s0-c4 case" || !strings.Contains(e.data, `"id":"case4"`) || !strings.Contains(e.data, `"change":4`) || !strings.Contains(e.data, `"overdue":true`) {
		t.Errorf("came %v %s", e, e.data)
	}
	h.PublishCases([]casework.Case{caseAt(4)})
	l.wantNothing()
	l.close()
	listen(t, s, "types=case", "p0-s0-c3").want("p0-s0-c3 clock", "p0-s0-c4 case")
	listen(t, s, "types=case&after=p0-s0-c0", "").want("p0-s0-c0 clock", "p0-s0-c1 case", "p0-s0-c2 case", "p0-s0-c3 case", "p0-s0-c4 case")
	old := listen(t, s, "types=case", "p0-s0") // an id from before there were cases
	old.want("p0-s0-c4 clock")
	old.wantNothing()
	listen(t, s, "types=case", "p0-s0-c9").want("p0-s0-c4 reset", "p0-s0-c4 clock")
	other := listen(t, s, "types=situation", "p0-s0-c1") // stands among cases where the hub does
	other.want("p0-s0-c1 clock")
	h.Publish(changes(1, 1))
	other.want("p0-s1-c4 situation")
}

// TestCasesComeInOrderThoughAnnouncedInNone holds what casework.Desk allows:
// moves made at once are announced as they come, each case several times.
func TestCasesComeInOrderThoughAnnouncedInNone(t *testing.T) {
	store := &fakeCases{}
	h, s := serve(t, Options{Cases: store})
	l := listen(t, s, "types=case", "")
	const n, cases = 3000, 40
	order := rand.New(rand.NewPCG(1, 2))
	for from := uint64(1); from <= n; from += 50 {
		var group []casework.Case
		for k := from; k < from+50; k++ {
			c := caseAt(k)
			c.ID = casework.CaseID(fmt.Sprint("case", k%cases))
			group = append(group, store.save(c))
		}
		order.Shuffle(len(group), func(i, j int) { group[i], group[j] = group[j], group[i] })
		for _, c := range group {
			if order.IntN(100) > 0 { // one in a hundred is durable, but its announcer died
				h.PublishCases([]casework.Case{c})
			}
		}
	}
	h.PublishCases([]casework.Case{store.save(caseAt(n + 1))})
	last, seen := uint64(0), map[string]uint64{}
	for last < n+1 {
		e := l.next()
		var change uint64
		if _, err := fmt.Sscanf(e.id, "p0-s0-c%d", &change); err != nil || change <= last {
			t.Fatalf("%s came after %d", e.id, last)
		}
		_, id, _ := strings.Cut(e.data, `"id":"`)
		id, _, _ = strings.Cut(id, `"`)
		last, seen[id] = change, change
	}
	for id, c := range store.last {
		if seen[string(id)] != c.Change {
			t.Errorf("of %s the last that came is %d, want %d", id, seen[string(id)], c.Change)
		}
	}
}

func TestCasesOlderThanTheHubKeeps(t *testing.T) {
	store := &fakeCases{}
	h, s := serve(t, Options{Cases: store})
	const n = 2*keptCases + 9
	for k := uint64(1); k <= n; k++ {
		h.PublishCases([]casework.Case{store.save(caseAt(k))})
	}
	if len(h.cases.recent) > 2*keptCases {
		t.Errorf("the hub keeps %d cases", len(h.cases.recent))
	}
	l := listen(t, s, "types=case&after=p0-s0-c0", "")
	for k := 1; k <= n; k++ {
		l.want(fmt.Sprintf("p0-s0-c%d case", k))
	}
}

func TestTheClockIsTold(t *testing.T) {
	now := clock.NewManual(1407758400e6)
	_, s := serve(t, Options{Clock: now, Speed: func() float64 { return 2.5 }, Tick: 10 * time.Millisecond})
	l := listen(t, s, "types=situation", "")
	if e := l.next(); e.data != `{"time":"2014-08-11T12:00:00Z","speed":2.5}` {
		t.Errorf("the clock says %s", e.data)
	}
	now.Advance(1407758401e6)
	for e := l.next(); e.data != `{"time":"2014-08-11T12:00:01Z","speed":2.5}`; e = l.next() {
		if e.name != "clock" {
			t.Fatalf("came %v", e)
		}
	}
}

// slowCases answers when it is told to.
type slowCases struct {
	fakeCases
	asked, answer chan struct{}
}

func (s *slowCases) CaseChanges(ctx context.Context, after uint64, limit int) ([]casework.Case, error) {
	s.asked <- struct{}{}
	select {
	case <-s.answer:
		return s.fakeCases.CaseChanges(ctx, after, limit)
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// TestSlowRecordsHoldNobodyUp has many ask for what is missing while the records
// take their time: they are read once, cases can be announced meanwhile, and who
// gives up takes nobody along.
func TestSlowRecordsHoldNobodyUp(t *testing.T) {
	store := &slowCases{asked: make(chan struct{}, 100), answer: make(chan struct{})}
	b := newCaseBook(store, 0)
	b.add([]casework.Case{store.save(caseAt(2))}) // 1 is not announced
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	go func() {
		_, err := b.after(ctx, 0)
		left <- err
	}()
	<-store.asked
	const many = 20
	got := make(chan int, many)
	for range many {
		go func() {
			list, err := b.after(t.Context(), 0)
			if err != nil {
				t.Error(err)
			}
			got <- len(list)
		}()
	}
	leave()
	if err := <-left; err == nil {
		t.Error("who left was answered")
	}
	<-store.asked // another reads
	store.save(caseAt(1))
	b.add([]casework.Case{store.save(caseAt(3))})
	if at := b.place(); at != 0 {
		t.Errorf("the book goes on to %d without the first", at)
	}
	close(store.answer)
	for range many {
		if n := <-got; n != 3 {
			t.Errorf("%d cases came", n)
		}
	}
	if store.reads != 1 {
		t.Errorf("the records were read %d times", store.reads)
	}
	// What is announced while the records have nothing is not forgotten.
	store.answer = make(chan struct{})
	b.add([]casework.Case{caseAt(9)}) // never stored
	done := make(chan []casework.Case)
	go func() {
		list, _ := b.after(t.Context(), 3)
		done <- list
	}()
	<-store.asked
	b.add([]casework.Case{store.save(caseAt(5))})
	close(store.answer)
	if list := <-done; len(list) != 1 || list[0].Change != 5 {
		t.Errorf("came %+v", list)
	}
}
