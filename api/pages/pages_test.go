package pages

import (
	"net/http/httptest"
	"strings"
	"testing"
	"testing/fstest"
)

func serve(t *testing.T, files fstest.MapFS, request string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	h, err := New(files, nil)
	if err != nil {
		t.Fatal(err)
	}
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(method, "/", nil)
	r.URL.Path = path
	for i := 0; i < len(headers); i += 2 {
		r.Header.Add(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w
}

func file(text string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(text)} }

var built = fstest.MapFS{"index.html": file("page"), "index.html.gz": file("packed page"), "assets/app-1.js": file("script"), "assets/app-1.js.gz": file("gzip script"),
	"assets/app-1.js.br": file("br script"), "assets/noto-2.woff2": file("font"), "favicon.svg": file("<svg/>"), "odd.unknown": file("?")}

// codingOf says in which coding a text above stands.
var codingOf = map[string]string{"packed page": "gzip", "gzip script": "gzip", "br script": "br"}

func TestFilesAreServedInTheFormTheBrowserTakes(t *testing.T) {
	for request, want := range map[[2]string]string{
		{"/assets/app-1.js", ""}: "script", {"/assets/app-1.js", "gzip"}: "gzip script", {"/assets/app-1.js", "gzip, br"}: "br script", {"/assets/app-1.js", "br;q=0, gzip"}: "gzip script",
		{"/assets/app-1.js", "*"}: "br script", {"/assets/app-1.js", "identity"}: "script", {"/", "gzip, br"}: "packed page", {"/duty", "br"}: "page", {"/assets/noto-2.woff2", "gzip"}: "font",
	} {
		headers := []string{"Accept-Encoding", request[1]}
		if request[1] == "" {
			headers = nil
		}
		w := serve(t, built, "GET "+request[0], headers...)
		coding := w.Header().Get("Content-Encoding")
		if got := w.Body.String(); got != want || coding != codingOf[want] {
			t.Errorf("%v is %q in %q, want %q in %q", request, got, coding, want, codingOf[want])
		}
		if strings.Contains(request[0], "app-1") && w.Header().Get("Vary") != "Accept-Encoding" {
			t.Errorf("%v does not say that it varies", request)
		}
	}
}

func TestFilesKeepTheirTags(t *testing.T) {
	tags := map[string]bool{}
	for _, coding := range []string{"", "gzip", "br"} {
		w := serve(t, built, "GET /assets/app-1.js", "Accept-Encoding", coding)
		tag := w.Header().Get("ETag")
		tags[tag] = true
		if again := serve(t, built, "GET /assets/app-1.js", "Accept-Encoding", coding, "If-None-Match", tag); again.Code != 304 || again.Body.Len() != 0 {
			t.Errorf("%q again is %d", coding, again.Code)
		}
	}
	if len(tags) != 3 {
		t.Errorf("forms share a tag: %v", tags)
	}
}

func TestTypesDoNotDependOnTheMachine(t *testing.T) {
	for path, want := range map[string]string{"/": "text/html; charset=utf-8", "/assets/app-1.js": "text/javascript; charset=utf-8", "/assets/noto-2.woff2": "font/woff2", "/favicon.svg": "image/svg+xml", "/odd.unknown": "application/octet-stream"} {
		w := serve(t, built, "GET "+path)
		if got := w.Header().Get("Content-Type"); got != want || w.Header().Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s is %s, want %s", path, got, want)
		}
	}
}

func TestOnlyNamesWithAHashAreKeptForEver(t *testing.T) {
	for path, want := range map[string]string{"/": "no-cache", "/duty": "no-cache", "/favicon.svg": "no-cache", "/assets/app-1.js": "public, max-age=31536000, immutable"} {
		if got := serve(t, built, "GET "+path).Header().Get("Cache-Control"); got != want {
			t.Errorf("%s is kept %q, want %q", path, got, want)
		}
	}
}

func TestWhatIsNoFile(t *testing.T) {
	for request, status := range map[string]int{"GET /cases/17": 200, "HEAD /duty": 200, "GET /missing.js": 404, "GET /assets/gone": 404, "GET /index.html.gz": 404, "GET /assets/app-1.js.br": 404,
		"POST /duty": 405, "GET /../index.html": 200, "GET /assets/../../x.js": 404, "GET /a/../favicon.svg": 200} {
		if w := serve(t, built, request); w.Code != status {
			t.Errorf("%s is %d, want %d: %s", request, w.Code, status, w.Body)
		}
	}
}

func TestAConsoleThatWasNotBuilt(t *testing.T) {
	w := serve(t, fstest.MapFS{"README.txt": file("x")}, "GET /")
	if w.Code != 503 || !strings.Contains(w.Body.String(), "make console") || w.Header().Get("Content-Security-Policy") == "" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// TestThePolicyLetsNoScriptIn holds what keeps a text with markup harmless even
// if a page should show it as markup.
func TestThePolicyLetsNoScriptIn(t *testing.T) {
	for directive := range strings.SplitSeq(Policy, "; ") {
		name, sources, _ := strings.Cut(directive, " ")
		if strings.Contains(sources, "unsafe") && name != "style-src-attr" || strings.Contains(sources, "http") || strings.Contains(sources, "*") || name == "script-src" && sources != "'self'" {
			t.Errorf("the policy lets in %s", directive)
		}
	}
}
