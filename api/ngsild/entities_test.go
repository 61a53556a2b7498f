package ngsild

import (
	"net/http/httptest"
	"strings"
	"testing"

	"citybrain/city"
	"citybrain/history"
)

func TestEntityLifecycle(t *testing.T) {
	c := newCity(t)
	w := c.want(201, "", "POST /entities", segment)
	if got := w.Header().Get("Location"); got != "/ngsi-ld/v1/entities/urn:ngsi-ld:RoadSegment:1" {
		t.Errorf("Location is %q", got)
	}
	c.want(200, segment, "GET /entities/urn:ngsi-ld:RoadSegment:1", "")
	c.want(409, "…ngsi-ld/errors/AlreadyExists", "POST /entities", segment)
	c.want(200, `{"id":"urn:ngsi-ld:RoadSegment:1","type":"RoadSegment","avgSpeed":12.5,"open":true}`,
		"GET /entities/urn:ngsi-ld:RoadSegment:1?options=keyValues&attrs=avgSpeed,open", "")
	c.want(404, "…none of these attributes", "GET /entities/urn:ngsi-ld:RoadSegment:1?attrs=nothing", "")

	c.want(204, "", "PATCH /entities/urn:ngsi-ld:RoadSegment:1/attrs/avgSpeed", `{"value":30,"observedAt":"2014-08-11T06:40:00Z"}`)
	c.want(200, `…"avgSpeed":{"type":"Property","value":30,"unitCode":"KMH","observedAt":"2014-08-11T06:40:00Z"}`, "GET /entities/urn:ngsi-ld:RoadSegment:1", "")
	c.want(204, "", "PATCH /entities/urn:ngsi-ld:RoadSegment:1/attrs/status", `{"type":"Property","value":"BAD"}`)
	c.want(200, `…"status":{"type":"Property","value":"BAD","accuracy":{"type":"Property","value":0.9}}`, "GET /entities/urn:ngsi-ld:RoadSegment:1", "")
	c.want(404, "…no attribute missing", "PATCH /entities/urn:ngsi-ld:RoadSegment:1/attrs/missing", `{"value":1}`)
	c.want(404, "…ResourceNotFound", "PATCH /entities/urn:ngsi-ld:RoadSegment:2/attrs/avgSpeed", `{"value":1}`)

	c.want(207, `{"updated":["open"],"notUpdated":[{"attributeName":"lanes","reason":"the entity has no such attribute"}]}`,
		"PATCH /entities/urn:ngsi-ld:RoadSegment:1/attrs", `{"open":{"value":false},"lanes":{"value":2}}`)
	c.want(204, "", "POST /entities/urn:ngsi-ld:RoadSegment:1/attrs", `{"lanes":{"value":2}}`)
	c.want(200, `…"open":false,`, "GET /entities/urn:ngsi-ld:RoadSegment:1?options=keyValues", "")
	c.want(200, `…"lanes":2`, "GET /entities/urn:ngsi-ld:RoadSegment:1?options=keyValues", "")
	c.want(204, "", "DELETE /entities/urn:ngsi-ld:RoadSegment:1/attrs/lanes", "")
	c.want(404, "…", "DELETE /entities/urn:ngsi-ld:RoadSegment:1/attrs/lanes", "")

	c.want(204, "", "DELETE /entities/urn:ngsi-ld:RoadSegment:1", "")
	c.want(404, "…ResourceNotFound", "GET /entities/urn:ngsi-ld:RoadSegment:1", "")
	c.want(404, "…", "DELETE /entities/urn:ngsi-ld:RoadSegment:1", "")
}

