package api

import (
	"context"
	"crypto/subtle"
	"errors"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"citybrain/api/caller"
	"citybrain/api/ngsild"
	"citybrain/api/problem"
	"citybrain/city"
	"citybrain/internal/wire"
)

// The limits of a connection. A face gives a request more time where it needs it.
const (
	readHeaderTimeout = 10 * time.Second
	readTimeout       = time.Minute
	writeTimeout      = 2 * time.Minute
	idleTimeout       = 2 * time.Minute
	maxHeaderBytes    = 64 << 10
)

// Options are the faces that a server joins. A nil face answers 404.
type Options struct {
	NGSILD http.Handler // under /ngsi-ld/v1/
	Admin  http.Handler // under /api/
	Stream http.Handler // /api/v1/stream
	// Console is everything else (api/pages); nil: 404.
	Console http.Handler
	Auth    Authenticator // must be set: Sessions or Open
	// MetricsToken lets a scraper read /metrics that sends it as a bearer
	// token; "" means that administrators and auditors alone may.
	MetricsToken string
	// Ready returns why the city does not serve yet, or nil.
	Ready    func() []string
	Metrics  *prometheus.Registry // nil: no /metrics
	Problems *problem.Reporter
	Log      *slog.Logger // nil: slog.Default
}

// Handler routes requests to the faces. It is safe for concurrent use.
type Handler struct {
	Options
	metrics http.Handler
	recheck time.Duration
}

// recheckEvery is how often a stream looks whether its listener may still
// listen: it outlives the session that opened it by no more.
const recheckEvery = 15 * time.Second

// New joins the faces of o.
func New(o Options) *Handler {
	if o.Problems == nil {
		o.Problems = &problem.Reporter{Log: o.Log}
	}
	if o.Log == nil {
		o.Log = slog.Default()
	}
	h := &Handler{Options: o, recheck: recheckEvery}
	if o.Metrics != nil {
		h.metrics = promhttp.HandlerFor(o.Metrics, promhttp.HandlerOpts{Registry: o.Metrics})
	}
	return h
}

// Server is an http.Server for h with limits of time and size. The caller
// listens and shuts down; long streams end with the hub, not with Shutdown.
func (h *Handler) Server() *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: readHeaderTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(h.Log.Handler(), slog.LevelDebug)}
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w := &answer{ResponseWriter: out}
	defer h.Problems.Recover(w, r)
	if id := r.Header[problem.RequestIDHeader]; id != nil { // a client that follows its requests
		w.Header()[problem.RequestIDHeader] = []string{problem.RequestID(r)}
	}
	if h.Log.Enabled(r.Context(), slog.LevelDebug) {
		h.logged(w, r)
		return
	}
	h.route(w, r)
}

func (h *Handler) route(w http.ResponseWriter, r *http.Request) city.AccountID {
	path := r.URL.Path
	switch path {
	case "/healthz":
		plain(w, http.StatusOK, `{"status":"alive"}`)
		return ""
	case "/readyz":
		h.ready(w)
		return ""
	case "/metrics":
		if h.scrapes(r) {
			h.serve(h.metrics, w, r)
			return ""
		}
	}
	who, err := h.Auth.Authenticate(r)
	if err != nil && !served(r, err) {
		h.Problems.Write(w, r, err)
		return ""
	}
	if err == nil {
		r = r.WithContext(caller.With(r.Context(), who))
	}
	if err := h.allowed(r); err != nil {
		h.Problems.Write(w, r, err)
		return who.Actor.Account
	}
	h.face(w, r)
	return who.Actor.Account
}

// face hands a request to the face that its path belongs to.
func (h *Handler) face(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	head := w.Header()
	head["X-Content-Type-Options"] = nosniff
	if strings.HasPrefix(path, ngsild.Prefix) || strings.HasPrefix(path, "/api/") {
		head["Cache-Control"] = noStore // what one person may see is not for the next
	}
	switch {
	case strings.HasPrefix(path, ngsild.Prefix):
		h.serve(h.NGSILD, w, r)
	case path == streamPath:
		h.stream(w, r)
	case strings.HasPrefix(path, "/api/"):
		h.serve(h.Admin, w, r)
	case path == "/metrics":
		h.serve(h.metrics, w, r)
	default:
		h.serve(h.Console, w, r)
	}
}

// Values of headers that every answer has, made once.
var (
	nosniff = []string{"nosniff"}
	noStore = []string{"no-store"}
)

