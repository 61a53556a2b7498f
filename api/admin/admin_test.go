package admin

import (
	"errors"
	"maps"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	"citybrain/api/caller"
	"citybrain/api/operation"
	"citybrain/city"
	"citybrain/internal/wire"
)

func TestReads(t *testing.T) {
	h, c := newFake(t)
	want(t, h, 200, "GET /api/v1/city", "", `"name":{"zh":"","en":"Testville"}`, `"center":[10,56]`, `"roles":["road-authority"]`, `"packs":[{"name":"p"`, `"kinds":[{"id":"flooded-underpass","title":{"zh":"隧道积水","en":"Flooded underpass"}}]`)
	want(t, h, 200, "GET /api/v1/rules", "", `"id":"p/r","title":{"zh":"","en":""},"entity":"","severity":"minor","reasons":{"drained":{"zh":"已排尽","en":"Drained"}}`)
	want(t, h, 200, "GET /api/v1/types", "", `{"type":"PumpStation","version":"1.2.0","title":{"zh":"排水泵站","en":"Pump station"}`,
		`{"name":"flow","title":{"zh":"流量","en":"Flow"},"description":{"zh":"实际流量","en":"What it pumps"},"kind":"number","unit":"m³/h","grade":"L2"}`,
		`{"name":"pumps","title":{"zh":"水泵台数","en":"How many pumps"},"description":{"zh":"水泵台数","en":"How many pumps"},"kind":"number","grade":"L1"}`,
		`"values":{"fault":{"zh":"故障","en":"Fault"}}`)
	want(t, h, 200, "GET /api/v1/feeds/garages", "", `"title":{"zh":"停车场名录","en":"Garages"}`)
	want(t, h, 200, "GET /api/v1/feeds/report", "", `"title":{"zh":"report","en":"report"}`)
	want(t, h, 200, "GET /api/v1/rules", "", `"rules":[{"id":"p/r"`, `"severity":"minor"`)
	want(t, h, 200, "GET /api/v1/log", "", `"first":3`, `"consumers":[{"name":"model","checkpoint":8}]`)
	want(t, h, 200, "GET /api/v1/feeds", "", `"rows":{"total":24,"applied":10,"flagged":2,"duplicate":3,"quarantined":4,"outside":5,"late":1}`,
		`"run":"8000000000000000"`, `"lagSeconds":90`, `"entities":{"total":8,"stale":1}`)
	want(t, h, 200, "GET /api/v1/feeds/parking", "", `"id":"parking"`, `"kind":"observed","way":"file"`, `"lastObservationAt":"2014-08-11T12:00:00Z"`)
	for feed, kind := range map[string]string{"garages": `"kind":"reference","way":"file"`, "report": `"kind":"observed","way":"push"`} {
		if w := want(t, h, 200, "GET /api/v1/feeds/"+feed, "", kind); strings.Contains(w.Body.String(), "lastObservationAt") || strings.Contains(w.Body.String(), "lagSeconds") {
			t.Errorf("a feed without observations tells of the last: %s", w.Body)
		}
	}
	want(t, h, 200, "GET /api/v1/clock", "", `{"time":"2014-08-11T12:00:00Z","speed":1}`)
	if w := want(t, h, 200, "GET /api/v1/feeds?sound=false", "", `"id":"report"`); strings.Count(w.Body.String(), `"id"`) != 1 {
		t.Errorf("feeds that are not sound: %s", w.Body)
	}
	want(t, h, 200, "GET /api/v1/feeds?sound=true", "", `"id":"garages"`, `"id":"parking"`)
	want(t, h, 404, "GET /api/v1/feeds/none", "", `"field":"id"`)
	want(t, h, 400, "GET /api/v1/feeds?nonsense=1", "", "nonsense")
	want(t, h, 404, "GET /api/v1/none", "")
	if w := want(t, h, 405, "DELETE /api/v1/quarantine/7", ""); w.Header().Get("Allow") != "GET, OPTIONS" {
		t.Errorf("Allow is %q", w.Header().Get("Allow"))
	}
	want(t, h, 204, "OPTIONS /api/v1/feeds", "")
	c.fail = errors.New("secret")
	if w := want(t, h, 500, "GET /api/v1/feeds", ""); strings.Contains(w.Body.String(), "secret") {
		t.Errorf("an internal error is shown: %s", w.Body)
	}
	c.fail = city.Errorf(city.Unavailable, "test", "stopping")
	if w := want(t, h, 503, "GET /api/v1/log", "", "stopping"); w.Header().Get("Retry-After") != "1" {
		t.Errorf("Retry-After is %q", w.Header().Get("Retry-After"))
	}
}

