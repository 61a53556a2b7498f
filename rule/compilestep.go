package rule

import (
	"errors"
	"strings"

	"citybrain/city"
	"citybrain/rule/pattern"
)

// step is a checked step of a sequence.
type step struct {
	spec   Step
	when   *expr
	by     selector // of an entity of another type
	own    []city.AttributeName
	theirs []city.AttributeName
}

// foreign says whether the step comes from another entity than the rule's.
func (t *step) foreign() bool { return t.spec.Type != "" }

// pattern checks what raises: a condition, an absence, a sequence, a number of
// times or a stay.
func (c *compiler) pattern(s *Spec, r *Rule) {
	var forms []string
	for _, key := range []string{"absent", "sequence", "repeat", "dwell"} {
		if s.Has(key) {
			forms = append(forms, key)
		}
	}
	if len(forms) > 1 {
		c.fault(s.Fault(forms[1], "pattern", "write two rules", "%s and %s cannot stand together", forms[0], forms[1]))
		return
	}
	c.span(s, "expires", s.Expires)
	c.procedure(s)
	if len(forms) == 0 || forms[0] == "repeat" {
		if s.When == "" {
			c.fault(s.Fault("when", "missing-key", "write a condition (when) or a time without readings (absent)", "rule %s has no condition", s.Name))
		}
	}
	if len(forms) == 0 || forms[0] == "absent" {
		return
	}
	for _, key := range []string{"for", "readings", "near", "related", "any", "all"} {
		if s.Has(key) {
			c.fault(s.Fault(key, "pattern", "", "%s cannot stand beside %s", key, forms[0]))
		}
	}
	switch forms[0] {
	case "sequence":
		c.sequence(s, r)
	case "repeat":
		c.repeat(s)
	case "dwell":
		c.dwell(s)
	}
}

func (c *compiler) repeat(s *Spec) {
	p := s.Repeat
	if p == nil || p.Line == 0 {
		return
	}
	shape := pattern.Repeat{Times: p.Times, Within: p.Within}
	if err := shape.Check(); err != nil && p.Has("times") && p.Has("within") {
		c.patternFault(p.Fault, err)
	}
}

func (c *compiler) dwell(s *Spec) {
	p := s.Dwell
	if p == nil || p.Line == 0 {
		return
	}
	if p.Has("area") {
		c.areaName(p.Area, "id of an area", func(hint, text string) city.Fault { return p.Fault("area", "area", hint, "%s", text) })
	}
	shape := pattern.Dwell{For: p.For, Gap: p.Gap}
	if err := shape.Check(); err != nil && p.Has("for") {
		c.patternFault(p.Fault, err)
	}
	if s.Has("clear") {
		c.fault(s.Fault("clear", "pattern", "leaving the area clears", "clear cannot stand beside dwell"))
	}
}

func (c *compiler) procedure(s *Spec) {
	if s.Has("procedure") && !rulePattern.MatchString(s.Procedure) {
		c.fault(s.Fault("procedure", "procedure", "the name of a procedure of this pack", "%q is not the name of a procedure", s.Procedure))
	}
}

func (c *compiler) sequence(s *Spec, r *Rule) {
	if s.Has("when") {
		c.fault(s.Fault("when", "pattern", "the first step has the condition", "when cannot stand beside sequence"))
	}
	if !s.Has("clear") && !s.Has("expires") {
		c.fault(s.Fault("sequence", "bound", "write clear: a condition, or expires: 2h", "nothing says when a situation of the sequence ends"))
	}
	for i := range s.Sequence {
		r.steps = append(r.steps, c.step(s, i))
	}
	shape := r.sequence()
	if err := shape.Check(); err != nil && !hasStepFaults(c.faults, s) {
		c.patternFault(func(_, rule, hint, format string, args ...any) city.Fault {
			return s.Fault("sequence", rule, hint, format, args...)
		}, err)
	}
}

// hasStepFaults says whether something was said of the steps already.
func hasStepFaults(fs city.Faults, s *Spec) bool {
	for _, f := range fs {
		if n := len(s.Sequence); f.File == s.File && n > 0 && f.Line >= s.Sequence[0].Line && f.Line <= s.Sequence[n-1].Line {
			return true
		}
	}
	return false
}

// patternFault is a fault that package pattern found.
func (c *compiler) patternFault(at faultAt, err error) {
	var e *city.Error
	if !errors.As(err, &e) {
		c.fault(at("", "pattern", "", "%s", err))
		return
	}
	what, hint, _ := strings.Cut(e.Detail, ": ")
	c.fault(at(e.Field, "bound", hint, "%s", what))
}

// sequence is the shape of the rule's steps.
func (r *Rule) sequence() pattern.Sequence {
	var q pattern.Sequence
	for _, t := range r.steps {
		q.Steps = append(q.Steps, pattern.Step{Not: t.spec.Not, Within: t.spec.Within})
	}
	return q
}

func (c *compiler) step(s *Spec, i int) *step {
	t := &step{spec: s.Sequence[i]}
	p := &t.spec
	at := exprAt{key: "when", name: "when", fault: p.Fault, foreign: p.Type != ""}
	if p.When != "" {
		sc := scope{want: city.Bool}
		if p.Type == "" {
			sc.lets = letKinds(s)
		}
		t.when = c.expression(s, at, p.When, sc)
	}
	switch {
	case i == 0 && (p.Type != "" || p.Not || p.Has("within")):
		c.fault(p.Fault("", "sequence", "the first step is a reading of the rule's entity", "the first step has type, not or within"))
	case i > 0 && !p.Has("within") && (!p.Not || i == len(s.Sequence)-1):
		c.fault(p.Fault("", "bound", "within: 10m, counted from the step before", "step %d has no bound", i+1))
	}
	c.stepOthers(s, t)
	return t
}

func (c *compiler) stepOthers(s *Spec, t *step) {
	p := &t.spec
	var found []string
	for _, key := range []string{"near", "on", "through", "back"} {
		if p.Has(key) {
			found = append(found, key)
		}
	}
	const hint = "type: Unit with near: 300 m, on: {own: theirs}, through or back"
	switch {
	case p.Type == "" && len(found) > 0:
		c.fault(p.Fault(found[0], "sequence", hint, "%s wants type", found[0]))
		return
	case p.Type == "":
		return
	case len(found) != 1:
		c.fault(p.Fault("type", "bound", hint, "the step has %d of near, on, through and back, want one", len(found)))
		return
	}
	if why := city.CheckName(string(p.Type)); why != "" {
		c.fault(p.Fault("type", "entity-type", "", "type %s", why))
	}
	if s.Key != nil {
		c.fault(p.Fault("type", "key", "", "a step of another type cannot stand beside key"))
	}
	if p.Near > 1_000_000 {
		c.fault(p.Fault("near", "range", "", "near is %s, the limit is 1000 km", p.Near))
	}
	t.by = map[string]selector{"near": byDistance, "on": byValue, "through": byOwnRelation, "back": byTheirRelation}[found[0]]
	for own, theirs := range p.On {
		t.own, t.theirs = append(t.own, own), append(t.theirs, theirs)
	}
	sortPairs(t.own, t.theirs)
	if t.by == byValue && (len(p.On) == 0 || len(p.On) > 4) {
		c.fault(p.Fault("on", "join", "on: {household: household}", "on has %d pairs of attributes, want 1 to 4", len(p.On)))
	}
}
