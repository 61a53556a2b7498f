package operation

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"citybrain/city"
)

func TestAccepts(t *testing.T) {
	for header, want := range map[string]bool{"": false, "gzip": true, "GZIP": true, "deflate, gzip;q=1.0, *;q=0.5": true, "gzip;q=0": false, "br": false, "*": true, "*;q=0": false, "identity, gzip ; q=0.001": true,
		"gzip;q=x": false, "*, gzip;q=0": false, ",,;": false, "xgzip": false} {
		r := httptest.NewRequest("GET", "/", nil)
		if header != "" {
			r.Header.Set("Accept-Encoding", header)
		}
		if got := Accepts(r, "gzip"); got != want {
			t.Errorf("%q accepts gzip %v", header, got)
		}
	}
}

func TestMatches(t *testing.T) {
	for header, want := range map[string]bool{"": false, `"a"`: true, `W/"a"`: true, `"b", "a"`: true, `"b"`: false, "*": true, "a": false} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("If-None-Match", header)
		if got := Matches(r, `"a"`); got != want {
			t.Errorf("%q matches %v", header, got)
		}
	}
}

func FuzzReadCursor(f *testing.F) {
	f.Add(Cursor(1407758400e6, "urn:x:1 with spaces"))
	f.Add(Cursor(0, "x"))
	f.Fuzz(func(t *testing.T, text string) {
		at, id, ok := ReadCursor(text)
		if !ok {
			return
		}
		if at2, id2, ok := ReadCursor(Cursor(at, id)); !ok || at2 != at || id2 != id {
			t.Fatalf("%q: %v %q came back as %v %q", text, at, id, at2, id2)
		}
	})
}

func FuzzAccepts(f *testing.F) {
	f.Add("gzip;q=0.5, *", `W/"a", *`)
	f.Fuzz(func(t *testing.T, accept, tags string) {
		r := &http.Request{Header: http.Header{"Accept-Encoding": {accept}, "If-None-Match": {tags}}}
		Accepts(r, "gzip")
		Matches(r, `"a"`)
	})
}

func TestInstants(t *testing.T) {
	if i, err := Instant("from", "2014-08-11T14:00:00+02:00"); err != nil || i != city.Instant(1407758400e6) {
		t.Errorf("%v, %v", i, err)
	}
	for _, bad := range []string{"yesterday", "2014-08-11T14:00:00 02:00", "2014-08-11"} {
		if _, err := Instant("from", bad); city.KindOf(err) != city.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
