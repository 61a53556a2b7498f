package pattern

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

// us is n microseconds: the tests count time in the smallest unit.
func us(n int) time.Duration { return time.Duration(n) * time.Microsecond }

// someSequence is one of those that Check allows.
func someSequence(r *rand.Rand) Sequence {
	for {
		q := Sequence{Steps: make([]Step, 2+r.IntN(4)), Choice: Choice(r.IntN(4))}
		for i := 1; i < len(q.Steps); i++ {
			q.Steps[i].Not = r.IntN(3) == 0
			if !q.Steps[i].Not || i == len(q.Steps)-1 {
				q.Steps[i].Within = us(1 + r.IntN(15))
			}
		}
		if r.IntN(3) == 0 {
			q.Within = us(5 + r.IntN(25))
		}
		if q.Choice == Each {
			q.Max = MaxOpen
		}
		if q.Check() == nil {
			return q
		}
	}
}

// TestSequencesAreFoundAsDefined compares random sequences over random events with
// a look at the whole history; now and then the clock fires, or a snapshot is taken.
func TestSequencesAreFoundAsDefined(t *testing.T) {
	found := 0
	for seed := range uint64(6000) {
		r := rand.New(rand.NewPCG(seed, 1))
		q := someSequence(r)
		events := someEvents(r, 40, len(q.Steps))
		want := places
		if q.choice() == Each {
			want = chains
		}
		expected := sorted(want(&q, events))
		got := sorted(run(t, &q, events, r))
		if diff := cmp.Diff(expected, got); diff != "" {
			t.Fatalf("seed %d: %+v over %v:\n%s", seed, q, events, diff)
		}
		found += len(got)
	}
	if found < 10_000 {
		t.Errorf("only %d matches were compared", found)
	}
}

// run lets a state see events, in another order where they are of one instant.
func run(t *testing.T, q *Sequence, events []event, r *rand.Rand) (found []Match) {
	t.Helper()
	var s SequenceState
	for i, e := range events {
		if i > 0 && e.at > events[i-1].at && r.IntN(4) == 0 {
			at := events[i-1].at + city.Instant(r.Int64N(int64(e.at-events[i-1].at)))
			found = append(found, s.Fire(q, at)...)
			if _, ok := s.See(q, at, 1); ok {
				t.Fatal("an instant that was fired still takes events")
			}
		}
		if r.IntN(6) == 0 {
			var again SequenceState
			reborn(t, &s, &again)
			if err := again.Fits(q); err != nil {
				t.Fatal(err)
			}
			s = again
		}
		matches, ok := s.See(q, e.at, e.hits)
		if !ok {
			t.Fatalf("event %d is refused", i)
		}
		found = append(found, matches...)
		if _, back := s.See(q, e.at-1, 1); back {
			t.Fatal("an event that goes back is taken")
		}
		nextIsTrue(t, q, &s)
	}
	return append(found, s.Fire(q, 1000)...)
}

// nextIsTrue lets time pass with no more events.
func nextIsTrue(t *testing.T, q *Sequence, s *SequenceState) {
	t.Helper()
	var alone SequenceState
	reborn(t, s, &alone)
	at, ok := s.Next(q)
	rest := alone.Fire(q, 1000)
	if ok != (len(rest) > 0) || ok && rest[0].At != at {
		t.Fatalf("Next is %d, %v; what comes is %v", at, ok, rest)
	}
	if !slices.IsSortedFunc(rest, func(a, b Match) int { return int(a.At - b.At) }) {
		t.Fatal("matches of the clock are not in order")
	}
}

// TestEventsOfOneInstantHaveNoOrder gives events of one instant in two orders, and
// twice.
func TestEventsOfOneInstantHaveNoOrder(t *testing.T) {
	for seed := range uint64(1500) {
		r := rand.New(rand.NewPCG(seed, 2))
		q := someSequence(r)
		events := someEvents(r, 40, len(q.Steps))
		other := slices.Concat(events, events[10:20])
		r.Shuffle(len(other), func(i, j int) { other[i], other[j] = other[j], other[i] })
		slices.SortStableFunc(other, func(a, b event) int { return int(a.at - b.at) })
		a, b := sorted(run(t, &q, events, r)), sorted(run(t, &q, other, r))
		if diff := cmp.Diff(a, b); diff != "" {
			t.Fatalf("seed %d: %+v over %v:\n%s", seed, q, events, diff)
		}
	}
}

// story is a history in short: "a b . c" is one event an instant, "ab" hits both.
func story(text string) (events []event) {
	for i, word := range strings.Fields(text) {
		if word == "." {
			continue
		}
		e := event{at: city.Instant(i)}
		for _, c := range word {
			e.hits |= 1 << (c - 'a')
		}
		events = append(events, e)
	}
	return events
}

