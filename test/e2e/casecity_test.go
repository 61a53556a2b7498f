package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citybrain/test/driver"
	"citybrain/test/town"
)

// harbourSetup is the made-up city whose situations become cases, with
// --auth open.
func harbourSetup(t testing.TB, args ...string) setup {
	t.Helper()
	s := closedHarbour(t, args...)
	s.args = append(s.args, "--auth", "open")
	return s
}

// closedHarbour is the same city in which people must sign in.
func closedHarbour(t testing.TB, args ...string) setup {
	t.Helper()
	dir := t.TempDir()
	if _, err := town.Write(dir); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	return setup{data: data, args: append([]string{"serve", "--city", filepath.Join(dir, "cities", "harbour"), "--data", data, "--listen", "127.0.0.1:0"}, args...)}
}

// person asks the program as a browser does: with the cookie of a session.
type person struct {
	t      testing.TB
	base   string // http://HOST:PORT
	cookie string // "" signed out, or --auth open
	name   string
}

// answer is what a person got.
type answer struct {
	status int
	header http.Header
	body   []byte
}

var client = &http.Client{Timeout: patience, Transport: &http.Transport{MaxIdleConnsPerHost: 32}}

// nobody is a person who has not signed in.
func nobody(t testing.TB, server *driver.Server) *person {
	t.Helper()
	return &person{t: t, base: "http://" + server.Addr, name: "nobody"}
}

