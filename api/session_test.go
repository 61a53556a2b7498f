package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"citybrain/api"
	"citybrain/api/caller"
	"citybrain/city"
	"citybrain/identity"
)

const signInBody = `{"account":"duty-officer","password":"` + secret + `"}`

func TestSignInAndOut(t *testing.T) {
	b := &browser{town: newTown(t)}
	b.want(401, "GET /api/v1/session", "", `"type":"urn:citybrain:problem:not-signed-in"`)
	w := b.want(200, "POST /api/v1/session", signInBody, `"account":"duty-officer"`, `"zh":"值班长"`, `"posts":[{"id":"duty-officer","agency":"centre","duty":"duty-officer"`, `"open":false`, `"expiresAt":"2025-10-16T`)
	c := w.Result().Cookies()[0]
	if !c.HttpOnly || c.SameSite != http.SameSiteStrictMode || c.Path != "/" || c.Secure || c.Domain != "" || c.MaxAge != int(identity.AbsoluteLimit/time.Second) {
		t.Errorf("the cookie is %+v", c)
	}
	if strings.Contains(w.Body.String(), c.Value) || w.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("the token may be kept: %v %s", w.Header(), w.Body)
	}
	b.want(200, "GET /api/v1/session", "", `"account":"duty-officer"`)
	stolen := &browser{town: b.town, cookie: b.cookie}
	if w := b.want(204, "DELETE /api/v1/session", ""); w.Result().Cookies()[0].MaxAge >= 0 || w.Header().Get("Clear-Site-Data") != `"cache"` {
		t.Errorf("the browser keeps its cookie: %v", w.Header())
	}
	stolen.want(401, "GET /api/v1/session", "", "the session has ended")
	b.want(401, "GET /api/v1/cases", "")
}

func TestCookiesAreSecureBehindTLS(t *testing.T) {
	for proxy, want := range map[caller.Proxy]bool{false: false, true: true} {
		r := &http.Request{Header: http.Header{"X-Forwarded-Proto": {"https"}, "X-Forwarded-For": {"203.0.113.9, 198.51.100.1"}}, RemoteAddr: "[::1]:7"}
		if proxy.Secure(r) != want {
			t.Errorf("with a proxy that is trusted %v, the request is secure %v", proxy, !want)
		}
		if got := proxy.Address(r); got != map[bool]string{false: "::1", true: "198.51.100.1"}[want] {
			t.Errorf("with a proxy that is trusted %v, the request comes from %s", proxy, got)
		}
	}
}

// TestSignInGivesANewSession holds that a cookie that somebody planted in a
// browser before does not become theirs and the victim's (session fixation).
func TestSignInGivesANewSession(t *testing.T) {
	x := newTown(t)
	attacker := x.as("roads-handler")
	planted := attacker.cookie
	victim := &browser{town: x, cookie: planted}
	victim.want(200, "POST /api/v1/session", signInBody)
	if victim.cookie == planted {
		t.Error("the planted token goes on")
	}
	// Nor does the session go on whose cookie the browser has lost.
	attacker.want(401, "GET /api/v1/session", "", "the session has ended")
	victim.want(200, "GET /api/v1/session", "", `"account":"duty-officer"`)
	w := victim.ask("GET /api/v1/session", "", func(r *http.Request) { r.AddCookie(&http.Cookie{Name: caller.CookieName, Value: planted}) })
	victim.check(w, 401, "two cookies of one name")
}

func TestSessionsExpire(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	x.clock.Advance(noon.Add(1000 * time.Hour)) // the city's clock is not the wall's
	b.want(200, "GET /api/v1/session", "")
	x.wall.Advance(monday.Add(identity.IdleLimit))
	b.want(401, "GET /api/v1/session", "", "expired")
	b.want(401, "GET /api/v1/cases", "")
}

