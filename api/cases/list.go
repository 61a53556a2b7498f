package cases

import (
	"context"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/casework"
	"citybrain/city"
)

type casesInput struct {
	State      []string `query:"state" enum:"reported,filed,dispatched,handling,handled,checked,closed" doc:"In one of these states, separated by commas"`
	NotState   string   `query:"notState" enum:"reported,filed,dispatched,handling,handled,checked,closed" doc:"In any other; closed: everything that is open"`
	Kind       []string `query:"kind" doc:"Of one of these kinds, separated by commas"`
	Agency     string   `query:"agency" maxLength:"512" doc:"In which this agency has a task"`
	Task       []string `query:"task" enum:"waiting,handling,done" doc:"Whose task there is in one of these states; needs agency"`
	Severity   string   `query:"severity" enum:"minor,moderate,major,critical" doc:"At least this severe"`
	Situation  string   `query:"situation" maxLength:"64" doc:"Opened by this situation"`
	Entity     string   `query:"entity" maxLength:"512" doc:"About this entity"`
	Q          string   `query:"q" maxLength:"200" doc:"That have all these words: in the number, the title or the text as they were reported, or in the name of what the case is about. The beginning of a word is enough, as is any part of a Chinese text. The 1000 latest that fit" example:"隧道 积水"`
	Overdue    bool     `query:"overdue" doc:"Open, and the deadline of the case or of an open task (of the agency, if one is given) has passed"`
	OpenedFrom string   `query:"openedFrom" maxLength:"40" doc:"Opened at or after this time (RFC 3339)" example:"2014-08-11T00:00:00Z"`
	OpenedTo   string   `query:"openedTo" maxLength:"40" doc:"Opened before this time (RFC 3339)"`
	Order      string   `query:"order" enum:"deadline,opened" default:"opened" doc:"deadline: the most urgent first; opened: the latest first"`
	After      string   `query:"after" maxLength:"256" doc:"The next of the page before, of the same query"`
	Limit      int      `query:"limit" minimum:"1" maximum:"999" default:"100"`
}

type caseInput struct {
	ID string `path:"id" maxLength:"64" doc:"The case's id"`
}

// desk serves cases.
type desk struct {
	Options
	taking taking
}

func (d *desk) lists(api huma.API) {
	op := operation.New("list-cases", http.MethodGet, "/api/v1/cases", "cases", "Cases, by what is open, whose it is and what is late")
	op.Description = "All conditions given must hold."
	huma.Register(api, op, d.list)
	huma.Register(api, operation.New("get-case", http.MethodGet, "/api/v1/cases/{id}", "cases", "One case: what was done, what can be done, and why not", http.StatusNotFound),
		func(ctx context.Context, in *caseInput) (*operation.Reply[CaseDetail], error) {
			c, err := d.Desk.Records.Case(ctx, casework.CaseID(in.ID))
			if err != nil {
				return nil, operation.Fail(ctx, err)
			}
			return d.detail(ctx, &c)
		})
}

func (d *desk) list(ctx context.Context, in *casesInput) (*operation.Reply[CaseList], error) {
	now := d.Desk.Clock()
	q, err := d.query(in, now)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	q.Limit = in.Limit + 1
	list, err := d.Desk.Records.Cases(ctx, q)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	out := CaseList{}
	if len(list) > in.Limit {
		list = list[:in.Limit]
		out.Next = cursor(&list[in.Limit-1], q.ByDeadline)
	}
	q.After = nil
	if out.Total, err = d.Desk.Records.Count(ctx, q); err != nil {
		return nil, operation.Fail(ctx, err)
	}
	out.Cases = make([]form.Case, len(list))
	for i := range list {
		out.Cases[i] = form.CaseOf(&list[i], now)
	}
	return operation.Answer(out), nil
}

func cursor(c *casework.Case, byDeadline bool) string {
	if byDeadline {
		return operation.Cursor(c.Deadline, string(c.ID))
	}
	return operation.Cursor(c.OpenedAt, string(c.ID))
}

// query turns what was asked into a query of the records.
func (d *desk) query(in *casesInput, now city.Instant) (q casework.Query, err error) {
	q = casework.Query{NotState: casework.State(in.NotState), Kinds: in.Kind, Severity: city.SeverityOf(in.Severity), Agency: city.AgencyID(in.Agency),
		Situation: city.SituationID(in.Situation), Entity: city.EntityID(in.Entity), ByDeadline: in.Order == "deadline"}
	for _, s := range in.State {
		q.States = append(q.States, casework.State(s))
	}
	for _, s := range in.Task {
		q.Tasks = append(q.Tasks, casework.TaskState(s))
	}
	if in.Overdue {
		q.OverdueAt = now
	}
	if q.OpenedFrom, err = operation.Instant("openedFrom", in.OpenedFrom); err != nil {
		return q, err
	}
	if q.OpenedTo, err = operation.Instant("openedTo", in.OpenedTo); err != nil {
		return q, err
	}
	if in.After != "" {
		at, id, ok := operation.ReadCursor(in.After)
		if !ok {
			return q, city.InvalidField("cases", "after", "%q is not the next of a page", in.After)
		}
		q.After = &casework.Cursor{Key: at, ID: casework.CaseID(id)}
	}
	if err := d.seek(in.Q, &q); err != nil {
		return q, err
	}
	return q, d.checkNames(in, &q)
}

// seek adds what somebody looks for.
func (d *desk) seek(text string, q *casework.Query) error {
	words := casework.Seek(text)
	if len(words) == 0 {
		if strings.TrimSpace(text) != "" {
			return city.InvalidField("cases", "q", "%q has neither letters nor digits to look for", text)
		}
		return nil
	}
	q.Words = make([]casework.Sought, len(words))
	for i, word := range words {
		q.Words[i].Prefix = word
	}
	if d.Named != nil {
		for i, about := range d.Named(words) {
			q.Words[i].About = about
		}
	}
	return nil
}

// checkNames refuses what would match nothing, and silently.
func (d *desk) checkNames(in *casesInput, q *casework.Query) error {
	if len(q.Kinds) > 100 {
		return city.InvalidField("cases", "kind", "at most 100 kinds")
	}
	if len(q.Tasks) > 0 && q.Agency == "" {
		return city.InvalidField("cases", "task", "needs agency: whose task is meant")
	}
	if q.OpenedFrom != 0 && q.OpenedTo != 0 && q.OpenedTo <= q.OpenedFrom {
		return city.InvalidField("cases", "openedTo", "must be after openedFrom")
	}
	if q.Entity != "" {
		if why := city.CheckEntityID(q.Entity); why != "" {
			return city.InvalidField("cases", "entity", "%q %s", q.Entity, why)
		}
	}
	known := func(a city.Agency) bool { return a.ID == q.Agency }
	if q.Agency != "" && d.Desk.Agencies != nil && !slices.ContainsFunc(d.Desk.Agencies, known) {
		names := make([]string, len(d.Desk.Agencies))
		for i := range d.Desk.Agencies {
			names[i] = string(d.Desk.Agencies[i].ID)
		}
		return city.InvalidField("cases", "agency", "the city has no agency %q; it has %s", in.Agency, strings.Join(names, ", "))
	}
	return nil
}
