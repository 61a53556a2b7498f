package admin

import (
	"context"
	"io"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"citybrain/api/caller"
	"citybrain/api/problem"
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/clock"
	"citybrain/internal/wire"
)

const noon city.Instant = 1407758400e6 // 2014-08-11T12:00:00Z

// fakeCity is everything the interface asks, in memory.
type fakeCity struct {
	rows       []QuarantinedRow
	situations []city.Situation
	asked      SituationFilter
	pushed     string
	pushErr    error
	fail       error
}

func (c *fakeCity) Feeds(context.Context) ([]Feed, error) {
	return []Feed{
		{ID: "garages", Title: city.Names{ZH: "停车场名录", EN: "Garages"}, Way: "file", Type: "OffStreetParking", State: FeedEnded, Progress: city.Progress{LastAt: noon, At: noon}},
		{ID: "parking", Agency: "parking-operator", Observed: true, Way: "file", Type: "OffStreetParking", State: FeedRunning, Lag: 90 * time.Second, Entities: 8, StaleEntities: 1,
			Progress: city.Progress{Run: 1 << 63, Counts: [city.RowClasses]int64{10, 2, 3, 4, 5}, LastAt: noon}, Late: 1},
		{ID: "report", Observed: true, Way: "push", Type: "RoadSegment", State: FeedFailed},
	}, c.fail
}

func (c *fakeCity) Push(_ context.Context, feed city.FeedID, _ string, body io.Reader) (PushResult, error) {
	if feed != "parking" {
		return PushResult{}, city.Errorf(city.NotFound, "test", "no such feed")
	}
	raw, err := io.ReadAll(body)
	if err != nil {
		return PushResult{}, err
	}
	c.pushed = string(raw)
	return PushResult{Rows: 2, Counts: [city.RowClasses]int64{1, 0, 0, 1, 0}, Rejected: []RejectedRow{{2, "x: not a number"}}}, c.pushErr
}

func (c *fakeCity) Resubmit(_ context.Context, row QuarantinedRow, raw string) (city.RowClass, string, error) {
	if raw == "bad" {
		return city.RowQuarantined, "still bad", nil
	}
	return city.RowApplied, "", nil
}

func (c *fakeCity) Quarantine(_ context.Context, f QuarantineFilter) (out []QuarantinedRow, err error) {
	for _, r := range c.rows {
		if r.ID > f.After && (!f.Open || r.ResubmittedAt == 0) && (f.Feed == "" || f.Feed == r.Feed) && len(out) < f.Limit {
			out = append(out, r)
		}
	}
	return out, c.fail
}

func (c *fakeCity) QuarantineRow(_ context.Context, id int64) (QuarantinedRow, error) {
	for _, r := range c.rows {
		if r.ID == id {
			return r, nil
		}
	}
	return QuarantinedRow{}, city.Errorf(city.NotFound, "test", "no row %d", id)
}

func (c *fakeCity) MarkResubmitted(_ context.Context, id int64, at city.Instant, result string) error {
	c.rows[id-1].ResubmittedAt, c.rows[id-1].Result = at, result
	return nil
}

// Situations pages like the store: latest raised first, then by id descending.
func (c *fakeCity) Situations(_ context.Context, f SituationFilter) (out []city.Situation, err error) {
	c.asked = f
	for _, s := range c.situations {
		if f.Rule != "" && f.Rule != s.Rule || f.Types != nil && !slices.Contains(f.Types, s.Type) {
			continue
		}
		behind := f.After == nil || s.RaisedAt < f.After.RaisedAt || s.RaisedAt == f.After.RaisedAt && s.ID < f.After.ID
		if behind && len(out) < f.Limit {
			out = append(out, s)
		}
	}
	return out, c.fail
}

func (c *fakeCity) Situation(_ context.Context, id city.SituationID) (city.Situation, error) {
	for _, s := range c.situations {
		if s.ID == id {
			return s, nil
		}
	}
	return city.Situation{}, city.Errorf(city.NotFound, "test", "there is no situation %s", id)
}

func (c *fakeCity) LogStatus(context.Context) (LogStatus, error) {
	return LogStatus{First: 3, Last: 9, Bytes: 100, Sync: "2m0s", Consumers: []Consumer{{"model", 8}}}, c.fail
}

