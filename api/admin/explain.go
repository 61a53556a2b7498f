package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/api/situation"
	"citybrain/city"
	"citybrain/rule"
)

// Rules tell what the rules know and cost now.
type Rules interface {
	// Explain says why a rule raised on an entity or why not. NotFound if there is
	// no such rule.
	Explain(ctx context.Context, id city.RuleID, entity city.EntityID) (rule.Explanation, error)
	// Costs is what the rules that can become expensive have cost, by rule.
	Costs() []rule.Cost
}

// ExplanationBody says why a rule has a situation up on an entity, or why not.
type ExplanationBody struct {
	Rule      string              `json:"rule" example:"parking-relief/road-congestion"`
	Entity    string              `json:"entity" doc:"That was asked about" example:"urn:ngsi-ld:RoadSegment:158324"`
	Of        string              `json:"of,omitempty" doc:"What situations are of: the entity or, for a rule with a key, its group"`
	AsOf      string              `json:"asOf,omitempty" format:"date-time" doc:"The rules have taken everything before it"`
	Reading   string              `json:"reading,omitempty" format:"date-time" doc:"The last reading of the entity"`
	Raised    bool                `json:"raised" doc:"A situation is up"`
	Situation *situation.Document `json:"situation,omitempty"`
	Verdict   Sentence            `json:"verdict" doc:"In one sentence"`
	Findings  []FindingBody       `json:"findings" doc:"What was looked at, in the order in which the rule does"`
}

// Sentence is a text in both languages.
type Sentence struct {
	ZH string `json:"zh" doc:"中文"`
	EN string `json:"en" doc:"English"`
}

// FindingBody is one thing that a rule looks at.
type FindingBody struct {
	Part  string        `json:"part" doc:"What it is about" enum:"situation,reading,throttled,area,where,key,unless,value,when,clear,attribute,other,row,absent,sequence,repeat,dwell,except,join,expires"`
	Name  string        `json:"name,omitempty" doc:"Of a value, an entity, a part of a condition"`
	Holds string        `json:"holds,omitempty" enum:"yes,no,unknown" doc:"unknown: a value is missing; absent: it is no question"`
	Value string        `json:"value,omitempty" doc:"As it is shown"`
	Text  Sentence      `json:"text" doc:"Plain text: never markup"`
	Parts []FindingBody `json:"parts" doc:"What it consists of"`
}

// CostBody is what a rule has cost, in units of work, as of the last tick.
type CostBody struct {
	Work      int64 `json:"work" doc:"Units of work, ever"`
	Behind    int64 `json:"behind" doc:"Units that its budget has not covered yet"`
	Room      int64 `json:"room" doc:"So many units it may be behind; beyond them it is throttled"`
	NotLooked int64 `json:"notLooked" doc:"Readings that were passed over, ever"`
	Times     int64 `json:"times" doc:"How often the rule was throttled"`
}

// ThrottledBody says since when a rule passes readings over, and why.
type ThrottledBody struct {
	Since     string `json:"since" format:"date-time"`
	Until     string `json:"until" format:"date-time" doc:"When it looks at readings again"`
	Behind    int64  `json:"behind" doc:"Units of work that its budget has not covered yet"`
	NotLooked int64  `json:"notLooked" doc:"Readings that were passed over, ever"`
	Times     int64  `json:"times" doc:"How often the rule was throttled"`
}

type explainInput struct {
	Rule   string `path:"rule" maxLength:"512" doc:"As pack/rule with the slash written %2F, or without the pack where only one has it" example:"road-congestion"`
	Entity string `query:"entity" required:"true" maxLength:"512" doc:"Its URI; of a rule with a key also a group" example:"urn:ngsi-ld:RoadSegment:158324"`
}

func (h *Handler) explainRoute() {
	op := operation.New("explain-rule", http.MethodGet, "/api/v1/rules/{rule}/explain", "city", "Why a rule raised on an entity, or why not", http.StatusNotFound)
	op.Description = "The last reading of the entity is held against what the rules know now, with the values. Asking changes nothing."
	huma.Register(h.api, op, func(ctx context.Context, in *explainInput) (*operation.Reply[ExplanationBody], error) {
		f := SituationFilter{Rule: city.RuleID(in.Rule), Entity: city.EntityID(in.Entity)}
		err := h.resolve(ctx, &f)
		var x rule.Explanation
		switch {
		case h.Rules == nil:
			err = city.Errorf(city.Unavailable, "admin", "the rules cannot be asked here")
		case err == nil:
			x, err = h.Rules.Explain(ctx, f.Rule, f.Entity)
		}
		if err != nil {
			return nil, operation.Fail(ctx, err)
		}
		return operation.Answer(ExplanationOf(&x)), nil
	})
}

// ExplanationOf is the form of an explanation.
func ExplanationOf(x *rule.Explanation) ExplanationBody {
	b := ExplanationBody{Rule: string(x.Rule), Entity: string(x.Entity), Of: string(x.Of), AsOf: x.Now.String(), Reading: x.Reading.String(),
		Raised: x.Up != nil, Verdict: Sentence(x.Verdict), Findings: findings(x.Findings)}
	if x.Up != nil {
		d := situation.Of(x.Up)
		b.Situation = &d
	}
	return b
}

func findings(list []rule.Finding) []FindingBody {
	out := make([]FindingBody, len(list))
	for i, f := range list {
		out[i] = FindingBody{Part: string(f.Part), Name: f.Name, Holds: string(f.Holds), Value: f.Value, Text: Sentence(f.Text), Parts: findings(f.Parts)}
	}
	return out
}

// ruleList is the rules with what they cost, and what throttles them now.
func (h *Handler) ruleList() RuleList {
	rules := RuleList{Rules: make([]RuleBody, len(h.City.Rules))}
	costs := map[city.RuleID]rule.Cost{}
	if h.Rules != nil {
		for _, c := range h.Rules.Costs() {
			costs[c.Rule] = c
		}
	}
	for i, r := range h.City.Rules {
		b := RuleBody{ID: string(r.ID), Title: form.NamesOf(r.Title), Entity: string(r.Entity), Severity: r.Severity.String(), Reasons: namesByWord(r.Reasons)}
		if c, is := costs[r.ID]; is {
			b.Cost = &CostBody{Work: c.Work, Behind: c.Behind, Room: c.Room, NotLooked: c.NotLooked, Times: c.Times}
			if c.Throttled {
				b.Throttled = &ThrottledBody{Since: c.Since.String(), Until: c.Until.String(), Behind: c.Behind, NotLooked: c.NotLooked, Times: c.Times}
			}
		}
		rules.Rules[i] = b
	}
	return rules
}
