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

// changedFiles says which files are others than those by which the records were
// made.
type changedFiles struct{ rules, alarms bool }

// findChanged finds what has changed since the last start, and numbers what
// follows above all that was said before.
func (a *App) findChanged(ctx context.Context) (c changedFiles, err error) {
	if c.rules, err = a.rulesChanged(ctx); err != nil {
		return c, err
	}
	if c.alarms, err = a.alarmsChanged(ctx); err != nil {
		return c, err
	}
	if c.rules || c.alarms {
		err = a.renumber(ctx, c.rules)
	}
	return c, err
}

// settle makes the records those of the files of now, after the log has been read.
func (a *App) settle(ctx context.Context, c changedFiles) error {
	if c.rules {
		if err := a.settleRules(ctx); err != nil {
			return err
		}
	}
	if c.alarms {
		return a.settleAlarms(ctx)
	}
	return nil
}

// renumber lets changed rules number what they find, and the panel what it says
// of it, above everything that was recorded; with rules false only the alarm
// files have changed. The state that they start from may be older than the last
// situation recorded: without this, what they find next would bear numbers that
// casework and listeners have seen already.
func (a *App) renumber(ctx context.Context, rules bool) error {
	last, err := a.lastSaid(ctx)
	if err != nil {
		return err
	}
	change, err := a.store.LastSituationChange(ctx)
	if err != nil {
		return err
	}
	if rules {
		a.engine.ContinueAfter(max(change, last))
	}
	a.panel.ContinueAfter(last)
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
	if err := a.saveRules(ctx); err != nil {
		return err
	}
	return a.store.SaveFact(ctx, factRules, rule.Fingerprint(a.City.Rules()))
}
