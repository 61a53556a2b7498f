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
	adds    uint64   // calls of add
	reading *reading // what is missing is being read; nil: it is not
}

// reading is one reading of the records, for everybody who waits for it.
type reading struct {
	done chan struct{}
	err  error // set before done is closed
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
	b.adds++
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
// records if the book does not reach back that far or waits for one. The book is
// open to others while records are read.
func (b *caseBook) after(ctx context.Context, change uint64) ([]casework.Case, error) {
	for {
		list, where := b.look(change)
		switch where {
		case inBook:
			return list, nil
		case inRecords:
			return b.store.CaseChanges(ctx, change, casesAtOnce)
		}
		if err := b.catchUp(ctx); err != nil {
			return nil, err
		}
	}
}

// whereabouts says where the cases behind a change are.
type whereabouts int

const (
	inBook    whereabouts = iota
	inRecords             // from before the book
	missing               // the next one was announced out of turn
)

func (b *caseBook) look(change uint64) ([]casework.Case, whereabouts) {
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case b.store == nil || change >= b.latest:
		return nil, inBook
	case change >= b.upto:
		return nil, missing
	case change < b.first:
		return nil, inRecords
	}
	i := sort.Search(len(b.recent), func(i int) bool { return b.recent[i].Change > change })
	return b.recent[i:len(b.recent):len(b.recent)], inBook
}

// catchUp reads what is missing in the book, or waits for who does so already.
func (b *caseBook) catchUp(ctx context.Context) error {
	b.mu.Lock()
	if r := b.reading; r != nil {
		b.mu.Unlock()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-r.done:
			return r.err
		}
	}
	r := &reading{done: make(chan struct{})}
	b.reading = r
	from, adds := b.upto, b.adds
	b.mu.Unlock()
	list, err := b.store.CaseChanges(ctx, from, casesAtOnce)
	b.mu.Lock()
	defer b.mu.Unlock()
	b.fill(list, err == nil && adds == b.adds)
	b.reading = nil
	if ctx.Err() == nil { // one who leaves takes nobody along: the others read themselves
		r.err = err
	}
	close(r.done)
	return err
}

// fill takes cases from the records. What was announced meanwhile may be in the
// book already. If nothing was, alone says, and the records have nothing more,
// there is nothing to wait for.
func (b *caseBook) fill(list []casework.Case, alone bool) {
	for i := range list {
		if list[i].Change > b.upto {
			b.take(list[i])
		}
	}
	for n := range b.waiting {
		if n <= b.upto {
			delete(b.waiting, n)
		}
	}
	if alone && len(list) == 0 {
		b.latest = b.upto
		clear(b.waiting)
	}
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
