package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"citybrain/api/problem"
	"citybrain/city"
)

// Caller is who makes a request.
type Caller struct {
	Name          string
	Administrator bool
}

// Authenticator finds out who makes a request. An error is Denied; wrapping
// problem.ErrNotSignedIn it is answered with 401. It must be safe for concurrent
// use.
type Authenticator interface {
	Authenticate(*http.Request) (Caller, error)
}

// Closed lets nobody in: what a city gets that has not set up sign-in.
type Closed struct{}

// Authenticate refuses every request and says what to do.
func (Closed) Authenticate(*http.Request) (Caller, error) {
	return Caller{}, &city.Error{Kind: city.Denied, Op: "api", Err: problem.ErrNotSignedIn,
		Detail: "signing in is not built yet: start the server on a loopback address with --auth open to try it out on one machine"}
}

// Open lets every request from this machine act as administrator: for tests,
// conformance suites and benchmarks. Requests that come from elsewhere, name a
// host that is not this machine, or that a web page of another origin has made
// are refused, so that a page open in a browser cannot act here.
type Open struct{ cross http.CrossOriginProtection }

// Authenticate is the administrator, for requests of this machine.
func (o *Open) Authenticate(r *http.Request) (Caller, error) {
	if !loopbackAddress(r.RemoteAddr) || !loopbackHost(r.Host) {
		return Caller{}, denied("with --auth open, only requests from and to this machine's loopback address are taken")
	}
	if (r.Header["Origin"] != nil || r.Header["Sec-Fetch-Site"] != nil) && o.otherOrigin(r) {
		return Caller{}, denied("with --auth open, requests made by pages of another origin are refused")
	}
	return Caller{Name: "open", Administrator: true}, nil
}

// otherOrigin holds reading to the rule of writing, which the standard library
// has for methods that change something.
func (o *Open) otherOrigin(r *http.Request) bool {
	write := *r
	write.Method = http.MethodPost
	return o.cross.Check(&write) != nil
}

func denied(detail string) error { return &city.Error{Kind: city.Denied, Op: "api", Detail: detail} }

func loopbackAddress(addr string) bool {
	a, err := netip.ParseAddrPort(addr)
	return err == nil && a.Addr().Unmap().IsLoopback()
}

// loopbackHost says whether the Host of a request is this machine. Another name
// that leads here would be a page's way around the rule of one origin.
func loopbackHost(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	if strings.EqualFold(host, "localhost") {
		return true
	}
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback()
}
