package pattern

import (
	"cmp"
	"encoding"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"citybrain/city"
)

// event is something at an instant; hits for a sequence, where for a dwell.
type event struct {
	at    city.Instant
	hits  uint32
	where Where
}

// instants are what events of one instant hit together, by instant.
type instants struct {
	at   []city.Instant
	hits []uint32
}

func together(events []event) (l instants) {
	for _, e := range events {
		if n := len(l.at); n == 0 || l.at[n-1] != e.at {
			l.at, l.hits = append(l.at, e.at), append(l.hits, 0)
		}
		l.hits[len(l.hits)-1] |= e.hits
	}
	return l
}

// hit says whether an instant in [from, to] hits one of the steps.
func (l instants) hit(from, to city.Instant, steps uint32) bool {
	for i, at := range l.at {
		if at >= from && at <= to && l.hits[i]&steps != 0 {
			return true
		}
	}
	return false
}

// chains finds the matches of a sequence with Each by its definition: from each
// opening the next instant that hits each step.
func chains(q *Sequence, events []event) (found []Match) {
	l := together(events)
	for i, at := range l.at {
		if l.hits[i]&1 != 0 {
			if m, ok := chain(q, l, at); ok {
				found = append(found, m)
			}
		}
	}
	return found
}

func chain(q *Sequence, l instants, first city.Instant) (Match, bool) {
	m := Match{Steps: blank()}
	m.Steps[0] = first
	before, guard := first, uint32(0)
	for step := 1; step < len(q.Steps); step++ {
		s := q.Steps[step]
		last := step == len(q.Steps)-1
		if s.Not {
			guard |= 1 << step
			if !last {
				continue
			}
			m.At = before.Add(s.Within)
			m.Steps[step] = m.At
			return m, !l.hit(before+1, m.At, guard) && (q.Within == 0 || m.At.Sub(first) <= q.Within)
		}
		i := slices.IndexFunc(l.at, func(at city.Instant) bool { return at > before && l.hit(at, at, 1<<step) })
		if i < 0 {
			return m, false
		}
		at := l.at[i]
		if at.Sub(before) > s.Within || q.Within != 0 && at.Sub(first) > q.Within || l.hit(before+1, at-1, guard) {
			return m, false
		}
		m.Steps[step], m.At = at, at
		before, guard = at, 0
	}
	return m, true
}

func blank() (steps [MaxSteps]city.Instant) {
	for i := range steps {
		steps[i] = Never
	}
	return steps
}

// places finds the matches of a sequence of which one partial match at most waits
// after each step. It looks at instants one by one and knows the future: what an
// opening will come to if it is left alone.
func places(q *Sequence, events []event) (found []Match) {
	l := together(events)
	waits := make([]*Match, len(q.Steps)) // after each step that is hit
	for i, at := range l.at {
		next := make([]*Match, len(q.Steps))
		var came [MaxSteps]*Match
		for step, m := range waits {
			if m == nil {
				continue
			}
			to, until, guard := awaited(q, m, step)
			switch {
			case at > until:
			case to < len(q.Steps) && l.hits[i]&(1<<to) != 0:
				moved := *m
				moved.Steps[to], moved.At = at, at
				if to == len(q.Steps)-1 {
					found = append(found, moved)
				} else {
					came[to] = &moved
				}
			case l.hits[i]&guard != 0:
			default:
				next[step] = m
			}
		}
		if l.hits[i]&1 != 0 {
			m := Match{At: at, Steps: blank()}
			m.Steps[0] = at
			came[0] = &m
		}
		for step := range next {
			if m := came[step]; m != nil && (q.choice() == Latest || next[step] == nil) {
				next[step] = m
			}
			if m := next[step]; m != nil && m == came[step] {
				if done, ok := endsAlone(q, l, m, step); ok {
					found = append(found, done)
				}
			}
		}
		waits = next
	}
	return found
}

// endsAlone is the match of a Not at the end that nothing prevents.
func endsAlone(q *Sequence, l instants, m *Match, step int) (Match, bool) {
	to, until, guard := awaited(q, m, step)
	if to < len(q.Steps) || l.hit(m.At+1, until, guard) {
		return Match{}, false
	}
	done := *m
	done.At, done.Steps[to-1] = until, until
	return done, q.Within == 0 || until.Sub(m.Steps[0]) <= q.Within
}

// awaited is the step after a step, until when, and what must not come before.
func awaited(q *Sequence, m *Match, step int) (to int, until city.Instant, guard uint32) {
	for to = step + 1; to < len(q.Steps); to++ {
		if !q.Steps[to].Not {
			break
		}
		guard |= 1 << to
	}
	within := q.Steps[min(to, len(q.Steps)-1)].Within
	until = m.Steps[step].Add(within)
	if q.Within != 0 && to < len(q.Steps) {
		until = min(until, m.Steps[0].Add(q.Within))
	}
	return to, until, guard
}

// stays finds the passages of a dwell by its definition: of a history that is
// known as a whole.
func stays(d *Dwell, events []event, end city.Instant) (found []Passage) {
	where := make([]Where, end+1)
	last, i := Outside, 0
	for at := range where {
		for ; i < len(events) && events[i].at == city.Instant(at); i++ {
			if events[i].where != Unknown {
				last = events[i].where
			}
		}
		where[at] = last
	}
	gap, need := int(d.Gap/time.Microsecond), int(d.For/time.Microsecond)
	for since := 0; since < len(where); since++ {
		if where[since] != Inside {
			continue
		}
		left, reached := since, -1
		for ; left < len(where); left++ { // until an absence longer than the gap
			if where[left] == Inside {
				if reached < 0 && left >= since+need {
					reached = left
				}
				continue
			}
			back := left
			for back < len(where) && where[back] == Outside {
				back++
			}
			if back-left > gap {
				break
			}
			left = back - 1
		}
		if reached >= 0 {
			found = append(found, Passage{At: city.Instant(reached), Since: city.Instant(since)})
			if left < len(where) {
				found = append(found, Passage{Over: true, At: city.Instant(left + gap), Since: city.Instant(since), Left: city.Instant(left)})
			}
		}
		since = left
	}
	return found
}

// events are n of them, in order, often several of an instant.
func someEvents(r *rand.Rand, n, steps int) []event {
	list := make([]event, n)
	at := city.Instant(0)
	for i := range list {
		if r.IntN(3) > 0 {
			at += city.Instant(r.IntN(5))
		}
		list[i] = event{at: at, where: Where(r.IntN(3))}
		for range r.IntN(3) {
			list[i].hits |= 1 << r.IntN(steps)
		}
	}
	return list
}

func sorted(list []Match) []Match {
	slices.SortFunc(list, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.At, b.At), slices.Compare(a.Steps[:], b.Steps[:]))
	})
	return list
}

// state is any of the states, which all have a binary form.
type state interface {
	encoding.BinaryAppender
	encoding.BinaryUnmarshaler
}

// reborn sets to to what from says of itself, and looks whether it is the same.
func reborn(t *testing.T, from, to state) {
	t.Helper()
	b, err := from.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := to.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	if c, _ := to.AppendBinary(nil); string(b) != string(c) {
		t.Fatalf("the bytes of a restored state differ\n%x\n%x", b, c)
	}
}
