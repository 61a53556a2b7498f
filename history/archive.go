package history

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"citybrain/city"
)

// Archive reads the sealed days of a folder of the past, for those who live
// through them again. It changes nothing and may be used while the city runs:
// sealed files never change. What was sealed after OpenArchive is not seen. One
// goroutine uses it.
type Archive struct {
	segments []*segment
}

// OpenArchive lists what is sealed. A file that is missing or of the wrong size
// is an Unavailable error that names it; nothing is removed.
func OpenArchive(ctx context.Context, dir string, m Manifest) (*Archive, error) {
	list, err := m.Segments(ctx)
	if err != nil {
		return nil, err
	}
	a := &Archive{}
	for i := range list {
		if err := checkFile(dir, &list[i]); err != nil {
			return nil, err
		}
		a.segments = append(a.segments, newSegment(dir, list[i]))
	}
	return a, nil
}

// Want says which part of an archive is played.
type Want struct {
	// Interval is half open: readings observed in it, and received before its end.
	Interval city.Interval
	// Types and Attributes restrict what is read; nil: everything.
	Types      func(city.EntityType) bool
	Attributes func(city.EntityType, city.AttributeName) bool
}

func (w *Want) takes(g *segment) bool {
	return (w.Types == nil || w.Types(g.Type)) && g.touches(w.Interval)
}

// Segments lists the segments of which w wants something, by day, type and part.
func (a *Archive) Segments(w Want) []Segment {
	var out []Segment
	for _, g := range a.segments {
		if w.takes(g) {
			out = append(out, g.Segment)
		}
	}
	slices.SortStableFunc(out, func(a, b Segment) int {
		return cmp.Or(cmp.Compare(a.Day, b.Day), cmp.Compare(a.Type, b.Type), cmp.Compare(a.Part, b.Part))
	})
	return out
}

// playBatch is how many readings Play hands over at once.
const playBatch = 1024

// Play hands over the readings that w wants as observations, in the order in
// which the city received them; those received together in the order of
// observation, entity and source. What is handed over is only valid during the
// call. About two days of readings are held at a time.
func (a *Archive) Play(ctx context.Context, w Want, take func([]city.Change) error) error {
	p := &playing{want: &w, take: take}
	segments := slices.Clone(a.segments)
	slices.SortStableFunc(segments, func(a, b *segment) int { return cmp.Compare(a.Day, b.Day) })
	for from := 0; from < len(segments); {
		to := from + 1
		for to < len(segments) && segments[to].Day == segments[from].Day {
			to++
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		// A reading is dated a day ahead at the most: what is sealed in later days
		// was received after the beginning of this one.
		if err := p.emit(segments[from].Day.Start()); err != nil {
			return err
		}
		if err := p.load(segments[from:to]); err != nil {
			return err
		}
		from = to
	}
	return p.emit(city.Forever)
}

// playing is a day or two on their way out.
type playing struct {
	want    *Want
	take    func([]city.Change) error
	waiting []rowAt // sorted by what came first

	batch []city.Change
	slab  []city.Attribute
}

// rowAt is a row of a sheet.
type rowAt struct {
	sheet *sheet
	row   int32
}

func compareRows(a, b rowAt) int {
	x, y := a.sheet, b.sheet
	i, k := a.row, b.row
	return cmp.Or(cmp.Compare(x.received[i], y.received[k]), cmp.Compare(x.at[i], y.at[k]),
		cmp.Compare(x.entity(i), y.entity(k)), cmp.Compare(x.sources[x.source[i]], y.sources[y.source[k]]), cmp.Compare(i, k))
}

// load reads a day's segments. Of an instance that several parts hold the later
// part's stands; what only the earlier says of the same reading stays with it.
func (p *playing) load(day []*segment) error {
	var rows []rowAt
	last := map[city.EntityType]map[readingKey]int{}
	for _, g := range day {
		if !p.want.takes(g) {
			continue
		}
		s, err := g.sheet(p.want)
		if err != nil {
			return err
		}
		parts := slices.ContainsFunc(day, func(o *segment) bool { return o != g && o.Type == g.Type })
		if parts && last[g.Type] == nil {
			last[g.Type] = map[readingKey]int{}
		}
		for i := range s.at {
			r := rowAt{s, int32(i)}
			if !p.want.Interval.Contains(s.at[i]) || p.want.Interval.To != 0 && s.received[i] >= p.want.Interval.To {
				continue
			}
			if parts {
				key := readingKey{s.entity(r.row), s.at[i], s.sources[s.source[i]]}
				if k, twice := last[g.Type][key]; twice {
					s.cover(r.row, rows[k])
					rows[k] = r
					continue
				}
				last[g.Type][key] = len(rows)
			}
			rows = append(rows, r)
		}
	}
	p.waiting = append(p.waiting, rows...)
	slices.SortFunc(p.waiting, compareRows)
	return nil
}

// readingKey names a reading within a type and day.
type readingKey struct {
	entity city.EntityID
	at     city.Instant
	source city.SourceID
}

// emit hands over what was received before an instant.
func (p *playing) emit(before city.Instant) error {
	n := 0
	for ; n < len(p.waiting) && p.waiting[n].sheet.received[p.waiting[n].row] < before; n++ {
		r := p.waiting[n]
		p.batch = append(p.batch, r.sheet.change(r.row, &p.slab))
		if len(p.batch) == playBatch {
			if err := p.flush(); err != nil {
				return err
			}
		}
	}
	p.waiting = slices.Delete(p.waiting, 0, n)
	return p.flush()
}

func (p *playing) flush() error {
	if len(p.batch) == 0 {
		return nil
	}
	err := p.take(p.batch)
	clear(p.batch)
	p.batch, p.slab = p.batch[:0], p.slab[:0]
	return err
}

var errNoReceipt = errors.New("a row does not say when it was received")
