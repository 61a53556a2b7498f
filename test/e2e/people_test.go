package e2e

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"citybrain/test/driver"
)

var setupSecret = regexp.MustCompile(`setup secret: (\S+)`)

// secretOf is the one-time secret that a server has printed, "" if none.
func secretOf(server *driver.Server) string {
	if m := setupSecret.FindStringSubmatch(server.Output()); m != nil {
		return m[1]
	}
	return ""
}

const adminPassword = "eleven quiet cranes"

func passwordOf(account string) string { return "quay and tide, " + account[:3] }

// harbourPosts are the posts of the harbour beside the administrator.
var harbourPosts = []string{"duty-officer", "auditor", "roads-dispatcher", "roads-crew", "fleet-dispatcher", "fleet-crew", "gates-dispatcher"}

// staffed makes the first administrator and an account for every post of the
// harbour, named like it, and signs everybody in.
func staffed(t *testing.T, server *driver.Server) map[string]*person {
	t.Helper()
	p := nobody(t, server)
	a := p.must(201, "POST", "/api/v1/setup", fields{"secret": secretOf(server), "account": "chief", "password": adminPassword}, nil)
	chief := *p
	chief.name, chief.cookie = "chief", cookieOf(a)
	staff := map[string]*person{"administrator": &chief, "nobody": p}
	var mu sync.Mutex
	var all sync.WaitGroup
	for _, post := range harbourPosts {
		chief.must(201, "POST", "/api/v1/accounts", fields{"id": post, "name": fields{"en": post, "zh": post}, "posts": []string{post}, "password": passwordOf(post)}, nil)
		all.Go(func() {
			q := p.as(post, passwordOf(post))
			mu.Lock()
			defer mu.Unlock()
			staff[post] = q
		})
	}
	all.Wait()
	return staff
}

// TestFirstAdministrator holds that the secret of the first start opens once,
// and that a restart gives no new one while somebody administers the city.
func TestFirstAdministrator(t *testing.T) {
	s := closedHarbour(t)
	server := s.start(t)
	first := secretOf(server)
	if first == "" {
		t.Fatalf("no secret:\n%s", server.Output())
	}
	server.Kill()
	server = s.start(t)
	p := nobody(t, server)
	secret := secretOf(server)
	set := func(secret, account, password string) answer {
		return p.ask("POST", "/api/v1/setup", fields{"secret": secret, "account": account, "password": password})
	}
	set(first, "chief", adminPassword).refusal(t, "the secret of the start before", 403)
	set("wrong", "chief", adminPassword).refusal(t, "a wrong secret", 403)
	set(secret, "chief", "short").refusal(t, "a short password", 400)
	set(secret, "Chief!", adminPassword).refusal(t, "a bad name", 400)
	a := set(secret, "chief", adminPassword)
	if a.status != 201 || cookieOf(a) == "" {
		t.Fatalf("set up: %d %s", a.status, a.body)
	}
	cookie := a.header.Get("Set-Cookie")
	mentions(t, "the cookie", cookie, "HttpOnly", "SameSite=Strict", "Path=/")
	if strings.Contains(cookie, "Secure") {
		t.Errorf("Secure without TLS, a browser drops it: %s", cookie)
	}
	set(secret, "second", adminPassword).refusal(t, "the secret a second time", 403)
	var needed struct{ Needed bool }
	p.must(200, "GET", "/api/v1/setup", nil, &needed)
	server.Kill()
	again := s.start(t)
	if secretOf(again) != "" || needed.Needed {
		t.Errorf("a secret although there is an administrator: %v\n%s", needed, again.Output())
	}
	nobody(t, again).as("chief", adminPassword)
	for _, secret := range []string{first, secret, adminPassword} {
		if strings.Contains(again.Output(), secret) {
			t.Errorf("the output holds %q", secret)
		}
	}
}

// TestGuessingIsSlowed guesses the password of one account and the secret: soon
// every answer is 429 and says when to try again. Others can work all the while.
func TestGuessingIsSlowed(t *testing.T) {
	server := closedHarbour(t).start(t)
	staff := staffed(t, server)
	p := staff["nobody"]
	slowed := func(what, path string, body fields, wrong int) {
		t.Helper()
		for n := 1; ; n++ {
			a := p.ask("POST", path, body)
			if a.status == wrong && n < 40 {
				continue
			}
			seconds, err := strconv.Atoi(a.header.Get("Retry-After"))
			if a.refusal(t, what, 429); err != nil || seconds < 1 {
				t.Errorf("%s: Retry-After %q", what, a.header.Get("Retry-After"))
			}
			if t.Logf("%s: slowed at guess %d", what, n); n > 25 {
				t.Errorf("%s: only guess %d was slowed", what, n)
			}
			return
		}
	}
	// An account that does not exist is answered like one that does.
	known := p.ask("POST", "/api/v1/session", fields{"account": "fleet-crew", "password": "guess number one"})
	none := p.ask("POST", "/api/v1/session", fields{"account": "nobody-here", "password": "guess number one"})
	if a, b := known.refusal(t, "a wrong password", 401), none.refusal(t, "no such account", 401); a.Detail != b.Detail {
		t.Errorf("%q tells from %q whether there is an account", a.Detail, b.Detail)
	}
	slowed("an account that is not there", "/api/v1/session", fields{"account": "nobody-here", "password": "guess"}, 401)
	slowed("the secret", "/api/v1/setup", fields{"secret": "guess", "account": "thief", "password": adminPassword}, 403)
	a := p.ask("POST", "/api/v1/session", fields{"account": "duty-officer", "password": passwordOf("duty-officer")})
	a.refusal(t, "the right password from an address that guesses", 429)
	staff["duty-officer"].report("Work goes on")
}

