package pattern

import (
	"cmp"
	"slices"

	"citybrain/city"
)

// Match is a sequence that was found.
type Match struct {
	At    city.Instant           // of the last step, or of the deadline
	Steps [MaxSteps]city.Instant // of each step; Never for Not and beyond the last
}

// partial is a sequence of which step last was the last to be hit.
type partial struct {
	steps [MaxSteps]city.Instant
	last  uint8
	moved bool // in this instant; only while it is settled
}

// SequenceState is what is remembered for one subject. The zero value is empty
// and ready. It is always used with the same Sequence and not by two at a time.
type SequenceState struct {
	open    []partial    // as of before at, in the order in which they began
	at      city.Instant // of the last event or Fire
	hits    uint32       // the steps that events at at hit
	began   bool         // at counts
	shut    bool         // all of at is in open
	dropped uint64
	out     []Match
}

// See takes an event in: the steps that it hits, bit i for step i. It returns the
// matches that are due before it or complete with it, in the order of their
// instants, and false, with nothing changed, for an event before the last one
// or at an instant that was fired. The matches may be read until the next call.
// Each match is returned once.
func (s *SequenceState) See(q *Sequence, at city.Instant, hits uint32) ([]Match, bool) {
	if s.began && (at < s.at || at == s.at && s.shut) {
		return nil, false
	}
	s.out = s.out[:0]
	if !s.began || at > s.at {
		s.settle(q)
		s.ripe(q, at-1)
		s.at, s.hits, s.began, s.shut = at, 0, true, false
	}
	fresh := hits &^ s.hits
	s.hits |= hits
	if last := len(q.Steps) - 1; fresh&(1<<last) != 0 && !q.Steps[last].Not {
		s.complete(q, last)
	}
	return s.out, true
}

// complete adds the matches whose last step was hit now.
func (s *SequenceState) complete(q *Sequence, last int) {
	for i := range s.open {
		p := &s.open[i]
		if step, _ := q.next(int(p.last)); step == last && s.at <= q.until(p) {
			m := Match{At: s.at, Steps: p.steps}
			m.Steps[last] = s.at
			s.out = append(s.out, m)
		}
	}
}

// Fire says that all events up to at were seen: it returns the matches that are
// due by then, in the order of their deadlines. From then on events at or
// before at are refused.
func (s *SequenceState) Fire(q *Sequence, at city.Instant) []Match {
	s.out = s.out[:0]
	if s.began && at < s.at {
		return nil
	}
	s.settle(q)
	s.ripe(q, at)
	s.at, s.hits, s.began, s.shut = at, 0, true, true
	return s.out
}

// Next is the instant at which Fire will have a match, if nothing comes before.
func (s *SequenceState) Next(q *Sequence) (city.Instant, bool) {
	n := len(q.Steps)
	if !q.Steps[n-1].Not {
		return 0, false
	}
	first, found := city.Forever, false
	take := func(p *partial) {
		if at := q.until(p); at != noInstant && at < first {
			first, found = at, true
		}
	}
	for i := range s.open {
		p := &s.open[i]
		step, guard := q.next(int(p.last))
		switch {
		case step == n && (s.shut || s.hits&guard == 0):
			take(p)
		case step < n && !s.shut && s.hits&(1<<step) != 0 && s.at <= q.until(p):
			if after, _ := q.next(step); after == n {
				moved := p.to(step, s.at)
				take(&moved)
			}
		}
	}
	if after, _ := q.next(0); after == n && s.began && !s.shut && s.hits&1 != 0 {
		p := opened(s.at)
		take(&p)
	}
	return first, found
}

func opened(at city.Instant) partial {
	p := partial{}
	for i := range p.steps {
		p.steps[i] = Never
	}
	p.steps[0] = at
	return p
}

func (p *partial) to(step int, at city.Instant) partial {
	moved := *p
	moved.steps[step], moved.last = at, uint8(step)
	return moved
}

// Open is how many partial matches are open, before the last instant.
func (s *SequenceState) Open() int { return len(s.open) }

// Dropped is how many partial matches had no place.
func (s *SequenceState) Dropped() uint64 { return s.dropped }

// settle lets the partial matches take what the last instant brought.
func (s *SequenceState) settle(q *Sequence) {
	if !s.began || s.shut {
		return
	}
	s.shut = true
	if s.hits != 0 && len(s.open) > 0 {
		s.advance(q) // what is over stays until then
	}
	if s.hits&1 == 0 {
		return
	}
	p := opened(s.at)
	switch q.choice() {
	case Latest:
		s.open = slices.DeleteFunc(s.open, func(o partial) bool { return o.last == 0 })
	case Earliest:
		if slices.ContainsFunc(s.open, func(o partial) bool { return o.last == 0 }) {
			return
		}
	case Each:
		if len(s.open) >= q.Max {
			s.dropped++
			s.open = slices.Delete(s.open, 0, 1)
		}
	}
	s.open = append(s.open, p)
}

// advance moves the partial matches on, and drops those that are over.
func (s *SequenceState) advance(q *Sequence) {
	kept := s.open[:0]
	for i := range s.open {
		p := s.open[i]
		step, guard := q.next(int(p.last))
		switch {
		case s.at > q.until(&p):
			continue
		case step < len(q.Steps) && s.hits&(1<<step) != 0:
			if step == len(q.Steps)-1 {
				continue // complete; See has said so
			}
			p = p.to(step, s.at)
			p.moved = true
		case s.hits&guard != 0:
			continue
		}
		kept = append(kept, p)
	}
	s.open = kept
	if c := q.choice(); c != Each {
		s.choose(c)
	}
	for i := range s.open {
		s.open[i].moved = false
	}
}

// choose leaves one partial match for each step: of one that came there now and
// one that was there.
func (s *SequenceState) choose(c Choice) {
	for i := len(s.open) - 1; i >= 0; i-- {
		p := &s.open[i]
		rival := slices.ContainsFunc(s.open, func(o partial) bool { return o.last == p.last && o.moved != p.moved })
		if rival && p.moved == (c == Earliest) {
			s.open = slices.Delete(s.open, i, i+1)
		}
	}
}

// ripe adds the matches whose deadline is not after at.
func (s *SequenceState) ripe(q *Sequence, at city.Instant) {
	n := len(q.Steps)
	if !q.Steps[n-1].Not || len(s.open) == 0 {
		return
	}
	from := len(s.out)
	kept := s.open[:0]
	for _, p := range s.open {
		step, _ := q.next(int(p.last))
		due := q.until(&p)
		switch {
		case step < n || due > at:
			kept = append(kept, p)
		case due != noInstant:
			m := Match{At: due, Steps: p.steps}
			m.Steps[n-1] = due
			s.out = append(s.out, m)
		}
	}
	s.open = kept
	slices.SortStableFunc(s.out[from:], func(a, b Match) int { return cmp.Compare(a.At, b.At) })
}
