package pattern

import (
	"time"
	"unsafe"

	"citybrain/city"
)

// Limits of shapes.
const (
	MaxSteps  = 8
	MaxOpen   = 1024
	MaxTimes  = 4096
	Longest   = 366 * 24 * time.Hour // of any duration
	noInstant = city.Instant(-1 << 63)
)

// Never is the instant, in a Match, of a step that must not be hit.
const Never = noInstant

// Choice says which partial matches of a sequence are open; see the package.
type Choice uint8

// The choices.
const (
	Usual    Choice = iota // Earliest where the last step is Not, otherwise Latest
	Latest                 // not where the last step is Not: repeats would put the deadline off for ever
	Earliest               //
	Each                   //
)

// Step is one step of a sequence.
type Step struct {
	Not    bool
	Within time.Duration // since the last step before it that is not Not; of the first step and of a Not between others 0
}

// Sequence is one step after the other. The zero value is not valid; call Check.
type Sequence struct {
	Steps  []Step
	Within time.Duration // from the first to the last; 0: no bound but those of the steps
	Choice Choice
	Max    int // Each: open partial matches at most
}

func invalid(op, field, format string, args ...any) error {
	return city.InvalidField(op, field, format, args...)
}

// Check says what is wrong: an Invalid *city.Error with the field and what to do.
func (q *Sequence) Check() error {
	const op = "pattern.Sequence.Check"
	n := len(q.Steps)
	switch {
	case n < 2 || n > MaxSteps:
		return invalid(op, "steps", "a sequence of %d steps, want 2 to %d", n, MaxSteps)
	case q.Steps[0].Not:
		return invalid(op, "steps", "the first step is a not: nothing says from when on; begin with an event, or use absent")
	case q.Choice > Each:
		return invalid(op, "choice", "there is no choice %d of partial matches", q.Choice)
	case q.Choice == Latest && q.Steps[n-1].Not:
		return invalid(op, "choice", "with the latest partial match each new event puts the deadline of the last step off: choose the earliest or each")
	case q.Choice == Each && (q.Max < 1 || q.Max > MaxOpen):
		return invalid(op, "max", "%d open partial matches, want 1 to %d", q.Max, MaxOpen)
	case q.Choice != Each && q.Max != 0:
		return invalid(op, "max", "only with each does the number of partial matches need a bound: leave max out")
	}
	for i, s := range q.Steps {
		if err := q.checkStep(op, i, s); err != nil {
			return err
		}
	}
	return checkWithin(op, "within", q.Within, true)
}

func (q *Sequence) checkStep(op string, i int, s Step) error {
	bare := i == 0 || s.Not && i < len(q.Steps)-1
	switch {
	case i == 0 && s.Within != 0:
		return invalid(op, "within", "step 1 has nothing before it: leave its within out")
	case bare && s.Within != 0:
		return invalid(op, "within", "step %d, a not between two steps, holds until the next one: leave its within out", i+1)
	case bare:
		return nil
	case q.Within != 0 && s.Within > q.Within:
		return invalid(op, "within", "step %d may take %v, the whole only %v: shorten the step", i+1, s.Within, q.Within)
	case s.Within == 0:
		return invalid(op, "within", "step %d has no bound: say within which time after the step before it", i+1)
	}
	return checkWithin(op, "within", s.Within, false)
}

func checkWithin(op, field string, d time.Duration, zero bool) error {
	if d == 0 && zero {
		return nil
	}
	if d <= 0 || d > Longest || d%time.Microsecond != 0 {
		return invalid(op, field, "%s is %v, want whole microseconds, more than 0, at most 366 days", field, d)
	}
	return nil
}

// Bound is how many bytes a SequenceState takes at most.
func (q *Sequence) Bound() int {
	n := MaxSteps
	if q.Choice == Each {
		n = q.Max
	}
	// Slices have up to twice the room that they need.
	return int(unsafe.Sizeof(SequenceState{})) + 2*n*int(unsafe.Sizeof(partial{})+unsafe.Sizeof(Match{}))
}

func (q *Sequence) choice() Choice {
	if q.Choice != Usual {
		return q.Choice
	}
	if q.Steps[len(q.Steps)-1].Not {
		return Earliest
	}
	return Latest
}

// next is the step that a partial match awaits after step i (len(Steps): the
// deadline of the Not at the end), and those that it must not meet before.
func (q *Sequence) next(i int) (step int, guard uint32) {
	for step = i + 1; step < len(q.Steps) && q.Steps[step].Not; step++ {
		guard |= 1 << step
	}
	return step, guard
}

// until is the last instant at which a partial match can go on, or ends.
func (q *Sequence) until(p *partial) city.Instant {
	step, _ := q.next(int(p.last))
	at := p.steps[p.last].Add(q.Steps[min(step, len(q.Steps)-1)].Within)
	if q.Within == 0 {
		return at
	}
	whole := p.steps[0].Add(q.Within)
	if step == len(q.Steps) && at > whole {
		return noInstant // would end too late
	}
	return min(at, whole)
}
