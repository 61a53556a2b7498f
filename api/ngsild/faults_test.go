package ngsild

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestBadEntities(t *testing.T) {
	c := newCity(t)
	entity := func(members string) string { return `{"id":"urn:x:1","type":"T",` + members + `}` }
	for _, k := range []struct {
		body   string
		status int
		want   string
	}{
		{`{"id":"urn:x:1","type":"T"`, 400, `"detail":"is not JSON: the text ends too early"`},
		{`{"id":"urn:x:1","type":"T"} x`, 400, "more after the JSON value"},
		{`{"id":"urn:x:1","id":"urn:x:1","type":"T"}`, 400, "duplicate"},
		{entity(`"a":{"value":1,"value":2}`), 400, "duplicate"},
		{entity(`"a":{"value":1},"a":{"value":2}`), 400, "duplicate"},
		{entity(`"a":{"value":{"x":1,"x":2}}`), 400, "duplicate"},
		{"{\"id\":\"urn:x:1\",\"type\":\"T\",\"a\":{\"value\":\"\xff\"}}", 400, "invalid UTF-8"},
		{`[]`, 400, "an entity is a JSON object"},
		{`{"type":"T"}`, 400, `"field":"id"`},
		{`{"id":"urn:x:1"}`, 400, `"field":"type"`},
		{`{"id":5,"type":"T"}`, 400, `"field":"id"`},
		{`{"id":"no uri","type":"T"}`, 400, `"field":"id"`},
		{`{"id":"urn:x:1","type":""}`, 400, `"field":"type"`},
		{`{"id":"urn:x:1","type":["A","B"]}`, 501, `"field":"type"`},
		{entity(`"a b":{"value":1}`), 400, `"field":"a b"`},
		{entity(`"@a":{"value":1}`), 400, "JSON-LD"},
		{entity(`"a":5`), 400, `"field":"a"`},
		{entity(`"a":{}`), 400, `"field":"a.value"`},
		{entity(`"a":{"type":"Nothing","value":1}`), 400, `"field":"a.type"`},
		{entity(`"a":{"type":7,"value":1}`), 400, `"field":"a.type"`},
		{entity(`"a":{"value":null}`), 400, `"field":"a.value"`},
		{entity(`"a":{"value":1e999}`), 400, `"field":"a.value"`},
		{entity(`"a":{"value":1,"observedAt":"yesterday"}`), 400, `"field":"a.observedAt"`},
		{entity(`"a":{"value":1,"observedAt":"2014-08-11T00:00:00"}`), 400, `"field":"a.observedAt"`},
		{entity(`"a":{"value":1,"observedAt":"1814-08-11T00:00:00Z"}`), 400, "outside 1900 to 2100"},
		{entity(`"a":{"value":1,"observedAt":7}`), 400, `"field":"a.observedAt"`},
		{entity(`"a":{"value":1,"unitCode":7}`), 400, `"field":"a.unitCode"`},
		{entity(`"a":{"value":{"@type":"DateTime","@value":"noon"}}`), 400, `"field":"a.value.@value"`},
		{entity(`"a":{"type":"Relationship"}`), 400, `"field":"a.object"`},
		{entity(`"a":{"type":"Relationship","value":1}`), 400, `"field":"a.value"`},
		{entity(`"a":{"type":"Relationship","object":"x"}`), 400, `"field":"a.object"`},
		{entity(`"a":{"type":"Relationship","object":["urn:x:2"]}`), 501, `"field":"a.object"`},
		{entity(`"a":{"type":"Property","object":"urn:x:2"}`), 400, `"field":"a.object"`},
		{entity(`"a":{"type":"Property","value":1,"datasetId":"urn:x:d"}`), 501, `"field":"a.datasetId"`},
		{entity(`"a":[{"type":"Property","value":1}]`), 501, `"field":"a"`},
		{entity(`"a":{"type":"LanguageProperty","languageMap":{"en":"x"}}`), 501, `"field":"a.type"`},
		{entity(`"a":{"languageMap":{"en":"x"}}`), 501, `"field":"a.languageMap"`},
		{entity(`"a":{"value":"urn:ngsi-ld:null"}`), 501, `"field":"a.value"`},
		{entity(`"scope":"/a"`), 501, `"field":"scope"`},
		{entity(`"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[200,0]}}`), 400, `"field":"location.value.coordinates"`},
		{entity(`"location":{"type":"GeoProperty","value":"here"}`), 400, `"field":"location.value"`},
		{entity(`"a":{"value":1,"b":{"value":1,"c":{"value":1,"d":{"value":1,"e":{"value":1,"f":{"value":1}}}}}}`), 400, "5 levels deep"},
		{entity(`"a":{"value":` + strings.Repeat("[", 65) + strings.Repeat("]", 65) + `}`), 400, "is nested 65 levels deep"},
		{entity(`"a":{"value":` + strings.Repeat("[", 100000)), 400, `"field":"body"`},
		{entity(`"bad":{"value":1}`), 400, "bad: rule no-bad"},
	} {
		c.want(k.status, "…"+k.want, "POST /entities", k.body)
	}
	c.want(404, "…", "GET /entities/urn:x:1", "")
	c.want(400, `…"field":"location.coordinates"`, "POST /entities?options=keyValues", entity(`"location":{"type":"Point","coordinates":[0,91]}`))
}

