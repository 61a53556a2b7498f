package admin

import (
	"io"
	"net/http"
	"reflect"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"citybrain/api/cases"
	"citybrain/api/operation"
	"citybrain/api/people"
	"citybrain/api/problem"
	"citybrain/api/proofs"
	"citybrain/api/silences"
	"citybrain/api/situation"
	"citybrain/api/views"
	"citybrain/city"
	"citybrain/internal/clock"
	"citybrain/internal/wire"
)

// Options are what the interface is built from.
type Options struct {
	Version    string // of the product
	City       City
	Feeds      Feeds
	Pusher     Pusher
	Quarantine Quarantine
	Situations Situations
	Log        Log
	// Rules may be nil where nobody asks.
	Rules Rules
	// Clock is the city's time, and Speed how many of its seconds pass in one
	// of the wall's: other than 1 in a replay or a simulation, 0 while it stands; nil: 1.
	Clock    clock.Clock
	Speed    func() float64
	Problems *problem.Reporter

	People people.Options
	Cases  cases.Options
	Proofs proofs.Options
	Views  views.Options
	Alarms silences.Options

	// MaxPush bounds the body of a push, InFlight all that are being taken; 0:
	// the defaults.
	MaxPush, InFlight int64
}

// The defaults of Options, in bytes.
const (
	DefaultMaxPush  = 16 << 20
	DefaultInFlight = 128 << 20
)

// Handler serves /api/v1 and the OpenAPI document.
type Handler struct {
	Options
	mux      *http.ServeMux
	api      huma.API
	inFlight atomic.Int64 // bytes of bodies being taken
}

// New is the interface over o.
func New(o Options) *Handler {
	if o.MaxPush == 0 {
		o.MaxPush = DefaultMaxPush
	}
	if o.InFlight == 0 {
		o.InFlight = DefaultInFlight
	}
	o.InFlight = max(o.InFlight, o.MaxPush)
	if o.Speed == nil {
		o.Speed = func() float64 { return 1 }
	}
	if o.Problems == nil {
		o.Problems = &problem.Reporter{}
	}
	o.Cases.Problems, o.Proofs.Problems = o.Problems, o.Problems
	errorsAreProblems()
	h := &Handler{Options: o, mux: http.NewServeMux()}
	h.api = humago.New(h.mux, config(o.Version))
	h.api.UseMiddleware(operation.Keep(o.Problems))
	h.cityRoutes()
	h.typeRoutes()
	h.feedRoutes()
	h.quarantineRoutes()
	h.situationRoutes()
	h.pushRoute()
	h.streamEntry()
	people.Routes(h.api, o.People)
	cases.Routes(h.api, h.mux, o.Cases)
	proofs.Routes(h.api, h.mux, o.Proofs)
	views.Routes(h.api, h.mux, o.Views)
	silences.Routes(h.api, o.Alarms)
	h.correctErrors()
	h.mux.HandleFunc("/", h.unknown)
	return h
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) { h.mux.ServeHTTP(w, r) }

// OpenAPI is the document that describes the interface.
func (h *Handler) OpenAPI() *huma.OpenAPI { return h.api.OpenAPI() }

func config(version string) huma.Config {
	c := huma.DefaultConfig("City Brain", version)
	c.Info.Description = "The product's own interface. Entities are read and written through NGSI-LD (/ngsi-ld/v1), which ETSI GS CIM 009 describes."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Components.Schemas = huma.NewMapRegistry("#/components/schemas/", schemaName)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "/api/openapi", "", ""
	c.CreateHooks = nil // no $schema members in bodies
	c.RejectUnknownQueryParameters = true
	json := huma.Format{
		Marshal: func(w io.Writer, v any) error {
			body, err := wire.Marshal(v)
			if err == nil {
				_, err = w.Write(body)
			}
			return err
		},
		Unmarshal: func(data []byte, v any) error { return wire.Unmarshal(data, v) },
	}
	c.Formats, c.DefaultFormat = map[string]huma.Format{"application/json": json, "json": json}, "application/json"
	c.Tags = []*huma.Tag{
		{Name: "city", Description: "What is served: the city, its agencies, packs and rules, and the log."},
		{Name: "feeds", Description: "The ways in, and what became of every row."},
		{Name: "situations", Description: "What the rules found, with evidence, and live changes."},
		{Name: "cases", Description: "The joint response to what is wrong: cases, moves, files of evidence."},
		{Name: "evidence", Description: "What was done, provable without trusting the operator."},
		{Name: "views", Description: "What the console's first page is drawn from."},
		{Name: "people", Description: "Signing in, accounts and posts."},
	}
	return c
}

