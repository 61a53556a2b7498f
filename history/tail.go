package history

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"time"

	"citybrain/city"
)

// lane is the tail of one lane: its open days.
type lane struct {
	mu   sync.Mutex
	days map[day]*chunk

	// The day written to last: most changes belong to it.
	last      day
	lastChunk *chunk
}

// of is the chunk of a day, made if the day has none.
func (l *lane) of(d day, pos city.Position, opened city.Instant) *chunk {
	if l.lastChunk != nil && l.last == d {
		return l.lastChunk
	}
	c := l.days[d]
	if c == nil {
		c = newChunk(pos, opened)
		d.typ = city.EntityType(strings.Clone(string(d.typ)))
		if l.days == nil {
			l.days = map[day]*chunk{}
		}
		l.days[d] = c
	}
	l.last, l.lastChunk = d, c
	return c
}

// take removes the chunk of a day and returns it, or nil.
func (l *lane) take(d day) *chunk {
	l.mu.Lock()
	defer l.mu.Unlock()
	c := l.days[d]
	delete(l.days, d)
	if l.last == d {
		l.lastChunk = nil
	}
	return c
}

// Apply takes the changes of the message at pos into the tail. Calls may be
// concurrent as long as no two share a lane (city.LaneOf); per lane, positions
// rise. Readings that a sealed segment holds already are passed over. Only what
// observes, creates, updates, replaces or patches adds to the past.
func (p *Past) Apply(pos city.Position, changes []city.Change) {
	for i := range changes {
		c := &changes[i]
		if c.Entity == "" || len(c.Attributes) == 0 || !adds(c.Op) {
			continue
		}
		l := &p.lanes[city.LaneOf(c.Entity)]
		l.mu.Lock()
		p.apply(l, pos, c)
		l.mu.Unlock()
	}
}

func adds(op city.Op) bool {
	switch op {
	case city.OpObserve, city.OpCreate, city.OpUpdate, city.OpReplace, city.OpPatch:
		return true
	}
	return false
}

func (p *Past) apply(l *lane, pos city.Position, c *city.Change) {
	for from := 0; from < len(c.Attributes); {
		m := markOf(c, &c.Attributes[from])
		to := from + 1
		for to < len(c.Attributes) && markOf(c, &c.Attributes[to]) == m {
			to++
		}
		d := day{c.Type, m.at.Day()}
		if pos > p.replayTo || pos > p.sealedTo[d] {
			l.of(d, pos, m.received).put(c.Entity, &m, c.Attributes[from:to])
		}
		from = to
	}
}

// load is how much of a day stands in the tail.
type load struct {
	day    day
	rows   int64
	bytes  int64
	opened city.Instant
}

// loads lists the open days in the order of type and day.
func (p *Past) loads() []load {
	sum := map[day]load{}
	for i := range p.lanes {
		l := &p.lanes[i]
		l.mu.Lock()
		for d, c := range l.days {
			s, ok := sum[d]
			if !ok {
				s = load{day: d, opened: c.opened}
			}
			s.rows += int64(c.rows.n)
			s.bytes += c.size()
			s.opened = min(s.opened, c.opened)
			sum[d] = s
		}
		l.mu.Unlock()
	}
	all := make([]load, 0, len(sum))
	for _, s := range sum {
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b load) int { return compareDays(a.day, b.day) })
	return all
}

func compareDays(a, b day) int {
	return cmp.Or(strings.Compare(string(a.typ), string(b.typ)), cmp.Compare(a.day, b.day))
}

// due lists the open days that are to be sealed now.
func (p *Past) due(now city.Instant) []day {
	var days []day
	var rest []load
	var total int64
	for _, l := range p.loads() {
		total += l.bytes
		if l.rows > int64(p.o.MaxTailRows) || over(&l, p.o.SealAfter, now) {
			days = append(days, l.day)
			total -= l.bytes
		} else {
			rest = append(rest, l)
		}
	}
	if total <= p.o.MaxTailBytes {
		return days
	}
	slices.SortStableFunc(rest, func(a, b load) int { return cmp.Compare(b.bytes, a.bytes) })
	for _, l := range rest {
		if total <= p.o.MaxTailBytes/2 {
			break
		}
		days = append(days, l.day)
		total -= l.bytes
	}
	return days
}

// over says whether a day has ended, and has been open, for long enough.
func over(l *load, wait time.Duration, now city.Instant) bool {
	return now >= max((l.day.day+1).Start(), l.opened).Add(wait)
}
