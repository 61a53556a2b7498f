package city

import (
	"fmt"
	"sort"
	"strings"
)

// Fault is one mistake in a file that a user wrote: a pack, a city definition
// or the configuration.
type Fault struct {
	File string // as the user names it
	Line int    // from 1; 0 if the whole file is meant
	Rule string // the name of the rule broken, such as "unknown-key"
	Text string // what is wrong, with the value at fault
	Hint string // what to do, may be empty
}

// String is "file:line: rule: text (hint)".
func (f Fault) String() string {
	s := fmt.Sprintf("%s: %s: %s", f.where(), f.Rule, f.Text)
	if f.Hint != "" {
		s += " (" + f.Hint + ")"
	}
	return s
}

func (f Fault) where() string {
	if f.Line == 0 {
		return f.File
	}
	return fmt.Sprintf("%s:%d", f.File, f.Line)
}

// Faults is all that is wrong with a set of files. As an error it lists every
// fault on a line of its own.
type Faults []Fault

// Error lists the faults.
func (fs Faults) Error() string {
	lines := make([]string, len(fs))
	for i, f := range fs {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// Err is fs as an error, sorted by file and line, or nil if there are none.
func (fs Faults) Err() error {
	if len(fs) == 0 {
		return nil
	}
	sort.SliceStable(fs, func(i, j int) bool {
		if fs[i].File != fs[j].File {
			return fs[i].File < fs[j].File
		}
		return fs[i].Line < fs[j].Line
	})
	return fs
}
