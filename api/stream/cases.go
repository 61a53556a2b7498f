package stream

import (
	"context"
	"errors"
	"sort"
	"strconv"
	"sync"

	"citybrain/api/form"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/wire"
)

// Cases is where the hub reads changes of cases: casework.Records.
type Cases interface {
	// CaseChanges lists cases whose last change has a number above after, in the
	// order of these numbers. What is listed once stands before all that comes
	// later.
	CaseChanges(ctx context.Context, after uint64, limit int) ([]casework.Case, error)
}

// The sizes of a book.
const (
	keptCases    = 1024
	casesAtOnce  = 200
	mostAnnounce = 4096 // announced cases that wait for one before them
)

// caseBook keeps the changed cases of the last while in the order of their
// changes. They are announced in any order, because moves are made by many at
// once: one that comes before its turn waits, and if it waits when somebody
// asks, the records are read, which know the order.
type caseBook struct {
	store Cases

	mu      sync.Mutex
	recent  []casework.Case // in order, without a change left out
	first   uint64          // every change after it up to upto is in recent, or a later one of the same case
	upto    uint64
	latest  uint64 // the greatest number announced
	waiting map[uint64]casework.Case
}

func newCaseBook(store Cases, last uint64) *caseBook {
	return &caseBook{store: store, first: last, upto: last, latest: last, waiting: map[uint64]casework.Case{}}
}

// place is up to which change the book is complete.
func (b *caseBook) place() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.upto
}

// add takes cases as they are announced.
func (b *caseBook) add(list []casework.Case) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range list {
		n := list[i].Change
		b.latest = max(b.latest, n)
		if n > b.upto && len(b.waiting) < mostAnnounce {
			b.waiting[n] = list[i]
		}
	}
	for next, ok := b.waiting[b.upto+1]; ok; next, ok = b.waiting[b.upto+1] {
		delete(b.waiting, next.Change)
		b.take(next)
	}
}

// take appends the next case.
func (b *caseBook) take(c casework.Case) {
	b.recent = append(b.recent, c)
	b.upto = c.Change
	if over := len(b.recent) - keptCases; over > keptCases/2 {
		b.first = b.recent[over-1].Change
		b.recent = append([]casework.Case(nil), b.recent[over:]...)
	}
}

// after lists cases behind a change, in order: from the book, or from the
// records if the book does not reach back that far or waits for one.
func (b *caseBook) after(ctx context.Context, change uint64) ([]casework.Case, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.store == nil || change >= b.latest {
		return nil, nil
	}
	if change >= b.upto { // the next one was announced out of turn
		if err := b.catchUp(ctx); err != nil {
			return nil, err
		}
	}
	if change < b.first {
		return b.store.CaseChanges(ctx, change, casesAtOnce)
	}
	i := sort.Search(len(b.recent), func(i int) bool { return b.recent[i].Change > change })
	return b.recent[i:len(b.recent):len(b.recent)], nil
}

// catchUp reads what is missing in the book.
func (b *caseBook) catchUp(ctx context.Context) error {
	list, err := b.store.CaseChanges(ctx, b.upto, casesAtOnce)
	for i := range list {
		b.take(list[i])
	}
	for n := range b.waiting {
		if n <= b.upto {
			delete(b.waiting, n)
		}
	}
	if err == nil && len(list) == 0 { // announced, but not in the records: nothing to wait for
		b.latest = b.upto
		clear(b.waiting)
	}
	return err
}

// sendCases sends every case after the client's place.
func (c *client) sendCases(ctx context.Context) error {
	if !c.filter.cases {
		c.at.cases = max(c.at.cases, c.hub.cases.place())
		return c.flush()
	}
	for {
		list, err := c.hub.cases.after(ctx, c.at.cases)
		if err != nil || len(list) == 0 {
			return errors.Join(err, c.flush())
		}
		now := c.now()
		for i := range list {
			if err := c.appendCase(&list[i], now); err != nil {
				return err
			}
			if len(c.out) >= fullBuffer {
				if err := c.flush(); err != nil {
					return err
				}
			}
		}
	}
}

func (c *client) appendCase(x *casework.Case, now city.Instant) (err error) {
	c.at.cases = x.Change
	c.hub.casesSent.Add(1)
	c.out = append(c.endID(c.out), "event: case\ndata: "...)
	if c.out, err = form.AppendCase(c.out, x, now); err != nil {
		return err
	}
	c.out = append(c.out, '\n', '\n')
	return nil
}

// now is the city's time; without a clock nothing is overdue.
func (c *client) now() city.Instant {
	if c.hub.Clock == nil {
		return 0
	}
	return c.hub.Clock.Now()
}

// sendClock tells the city's time.
func (c *client) sendClock() error {
	c.appendClock()
	return c.flush()
}

func (c *client) appendClock() {
	if c.hub.Clock == nil {
		return
	}
	c.out = append(c.endID(c.out), "event: clock\ndata: {\"time\":"...)
	c.out = wire.AppendInstant(c.out, c.hub.Clock.Now())
	c.out = append(c.out, ",\"speed\":"...)
	c.out = strconv.AppendFloat(c.out, c.hub.Speed(), 'g', -1, 64)
	c.out = append(c.out, "}\n\n"...)
}
