package detection

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"citybrain/backtest/score"
)

// Summary counts several rules together.
type Summary struct {
	Rules    int
	Expected int
	Found    int
	Raised   int
	False    int
	// InTime is how many rules find half of what they find within what they wait
	// on purpose plus one interval of their sensors, of those that found something.
	InTime, Finding int
	// Over is the median of the minutes that finding took beyond that; less than
	// zero: it took less.
	Over float64
	// Delay is the median of the minutes to find.
	Delay float64
}

// Summarize counts the rules of some duties together.
func (s *Score) Summarize(duties ...Duty) Summary {
	var sum Summary
	var over, delays []float64
	for i := range s.Rules {
		r := &s.Rules[i]
		if !r.Scored || !slices.Contains(duties, r.Duty) {
			continue
		}
		sum.Rules++
		sum.Expected += r.Expected
		sum.Found += r.Found
		sum.Raised += r.Raised
		sum.False += r.False
		for _, d := range r.Delays {
			over = append(over, d-r.Hold-r.Every)
		}
		delays = append(delays, r.Delays...)
		if len(r.Delays) > 0 {
			sum.Finding++
			if score.Percentile(r.Delays, 0.5) <= r.Hold+r.Every {
				sum.InTime++
			}
		}
	}
	sum.Over, sum.Delay = score.Percentile(over, 0.5), score.Percentile(delays, 0.5)
	return sum
}

// summary is what the rules are measured by: those that open cases, and all that
// speak to people.
func (s *Score) summary(b *strings.Builder) {
	b.WriteString("| rules together | there were | found | raised | false | false a day | minutes to find: median | beyond hold and interval: median | rules in time |\n|---|---:|---:|---:|---:|---:|---:|---:|---:|\n")
	for _, row := range []struct {
		name   string
		duties []Duty
	}{{"that open cases", []Duty{OpensCase}}, {"that open cases or are worth knowing", []Duty{OpensCase, Notice}}} {
		x := s.Summarize(row.duties...)
		fmt.Fprintf(b, "| %s | %d | %s | %d | %d | %s | %s | %s | %d of %d |\n", row.name, x.Expected, share(x.Found, x.Expected),
			x.Raised, x.False, s.daily(x.False), decimal(x.Delay), decimal(x.Over), x.InTime, x.Finding)
	}
	b.WriteString("\n")
}

// daily is a number for each day.
func (s *Score) daily(n int) string { return fmt.Sprintf("%.2f", float64(n)/float64(max(s.Days, 1))) }

// decimal is a number with one decimal; nothing where there is none.
func decimal(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return fmt.Sprintf("%.1f", x)
}
