package bench

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// figure is one measured quantity over the runs.
type figure struct {
	Area     string
	What     string
	Unit     string
	Values   []float64
	Target   *target `json:",omitempty"`
	Refused  int64   `json:"Rejected"` // answers that ask to slow down and rows in quarantine, over all runs
	Errors   int64   // other wrong answers and broken connections
	Note     string  `json:",omitempty"`
	Skipped  string  `json:",omitempty"` // why there are no values
	Decimals int     `json:"-"`
}

// target is what the project wants: at least, or under.
type target struct {
	AtLeast float64 `json:",omitempty"`
	Under   float64 `json:",omitempty"`
}

func atLeast(v float64) *target { return &target{AtLeast: v} }
func under(v float64) *target   { return &target{Under: v} }

func (t *target) met(v float64) bool {
	if t.AtLeast != 0 {
		return v >= t.AtLeast
	}
	return v < t.Under
}

// add appends the value of a run to the figure described by f.
func (s *session) add(f figure, value float64, refused, errors int64) {
	i := slices.IndexFunc(s.figures, func(g *figure) bool { return g.Area == f.Area && g.What == f.What })
	if i < 0 {
		s.figures = append(s.figures, &f)
		i = len(s.figures) - 1
	}
	g := s.figures[i]
	g.Values = append(g.Values, value)
	g.Refused += refused
	g.Errors += errors
	g.Note = f.Note
}

// skip says why the figure described by f cannot be measured here.
func (s *session) skip(f figure, why string) {
	if slices.ContainsFunc(s.figures, func(g *figure) bool { return g.Area == f.Area && g.What == f.What }) {
		return
	}
	f.Skipped = why
	s.figures = append(s.figures, &f)
}

func (f *figure) median() float64 {
	v := slices.Sorted(slices.Values(f.Values))
	switch n := len(v); {
	case n == 0:
		return math.NaN()
	case n%2 == 1:
		return v[n/2]
	default:
		return (v[n/2-1] + v[n/2]) / 2
	}
}

func (f *figure) number(v float64) string { return grouped(v, f.Decimals) }

func (f *figure) spread() string {
	return f.number(slices.Min(f.Values)) + " – " + f.number(slices.Max(f.Values))
}

func (f *figure) wanted() string {
	switch {
	case f.Target == nil:
		return ""
	case f.Target.AtLeast != 0:
		return "≥ " + f.number(f.Target.AtLeast)
	default:
		return "< " + f.number(f.Target.Under)
	}
}

func (f *figure) verdict() string {
	switch {
	case f.Skipped != "":
		return "not measured: " + f.Skipped
	case f.Target == nil:
		return ""
	case f.Target.met(f.median()):
		return "reached"
	default:
		return "**missed**"
	}
}

// grouped writes a number with commas between thousands.
func grouped(v float64, decimals int) string {
	text := strconv.FormatFloat(v, 'f', decimals, 64)
	whole, rest, _ := strings.Cut(text, ".")
	sign := ""
	if strings.HasPrefix(whole, "-") {
		sign, whole = "-", whole[1:]
	}
	for i := len(whole) - 3; i > 0; i -= 3 {
		whole = whole[:i] + "," + whole[i:]
	}
	if rest != "" {
		whole += "." + rest
	}
	return sign + whole
}

// percentile is the value below which a share of sorted lies.
func percentile(sorted []float64, share float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	i := int(math.Ceil(share*float64(len(sorted)))) - 1
	return sorted[min(max(i, 0), len(sorted)-1)]
}

// enough is an error if a measurement rests on too few samples.
func enough(what string, have, want int) error {
	if have < want {
		return fmt.Errorf("%s: only %d samples, want at least %d", what, have, want)
	}
	return nil
}
