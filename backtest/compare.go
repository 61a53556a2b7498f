package backtest

import (
	"cmp"
	"slices"

	"citybrain/city"
)

// Comparison lays what two versions of the rules raised side by side. "Old" is
// the version under --against, "new" the one that is tried.
type Comparison struct {
	Against string           `json:"against"` // what the old version is, as the caller named it
	Rules   []RuleComparison `json:"rules"`
}

// RuleComparison is that of one rule. A situation of the one version is the same
// as one of the other if it was raised on the same entity at the same instant.
// It has moved if it was raised at another, but both were up at the same time;
// then each is paired with the first that overlaps it. What has no partner is
// only in one version. Pairs of which either was raised in the window count.
type RuleComparison struct {
	Rule      city.RuleID `json:"rule"`
	Old       int         `json:"old"` // raised in the window
	New       int         `json:"new"`
	Same      int         `json:"same"`
	Otherwise int         `json:"sameButClearedOtherwise"` // among the same: cleared at another instant
	Moved     int         `json:"moved"`
	Earlier   int         `json:"earlier"` // among the moved: the new version is earlier
	Later     int         `json:"later"`
	OnlyOld   int         `json:"onlyOld"`
	OnlyNew   int         `json:"onlyNew"`
	// By is how many minutes the moved ones moved, either way.
	By       Spread        `json:"minutesMoved"`
	Shifts   []float64     `json:"-"` // minutes, negative: earlier
	Examples []PairExample `json:"examples,omitzero"`
	InOld    bool          `json:"inOld"` // the old version has the rule
	InNew    bool          `json:"inNew"`
}

// PairExample shows situations of both versions on one entity.
type PairExample struct {
	Kind   string        `json:"kind"` // moved, only-old, only-new, ended
	Entity city.EntityID `json:"entity"`
	Name   string        `json:"name,omitzero"`
	Old    *Span         `json:"old,omitzero"`
	New    *Span         `json:"new,omitzero"`
	Shift  float64       `json:"minutes,omitzero"` // new minus old
}

// Span is when a situation was up.
type Span struct {
	Raised  Time   `json:"raised"`
	Cleared Time   `json:"cleared,omitzero"`
	Reason  string `json:"reason"`
}

// The kinds of examples.
const (
	Moved   = "moved"
	OnlyOld = "only-old"
	OnlyNew = "only-new"
	Ended   = "ended"
)

// Compare compares what two versions raised, rule by rule.
func Compare(older, newer *Figures, o Options) *Comparison {
	c := &Comparison{}
	byRule := map[city.RuleID]*RuleComparison{}
	for _, f := range []*Figures{older, newer} {
		for i := range f.Rules {
			r := byRule[f.Rules[i].Rule]
			if r == nil {
				r = &RuleComparison{Rule: f.Rules[i].Rule}
				byRule[r.Rule] = r
			}
			r.InOld, r.InNew = r.InOld || f == older, r.InNew || f == newer
		}
	}
	for _, r := range byRule {
		m := matching{from: Time(o.From), until: Time(o.Until), into: r}
		m.match(of(older, r.Rule), of(newer, r.Rule))
		c.Rules = append(c.Rules, *r)
	}
	slices.SortFunc(c.Rules, func(a, b RuleComparison) int { return cmp.Compare(a.Rule, b.Rule) })
	return c
}

