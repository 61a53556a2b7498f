package replay

import (
	"context"
	"time"

	"citybrain/city"
)

// merger makes parcels of the rows of its sources in the order of event time;
// equal times go by feed id.
type merger struct {
	sources    []*source
	out        func(context.Context, parcel) error
	batch      int
	round      city.Instant // length of a round
	until      city.Instant
	everyRound bool // tick through rounds without rows too

	clock city.Instant // latest event time so far
	rows  []city.Change
	marks []mark // by source
	ended []ending
}

// run merges everything from the clock on, with a tick at the end of each
// round: round k holds the rows of (T(k-1), T(k)].
func (m *merger) run(ctx context.Context) error {
	at := m.clock
	for {
		first, _ := m.next()
		if first == nil {
			break
		}
		key, _ := first.peek()
		before := at + m.round*max(0, (key-at+m.round-1)/m.round-1)
		if err := m.idle(ctx, at, before); err != nil {
			return err
		}
		at = before + m.round
		if m.until != 0 {
			at = min(at, m.until)
		}
		if err := m.take(ctx, at); err != nil {
			return err
		}
		if at == m.until {
			break
		}
		if err := m.tick(ctx, at); err != nil {
			return err
		}
	}
	if m.until == 0 {
		return m.tick(ctx, at+m.round)
	}
	if m.everyRound {
		for ; at+m.round < m.until; at += m.round {
			if err := m.tick(ctx, at+m.round); err != nil {
				return err
			}
		}
	}
	return m.tick(ctx, m.until)
}

// idle passes the rounds without rows up to before. A tick at their end alone
// tells the rules the same as a tick for each.
func (m *merger) idle(ctx context.Context, at, before city.Instant) error {
	if before == at {
		return nil
	}
	for at += m.round; m.everyRound && at < before; at += m.round {
		if err := m.tick(ctx, at); err != nil {
			return err
		}
	}
	return m.tick(ctx, before)
}

// next is the source whose row comes next, and the time up to which it may go
// on before another has its turn.
func (m *merger) next() (first *source, limit city.Instant) {
	var key city.Instant
	limit = city.Forever
	for i, s := range m.sources {
		if s == nil {
			continue
		}
		k, ok := s.peek()
		switch {
		case !ok:
			s.reader.Close()
			m.ended = append(m.ended, ending{s.index, s.err})
			m.sources[i] = nil
		case first == nil:
			first, key = s, k
		case k < key:
			limit = key - 1 // at equal times the former goes first
			first, key = s, k
		default:
			limit = min(limit, k)
		}
	}
	return first, limit
}

// take sends the rows of a round that ends at end.
func (m *merger) take(ctx context.Context, end city.Instant) error {
	for {
		s, limit := m.next()
		if s == nil {
			return m.flush(ctx, end)
		}
		if key, _ := s.peek(); key > end {
			return m.flush(ctx, end)
		}
		for limit = min(limit, end); s.head < s.ready && s.keys[s.head] <= limit; s.head++ {
			m.add(s)
			if len(m.rows) == m.batch {
				if err := m.flush(ctx, end); err != nil {
					return err
				}
			}
		}
	}
}

// add takes the next row of s and stamps it with the clock.
func (m *merger) add(s *source) {
	if m.rows == nil {
		m.rows = make([]city.Change, 0, m.batch)
		m.marks = make([]mark, len(m.sources))
	}
	m.clock = max(m.clock, s.keys[s.head])
	m.rows = append(m.rows, s.rows[s.head])
	c := &m.rows[len(m.rows)-1]
	c.ReceivedAt = m.clock
	if c.At == 0 {
		c.At = m.clock
	}
	for i := range c.Attributes {
		c.Attributes[i].ReceivedAt = m.clock
	}
	k := &m.marks[s.position]
	k.feed = s.index
	k.rows++
	if c.Op == city.OpObserve {
		k.last = max(k.last, c.At)
	}
}

func (m *merger) flush(ctx context.Context, due city.Instant) error {
	if len(m.rows) == 0 {
		return nil
	}
	p := parcel{changes: m.rows, marks: m.marks, clock: m.clock, ended: m.ended, due: due}
	m.rows, m.marks, m.ended = nil, nil, nil
	return m.out(ctx, p)
}

func (m *merger) tick(ctx context.Context, at city.Instant) error {
	p := parcel{tick: at, clock: at, ended: m.ended, due: at}
	m.ended = nil
	return m.out(ctx, p)
}

// start is the earliest event time of the sources' first rows, rounded down to
// a whole round; ok is false if there are none.
func (m *merger) start() (at city.Instant, ok bool) {
	at = city.Forever
	for _, s := range m.sources {
		s.peek()
		for i := range s.rows {
			if s.rows[i].Op == city.OpObserve {
				at = min(at, s.rows[i].At)
			}
		}
	}
	if at == city.Forever {
		return 0, false
	}
	return at - ((at%m.round)+m.round)%m.round, true
}

func roundLength(d time.Duration) city.Instant { return city.Instant(d / time.Microsecond) }