// TestStoriesOfSequences holds the meaning of each choice, of not and of bounds.
func TestStoriesOfSequences(t *testing.T) {
	then := func(choice Choice, steps ...Step) Sequence {
		q := Sequence{Steps: append([]Step{{}}, steps...), Choice: choice}
		if choice == Each {
			q.Max = 2
		}
		return q
	}
	within := func(n int) Step { return Step{Within: us(n)} }
	not := Step{Not: true}
	for _, c := range []struct {
		name string
		q    Sequence
		of   string
		want string // the instants of each match
	}{
		{"the latest a", then(Latest, within(5)), "a a b b", "1-2"},
		{"the earliest a", then(Earliest, within(5)), "a a b b", "0-2"},
		{"each a", then(Each, within(5)), "a a b b", "0-2 1-2"},
		{"each, two at most", then(Each, within(5)), "a a a b", "1-3 2-3"},
		{"b at the last instant", then(Latest, within(2)), "a . b", "0-2"},
		{"b too late", then(Latest, within(2)), "a . . b", ""},
		{"then is later", then(Latest, within(5)), "ab . b", "0-2"},
		{"others are skipped", then(Latest, within(5), within(5)), "a c b a c", "0-2-4"},
		{"one event, one step", then(Latest, within(5), within(5)), "a bc c", "0-1-2"},
		{"no b comes", then(Usual, Step{Not: true, Within: us(3)}), "a . a . .", "0-3"},
		{"b at the very instant", then(Usual, Step{Not: true, Within: us(3)}), "a . . b", ""},
		{"b after it", then(Usual, Step{Not: true, Within: us(3)}), "a . . . b", "0-3"},
		{"b with a", then(Usual, Step{Not: true, Within: us(3)}), "ab . . .", "0-3"},
		{"b between", then(Latest, not, within(9)), "a b c a c", "3-4"},
		{"b with c", then(Latest, not, within(9)), "a . bc", "0-2"},
		{"the whole", Sequence{Steps: []Step{{}, within(4), within(4)}, Within: us(5)}, "a . . b . c b . c", "0-3-5"},
	} {
		if err := c.q.Check(); err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		var got []string
		for _, m := range sorted(run(t, &c.q, story(c.of), rand.New(rand.NewPCG(1, 1)))) {
			var at []string
			for _, i := range m.Steps {
				if i != Never {
					at = append(at, fmt.Sprint(int64(i)))
				}
			}
			got = append(got, strings.Join(at, "-"))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %s gives %v, want %s", c.name, c.of, got, c.want)
		}
	}
}

// TestDroppedPartialMatchesAreCounted holds that no more than Max are open.
func TestDroppedPartialMatchesAreCounted(t *testing.T) {
	q := Sequence{Steps: []Step{{}, {Within: us(1000)}}, Choice: Each, Max: 5}
	var s SequenceState
	for at := range city.Instant(20) {
		s.See(&q, at, 1)
	}
	matches, _ := s.See(&q, 20, 2)
	if len(matches) != 5 || matches[0].Steps[0] != 15 || s.Dropped() != 15 {
		t.Errorf("%d matches, %d dropped", len(matches), s.Dropped())
	}
}

// TestPatternsSayWhatIsWrong holds that a pattern without a bound, or one that is
// not supported, is refused with its field and in words.
func TestPatternsSayWhatIsWrong(t *testing.T) {
	minute := Step{Within: time.Minute}
	never := Step{Not: true, Within: time.Minute}
	for _, c := range []struct {
		err   error
		field string
		says  string
	}{
		{(&Sequence{}).Check(), "steps", "want 2 to 8"},
		{(&Sequence{Steps: make([]Step, 9)}).Check(), "steps", "want 2 to 8"},
		{(&Sequence{Steps: []Step{never, minute}}).Check(), "steps", "first step is a not"},
		{(&Sequence{Steps: []Step{minute, minute}}).Check(), "within", "nothing before it"},
		{(&Sequence{Steps: []Step{{}, {}}}).Check(), "within", "no bound"},
		{(&Sequence{Steps: []Step{{}, never, minute}}).Check(), "within", "between two steps"},
		{(&Sequence{Steps: []Step{{}, {Within: -1}}}).Check(), "within", "more than 0"},
		{(&Sequence{Steps: []Step{{}, minute}, Within: time.Second}).Check(), "within", "shorten the step"},
		{(&Sequence{Steps: []Step{{}, minute}, Within: 400 * 24 * time.Hour}).Check(), "within", "366 days"},
		{(&Sequence{Steps: []Step{{}, minute}, Choice: 9}).Check(), "choice", "no choice"},
		{(&Sequence{Steps: []Step{{}, never}, Choice: Latest}).Check(), "choice", "puts the deadline"},
		{(&Sequence{Steps: []Step{{}, minute}, Choice: Each}).Check(), "max", "want 1 to"},
		{(&Sequence{Steps: []Step{{}, minute}, Max: 3}).Check(), "max", "leave max out"},
		{(&Repeat{Within: time.Minute}).Check(), "times", "want 1 to"},
		{(&Repeat{Times: 3}).Check(), "within", "more than 0"},
		{(&Dwell{}).Check(), "for", "more than 0"},
		{(&Dwell{For: time.Minute, Gap: -1}).Check(), "gap", "more than 0"},
	} {
		var e *city.Error
		if !errors.As(c.err, &e) || e.Kind != city.Invalid || e.Field != c.field || !strings.Contains(e.Detail, c.says) {
			t.Errorf("%v, want %s: … %s …", c.err, c.field, c.says)
		}
	}
}