// TestSessionsEnd holds that a session ends when its owner signs out, changes
// the password, or is disabled, at once and everywhere.
func TestSessionsEnd(t *testing.T) {
	server := closedHarbour(t).start(t)
	staff := staffed(t, server)
	p, chief := staff["nobody"], staff["administrator"]
	ended := func(what string, list ...*person) {
		t.Helper()
		for _, q := range list {
			q.ask("GET", "/api/v1/session", nil).refusal(t, what, 401)
			q.ask("GET", "/api/v1/cases", nil).refusal(t, what, 401)
		}
	}
	crew, other := staff["roads-crew"], p.as("roads-crew", passwordOf("roads-crew"))
	crew.must(204, "DELETE", "/api/v1/session", nil, nil)
	ended("signed out", crew)
	other.must(200, "GET", "/api/v1/session", nil, nil) // another session goes on
	third := p.as("roads-crew", passwordOf("roads-crew"))
	other.ask("PUT", "/api/v1/session/password", fields{"old": "wrong wrong wrong", "new": "a new and long one"}).refusal(t, "a wrong old password", 403)
	a := other.must(200, "PUT", "/api/v1/session/password", fields{"old": passwordOf("roads-crew"), "new": "a new and long one"}, nil)
	ended("password changed", other, third)
	renewed := *p
	renewed.cookie = cookieOf(a)
	renewed.must(200, "GET", "/api/v1/session", nil, nil)
	p.ask("POST", "/api/v1/session", fields{"account": "roads-crew", "password": passwordOf("roads-crew")}).refusal(t, "the old password", 401)
	chief.must(200, "PATCH", "/api/v1/accounts/roads-crew", fields{"disabled": true}, nil)
	ended("disabled", &renewed)
	p.ask("POST", "/api/v1/session", fields{"account": "roads-crew", "password": "a new and long one"}).refusal(t, "a disabled account", 401)
	fleet := staff["fleet-crew"]
	chief.must(200, "PATCH", "/api/v1/accounts/fleet-crew", fields{"password": "given by the chief"}, nil)
	ended("password given", fleet)
	chief.ask("PATCH", "/api/v1/accounts/chief", fields{"disabled": true}).refusal(t, "the last administrator", 409)
	chief.ask("PATCH", "/api/v1/accounts/chief", fields{"posts": []string{"auditor"}}).refusal(t, "the last administrator's post", 409)
	// A post that is taken away takes its right along, in the same session.
	gates := staff["gates-dispatcher"]
	gates.report("While there is a post")
	chief.must(200, "PATCH", "/api/v1/accounts/gates-dispatcher", fields{"posts": []string{}}, nil)
	gates.ask("POST", "/api/v1/cases", fields{"title": fields{"en": "x", "zh": "x"}, "text": "x", "severity": "minor"}).refusal(t, "without a post", 403)
}

