package backtest

import (
	"cmp"
	"maps"
	"slices"

	"citybrain/city"
	"citybrain/pack"
	"citybrain/rule"
)

// mostCrews is how many engines share the rules of a version. It does not depend
// on the machine, so that nothing that is said does.
const mostCrews = 2

// crew is some of a version's rules in an engine of their own, run by a
// goroutine behind the one that reads and judges.
type crew struct {
	desk  *Desk
	queue chan queued // nil: the rules run at once, since rows do not outlive the call
	done  chan struct{}
}

// queued is a batch for the rules, or a question to them.
type queued struct {
	batch city.Batch
	ask   func()
}

// queueLength bounds the batches between judge and rules.
const queueLength = 8

// newCrews divides the rules so that those that ask for situations of each other
// stay together: then each engine finds what one engine for all would find.
func newCrews(v Version, apart bool) []*crew {
	var out []*crew
	for _, rules := range divided(v.Rules, mostCrews) {
		out = append(out, newCrew(v.City, rules, apart))
	}
	return out
}

func newCrew(c *pack.City, rules []*rule.Rule, apart bool) *crew {
	w := &crew{desk: NewDesk(c, rules)}
	if !apart {
		return w
	}
	w.queue, w.done = make(chan queued, queueLength), make(chan struct{})
	go func() {
		defer close(w.done)
		for q := range w.queue {
			if q.ask != nil {
				q.ask()
				continue
			}
			w.desk.Apply(&q.batch)
		}
	}()
	return w
}

// divided puts rules into at most n groups of about the same work.
func divided(rules []*rule.Rule, n int) [][]*rule.Rule {
	var bonds [][]*rule.Rule
	for _, r := range rules {
		mine := []*rule.Rule{r}
		bonds = slices.DeleteFunc(bonds, func(group []*rule.Rule) bool {
			bound := slices.ContainsFunc(group, func(o *rule.Rule) bool { return joins(r, o) || joins(o, r) })
			if bound {
				mine = append(mine, group...)
			}
			return bound
		})
		bonds = append(bonds, mine)
	}
	slices.SortStableFunc(bonds, func(a, b []*rule.Rule) int {
		return cmp.Or(cmp.Compare(work(b), work(a)), cmp.Compare(a[0].ID(), b[0].ID()))
	})
	out := make([][]*rule.Rule, min(n, len(bonds)))
	for _, group := range bonds {
		least := slices.IndexFunc(out, func(o []*rule.Rule) bool {
			return work(o) == work(slices.MinFunc(out, func(a, b []*rule.Rule) int { return work(a) - work(b) }))
		})
		out[least] = append(out[least], group...)
	}
	return out
}

// work is a rough measure of what rules cost: named values most.
func work(rules []*rule.Rule) (n int) {
	for _, r := range rules {
		n += 2 + 3*len(r.Spec().Let) + len(situationsOf(r))
	}
	return n
}

func (w *crew) apply(b city.Batch) {
	if w.queue == nil {
		w.desk.Apply(&b)
		return
	}
	w.queue <- queued{batch: b}
}

// late asks the rules how many readings were too late so far.
func (w *crew) late() (late map[city.SourceID]int64) {
	if w.queue == nil {
		return w.desk.Late()
	}
	answered := make(chan struct{})
	w.queue <- queued{ask: func() {
		late = w.desk.Late()
		close(answered)
	}}
	<-answered
	return late
}

// settle waits until the rules have taken everything.
func (w *crew) settle() {
	if w.queue != nil {
		close(w.queue)
		<-w.done
		w.queue = nil
	}
}

// late is how many readings of each source were too late. Engines that look at
// the same readings count the same ones.
func (s *side) late() map[city.SourceID]int64 {
	late := map[city.SourceID]int64{}
	for _, w := range s.crews {
		for source, n := range w.late() {
			late[source] = max(late[source], n)
		}
	}
	return late
}

// found lists the situations of all crews.
func (s *side) found() (Situations, map[city.RuleID]int64) {
	failures := map[city.RuleID]int64{}
	desks := make([]*Desk, len(s.crews))
	for i, w := range s.crews {
		desks[i] = w.desk
		maps.Copy(failures, w.desk.Failures())
	}
	return inOrder(desks...), failures
}

// reads says whether any crew reads entities of a type.
func (s *side) reads(t city.EntityType) bool {
	return slices.ContainsFunc(s.crews, func(w *crew) bool { return w.desk.Reads(t) })
}
