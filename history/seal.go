package history

import (
	"context"
	"errors"
	"slices"

	"citybrain/city"
)

// frozen is a day taken out of the lanes: immutable, readable, on its way into
// a segment.
type frozen struct {
	day    day
	upTo   city.Position
	first  city.Position
	rows   int64
	bytes  int64
	chunks [city.Lanes]*chunk
	// written is the segment once its file is complete under its name.
	written *Segment
}

// Seal writes to segments what is due at now, by the city's clock, and returns
// how many it wrote. hold runs its function while every caller of Apply
// stands still, with the position of the last message applied; it takes
// microseconds. What could not be written stays in memory, readable, for the
// next call; the error says why.
func (p *Past) Seal(ctx context.Context, hold func(context.Context, func(last city.Position)) error, now city.Instant) (int, error) {
	p.sealing.Lock()
	defer p.sealing.Unlock()
	waiting := p.waiting()
	if due := p.due(now); len(due) > 0 {
		err := hold(ctx, func(last city.Position) { waiting = append(waiting, p.freeze(due, last)...) })
		if err != nil {
			return 0, err
		}
	}
	sealed := 0
	var errs []error
	failed := map[day]bool{}
	for i, f := range waiting {
		waiting[i] = nil   // what is sealed leaves memory before the next
		if failed[f.day] { // parts are numbered in the order of their age
			continue
		}
		if err := p.seal(ctx, f); err != nil {
			failed[f.day] = true
			errs = append(errs, err)
			if stops(f, err) {
				break
			}
			continue
		}
		sealed++
	}
	return sealed, errors.Join(errs...)
}

// stops says whether a failure ends the whole round. After a file has its name
// but is not in the manifest, nothing else may be sealed: Open relies on there being
// one such file at most. And a full disk is full for every day.
func stops(f *frozen, err error) bool {
	return f.written != nil || city.KindOf(err) == city.Unavailable
}

// waiting lists what an earlier round could not write; a file that lacks only
// its line in the manifest comes first.
func (p *Past) waiting() []*frozen {
	var first, rest []*frozen
	p.mu.RLock()
	defer p.mu.RUnlock()
	for _, d := range p.frozenDays() {
		for _, f := range p.days[d].frozen {
			if f.written != nil {
				first = append(first, f)
			} else {
				rest = append(rest, f)
			}
		}
	}
	return append(first, rest...)
}

// freeze takes days out of the lanes. Nobody applies anything meanwhile, and
// everything up to last has been applied.
func (p *Past) freeze(days []day, last city.Position) []*frozen {
	p.mu.Lock()
	defer p.mu.Unlock()
	var taken []*frozen
	for _, d := range days {
		f := &frozen{day: d, upTo: last}
		for i := range p.lanes {
			c := p.lanes[i].take(d)
			if c == nil {
				continue
			}
			if f.rows == 0 || c.first < f.first {
				f.first = c.first
			}
			f.chunks[i] = c
			f.rows += int64(c.rows.n)
			f.bytes += c.size()
		}
		if f.rows > 0 {
			p.dayOf(d).frozen = append(p.dayOf(d).frozen, f)
			taken = append(taken, f)
		}
	}
	return taken
}

// seal makes a segment of f.
func (p *Past) seal(ctx context.Context, f *frozen) error {
	if f.written == nil {
		if err := p.write(ctx, f); err != nil {
			return err
		}
	}
	if err := p.settle(f); err != nil {
		return err
	}
	if err := p.at(BeforeManifest); err != nil {
		return err
	}
	if err := p.manifest.AddSegment(ctx, *f.written); err != nil {
		return err
	}
	if err := p.at(AfterManifest); err != nil {
		return err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	d := p.dayOf(f.day)
	d.segments = append(d.segments, newSegment(p.dir, *f.written))
	d.frozen = slices.Delete(d.frozen, 0, 1) // not a reslice: that would keep the day in memory
	return nil
}

// nextPart is the number of the next part of a day. Only Seal adds parts.
func (p *Past) nextPart(d day) int {
	p.mu.RLock()
	defer p.mu.RUnlock()
	part := 0
	for _, g := range p.days[d].segments {
		part = max(part, g.Part)
	}
	return part + 1
}