// TestAPageThatNobodyTouchesExpires polls and listens for as long as a session
// may rest, without a person: then it ends.
func TestAPageThatNobodyTouchesExpires(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	session := func(name string) *httptest.ResponseRecorder {
		return b.ask("GET "+name, "", func(r *http.Request) { r.Header.Set(api.BackgroundHeader, "1") })
	}
	auth := &api.Sessions{Office: x.office, Wall: x.wall}
	stream := httptest.NewRequest("GET", "/api/v1/stream?types=case", nil)
	stream.AddCookie(&http.Cookie{Name: caller.CookieName, Value: b.cookie})
	for at := monday.Add(time.Hour); at < monday.Add(identity.IdleLimit); at = at.Add(time.Hour) {
		x.wall.Advance(at)
		b.check(session("/api/v1/figures"), 200, "polling")
		if _, err := auth.Authenticate(stream); err != nil {
			t.Fatalf("the stream is refused: %v", err)
		}
	}
	x.wall.Advance(monday.Add(identity.IdleLimit))
	if _, err := auth.Authenticate(stream); err == nil {
		t.Error("the stream goes on")
	}
	b.check(session("/api/v1/figures"), 401, "polling after the limit")
	used := x.as("duty-officer")
	x.wall.Advance(monday.Add(identity.IdleLimit + 11*time.Hour))
	used.want(200, "GET /api/v1/figures", "")
	x.wall.Advance(monday.Add(identity.IdleLimit + 13*time.Hour))
	used.want(200, "GET /api/v1/figures", "")
}

func TestGuessingAtTheDoor(t *testing.T) {
	b := &browser{town: newTown(t)}
	var first []string
	for _, account := range []string{"duty-officer", "nobody"} {
		var got []string
		for n := range 8 {
			body := `{"account":"` + account + `","password":"guess number ` + strconv.Itoa(n) + `"}`
			w := b.ask("POST /api/v1/session", body, func(r *http.Request) { r.RemoteAddr = "198.51.100." + strconv.Itoa(n) + ":1" })
			answer, _, _ := strings.Cut(w.Body.String(), `"instance"`)
			got = append(got, fmt.Sprint(w.Code, w.Header()["Retry-After"], answer))
		}
		if !strings.HasPrefix(got[0], "401") || !strings.HasPrefix(got[7], "429 [2]") {
			t.Errorf("%s: %v", account, got)
		}
		if first == nil {
			first = got
		} else if fmt.Sprint(first) != fmt.Sprint(got) {
			t.Errorf("who has an account can be told:\n%v\n%v", first, got)
		}
	}
	w := b.ask("POST /api/v1/session", signInBody, func(r *http.Request) { r.Header.Set("X-Forwarded-For", "203.0.113.5") })
	b.check(w, 429, "an address that nobody vouches for")
	for _, body := range []string{`{}`, `{"account":"duty-officer"}`, `[]`, `{"account":1,"password":2}`, signInBody + "x", `{"account":"` + strings.Repeat("a", 300) + `","password":"x"}`} {
		b.want(400, "POST /api/v1/session", body)
	}
}

// TestPagesOfOthersChangeNothing holds that a page of another origin cannot make
// a browser change anything, sign in included.
func TestPagesOfOthersChangeNothing(t *testing.T) {
	x := newTown(t)
	b := x.as("administrator")
	token := b.cookie
	for name, change := range map[string]func(*http.Request){
		"another site":   func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") },
		"a sister site":  func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "same-site") },
		"another origin": func(r *http.Request) { r.Header.Set("Origin", "https://evil.example") },
		"a sandbox":      func(r *http.Request) { r.Header.Set("Origin", "null") },
	} {
		for _, request := range []string{"POST /api/v1/session", "DELETE /api/v1/session", "POST /api/v1/setup", "POST /api/v1/accounts", "PATCH /api/v1/accounts/auditor", "PUT /api/v1/session/password",
			"POST /api/v1/cases", "POST /api/v1/cases/x/moves", "POST /api/v1/cases/x/files?version=1", "POST /ngsi-ld/v1/entities", "POST /api/v1/feeds/x/rows"} {
			if w := b.ask(request, "{}", change); w.Code != 403 {
				t.Errorf("%s from %s is %d: %s", request, name, w.Code, w.Body)
			}
			b.cookie = token
		}
	}
	own := func(r *http.Request) {
		r.Header.Set("Origin", "https://city.example")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
	}
	if w := b.ask("DELETE /api/v1/session", "", own); w.Code != 204 {
		t.Errorf("the console's own page: %d %s", w.Code, w.Body)
	}
}

