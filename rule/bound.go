package rule

import (
	"fmt"
	"unsafe"

	"citybrain/rule/pattern"
)

// Bound is what a rule may cost: how much it remembers at most, and how much it
// looks at.
type Bound struct {
	// Bytes of state for each entity, or for each group, at most: the row, windows
	// and detectors, patterns. A situation that is up and its evidence come besides.
	Bytes int
	// Groups is how many groups there may be; 0: the rule keeps state for entities.
	Groups int
	// Others is how many other entities one evaluation looks at, at most.
	Others int
	// Of is the type of the entities.
	Of string
}

// Bound states what the rule may cost. It is known when rules are loaded.
func (r *Rule) Bound() Bound {
	b := Bound{Bytes: int(unsafe.Sizeof(row{})), Of: string(r.spec.Entity)}
	if r.more() {
		b.Bytes += int(unsafe.Sizeof(extra{})) + int(unsafe.Sizeof(spread{})) + 8
	}
	for _, d := range r.lets {
		b.Bytes += d.bound()
		if d.others != nil {
			n := d.others.most
			if d.others.by == byOwnRelation || d.others.by == byID {
				n = 1
			}
			b.Others += n
			if d.others.by == byDistance && !d.others.nearest {
				b.Bytes += n * int(unsafe.Sizeof(neighbour{}))
			}
		}
	}
	if r.key != nil {
		b.Groups = MaxGroups
		b.Bytes += int(unsafe.Sizeof(group{})) + int(unsafe.Sizeof(row{}))
	}
	if len(r.steps) > 0 || r.spec.Repeat != nil || r.spec.Dwell != nil {
		b.Bytes += int(unsafe.Sizeof(patternState{}))
	}
	switch {
	case len(r.steps) > 0:
		q := r.sequence()
		b.Bytes += q.Bound() + maxHits*int(unsafe.Sizeof(hit{}))
	case r.spec.Repeat != nil:
		q := pattern.Repeat{Times: r.spec.Repeat.Times, Within: r.spec.Repeat.Within}
		b.Bytes += q.Bound()
	}
	return b
}

// String is the bound as a sentence.
func (b Bound) String() string {
	text := fmt.Sprintf("at most %s for each %s", bytesText(b.Bytes), b.Of)
	if b.Groups > 0 {
		text = fmt.Sprintf("at most %s for each of %d groups of %s", bytesText(b.Bytes), b.Groups, b.Of)
	}
	if b.Others > 0 {
		text += fmt.Sprintf("; looks at up to %d other entities", b.Others)
	}
	return text
}

func bytesText(n int) string {
	switch {
	case n < 10_000:
		return fmt.Sprintf("%d bytes", n)
	case n < 10_000_000:
		return fmt.Sprintf("%.0f kB", float64(n)/1e3)
	}
	return fmt.Sprintf("%.0f MB", float64(n)/1e6)
}
