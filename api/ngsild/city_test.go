package ngsild

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"citybrain/api/problem"
	"citybrain/city"
	"citybrain/history"
	"citybrain/internal/clock"
	"citybrain/internal/wire"
	"citybrain/model"
)

// The tests run over the real present and writer; only log and past are in memory.

type countingLog struct{ n atomic.Uint64 }

func (l *countingLog) Append(context.Context, *city.Batch) (city.Position, error) {
	return city.Position(l.n.Add(1)), nil
}

type noPast struct{}

func (noPast) Has(city.EntityType, city.EntityID, city.SourceID, city.Instant) (bool, error) {
	return false, nil
}
func (noPast) Apply(city.Position, []city.Change) {}

// strictJudge quarantines whatever has a "bad" attribute.
type strictJudge struct{}

func (strictJudge) Fits(*city.Change) string     { return "" }
func (strictJudge) FirstWins(city.SourceID) bool { return false }
func (strictJudge) Watches(city.EntityType) bool { return true }
func (strictJudge) Judge(h city.Health, c *city.Change, value func(city.AttributeName) (city.Value, bool), _ bool) (city.Health, city.Flags, string) {
	if _, bad := value("bad"); bad && c.Op != city.OpDelete {
		return h, 0, "bad: rule no-bad"
	}
	return h, 0, ""
}

type recordedPast struct {
	asked history.Query
	page  history.Page
}

func (p *recordedPast) Read(_ context.Context, q history.Query) (history.Page, error) {
	p.asked = q
	return p.page, nil
}

const noon city.Instant = 1407758400e6 // 2014-08-11T12:00:00Z

type testCity struct {
	*Handler
	t    testing.TB
	past *recordedPast
}

func newCity(t testing.TB) *testCity {
	t.Helper()
	present := model.NewPresent()
	writer := model.NewWriter(model.Options{Present: present, Log: &countingLog{}, Past: noPast{}, Judge: strictJudge{}, Workers: 2,
		Now: func() city.Instant { return noon }})
	t.Cleanup(writer.Close)
	past := &recordedPast{}
	h := New(Options{Present: present, Writer: writer, Past: past, Clock: clock.NewManual(noon), Problems: &problem.Reporter{Words: problem.NGSILD}})
	return &testCity{h, t, past}
}

// call makes a request; "POST /entities", body as JSON.
func (c *testCity) call(request, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	var in io.Reader
	if body != "" {
		in = strings.NewReader(body)
	}
	r := httptest.NewRequest(method, Prefix+strings.TrimPrefix(path, "/"), in)
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	return w
}

// want makes a request and checks status and body, or a part of it behind "…".
func (c *testCity) want(status int, answer, request, body string) *httptest.ResponseRecorder {
	c.t.Helper()
	w := c.call(request, body)
	got := w.Body.String()
	part, isPart := strings.CutPrefix(answer, "…")
	if w.Code != status || isPart && !strings.Contains(got, part) || !isPart && got != answer {
		c.t.Errorf("%s\n%s\nis %d %s\nwant %d %s", request, body, w.Code, got, status, answer)
	}
	if w.Code >= 400 && w.Code != http.StatusMultiStatus {
		var d problem.Document
		if err := wire.UnmarshalStrict(w.Body.Bytes(), &d); err != nil || d.Status != w.Code || d.Type == "" || w.Header().Get("Content-Type") != problem.ContentType {
			c.t.Errorf("%s: the answer is not a problem: %v %s", request, err, got)
		}
	}
	return w
}

const segment = `{"id":"urn:ngsi-ld:RoadSegment:1","type":"RoadSegment",` +
	`"avgSpeed":{"type":"Property","value":12.5,"unitCode":"KMH","observedAt":"2014-08-11T06:35:00Z"},` +
	`"status":{"type":"Property","value":"OK","observedAt":"2014-08-11T06:35:00Z","accuracy":{"type":"Property","value":0.9}},` +
	`"open":{"type":"Property","value":true},` +
	`"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[10.2,56.15]}},` +
	`"ofRoad":{"type":"Relationship","object":"urn:ngsi-ld:Road:7"}}`
