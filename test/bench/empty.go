package bench

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"time"
)

// ServeEmpty is the yardstick: Go's HTTP server with a handler that does
// nothing but take the body and answer 204. It prints "listening on
// http://HOST:PORT" and serves until the process ends. It is behind the hidden
// command bench-empty-handler.
func ServeEmpty(addr string) error {
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stdout, "listening on http://%s\n", l.Addr())
	s := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/readyz" {
				return
			}
			_, _ = io.Copy(io.Discard, r.Body) // a broken body is the client's loss
			w.WriteHeader(http.StatusNoContent)
		}),
	}
	return s.Serve(l)
}
