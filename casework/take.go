package casework

import (
	"context"

	"citybrain/city"
)

// ProcedureProgram is the Program of the actor of what procedures do.
const ProcedureProgram = "procedure"

// Take sees to it that what a situation's procedure asks is so: its case is
// opened, filed and, if the procedure is automatic, dispatched, at the time the
// situation was raised; and once the situation has cleared the case notes it.
// Without a procedure it does nothing.
//
// What it asks is so when it returns nil. Taking a situation again, in any order,
// at once, or after a crash at any point, changes nothing more: the case's id
// follows from the situation, and each step looks whether it was made.
func (d *Desk) Take(ctx context.Context, s city.Situation) error {
	p := d.Procedures.For(s.Rule)
	if p == nil {
		return nil
	}
	if err := d.ready(); err != nil {
		return err
	}
	err := d.take(ctx, p, &s)
	for i := 1; i < tries && ctx.Err() == nil && lost(err); i++ {
		err = d.take(ctx, p, &s)
	}
	return d.named(err)
}

// take makes what is missing, once.
func (d *Desk) take(ctx context.Context, p *Procedure, s *city.Situation) error {
	c, err := d.caseOf(ctx, p, s)
	if city.KindOf(err) == city.NotFound {
		change, err := d.openFor(p, s)
		if err == nil {
			_, err = d.save(ctx, change)
		}
		return err
	}
	if err != nil || s.Up() || c.Situation.ClearedAt != 0 {
		return err
	}
	next, m, err := Transition(c, clearing(s), s.ClearedAt)
	if err == nil {
		_, err = d.save(ctx, Change{Case: next, Moves: []Move{m}})
	}
	return err
}

// caseOf is the situation's case, also if another procedure opened it: one that
// had another name before.
func (d *Desk) caseOf(ctx context.Context, p *Procedure, s *city.Situation) (Case, error) {
	c, err := d.Records.Case(ctx, CaseIDOf(p.ID(), s.ID))
	if city.KindOf(err) != city.NotFound {
		return c, err
	}
	list, listErr := d.Records.Cases(ctx, Query{Situation: s.ID, Limit: 1})
	switch {
	case listErr != nil:
		return Case{}, listErr
	case len(list) == 0:
		return Case{}, err
	}
	return list[0], nil
}

// openFor is the change that stores the case of a situation, with everything
// that has happened in it so far.
func (d *Desk) openFor(p *Procedure, s *city.Situation) (Change, error) {
	actor := city.Actor{Program: ProcedureProgram, Name: p.Title}
	o := Opening{Actor: actor, Kind: p.Kind, Title: p.Title, Severity: p.Severity, Place: s.Place, Entity: s.Entity, Limit: p.Limit,
		Procedure: p.ID(), Situation: SituationNote{ID: s.ID, Rule: s.Rule, Type: s.Type, RaisedAt: s.RaisedAt}}
	if o.Severity == 0 {
		o.Severity = s.Severity
	}
	c, m, err := Begin(o, s.RaisedAt)
	if err != nil {
		return Change{}, err
	}
	moves := []Move{m}
	for _, cmd := range d.commands(p, s, actor) {
		at := s.RaisedAt
		if cmd.Verb == Cleared {
			at = s.ClearedAt
		}
		if c, m, err = Transition(c, cmd, at); err != nil {
			return Change{}, err
		}
		moves = append(moves, m)
	}
	return d.opened(c, moves...), nil
}

// commands are the moves of a new case. If nobody leads it waits for the duty
// officer, whatever the procedure says.
func (d *Desk) commands(p *Procedure, s *city.Situation, actor city.Actor) []Command {
	list := []Command{{Verb: FileCase, Actor: actor}}
	orders := d.Procedures.orders(p, s.Entity, s)
	if p.Automatic && orders[0].Agency != "" {
		cmd := Command{Verb: Dispatch, Actor: actor, Agency: orders[0].Agency, Orders: orders}
		for _, o := range orders[1:] {
			cmd.Assists = append(cmd.Assists, o.Agency)
		}
		list = append(list, cmd)
	}
	if !s.Up() {
		list = append(list, clearing(s))
	}
	return list
}

func clearing(s *city.Situation) Command {
	return Command{Verb: Cleared, Actor: city.Actor{Program: ProcedureProgram},
		Cleared: SituationNote{ID: s.ID, Rule: s.Rule, Type: s.Type, RaisedAt: s.RaisedAt, ClearedAt: s.ClearedAt, ClearedReason: s.ClearedReason}}
}