func TestForms(t *testing.T) {
	c := newCity(t)
	c.want(201, "", "POST /entities", `{"id":"urn:x:1","type":"T","n":{"type":"Property","value":1,"createdAt":"2014-08-11T06:35:00Z"},`+
		`"when":{"type":"Property","value":{"@type":"DateTime","@value":"2014-08-11T06:35:00Z"}},"o":{"value":{ "a" : [1, "\u00e9"] }},"@context":["https://example.org/c.jsonld"]}`)
	c.want(200, `{"id":"urn:x:1","type":"T","createdAt":"2014-08-11T12:00:00Z","modifiedAt":"2014-08-11T12:00:00Z",`+
		`"n":{"type":"Property","value":1,"modifiedAt":"2014-08-11T12:00:00Z"}}`, "GET /entities/urn:x:1?options=sysAttrs&attrs=n", "")
	c.want(200, `{"id":"urn:x:1","type":"T","n":{"type":"Property","value":1,"source":{"type":"Property","value":"ngsi-ld"},"quality":{"type":"Property","value":[]}}}`,
		"GET /entities/urn:x:1?options=provenance&attrs=n", "")
	c.want(200, `{"id":"urn:x:1","type":"T","n":1,"when":{"@type":"DateTime","@value":"2014-08-11T06:35:00Z"},"o":{"a":[1,"\u00e9"]}}`,
		"GET /entities/urn:x:1?format=simplified", "")

	r := httptest.NewRequest("GET", Prefix+"entities/urn:x:1?attrs=n", nil)
	r.Header.Set("Accept", "application/ld+json")
	w := httptest.NewRecorder()
	c.ServeHTTP(w, r)
	if w.Header().Get("Content-Type") != "application/ld+json" || !strings.Contains(w.Body.String(), `"@context":"https://uri.etsi.org/ngsi-ld/v1/`) || w.Header().Get("Link") != "" {
		t.Errorf("JSON-LD answer: %v %s", w.Header(), w.Body)
	}
	r.Header.Set("Accept", "text/html")
	w = httptest.NewRecorder()
	if c.ServeHTTP(w, r); w.Code != 406 {
		t.Errorf("text/html is %d", w.Code)
	}
	if w := c.call("HEAD /entities/urn:x:1", ""); w.Code != 200 {
		t.Errorf("HEAD is %d", w.Code)
	}
	if w := c.call("OPTIONS /entities/urn:x:1", ""); w.Code != 204 || w.Header().Get("Allow") != "OPTIONS, GET, HEAD, DELETE" {
		t.Errorf("OPTIONS is %d %v", w.Code, w.Header())
	}
}

func TestBatches(t *testing.T) {
	c := newCity(t)
	c.want(201, `["urn:x:1","urn:x:2"]`, "POST /entityOperations/upsert",
		`[{"id":"urn:x:1","type":"T","a":{"value":1},"b":{"value":1}},{"id":"urn:x:2","type":"T","a":{"value":2}}]`)
	c.want(204, "", "POST /entityOperations/upsert?options=update", `[{"id":"urn:x:1","type":"T","a":{"value":5}}]`)
	c.want(200, `{"id":"urn:x:1","type":"T","a":5,"b":1}`, "GET /entities/urn:x:1?options=keyValues", "")
	c.want(204, "", "POST /entityOperations/upsert", `[{"id":"urn:x:1","type":"T","a":{"value":6}}]`)
	c.want(200, `{"id":"urn:x:1","type":"T","a":6}`, "GET /entities/urn:x:1?options=keyValues", "")
	c.want(201, `["urn:x:3"]`, "POST /entityOperations/upsert?options=update,keyValues",
		`[{"id":"urn:x:3","type":"T","a":7,"s":"text","location":{"type":"Point","coordinates":[10,56]},"list":[1,2]}]`)
	c.want(200, `…"location":{"type":"GeoProperty","value":{"type":"Point","coordinates":[10,56]}},"list":{"type":"Property","value":[1,2]}`, "GET /entities/urn:x:3", "")

	w := c.want(207, `…{"success":["urn:x:1","urn:x:9"],"errors":[{"entityId":"urn:x:4","error":{"type":"https://uri.etsi.org/ngsi-ld/errors/BadRequestData"`,
		"POST /entityOperations/upsert",
		`[{"id":"urn:x:1","type":"T","a":{"value":1}},{"a":{"value":[[1,{"deep":"\"}]"}],null],"x":{"value":null}},"more":{"value":1},"type":"T","id":"urn:x:4"},{"id":"urn:x:5"},{"id":"urn:x:9","type":"T"}]`)
	for _, part := range []string{`"field":"[1].a.x.value"`, `"entityId":"urn:x:5"`, `"field":"[2].type"`} {
		if !strings.Contains(w.Body.String(), part) {
			t.Errorf("the answer lacks %s: %s", part, w.Body)
		}
	}
	c.want(207, `…"entityId":"urn:x:1","error":{"type":"https://uri.etsi.org/ngsi-ld/errors/AlreadyExists"`, "POST /entityOperations/create",
		`[{"id":"urn:x:1","type":"T"},{"id":"urn:x:10","type":"T"}]`)
	c.want(207, `…ResourceNotFound`, "POST /entityOperations/update", `[{"id":"urn:x:77","type":"T","a":{"value":1}}]`)
	c.want(207, `…"success":["urn:x:10"]`, "POST /entityOperations/delete", `["urn:x:10","urn:x:10"]`)
	c.want(207, `…bad: rule no-bad`, "POST /entityOperations/upsert", `[{"id":"urn:x:20","type":"T","bad":{"value":1}}]`)

	c.want(400, `…is an empty list`, "POST /entityOperations/upsert", `[]`)
	c.want(400, `…must be a list`, "POST /entityOperations/upsert", `{}`)
	c.want(400, `…"field":"[1]"`, "POST /entityOperations/upsert", `[{"id":"urn:x:30","type":"T"},5]`)
	c.want(400, `…"field":"body"`, "POST /entityOperations/upsert", `[{"id":"urn:x:30","type":"T"},{"id":"urn`)
	c.want(404, `…`, "GET /entities/urn:x:30", "")
	c.want(413, `…at most 10000 entities`, "POST /entityOperations/upsert", "["+strings.Repeat(`{"id":"urn:x:1","type":"T"},`, 10000)+`{"id":"urn:x:1","type":"T"}]`)
}

