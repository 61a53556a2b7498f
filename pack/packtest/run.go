package packtest

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/pack"
)

// Run runs every test of the pack in dir and writes to out a line for each, and
// for a failed one the difference between what was expected (-) and what was
// found (+). The error is city.Faults if the pack or a test file has mistakes,
// and of the kind NotFound if the pack has no tests; then nothing was run.
func Run(dir string, out io.Writer) (passed, failed int, err error) {
	p, faults := pack.Load(dir)
	if len(faults) > 0 {
		return 0, 0, append(faults, checkForms(p)...).Err()
	}
	all, faults := prepareAll(p)
	if len(faults) > 0 {
		return 0, 0, faults.Err()
	}
	if len(all) == 0 {
		return 0, 0, city.Errorf(city.NotFound, "packtest.Run", "no tests in %s", filepath.Join(dir, "tests"))
	}
	for i := range all {
		ok, err := all[i].run(p, out)
		if err != nil {
			return passed, failed, err
		}
		if ok {
			passed++
		} else {
			failed++
		}
	}
	return passed, failed, nil
}

func (r *prepared) run(p *pack.Pack, out io.Writer) (bool, error) {
	found, late, err := r.story.play(p.Rules, false)
	if err != nil {
		return false, err
	}
	again, lateAgain, err := r.story.play(p.Rules, true)
	if err != nil {
		return false, err
	}
	if !reflect.DeepEqual(found, again) || late != lateAgain {
		return false, errors.New("the engine finds other situations when it is restarted: this is a fault of the program")
	}
	if len(r.test.Rules) > 0 {
		found = slices.DeleteFunc(found, func(s city.Situation) bool { return !slices.Contains(r.test.Rules, s.Type) })
	}
	var cases []casework.Case
	if r.test.Has("cases") {
		if cases, err = r.story.casesOf(p, found); err != nil {
			return false, err
		}
	}
	diff := r.difference(latest(found), late, cases)
	label := fmt.Sprintf("%s:%d: %s", r.test.File, r.test.Line, r.test.Name)
	if diff == "" {
		fmt.Fprintf(out, "ok    %s\n", label)
		return true, nil
	}
	fmt.Fprintf(out, "FAIL  %s (-expected +found)\n%s", label, diff)
	return false, nil
}

// difference is "" or the lines of what was expected and found, with a sign
// before those that are only on one side.
func (r *prepared) difference(found []city.Situation, late int64, cases []casework.Case) string {
	var b strings.Builder
	differs := false
	say := func(sign, text string) {
		differs = differs || sign != " "
		fmt.Fprintf(&b, "  %s %s\n", sign, text)
	}
	start := r.file.Start.at
	left := slices.Clone(found)
	for i := range r.test.Expect {
		want := &r.test.Expect[i]
		k := slices.IndexFunc(left, func(s city.Situation) bool {
			return s.Type == want.Situation && string(s.Entity) == want.ID && s.RaisedAt == want.Raised.from(start)
		})
		if k < 0 {
			say("-", want.line(start))
			continue
		}
		expected, got := want.line(start), want.lineOf(&left[k], start)
		left = slices.Delete(left, k, k+1)
		if expected == got {
			say(" ", got)
			continue
		}
		say("-", expected)
		say("+", got)
	}
	all := expectation{Reason: "x", Evidence: []string{"x"}, ClearedReason: "x"}
	for i := range left {
		say("+", all.lineOf(&left[i], start))
	}
	r.compareCases(cases, say)
	if late != r.test.Late {
		say("-", fmt.Sprintf("late readings: %d", r.test.Late))
		say("+", fmt.Sprintf("late readings: %d", late))
	}
	if !differs {
		return ""
	}
	return b.String()
}

// compareCases says which cases were expected and which were found.
func (r *prepared) compareCases(found []casework.Case, say func(sign, text string)) {
	start := r.file.Start.at
	left := slices.Clone(found)
	for i := range r.test.Cases {
		want := &r.test.Cases[i]
		k := slices.IndexFunc(left, func(c casework.Case) bool {
			w := wordsOf(&c)
			return w.procedure == want.Procedure && w.entity == want.ID && w.opened == want.Opened.from(start)
		})
		if k < 0 {
			say("-", want.line(start))
			continue
		}
		expected, got := want.line(start), want.lineOf(&left[k], start)
		left = slices.Delete(left, k, k+1)
		if expected == got {
			say(" ", got)
			continue
		}
		say("-", expected)
		say("+", got)
	}
	for i := range left {
		w := wordsOf(&left[i])
		say("+", w.text(start))
	}
}

// line is the expectation as text.
func (x *expectation) line(start city.Instant) string {
	var cleared city.Instant
	if x.Has("cleared") {
		cleared = x.Cleared.from(start)
	}
	return sentence(x.Situation, x.ID, x.Raised.from(start), x.Reason, x.Evidence, cleared, x.ClearedReason, start)
}

// lineOf is a situation as text, with those parts that x states.
func (x *expectation) lineOf(s *city.Situation, start city.Instant) string {
	reason, clearedReason := s.RaisedReason, s.ClearedReason
	if x.Reason == "" {
		reason = ""
	}
	if x.ClearedReason == "" {
		clearedReason = ""
	}
	var others []string
	if len(x.Evidence) > 0 {
		for _, ev := range s.Evidence {
			if ev.Entity != s.Entity && !slices.Contains(others, string(ev.Entity)) {
				others = append(others, string(ev.Entity))
			}
		}
	}
	return sentence(s.Type, string(s.Entity), s.RaisedAt, reason, others, s.ClearedAt, clearedReason, start)
}

func sentence(situation, id string, raised city.Instant, reason string, evidence []string, cleared city.Instant, clearedReason string, start city.Instant) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of %s raised %s", situation, id, when(raised, start))
	if reason != "" {
		fmt.Fprintf(&b, " (%s)", reason)
	}
	if len(evidence) > 0 {
		fmt.Fprintf(&b, " by %s", strings.Join(evidence, ", "))
	}
	if cleared == 0 {
		return b.String() + ", up"
	}
	fmt.Fprintf(&b, ", cleared %s", when(cleared, start))
	if clearedReason != "" {
		fmt.Fprintf(&b, " (%s)", clearedReason)
	}
	return b.String()
}

// when is an instant as time after the start and, where that is not within a
// day, in full.
func when(at, start city.Instant) string {
	d := at.Sub(start)
	if d < 0 || d >= 24*time.Hour {
		return at.String()
	}
	s := d.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}
