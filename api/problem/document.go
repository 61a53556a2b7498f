package problem

import (
	"context"
	"errors"
	"net/http"
	"strconv"
	"time"

	"citybrain/city"
	"citybrain/internal/wire"
)

// ContentType is the media type of every problem.
const ContentType = "application/problem+json"

// ErrNotSignedIn is wrapped by a Denied error whose caller is unknown: the
// answer is 401, not 403.
var ErrNotSignedIn = errors.New("not signed in")

// Document is the body of a problem (RFC 9457 section 3.1) with members of ours:
// field, requestId and those of a refusal.
type Document struct {
	Type      string `json:"type" doc:"What kind of problem this is" example:"urn:citybrain:problem:invalid"`
	Title     string `json:"title" doc:"The kind in words" example:"The input breaks a rule"`
	Status    int    `json:"status" doc:"The HTTP status" example:"400"`
	Detail    string `json:"detail,omitempty" doc:"What is wrong and what to do" example:"limit must be 1 to 1000"`
	Field     string `json:"field,omitempty" doc:"The field or parameter at fault" example:"limit"`
	Instance  string `json:"instance,omitempty" doc:"The request that failed" example:"/api/v1/situations"`
	RequestID string `json:"requestId,omitempty" doc:"Stands in the server's log" example:"5f2b9c1e-000017"`
	Refusal

	// Retry is when to try again, sent as the Retry-After header.
	Retry time.Duration `json:"-"`
	cause error
}

// Error is the title and detail.
func (d *Document) Error() string {
	if d.Detail == "" {
		return d.Title
	}
	return d.Title + ": " + d.Detail
}

// Unwrap is the error the document was made from.
func (d *Document) Unwrap() error { return d.cause }

// GetStatus is the HTTP status, as huma asks for it.
func (d *Document) GetStatus() int { return d.Status }

// ContentType is the media type of d, as huma asks for it.
func (d *Document) ContentType(string) string { return ContentType }

// GetHeaders are the headers that go with d, as huma asks for them.
func (d *Document) GetHeaders() http.Header {
	h := http.Header{}
	d.setHeaders(h)
	return h
}

func (d *Document) setHeaders(h http.Header) {
	if d.Retry > 0 {
		h.Set("Retry-After", retryAfter(d.Retry))
	}
	if d.Status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", `Session realm="citybrain"`)
	}
}

// retryAfter is d in whole seconds, at least one (RFC 9110 section 10.2.3).
func retryAfter(d time.Duration) string {
	return strconv.FormatInt(max(1, int64((d+time.Second-1)/time.Second)), 10)
}

// Append appends d as JSON.
func (d *Document) Append(dst []byte) []byte {
	dst = appendMember(append(dst, '{'), "type", d.Type)
	dst = appendMember(append(dst, ','), "title", d.Title)
	dst = append(dst, `,"status":`...)
	dst = strconv.AppendInt(dst, int64(d.Status), 10)
	for _, m := range [...][2]string{{"detail", d.Detail}, {"field", d.Field}, {"instance", d.Instance}, {"requestId", d.RequestID}} {
		if m[1] != "" {
			dst = appendMember(append(dst, ','), m[0], m[1])
		}
	}
	return append(d.Refusal.appendTo(dst), '}')
}

func appendMember(dst []byte, name, value string) []byte {
	dst = append(dst, '"')
	dst = append(dst, name...)
	dst = append(dst, '"', ':')
	return wire.AppendString(dst, value)
}

// Vocabulary names the problems of one interface: type and title of a status.
type Vocabulary func(status int, kind city.ErrorKind) (typ, title string)

// Own is the vocabulary of the product's own interfaces.
func Own(status int, kind city.ErrorKind) (typ, title string) {
	switch status {
	case http.StatusUnauthorized:
		return "urn:citybrain:problem:not-signed-in", "Not signed in"
	case http.StatusMethodNotAllowed:
		return "urn:citybrain:problem:method-not-allowed", "The method is not allowed here"
	case http.StatusUnsupportedMediaType:
		return "urn:citybrain:problem:media-type", "The media type is not understood"
	case http.StatusNotAcceptable:
		return "urn:citybrain:problem:not-acceptable", "No representation is acceptable"
	}
	return "urn:citybrain:problem:" + kind.String(), ownTitles[kind]
}

