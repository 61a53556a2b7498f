package driver_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"citybrain/test/driver"
)

func dial(t *testing.T, h http.HandlerFunc) *driver.Conn {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	c, err := driver.Dial(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

func TestConnKeepsAlive(t *testing.T) {
	remote := ""
	c := dial(t, func(w http.ResponseWriter, r *http.Request) {
		if remote == "" {
			remote = r.RemoteAddr
		}
		if r.RemoteAddr != remote {
			t.Errorf("second connection %s after %s", r.RemoteAddr, remote)
		}
		body, _ := io.ReadAll(r.Body)
		switch r.URL.Path {
		case "/long": // without a length: chunked
			for range 100 {
				fmt.Fprint(w, strings.Repeat("x", 1000))
				w.(http.Flusher).Flush()
			}
		case "/none":
			w.WriteHeader(204)
		case "/next":
			w.Header().Add("Link", `<http://json-ld>; rel="context", </next?page=2>; rel="next"`)
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(503)
		default:
			fmt.Fprintf(w, "%s %s %s", r.Method, r.Header.Get("Content-Type"), body)
		}
	})
	for range 3 {
		for _, want := range []struct {
			method, target, body string
			status               int
			answer               string
		}{
			{"GET", "/", "", 200, "GET  "},
			{"POST", "/", `{"a":1}`, 200, `POST application/json {"a":1}`},
			{"PATCH", "/none", "{}", 204, ""},
			{"GET", "/long", "", 200, strings.Repeat("x", 100000)},
			{"GET", "/next", "", 503, ""},
		} {
			var body []byte
			if want.body != "" {
				body = []byte(want.body)
			}
			a, err := c.Do(want.method, want.target, body)
			if err != nil {
				t.Fatalf("%s %s: %v", want.method, want.target, err)
			}
			if a.Status != want.status || string(a.Body) != want.answer {
				t.Errorf("%s %s: %d %.100q", want.method, want.target, a.Status, a.Body)
			}
			if want.target == "/next" && (a.Next != "/next?page=2" || a.Retry != "7") {
				t.Errorf("next %q, retry %q", a.Next, a.Retry)
			}
		}
	}
}

func TestConnSeesTheEnd(t *testing.T) {
	c := dial(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "10")
		fmt.Fprint(w, "short")
	})
	if a, err := c.Do("GET", "/", nil); err == nil {
		t.Errorf("a cut body was taken for an answer: %+v", a)
	}
}

func TestStream(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, ": hello\n\nid: 8\nevent: situation\ndata: {\"after\":%q,\ndata: \"x\":1}\n\n", r.Header.Get("Last-Event-ID"))
		w.(http.Flusher).Flush()
	}))
	defer s.Close()
	events, err := driver.Subscribe(strings.TrimPrefix(s.URL, "http://"), "/", "7")
	if err != nil {
		t.Fatal(err)
	}
	defer events.Close()
	e, err := events.Next()
	if err != nil || e.ID != "8" || e.Name != "situation" || e.Data != "{\"after\":\"7\",\n\"x\":1}" {
		t.Errorf("%+v %v", e, err)
	}
	if e, err = events.Next(); err == nil {
		t.Errorf("after the end: %+v", e)
	}
}