func TestQuarantine(t *testing.T) {
	h, c := newFake(t)
	want(t, h, 200, "GET /api/v1/quarantine?limit=2", "", `"id":"1"`, `"id":"2"`, `"state":"open"`, `"next":"2"`)
	if w := want(t, h, 200, "GET /api/v1/quarantine?limit=3&after=2", "", `"id":"5"`); strings.Contains(w.Body.String(), "next") {
		t.Errorf("a last page with next: %s", w.Body)
	}
	want(t, h, 200, "GET /api/v1/quarantine?feed=report", "", `{"rows":[]}`)
	want(t, h, 400, "GET /api/v1/quarantine?feed=none", "", `"field":"feed"`, `the city has no feed \"none\"; it has garages, parking, report`)
	c.rows[4].Feed = "gone" // a feed that the city had
	want(t, h, 200, "GET /api/v1/quarantine?feed=gone", "", `"id":"5"`)
	want(t, h, 200, "GET /api/v1/quarantine?feed=gone&after=5", "", `{"rows":[]}`)
	c.rows[4].Row = 0
	if w := want(t, h, 200, "GET /api/v1/quarantine/5", "", `"id":"5"`); strings.Contains(w.Body.String(), `"row"`) {
		t.Errorf("a pushed row has no number: %s", w.Body)
	}
	want(t, h, 400, "GET /api/v1/quarantine?after=x", "", `"field":"after"`)
	want(t, h, 400, "GET /api/v1/quarantine?limit=0", "", `"field":"limit"`)
	want(t, h, 400, "GET /api/v1/quarantine?state=odd", "", `"field":"state"`)
	want(t, h, 200, "GET /api/v1/quarantine/3", "", `"row":12`, `"raw":"a,b"`)
	want(t, h, 404, "GET /api/v1/quarantine/99", "")
	want(t, h, 400, "GET /api/v1/quarantine/x", "", `"field":"id"`)

	want(t, h, 200, "POST /api/v1/quarantine/3/resubmit", `{"raw":"a,1"}`, `"class":"applied"`)
	want(t, h, 409, "POST /api/v1/quarantine/3/resubmit", `{"raw":"a,1"}`, "resubmitted at 2014-08-11T12:00:00Z: applied")
	want(t, h, 200, "POST /api/v1/quarantine/4/resubmit", `{"raw":"bad"}`, `"class":"quarantined","reason":"still bad"`)
	if got := c.rows[3].Result; got != "quarantined: still bad" {
		t.Errorf("result is %q", got)
	}
	want(t, h, 400, "POST /api/v1/quarantine/1/resubmit", `{"raw":""}`, "raw")
	want(t, h, 400, "POST /api/v1/quarantine/1/resubmit", `{"raw":`)
	want(t, h, 400, "POST /api/v1/quarantine/1/resubmit", `{"raw":"x","more":1}`, "more")
	want(t, h, 413, "POST /api/v1/quarantine/1/resubmit", `{"raw":"`+strings.Repeat("x", operation.MaxBody)+`"}`)
}

