package backtest

import (
	"context"
	"maps"
	"slices"
	"strings"

	"citybrain/city"
	"citybrain/pack"
	"citybrain/rule"
)

// Version is one version of a city's rules to be tried.
type Version struct {
	City  *pack.City
	Rules []*rule.Rule // those to be run; the others of the city are left out
}

// Options say what is run.
type Options struct {
	// From and Until are the window that is asked about; what is read begins at
	// Begin, before it, so that windows are warm when it starts.
	From, Until, Begin city.Instant
	// Judged says that the rows have passed data standards and quality rules
	// before, as those of a data folder have.
	Judged bool
	// Progress is told after every tick; nil: nobody is.
	Progress func(Progress)
}

// Progress is how far a run has come.
type Progress struct {
	At   city.Instant // the city's clock
	Rows int64
}

// Outcome is what came of one version.
type Outcome struct {
	Situations Situations
	Sources    []SourceCount // by source
	Failures   map[city.RuleID]int64
	// First is the observation time of the first reading; zero: there was none.
	First city.Instant
	// Entities are those that the rules may look at, by id.
	Entities []Entity
}

// Entity is what the report draws of an entity.
type Entity struct {
	ID    city.EntityID
	Type  city.EntityType
	Name  string
	Place *city.Place
}

// SourceCount says what became of the rows of a source.
type SourceCount struct {
	Source city.SourceID
	Before Counts // from Begin to From
	Window Counts // from From to Until
}

// Counts is how many rows ended how. Late rows are among the applied and
// flagged: they reach the present and the past, but not the rules.
type Counts struct {
	Rows    int64
	Classes [city.RowClasses]int64
	Late    int64
}

// Run plays a source once and runs every version over it. The versions must
// read rows by the same mappings. With the same source, versions and options the
// outcome is the same.
func Run(ctx context.Context, source Source, versions []Version, o Options) ([]Outcome, error) {
	r := &running{options: o}
	for _, v := range versions {
		r.sides = append(r.sides, newSide(v, !o.Judged))
	}
	defer func() {
		for _, s := range r.sides {
			s.settle()
		}
	}()
	begin := o.Begin
	if begin == 0 || begin > o.From {
		begin = o.From
	}
	if err := source.Play(ctx, city.Interval{From: begin, To: o.Until}, r); err != nil {
		return nil, err
	}
	out := make([]Outcome, len(r.sides))
	for i, s := range r.sides {
		out[i] = s.outcome(r)
	}
	return out, nil
}

// running is the gate of one run.
type running struct {
	options Options
	sides   []*side
	rows    int64
	first   city.Instant
	started bool // the window has begun
}

// side is one version being run. Rows are judged where they are read; the rules
// run behind that, in the same order.
type side struct {
	judge  *Judge
	crews  []*crew
	counts map[city.SourceID]*SourceCount
	last   *SourceCount // counted last
}

func newSide(v Version, apart bool) *side {
	return &side{judge: NewJudge(v.City), crews: newCrews(v, apart), counts: map[city.SourceID]*SourceCount{}}
}

func (s *side) apply(b city.Batch) {
	for _, w := range s.crews {
		w.apply(b)
	}
}

func (s *side) settle() {
	for _, w := range s.crews {
		w.settle()
	}
}

// Take implements Gate.
func (r *running) Take(changes []city.Change) {
	r.rows += int64(len(changes))
	if r.first == 0 {
		r.note(changes)
	}
	for i, s := range r.sides {
		mine := changes
		if i < len(r.sides)-1 { // each judge marks and drops rows
			mine = slices.Clone(changes)
		}
		s.take(mine, r)
	}
}

// note finds the first reading.
func (r *running) note(changes []city.Change) {
	for i := range changes {
		c := &changes[i]
		if c.Op == city.OpObserve && slices.ContainsFunc(c.Attributes, func(a city.Attribute) bool { return a.ObservedAt != 0 }) {
			r.first = c.At
			return
		}
	}
}

func (s *side) take(changes []city.Change, r *running) {
	kept := changes[:0]
	for i := range changes {
		c := &changes[i]
		var class city.RowClass
		if r.options.Judged {
			class = s.judge.Admit(c)
		} else {
			class, _ = s.judge.Judge(c)
		}
		if c.Op == city.OpUpdate { // an introduction of Past, no row
			kept = append(kept, *c)
			continue
		}
		n := s.count(c.Source, c.ReceivedAt < r.options.From)
		n.Rows++
		n.Classes[class]++
		if class == city.RowApplied || class == city.RowFlagged {
			if kept = kept[:len(kept)+1]; len(kept) <= i { // most rows stay where they are
				kept[len(kept)-1] = *c
			}
		}
	}
	s.apply(city.Batch{Changes: kept})
}

func (s *side) count(source city.SourceID, before bool) *Counts {
	if s.last == nil || s.last.Source != source {
		if s.last = s.counts[source]; s.last == nil {
			s.last = &SourceCount{Source: source}
			s.counts[source] = s.last
		}
	}
	if before {
		return &s.last.Before
	}
	return &s.last.Window
}

// Tick implements Gate.
func (r *running) Tick(at city.Instant) {
	for _, s := range r.sides {
		s.apply(city.Batch{Clock: at, Tick: true})
	}
	if !r.started && at >= r.options.From {
		r.started = true
		for _, s := range r.sides {
			for source, n := range s.late() {
				s.count(source, true).Late = n
			}
		}
	}
	if r.options.Progress != nil {
		r.options.Progress(Progress{At: at, Rows: r.rows})
	}
}

func (s *side) outcome(r *running) Outcome {
	s.settle()
	for source, n := range s.late() {
		s.count(source, false).Late = n - s.count(source, true).Late
	}
	o := Outcome{First: r.first, Entities: s.judge.list(s.reads)}
	o.Situations, o.Failures = s.found()
	for _, source := range slices.Sorted(maps.Keys(s.counts)) {
		o.Sources = append(o.Sources, *s.counts[source])
	}
	return o
}

// list is the entities of the types that rules read, by id.
func (j *Judge) list(reads func(city.EntityType) bool) []Entity {
	var out []Entity
	for id, k := range j.entities {
		if reads(k.kind) {
			out = append(out, Entity{ID: id, Type: k.kind, Name: k.name, Place: k.place})
		}
	}
	slices.SortFunc(out, func(a, b Entity) int { return strings.Compare(string(a.ID), string(b.ID)) })
	return out
}
