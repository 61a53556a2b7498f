package mapping

import (
	"slices"
	"time"
)

// The outcome of placing a local time on the time line.
const (
	localOnce  = iota // one moment
	localTwice        // the repeated hour: two moments
	localNever        // skipped when the clocks went forward
)

// zone converts local times of one time zone. It remembers the offset of the
// hours it has seen; not for concurrent use.
type zone struct {
	place   *time.Location
	hours   [64]hourOffset
	offsets []int64 // scratch
}

type hourOffset struct {
	hour   int64 // local seconds / 3600
	offset int64
	known  bool
}

// unix is the moment at which the zone's clocks show local (seconds since 1970
// as if the zone were UTC). Of two moments it is the earlier one.
func (z *zone) unix(local int64) (int64, int) {
	hour := floorDiv(local, 3600)
	slot := &z.hours[uint64(hour)%uint64(len(z.hours))]
	if slot.known && slot.hour == hour {
		return local - slot.offset, localOnce
	}
	at, outcome := z.search(local)
	if outcome == localOnce && z.steady(hour*3600) {
		*slot = hourOffset{hour, local - at, true}
	}
	return at, outcome
}

func (z *zone) offsetAt(unix int64) int64 {
	_, o := time.Unix(unix, 0).In(z.place).Zone()
	return int64(o)
}

// search tries every offset that the zone has within the reach of an offset
// around local: a moment is one whose offset leads back to local. (The bounds
// that time.Time.ZoneBounds gives are not used: past the table of a zone they
// do not advance at the end of a leap year.)
func (z *zone) search(local int64) (at int64, outcome int) {
	const reach = 26 * 3600
	z.offsets = z.offsets[:0]
	for t := local - reach; t <= local+reach; t += 3600 {
		if o := z.offsetAt(t); !slices.Contains(z.offsets, o) {
			z.offsets = append(z.offsets, o)
		}
	}
	outcome = localNever
	for _, o := range z.offsets {
		u := local - o
		if z.offsetAt(u) != o {
			continue
		}
		if outcome == localNever {
			at, outcome = u, localOnce
		} else {
			at, outcome = min(at, u), localTwice
		}
	}
	return at, outcome
}

// steady says whether one offset rules everything that the hour from start may
// mean. It uses the offsets that search has found.
func (z *zone) steady(start int64) bool {
	from, until := start-slices.Max(z.offsets), start+3600-slices.Min(z.offsets)
	offset := z.offsetAt(from)
	for t := from; t <= until; t += 900 {
		if z.offsetAt(t) != offset {
			return false
		}
	}
	return z.offsetAt(until) == offset
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