func TestPush(t *testing.T) {
	h, c := newFake(t)
	want(t, h, 200, "POST /api/v1/feeds/parking/rows", "[{}]", `"total":2`, `"quarantined":1`, `"rejected":[{"row":2,"reason":"x: not a number"}]`)
	if c.pushed != "[{}]" {
		t.Errorf("pushed %q", c.pushed)
	}
	want(t, h, 404, "POST /api/v1/feeds/none/rows", "[{}]")
	want(t, h, 413, "POST /api/v1/feeds/parking/rows", strings.Repeat("x", 1001), "1000 bytes")
	want(t, h, 400, "POST /api/v1/feeds/parking/rows?x=1", "[{}]")
	want(t, h, 405, "GET /api/v1/feeds/parking/rows", "")
	c.pushErr = &city.Error{Kind: city.Overload, Detail: "full"}
	want(t, h, 429, "POST /api/v1/feeds/parking/rows", "[{}]", "full; 2 rows before were taken")
	c.pushErr = nil
	r := httptest.NewRequest("POST", "/api/v1/feeds/parking/rows", strings.NewReader(strings.Repeat("x", 2000)))
	r = r.WithContext(caller.With(r.Context(), administrator))
	r.ContentLength = -1
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != 413 {
		t.Errorf("a body without end is %d", w.Code)
	}
	if h.inFlight.Load() != 0 {
		t.Errorf("%d bytes stay in flight", h.inFlight.Load())
	}
	h.inFlight.Store(DefaultInFlight)
	want(t, h, 429, "POST /api/v1/feeds/parking/rows", "[{}]", "too many large bodies")
}

// TestRowsComeFromThoseResponsible holds that only administrators and the
// dispatchers of a feed's agency put rows into it.
func TestRowsComeFromThoseResponsible(t *testing.T) {
	h, c := newFake(t)
	for name, try := range map[string]struct {
		post   city.Post
		status int
	}{
		"its dispatcher":     {city.Post{Duty: city.Dispatcher, Agency: "parking-operator"}, 200},
		"its handler":        {city.Post{Duty: city.Handler, Agency: "parking-operator"}, 403},
		"another dispatcher": {city.Post{Duty: city.Dispatcher, Agency: "road-authority"}, 403},
		"the duty officer":   {city.Post{Duty: city.DutyOfficer, Agency: "parking-operator"}, 403},
		"an auditor":         {city.Post{Duty: city.Auditor}, 403},
	} {
		who := caller.Caller{Actor: city.Actor{Account: "a", Posts: []city.Post{try.post}}}
		c.rows[0].ResubmittedAt = 0
		w := wantAs(t, h, who, try.status, "POST /api/v1/feeds/parking/rows", "[{}]")
		wantAs(t, h, who, try.status, "POST /api/v1/quarantine/1/resubmit", `{"raw":"a,1"}`)
		if try.status == 403 && !strings.Contains(w.Body.String(), `"who":[{"duty":"administrator"},{"duty":"dispatcher","agency":"parking-operator"}]`) {
			t.Errorf("%s is not told who could: %s", name, w.Body)
		}
	}
	wantAs(t, h, caller.Caller{}, 403, "POST /api/v1/feeds/none/rows", "[{}]")
}