var ownTitles = map[city.ErrorKind]string{
	city.Internal:    "A fault of the server",
	city.Invalid:     "The input breaks a rule",
	city.Denied:      "Not allowed",
	city.NotFound:    "Not found",
	city.Conflict:    "It exists already or has changed",
	city.Overload:    "Too much at once",
	city.Unavailable: "Not available now",
	city.Unsupported: "Not supported",
	city.TooLarge:    "Too large",
}

// NGSILD is the vocabulary of NGSI-LD (GS CIM 009 clause 6.3.2), and Own where
// the standard names no type.
func NGSILD(status int, kind city.ErrorKind) (typ, title string) {
	const base = "https://uri.etsi.org/ngsi-ld/errors/"
	switch kind {
	case city.Invalid:
		return base + "BadRequestData", "The request data is not valid"
	case city.NotFound:
		return base + "ResourceNotFound", "The resource was not found"
	case city.Conflict:
		return base + "AlreadyExists", "The resource exists already"
	case city.Unsupported:
		return base + "OperationNotSupported", "The operation is not supported"
	case city.Internal:
		return base + "InternalError", "An internal error"
	}
	return Own(status, kind)
}

var statuses = map[city.ErrorKind]int{
	city.Internal:    http.StatusInternalServerError,
	city.Invalid:     http.StatusBadRequest,
	city.Denied:      http.StatusForbidden,
	city.NotFound:    http.StatusNotFound,
	city.Conflict:    http.StatusConflict,
	city.Overload:    http.StatusTooManyRequests,
	city.Unavailable: http.StatusServiceUnavailable,
	city.Unsupported: http.StatusNotImplemented,
	city.TooLarge:    http.StatusRequestEntityTooLarge,
}

// statusError is an error whose status is not that of its kind.
type statusError struct {
	error
	status int
}

func (e *statusError) Unwrap() error { return e.error }

// WithStatus gives err a status of HTTP that no kind of city stands for, such
// as 405 or 415.
func WithStatus(status int, err *city.Error) error { return &statusError{err, status} }

// Of is the problem of err in a vocabulary.
func Of(err error, words Vocabulary) *Document {
	var made *Document
	if errors.As(err, &made) {
		return made
	}
	e := known(err)
	status := statuses[e.Kind]
	var forced *statusError
	if errors.As(err, &forced) {
		status = forced.status
	}
	if e.Kind == city.Denied && errors.Is(err, ErrNotSignedIn) {
		status = http.StatusUnauthorized
	}
	d := &Document{Status: status, Detail: e.Detail, Field: e.Field, Retry: e.Retry, Refusal: refusalOf(err), cause: err}
	if e.Kind == city.Internal {
		d.Detail, d.Field = "The fault is in the server's log under the request id.", ""
	}
	if d.Retry == 0 && (e.Kind == city.Overload || e.Kind == city.Unavailable) {
		d.Retry = time.Second
	}
	d.Type, d.Title = words(status, e.Kind)
	return d
}

// known is the first *city.Error in err's chain, or the one that a well-known
// error of the standard library stands for.
func known(err error) *city.Error {
	var e *city.Error
	var size *http.MaxBytesError
	switch {
	case errors.As(err, &e):
		return e
	case errors.As(err, &size):
		return city.Errorf(city.TooLarge, "", "the body is larger than %d bytes", size.Limit)
	case errors.Is(err, context.DeadlineExceeded):
		return &city.Error{Kind: city.Unavailable, Detail: "it took too long; it may or may not have been done"}
	case errors.Is(err, context.Canceled):
		return &city.Error{Kind: city.Unavailable, Detail: "the request was given up"}
	}
	return &city.Error{Kind: city.Internal}
}
