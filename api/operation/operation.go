package operation

import (
	"context"
	"net/http"
	"strconv"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"citybrain/api/problem"
)

// MaxBody bounds a body of JSON.
const MaxBody = 1 << 20

// Reply is an answer with a body.
type Reply[T any] struct{ Body T }

// Answer is the reply with a body.
func Answer[T any](body T) *Reply[T] { return &Reply[T]{body} }

// New describes one operation; its errors are those that can occur, and those
// that can occur in all.
func New(id, method, path, tag, summary string, errors ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary, MaxBodyBytes: MaxBody,
		Errors: append(errors, http.StatusBadRequest, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable)}
}

// asked is a request and who reports its problems.
type asked struct {
	request  *http.Request
	problems *problem.Reporter
}

type askedKey struct{}

// Keep is huma middleware that lets handlers, and huma itself, make problems of
// a request.
func Keep(problems *problem.Reporter) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		r, _ := humago.Unwrap(ctx)
		next(huma.WithValue(ctx, askedKey{}, asked{r, problems}))
	}
}

// Request is the request that ctx belongs to; nil outside of Keep.
func Request(ctx context.Context) *http.Request {
	a, _ := ctx.Value(askedKey{}).(asked)
	return a.request
}

// Fail is the problem of err for the request at hand, counted and logged.
func Fail(ctx context.Context, err error) error {
	if a, ok := ctx.Value(askedKey{}).(asked); ok {
		return a.problems.Document(a.request, err)
	}
	return problem.Of(err, problem.Own)
}

// Problem is d for the request at hand, as huma asks for its own errors.
func Problem(ctx context.Context, d *problem.Document) *problem.Document {
	if a, ok := ctx.Value(askedKey{}).(asked); ok {
		return a.problems.Document(a.request, d)
	}
	return d
}

// Text describes a parameter that is a text.
func Text(in, name, doc string, example any) *huma.Param {
	return &huma.Param{Name: name, In: in, Description: doc, Required: in == "path", Example: example, Schema: &huma.Schema{Type: huma.TypeString}}
}

// Describe enters an operation in the document that is served without huma: its
// errors are added to the responses.
func Describe(api huma.API, op huma.Operation) {
	schema := api.OpenAPI().Components.Schemas.Schema(typeOf[problem.Document](), true, "")
	if op.Responses == nil {
		op.Responses = map[string]*huma.Response{}
	}
	for _, status := range op.Errors {
		op.Responses[strconv.Itoa(status)] = &huma.Response{Description: http.StatusText(status),
			Content: map[string]*huma.MediaType{problem.ContentType: {Schema: schema}}}
	}
	api.OpenAPI().AddOperation(&op)
}