func TestUnbuiltAndUnknown(t *testing.T) {
	c := newCity(t)
	for _, k := range []struct {
		request string
		status  int
		want    string
	}{
		{"GET /subscriptions", 501, "the operation GET /ngsi-ld/v1/subscriptions is not built"},
		{"POST /csourceRegistrations", 501, "OperationNotSupported"},
		{"GET /jsonldContexts/x", 501, "OperationNotSupported"},
		{"PUT /entities/urn:x:1", 501, "the operation PUT"},
		{"PATCH /entities/urn:x:1", 501, "the operation PATCH"},
		{"POST /entityOperations/query", 501, "OperationNotSupported"},
		{"GET /entities?type=T&nonsense=1", 400, `"field":"nonsense"`},
		{"GET /entities?type=T&type=U", 400, "given twice"},
		{"GET /entities?type=T&scopeQ=a", 501, `"field":"scopeQ"`},
		{"GET /entities?type=T&options=concise", 501, "concise"},
		{"GET /entities?type=T&options=nonsense", 400, `"field":"options"`},
		{"GET /entities?type=T&limit=0", 400, `"field":"limit"`},
		{"GET /entities?type=T&limit=1001", 400, `"field":"limit"`},
		{"GET /entities?type=T&offset=-1", 400, `"field":"offset"`},
		{"GET /entities?type=T&count=yes", 400, `"field":"count"`},
		{"GET /entities?type=%zz", 400, `"field":"type"`},
		{"GET /entities?type=A;B", 501, `"field":"type"`},
		{"GET /entities", 400, "asks for everything"},
		{"GET /entities?id=nouri", 400, `"field":"id"`},
		{"GET /entities?idPattern=(", 400, `"field":"idPattern"`},
		{"GET /entities?q=a==", 400, `"field":"q"`},
		{"GET /entities?georel=near;maxDistance==800", 400, `"field":"geometry"`},
		{"GET /entities?georel=near&geometry=Point&coordinates=[1,2]", 400, `"field":"georel"`},
		{"GET /entities?georel=near;maxDistance==x&geometry=Point&coordinates=[1,2]", 400, `"field":"georel"`},
		{"GET /entities?georel=near;maxDistance==8&geometry=Point&coordinates=[1,200]", 400, `"field":"coordinates"`},
		{"GET /entities?georel=within&geometry=Polygon&coordinates=[]", 501, `"field":"georel"`},
		{"GET /entities?type=T&geometry=Point", 400, "needs georel"},
		{"GET /entities/nouri", 400, `"field":"entityId"`},
		{"DELETE /entities/urn:x:1?nonsense=1", 400, `"field":"nonsense"`},
	} {
		c.want(k.status, "…"+k.want, k.request, "")
	}
}

// endless is a body that must not be read to its end.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	e.read += int64(len(p))
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestBodies(t *testing.T) {
	c := newCity(t)
	post := func(body io.Reader, length int64, contentType string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, Prefix+"entityOperations/upsert", body)
		r.ContentLength = length
		if contentType != "" {
			r.Header.Set("Content-Type", contentType)
		}
		w := httptest.NewRecorder()
		c.ServeHTTP(w, r)
		return w
	}
	large := &endless{}
	if w := post(large, 100<<20, "application/json"); w.Code != 413 || large.read != 0 || !strings.Contains(w.Body.String(), "16777216 bytes") {
		t.Errorf("a body of 100 MiB: %d after %d bytes, %s", w.Code, large.read, w.Body)
	}
	if w := post(large, -1, "application/json"); w.Code != 413 || large.read > 2*DefaultMaxBody {
		t.Errorf("a body without end: %d after %d bytes", w.Code, large.read)
	}
	if w := post(strings.NewReader("[{"), 100, "application/json"); w.Code != 400 || !strings.Contains(w.Body.String(), "before its stated length") {
		t.Errorf("a body cut off: %d %s", w.Code, w.Body)
	}
	if w := post(strings.NewReader("[]"), 2, "text/plain"); w.Code != 415 {
		t.Errorf("text/plain: %d", w.Code)
	}
	if w := post(strings.NewReader("[]"), 2, ""); w.Code != 415 {
		t.Errorf("no media type: %d", w.Code)
	}
	c.inFlight.Store(DefaultInFlight)
	if w := post(strings.NewReader("[]"), 2, "application/json"); w.Code != 429 || w.Header().Get("Retry-After") == "" {
		t.Errorf("too many bytes in flight: %d %v", w.Code, w.Header())
	}
	c.inFlight.Store(0)
	post(strings.NewReader("[]"), 2, "application/json")
	if n := c.inFlight.Load(); n != 0 {
		t.Errorf("%d bytes stay in flight", n)
	}
}
