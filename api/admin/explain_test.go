package admin

import (
	"context"
	"strings"
	"testing"

	"citybrain/city"
	"citybrain/rule"
)

// knowing answers for the rules.
type knowing struct{}

func (knowing) Explain(_ context.Context, id city.RuleID, entity city.EntityID) (rule.Explanation, error) {
	return rule.Explanation{Rule: id, Entity: entity, Of: entity, Now: noon, Verdict: city.Names{ZH: "条件不成立", EN: "the condition does not hold"},
		Up: &city.Situation{ID: "s", Rule: id, Entity: entity, Severity: city.Minor, RaisedAt: noon},
		Findings: []rule.Finding{{Part: rule.PartWhen, Name: "a > 5", Holds: rule.HoldsNo, Text: city.Names{ZH: "不", EN: "no"},
			Parts: []rule.Finding{{Part: rule.PartAttribute, Name: "a", Value: "4"}}}}}, nil
}

func (knowing) Costs() []rule.Cost {
	return []rule.Cost{{Rule: "p/r", Throttled: true, Since: noon, Until: noon.Add(90e9), Work: 700, Behind: 12, Room: 10, NotLooked: 3, Times: 1}, {Rule: "p/s", Work: 5}}
}

func TestExplainRule(t *testing.T) {
	h, _ := newFake(t)
	want(t, h, 503, "GET /api/v1/rules/r/explain?entity=urn:x:1", "")
	h.Rules = knowing{}
	for _, name := range []string{"r", "p%2Fr"} {
		want(t, h, 200, "GET /api/v1/rules/"+name+"/explain?entity=urn:x:1", "", `"rule":"p/r","entity":"urn:x:1"`, `"asOf":"2014-08-11T12:00:00Z","raised":true,"situation":{"id":"s"`,
			`"verdict":{"zh":"条件不成立","en":"the condition does not hold"}`, `"findings":[{"part":"when","name":"a > 5","holds":"no","text":{"zh":"不","en":"no"},"parts":[{"part":"attribute","name":"a","value":"4"`)
	}
	want(t, h, 400, "GET /api/v1/rules/r/explain", "", "entity")
	want(t, h, 400, "GET /api/v1/rules/none/explain?entity=urn:x:1", "", "none")
	want(t, h, 400, "GET /api/v1/rules/r/explain?entity=no%20uri", "", `"field":"entity"`)
	want(t, h, 400, "GET /api/v1/rules/s/explain?entity=urn:x:1", "", "q/s")
}

func TestThrottledRulesAreNamed(t *testing.T) {
	h, _ := newFake(t)
	if w := want(t, h, 200, "GET /api/v1/rules", ""); strings.Contains(w.Body.String(), "throttled") {
		t.Error("no rule is throttled")
	}
	h.Rules = knowing{}
	w := want(t, h, 200, "GET /api/v1/rules", "", `"cost":{"work":700,"behind":12,"room":10,"notLooked":3,"times":1},"throttled":{"since":"2014-08-11T12:00:00Z","until":"2014-08-11T12:01:30Z","behind":12,"notLooked":3,"times":1}`)
	if strings.Count(w.Body.String(), "throttled") != 1 {
		t.Errorf("one rule is throttled: %s", w.Body)
	}
}