// schemaName names the schemas of the document by the words of the domain.
func schemaName(t reflect.Type, hint string) string {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t {
	case typeOf[problem.Document]():
		return "Problem"
	case typeOf[situation.Document]():
		return "Situation"
	}
	return strings.TrimSuffix(huma.DefaultSchemaNamer(t, hint), "Body")
}

// errorsAreProblems makes huma's own errors problems of ours: huma keeps these
// functions for the whole process.
var errorsAreProblems = sync.OnceFunc(func() {
	huma.DefaultArrayNullable = false // internal/wire writes [] for no elements
	huma.NewError = func(status int, msg string, errs ...error) huma.StatusError { return validation(status, msg, errs) }
	huma.NewErrorWithContext = func(ctx huma.Context, status int, msg string, errs ...error) huma.StatusError {
		d := validation(status, msg, errs)
		if ctx == nil {
			return d
		}
		return operation.Problem(ctx.Context(), d)
	}
})

// validation is the problem of a request that huma refuses.
func validation(status int, msg string, errs []error) *problem.Document {
	e := &city.Error{Kind: kindOf(status), Op: "admin", Detail: msg}
	for _, err := range errs {
		detail, ok := err.(huma.ErrorDetailer)
		if !ok {
			continue
		}
		d := detail.ErrorDetail()
		if e.Field == "" {
			e.Field = strings.TrimPrefix(strings.TrimPrefix(d.Location, "query."), "path.")
			e.Detail = d.Message
		}
	}
	switch status {
	case http.StatusMethodNotAllowed, http.StatusNotAcceptable, http.StatusUnsupportedMediaType:
		return problem.Of(problem.WithStatus(status, e), problem.Own)
	}
	return problem.Of(e, problem.Own)
}

// kindOf is the kind of a refusal of huma, which sends 422 for what breaks a schema.
func kindOf(status int) city.ErrorKind {
	switch {
	case status == http.StatusNotFound:
		return city.NotFound
	case status == http.StatusRequestEntityTooLarge:
		return city.TooLarge
	case status == http.StatusRequestTimeout, status == http.StatusServiceUnavailable:
		return city.Unavailable
	case status >= 500:
		return city.Internal
	}
	return city.Invalid
}

// correctErrors takes 422 from the document, which huma adds to every operation
// with input: what breaks a schema is 400 here.
func (h *Handler) correctErrors() {
	for _, item := range h.api.OpenAPI().Paths {
		for _, o := range operations(item) {
			delete(o.op.Responses, "422")
		}
	}
}

// unknown answers paths and methods that no operation serves.
func (h *Handler) unknown(w http.ResponseWriter, r *http.Request) {
	for path, item := range h.api.OpenAPI().Paths {
		if allowed := methods(item); matches(path, r.URL.Path) {
			w.Header().Set("Allow", strings.Join(allowed, ", "))
			if r.Method == http.MethodOptions {
				w.WriteHeader(http.StatusNoContent)
				return
			}
			h.Problems.Write(w, r, problem.WithStatus(http.StatusMethodNotAllowed, city.Errorf(city.Invalid, "admin", "here the methods are %s", strings.Join(allowed, ", "))))
			return
		}
	}
	h.Problems.Write(w, r, city.Errorf(city.NotFound, "admin", "there is nothing at this path; /api/openapi.json lists what is"))
}

// served is an operation of a path.
type served struct {
	method string
	op     *huma.Operation
}

func operations(item *huma.PathItem) (list []served) {
	for _, o := range [...]served{{http.MethodGet, item.Get}, {http.MethodPost, item.Post}, {http.MethodPut, item.Put}, {http.MethodPatch, item.Patch}, {http.MethodDelete, item.Delete}} {
		if o.op != nil {
			list = append(list, o)
		}
	}
	return list
}

func methods(item *huma.PathItem) (list []string) {
	for _, o := range operations(item) {
		list = append(list, o.method)
	}
	return append(list, http.MethodOptions)
}

// matches says whether a path is of a template such as /api/v1/feeds/{id}.
func matches(template, path string) bool {
	want, got := strings.Split(template, "/"), strings.Split(path, "/")
	if len(want) != len(got) {
		return false
	}
	for i := range want {
		if want[i] != got[i] && (!strings.HasPrefix(want[i], "{") || got[i] == "") {
			return false
		}
	}
	return true
}
