package ekuiper

import (
	"fmt"
	"math"
	"os"
	"slices"
	"strings"
	"time"
)

// settle is how long the files of the output are left alone before they are read:
// longer than the interval at which eKuiper writes them out.
const settle = 2 * time.Second

// rates are sorted.
func rates(all []cost) []float64 {
	var out []float64
	for _, c := range all {
		out = append(out, c.perCore())
	}
	slices.Sort(out)
	return out
}

func median(sorted []float64) float64 {
	if len(sorted) == 0 {
		return math.NaN()
	}
	return (sorted[(len(sorted)-1)/2] + sorted[len(sorted)/2]) / 2
}

// spread is the median with the lowest and the highest.
func spread(all []cost) string {
	r := rates(all)
	if len(r) == 0 {
		return "–"
	}
	return fmt.Sprintf("%s (%s – %s)", grouped(median(r)), grouped(r[0]), grouped(r[len(r)-1]))
}

func (r *Result) ratio() float64 { return median(rates(r.Ours)) / median(rates(r.Theirs)) }

func times(r *Result) string { return fmt.Sprintf("%.1f times", r.ratio()) }

// Wanted is how many times eKuiper's rate per core ours is to be.
const Wanted = 3

func (r *Result) verdict() string {
	var why []string
	if r.OnlyTheirs+r.OnlyOurs > 0 {
		why = append(why, "other rows")
	}
	if !(r.ratio() >= Wanted) {
		why = append(why, "rate")
	}
	if len(why) == 0 {
		return "reached"
	}
	return "**missed: " + strings.Join(why, ", ") + "**"
}

// Markdown is the table. machine says where it was measured.
func (r *Report) Markdown(machine string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. eKuiper %s. Rows a second of processor time, median with the lowest and the highest.\n\n", machine, r.Version)
	b.WriteString("| task | rows in | output rows, same in both | only eKuiper | only City Brain | eKuiper, rows/s per core | City Brain, rows/s per core | times | |\n|---|---:|---:|---:|---:|---:|---:|---:|---|\n")
	for i := range r.Results {
		x := &r.Results[i]
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %.1f | %s |\n", x.Asks, grouped(float64(x.Rows)), grouped(float64(x.Common)),
			grouped(float64(x.OnlyTheirs)), grouped(float64(x.OnlyOurs)), spread(x.Theirs), spread(x.Ours), x.ratio(), x.verdict())
	}
	b.WriteString("\nTime from the first row to the last, median: ")
	for i := range r.Results {
		x := &r.Results[i]
		fmt.Fprintf(&b, "%s%s %.2f s and %.2f s", map[bool]string{true: "; ", false: ""}[i > 0], x.Task, wall(x.Theirs), wall(x.Ours))
	}
	b.WriteString(" (eKuiper and City Brain).\n")
	return b.String()
}

func wall(all []cost) float64 {
	var seconds []float64
	for _, c := range all {
		seconds = append(seconds, c.Wall.Seconds())
	}
	slices.Sort(seconds)
	return median(seconds)
}

// grouped writes a whole number with commas between thousands.
func grouped(v float64) string {
	text := fmt.Sprintf("%.0f", v)
	for i := len(text) - 3; i > 0; i -= 3 {
		text = text[:i] + "," + text[i:]
	}
	return text
}

// The lines between which Write puts the table.
const (
	beginMarker = "<!-- ekuiper:begin -->"
	endMarker   = "<!-- ekuiper:end -->"
)

// Write puts the table between the markers of a file.
func (r *Report) Write(path, machine string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), beginMarker)
	_, after, closed := strings.Cut(rest, endMarker)
	if !found || !closed {
		return fmt.Errorf("%s: no lines %s and %s to write between", path, beginMarker, endMarker)
	}
	return os.WriteFile(path, []byte(before+beginMarker+"\n\n"+r.Markdown(machine)+"\n"+endMarker+after), 0o644)
}