// station is the data standard of a type with every sort of title.
func station(t testing.TB) *catalog.Standard {
	std, faults := catalog.ParseStandard("PumpStation.yaml", []byte(`type: PumpStation
version: 1.2.0
name: {zh: 排水泵站, en: Pump station}
description: {zh: 泵站, en: A station that pumps.}
class: environment/drainage
fields:
  - {name: flow, kind: number, unit: MQH, grade: L2, title: {zh: 流量, en: Flow}, description: {zh: 实际流量, en: What it pumps}}
  - {name: pumps, kind: number, unit: C62, grade: L1, description: {zh: 水泵台数, en: How many pumps}}
  - {name: state, kind: text, one-of: [fault], values: {fault: {zh: 故障, en: Fault}}, grade: L1, title: {zh: 状态, en: State}, description: {zh: 状态, en: State}}
`))
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	return std
}

func newFake(t testing.TB) (*Handler, *fakeCity) {
	c := &fakeCity{}
	for i := range 5 {
		c.rows = append(c.rows, QuarantinedRow{ID: int64(i + 1), Feed: "parking", Row: int64(10 + i), ReceivedAt: noon, Reason: "r", Raw: "a,b"})
		c.situations = append(c.situations, city.Situation{ID: city.SituationID("s" + strconv.Itoa(5-i)), Rule: "p/r", Type: "r", Entity: "urn:x:1", Severity: city.Major,
			RaisedAt: noon - city.Instant(i/2), Place: city.PointPlace(city.Point{Lon: 10, Lat: 56}), Change: uint64(i + 1),
			Evidence: []city.Evidence{{Entity: "urn:x:1", Attribute: "n", Value: city.NumberOf(7), At: noon, Source: "parking", Note: "over 5"}}})
	}
	c.situations[4].ClearedAt, c.situations[4].ClearedReason = noon, "fell"
	h := New(Options{Version: "test", Feeds: c, Pusher: c, Quarantine: c, Situations: c, Log: c, Clock: clock.NewManual(noon), MaxPush: 1000,
		City: City{Name: city.Names{EN: "Testville"}, TimeZone: "UTC", Languages: []string{"en"}, Center: city.Point{Lon: 10, Lat: 56},
			Agencies: []city.Agency{{ID: "a", Roles: []string{"road-authority"}}}, Packs: []Pack{{Name: "p", Version: "1"}},
			Kinds: []Kind{{ID: "flooded-underpass", Title: city.Names{ZH: "隧道积水", EN: "Flooded underpass"}}}, Standards: []*catalog.Standard{station(t)},
			Rules: []Rule{{ID: "p/r", Severity: city.Minor, Reasons: map[string]city.Names{"drained": {ZH: "已排尽", EN: "Drained"}}}, {ID: "q/s"}, {ID: "p/s"}}}})
	return h, c
}

// want makes a request and checks status and parts of the body.
func want(t *testing.T, h *Handler, status int, request, body string, parts ...string) *httptest.ResponseRecorder {
	t.Helper()
	return wantAs(t, h, administrator, status, request, body, parts...)
}

var administrator = caller.Caller{Actor: city.Actor{Account: "administrator", Posts: []city.Post{{ID: "administrator", Duty: city.Administrator}}}}

func wantAs(t *testing.T, h *Handler, who caller.Caller, status int, request, body string, parts ...string) *httptest.ResponseRecorder {
	t.Helper()
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r = r.WithContext(caller.With(r.Context(), who))
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	got := w.Body.String()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			t.Errorf("%s: the answer lacks %s: %s", request, part, got)
		}
	}
	if w.Code != status {
		t.Errorf("%s is %d, want %d: %s", request, w.Code, status, got)
	}
	if w.Code >= 400 {
		var d problem.Document
		if err := wire.UnmarshalStrict(w.Body.Bytes(), &d); err != nil || d.Status != w.Code || d.RequestID == "" || d.Instance == "" || w.Header().Get("Content-Type") != problem.ContentType {
			t.Errorf("%s: the answer is not a problem: %v %v %s", request, err, w.Header(), got)
		}
	}
	return w
}