func TestSituations(t *testing.T) {
	h, c := newFake(t)
	want(t, h, 200, "GET /api/v1/situations", "", `"id":"s5"`, `"place":{"type":"Point","coordinates":[10,56]}`, `"severity":"major"`, `"state":"cleared"`,
		`"evidence":[{"entity":"urn:x:1","attribute":"n","value":7,"at":"2014-08-11T12:00:00Z","source":"parking","note":"over 5"}]`)
	var ids []string
	for next := ""; ; {
		w := want(t, h, 200, "GET /api/v1/situations?limit=2&after="+url.QueryEscape(next), "")
		var page struct {
			Situations []struct {
				ID string `json:"id"`
			} `json:"situations"`
			Next string `json:"next"`
		}
		if err := wire.Unmarshal(w.Body.Bytes(), &page); err != nil {
			t.Fatal(err)
		}
		for _, s := range page.Situations {
			ids = append(ids, s.ID)
		}
		if next = page.Next; next == "" {
			break
		}
	}
	if got := strings.Join(ids, " "); got != "s5 s4 s3 s2 s1" {
		t.Errorf("the pages hold %s", got)
	}
	want(t, h, 200, "GET /api/v1/situations/s3", "", `"id":"s3"`)
	want(t, h, 404, "GET /api/v1/situations/none", "")

	want(t, h, 200, "GET /api/v1/situations?type=r,s&state=up&entity=urn:x:1&severity=major&rule=p/r&from=2014-08-11T00:00:00Z&to=2014-08-12T00:00:00Z&near=10.2,56.1&within=800&bbox=10,56,11,57", "")
	f := c.asked
	if strings.Join(f.Types, " ") != "r s" || f.State != "up" || f.Entity != "urn:x:1" || f.Severity != city.Major || f.Rule != "p/r" || f.Near.Metres != 800 ||
		f.Near.At.Lon != 10.2 || f.Box[1].Lat != 57 || f.During.To.String() != "2014-08-12T00:00:00Z" {
		t.Errorf("asked %+v", f)
	}
	want(t, h, 200, "GET /api/v1/situations?announced=false&suppressed=silenced", "")
	if c.asked.Announced != "false" || c.asked.Suppressed != city.Silenced {
		t.Errorf("asked %+v", c.asked)
	}
	c.situations[1].Standing = city.Standing{Notice: 9, Announced: 4, AnnouncedAt: noon, Group: "p/g x", Reminders: 2, RemindedAt: noon, Suppressed: []city.Suppression{
		{Way: city.Silenced, Silence: "00000001", Author: "duty-officer", Until: noon}, {Way: city.Flapping, Rule: "p/f", Since: noon, Changes: 7}}}
	want(t, h, 200, "GET /api/v1/situations/s4", "", `"notice":9,"announced":false,"announcedAt":"2014-08-11T12:00:00Z"`, `"group":"p/g x","reminders":2`,
		`"suppressed":[{"way":"silenced","silence":"00000001","author":"duty-officer","until":"2014-08-11T12:00:00Z"},{"way":"flapping","rule":"p/f","since":"2014-08-11T12:00:00Z","changes":7}]`)
	want(t, h, 200, "GET /api/v1/situations/s3", "", `"announced":true`)
	for query, part := range map[string]string{
		"within=800":                     "within needs near",
		"from=2014-08-11T00:00:00+02:00": "in a URL write %2B for +",
		"rule=s":                         "is a rule of several packs: p/s, q/s",
		"rule=nope":                      `the city has no rule \"nope\"; it has p/r, p/s, q/s`,
		"type=r,nope":                    `the city has no type \"nope\"; it has r, s"`,
		"entity=nope":                    "is not a URI",
	} {
		want(t, h, 400, "GET /api/v1/situations?"+query, "", part)
	}
	want(t, h, 200, "GET /api/v1/situations?from=2014-08-11T00:00:00%2B02:00&rule=r", "")
	if c.asked.Rule != "p/r" {
		t.Errorf("the rule r is asked for as %q", c.asked.Rule)
	}
	c.situations[0].Rule, c.situations[0].Type = "old/gone", "gone" // of a rule that the city had
	want(t, h, 200, "GET /api/v1/situations?rule=old/gone&type=gone", "", `"type":"gone"`)
	for query, field := range map[string]string{
		"type=nope": "type", "rule=p/nope": "rule", "entity=no+uri": "entity",
		"state=odd": "state", "announced=maybe": "announced", "suppressed=odd": "suppressed", "severity=odd": "severity", "from=yesterday": "from", "from=2014-08-12T00:00:00Z&to=2014-08-11T00:00:00Z": "to",
		"near=10,56": "within", "near=10,91&within=5": "near", "within=5": "near", "near=10,56&within=NaN": "within", "near=10,56&within=x": "within",
		"bbox=1,2,3": "bbox", "bbox=11,56,10,57": "bbox", "bbox=1,2,3,NaN": "bbox", "after=!!": "after", "after=eA": "after", "limit=1001": "limit", "nonsense=1": "nonsense",
	} {
		want(t, h, 400, "GET /api/v1/situations?"+query, "", `"field":"`+field+`"`)
	}
}

