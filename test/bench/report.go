package bench

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

type report struct {
	Machine machine
	Runs    int
	Figures []*figure
	Failed  []string `json:",omitempty"`
}

func (r report) print(out io.Writer, asJSON bool) error {
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(r)
	}
	_, err := io.WriteString(out, r.markdown())
	return err
}

func (r report) markdown() string {
	var b strings.Builder
	runs := "One run"
	if r.Runs > 1 {
		runs = fmt.Sprintf("Median of %d runs, with the lowest and the highest", r.Runs)
	}
	fmt.Fprintf(&b, "Machine: %s. %s.\n\n", r.Machine, runs)
	b.WriteString("| area | what | target | median | lowest – highest | unit | rejected | errors | |\n|---|---|---:|---:|---:|---|---:|---:|---|\n")
	for _, f := range r.Figures {
		median, spread := "", ""
		if len(f.Values) > 0 {
			median, spread = f.number(f.median()), f.spread()
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %d | %d | %s |\n",
			f.Area, f.What, f.wanted(), median, spread, f.Unit, f.Refused, f.Errors, f.verdict())
	}
	notes := 0
	for _, f := range r.Figures {
		if f.Note != "" {
			if notes++; notes == 1 {
				b.WriteString("\nNotes on the last run:\n\n")
			}
			fmt.Fprintf(&b, "- %s, %s: %s\n", f.Area, f.What, f.Note)
		}
	}
	for _, f := range r.Failed {
		fmt.Fprintf(&b, "\nNot measured: %s\n", strings.TrimSpace(f))
	}
	return b.String()
}

// The lines between which writeBetweenMarkers puts the table.
const (
	beginMarker = "<!-- bench:begin -->"
	endMarker   = "<!-- bench:end -->"
)

func (r report) writeBetweenMarkers(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	before, rest, found := strings.Cut(string(text), beginMarker)
	_, after, closed := strings.Cut(rest, endMarker)
	if !found || !closed {
		return fmt.Errorf("%s: no lines %s and %s to write between", path, beginMarker, endMarker)
	}
	return os.WriteFile(path, []byte(before+beginMarker+"\n\n"+r.markdown()+"\n"+endMarker+after), 0o644)
}
