package mapping

import (
	"fmt"
	"slices"
	"strings"
)

// wrongColumns says what is wrong with the columns of a file: those that are
// there twice, that are neither used nor ignored, that are used and missing.
func (m *Mapping) wrongColumns(columns []string) string {
	var twice, unknown, missing []string
	for i, name := range columns {
		switch {
		case slices.Index(columns, name) < i:
			twice = append(twice, name)
		case !m.ignored[name] && !slices.Contains(m.columns, name):
			unknown = append(unknown, name)
		}
	}
	for _, name := range m.columns {
		if !slices.Contains(columns, name) {
			missing = append(missing, name)
		}
	}
	var wrong []string
	for _, w := range []struct {
		names     []string
		one, many string
	}{
		{twice, "is there twice", "are there twice"},
		{unknown, "is not in the mapping: map it or list it under ignore", "are not in the mapping: map them or list them under ignore"},
		{missing, "of the mapping is missing", "of the mapping are missing"},
	} {
		switch len(w.names) {
		case 0:
		case 1:
			wrong = append(wrong, "column "+quoted(w.names)+" "+w.one)
		default:
			wrong = append(wrong, "columns "+quoted(w.names)+" "+w.many)
		}
	}
	return strings.Join(wrong, "; ")
}

// mostNamed is how many columns a message names.
const mostNamed = 20

// quoted lists names for a sentence.
func quoted(names []string) string {
	var out strings.Builder
	for i, name := range names {
		switch {
		case i == mostNamed:
			fmt.Fprintf(&out, " and %d more", len(names)-i)
			return out.String()
		case i == 0:
		case i == len(names)-1:
			out.WriteString(" and ")
		default:
			out.WriteString(", ")
		}
		fmt.Fprintf(&out, "%q", Excerpt([]byte(name)))
	}
	return out.String()
}
