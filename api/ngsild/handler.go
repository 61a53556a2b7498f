package ngsild

import (
	"net/http"
	"sync/atomic"

	"citybrain/api/problem"
	"citybrain/city"
	"citybrain/internal/clock"
)

// Prefix is the path that every operation begins with.
const Prefix = "/ngsi-ld/v1/"

// The limits of a request.
const (
	DefaultMaxBody  = 16 << 20  // bytes of one body
	DefaultInFlight = 128 << 20 // bytes of all bodies being read and decoded
	MaxBatch        = 10_000    // entities of a batch
	DefaultLimit    = 20        // entities of a page
	MaxLimit        = 1000
)

// Options are what the interface is built from.
type Options struct {
	Present  Present
	Writer   Writer
	Past     Past
	Clock    clock.Clock
	Problems *problem.Reporter // its Words should be problem.NGSILD
	MaxBody  int64             // 0: DefaultMaxBody
	InFlight int64             // 0: DefaultInFlight
}

// Handler serves the paths under Prefix. It is safe for concurrent use.
type Handler struct {
	Options
	mux      *http.ServeMux
	inFlight atomic.Int64
}

// New is the interface over o.
func New(o Options) *Handler {
	if o.MaxBody == 0 {
		o.MaxBody = DefaultMaxBody
	}
	if o.InFlight == 0 {
		o.InFlight = DefaultInFlight
	}
	o.InFlight = max(o.InFlight, o.MaxBody)
	if o.Problems == nil {
		o.Problems = &problem.Reporter{Words: problem.NGSILD}
	}
	h := &Handler{Options: o, mux: http.NewServeMux()}
	h.routes()
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// operation answers a request or says why not. It writes nothing before it
// returns an error.
type operation func(w http.ResponseWriter, r *http.Request) error

func (h *Handler) routes() {
	type methods map[string]operation
	for path, ops := range map[string]methods{
		"entities":                   {"POST": h.create, "GET": h.query},
		"entities/{id}":              {"GET": h.read, "DELETE": h.remove},
		"entities/{id}/attrs":        {"PATCH": h.patchAttributes, "POST": h.appendAttributes},
		"entities/{id}/attrs/{name}": {"PATCH": h.patchAttribute, "DELETE": h.removeAttribute},
		"entityOperations/create":    {"POST": h.batchCreate},
		"entityOperations/upsert":    {"POST": h.batchUpsert},
		"entityOperations/update":    {"POST": h.batchUpdate},
		"entityOperations/delete":    {"POST": h.batchDelete},
		"temporal/entities/{id}":     {"GET": h.temporal},
		"types":                      {"GET": h.types},
		"":                           {},
	} {
		allow := "OPTIONS"
		for _, m := range [...]string{"GET", "HEAD", "POST", "PATCH", "DELETE"} {
			if ops[m] != nil || m == "HEAD" && ops["GET"] != nil {
				allow += ", " + m
			}
		}
		for m, op := range ops {
			h.mux.HandleFunc(m+" "+Prefix+path, h.serve(op))
		}
		h.mux.HandleFunc(Prefix+path, h.serve(unbuilt(path, allow)))
	}
}

func (h *Handler) serve(op operation) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if err := op(w, r); err != nil {
			h.Problems.Write(w, r, err)
		}
	}
}

// unbuilt answers OPTIONS, and every method and path that no operation serves.
func unbuilt(path, allow string) operation {
	return func(w http.ResponseWriter, r *http.Request) error {
		if path != "" && r.Method == http.MethodOptions {
			w.Header().Set("Allow", allow)
			w.WriteHeader(http.StatusNoContent)
			return nil
		}
		return city.Errorf(city.Unsupported, "ngsild", "the operation %s %s is not built; docs/api.md lists those that are", r.Method, r.URL.EscapedPath())
	}
}

// coreContext is the Link header of application/json answers (clause 6.3.5).
const coreContextURI = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.8.jsonld"

var (
	linkContext = []string{`<` + coreContextURI + `>; rel="http://www.w3.org/ns/json-ld#context"; type="application/ld+json"`}
	typeJSON    = []string{"application/json"}
	typeLD      = []string{"application/ld+json"}
)
