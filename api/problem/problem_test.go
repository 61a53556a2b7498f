package problem

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/internal/wire"
)

func TestOf(t *testing.T) {
	for _, c := range []struct {
		err      error
		status   int
		own      string
		standard string
	}{
		{city.InvalidField("op", "f", "wrong"), 400, "urn:citybrain:problem:invalid", "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"},
		{city.Errorf(city.Denied, "op", "no"), 403, "urn:citybrain:problem:denied", "urn:citybrain:problem:denied"},
		{&city.Error{Kind: city.Denied, Err: ErrNotSignedIn}, 401, "urn:citybrain:problem:not-signed-in", "urn:citybrain:problem:not-signed-in"},
		{city.Errorf(city.NotFound, "op", ""), 404, "urn:citybrain:problem:not-found", "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound"},
		{city.Errorf(city.Conflict, "op", ""), 409, "urn:citybrain:problem:conflict", "https://uri.etsi.org/ngsi-ld/errors/AlreadyExists"},
		{&city.Error{Kind: city.Overload, Retry: 1500 * time.Millisecond}, 429, "urn:citybrain:problem:overload", "urn:citybrain:problem:overload"},
		{city.Errorf(city.Unavailable, "op", ""), 503, "urn:citybrain:problem:unavailable", "urn:citybrain:problem:unavailable"},
		{city.Errorf(city.Unsupported, "op", ""), 501, "urn:citybrain:problem:unsupported", "https://uri.etsi.org/ngsi-ld/errors/OperationNotSupported"},
		{city.Errorf(city.TooLarge, "op", ""), 413, "urn:citybrain:problem:too-large", "urn:citybrain:problem:too-large"},
		{errors.New("secret"), 500, "urn:citybrain:problem:internal", "https://uri.etsi.org/ngsi-ld/errors/InternalError"},
		{fmt.Errorf("wrapped: %w", city.Errorf(city.NotFound, "op", "")), 404, "urn:citybrain:problem:not-found", "https://uri.etsi.org/ngsi-ld/errors/ResourceNotFound"},
		{fmt.Errorf("slow: %w", context.DeadlineExceeded), 503, "urn:citybrain:problem:unavailable", "urn:citybrain:problem:unavailable"},
		{&http.MaxBytesError{Limit: 7}, 413, "urn:citybrain:problem:too-large", "urn:citybrain:problem:too-large"},
		{WithStatus(415, city.Errorf(city.Invalid, "op", "")), 415, "urn:citybrain:problem:media-type", "https://uri.etsi.org/ngsi-ld/errors/BadRequestData"},
	} {
		own, ngsi := Of(c.err, Own), Of(c.err, NGSILD)
		if own.Status != c.status || own.Type != c.own || ngsi.Type != c.standard || own.Title == "" || ngsi.Title == "" {
			t.Errorf("%v is %d %q %q", c.err, own.Status, own.Type, ngsi.Type)
		}
	}
}

func TestWriteShowsNothingInternal(t *testing.T) {
	var log bytes.Buffer
	var counted []int
	p := Reporter{Log: slog.New(slog.NewTextHandler(&log, nil)), Count: func(s int) { counted = append(counted, s) }}
	w := httptest.NewRecorder()
	r := httptest.NewRequest("GET", "/a%20b", nil)
	r.Header.Set(RequestIDHeader, "bad id with spaces")
	p.Write(w, r, &city.Error{Kind: city.Internal, Op: "store", Field: "f", Detail: "secret path", Err: errors.New("secret cause")})
	var d Document
	if err := wire.UnmarshalStrict(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || d.Field != "" || d.Instance != "/a%20b" || d.RequestID == "" || strings.Contains(d.RequestID, " ") {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if !strings.Contains(log.String(), "secret cause") || !strings.Contains(log.String(), d.RequestID) {
		t.Errorf("the log says %s", &log)
	}
	w = httptest.NewRecorder()
	p.Write(w, r, &city.Error{Kind: city.Overload, Retry: 1500 * time.Millisecond})
	if w.Header().Get("Retry-After") != "2" || len(counted) != 2 || counted[1] != 429 {
		t.Errorf("Retry-After %q, counted %v", w.Header().Get("Retry-After"), counted)
	}
	w = httptest.NewRecorder()
	p.Write(w, r, &city.Error{Kind: city.Denied, Err: ErrNotSignedIn})
	if w.Header().Get("WWW-Authenticate") == "" {
		t.Error("401 without WWW-Authenticate (RFC 9110 section 11.6.1)")
	}
}

func TestRecover(t *testing.T) {
	var log bytes.Buffer
	p := Reporter{Log: slog.New(slog.NewTextHandler(&log, nil))}
	h := func(v any) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			defer p.Recover(w, r)
			panic(v)
		}
	}
	w := httptest.NewRecorder()
	h("secret")(w, httptest.NewRequest("GET", "/", nil))
	if w.Code != 500 || strings.Contains(w.Body.String(), "secret") || !strings.Contains(log.String(), "problem_test.go") {
		t.Errorf("%d %s, log %s", w.Code, w.Body, &log)
	}
	defer func() {
		if recover() != http.ErrAbortHandler {
			t.Error("http.ErrAbortHandler did not pass")
		}
	}()
	h(http.ErrAbortHandler)(w, httptest.NewRequest("GET", "/", nil))
}