// try sends a request; the body is JSON unless it is bytes. Headers are pairs.
func (p *person) try(method, path string, body any, headers ...string) (answer, error) {
	var in io.Reader
	switch b := body.(type) {
	case nil:
	case []byte:
		in = bytes.NewReader(b)
	default:
		text, err := json.Marshal(b)
		if err != nil {
			return answer{}, err
		}
		in = bytes.NewReader(text)
	}
	r, err := http.NewRequest(method, p.base+path, in)
	if err != nil {
		return answer{}, err
	}
	if _, raw := body.([]byte); in != nil && !raw {
		r.Header.Set("Content-Type", "application/json")
	}
	if p.cookie != "" {
		r.Header.Set("Cookie", "citybrain-session="+p.cookie)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	got, err := client.Do(r)
	if err != nil {
		return answer{}, err
	}
	defer got.Body.Close()
	text, err := io.ReadAll(got.Body)
	return answer{got.StatusCode, got.Header, text}, err
}

// ask is try whose connection must not break.
func (p *person) ask(method, path string, body any, headers ...string) answer {
	p.t.Helper()
	a, err := p.try(method, path, body, headers...)
	if err != nil {
		p.t.Fatalf("%s: %s %s: %v", p.name, method, path, err)
	}
	return a
}

// must asks for something that has to be answered with a status.
func (p *person) must(status int, method, path string, body any, into any) answer {
	p.t.Helper()
	a := p.ask(method, path, body)
	if a.status != status {
		p.t.Fatalf("%s: %s %.200s: status %d, want %d: %.600s", p.name, method, path, a.status, status, a.body)
	}
	if into != nil {
		if err := json.Unmarshal(a.body, into); err != nil {
			p.t.Fatalf("%s: %s %s: %v in %.500s", p.name, method, path, err, a.body)
		}
	}
	return a
}

// as signs in and is that person.
func (p *person) as(account, password string) *person {
	p.t.Helper()
	q := *p
	q.name, q.cookie = account, ""
	a := q.must(200, "POST", "/api/v1/session", map[string]string{"account": account, "password": password}, nil)
	q.cookie = cookieOf(a)
	if q.cookie == "" {
		p.t.Fatalf("%s signed in without a cookie: %v", account, a.header)
	}
	return &q
}

func cookieOf(a answer) string {
	for _, c := range (&http.Response{Header: a.header}).Cookies() {
		if c.Name == "citybrain-session" {
			return c.Value
		}
	}
	return ""
}

// caseProblem is a problem with what a refusal of casework adds.
type caseProblem struct {
	Title, Detail, Field, Guard string
	Who                         []struct{ Duty, Agency string }
	Changes                     []caseMove
}

// refusal checks that a is a full problem with a status, and reads it.
func (a answer) refusal(t testing.TB, what string, status int) caseProblem {
	t.Helper()
	refused(t, what, driver.Answer{Status: a.status, Body: a.body}, status)
	var p caseProblem
	if err := json.Unmarshal(a.body, &p); err != nil {
		t.Fatalf("%s: %v in %.300s", what, err, a.body)
	}
	return p
}

// caseBody, caseTask, caseMove and caseDetail are cases as the interface tells them.
type caseBody struct {
	ID, Number, Kind, Procedure, Origin, Text, Severity, State, Entity, Lead, Outcome, Into string
	Title                                                                                   struct{ ZH, EN string }
	Version                                                                                 int64
	Change                                                                                  uint64
	Situation                                                                               *struct{ ID, RaisedAt, ClearedAt, ClearedReason string }
	Tasks                                                                                   []caseTask
	Files                                                                                   []caseFile
	Deadline, OpenedAt, ChangedAt, ClosedAt                                                 string
	Overdue                                                                                 bool
	From                                                                                    []string
}

type caseTask struct {
	Agency, State, Order, Deadline, Report string
	Lead, Overdue                          bool
}

type caseFile struct {
	Hash, Media, Name, View, Note, By string
	Bytes                             int64
}

type caseMove struct {
	Seq, Leaf                                                                        int64
	At, Verb, Account, Program, Post, By, From, To, Agency, Text, Into, File, Record string
}

type caseDetail struct {
	Case    caseBody
	Moves   []caseMove
	Choices []struct {
		Verb, Agency, Guard string
		Allowed             bool
	}
}

func (p *person) detail(id string) (d caseDetail) {
	p.t.Helper()
	p.must(200, "GET", "/api/v1/cases/"+id, nil, &d)
	return d
}

// cases lists every case of a query, page by page.
func (p *person) cases(query string) (all []caseBody) {
	p.t.Helper()
	for after := ""; ; {
		var page struct {
			Cases []caseBody
			Next  string
		}
		p.must(200, "GET", "/api/v1/cases?limit=500&"+query+after, nil, &page)
		all = append(all, page.Cases...)
		if page.Next == "" {
			return all
		}
		after = "&after=" + page.Next
	}
}

// fields are what a move carries besides its verb and version.
type fields map[string]any

// tryMove asks for a move on the version that the person saw.
func (p *person) tryMove(c *caseBody, verb string, more fields) answer {
	p.t.Helper()
	body := fields{"verb": verb, "version": c.Version}
	for k, v := range more {
		body[k] = v
	}
	return p.ask("POST", "/api/v1/cases/"+c.ID+"/moves", body)
}

// move makes a move that has to succeed; c is then as it is after it.
func (p *person) move(c *caseBody, verb string, more fields) {
	p.t.Helper()
	a := p.tryMove(c, verb, more)
	var d caseDetail
	if err := json.Unmarshal(a.body, &d); err != nil || a.status != 200 {
		p.t.Fatalf("%s: %s on %s: status %d: %.500s", p.name, verb, c.ID, a.status, a.body)
	}
	*c = d.Case
}

// report opens a case by hand.
func (p *person) report(title string) caseBody {
	p.t.Helper()
	var d caseDetail
	p.must(201, "POST", "/api/v1/cases", fields{"title": fields{"en": title, "zh": title}, "text": title + ".", "severity": "major"}, &d)
	return d.Case
}

const gateHeader = "gate,time,queue,capacity,visitors\n"

// gateRow is a reading of a gate.
func gateRow(gate string, at time.Time, queue, visitors int) string {
	return fmt.Sprintf("%s,%s,%d,100,%d\n", gate, at.UTC().Format(time.RFC3339), queue, visitors)
}

// push hands rows to the live gates.
func (p *person) push(rows ...string) {
	p.t.Helper()
	a := p.ask("POST", "/api/v1/feeds/gates-live/rows", []byte(gateHeader+strings.Join(rows, "")), "Content-Type", "text/csv")
	if a.status != 200 {
		p.t.Fatalf("rows: status %d: %.500s", a.status, a.body)
	}
}

// sealed waits until no record waits for its leaf.
func (p *person) sealed() {
	p.t.Helper()
	eventually(p.t, "every record has its leaf", patience, func() bool {
		var l struct{ Waiting int }
		p.must(200, "GET", "/api/v1/ledger", nil, &l)
		return l.Waiting == 0
	})
}

// verify runs citybrain verify.
func verify(t testing.TB, args ...string) (said string, sound bool) {
	t.Helper()
	out, errs, err := command(t, append([]string{"verify"}, args...)...)
	return out + errs, err == nil
}
