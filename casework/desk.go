package casework

import (
	"context"
	"errors"
	"slices"
	"time"

	"citybrain/city"
)

// Desk makes moves: it loads a case, lets Transition decide, saves and
// announces. Fill it and use it; it is safe for concurrent use.
type Desk struct {
	Records    Records
	Procedures *Procedures
	Agencies   []city.Agency       // those that may get tasks; names for texts
	Clock      func() city.Instant // the city's time
	Zone       *time.Location      // where its days begin; nil: UTC
	// Announce is told of cases after they are durable, once for each Save. It
	// may be called by several goroutines at once, not in the order of Change.
	// May be nil.
	Announce func([]Case)
	// Ready says why moves cannot be made now, such as an evidence folder that
	// cannot be written, or nil. May be nil.
	Ready func() error
}

// Limits are the limits of cases that people report, by severity.
var Limits = map[city.Severity]time.Duration{
	city.Minor:    72 * time.Hour,
	city.Moderate: 24 * time.Hour,
	city.Major:    4 * time.Hour,
	city.Critical: 2 * time.Hour,
}

// Open opens a case by a person's report. Without a Limit it gets that of its
// severity. A report with a Key that they used before answers with the case it
// opened then, as it is now. Conflict if, without one, the same was reported by
// them at the same moment.
func (d *Desk) Open(ctx context.Context, o Opening) (Case, error) {
	if err := d.ready(); err != nil {
		return Case{}, err
	}
	o.Procedure, o.Situation = "", SituationNote{}
	if o.Limit == 0 {
		o.Limit = Limits[o.Severity]
	}
	c, m, err := Begin(o, d.Clock())
	if err != nil {
		return Case{}, d.named(err)
	}
	id := c.ID
	c, err = d.save(ctx, d.opened(c, m))
	if city.KindOf(err) == city.Conflict {
		if o.Key != "" {
			return d.Records.Case(ctx, id)
		}
		return Case{}, refuse(city.Conflict, "reported", city.Names{ZH: "您刚刚上报过同样的内容", EN: "you have just reported the same"})
	}
	return c, err
}

// tries bounds how often a move is tried again because somebody was faster.
const tries = 100

// Do makes a person's move and answers with the case after it. The error is a
// *Refusal if Transition refuses; if the case has changed since the version the
// person saw, its Changes say how. Of a merge it is the case that closes; the
// other is saved with it or not at all.
func (d *Desk) Do(ctx context.Context, id CaseID, cmd Command) (Case, error) {
	if err := d.ready(); err != nil {
		return Case{}, err
	}
	c, err := d.do(ctx, id, cmd)
	for i := 1; i < tries && ctx.Err() == nil && lost(err); i++ {
		c, err = d.do(ctx, id, cmd)
	}
	return c, d.named(err)
}

// lost says whether a save failed because somebody was faster: a Conflict that
// no guard has found.
func lost(err error) bool {
	var r *Refusal
	return city.KindOf(err) == city.Conflict && !errors.As(err, &r)
}

// Choices lists what the actor can do with the case, and why not.
func (d *Desk) Choices(c *Case, actor city.Actor) []Choice {
	list := Choices(c, actor, d.Clock())
	for i := range list {
		list[i] = list[i].Named(d.name)
	}
	return list
}

func (d *Desk) ready() error {
	if d.Ready == nil {
		return nil
	}
	return d.Ready()
}

// do tries a move once. A Conflict that is no *Refusal comes from the records:
// the case changed between load and save.
func (d *Desk) do(ctx context.Context, id CaseID, cmd Command) (Case, error) {
	if slices.Contains(inner, cmd.Verb) {
		return Case{}, wrongRole(nil)
	}
	if r := d.unknownAgency(&cmd); r != nil {
		return Case{}, r
	}
	c, err := d.Records.Case(ctx, id)
	if err != nil {
		return Case{}, err
	}
	if cmd.Orders == nil && (cmd.Verb == Dispatch || cmd.Verb == Assist) {
		cmd.Orders = d.Procedures.Orders(&c)
	}
	next, m, err := Transition(c, cmd, d.Clock())
	if err != nil {
		return Case{}, d.changes(ctx, id, cmd.Version, err)
	}
	changes := []Change{{Case: next, Moves: []Move{m}}}
	if cmd.Verb == Merge {
		other, err := d.absorb(ctx, id, cmd)
		if err != nil {
			return Case{}, err
		}
		changes = append(changes, other)
	}
	return d.save(ctx, changes...)
}

// absorb is the other side of a merge: the case that goes on.
func (d *Desk) absorb(ctx context.Context, id CaseID, cmd Command) (Change, error) {
	other, err := d.Records.Case(ctx, cmd.Into)
	if city.KindOf(err) == city.NotFound {
		return Change{}, lacking("into", GuardValue, city.Names{ZH: "要并入的案件不存在", EN: "there is no such case to merge into"})
	}
	if err != nil {
		return Change{}, err
	}
	next, m, err := Transition(other, Command{Verb: Absorb, Actor: cmd.Actor, Into: id, Text: cmd.Text}, d.Clock())
	var r *Refusal
	if errors.As(err, &r) && r.Guard == GuardState {
		return Change{}, refuse(city.Conflict, "other-closed", city.Names{ZH: "要并入的案件已结案", EN: "the case to merge into is closed"})
	}
	return Change{Case: next, Moves: []Move{m}}, err
}

// changes completes a refusal of a version that is not the case's any more.
func (d *Desk) changes(ctx context.Context, id CaseID, seen int64, err error) error {
	var r *Refusal
	if !errors.As(err, &r) || r.Guard != GuardVersion || seen <= 0 {
		return err
	}
	moves, loadErr := d.Records.Moves(ctx, id, seen)
	if loadErr != nil {
		return loadErr
	}
	return r.since(moves)
}

func (d *Desk) unknownAgency(cmd *Command) *Refusal {
	for _, a := range append([]city.AgencyID{cmd.Agency}, cmd.Assists...) {
		if a != "" && d.Agencies != nil && !slices.ContainsFunc(d.Agencies, func(x city.Agency) bool { return x.ID == a }) {
			r := lacking("agency", GuardValue, city.Names{ZH: "没有这个单位", EN: "the city has no such agency"})
			if a != cmd.Agency {
				r.field = "assists"
			}
			return r
		}
	}
	return nil
}

// save stores and then announces; the answer is the first case as stored.
func (d *Desk) save(ctx context.Context, changes ...Change) (Case, error) {
	stored, err := d.Records.Save(ctx, changes...)
	if err != nil {
		return Case{}, err
	}
	if d.Announce != nil {
		d.Announce(stored)
	}
	return stored[0], nil
}

// opened is the change that stores a new case.
func (d *Desk) opened(c Case, moves ...Move) Change {
	zone := d.Zone
	if zone == nil {
		zone = time.UTC
	}
	return Change{Case: c, Moves: moves, New: true, Day: c.OpenedAt.Time().In(zone).Format("20060102")}
}

// named calls agencies in a refusal by their names.
func (d *Desk) named(err error) error {
	var r *Refusal
	if errors.As(err, &r) {
		return r.Named(d.name)
	}
	return err
}

func (d *Desk) name(a city.AgencyID) city.Names {
	for i := range d.Agencies {
		if d.Agencies[i].ID == a {
			return d.Agencies[i].Name
		}
	}
	return byID(a)
}