// TestEveryProblemIsCounted holds also for those that huma itself writes.
func TestEveryProblemIsCounted(t *testing.T) {
	h, c := newFake(t)
	counted := map[int]int{}
	h.Problems.Count = func(status int) { counted[status]++ }
	for _, request := range []string{"GET /api/v1/situations?state=nope", "GET /api/v1/situations?limit=0", "GET /api/v1/feeds?foo=bar",
		"GET /api/v1/situations?near=1", "POST /api/v1/feeds/parking/rows?x=1"} {
		want(t, h, 400, request, "[{}]")
	}
	want(t, h, 413, "POST /api/v1/quarantine/1/resubmit", `{"raw":"`+strings.Repeat("x", operation.MaxBody)+`"}`)
	want(t, h, 404, "GET /api/v1/none", "")
	c.fail = errors.New("secret")
	want(t, h, 500, "GET /api/v1/feeds", "")
	if want := map[int]int{400: 5, 404: 1, 413: 1, 500: 1}; !maps.Equal(counted, want) {
		t.Errorf("counted %v, want %v", counted, want)
	}
}

func TestOpenAPI(t *testing.T) {
	h, _ := newFake(t)
	w := want(t, h, 200, "GET /api/openapi.json", "")
	var doc struct {
		OpenAPI string `json:"openapi"`
		Paths   map[string]map[string]struct {
			Responses map[string]struct {
				Content map[string]struct {
					Schema struct {
						Ref string `json:"$ref"`
					} `json:"schema"`
				} `json:"content"`
			} `json:"responses"`
			Summary string `json:"summary"`
		} `json:"paths"`
		Components struct {
			Schemas map[string]any `json:"schemas"`
		} `json:"components"`
	}
	if err := wire.Unmarshal(w.Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	if doc.OpenAPI != "3.1.0" {
		t.Errorf("OpenAPI %s", doc.OpenAPI)
	}
	for _, path := range []string{"/api/v1/city", "/api/v1/rules", "/api/v1/log", "/api/v1/feeds", "/api/v1/feeds/{id}", "/api/v1/feeds/{id}/rows", "/api/v1/quarantine",
		"/api/v1/quarantine/{id}", "/api/v1/quarantine/{id}/resubmit", "/api/v1/situations", "/api/v1/situations/{id}", "/api/v1/stream"} {
		if len(doc.Paths[path]) == 0 {
			t.Errorf("the document lacks %s", path)
		}
		for method, op := range doc.Paths[path] {
			if op.Summary == "" {
				t.Errorf("%s %s has no summary", method, path)
			}
			for status, r := range op.Responses {
				if status < "400" {
					continue
				}
				if status == "422" {
					t.Errorf("%s %s promises 422, but answers 400", method, path)
				}
				if got := r.Content["application/problem+json"].Schema.Ref; got != "#/components/schemas/Problem" {
					t.Errorf("%s %s answers %s with %q", method, path, status, got)
				}
			}
		}
	}
	for _, name := range []string{"Problem", "Situation", "Evidence", "Feed", "FeedList", "City", "Quarantined", "Push", "Log"} {
		if doc.Components.Schemas[name] == nil {
			t.Errorf("the document lacks the schema %s", name)
		}
	}
}

func FuzzSituationQuery(f *testing.F) {
	h, _ := newFake(f)
	f.Add("type=a&near=1,2&within=3&bbox=1,2,3,4&after=MTQwNzc1ODQwMDAwMDAwMCBzNQ&from=2014-08-11T00:00:00Z&limit=3")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/api/v1/situations", nil)
		r.URL.RawQuery = query
		w := httptest.NewRecorder()
		if h.ServeHTTP(w, r); w.Code != 200 && w.Code != 400 {
			t.Fatalf("%q: %d %s", query, w.Code, w.Body)
		}
	})
}
