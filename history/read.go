package history

import (
	"cmp"
	"context"
	"slices"

	"citybrain/city"
)

// Series is Read without its flag: the readings of q in the order of time.
func (p *Past) Series(ctx context.Context, q Query) ([]Reading, error) {
	page, err := p.Read(ctx, q)
	return page.Readings, err
}

// Read answers q: Invalid for what cannot be asked. A damaged segment that the
// answer needs is an Unavailable error that names the file. Everything applied
// before the call is in the answer, sealed or not.
func (p *Past) Read(ctx context.Context, q Query) (Page, error) {
	limit, err := q.limit()
	if err != nil {
		return Page{}, err
	}
	s := selection{interval: q.Interval, names: q.Attributes, need: limit + 1, latest: q.LastN > 0}
	var found []Reading
	for _, days := range p.daysIn(&q) {
		if err := ctx.Err(); err != nil {
			return Page{}, &city.Error{Kind: city.Unavailable, Op: "history.Read", Detail: "cancelled before it was done", Err: err}
		}
		more, err := p.readDay(days, q.Entity, &s)
		if err != nil {
			return Page{}, err
		}
		if s.latest {
			found = append(more, found...)
		} else {
			found = append(found, more...)
		}
		if s.need -= len(more); s.need <= 0 {
			break
		}
	}
	return pageOf(found, limit, s.latest), nil
}

func (q *Query) limit() (int, error) {
	const op = "history.Read"
	switch {
	case q.Entity == "":
		return 0, city.InvalidField(op, "entity", "is missing: the past is read one entity at a time")
	case q.LastN < 0:
		return 0, city.InvalidField(op, "lastN", "is %d, want 1 or more", q.LastN)
	case q.Limit < 0 || q.Limit > MaxLimit:
		return 0, city.InvalidField(op, "limit", "is %d, want 1 to %d", q.Limit, MaxLimit)
	}
	limit := cmp.Or(q.Limit, DefaultLimit)
	if q.LastN > 0 {
		limit = min(limit, q.LastN)
	}
	return limit, nil
}

func pageOf(found []Reading, limit int, latest bool) Page {
	extra := len(found) - limit
	switch {
	case extra <= 0:
		return Page{Readings: found}
	case latest:
		return Page{Readings: found[extra:], More: true}
	}
	return Page{Readings: found[:limit], More: true}
}

// daysIn groups the days that q touches by date, in the order in which they
// are read.
func (p *Past) daysIn(q *Query) [][]day {
	days := slices.DeleteFunc(p.allDays(q.Type), func(d day) bool {
		return q.Interval.From != 0 && (d.day+1).Start() <= q.Interval.From || q.Interval.To != 0 && d.day.Start() >= q.Interval.To
	})
	slices.SortStableFunc(days, func(a, b day) int { return cmp.Compare(a.day, b.day) })
	var groups [][]day
	for from := 0; from < len(days); {
		to := from + 1
		for to < len(days) && days[to].day == days[from].day {
			to++
		}
		groups = append(groups, days[from:to])
		from = to
	}
	if q.LastN > 0 {
		slices.Reverse(groups)
	}
	return groups
}

// readDay joins the readings of one date. Each place yields up to need readings
// from the asked end, which is enough for the joined ones: a reading that is
// among the first need of all is among the first need of its place.
func (p *Past) readDay(days []day, id city.EntityID, s *selection) ([]Reading, error) {
	var places [][]Reading
	for _, d := range days {
		sealed, young := p.readTail(d, id, s)
		for _, g := range sealed {
			if !g.touches(s.interval) {
				continue
			}
			found, err := p.cache.read(g, id, s)
			if err != nil {
				return nil, err
			}
			places = append(places, found)
		}
		places = append(places, young...)
	}
	found := mergeReadings(places)
	switch extra := len(found) - s.need; {
	case extra <= 0:
		return found, nil
	case s.latest:
		return found[extra:], nil
	default:
		return found[:s.need], nil
	}
}

// readTail reads what stands in memory, oldest place first, and lists the
// segments that belong before it.
func (p *Past) readTail(d day, id city.EntityID, s *selection) (sealed []*segment, young [][]Reading) {
	lane := city.LaneOf(id)
	p.mu.RLock()
	defer p.mu.RUnlock()
	if there := p.days[d]; there != nil {
		sealed = there.segments
		for _, f := range there.frozen {
			if c := f.chunks[lane]; c != nil {
				young = append(young, c.read(id, s))
			}
		}
	}
	l := &p.lanes[lane]
	l.mu.Lock()
	defer l.mu.Unlock()
	if open := l.days[d]; open != nil {
		young = append(young, open.read(id, s))
	}
	return sealed, young
}
