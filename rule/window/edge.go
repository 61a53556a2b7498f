package window

import (
	"math"
	"time"

	"citybrain/city"
)

// edges remembers the last span between two edges, so that a zone is asked only
// once for each.
type edges struct {
	last, next city.Instant
	first      city.Instant // where the window that ends at last begins; or later than it
}

// Monday, 29 December 1969, on the wall clock: edges of 7 days count from it.
const monday = -3 * 86_400_000_000

// find sets e to the edges around at: last <= at < next.
func (e *edges) find(shape *Shape, at city.Instant) {
	if e.last <= at && at < e.next {
		return
	}
	zone, every := shape.zone(), int64(micro(shape.Every))
	e.last = edgeBefore(zone, every, at)
	e.next = edgeAfter(zone, every, at)
	e.first = city.Forever
}

// edgeBefore is the last instant at or before at at which the wall clock shows a
// multiple of every.
func edgeBefore(zone *time.Location, every int64, at city.Instant) city.Instant {
	for {
		local, from, _ := wallClock(zone, at)
		edge := at - city.Instant(modulo(local-monday, every))
		if edge >= from {
			return edge
		}
		at = from - 1 // clocks were changed in between
	}
}

// edgeAfter is the first one after at.
func edgeAfter(zone *time.Location, every int64, at city.Instant) city.Instant {
	for {
		local, _, to := wallClock(zone, at)
		edge := at + city.Instant(every-modulo(local-monday, every))
		if edge < to {
			return edge
		}
		if local, _, _ := wallClock(zone, to); modulo(local-monday, every) == 0 {
			return to
		}
		at = to
	}
}

// wallClock is what the clock of a zone shows at an instant, as microseconds of
// its own since 1970, and from when until when it goes without being changed.
func wallClock(zone *time.Location, at city.Instant) (local int64, from, to city.Instant) {
	t := at.Time().In(zone)
	_, offset := t.Zone()
	from, to = never, city.Instant(math.MaxInt64)
	start, end := t.ZoneBounds()
	if !start.IsZero() {
		from = city.InstantOf(start)
	}
	if !end.IsZero() {
		to = city.InstantOf(end)
	}
	return int64(at) + int64(offset)*1e6, from, to
}

func modulo(a, b int64) int64 {
	m := a % b
	if m < 0 {
		m += b
	}
	return m
}

// until is the edge at which the span that holds an entry at at ends: the span is
// open on the left, closed on the right.
func (e *edges) until(shape *Shape, at city.Instant) city.Instant {
	e.find(shape, at-1)
	return e.next
}

// window is the span (lo, hi] of the last window whose end is not after at.
func (e *edges) window(shape *Shape, at city.Instant) (lo, hi city.Instant) {
	e.find(shape, at)
	if e.first == city.Forever {
		e.first = edgesBack(shape.zone(), int64(micro(shape.Every)), e.last, int64(shape.Length/shape.Every))
	}
	return e.first, e.last
}

// edgesBack is the n-th edge before an edge.
func edgesBack(zone *time.Location, every int64, edge city.Instant, n int64) city.Instant {
	for n > 0 {
		edge = edgeBefore(zone, every, edge-1)
		n--
		steps := n
		if _, from, _ := wallClock(zone, edge); from != never {
			steps = min(n, int64(edge-from)/every) // no change of clocks in between
		}
		edge -= city.Instant(steps * every)
		n -= steps
	}
	return edge
}

func (s *Shape) zone() *time.Location {
	if s.Zone == nil {
		return time.UTC
	}
	return s.Zone
}
