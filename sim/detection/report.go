package detection

import (
	"context"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"

	"citybrain/city"
	"citybrain/pack"
	"citybrain/sim"
)

// Report is the scores of both lists of seeds.
type Report struct{ Reporting, Tuning Score }

// Measure scores both lists. The definition is that of the example city, as
// pack.LoadCity reads it. It takes about a
// quarter of an hour of one core.
func Measure(ctx context.Context, definition *pack.City) (Report, error) {
	var r Report
	for _, part := range []struct {
		score *Score
		seeds []uint64
	}{{&r.Tuning, TuningSeeds()}, {&r.Reporting, ReportingSeeds()}} {
		score, err := Run(ctx, Options{City: definition, Seeds: part.seeds})
		if err != nil {
			return r, err
		}
		*part.score = score
	}
	return r, nil
}

// Markdown is the report as tables. It holds nothing of the machine or the day:
// the same program gives the same text.
func (r Report) Markdown() string {
	var b strings.Builder
	b.WriteString("### Reporting seeds\n\n")
	r.Reporting.markdown(&b)
	b.WriteString("\n### Tuning seeds\n\n")
	r.Tuning.markdown(&b)
	return b.String()
}

func (s *Score) markdown(b *strings.Builder) {
	fmt.Fprintf(b, "%d days of %g hours, %s rows to the rules, %d of them quarantined.\n\n", s.Days, s.Hours, thousands(s.Rows), s.Bad)
	s.summary(b)
	b.WriteString("| rule | is to find | there were | found | missed | raised | false | false a day | minutes to find: median | 90 % | hold + interval | for |\n|---|---|---:|---:|---:|---:|---:|---:|---:|---:|---:|---|\n")
	for i := range s.Rules {
		r := &s.Rules[i]
		if !r.Scored {
			fmt.Fprintf(b, "| `%s` | not scored | | | | %d | | | | | | |\n", r.Rule, r.Raised)
			continue
		}
		fmt.Fprintf(b, "| `%s` | %s | %d | %s | %d | %d | %s | %s | %s | %s | %g + %g | %s |\n", r.Rule, r.What, r.Expected,
			share(r.Found, r.Expected), r.Missed, r.Raised, share(r.False, r.Raised), s.daily(r.False),
			minutes(r.Delays, 0.5), minutes(r.Delays, 0.9), r.Hold, r.Every, r.Duty)
	}
	a := s.Behind
	fmt.Fprintf(b, "\nAccidents: %d, of which %d held up cars for ten minutes or more; of these `road-congestion` found %s at or behind the place (median %s, 90 %% %s minutes after the accident).\n",
		a.All, a.Felt, share(a.Found, a.Felt), minutes(a.Delays, 0.5), minutes(a.Delays, 0.9))
	s.traps(b)
	b.WriteString("\nWhat there was: ")
	for i, kind := range slices.Sorted(maps.Keys(s.Truth)) {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(b, "%s %d", kind, s.Truth[kind])
	}
	b.WriteString(".\n")
}

// traps says what false situations were taken in by.
func (s *Score) traps(b *strings.Builder) {
	some := false
	for i := range s.Rules {
		r := &s.Rules[i]
		if r.False == 0 {
			continue
		}
		if !some {
			b.WriteString("\nFalse situations, by what they were taken in by:\n\n")
		}
		some = true
		fmt.Fprintf(b, "- `%s`: ", r.Rule)
		rest := r.False
		for _, by := range []sim.Kind{sim.SensorFault, sim.SlowZone, sim.Crowd} {
			if n := r.Traps[string(by)]; n > 0 {
				rest -= n
				fmt.Fprintf(b, "%s %d, ", by, n)
			}
		}
		fmt.Fprintf(b, "nothing in particular %d\n", rest)
	}
}

func share(n, of int) string {
	if of == 0 {
		return fmt.Sprint(n)
	}
	return fmt.Sprintf("%d (%.0f %%)", n, 100*float64(n)/float64(of))
}

// minutes is a percentile of sorted values.
func minutes(sorted []float64, p float64) string {
	if len(sorted) == 0 {
		return ""
	}
	i := int(math.Ceil(p*float64(len(sorted)))) - 1
	return fmt.Sprintf("%.1f", sorted[min(max(i, 0), len(sorted)-1)])
}

func thousands(n int64) string {
	text := fmt.Sprint(n)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// The lines between which Write puts the report.
const (
	BeginMarker = "<!-- detection:begin -->"
	EndMarker   = "<!-- detection:end -->"
)

// Write puts the report between the markers of a file.
func (r Report) Write(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return &city.Error{Kind: city.NotFound, Op: "detection.Write", Detail: "the report's file cannot be read", Err: err}
	}
	before, rest, begins := strings.Cut(string(text), BeginMarker)
	_, after, ends := strings.Cut(rest, EndMarker)
	if !begins || !ends {
		return city.Errorf(city.Invalid, "detection.Write", "%s has no lines %s and %s to write between", path, BeginMarker, EndMarker)
	}
	err = os.WriteFile(path, []byte(before+BeginMarker+"\n\n"+r.Markdown()+"\n"+EndMarker+after), 0o644)
	return err
}
