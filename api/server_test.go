package api

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"citybrain/api/caller"
	"citybrain/api/problem"
	"citybrain/api/stream"
	"citybrain/city"
)

func face(name string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("panic") {
			panic("secret")
		}
		_, _ = io.WriteString(w, name)
		if r.URL.Query().Has("late-panic") {
			panic("secret")
		}
	})
}

func newHandler(auth Authenticator, log *slog.Logger) *Handler {
	reg := prometheus.NewRegistry()
	WatchStream(reg, stream.NewHub(stream.Options{}))
	return New(Options{NGSILD: face("ngsild"), Admin: face("admin"), Stream: face("stream"), Auth: auth, Metrics: reg, Log: log,
		Problems: &problem.Reporter{Log: log, Count: CountProblems(reg)}})
}

func get(h http.Handler, path string, change func(*http.Request)) *httptest.ResponseRecorder {
	r := httptest.NewRequest("GET", path, nil)
	r.RemoteAddr, r.Host = "127.0.0.1:5", "localhost:8080"
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func TestRoutes(t *testing.T) {
	var log bytes.Buffer
	h := newHandler(&Open{}, slog.New(slog.NewTextHandler(&log, &slog.HandlerOptions{Level: slog.LevelDebug})))
	for path, want := range map[string]string{"/ngsi-ld/v1/entities": "ngsild", "/api/v1/feeds": "admin", "/api/openapi.json": "admin", "/api/v1/stream": "stream", "/healthz": "alive", "/readyz": "ready"} {
		if w := get(h, path, nil); w.Code != 200 || !strings.Contains(w.Body.String(), want) {
			t.Errorf("%s is %d %s", path, w.Code, w.Body)
		}
	}
	if w := get(h, "/nothing", nil); w.Code != 404 || w.Header().Get("Content-Type") != problem.ContentType {
		t.Errorf("/nothing is %d %s", w.Code, w.Body)
	}
	if w := get(h, "/api/?panic", nil); w.Code != 500 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("a panic is %d %s", w.Code, w.Body)
	}
	if w := get(h, "/metrics", nil); !strings.Contains(w.Body.String(), `citybrain_http_problems_total{status="404"} 1`) || !strings.Contains(w.Body.String(), "citybrain_stream_clients 0") {
		t.Errorf("metrics are %s", w.Body)
	}
	w := get(h, "/nothing", func(r *http.Request) { r.Header.Set("X-Request-Id", "mine-1") })
	if w.Header().Get("X-Request-Id") != "mine-1" || !strings.Contains(w.Body.String(), `"requestId":"mine-1"`) || !strings.Contains(log.String(), "request=mine-1 method=GET path=/nothing status=404") {
		t.Errorf("the caller's id is lost: %v %s\n%s", w.Header(), w.Body, &log)
	}
}

// TestLatePanicBreaksOff holds that what was begun is not ended by a problem: a
// client must not take the half of an answer, with a problem behind it, for one.
func TestLatePanicBreaksOff(t *testing.T) {
	h := newHandler(&Open{}, slog.New(slog.DiscardHandler))
	s := httptest.NewServer(h)
	defer s.Close()
	res, err := http.Get(s.URL + "/api/?late-panic")
	if err == nil {
		body, reading := io.ReadAll(res.Body)
		_ = res.Body.Close()
		t.Errorf("the answer is whole: %d %q, %v", res.StatusCode, body, reading)
	}
	if w := get(h, "/metrics", nil); !strings.Contains(w.Body.String(), `citybrain_http_problems_total{status="500"} 1`) {
		t.Errorf("the fault is not counted: %s", w.Body)
	}
}

func TestReady(t *testing.T) {
	h := newHandler(&Open{}, slog.New(slog.DiscardHandler))
	h.Ready = func() []string { return []string{`the log is "read"`} }
	if w := get(h, "/readyz", nil); w.Code != 503 || w.Body.String() != `{"status":"not ready","reasons":["the log is \"read\""]}` || w.Header().Get("Retry-After") == "" {
		t.Errorf("%d %v %s", w.Code, w.Header(), w.Body)
	}
}

