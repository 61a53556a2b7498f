package packtest

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/pack"
)

// ownerName stands for the agency that brings an entity's data.
const ownerName = "owner"

// casesOf lists the cases that the pack's procedures open for a story's
// situations, given each of their changes in order. Agencies are called by the
// roles that the procedures ask for.
func (s *story) casesOf(p *pack.Pack, changes []city.Situation) ([]casework.Case, error) {
	procedures, faults := casework.NewProcedures(p.Procedures, casework.Resolver{
		RoleAgency: func(role string) (city.AgencyID, bool) { return city.AgencyID(role), true },
		Owner:      func(city.EntityID) (city.AgencyID, bool) { return ownerName, true },
		Chosen:     p.Chosen(),
		TypeOf: func(id city.EntityID) (city.EntityType, bool) {
			t, ok := s.types[shortID(id)]
			return t, ok
		},
	})
	if len(faults) > 0 {
		return nil, faults.Err()
	}
	book := &caseBook{}
	desk := casework.Desk{Records: book, Procedures: procedures}
	for _, change := range changes {
		if err := desk.Take(context.Background(), withURIs(change)); err != nil {
			return nil, err
		}
	}
	return book.cases, nil
}

// storyScheme makes a URI of an id that a story wrote short, such as G.
const storyScheme = "story:"

func longID(id city.EntityID) city.EntityID {
	if city.CheckEntityID(id) == "" {
		return id
	}
	return storyScheme + id
}

func shortID(id city.EntityID) string { return strings.TrimPrefix(string(id), storyScheme) }

// withURIs is a situation with the ids that a case wants.
func withURIs(s city.Situation) city.Situation {
	s.Entity = longID(s.Entity)
	s.Evidence = slices.Clone(s.Evidence)
	for i := range s.Evidence {
		s.Evidence[i].Entity = longID(s.Evidence[i].Entity)
	}
	return s
}

// caseBook keeps the cases of one story in memory, in the order in which they
// were opened. Only what taking a situation asks of records is there.
type caseBook struct{ cases []casework.Case }

// Save stores cases; nobody else writes, so that no version is ever stale.
func (b *caseBook) Save(_ context.Context, changes ...casework.Change) ([]casework.Case, error) {
	out := make([]casework.Case, len(changes))
	for i, c := range changes {
		out[i] = c.Case
		if k := b.index(c.Case.ID); k >= 0 {
			b.cases[k] = c.Case
		} else {
			b.cases = append(b.cases, c.Case)
		}
	}
	return out, nil
}

func (b *caseBook) index(id casework.CaseID) int {
	return slices.IndexFunc(b.cases, func(c casework.Case) bool { return c.ID == id })
}

// Case is the case with an id, or NotFound.
func (b *caseBook) Case(_ context.Context, id casework.CaseID) (casework.Case, error) {
	if k := b.index(id); k >= 0 {
		return b.cases[k], nil
	}
	return casework.Case{}, city.Errorf(city.NotFound, "packtest", "no case %s", id)
}

// Cases lists the cases of a situation.
func (b *caseBook) Cases(_ context.Context, q casework.Query) (found []casework.Case, err error) {
	for _, c := range b.cases {
		if q.Situation == "" || c.Situation.ID == q.Situation {
			found = append(found, c)
		}
	}
	return found, nil
}

// Count is how many cases a situation has.
func (b *caseBook) Count(ctx context.Context, q casework.Query) (int, error) {
	found, err := b.Cases(ctx, q)
	return len(found), err
}

// Moves lists nothing: a story has no timeline.
func (b *caseBook) Moves(context.Context, casework.CaseID, int64) ([]casework.StoredMove, error) {
	return nil, nil
}

// CaseChanges lists nothing: nobody follows a story.
func (b *caseBook) CaseChanges(context.Context, uint64, int) ([]casework.Case, error) {
	return nil, nil
}

// line is the expectation as text.
func (x *caseExpectation) line(start city.Instant) string {
	w := caseWords{procedure: x.Procedure, entity: x.ID, opened: x.Opened.from(start), kind: x.Kind, severity: x.Severity,
		state: x.State, lead: x.Lead, closed: x.Closed}
	if x.Has("assist") {
		w.assist = strings.Join(slices.Sorted(slices.Values(x.Assist)), ", ")
		w.assisted = true
	}
	if x.Has("due") {
		w.due = x.Due.from(start)
	}
	if x.Has("cleared") {
		w.cleared = x.Cleared.from(start)
	}
	return w.text(start)
}

// lineOf is a case as text, with those parts that x states.
func (x *caseExpectation) lineOf(c *casework.Case, start city.Instant) string {
	w := wordsOf(c)
	for _, part := range []struct {
		key   string
		words *string
	}{{"kind", &w.kind}, {"severity", &w.severity}, {"state", &w.state}, {"lead", &w.lead}} {
		if !x.Has(part.key) {
			*part.words = ""
		}
	}
	w.assisted = x.Has("assist")
	if !x.Has("due") {
		w.due = 0
	}
	return w.text(start)
}

// caseWords is what is said of a case; what is "" is not said.
type caseWords struct {
	procedure, entity, kind, severity, state string
	lead, assist, closed                     string
	assisted                                 bool // whether assist is said
	opened, due, cleared                     city.Instant
}

func wordsOf(c *casework.Case) caseWords {
	_, name, _ := strings.Cut(c.Procedure, "/")
	w := caseWords{procedure: name, entity: shortID(c.Entity), kind: c.Kind, severity: c.Severity.String(), state: string(c.State),
		closed: string(c.Outcome), assisted: true, opened: c.OpenedAt, due: c.Deadline, cleared: c.Situation.ClearedAt}
	var assist []string
	for _, t := range c.Tasks {
		if t.Lead {
			w.lead = string(t.Agency)
		} else {
			assist = append(assist, string(t.Agency))
		}
	}
	slices.Sort(assist)
	w.assist = strings.Join(assist, ", ")
	return w
}

func (w *caseWords) text(start city.Instant) string {
	var b strings.Builder
	fmt.Fprintf(&b, "case %s of %s opened %s", w.procedure, w.entity, when(w.opened, start))
	for _, part := range []struct{ name, words string }{{"kind", w.kind}, {"severity", w.severity}, {"state", w.state}, {"lead", w.lead}} {
		if part.words != "" {
			fmt.Fprintf(&b, ", %s %s", part.name, part.words)
		}
	}
	if w.assisted {
		fmt.Fprintf(&b, ", assist [%s]", w.assist)
	}
	if w.due != 0 {
		fmt.Fprintf(&b, ", due %s", when(w.due, start))
	}
	if w.cleared != 0 {
		fmt.Fprintf(&b, ", cleared %s", when(w.cleared, start))
	}
	if w.closed != "" {
		fmt.Fprintf(&b, ", closed (%s)", w.closed)
	}
	return b.String()
}
