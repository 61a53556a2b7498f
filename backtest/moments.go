package backtest

import (
	"slices"

	"citybrain/city"
)

// mostRuns bounds what is remembered of one source's readings of one entity.
// Readings at a regular interval are one run however long they go on.
const mostRuns = 2048

// moments remembers at which instants a source has reported an entity, so that
// a second reading of an instant is known. Where the interval changes more than
// mostRuns times the oldest instants are forgotten: readings that old are too
// late for every rule.
type moments struct {
	runs []run
	odd  []city.Instant // out of order, sorted
}

// run is instants at a constant distance: from, from+step, … count of them.
type run struct {
	from, step city.Instant
	count      int64
}

func (r *run) last() city.Instant { return r.from + r.step*city.Instant(r.count-1) }

// add remembers an instant that is not remembered yet.
func (m *moments) add(at city.Instant) {
	if len(m.runs) == 0 {
		m.runs = append(m.runs, run{at, 0, 1})
		return
	}
	r := &m.runs[len(m.runs)-1]
	switch last := r.last(); {
	case at < last:
		m.addOdd(at)
	case r.count == 1:
		r.step, r.count = at-r.from, 2
	case at == last+r.step:
		r.count++
	default:
		if len(m.runs) == mostRuns {
			m.runs = append(m.runs[:0], m.runs[mostRuns/2:]...)
		}
		m.runs = append(m.runs, run{at, 0, 1})
	}
}

func (m *moments) addOdd(at city.Instant) {
	if len(m.odd) == mostRuns {
		m.odd = append(m.odd[:0], m.odd[mostRuns/2:]...)
	}
	i, _ := slices.BinarySearch(m.odd, at)
	m.odd = slices.Insert(m.odd, i, at)
}

// has says whether an instant is remembered.
func (m *moments) has(at city.Instant) bool {
	if _, found := slices.BinarySearch(m.odd, at); found {
		return true
	}
	i, _ := slices.BinarySearchFunc(m.runs, at, func(r run, at city.Instant) int {
		if r.from <= at {
			return -1
		}
		return 1
	})
	if i == 0 {
		return false
	}
	r := &m.runs[i-1]
	return at <= r.last() && (r.step == 0 || (at-r.from)%r.step == 0)
}
