package app

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"time"

	"citybrain/api/admin"
	"citybrain/backtest"
	"citybrain/city"
	"citybrain/internal/strictyaml"
	"citybrain/internal/wire"
	"citybrain/pack"
	"citybrain/rule"
)

// Explain implements admin.Rules: between two batches.
func (s status) Explain(ctx context.Context, id city.RuleID, entity city.EntityID) (x rule.Explanation, err error) {
	done := make(chan struct{})
	work := func() {
		defer close(done)
		x, err = s.a.follower.engine.Explain(id, entity)
	}
	select {
	case s.a.follower.queue <- followed{between: work}:
	case <-ctx.Done():
		return x, ctx.Err()
	}
	<-done
	return x, err
}

// Costs implements admin.Rules, as of the last tick.
func (s status) Costs() []rule.Cost {
	if costs := s.a.follower.costs.Load(); costs != nil {
		return *costs
	}
	return nil
}

// noteCosts publishes what the rules have cost, and says in the program's log
// which rules begin or end being throttled.
func (f *follower) noteCosts() {
	before := map[city.RuleID]bool{}
	if known := f.costs.Load(); known != nil {
		for _, c := range *known {
			before[c.Rule] = c.Throttled
		}
	}
	costs := f.engine.Costs()
	for _, c := range costs {
		switch {
		case c.Throttled && !before[c.Rule]:
			f.logger.Warn("a rule has become expensive and is throttled: it passes readings over, other rules do not", "rule", c.Rule, "since", c.Since, "until", c.Until, "behind", c.Behind)
		case !c.Throttled && before[c.Rule]:
			f.logger.Info("a rule is no longer throttled", "rule", c.Rule, "not looked at", c.NotLooked)
		}
	}
	f.costs.Store(&costs)
}

// ruleTimer gives the time that has passed since the program began, for
// rule.Options.Timer.
func ruleTimer() func() time.Duration {
	begun := time.Now()
	return func() time.Duration { return time.Since(begun) }
}

// Explaining asks, from a data folder, why a rule raised on an entity or why not.
type Explaining struct {
	City, Packs   string // folders of the definition; Packs "": beside the city
	Data, Records string
	Rule          string // pack/rule, or the rule's name where only one pack has it
	Entity        string
	At            string // RFC 3339; "": as of the last checkpoint in the folder
	Warmup        string // At: how long before it reading begins
}

const opExplain = "app.Explain"

// Explanation is an explanation as text and as JSON.
type Explanation struct{ of rule.Explanation }

// Text is the explanation for a terminal, in a language ("zh" or "en").
func (x *Explanation) Text(language string) string { return x.of.Text(language) }

// JSON is the explanation as the interface gives it, indented.
func (x *Explanation) JSON() ([]byte, error) {
	text, err := wire.Marshal(admin.ExplanationOf(&x.of))
	if err != nil {
		return nil, err
	}
	return wire.Indent(text)
}

// Run explains. It reads only, also while the city runs on the folder; what was
// received after the last checkpoint is not seen then.
func (x Explaining) Run(ctx context.Context) (*Explanation, error) {
	for field, value := range map[string]string{"city": x.City, "data": x.Data, "rule": x.Rule, "entity": x.Entity} {
		if value == "" {
			return nil, city.InvalidField(opExplain, field, "is not set")
		}
	}
	definition, err := LoadCity(Config{City: x.City, Packs: x.Packs})
	if err != nil {
		return nil, err
	}
	id, err := x.rule(definition)
	if err != nil {
		return nil, err
	}
	var engine *rule.Engine
	if x.At == "" {
		engine, err = x.stored(ctx, definition)
	} else {
		engine, err = x.past(ctx, id)
	}
	if err != nil {
		return nil, err
	}
	out, err := engine.Explain(id, city.EntityID(x.Entity))
	return &Explanation{of: out}, err
}

// rule finds the rule that is meant.
func (x Explaining) rule(c *pack.City) (city.RuleID, error) {
	var found []string
	for _, r := range c.Rules() {
		if string(r.ID()) == x.Rule {
			return r.ID(), nil
		}
		if r.Name() == x.Rule {
			found = append(found, string(r.ID()))
		}
	}
	switch len(found) {
	case 1:
		return city.RuleID(found[0]), nil
	case 0:
		return "", city.InvalidField(opExplain, "rule", "the city has no rule %q", x.Rule)
	}
	return "", city.InvalidField(opExplain, "rule", "%q is a rule of several packs: %s", x.Rule, strings.Join(found, ", "))
}

// stored is the engine as of the last checkpoint.
func (x Explaining) stored(ctx context.Context, c *pack.City) (*rule.Engine, error) {
	store, err := readRecords(ctx, x.Data, x.Records)
	if err != nil {
		return nil, err
	}
	defer store.Close()
	owner, err := store.Fact(ctx, factCity)
	if err != nil {
		return nil, err
	}
	if name := filepath.Base(absolute(x.City)); owner != name {
		return nil, city.InvalidField(opExplain, "data", "the folder %s belongs to the city %q, not to %q", x.Data, owner, name)
	}
	_, state, err := store.LoadRules(ctx)
	if err != nil {
		return nil, err
	}
	if len(state) == 0 {
		return nil, city.Errorf(city.NotFound, opExplain, "the folder %s holds no checkpoint of the rules yet; ask the running city instead: /api/v1/rules/%s/explain", x.Data, x.Rule)
	}
	engine := rule.New(c.Rules(), c.RuleOptions())
	return engine, engine.Restore(state)
}

// past is the engine as it was at an instant, from the sealed days of the folder.
func (x Explaining) past(ctx context.Context, id city.RuleID) (*rule.Engine, error) {
	at, err := city.ParseInstant(x.At)
	if err != nil {
		return nil, city.InvalidField(opExplain, "at", "%v", err)
	}
	warmup, err := strictyaml.ParseDuration(orDefault(x.Warmup))
	if err != nil {
		return nil, city.InvalidField(opExplain, "warmup", "%v", err)
	}
	if info, err := os.Stat(x.Data); err != nil || !info.IsDir() {
		return nil, city.InvalidField(opExplain, "data", "%s is not a folder", x.Data)
	}
	t, err := Backtest{City: x.City, PackDir: x.Packs, Data: x.Data, Records: x.Records, Rules: []string{string(id)},
		From: at.Add(-time.Second).String(), Until: at.String(), Warmup: warmup.String()}.prepare()
	if err != nil {
		return nil, err
	}
	source, err := t.open(ctx)
	if e := (*city.Error)(nil); errors.As(err, &e) && e.Field == "from" {
		return nil, city.InvalidField(opExplain, "at", "%s", e.Detail)
	}
	if err != nil {
		return nil, err
	}
	defer source.close()
	desk := backtest.NewDesk(t.tried.City, t.tried.Rules)
	if err := source.Play(ctx, city.Interval{From: t.options.Begin, To: at}, &deskGate{desk}); err != nil {
		return nil, err
	}
	return desk.Engine(), nil
}

func orDefault(warmup string) string {
	if warmup == "" {
		return DefaultWarmup
	}
	return warmup
}

// deskGate takes rows of the past, which were judged when they came.
type deskGate struct{ desk *backtest.Desk }

// Take implements backtest.Gate.
func (g *deskGate) Take(changes []city.Change) {
	for i := range changes {
		g.desk.Admit(&changes[i])
	}
	g.desk.Apply(&city.Batch{Changes: changes})
}

// Tick implements backtest.Gate.
func (g *deskGate) Tick(at city.Instant) { g.desk.Apply(&city.Batch{Clock: at, Tick: true}) }
