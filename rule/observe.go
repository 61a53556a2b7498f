package rule

import "citybrain/city"

// Holding is one evaluation of a rule that holds: what it is of, and what would
// be the evidence of a situation.
type Holding struct {
	Rule     city.RuleID
	Entity   city.EntityID // as of a situation
	At       city.Instant  // of the reading, or when the clock found it
	Evidence []city.Evidence
}

// Observe has f called, within Apply, for each evaluation of a rule that holds,
// also while its situation is up already; of what the clock finds, when it is
// raised. It is for measuring: rules give the same situations with and without.
// nil: nobody.
func (e *Engine) Observe(f func(Holding)) { e.observe = f }

func (e *Engine) observed(p *runner, h *entity, at city.Instant, evidence []city.Evidence) {
	if e.observe != nil && e.redo == nil {
		e.observe(Holding{Rule: p.rule.id, Entity: h.id, At: at, Evidence: evidence})
	}
}
