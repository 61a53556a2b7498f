package problem

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"runtime/debug"
	"strconv"
	"sync/atomic"

	"citybrain/city"
)

// Reporter writes problems and counts them. The zero value works; it may be
// used from many goroutines.
type Reporter struct {
	Words Vocabulary   // nil: Own
	Log   *slog.Logger // nil: slog.Default
	// Count is called once for each problem with its status; nil: nobody counts.
	Count func(status int)
}

// Write answers r with the problem of err. Nothing may have been written yet.
// Faults of ours are logged whole; the answer only carries the request id.
func (p *Reporter) Write(w http.ResponseWriter, r *http.Request, err error) {
	d := p.Document(r, err)
	h := w.Header()
	h.Del("Content-Length")
	h.Del("Link")
	h.Set("Content-Type", ContentType)
	d.setHeaders(h)
	w.WriteHeader(d.Status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(d.Append(make([]byte, 0, 512)))
	}
}

// Document is the problem of err for r, counted and, if it is a fault of ours,
// logged.
func (p *Reporter) Document(r *http.Request, err error) *Document {
	words := p.Words
	if words == nil {
		words = Own
	}
	d := *Of(err, words)
	d.Instance, d.RequestID = r.URL.EscapedPath(), RequestID(r)
	if d.Status >= http.StatusInternalServerError && d.Status != http.StatusNotImplemented && !errors.Is(err, context.Canceled) {
		p.log().Error("request failed", "request", d.RequestID, "method", r.Method, "path", d.Instance, "status", d.Status, "error", err)
	}
	if p.Count != nil {
		p.Count(d.Status)
	}
	return &d
}

func (p *Reporter) log() *slog.Logger {
	if p.Log == nil {
		return slog.Default()
	}
	return p.Log
}

// Beginner is a http.ResponseWriter that knows whether its answer has begun.
type Beginner interface{ Begun() bool }

// Recover answers a panic as an internal fault and logs it with its stack. Use
// it deferred. Where w is a Beginner whose answer has begun, it cannot become a
// problem any more: it is counted and the connection is broken off, so that the
// client does not take a part for the whole. http.ErrAbortHandler passes through.
func (p *Reporter) Recover(w http.ResponseWriter, r *http.Request) {
	v := recover()
	if v == nil {
		return
	}
	if v == http.ErrAbortHandler {
		panic(v)
	}
	p.log().Error("panic", "request", RequestID(r), "method", r.Method, "path", r.URL.EscapedPath(), "panic", fmt.Sprint(v), "stack", string(debug.Stack()))
	fault := &city.Error{Kind: city.Internal, Op: "http", Err: fmt.Errorf("panic: %v", v)}
	if b, ok := w.(Beginner); ok && b.Begun() {
		_ = p.Document(r, fault) // for the log and the count
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("Connection", "close")
	p.Write(w, r, fault)
}

// RequestIDHeader carries the id of a request. A client may send its own.
const RequestIDHeader = "X-Request-Id"

var (
	process  = strconv.FormatUint(uint64(rand.Uint32()), 16)
	sequence atomic.Uint64
)

// RequestID is the id of r: what the client sent if that is short and plain,
// otherwise a new one that is kept with r. Only requests that fail or are
// logged get one.
func RequestID(r *http.Request) string {
	id := r.Header.Get(RequestIDHeader)
	if plain(id) {
		return id
	}
	id = process + "-" + strconv.FormatUint(sequence.Add(1), 10)
	r.Header.Set(RequestIDHeader, id)
	return id
}

func plain(id string) bool {
	if id == "" || len(id) > 64 {
		return false
	}
	for i := range len(id) {
		if id[i] <= ' ' || id[i] > '~' || id[i] == '"' || id[i] == '\\' {
			return false
		}
	}
	return true
}
