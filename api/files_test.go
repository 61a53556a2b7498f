package api_test

import (
	"bytes"
	"image"
	"image/png"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"citybrain/api/cases"
	"citybrain/internal/wire"
)

func photo(t *testing.T) string {
	var out bytes.Buffer
	if err := png.Encode(&out, image.NewRGBA(image.Rect(0, 0, 3, 2))); err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// attach sends a file as a type.
func (b *browser) attach(id, query, media, body string) *httptest.ResponseRecorder {
	b.t.Helper()
	return b.ask("POST /api/v1/cases/"+id+"/files?"+query, body, func(r *http.Request) {
		r.Header.Del("Content-Type")
		if media != "" {
			r.Header.Set("Content-Type", media)
		}
	})
}

func TestFilesAreKeptAndServedSafely(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	id, body := x.open("A hole"), photo(t)
	w := b.attach(id, `version=1&name=%22%3Cimg%3E%0d%0aX:%20y%2f..%2f%E6%A1%A5.png&view=near&lon=10.2&lat=56.1&takenAt=2014-08-11T11:00:00Z&note=%3Cb%3E`, "image/png", body)
	b.check(w, 400, "a name of two lines", `"field":"name"`)
	w = b.attach(id, `version=1&name=%22%3Cimg%3E%3b..%2f%E6%A1%A5.png&view=near&lon=10.2&lat=56.1&takenAt=2014-08-11T11:00:00Z&note=%3Cb%3E`, "image/png", body)
	b.check(w, 200, "a photo", `"media":"image/png"`, `"view":"near"`, `"place":{"type":"Point","coordinates":[10.2,56.1]}`, `"takenAt":"2014-08-11T11:00:00Z"`, `"note":"<b>"`, `"by":"duty-officer"`, `"agency":"centre"`)
	var d cases.CaseDetail
	if err := wire.Unmarshal(w.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	f := d.Case.Files[0]
	path := "GET /api/v1/cases/" + id + "/files/" + f.Hash
	got := x.as("auditor").want(200, path, "")
	h := got.Header()
	if got.Body.String() != body || h.Get("Content-Type") != "image/png" || h.Get("X-Content-Type-Options") != "nosniff" || !strings.HasPrefix(h.Get("Content-Security-Policy"), "sandbox; default-src 'none'") ||
		h.Get("Content-Disposition") != `inline; filename*=UTF-8''%22%3Cimg%3E%3B..%2F%E6%A1%A5.png` || h.Get("ETag") == "" || h.Get("Cache-Control") != "private, no-cache" {
		t.Errorf("the photo is served as %v", h)
	}
	again := b.ask(path, "", func(r *http.Request) { r.Header.Set("If-None-Match", h.Get("ETag")) })
	if again.Code != http.StatusNotModified {
		t.Errorf("a photo that the browser has is %d", again.Code)
	}
	part := b.ask(path, "", func(r *http.Request) { r.Header.Set("Range", "bytes=1-3") })
	if part.Code != http.StatusPartialContent || part.Body.String() != "PNG" {
		t.Errorf("a part is %d %q", part.Code, part.Body)
	}
	(&browser{town: x}).want(401, path, "")
	b.check(b.attach(id, "version=2", "image/png", body), 409, "the same again", `"guard":"attached"`)
	other := x.open("Another hole")
	b.want(404, "GET /api/v1/cases/"+other+"/files/"+f.Hash, "") // a hash opens nothing that is not of the case
}

// TestDamagedFilesAreNotShown changes the file of a case and then deletes it:
// whoever asks is told, and gets nothing of it.
func TestDamagedFilesAreNotShown(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	id := x.open("A hole")
	b.check(b.attach(id, "version=1", "image/png", photo(t)), 200, "a photo")
	hash := read[cases.CaseDetail](b, "GET /api/v1/cases/"+id, "").Case.Files[0].Hash
	path := filepath.Join(x.files, hash[:2], hash)
	if err := os.WriteFile(path, []byte(strings.Replace(photo(t), "IHDR", "IHDX", 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	const file = "/files/"
	w := b.want(503, "GET /api/v1/cases/"+id+file+hash, "", "is damaged and not shown", "not what was attached", `"type":"urn:citybrain:problem:unavailable"`)
	if strings.Contains(w.Body.String(), "PNG") || w.Header().Get("ETag") != "" || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("of the damaged file came %v %q", w.Header(), w.Body)
	}
	w = b.ask("GET /api/v1/cases/"+id+file+hash, "", func(r *http.Request) { r.Header.Set("If-None-Match", `"`+hash+`"`) })
	b.check(w, 503, "a browser that has the sound file")
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	b.want(503, "GET /api/v1/cases/"+id+file+hash, "", "is damaged and not shown", "missing")
}

// TestPagesAreNoEvidence holds that a page of HTML comes back as plain text that
// a browser saves, whatever it is called.
func TestPagesAreNoEvidence(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	id := x.open("A hole")
	w := b.attach(id, "version=1&name=evil.html", "text/plain", "<script>alert(1)</script>")
	b.check(w, 200, "a page")
	d := read[cases.CaseDetail](b, "GET /api/v1/cases/"+id, "")
	h := b.want(200, "GET /api/v1/cases/"+id+"/files/"+d.Case.Files[0].Hash, "").Header()
	if h.Get("Content-Type") != "text/plain; charset=utf-8" || !strings.HasPrefix(h.Get("Content-Disposition"), "attachment;") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the page is served as %v", h)
	}
}

func TestFilesThatAreNotTaken(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	id, body := x.open("A hole"), photo(t)
	for name, try := range map[string]struct {
		status             int
		query, media, body string
	}{
		"too large":            {413, "version=1", "text/plain", strings.Repeat("x", 1<<20+1)},
		"empty":                {400, "version=1", "image/png", ""},
		"a lie":                {400, "version=1", "image/jpeg", body},
		"an unknown type":      {400, "version=1", "application/zip", "PK\x03\x04\x00\x00"},
		"an unnamed type":      {400, "version=1", "", "PK\x03\x04\x00\x00"},
		"a page that says so":  {400, "version=1", "text/html", "<script>"},
		"a broken photo":       {400, "version=1", "image/png", body[:20]},
		"SVG":                  {400, "version=1", "image/svg+xml", "<svg onload='alert(1)'/>"},
		"no version":           {400, "", "image/png", body},
		"a stale version":      {409, "version=9", "image/png", body},
		"a strange version":    {400, "version=x", "image/png", body},
		"a strange view":       {400, "version=1&view=odd", "image/png", body},
		"half a place":         {400, "version=1&lon=1", "image/png", body},
		"no place":             {400, "version=1&lon=1&lat=NaN", "image/png", body},
		"a place off the map":  {400, "version=1&lon=1&lat=91", "image/png", body},
		"no time":              {400, "version=1&takenAt=yesterday", "image/png", body},
		"a parameter twice":    {400, "version=1&version=2", "image/png", body},
		"an unknown parameter": {400, "version=1&hash=x", "image/png", body},
		"bad escapes":          {400, "version=1&name=%zz", "image/png", body},
	} {
		b.check(b.attach(id, try.query, try.media, try.body), try.status, name)
	}
	w := b.ask("POST /api/v1/cases/"+id+"/files?version=1", "", func(r *http.Request) {
		r.Body, r.ContentLength = io.NopCloser(io.LimitReader(endless{}, 64<<20)), -1
		r.Header.Set("Content-Type", "text/plain")
	})
	b.check(w, 413, "a body without end")
	b.check(b.attach("none", "version=1", "image/png", body), 404, "no such case")
	b.check(x.as("roads-handler").attach(id, "version=1", "image/png", body), 403, "an agency without a task", `"guard":"role"`)
	if d := read[cases.CaseDetail](b, "GET /api/v1/cases/"+id, ""); len(d.Case.Files) != 0 || d.Case.Version != 1 {
		t.Errorf("something was taken: %+v", d.Case)
	}
	b.check(b.attach(id, "version=1&name=ok", "application/octet-stream", body), 200, "a browser that does not know the type")
}

type endless struct{}

func (endless) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func TestPathsLeadNowhere(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	id := x.open("A hole")
	for _, hash := range []string{"..", "%2e%2e", "..%2f..%2fetc%2fpasswd", strings.Repeat("a", 64), strings.Repeat("A", 64), strings.Repeat("a", 63), "%00", "incoming", ".", "C:%5cx"} {
		w := b.ask("GET /api/v1/cases/"+id+"/files/"+hash, "", nil)
		if w.Code != 404 && w.Code != 400 && w.Code != 301 && w.Code != 307 {
			t.Errorf("the hash %s is %d: %s", hash, w.Code, w.Body)
		}
	}
	for _, path := range []string{"/assets/..%2findex.html", "/assets/../../etc/passwd", "/%2e%2e/go.mod", "/assets/", "/assets/none.js", "/.env", "/index.html/x.js", "//evil.example/x.js", "/assets/app-1a2b3c.js.gz"} {
		w := b.ask("GET "+path, "", nil)
		if w.Code == 200 && !strings.Contains(w.Body.String(), "City Brain") || w.Code >= 500 {
			t.Errorf("%s is %d: %s", path, w.Code, w.Body)
		}
	}
}

func TestTheConsoleNeedsNoSession(t *testing.T) {
	b := &browser{town: newTown(t)}
	for _, path := range []string{"/", "/index.html", "/signin", "/cases/4711", "/duty"} {
		h := b.want(200, "GET "+path, "", "City Brain").Header()
		if !strings.Contains(h.Get("Content-Security-Policy"), "script-src 'self';") || h.Get("Cache-Control") != "no-cache" || h.Get("X-Frame-Options") != "DENY" || h.Get("Referrer-Policy") == "" || h.Get("Permissions-Policy") == "" {
			t.Errorf("%s is served as %v", path, h)
		}
	}
	if h := b.want(200, "GET /assets/app-1a2b3c.js", "").Header(); !strings.Contains(h.Get("Cache-Control"), "immutable") || h.Get("Content-Type") != "text/javascript; charset=utf-8" {
		t.Errorf("an asset is served as %v", h)
	}
	b.want(404, "GET /assets/none.js", "")
	b.want(405, "POST /duty", "")
	for _, path := range []string{"/api", "/api/", "/api/v1/none", "/ngsi-ld", "/ngsi-ld/v1/entities", "/metrics"} {
		b.want(401, "GET "+path, "")
	}
	bad := &browser{town: b.town, cookie: "planted"}
	bad.want(200, "GET /", "", "City Brain") // a stale cookie does not keep anybody from signing in
	bad.want(200, "POST /api/v1/session", signInBody)
}