func TestTemporal(t *testing.T) {
	c := newCity(t)
	c.want(404, "…", "GET /temporal/entities/urn:x:1", "")
	c.want(201, "", "POST /entities", `{"id":"urn:x:1","type":"T","a":{"value":1}}`)
	at := func(i int) city.Instant { return noon + city.Instant(i)*60e6 }
	for i := range 2 {
		c.past.page.Readings = append(c.past.page.Readings, history.Reading{At: at(i), Attributes: []city.Attribute{
			{Name: "a", Value: city.NumberOf(float64(i)), ObservedAt: at(i)}, {Name: "b", Value: city.TextOf("x"), ObservedAt: at(i)}}})
	}
	c.want(200, `{"id":"urn:x:1","type":"T","a":{"type":"Property","values":[[0,"2014-08-11T12:00:00Z"],[1,"2014-08-11T12:01:00Z"]]},`+
		`"b":{"type":"Property","values":[["x","2014-08-11T12:00:00Z"],["x","2014-08-11T12:01:00Z"]]}}`,
		"GET /temporal/entities/urn:x:1?timerel=between&timeAt=2014-08-11T00:00:00Z&endTimeAt=2014-08-12T00:00:00Z&attrs=a,b&lastN=2&options=temporalValues", "")
	q := c.past.asked
	if q.LastN != 2 || q.Interval.From.String() != "2014-08-11T00:00:00Z" || q.Interval.To.String() != "2014-08-12T00:00:00Z" || len(q.Attributes) != 2 {
		t.Errorf("asked %+v", q)
	}
	c.past.page.More = true
	w := c.want(206, `…"a":[{"type":"Property","value":0,"observedAt":"2014-08-11T12:00:00Z"},`, "GET /temporal/entities/urn:x:1?timerel=after&timeAt=2014-08-11T00:00:00Z", "")
	if got := w.Header().Get("Content-Range"); got != "date-time 2014-08-11T12:00:00Z-2014-08-11T12:01:00Z/*" {
		t.Errorf("Content-Range is %q", got)
	}
	c.want(400, `…"field":"timeAt"`, "GET /temporal/entities/urn:x:1?timerel=after", "")
	c.want(400, `…"field":"timeAt"`, "GET /temporal/entities/urn:x:1?timeAt=2014-08-11T00:00:00Z", "")
	c.want(400, `…"field":"endTimeAt"`, "GET /temporal/entities/urn:x:1?timerel=between&timeAt=2014-08-11T00:00:00Z&endTimeAt=2014-08-11T00:00:00Z", "")
	c.want(400, `…in a URL write %2B for +`, "GET /temporal/entities/urn:x:1?timerel=after&timeAt=2014-08-11T00:00:00+02:00", "")
	c.want(206, `…`, "GET /temporal/entities/urn:x:1?timerel=before&timeAt=2014-08-11T00:00:00%2B02:00", "")
	c.want(400, `…"field":"timerel"`, "GET /temporal/entities/urn:x:1?timerel=during&timeAt=2014-08-11T00:00:00Z", "")
	c.want(400, `…"field":"lastN"`, "GET /temporal/entities/urn:x:1?lastN=0", "")
	c.want(501, `…"field":"aggrMethods"`, "GET /temporal/entities/urn:x:1?aggrMethods=max", "")
}

func TestTypes(t *testing.T) {
	c := newCity(t)
	c.want(200, `{"id":"urn:ngsi-ld:EntityTypeList:city","type":"EntityTypeList","typeList":[]}`, "GET /types", "")
	c.want(201, "…", "POST /entityOperations/create", `[{"id":"urn:x:1","type":"B"},{"id":"urn:x:2","type":"A"}]`)
	c.want(200, `…"typeList":["A","B"]`, "GET /types", "")
}
