package history

import (
	"context"
	"math"
	"os"
	"slices"
	"sync"

	"citybrain/city"
)

// Past holds the readings of the city. It is safe for concurrent use; Apply
// has a rule of its own.
type Past struct {
	dir      string
	manifest Manifest
	o        Options
	cache    *cache
	lanes    [city.Lanes]lane

	// What was sealed when the past was opened: messages up to replayTo may hold
	// readings that a segment holds. Not changed afterwards, since what is sealed
	// later lies behind every message that Apply still gets.
	replayTo city.Position
	sealedTo map[day]city.Position

	sealing sync.Mutex // one Seal at a time

	// mu guards days and lets readers see each reading exactly once while a
	// day goes from the lanes to a frozen one to a segment. It is locked before
	// a lane's lock.
	mu   sync.RWMutex
	days map[day]*sealedDay
}

// sealedDay is what has left the lanes of a day, oldest first.
type sealedDay struct {
	segments []*segment
	frozen   []*frozen
}

// Stats describes the past.
type Stats struct {
	TailRows   int64
	TailBytes  int64 // about
	Segments   int
	SealedRows int64
	Bytes      int64 // of the segments
}

// Open reads the manifest and checks the folder against it. The unfinished file
// that a crash left is removed; a file that is missing or of the wrong size,
// or several that the manifest does not name, are an Unavailable error that
// says which and what to do. Afterwards Apply is given the log's messages, from
// the first that is left.
func Open(ctx context.Context, dir string, m Manifest, o Options) (*Past, error) {
	p := &Past{dir: dir, manifest: m, o: o.withDefaults(), sealedTo: map[day]city.Position{}, days: map[day]*sealedDay{}}
	p.cache = newCache(p.o.CacheBytes)
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, &city.Error{Kind: city.Unavailable, Op: "history.Open", Detail: "the folder of the past " + dir + " cannot be made", Err: err}
	}
	segments, err := m.Segments(ctx)
	if err != nil {
		return nil, err
	}
	if err := checkFolder(dir, segments); err != nil {
		return nil, err
	}
	for _, s := range segments {
		d := day{s.Type, s.Day}
		p.sealedTo[d] = max(p.sealedTo[d], s.UpTo)
		p.replayTo = max(p.replayTo, s.UpTo)
		p.dayOf(d).segments = append(p.dayOf(d).segments, newSegment(dir, s))
	}
	return p, nil
}

// dayOf needs mu, unless nobody else has p yet.
func (p *Past) dayOf(d day) *sealedDay {
	s := p.days[d]
	if s == nil {
		s = &sealedDay{}
		p.days[d] = s
	}
	return s
}

// Close releases files. Nothing is written: the tail comes back from the log.
func (p *Past) Close() error {
	p.cache.close()
	return nil
}

// Oldest is the first message of the log that the tail still needs; false if
// it needs none. Whoever trims the log asks for it after all other positions
// have been determined.
func (p *Past) Oldest() (city.Position, bool) {
	oldest := city.Position(math.MaxUint64)
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, d := range p.days {
		for _, f := range d.frozen {
			oldest = min(oldest, f.first)
		}
	}
	for i := range p.lanes {
		l := &p.lanes[i]
		l.mu.Lock()
		for _, c := range l.days {
			oldest = min(oldest, c.first)
		}
		l.mu.Unlock()
	}
	if oldest == math.MaxUint64 {
		return 0, false
	}
	return oldest, true
}

// Stats describes the past as it is now.
func (p *Past) Stats() Stats {
	var s Stats
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, l := range p.loads() {
		s.TailRows += l.rows
		s.TailBytes += l.bytes
	}
	for _, d := range p.days {
		for _, f := range d.frozen {
			s.TailRows += f.rows
			s.TailBytes += f.bytes
		}
		for _, g := range d.segments {
			s.Segments++
			s.SealedRows += g.Rows
			s.Bytes += g.Bytes
		}
	}
	return s
}

// Has says whether the past holds an instance of an entity by a source at a
// moment, of whatever attribute. An empty type means whatever type it had.
func (p *Past) Has(t city.EntityType, id city.EntityID, s city.SourceID, at city.Instant) (bool, error) {
	lane := city.LaneOf(id)
	var sealed []*segment
	for _, d := range p.daysOf(t, at.Day()) {
		here, segments := p.hasInTail(d, lane, id, s, at)
		if here {
			return true, nil
		}
		sealed = append(sealed, segments...)
	}
	for _, g := range sealed {
		if at < g.Min || at > g.Max {
			continue
		}
		if there, err := p.cache.has(g, id, s, at); there || err != nil {
			return there, err
		}
	}
	return false, nil
}

func (p *Past) hasInTail(d day, lane int, id city.EntityID, s city.SourceID, at city.Instant) (bool, []*segment) {
	p.mu.RLock()
	defer p.mu.RUnlock()
	l := &p.lanes[lane]
	l.mu.Lock()
	open := l.days[d]
	here := open != nil && open.has(id, s, at)
	l.mu.Unlock()
	there := p.days[d]
	if here || there == nil {
		return here, nil
	}
	for _, f := range there.frozen {
		if c := f.chunks[lane]; c != nil && c.has(id, s, at) {
			return true, nil
		}
	}
	return false, there.segments
}

// daysOf lists the days of a type, or of all types if it is empty.
func (p *Past) daysOf(t city.EntityType, on city.Day) []day {
	if t != "" {
		return []day{{t, on}}
	}
	return slices.DeleteFunc(p.allDays(t), func(d day) bool { return d.day != on })
}

// allDays lists the days of a type, or of all types if it is empty, in order.
func (p *Past) allDays(t city.EntityType) []day {
	var days []day
	p.mu.RLock()
	for d := range p.days {
		if t == "" || d.typ == t {
			days = append(days, d)
		}
	}
	for i := range p.lanes {
		l := &p.lanes[i]
		l.mu.Lock()
		for d := range l.days {
			if t == "" || d.typ == t {
				days = append(days, d)
			}
		}
		l.mu.Unlock()
	}
	p.mu.RUnlock()
	slices.SortFunc(days, compareDays)
	return slices.Compact(days)
}
