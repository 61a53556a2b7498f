package api

import (
	"net"
	"net/http"
	"net/netip"
	"strings"

	"citybrain/api/caller"
	"citybrain/api/form"
	"citybrain/api/problem"
	"citybrain/city"
	"citybrain/identity"
	"citybrain/internal/clock"
)

// Authenticator finds out who makes a request. An error that wraps
// problem.ErrNotSignedIn is answered with 401, except where what is asked is open
// to everybody; any other Denied error refuses whatever is asked. It must be safe
// for concurrent use.
type Authenticator interface {
	Authenticate(*http.Request) (caller.Caller, error)
}

// Sessions lets in who shows the token of a session. Requests that change
// something and that a page of another origin has made are refused, whatever
// they show.
type Sessions struct {
	Office *identity.Office
	Wall   clock.Clock // the time that sessions run by
	cross  http.CrossOriginProtection
}

// Authenticate is whom the request's cookie belongs to.
func (s *Sessions) Authenticate(r *http.Request) (caller.Caller, error) {
	if err := s.cross.Check(r); err != nil {
		return caller.Caller{}, denied("a page of another origin may not change anything here")
	}
	token := caller.Token(r)
	if token == "" {
		return caller.Caller{}, caller.NotSignedIn("sign in first: POST /api/v1/session, or open the console in a browser")
	}
	visit := s.Office.Visit
	if background(r) {
		visit = s.Office.Look
	}
	v, err := visit(r.Context(), token, s.Wall.Now())
	if err != nil {
		return caller.Caller{}, caller.Unknown(err)
	}
	return caller.Caller{Actor: v.Actor, Key: v.Session.Key, ExpiresAt: v.ExpiresAt}, nil
}

// BackgroundHeader is "1" on requests that a page makes by itself. They do not
// count as use of the session.
const BackgroundHeader = "X-Citybrain-Background"

// streamPath is that of the live changes, which a page listens to, and listens
// to again after a break, whether or not anybody is there.
const streamPath = "/api/v1/stream"

func background(r *http.Request) bool {
	return r.URL.Path == streamPath || r.Header.Get(BackgroundHeader) == "1"
}

// Open lets every request from this machine act as somebody who holds every
// post: for trying out, tests, conformance suites and benchmarks. Requests that
// come from elsewhere, name a host that is not this machine, or that a web page
// of another origin has made are refused, so that a page open in a browser
// cannot act here.
type Open struct {
	// Posts are the city's; nil: one for each duty, in no agency.
	Posts []city.Post
	cross http.CrossOriginProtection
}

// OpenAccount is who acts with --auth open.
const OpenAccount city.AccountID = "open"

// Authenticate is the holder of every post, for requests of this machine.
func (o *Open) Authenticate(r *http.Request) (caller.Caller, error) {
	if !loopbackAddress(r.RemoteAddr) || !loopbackHost(r.Host) {
		return caller.Caller{}, denied("with --auth open, only requests from and to this machine's loopback address are taken")
	}
	if (r.Header["Origin"] != nil || r.Header["Sec-Fetch-Site"] != nil) && o.otherOrigin(r) {
		return caller.Caller{}, denied("with --auth open, requests made by pages of another origin are refused")
	}
	posts := o.Posts
	if posts == nil {
		posts = anyPost
	}
	return caller.Caller{Open: true, Actor: city.Actor{Account: OpenAccount, Name: city.Names{ZH: "开放模式", EN: "Open access"}, Posts: posts}}, nil
}

var anyPost = func() (posts []city.Post) {
	for _, d := range city.Duties {
		posts = append(posts, city.Post{ID: city.PostID(d), Duty: d})
	}
	return posts
}()

// otherOrigin holds reading to the rule of writing, which the standard library
// has for methods that change something.
func (o *Open) otherOrigin(r *http.Request) bool {
	write := *r
	write.Method = http.MethodPost
	return o.cross.Check(&write) != nil
}

// AccountHeader names the account that a page believes is signed in. The cookie
// of a browser is one for all its pages, so a page may be left with the belief
// that somebody is signed in whom another page has meanwhile replaced.
const AccountHeader = "X-Citybrain-Account"

// believed fails where a request would change something in the name of another
// account than its page believes in. Requests that state none are not checked,
// and who signs in replaces whoever was there.
func believed(r *http.Request) error {
	stated := r.Header.Get(AccountHeader)
	if stated == "" || r.Method == http.MethodGet || r.Method == http.MethodHead || r.Method == http.MethodOptions {
		return nil
	}
	who, ok := caller.Of(r.Context())
	if !ok || string(who.Actor.Account) == stated || r.Method == http.MethodPost && openToAll(r) {
		return nil
	}
	return problem.Refused(city.Errorf(city.Conflict, "api", "another account has signed in in this browser"),
		problem.Refusal{Guard: "another-account", Reason: &form.Names{ZH: "此浏览器已登录其他账号，操作没有提交。", EN: "Another account has signed in in this browser; nothing was sent."}})
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
