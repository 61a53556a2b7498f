package app

import (
	"context"

	"citybrain/city"
	"citybrain/rule"
	"citybrain/store/sqlstore"
)

// factRules is the fingerprint of the rules whose state the records hold.
const factRules = "rules"

// rulesChanged says whether the rules are others than those whose situations
// were recorded. It stays so until settleRules.
func (a *App) rulesChanged(ctx context.Context) (bool, error) {
	known, err := a.store.Fact(ctx, factRules)
	if err != nil {
		return false, err
	}
	if known == "" {
		return false, a.store.SaveFact(ctx, factRules, rule.Fingerprint(a.City.Rules()))
	}
	return known != rule.Fingerprint(a.City.Rules()), nil
}

// renumber lets changed rules number what they find above everything that was
// recorded. The state that they start from may be older than the last situation
// recorded: without this, what they find next would bear numbers that casework
// and listeners have seen already.
func (a *App) renumber(ctx context.Context) error {
	last, err := a.store.LastSituationChange(ctx)
	if err != nil {
		return err
	}
	for _, consumer := range []string{raisedConsumer, clearedConsumer} {
		taken, err := a.store.Position(ctx, consumer)
		if err != nil {
			return err
		}
		last = max(last, uint64(taken))
	}
	a.engine.ContinueAfter(last)
	return nil
}

// settleRules clears, after the log has been read with changed rules, what is
// recorded as up and was not found again, and then makes the fingerprint that of
// the rules of now.
func (a *App) settleRules(ctx context.Context) error {
	if err := a.follower.flush(ctx); err != nil {
		return err
	}
	found := map[city.SituationID]bool{}
	for _, s := range a.engine.Up() {
		found[s.ID] = true
	}
	q := sqlstore.SituationQuery{State: sqlstore.Up, Limit: sqlstore.MaxPage}
	for {
		page, err := a.store.Situations(ctx, q)
		if err != nil {
			return err
		}
		for i := range page {
			if !found[page[i].ID] {
				a.engine.Adopt(page[i])
			}
		}
		if len(page) < q.Limit {
			break
		}
		q.After = sqlstore.CursorOf(&page[len(page)-1])
	}
	state, err := a.engine.Snapshot()
	if err != nil {
		return err
	}
	if err := a.log.Sync(); err != nil {
		return err
	}
	if err := a.store.SaveRules(ctx, a.engine.Position(), state, nil); err != nil {
		return err
	}
	return a.store.SaveFact(ctx, factRules, rule.Fingerprint(a.City.Rules()))
}