func TestOpenIsForThisMachine(t *testing.T) {
	h := newHandler(&Open{}, slog.New(slog.DiscardHandler))
	for name, c := range map[string]struct {
		status int
		change func(*http.Request)
	}{
		"IPv6":              {200, func(r *http.Request) { r.RemoteAddr, r.Host = "[::1]:5", "[::1]:8080" }},
		"mapped":            {200, func(r *http.Request) { r.RemoteAddr, r.Host = "[::ffff:127.0.0.1]:5", "127.0.0.1" }},
		"from elsewhere":    {403, func(r *http.Request) { r.RemoteAddr = "192.0.2.1:5" }},
		"another name":      {403, func(r *http.Request) { r.Host = "rebound.example:8080" }},
		"no address":        {403, func(r *http.Request) { r.RemoteAddr = "" }},
		"a page elsewhere":  {403, func(r *http.Request) { r.Method = "POST"; r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		"an origin":         {403, func(r *http.Request) { r.Method = "POST"; r.Header.Set("Origin", "https://example.org") }},
		"reading elsewhere": {403, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }},
		"reading next door": {403, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") }},
		"reading by origin": {403, func(r *http.Request) { r.Header.Set("Origin", "http://evil.example") }},
		"another port":      {403, func(r *http.Request) { r.Header.Set("Origin", "http://localhost:9090") }},
		"a sandboxed page":  {403, func(r *http.Request) { r.Method = "HEAD"; r.Header.Set("Origin", "null") }},
		"its own reading":   {200, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-origin") }},
		"the address bar":   {200, func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "none") }},
		"the page itself":   {200, func(r *http.Request) { r.Method = "POST"; r.Header.Set("Sec-Fetch-Site", "same-origin") }},
		"its own origin":    {200, func(r *http.Request) { r.Method = "POST"; r.Header.Set("Origin", "http://localhost:8080") }},
		"a plain HTTP tool": {200, func(r *http.Request) { r.Method = "DELETE" }},
	} {
		if w := get(h, "/api/v1/feeds", c.change); w.Code != c.status {
			t.Errorf("%s is %d: %s", name, w.Code, w.Body)
		}
	}
}

func TestServerLimits(t *testing.T) {
	s := newHandler(&Open{}, slog.New(slog.DiscardHandler)).Server()
	if s.ReadHeaderTimeout == 0 || s.ReadTimeout == 0 || s.WriteTimeout == 0 || s.IdleTimeout == 0 || s.MaxHeaderBytes == 0 {
		t.Errorf("a limit is missing: %+v", s)
	}
}

// TestStreamOutlivesTimeouts holds that the server's limits of time do not end a
// stream that has something to say.
func TestStreamOutlivesTimeouts(t *testing.T) {
	hub := stream.NewHub(stream.Options{Heartbeat: 20 * time.Millisecond})
	s := New(Options{Stream: hub, Auth: &Open{}, Log: slog.New(slog.DiscardHandler)}).Server()
	s.ReadTimeout, s.WriteTimeout = 100*time.Millisecond, 100*time.Millisecond
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = s.Serve(l) }()
	defer s.Close()
	res, err := http.Get("http://" + l.Addr().String() + "/api/v1/stream?types=situation")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	time.AfterFunc(400*time.Millisecond, func() {
		hub.Publish([]city.Situation{{ID: "late", Change: 1, Standing: city.Standing{Notice: 1, Announced: 1}}})
		hub.Close()
	})
	body, err := io.ReadAll(res.Body)
	if err != nil || !bytes.Contains(body, []byte(`"id":"late"`)) {
		t.Errorf("%v: %s", err, body)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := s.Shutdown(ctx); err != nil && !errors.Is(err, http.ErrServerClosed) {
		t.Errorf("shutting down: %v", err)
	}
}

// doorkeeper lets in until it is told not to.
type doorkeeper struct{ closed atomic.Bool }

func (d *doorkeeper) Authenticate(*http.Request) (caller.Caller, error) {
	if d.closed.Load() {
		return caller.Caller{}, caller.NotSignedIn("signed out")
	}
	return caller.Caller{}, nil
}

// TestStreamsEndWithTheirSession holds that who is signed out or disabled hears
// nothing more.
func TestStreamsEndWithTheirSession(t *testing.T) {
	hub := stream.NewHub(stream.Options{Heartbeat: time.Hour})
	defer hub.Close()
	door := &doorkeeper{}
	h := New(Options{Stream: hub, Auth: door, Log: slog.New(slog.DiscardHandler)})
	h.recheck = 10 * time.Millisecond
	s := httptest.NewServer(h)
	defer s.Close()
	res, err := http.Get(s.URL + "/api/v1/stream?types=situation")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	time.AfterFunc(50*time.Millisecond, func() { door.closed.Store(true) })
	ended := make(chan error, 1)
	go func() { _, err := io.ReadAll(res.Body); ended <- err }()
	select {
	case <-ended:
	case <-time.After(10 * time.Second):
		t.Error("the stream goes on")
	}
}
