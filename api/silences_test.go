package api_test

import (
	"context"
	"slices"
	"strings"
	"testing"

	"citybrain/alarm"
	"citybrain/api/silences"
	"citybrain/city"
	"citybrain/internal/clock"
)

// memorySilences keeps silences by the rules of alarm.
type memorySilences struct {
	clock clock.Clock
	list  []alarm.Silence
}

func (m *memorySilences) Silence(_ context.Context, who *city.Actor, asked alarm.Silence) (alarm.Silence, error) {
	s, err := alarm.NewSilence(who, asked, m.clock.Now(), alarm.Known{Rules: []city.RuleID{"p/r", "p/s"}, Areas: []alarm.Area{{ID: "old-town"}}})
	if err == nil {
		s.ID = alarm.SilenceIDOf(uint64(len(m.list) + 1))
		m.list = append(m.list, s)
	}
	return s, err
}

func (m *memorySilences) End(_ context.Context, who *city.Actor, id city.SilenceID) (alarm.Silence, error) {
	i := slices.IndexFunc(m.list, func(s alarm.Silence) bool { return s.ID == id })
	if i < 0 {
		return alarm.Silence{}, city.Errorf(city.NotFound, "test", "there is no silence %s", id)
	}
	s, err := alarm.EndSilence(who, m.list[i], m.clock.Now())
	if err == nil {
		m.list[i] = s
	}
	return s, err
}

// records reads what memorySilences keeps.
type silenceRecords struct{ *memorySilences }

func (m silenceRecords) Silences(_ context.Context, f silences.Filter) (out []alarm.Silence, err error) {
	for _, s := range slices.Backward(m.list) {
		if (f.State == "" || s.StateAt(f.Now) == f.State) && (f.Before == "" || s.ID < f.Before) && len(out) < f.Limit {
			out = append(out, s)
		}
	}
	return out, nil
}

func (m silenceRecords) Silence(_ context.Context, id city.SilenceID) (alarm.Silence, error) {
	for _, s := range m.list {
		if s.ID == id {
			return s, nil
		}
	}
	return alarm.Silence{}, city.Errorf(city.NotFound, "test", "there is no silence %s", id)
}

func (silenceRecords) CountStandings(context.Context) (map[city.SuppressedBy]int, error) {
	return map[city.SuppressedBy]int{"": 7, city.Silenced: 2, city.Inhibited: 3, city.Grouped: 1}, nil
}

func TestSilencesAreForDutyOfficers(t *testing.T) {
	x := newTown(t)
	const asked = `{"rules":["p/r"],"entities":["urn:x:1"],"reason":"<img src=x onerror=alert(1)>\nworks","end":"2014-08-11T13:00:00Z"}`
	(&browser{town: x}).want(401, "POST /api/v1/silences", asked)
	for _, who := range []city.AccountID{"auditor", "administrator", "roads-dispatcher", "roads-handler"} {
		x.as(who).want(403, "POST /api/v1/silences", asked, `"guard":"duty"`, `"who":[{"duty":"duty-officer"}]`)
	}
	officer := x.as("duty-officer")
	w := officer.want(201, "POST /api/v1/silences", asked, `"id":"00000001"`, `"state":"active"`, `"author":"duty-officer"`, `"post":"duty-officer"`, `"begin":"2014-08-11T12:00:00Z"`,
		`"areas":[]`, `"records":["silence.00000001.1"]`)
	if got := w.Header().Get("Content-Type"); !strings.HasPrefix(got, "application/json") || strings.Contains(w.Body.String(), "<img") != strings.Contains(w.Body.String(), `onerror`) {
		t.Errorf("a reason is not plain text: %s %s", got, w.Body)
	}
	auditor := x.as("auditor")
	auditor.want(200, "GET /api/v1/silences/00000001", "", `onerror=alert(1)`, `\nworks`)
	auditor.want(200, "GET /api/v1/silences?state=active", "", `"id":"00000001"`)
	auditor.want(200, "GET /api/v1/silences?state=ended", "", `{"silences":[]}`)
	auditor.want(403, "DELETE /api/v1/silences/00000001", "", `"guard":"duty"`)
	officer.want(404, "DELETE /api/v1/silences/00000009", "")
	officer.want(200, "DELETE /api/v1/silences/00000001", "", `"state":"ended"`, `"endedBy":"duty-officer"`, `"silence.00000001.2"`)
	officer.want(409, "DELETE /api/v1/silences/00000001", "", "was ended by duty-officer")
	auditor.want(404, "GET /api/v1/silences/none", "")
	auditor.want(200, "GET /api/v1/alarms", "", `{"up":13,"announced":7,"suppressed":{"total":6,"silenced":2,"inhibited":3,"flapping":0,"grouped":1}}`)
}

func TestSilencesThatCannotBe(t *testing.T) {
	x := newTown(t)
	officer := x.as("duty-officer")
	for _, c := range []struct{ body, field string }{
		{`{"rules":["p/r"],"end":"2014-08-11T13:00:00Z"}`, "reason"},
		{`{"rules":["p/r"],"reason":" ","end":"2014-08-11T13:00:00Z"}`, "reason"},
		{`{"rules":["p/r"],"reason":"` + strings.Repeat("x", 501) + `","end":"2014-08-11T13:00:00Z"}`, "reason"},
		{`{"rules":["p/r"],"reason":"x"}`, "end"},
		{`{"rules":["p/r"],"reason":"x","end":"tomorrow"}`, "end"},
		{`{"rules":["p/r"],"reason":"x","end":"2014-08-11T11:00:00Z"}`, "end"},
		{`{"rules":["p/r"],"reason":"x","end":"2014-09-11T11:00:00Z"}`, "end"},
		{`{"rules":["p/r"],"reason":"x","begin":"2014-08-01T00:00:00Z","end":"2014-08-11T13:00:00Z"}`, "begin"},
		{`{"reason":"x","end":"2014-08-11T13:00:00Z"}`, "rules"},
		{`{"severities":["minor"],"reason":"x","end":"2014-08-11T13:00:00Z"}`, "rules"},
		{`{"rules":["p/none"],"reason":"x","end":"2014-08-11T13:00:00Z"}`, "rules"},
		{`{"rules":["p/r"],"severities":["mild"],"reason":"x","end":"2014-08-11T13:00:00Z"}`, "severities"},
		{`{"entities":["not a uri"],"reason":"x","end":"2014-08-11T13:00:00Z"}`, "entities"},
		{`{"areas":["nowhere"],"reason":"x","end":"2014-08-11T13:00:00Z"}`, "areas"},
		{`{"rules":["p/r"],"reason":"x","end":"2014-08-11T13:00:00Z","colour":"red"}`, "colour"},
		{`{"rules":"p/r","reason":"x","end":"2014-08-11T13:00:00Z"}`, "rules"},
		{`[]`, ""},
	} {
		officer.want(400, "POST /api/v1/silences", c.body, c.field)
	}
	officer.want(200, "GET /api/v1/silences", "", `{"silences":[]}`)
	officer.want(400, "GET /api/v1/silences?state=loud", "", "state")
	for range 3 {
		officer.want(201, "POST /api/v1/silences", `{"areas":["old-town"],"reason":"x","end":"2014-08-11T13:00:00Z"}`)
	}
	officer.want(200, "GET /api/v1/silences?limit=2", "", `"next":"00000002"`)
	officer.want(200, "GET /api/v1/silences?limit=2&after=00000002", "", `"id":"00000001"`)
}
