package caller

import (
	"net"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"citybrain/city"
)

// CookieName is the cookie that carries the token of a session.
const CookieName = "citybrain-session"

// Token is the token that a request carries, "" if there is none. A request
// with several cookies of the name carries none: a second one was planted.
func Token(r *http.Request) string {
	found := ""
	for _, c := range r.CookiesNamed(CookieName) {
		if found != "" {
			return ""
		}
		found = c.Value
	}
	return found
}

// Cookie hands a browser its token. It goes to this host only, no script can
// read it, and no page of another site can make a browser send it.
func Cookie(token string, expires, now city.Instant, secure bool) http.Cookie {
	return http.Cookie{Name: CookieName, Value: token, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode,
		Expires: expires.Time(), MaxAge: max(1, int(expires.Sub(now)/time.Second))}
}

// NoCookie takes the token from a browser.
func NoCookie(secure bool) http.Cookie {
	return http.Cookie{Name: CookieName, Path: "/", HttpOnly: true, Secure: secure, SameSite: http.SameSiteStrictMode, MaxAge: -1}
}

// Proxy says whether a reverse proxy stands before the server and what it says
// of a request may be believed.
type Proxy bool

// Secure says whether the request came by TLS.
func (p Proxy) Secure(r *http.Request) bool {
	return r.TLS != nil || bool(p) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
}

// Address is where the request came from, without a port. A proxy appends what
// it saw to X-Forwarded-For, so only the last element is its word.
func (p Proxy) Address(r *http.Request) string {
	if list := r.Header.Values("X-Forwarded-For"); bool(p) && len(list) > 0 {
		last := list[len(list)-1]
		last = strings.TrimSpace(last[strings.LastIndexByte(last, ',')+1:])
		if a, err := netip.ParseAddr(last); err == nil {
			return a.Unmap().String()
		}
	}
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