// served says whether a request is served although nobody could be found who
// makes it. Pages are, even when accounts cannot be read now.
func served(r *http.Request, err error) bool {
	if errors.Is(err, problem.ErrNotSignedIn) {
		return openToAll(r)
	}
	return city.KindOf(err) != city.Denied && page(r.URL.Path)
}

// page says whether a path belongs to the console.
func page(path string) bool {
	return path != "/metrics" && path != "/api" && path != "/ngsi-ld" && !strings.HasPrefix(path, "/api/") && !strings.HasPrefix(path, "/ngsi-ld/")
}

// openToAll says whether a request needs no session: signing in, the first
// administrator, and the files of the console.
func openToAll(r *http.Request) bool {
	switch path := r.URL.Path; path {
	case "/api/v1/setup":
		return r.Method == http.MethodPost || r.Method == http.MethodGet
	case "/api/v1/session":
		return r.Method == http.MethodPost
	default:
		return page(path)
	}
}

// allowed fails where a whole face is not for every caller, or where the caller
// is not whom the page takes for it. What single operations ask for is decided
// by them.
func (h *Handler) allowed(r *http.Request) error {
	if err := believed(r); err != nil {
		return err
	}
	switch path := r.URL.Path; {
	case path == "/metrics":
		return caller.Require(r.Context(), "reading metrics", city.Administrator, city.Auditor)
	case strings.HasPrefix(path, ngsild.Prefix) && r.Method != http.MethodGet && r.Method != http.MethodHead && r.Method != http.MethodOptions:
		return caller.Require(r.Context(), "writing entities", city.Administrator)
	}
	return nil
}

// scrapes says whether a request shows the token for reading metrics.
func (h *Handler) scrapes(r *http.Request) bool {
	token, bearer := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	return bearer && h.MetricsToken != "" && subtle.ConstantTimeCompare([]byte(token), []byte(h.MetricsToken)) == 1
}

func (h *Handler) serve(face http.Handler, w http.ResponseWriter, r *http.Request) {
	if face == nil {
		h.Problems.Write(w, r, city.Errorf(city.NotFound, "api", "there is nothing at this path; see /api/openapi.json and /ngsi-ld/v1/entities"))
		return
	}
	face.ServeHTTP(w, r)
}

// stream serves live changes as long as the caller may have them.
func (h *Handler) stream(w http.ResponseWriter, r *http.Request) {
	ctx, end := context.WithCancel(r.Context())
	defer end()
	go func() {
		beat := time.NewTicker(h.recheck)
		defer beat.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-beat.C:
			}
			// When it cannot be found out, the stream goes on.
			if _, err := h.Auth.Authenticate(r); err != nil && city.KindOf(err) == city.Denied {
				end()
				return
			}
		}
	}()
	h.serve(h.Stream, w, r.WithContext(ctx))
}

// ready is 200 once everything that was durable is loaded, before that 503 with
// the reasons.
func (h *Handler) ready(w http.ResponseWriter) {
	var reasons []string
	if h.Ready != nil {
		reasons = h.Ready()
	}
	if len(reasons) == 0 {
		plain(w, http.StatusOK, `{"status":"ready"}`)
		return
	}
	body := []byte(`{"status":"not ready","reasons":[`)
	for i, reason := range reasons {
		if i > 0 {
			body = append(body, ',')
		}
		body = wire.AppendString(body, reason)
	}
	w.Header().Set("Retry-After", "1")
	plain(w, http.StatusServiceUnavailable, string(append(body, ']', '}')))
}

func plain(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(body))
}

// logged answers a request and writes it to the log.
func (h *Handler) logged(w *answer, r *http.Request) {
	start := time.Now()
	var account city.AccountID
	defer func() {
		h.Log.Debug("request", "request", problem.RequestID(r), "method", r.Method, "path", r.URL.EscapedPath(), "status", w.status,
			"bytes", w.bytes, "took", time.Since(start), "account", account)
	}()
	account = h.route(w, r)
}

// answer is a response and how far it has come.
type answer struct {
	http.ResponseWriter
	status int // 0: it has not begun
	bytes  int64
}

// Begun implements problem.Beginner.
func (w *answer) Begun() bool { return w.status != 0 }

func (w *answer) WriteHeader(status int) {
	if w.status == 0 && status >= http.StatusOK { // those below go before an answer
		w.status = status
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *answer) Write(p []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	n, err := w.ResponseWriter.Write(p)
	w.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the connection.
func (w *answer) Unwrap() http.ResponseWriter { return w.ResponseWriter }