// TestPagesActForWhomTheyBelieveIn holds that a page which was left open while
// another account signed in changes nothing in that account's name.
func TestPagesActForWhomTheyBelieveIn(t *testing.T) {
	x := newTown(t)
	id := x.open("A hole in the road")
	b := x.as("administrator")
	believing := func(account string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(api.AccountHeader, account) }
	}
	for _, request := range []string{"POST /api/v1/cases", "POST /api/v1/cases/" + id + "/moves", "POST /api/v1/accounts", "PATCH /api/v1/accounts/auditor",
		"PUT /api/v1/session/password", "DELETE /api/v1/session", "POST /ngsi-ld/v1/entities"} {
		body := bodyFor(request)
		b.check(b.ask(request, body, believing("duty-officer")), 409, request, "another account has signed in in this browser", `"guard":"another-account"`, `"zh":"此浏览器`)
		if w := x.as("administrator").ask(request, body, believing("administrator")); strings.Contains(w.Body.String(), "another-account") {
			t.Errorf("%s of the account itself is %d: %s", request, w.Code, w.Body)
		}
	}
	b.check(b.ask("GET /api/v1/session", "", believing("duty-officer")), 200, "reading", `"account":"administrator"`)
	b.check(b.ask("POST /api/v1/session", signInBody, believing("administrator")), 200, "signing in", `"account":"duty-officer"`)
	b.check((&browser{town: x}).ask("POST /api/v1/cases", "{}", believing("duty-officer")), 401, "nobody")
}

func TestPasswordsAreChanged(t *testing.T) {
	x := newTown(t)
	b, elsewhere := x.as("duty-officer"), x.as("duty-officer")
	b.want(403, "PUT /api/v1/session/password", `{"old":"not the password","new":"a lamp beside a lake"}`)
	b.want(400, "PUT /api/v1/session/password", `{"old":"`+secret+`","new":"short"}`, `"field":"new"`, "too short")
	before := b.cookie
	b.want(200, "PUT /api/v1/session/password", `{"old":"`+secret+`","new":"a lamp beside a lake"}`, `"account":"duty-officer"`)
	if b.cookie == before {
		t.Error("the session goes on")
	}
	b.want(200, "GET /api/v1/session", "")
	elsewhere.want(401, "GET /api/v1/session", "")
	b.want(401, "POST /api/v1/session", signInBody)
	b.want(200, "POST /api/v1/session", `{"account":"duty-officer","password":"a lamp beside a lake"}`)
}

func TestTheFirstAdministratorSetsUp(t *testing.T) {
	b := &browser{town: newTown(t)}
	b.want(200, "GET /api/v1/setup", "", `"needed":true`)
	b.want(403, "POST /api/v1/setup", `{"secret":"guess","account":"first","password":"`+secret+`"}`)
	b.want(400, "POST /api/v1/setup", `{"secret":"`+b.secret+`","account":"First!","password":"`+secret+`"}`)
	b.want(201, "POST /api/v1/setup", `{"secret":"`+b.secret+`","account":"first","password":"`+secret+`"}`, `"account":"first"`, `"duty":"administrator"`)
	b.want(200, "GET /api/v1/accounts?limit=1", "", `"id":"administrator"`, `"next":"administrator"`)
	b.want(200, "GET /api/v1/setup", "", `"needed":false`)
	b.want(403, "POST /api/v1/setup", `{"secret":"`+b.secret+`","account":"second","password":"`+secret+`"}`)
}

func TestAccountsAreKept(t *testing.T) {
	x := newTown(t)
	b := x.as("administrator")
	const name = `{"zh":"夜班","en":"<script>alert(1)</script>"}`
	b.want(201, "POST /api/v1/accounts", `{"id":"night-shift","name":`+name+`,"posts":["duty-officer"],"password":"`+secret+`"}`, `"name":`+name, `"record":"account.night-shift.1"`, `"password":true`)
	b.want(409, "POST /api/v1/accounts", `{"id":"night-shift","name":`+name+`,"posts":[],"password":"`+secret+`"}`)
	b.want(400, "POST /api/v1/accounts", `{"id":"x","name":`+name+`,"posts":["emperor"],"password":"`+secret+`"}`, `"field":"posts"`, "roads-dispatcher")
	night := x.as("night-shift")
	b.want(200, "PATCH /api/v1/accounts/night-shift", `{"posts":["roads-dispatcher"]}`, `"version":2`)
	night.want(200, "GET /api/v1/session", "", `"duty":"dispatcher"`)
	b.want(200, "PATCH /api/v1/accounts/night-shift", `{"disabled":true}`, `"disabled":true`)
	night.want(401, "GET /api/v1/session", "")
	b.want(404, "PATCH /api/v1/accounts/nobody", `{"disabled":true}`)
	b.want(409, "PATCH /api/v1/accounts/administrator", `{"disabled":true}`, "last administrator")
	w := b.want(200, "GET /api/v1/accounts", "")
	if strings.Contains(w.Body.String(), "argon2") {
		t.Errorf("hashes are shown: %s", w.Body)
	}
	r, err := x.people.Record(t.Context(), "account.night-shift.2")
	if err != nil || !strings.Contains(string(r.Body), `"by":"administrator"`) {
		t.Errorf("the record is %s, %v", r.Body, err)
	}
}

