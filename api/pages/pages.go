package pages

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"io/fs"
	"mime"
	"net/http"
	"path"
	"strings"
	"time"

	"citybrain/api/operation"
	"citybrain/api/problem"
	"citybrain/city"
)

// Policy is what the console's pages may load and run (Content-Security-Policy
// level 3): what this server gives, and nothing that stands in the page itself.
// Style attributes are let through, because the map and the charts write them;
// style elements are not.
const Policy = "default-src 'self'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; img-src 'self' data: blob:; " +
	"worker-src 'self' blob:; connect-src 'self'; font-src 'self'; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// permissions are the abilities of a browser that the console asks for: the
// place of a person who attaches a photo.
const permissions = "geolocation=(self), camera=(), microphone=(), payment=(), usb=(), serial=(), midi=(), display-capture=()"

// assets is the folder whose files have a hash of their content in their names.
const assets = "assets/"

// Handler serves the console. It is safe for concurrent use.
type Handler struct {
	problems *problem.Reporter
	files    fs.FS
	known    map[string]*page
}

// page is one file, with the forms that the build compressed beside it.
type page struct {
	media  string
	coded  map[string]string // file by content coding
	etag   string
	forget bool // its name does not change with its content
}

// New serves files, whose index.html is the page of every path that is no file.
// Without index.html every request is told how to build the console. An error
// says that files cannot be read.
func New(files fs.FS, problems *problem.Reporter) (*Handler, error) {
	if problems == nil {
		problems = &problem.Reporter{}
	}
	h := &Handler{problems: problems, files: files, known: map[string]*page{}}
	var names []string
	err := fs.WalkDir(files, ".", func(name string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			names = append(names, name)
		}
		return err
	})
	for _, name := range names {
		if err == nil && !packed(name) {
			h.known[name], err = h.read(name)
		}
	}
	if err != nil {
		return nil, &city.Error{Kind: city.Unavailable, Op: "pages", Detail: "the files of the console cannot be read", Err: err}
	}
	return h, nil
}

// codings are the content codings of files that a build compresses, the best
// first, with what is behind their names.
var codings = []struct{ name, suffix string }{{"br", ".br"}, {"gzip", ".gz"}}

func packed(name string) bool {
	return strings.HasSuffix(name, ".br") || strings.HasSuffix(name, ".gz")
}

func (h *Handler) read(name string) (*page, error) {
	f, err := h.files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	if _, err := io.Copy(sum, f); err != nil {
		return nil, err
	}
	p := &page{media: mediaOf(name), coded: map[string]string{}, etag: hex.EncodeToString(sum.Sum(nil)[:8]), forget: !strings.HasPrefix(name, assets)}
	for _, c := range codings {
		if _, err := fs.Stat(h.files, name+c.suffix); err == nil {
			p.coded[c.name] = name + c.suffix
		}
	}
	return p, nil
}

// media are the types of what a console is made of, whatever the machine's own
// table says.
var media = map[string]string{".html": "text/html; charset=utf-8", ".js": "text/javascript; charset=utf-8", ".mjs": "text/javascript; charset=utf-8",
	".css": "text/css; charset=utf-8", ".json": "application/json", ".svg": "image/svg+xml", ".woff2": "font/woff2", ".woff": "font/woff", ".png": "image/png",
	".jpg": "image/jpeg", ".webp": "image/webp", ".ico": "image/x-icon", ".txt": "text/plain; charset=utf-8", ".wasm": "application/wasm",
	".pbf": "application/x-protobuf", ".webmanifest": "application/manifest+json", ".map": "application/json"}

func mediaOf(name string) string {
	ext := path.Ext(name)
	if m := media[ext]; m != "" {
		return m
	}
	if m := mime.TypeByExtension(ext); m != "" {
		return m
	}
	return "application/octet-stream"
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if err := h.serve(w, r); err != nil {
		h.problems.Write(w, r, err)
	}
}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request) error {
	protect(w.Header())
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		return problem.WithStatus(http.StatusMethodNotAllowed, city.Errorf(city.Invalid, "pages", "pages are read with GET"))
	}
	if h.known["index.html"] == nil {
		return &city.Error{Kind: city.Unavailable, Op: "pages", Retry: time.Minute, Detail: "the console was not built into this program: run make console, then make build"}
	}
	name, p := h.find(r.URL.Path)
	if p == nil {
		return city.Errorf(city.NotFound, "pages", "there is no such file; the interfaces are listed at /api/openapi.json")
	}
	return h.send(w, r, name, p)
}

// find is the file that a path asks for. Paths of the console's own pages are
// no files: they are all drawn by index.html.
func (h *Handler) find(asked string) (string, *page) {
	name := strings.TrimPrefix(path.Clean("/"+asked), "/")
	if p := h.known[name]; p != nil {
		return name, p
	}
	if name != "" && strings.Contains(path.Base(name), ".") || strings.HasPrefix(name, assets) {
		return "", nil
	}
	return "index.html", h.known["index.html"]
}

func protect(h http.Header) {
	h.Set("Content-Security-Policy", Policy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Permissions-Policy", permissions)
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
}

func (h *Handler) send(w http.ResponseWriter, r *http.Request, name string, p *page) error {
	head, etag := w.Header(), p.etag
	if len(p.coded) > 0 {
		head.Set("Vary", "Accept-Encoding")
	}
	for _, c := range codings {
		if file := p.coded[c.name]; file != "" && operation.Accepts(r, c.name) {
			head.Set("Content-Encoding", c.name)
			name, etag = file, etag+"-"+c.name
			break
		}
	}
	f, err := h.files.Open(name)
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "pages", Detail: "a file of the console cannot be read", Err: err}
	}
	defer f.Close()
	content, ok := f.(io.ReadSeeker)
	if !ok {
		return &city.Error{Kind: city.Internal, Op: "pages", Err: errors.New("the file system of the console cannot seek")}
	}
	head.Set("Content-Type", p.media)
	head.Set("ETag", `"`+etag+`"`)
	head.Set("Cache-Control", "public, max-age=31536000, immutable")
	if p.forget {
		head.Set("Cache-Control", "no-cache")
	}
	http.ServeContent(w, r, "", time.Time{}, content)
	return nil
}
