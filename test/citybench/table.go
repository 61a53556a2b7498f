package citybench

import (
	"fmt"
	"os"
	"strings"
)

// What the project wants of every query in every replay.
const (
	WantedMillis = 5.0
	WantedMemory = 200e6 // bytes
)

// Markdown are the tables of the reports. machine says where they were measured.
func Markdown(reports []*Report, machine string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "Machine: %s. One run of each replay; all twelve queries run at once in one process.\n", machine)
	for _, n := range copies {
		var of []*Report
		for _, r := range reports {
			if r.Setting.Copies == n {
				of = append(of, r)
			}
		}
		if len(of) > 0 {
			writeTable(&b, n, of)
		}
	}
	fmt.Fprintf(&b, "\nWanted: mean under %g ms, completeness 1.0, under %.0f MB: %s.\n", WantedMillis, WantedMemory/1e6, verdict(reports))
	return b.String()
}

func writeTable(b *strings.Builder, n int, reports []*Report) {
	fmt.Fprintf(b, "\n**%s of each query (%d rules).** Mean latency in ms, highest in brackets; behind it with the wait for partners, where that is 0.1 ms or more.\n\n", map[bool]string{true: "One copy", false: fmt.Sprintf("%d copies", n)}[n == 1], rulesIn(n))
	b.WriteString("| query | |")
	for _, r := range reports {
		b.WriteString(" " + r.Setting.column() + " |")
	}
	b.WriteString(" completeness | results |\n|---|---|" + strings.Repeat("---:|", len(reports)+2) + "\n")
	for i, q := range Queries {
		fmt.Fprintf(b, "| %s | %s |", strings.ToUpper(q.ID), q.Asks)
		complete, results := 1.0, []string{}
		for _, r := range reports {
			o := &r.Outcomes[i]
			b.WriteString(" " + o.cell() + " |")
			complete = min(complete, o.Completeness())
			results = append(results, fmt.Sprint(o.Results))
		}
		fmt.Fprintf(b, " %s | %s |\n", share(complete), strings.Join(results, ", "))
	}
	b.WriteString("| peak RSS, MB | |")
	for _, r := range reports {
		fmt.Fprintf(b, " %.0f |", float64(r.PeakRSS)/1e6)
	}
	b.WriteString(" | |\n| observations | |")
	for _, r := range reports {
		fmt.Fprintf(b, " %d |", r.Arrivals)
	}
	b.WriteString(" | |\n")
}

func rulesIn(copies int) int {
	n := 0
	for _, q := range Queries {
		n += strings.Count("\n"+q.Text(), "rule: "+q.ID)
	}
	return n * copies
}

func (o Setting) column() string {
	if !o.Paced {
		return "fastest"
	}
	return fmt.Sprintf("%g/s", o.Rate)
}

// cell is the latency of a query in a replay.
func (o *Outcome) cell() string {
	if o.Samples == 0 {
		return "–"
	}
	text := fmt.Sprintf("%.2f (%.0f)", o.Own, o.OwnHighest)
	if o.Mean-o.Own >= 0.1 {
		text += fmt.Sprintf("; %.2f", o.Mean)
	}
	return text
}

// share is a completeness, never rounded up to 1.
func share(v float64) string {
	if v == 1 {
		return "1.0"
	}
	return fmt.Sprintf("%.4f", min(v, 0.9999))
}

func verdict(reports []*Report) string {
	var missed []string
	for _, r := range reports {
		for i := range r.Outcomes {
			o := &r.Outcomes[i]
			if o.Own >= WantedMillis {
				missed = append(missed, fmt.Sprintf("%s with %s takes %.1f ms", strings.ToUpper(o.Query), r.Setting.name(), o.Own))
			}
			if o.Completeness() < 1 {
				missed = append(missed, fmt.Sprintf("%s with %s is %s complete", strings.ToUpper(o.Query), r.Setting.name(), share(o.Completeness())))
			}
		}
		if float64(r.PeakRSS) >= WantedMemory {
			missed = append(missed, fmt.Sprintf("%s take %.0f MB", r.Setting.name(), float64(r.PeakRSS)/1e6))
		}
	}
	if len(missed) == 0 {
		return "reached by every query in every replay"
	}
	return "**missed: " + strings.Join(missed, "; ") + "**"
}

// The lines between which Write puts the tables.
const (
	beginMarker = "<!-- citybench:begin -->"
	endMarker   = "<!-- citybench:end -->"
)

// Write puts the tables between the markers of a file.
func Write(path, tables string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), beginMarker)
	_, after, closed := strings.Cut(rest, endMarker)
	if !found || !closed {
		return fmt.Errorf("%s: no lines %s and %s to write between", path, beginMarker, endMarker)
	}
	return os.WriteFile(path, []byte(before+beginMarker+"\n\n"+tables+"\n"+endMarker+after), 0o644)
}
