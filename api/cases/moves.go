package cases

import (
	"context"
	"errors"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/caller"
	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/api/problem"
	"citybrain/casework"
	"citybrain/city"
)

type newCaseInput struct{ Body NewCaseRequest }

type moveInput struct {
	ID   string `path:"id" maxLength:"64" doc:"The case's id"`
	Body MoveRequest
}

func (d *desk) moves(api huma.API) {
	open := operation.New("open-case", http.MethodPost, "/api/v1/cases", "cases", "Report something that is wrong: opens a case", http.StatusForbidden, http.StatusConflict)
	open.DefaultStatus = http.StatusCreated
	huma.Register(api, open, d.open)
	move := operation.New("move-case", http.MethodPost, "/api/v1/cases/{id}/moves", "cases", "Make a move", http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	move.Description = "The move is durable, with the record that proves it, when the answer comes. A refusal names the guard that refused and who could; " +
		"409 with changes says that somebody was faster and what they did."
	huma.Register(api, move, d.move)
}

func (d *desk) open(ctx context.Context, in *newCaseInput) (*operation.Reply[CaseDetail], error) {
	who, err := caller.Signed(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	b := &in.Body
	o := casework.Opening{Actor: who.Actor, Key: b.Key, Kind: b.Kind, Title: b.Title.City(), Text: b.Text, Severity: city.SeverityOf(b.Severity), Entity: city.EntityID(b.Entity)}
	if b.Place != nil {
		o.Place = b.Place.Place
	}
	c, err := d.Desk.Open(ctx, o)
	if err != nil {
		return nil, operation.Fail(ctx, told(err))
	}
	return d.detail(ctx, &c)
}

func (d *desk) move(ctx context.Context, in *moveInput) (*operation.Reply[CaseDetail], error) {
	who, err := caller.Signed(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	b := &in.Body
	cmd := casework.Command{Verb: casework.Verb(b.Verb), Version: b.Version, Actor: who.Actor, Agency: city.AgencyID(b.Agency), Order: b.Order, Text: b.Text, Into: casework.CaseID(b.Into)}
	for _, a := range b.Assists {
		cmd.Assists = append(cmd.Assists, city.AgencyID(a))
	}
	c, err := d.Desk.Do(ctx, casework.CaseID(in.ID), cmd)
	if err != nil {
		return nil, operation.Fail(ctx, told(err))
	}
	return d.detail(ctx, &c)
}

// detail answers with a case and all that its reader needs.
func (d *desk) detail(ctx context.Context, c *casework.Case) (*operation.Reply[CaseDetail], error) {
	out, err := d.detailOf(ctx, c)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(*out), nil
}

func (d *desk) detailOf(ctx context.Context, c *casework.Case) (*CaseDetail, error) {
	who, err := caller.Signed(ctx)
	if err != nil {
		return nil, err
	}
	moves, err := d.Desk.Records.Moves(ctx, c.ID, 0)
	if err != nil {
		return nil, err
	}
	var orders []casework.Order
	if c.State != casework.Closed {
		orders = d.Desk.Procedures.Orders(c)
	}
	return &CaseDetail{Case: form.CaseOf(c, d.Desk.Clock()), Moves: form.MovesOf(moves), Choices: choicesOf(d.Desk.Choices(c, who.Actor)),
		Orders: ordersOf(orders), Checks: form.NamesList(d.Desk.Procedures.Checks(c))}, nil
}

// told is err, whose problem tells what a refusal knows.
func told(err error) error {
	var r *casework.Refusal
	if !errors.As(err, &r) {
		return err
	}
	reason := form.NamesOf(r.Text)
	more := problem.Refusal{Guard: string(r.Guard), Reason: &reason, Changes: form.MovesOf(r.Changes)}
	for _, w := range r.Who {
		more.Who = append(more.Who, form.Who{Duty: string(w.Duty), Agency: string(w.Agency)})
	}
	return problem.Refused(err, more)
}
