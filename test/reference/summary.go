package reference

import (
	"fmt"
	"strings"
	"time"
)

// Summary is r as a text for people.
func (r *Result) Summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "window %s to %s\n", clock(r.Window.From), clock(r.Window.Until))
	fmt.Fprintf(&b, "%-21s %9s %9s %9s %9s %11s %9s\n", "file", "rows", "applied", "flagged", "duplicate", "quarantined", "outside")
	for _, c := range r.Rows {
		fmt.Fprintf(&b, "%-21s %9d %9d %9d %9d %11d %9d\n", c.File, c.Total, c.Applied, c.Flagged, c.Duplicate, c.Quarantined, c.Outside)
	}
	for _, f := range r.Faults {
		fmt.Fprintf(&b, "fault %-14s %s to %s capacity=%t stuck=%t\n", f.Garage, clock(f.From), clock(f.Until), f.Capacity, f.Stuck)
	}
	for _, rule := range []string{roadCongestion, garagePressure, dataFault} {
		found := r.Of(rule)
		up, subjects := 0, map[string]bool{}
		for _, s := range found {
			subjects[s.Subject] = true
			if s.Cleared == 0 {
				up++
			}
		}
		fmt.Fprintf(&b, "%s: %d on %d subjects, %d up at the end\n", rule, len(found), len(subjects), up)
	}
	for _, s := range r.Of(garagePressure) {
		fmt.Fprintf(&b, "pressure %-14s %s to %s data-fault=%t, %d congested, %d events\n", s.Subject, clock(s.Raised), clock(s.Cleared), s.DataFault, len(s.Congested), len(s.Events))
	}
	return b.String()
}

func clock(at int64) string {
	if at == 0 {
		return "the end"
	}
	return time.UnixMicro(at).UTC().Format("2006-01-02T15:04:05.000Z")
}
