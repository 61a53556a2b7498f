package rule

import (
	"strings"

	"citybrain/city"
)

// The reasons that the engine gives where a rule does not state its own.
const (
	ReasonCondition = "condition"         // raised: a reading met the condition
	ReasonHeld      = "held"              // raised: readings met it for the hold time
	ReasonRepeated  = "repeated"          // raised: as many readings in a row as asked for
	ReasonAbsent    = "absent"            // raised: no reading came
	ReasonNear      = "near "             // raised: followed by the situation or type that a join found
	ReasonRelated   = "related "          // raised: followed by the situation that a join found
	ReasonEnded     = "condition-ended"   // cleared: a reading does not meet the condition
	ReasonClear     = "clear-condition"   // cleared: a reading meets the clear condition
	ReasonReading   = "reading-received"  // cleared: a reading came after an absence
	ReasonUnless    = "unless"            // cleared: the unless condition holds
	ReasonDataFault = "data-fault"        // cleared: the entity became faulty
	ReasonDeleted   = "entity-deleted"    // cleared: the entity was deleted
	ReasonRemoved   = "rule-removed"      // cleared: the rule is no longer there
	ReasonChanged   = "rule-changed"      // cleared: the rule is another than the one that raised
	ReasonSequence  = "sequence"          // raised: the steps came, or did not, one after the other
	ReasonDwell     = "dwell"             // raised: the entity has stayed in the area
	ReasonLeft      = "left"              // cleared: the entity left the area
	ReasonExpired   = "expired"           // cleared: it was up for as long as the rule says
	ReasonNoSubject = "no-subject"        // cleared: the entity is no subject of the rule any more
	noteRow         = "readings in a row" // evidence: how many, and since when
	noteFaulty      = "marked faulty by the quality rules"
)

// whyRaised is the reason for a new situation.
func (p *runner) whyRaised(x *entity, joined string) string {
	switch {
	case p.raised != "":
		return p.raised
	case joined != "":
		return joined
	case p.rule.when != nil && p.rule.when.faulty && x.flags.Quality() != 0:
		return strings.Join(x.flags.Quality().Names(), ", ")
	case p.hold > 0:
		return ReasonHeld
	case p.readings > 1:
		return ReasonRepeated
	}
	return ReasonCondition
}

func (e *Engine) raise(p *runner, x *entity, at city.Instant, reason string, evidence []city.Evidence) {
	s := &city.Situation{
		ID:           city.SituationIDOf(p.rule.id, x.id, at),
		Rule:         p.rule.id,
		Type:         p.rule.spec.Name,
		Entity:       x.id,
		Severity:     p.rule.severity,
		Place:        x.place(),
		RaisedAt:     at,
		RaisedReason: reason,
		Evidence:     evidence,
	}
	x.rows[p.column].up = s
	if e.redo != nil {
		e.redo.raised(p, s)
		return
	}
	if p.back && e.undos.most > 0 {
		x.tell(p.column, at)
	}
	for _, n := range p.near {
		n.insert(s.Place, x)
	}
	e.moved = append(e.moved, move{s, p.index})
	e.observed(p, x, at, evidence)
}

func (e *Engine) clear(p *runner, x *entity, at city.Instant, reason string, evidence []city.Evidence) {
	r := &x.rows[p.column]
	s := r.up
	r.up = nil
	// What was raised stays as it was: it may be taken back to.
	end := *s
	end.ClearedAt, end.ClearedReason, end.ClearEvidence = max(at, s.RaisedAt), reason, evidence
	if e.redo != nil {
		e.redo.cleared(p, s, &end)
		return
	}
	if p.back && e.undos.most > 0 {
		x.untell(p.column, s.RaisedAt, end.ClearedAt)
	}
	for _, n := range p.near {
		n.remove(s.Place, x)
	}
	e.moved = append(e.moved, move{&end, p.index})
}

// evidence are the values that a condition looked at.
func (e *Engine) evidence(p *runner, x *entity, refs []*bound, condition *expr) []city.Evidence {
	out := make([]city.Evidence, 0, len(refs)+1)
	for _, b := range refs {
		if b.sort != refAttribute {
			if b.sort == refLet {
				out = e.letEvidence(out, b)
			}
			continue
		}
		c := e.frame.at(b)
		if c == nil {
			continue
		}
		ev := city.Evidence{Entity: x.id, Attribute: b.name, Value: c.value(), At: c.at, Source: e.sources[c.src]}
		if b.table != nil {
			ev.Entity = city.EntityID(x.cells[b.slot].text())
			ev.Note = "through " + string(b.through)
		}
		out = append(out, ev)
	}
	if condition != nil && condition.faulty {
		ev := city.Evidence{Entity: x.id, Attribute: faultyName, Value: city.BoolOf(x.faulty), At: x.last, Source: e.sources[x.source]}
		if x.faulty {
			ev.Note = noteFaulty
			if names := x.flags.Quality().Names(); len(names) > 0 {
				ev.Note += ": " + strings.Join(names, ", ")
			}
		}
		out = append(out, ev)
	}
	return out
}
