package ledger

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"citybrain/city"
)

// order is how a report lists damages: what concerns the whole log first.
var order = []What{DamagedCheckpoint, RolledBack, Forked, DamagedEntries, DamagedLeaf, DamagedTile, MissingLeaf, MissingRecord, DamagedRecord, DamagedSubject, DamagedFile}

// sort orders damages by what they are of, each kind by number or name.
func (v *verifier) sort() {
	slices.SortStableFunc(v.report.Damages, func(a, b Damage) int {
		if c := cmp.Compare(slices.Index(order, a.What), slices.Index(order, b.What)); c != 0 {
			return c
		}
		if c := cmp.Compare(len(a.ID), len(b.ID)); c != 0 && (a.What == DamagedLeaf || a.What == MissingRecord) {
			return c
		}
		return cmp.Compare(a.ID, b.ID)
	})
}

// String is the report for people, in lines.
func (r *Report) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "log %s, %s\n", r.Checkpoint.Origin, r.Checkpoint.String())
	fmt.Fprintf(&b, "read %d leaves in %d files and %d tiles\n", r.Leaves, r.Bundles, r.Tiles)
	fmt.Fprintf(&b, "compared %d records; %d wait for a leaf or to be told of it", r.Records, r.Waiting)
	if r.Files > 0 {
		fmt.Fprintf(&b, "; held %d files of evidence against their hashes", r.Files)
	}
	if r.Later > 0 {
		fmt.Fprintf(&b, "; %d came meanwhile", r.Later)
	}
	if b.WriteByte('\n'); r.Saved < 0 {
		b.WriteString("no saved checkpoint given: a log that was rolled back or written anew as a whole is not found\n")
	} else {
		fmt.Fprintf(&b, "held against a saved checkpoint of %d leaves\n", r.Saved)
	}
	for _, d := range r.Damages {
		fmt.Fprintf(&b, "DAMAGED %s\n", d)
	}
	if r.Sound() {
		b.WriteString("sound: nothing is damaged\n")
	} else {
		fmt.Fprintf(&b, "%d damages\n", int64(len(r.Damages))+r.Omitted)
	}
	return b.String()
}

func (v *verifier) add(d Damage) {
	if v.seen == nil {
		v.seen = map[Damage]bool{}
	}
	// One record may be met at two leaves; it is named once.
	key := Damage{What: d.What, ID: d.ID}
	if v.seen[key] {
		return
	}
	if len(v.report.Damages) >= MaxDamages {
		v.report.Omitted++
		return
	}
	v.seen[key] = true
	v.report.Damages = append(v.report.Damages, d)
}

func (v *verifier) found(what What, id, text string) {
	v.add(Damage{What: what, ID: id, Text: text})
}

func (v *verifier) foundf(what What, index int64, format string, args ...any) {
	v.found(what, strconv.FormatInt(index, 10), fmt.Sprintf(format, args...))
}

// detail is what an error says to people.
func detail(err error) string {
	var e *city.Error
	if errors.As(err, &e) {
		return e.Detail
	}
	return err.Error()
}

func unwrap(err error) error {
	if inner := errors.Unwrap(err); inner != nil {
		return inner
	}
	return err
}