// of lists a rule's situations by entity and time.
func of(f *Figures, id city.RuleID) []*Raised {
	var out []*Raised
	for i := range f.Situations {
		if f.Situations[i].Rule == id {
			out = append(out, &f.Situations[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *Raised) int {
		return cmp.Or(cmp.Compare(a.Entity, b.Entity), cmp.Compare(a.Raised, b.Raised))
	})
	return out
}

type matching struct {
	from, until               Time
	into                      *RuleComparison
	moved, gone, added, ended []PairExample
}

func (m *matching) match(older, newer []*Raised) {
	for len(older) > 0 || len(newer) > 0 {
		var entity city.EntityID
		switch {
		case len(older) == 0:
			entity = newer[0].Entity
		case len(newer) == 0:
			entity = older[0].Entity
		default:
			entity = min(older[0].Entity, newer[0].Entity)
		}
		a, b := heads(older, entity), heads(newer, entity)
		m.entity(older[:a], newer[:b])
		older, newer = older[a:], newer[b:]
	}
	r := m.into
	minutes := make([]float64, len(r.Shifts))
	for i, s := range r.Shifts {
		minutes[i] = max(s, -s)
	}
	r.By = SpreadOf(minutes)
	slices.SortStableFunc(m.moved, func(a, b PairExample) int { return cmp.Compare(max(b.Shift, -b.Shift), max(a.Shift, -a.Shift)) })
	for _, list := range [][]PairExample{m.moved, m.gone, m.added, m.ended} {
		r.Examples = append(r.Examples, various(list, mostExamples/2)...)
	}
}

// various is at most n of a list, of as many entities as possible.
func various(list []PairExample, n int) []PairExample {
	var out []PairExample
	for _, again := range []bool{false, true} {
		seen := map[city.EntityID]bool{}
		for i := range list {
			e := &list[i]
			if len(out) < n && seen[e.Entity] == again {
				out = append(out, *e)
			}
			seen[e.Entity] = true
		}
	}
	return out
}

func heads(list []*Raised, entity city.EntityID) int {
	n := 0
	for n < len(list) && list[n].Entity == entity {
		n++
	}
	return n
}

// entity pairs the situations of one entity.
func (m *matching) entity(older, newer []*Raised) {
	partner, taken := make([]*Raised, len(older)), make([]bool, len(newer))
	pair := func(fits func(a, b *Raised) bool) {
		for i, a := range older {
			for k, b := range newer {
				if partner[i] == nil && !taken[k] && fits(a, b) {
					partner[i], taken[k] = b, true
				}
			}
		}
	}
	pair(func(a, b *Raised) bool { return a.Raised == b.Raised })
	pair(func(a, b *Raised) bool {
		return (a.Cleared == 0 || a.Cleared > b.Raised) && (b.Cleared == 0 || b.Cleared > a.Raised)
	})
	for i, a := range older {
		m.count(a, partner[i])
	}
	for k, b := range newer {
		if !taken[k] {
			m.count(nil, b)
		}
	}
}

func (m *matching) inside(x *Raised) bool {
	return x != nil && x.Raised >= m.from && x.Raised < m.until
}

// count counts a pair, or one without partner.
func (m *matching) count(a, b *Raised) {
	r := m.into
	if m.inside(a) {
		r.Old++
	}
	if m.inside(b) {
		r.New++
	}
	if !m.inside(a) && !m.inside(b) {
		return
	}
	e := PairExample{Old: spanOf(a), New: spanOf(b)}
	for _, x := range []*Raised{a, b} {
		if x != nil {
			e.Entity, e.Name = x.Entity, x.Name
		}
	}
	switch {
	case b == nil:
		r.OnlyOld++
		e.Kind = OnlyOld
		m.gone = append(m.gone, e)
	case a == nil:
		r.OnlyNew++
		e.Kind = OnlyNew
		m.added = append(m.added, e)
	case a.Raised == b.Raised:
		r.Same++
		if a.Cleared != b.Cleared {
			r.Otherwise++
			e.Kind = Ended
			m.ended = append(m.ended, e)
		}
	default:
		m.move(e)
	}
}

func (m *matching) move(e PairExample) {
	r := m.into
	r.Moved++
	e.Kind, e.Shift = Moved, e.New.Raised.Instant().Sub(e.Old.Raised.Instant()).Minutes()
	if e.Shift < 0 {
		r.Earlier++
	} else {
		r.Later++
	}
	r.Shifts = append(r.Shifts, e.Shift)
	m.moved = append(m.moved, e)
}

func spanOf(x *Raised) *Span {
	if x == nil {
		return nil
	}
	return &Span{Raised: x.Raised, Cleared: x.Cleared, Reason: x.Reason}
}
