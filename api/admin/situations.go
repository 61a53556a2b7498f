package admin

import (
	"context"
	"net/http"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/operation"
	"citybrain/api/situation"
	"citybrain/city"
)

// SituationList is a page of situations.
type SituationList struct {
	Situations []situation.Document `json:"situations"`
	Next       string               `json:"next,omitempty" doc:"Hand it in as after for the next page; absent on the last"`
}

type situationInput struct {
	ID string `path:"id" maxLength:"64" doc:"The situation's id"`
}

type situationsInput struct {
	Type       []string `query:"type" doc:"Of one of these types, separated by commas" example:"road-congestion,garage-pressure"`
	Rule       string   `query:"rule" maxLength:"512" doc:"Raised by this rule, as pack/rule, or without the pack where only one has it"`
	State      string   `query:"state" enum:"up,cleared" doc:"up: not cleared"`
	Entity     string   `query:"entity" maxLength:"512" doc:"About this entity, by its URI"`
	Severity   string   `query:"severity" enum:"minor,moderate,major,critical" doc:"At least this severe"`
	Announced  string   `query:"announced" enum:"true,false" doc:"false: something keeps it from being announced; of cleared ones, did in the end"`
	Suppressed string   `query:"suppressed" enum:"silenced,inhibited,flapping,grouped" doc:"Suppressed first of all in this way"`
	From       string   `query:"from" maxLength:"40" doc:"Up at or after this time (RFC 3339)" example:"2014-08-11T00:00:00Z"`
	To         string   `query:"to" maxLength:"40" doc:"Up before this time (RFC 3339)"`
	Near       string   `query:"near" maxLength:"80" doc:"Longitude,latitude, in this order; needs within" example:"10.2039,56.1629"`
	Within     float64  `query:"within" doc:"Metres around near; needs near" example:"800"`
	BBox       string   `query:"bbox" maxLength:"160" doc:"West,south,east,north" example:"10.1,56.1,10.3,56.2"`
	After      string   `query:"after" maxLength:"256" doc:"The next of the page before"`
	Limit      int      `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

func (h *Handler) situationRoutes() {
	op := operation.New("list-situations", http.MethodGet, "/api/v1/situations", "situations", "What the rules found, announced or not, latest raised first")
	op.Description = "All conditions given must hold. Each situation carries its evidence: the values the rule looked at."
	huma.Register(h.api, op, h.listSituations)
	huma.Register(h.api, operation.New("get-situation", http.MethodGet, "/api/v1/situations/{id}", "situations", "One situation", http.StatusNotFound),
		func(ctx context.Context, in *situationInput) (*operation.Reply[situation.Document], error) {
			s, err := h.Situations.Situation(ctx, city.SituationID(in.ID))
			if err != nil {
				return nil, operation.Fail(ctx, err)
			}
			return operation.Answer(situation.Of(&s)), nil
		})
}

func (h *Handler) listSituations(ctx context.Context, in *situationsInput) (*operation.Reply[SituationList], error) {
	f, err := in.filter()
	if err == nil {
		err = h.resolve(ctx, &f)
	}
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	f.Limit = min(in.Limit+1, 1000)
	list, err := h.Situations.Situations(ctx, f)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	var out SituationList
	if full := len(list) == f.Limit; full { // there may be more: a last page can be empty
		list = list[:min(in.Limit, len(list))]
		last := &list[len(list)-1]
		out.Next = operation.Cursor(last.RaisedAt, string(last.ID))
	}
	out.Situations = make([]situation.Document, len(list))
	for i := range list {
		out.Situations[i] = situation.Of(&list[i])
	}
	return operation.Answer(out), nil
}

func (in *situationsInput) filter() (f SituationFilter, err error) {
	f = SituationFilter{Types: in.Type, Rule: city.RuleID(in.Rule), State: in.State, Entity: city.EntityID(in.Entity), Severity: city.SeverityOf(in.Severity),
		Announced: in.Announced, Suppressed: city.SuppressedBy(in.Suppressed)}
	if len(f.Types) > 100 {
		return f, city.InvalidField("admin", "type", "at most 100 types")
	}
	if f.During.From, err = operation.Instant("from", in.From); err != nil {
		return f, err
	}
	if f.During.To, err = operation.Instant("to", in.To); err != nil {
		return f, err
	}
	if f.During.From != 0 && f.During.To != 0 && f.During.To <= f.During.From {
		return f, city.InvalidField("admin", "to", "must be after from")
	}
	if f.Near, err = circle(in.Near, in.Within); err != nil {
		return f, err
	}
	if f.Box, err = box(in.BBox); err != nil {
		return f, err
	}
	f.After, err = readCursor(in.After)
	return f, err
}

func circle(near string, within float64) (*Circle, error) {
	if near == "" && within == 0 {
		return nil, nil
	}
	if near == "" {
		return nil, city.InvalidField("admin", "near", "within needs near, as longitude,latitude in degrees")
	}
	n, ok := degrees(near, 2)
	if !ok || !(city.Point{Lon: n[0], Lat: n[1]}).Valid() {
		return nil, city.InvalidField("admin", "near", "%q is not longitude,latitude in degrees", near)
	}
	if !(within > 0 && within < 2.1e7) {
		return nil, city.InvalidField("admin", "within", "near needs within, a distance in metres")
	}
	return &Circle{city.Point{Lon: n[0], Lat: n[1]}, within}, nil
}

func box(s string) (*[2]city.Point, error) {
	if s == "" {
		return nil, nil
	}
	n, ok := degrees(s, 4)
	if !ok {
		return nil, city.InvalidField("admin", "bbox", "%q is not west,south,east,north in degrees", s)
	}
	b := [2]city.Point{{Lon: n[0], Lat: n[1]}, {Lon: n[2], Lat: n[3]}}
	if !b[0].Valid() || !b[1].Valid() || b[0].Lon > b[1].Lon || b[0].Lat > b[1].Lat {
		return nil, city.InvalidField("admin", "bbox", "%q is not a box of the world (west ≤ east, south ≤ north)", s)
	}
	return &b, nil
}

func degrees(s string, count int) ([]float64, bool) {
	parts := strings.Split(s, ",")
	if len(parts) != count {
		return nil, false
	}
	out := make([]float64, count)
	for i, part := range parts {
		f, err := strconv.ParseFloat(part, 64)
		if err != nil || f != f {
			return nil, false
		}
		out[i] = f
	}
	return out, true
}

func readCursor(text string) (*SituationCursor, error) {
	if text == "" {
		return nil, nil
	}
	at, id, ok := operation.ReadCursor(text)
	if !ok {
		return nil, city.InvalidField("admin", "after", "%q is not the next of a page", text)
	}
	return &SituationCursor{at, city.SituationID(id)}, nil
}
