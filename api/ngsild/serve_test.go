package ngsild

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func newRequest() *http.Request {
	return httptest.NewRequest(http.MethodPost, Prefix+"entityOperations/upsert", nil)
}

// discard is an answer that nobody reads.
type discard struct {
	h      http.Header
	status int
}

func (d *discard) Header() http.Header         { return d.h }
func (d *discard) WriteHeader(status int)      { d.status = status }
func (d *discard) Write(p []byte) (int, error) { return len(p), nil }

// serveBench measures the handler without net/http's connection.
func serveBench(b *testing.B, method, path, body string, status int) {
	c := newCity(b)
	c.want(201, "…", "POST /entityOperations/upsert", batchBody(100))
	r := httptest.NewRequest(method, Prefix+path, nil)
	r.Header.Set("Content-Type", "application/json")
	in := strings.NewReader(body)
	r.Body, r.ContentLength = io.NopCloser(in), int64(len(body))
	b.ReportAllocs()
	for b.Loop() {
		in.Reset(body)
		w := discard{h: http.Header{}}
		c.ServeHTTP(&w, r)
		if w.status != status {
			b.Fatalf("status %d", w.status)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	serveBench(b, "GET", "entities/urn:ngsi-ld:RoadSegment:158000", "", 200)
}

func BenchmarkPatch(b *testing.B) {
	serveBench(b, "PATCH", "entities/urn:ngsi-ld:RoadSegment:158000/attrs/avgSpeed", `{"type":"Property","value":12.5,"observedAt":"2014-08-11T06:40:00Z"}`, 204)
}

func BenchmarkUpsert100(b *testing.B) {
	serveBench(b, "POST", "entityOperations/upsert?options=update", batchBody(100), 204)
}
