package silences

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/alarm"
	"citybrain/api/caller"
	"citybrain/api/operation"
	"citybrain/city"
)

type listInput struct {
	State string `query:"state" enum:"waiting,active,over,ended" doc:"How they stand now by the city's clock"`
	After string `query:"after" maxLength:"16" doc:"The next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"999" default:"100"`
}

type silenceInput struct {
	ID string `path:"id" maxLength:"16" doc:"The silence's id"`
}

type makeInput struct{ Body SilenceRequest }

func (d *desk) reads(api huma.API) {
	huma.Register(api, operation.New("list-silences", http.MethodGet, "/api/v1/silences", "situations", "What people keep from being announced, the latest first"), d.list)
	huma.Register(api, operation.New("get-silence", http.MethodGet, "/api/v1/silences/{id}", "situations", "One silence", http.StatusNotFound),
		func(ctx context.Context, in *silenceInput) (*operation.Reply[SilenceBody], error) {
			s, err := d.Silences.Silence(ctx, city.SilenceID(in.ID))
			return d.answer(ctx, &s, err)
		})
	huma.Register(api, operation.New("count-alarms", http.MethodGet, "/api/v1/alarms", "situations", "How many situations are announced and how many are suppressed, and in which way"), d.counts)
}

func (d *desk) commands(api huma.API) {
	post := operation.New("silence-situations", http.MethodPost, "/api/v1/silences", "situations", "Keep situations from being announced for a time", http.StatusForbidden, http.StatusConflict)
	post.DefaultStatus = http.StatusCreated
	post.Description = "For duty officers. Of rules, entities and areas at least one is given, and all that is given must hold. The situations stay recorded. " +
		"When the answer comes the silence is durable, with the record that proves it. It ends by itself: what is up then is announced."
	huma.Register(api, post, d.make)
	del := operation.New("end-silence", http.MethodDelete, "/api/v1/silences/{id}", "situations", "End a silence before its time", http.StatusForbidden, http.StatusNotFound, http.StatusConflict)
	huma.Register(api, del, d.end)
}

func (d *desk) answer(ctx context.Context, s *alarm.Silence, err error) (*operation.Reply[SilenceBody], error) {
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(bodyOf(s, d.Clock.Now())), nil
}

func (d *desk) list(ctx context.Context, in *listInput) (*operation.Reply[SilenceList], error) {
	now := d.Clock.Now()
	list, err := d.Silences.Silences(ctx, Filter{State: alarm.State(in.State), Now: now, Before: city.SilenceID(in.After), Limit: in.Limit + 1})
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	var out SilenceList
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Next = string(list[in.Limit-1].ID)
	}
	out.Silences = make([]SilenceBody, len(list))
	for i := range list {
		out.Silences[i] = bodyOf(&list[i], now)
	}
	return operation.Answer(out), nil
}

func (d *desk) counts(ctx context.Context, _ *struct{}) (*operation.Reply[AlarmCounts], error) {
	n, err := d.Silences.CountStandings(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	out := AlarmCounts{Announced: n[""], Suppressed: SuppressedCounts{Silenced: n[city.Silenced], Inhibited: n[city.Inhibited], Flapping: n[city.Flapping], Grouped: n[city.Grouped]}}
	for way, count := range n {
		out.Up += count
		if way != "" {
			out.Suppressed.Total += count
		}
	}
	return operation.Answer(out), nil
}

func (d *desk) make(ctx context.Context, in *makeInput) (*operation.Reply[SilenceBody], error) {
	who, err := d.officer(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	asked, err := in.Body.asked()
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	s, err := d.Silencer.Silence(ctx, who, asked)
	return d.answer(ctx, &s, err)
}

func (d *desk) end(ctx context.Context, in *silenceInput) (*operation.Reply[SilenceBody], error) {
	who, err := d.officer(ctx)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	s, err := d.Silencer.End(ctx, who, city.SilenceID(in.ID))
	return d.answer(ctx, &s, err)
}

// officer is the caller if they may give commands; the error names who may.
func (d *desk) officer(ctx context.Context) (*city.Actor, error) {
	if err := caller.Require(ctx, "silencing situations", alarm.Silencer); err != nil {
		return nil, err
	}
	who, err := caller.Signed(ctx)
	return &who.Actor, err
}