// TestRolesAtEveryRoute asks every route as every sort of person.
func TestRolesAtEveryRoute(t *testing.T) {
	server := closedHarbour(t).start(t)
	staff := staffed(t, server)
	c := staff["duty-officer"].report("For reading")
	staff["duty-officer"].sealed()
	rows := []byte(gateHeader)
	create := fields{"title": fields{"en": "t", "zh": "t"}, "text": "x", "severity": "minor"}
	note := fields{"verb": "note", "version": 1000, "text": "x"} // stale for whoever may come so far
	everybody := "administrator auditor duty-officer roads-dispatcher roads-crew"
	for _, route := range []struct {
		method, path string
		body         any
		open         string // whom it does not refuse with 401 or 403
	}{
		{"GET", "/healthz", nil, everybody + " nobody"},
		{"GET", "/readyz", nil, everybody + " nobody"},
		{"GET", "/api/v1/setup", nil, everybody + " nobody"},
		{"GET", "/api/v1/session", nil, everybody},
		{"GET", "/api/v1/cases", nil, everybody},
		{"GET", "/api/v1/cases/" + c.ID, nil, everybody},
		{"GET", "/api/v1/cases/" + c.ID + "/verification", nil, everybody},
		{"GET", "/api/v1/records/case." + c.ID + ".1/proof", nil, everybody},
		{"GET", "/api/v1/records/account.chief.1/proof", nil, "administrator auditor"},
		{"GET", "/api/v1/ledger", nil, everybody},
		{"GET", "/api/v1/situations", nil, everybody},
		{"GET", "/api/v1/feeds", nil, everybody},
		{"GET", "/api/v1/figures", nil, everybody},
		{"GET", "/api/v1/layers", nil, everybody},
		{"GET", "/api/v1/basemap", nil, everybody},
		{"GET", "/api/v1/posts", nil, everybody},
		{"GET", "/api/v1/city", nil, everybody},
		{"GET", "/api/v1/clock", nil, everybody},
		{"GET", "/api/v1/quarantine", nil, everybody},
		{"GET", "/ngsi-ld/v1/types", nil, everybody},
		{"GET", "/ngsi-ld/v1/entities?type=Gate", nil, everybody},
		{"GET", "/api/v1/accounts", nil, "administrator auditor"},
		{"GET", "/metrics", nil, "administrator auditor"},
		{"POST", "/api/v1/accounts", fields{"id": "x--y", "name": fields{"en": "x", "zh": "x"}, "posts": []string{}, "password": "x"}, "administrator"},
		{"PATCH", "/api/v1/accounts/none", fields{"disabled": true}, "administrator"},
		{"POST", "/ngsi-ld/v1/entities", fields{"id": "bad"}, "administrator"},
		{"DELETE", "/ngsi-ld/v1/entities/urn:ngsi-ld:Gate:none", nil, "administrator"},
		{"POST", "/api/v1/feeds/gates-live/rows", rows, "administrator"},
		{"POST", "/api/v1/cases", create, "duty-officer roads-dispatcher"},
		{"POST", "/api/v1/cases/" + c.ID + "/moves", note, everybody}, // a stale version is told before the role
	} {
		for who, p := range staff {
			if who != "nobody" && !strings.Contains(everybody, who) {
				continue
			}
			a := p.ask(route.method, route.path, route.body)
			if refused := a.status == 401 || a.status == 403; refused == strings.Contains(" "+route.open+" ", " "+who+" ") {
				t.Errorf("%s %s as %s: status %d, open to %s: %.200s", route.method, route.path, who, a.status, route.open, a.body)
			}
			if who == "nobody" && a.status == 403 {
				t.Errorf("%s %s signed out: 403 instead of 401", route.method, route.path)
			}
		}
	}
	auditorChangesNothing(t, staff, c.ID)
}

// auditorChangesNothing offers an auditor and an administrator every move.
func auditorChangesNothing(t *testing.T, staff map[string]*person, id string) {
	for _, who := range []string{"auditor", "administrator"} {
		d := staff[who].detail(id)
		for _, x := range d.Choices {
			if x.Allowed {
				t.Errorf("%s is offered %s", who, x.Verb)
			}
		}
		for _, verb := range []string{"file", "refuse", "dispatch", "assist", "withdraw", "accept", "return", "finish", "redo", "check", "reject", "close", "reopen", "merge", "note"} {
			a := staff[who].tryMove(&d.Case, verb, fields{"agency": "roads", "text": "x", "into": strings.Repeat("0", 32)})
			if a.status < 400 || a.status >= 500 {
				t.Errorf("%s: %s: status %d %s", who, verb, a.status, a.body)
			}
		}
		a := staff[who].ask("POST", "/api/v1/cases/"+id+"/files?version="+strconv.FormatInt(d.Case.Version, 10), []byte("plain text"), "Content-Type", "text/plain")
		a.refusal(t, who+" attaches a file", 403)
		if after := staff[who].detail(id); after.Case.Version != d.Case.Version {
			t.Errorf("%s has changed the case", who)
		}
	}
}

// TestCrossSiteWritesAreRefused sends with a good cookie what a page of another
// site could make a browser send.
func TestCrossSiteWritesAreRefused(t *testing.T) {
	server := closedHarbour(t).start(t)
	officer := staffed(t, server)["duty-officer"]
	c := officer.report("Not from elsewhere")
	body := []byte(`{"verb":"note","version":1,"text":"from elsewhere"}`)
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Origin", "https://evil.example"},
		{"Origin", "null"},
		{"Origin", "https://evil.example", "Content-Type", "text/plain"},
	} {
		for _, target := range []string{"/api/v1/cases/" + c.ID + "/moves", "/api/v1/cases/" + c.ID + "/files?version=1", "/api/v1/cases", "/api/v1/session", "/api/v1/setup"} {
			officer.ask("POST", target, body, headers...).refusal(t, strings.Join(headers, " ")+" "+target, 403)
		}
		officer.ask("DELETE", "/api/v1/session", nil, headers...).refusal(t, "signing out from elsewhere", 403)
	}
	if d := officer.detail(c.ID); len(d.Moves) != 1 {
		t.Errorf("a page of another site has moved the case: %+v", d.Moves)
	}
	officer.ask("POST", "/api/v1/cases/"+c.ID+"/moves", body, "Sec-Fetch-Site", "same-origin", "Content-Type", "application/json")
	if d := officer.detail(c.ID); len(d.Moves) != 2 {
		t.Errorf("a page of this site could not move the case: %+v", d.Moves)
	}
}