// TestEveryOperationHasItsPeople asks every operation as everybody.
func TestEveryOperationHasItsPeople(t *testing.T) {
	x := newTown(t)
	all := []city.AccountID{"duty-officer", "auditor", "administrator", "roads-dispatcher", "roads-handler", "parks-dispatcher"}
	c := x.open("A hole in the road")
	everybody := strings.Join([]string{"duty-officer", "auditor", "administrator", "roads-dispatcher", "roads-handler", "parks-dispatcher"}, " ")
	for request, allowed := range map[string]string{
		"GET /api/v1/city": everybody, "GET /api/v1/clock": everybody, "GET /api/v1/posts": everybody, "GET /api/v1/rules": everybody, "GET /api/v1/log": everybody,
		"GET /api/v1/feeds": everybody, "GET /api/v1/quarantine": everybody, "GET /api/v1/situations": everybody, "GET /api/v1/cases": everybody, "GET /api/v1/cases/" + c: everybody,
		"GET /api/v1/cases/" + c + "/verification": everybody, "GET /api/v1/ledger": everybody, "GET /api/v1/figures": everybody, "GET /api/v1/layers": everybody, "GET /api/v1/basemap": everybody,
		"GET /api/v1/records/case." + c + ".1/proof": everybody, "GET /api/openapi.json": everybody, "GET /ngsi-ld/v1/types": everybody,
		"GET /api/v1/accounts": "auditor administrator", "GET /api/v1/records/account.auditor.1/proof": "auditor administrator", "GET /metrics": "auditor administrator",
		"POST /api/v1/accounts": "administrator", "PATCH /api/v1/accounts/auditor": "administrator",
		"POST /ngsi-ld/v1/entities": "administrator", "DELETE /ngsi-ld/v1/entities/urn:x:1": "administrator", "PATCH /ngsi-ld/v1/entities/urn:x:1/attrs": "administrator",
		"POST /ngsi-ld/v1/entityOperations/upsert": "administrator",
		"POST /api/v1/feeds/x/rows":                "administrator", "POST /api/v1/cases": "duty-officer roads-dispatcher parks-dispatcher",
		"POST /api/v1/cases/" + c + "/moves": "duty-officer", "POST /api/v1/cases/" + c + "/files?version=1": "duty-officer",
	} {
		method, _, _ := strings.Cut(request, " ")
		body := ""
		if method != "GET" && method != "DELETE" {
			body = bodyFor(request)
		}
		if w := (&browser{town: x}).ask(request, body, nil); w.Code != 401 {
			t.Errorf("%s of nobody is %d: %s", request, w.Code, w.Body)
		}
		for _, account := range all {
			w := x.as(account).ask(request, body, nil)
			if may := strings.Contains(" "+allowed+" ", " "+string(account)+" "); (w.Code != 403) != may {
				t.Errorf("%s as %s is %d: %s", request, account, w.Code, w.Body)
			} else if !may && !strings.Contains(w.Body.String(), `"who":[`) {
				t.Errorf("%s as %s is not told who could: %s", request, account, w.Body)
			}
		}
	}
}

// bodyFor is a body that lets an operation come as far as asking who may.
func bodyFor(request string) string {
	switch {
	case strings.Contains(request, "/moves"):
		return `{"verb":"check","version":1}` // not now, for those who may
	case strings.HasSuffix(request, "/cases"):
		return `{"title":{"zh":"","en":"x"},"text":"x","severity":"minor"}`
	case strings.HasSuffix(request, "/accounts"):
		return `{"id":"auditor","name":{"zh":"","en":"x"},"posts":[],"password":""}`
	}
	return "{}"
}

func TestMetricsNeedATokenOrADuty(t *testing.T) {
	b := &browser{town: newTown(t)}
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	b.check(b.ask("GET /metrics", "", bearer("scraper")), 200, "the right token", "citybrain_stream_clients")
	b.check(b.ask("GET /metrics", "", bearer("scrapes")), 401, "a wrong token")
	b.check(b.ask("GET /metrics", "", bearer("")), 401, "no token")
	b.check(b.ask("GET /api/v1/city", "", bearer("scraper")), 401, "the token elsewhere")
}
