package e2e

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// dispatched opens a case by hand and hands it to roads, assisted by fleet.
func dispatched(staff map[string]*person, title string) caseBody {
	officer := staff["duty-officer"]
	c := officer.report(title)
	officer.move(&c, "file", nil)
	officer.move(&c, "dispatch", fields{"agency": "roads", "assists": []string{"fleet"}, "order": "Go there."})
	return c
}

// worked takes a dispatched case to its end.
func worked(staff map[string]*person, c *caseBody) {
	roads, fleet := staff["roads-dispatcher"], staff["fleet-dispatcher"]
	roads.move(c, "accept", fields{"agency": "roads"})
	fleet.move(c, "accept", fields{"agency": "fleet"})
	fleet.move(c, "finish", fields{"agency": "fleet", "text": "Held back."})
	roads.move(c, "finish", fields{"agency": "roads", "text": "Cleared away."})
	staff["duty-officer"].move(c, "check", nil)
	roads.move(c, "close", nil)
}

// TestMovesOutOfOrder makes moves where they do not belong, twice, by the wrong
// people and on a closed case. Nothing of it changes the case.
func TestMovesOutOfOrder(t *testing.T) {
	staff := staffed(t, closedHarbour(t).start(t))
	officer, roads, fleet, gates := staff["duty-officer"], staff["roads-dispatcher"], staff["fleet-dispatcher"], staff["gates-dispatcher"]
	unchanged := func(c *caseBody) {
		t.Helper()
		if d := officer.detail(c.ID); d.Case.Version != c.Version || d.Case.State != c.State {
			t.Fatalf("a refused move has changed the case: %+v", d.Case)
		}
	}
	refuse := func(p *person, c *caseBody, verb string, more fields, status int, guard string) caseProblem {
		t.Helper()
		r := p.tryMove(c, verb, more).refusal(t, p.name+" "+verb, status)
		if guard != "" && r.Guard != guard {
			t.Errorf("%s %s in state %s: guard %q, want %q: %s", p.name, verb, c.State, r.Guard, guard, r.Detail)
		}
		unchanged(c)
		return r
	}
	c := officer.report("A crane leans")
	order := fields{"agency": "roads", "order": "Go."}
	refuse(officer, &c, "dispatch", order, 409, "state")
	refuse(officer, &c, "check", nil, 409, "state")
	refuse(officer, &c, "reopen", fields{"text": "why not"}, 409, "state")
	refuse(roads, &c, "accept", fields{"agency": "roads"}, 409, "task")
	if r := refuse(roads, &c, "file", nil, 403, "role"); len(r.Who) == 0 || r.Who[0].Duty != "duty-officer" {
		t.Errorf("who could: %+v", r.Who)
	}
	seen := c
	officer.move(&c, "file", nil)
	if r := officer.tryMove(&seen, "file", nil).refusal(t, "file twice", 409); r.Guard != "version" || len(r.Changes) != 1 || r.Changes[0].Verb != "file" || r.Changes[0].Account != "duty-officer" {
		t.Errorf("file twice on the version seen: %+v", r)
	}
	refuse(officer, &c, "file", nil, 409, "state")
	refuse(officer, &c, "dispatch", fields{"agency": "nobody", "order": "Go."}, 400, "value")
	refuse(officer, &c, "dispatch", fields{"agency": "roads", "assists": []string{"roads"}, "order": "Go."}, 400, "named-twice")
	officer.move(&c, "dispatch", fields{"agency": "roads", "assists": []string{"fleet"}, "order": "Go."})
	refuse(officer, &c, "accept", fields{"agency": "roads"}, 403, "role")
	refuse(gates, &c, "accept", fields{"agency": "roads"}, 403, "role")
	refuse(roads, &c, "accept", fields{"agency": "fleet"}, 403, "role")
	refuse(gates, &c, "note", fields{"text": "Not my case."}, 403, "role")
	refuse(roads, &c, "finish", fields{"agency": "roads", "text": "Done."}, 409, "state")
	roads.move(&c, "accept", fields{"agency": "roads"})
	refuse(roads, &c, "accept", fields{"agency": "roads"}, 409, "")
	if r := refuse(roads, &c, "finish", fields{"agency": "roads", "text": "Done."}, 409, "assisting-open"); !strings.Contains(r.Detail, "Fleet") {
		t.Errorf("does not say who is not done: %s", r.Detail)
	}
	refuse(fleet, &c, "return", fields{"agency": "fleet"}, 400, "needs")
	fleet.move(&c, "return", fields{"agency": "fleet", "text": "No vehicle is there."})
	roads.move(&c, "finish", fields{"agency": "roads", "text": "Stands again."})
	refuse(roads, &c, "close", nil, 409, "state")
	officer.move(&c, "reject", fields{"text": "It leans still."})
	roads.move(&c, "finish", fields{"agency": "roads", "text": "Now it stands."})
	officer.move(&c, "check", nil)
	refuse(officer, &c, "close", nil, 403, "role")
	refuse(staff["roads-crew"], &c, "close", nil, 403, "role")
	roads.move(&c, "close", nil)
	for _, verb := range []string{"file", "refuse", "dispatch", "assist", "withdraw", "check", "reject", "merge"} {
		refuse(officer, &c, verb, fields{"agency": "roads", "order": "x", "text": "x", "into": strings.Repeat("0", 32)}, 409, "")
	}
	for _, verb := range []string{"accept", "return", "finish", "close"} {
		refuse(roads, &c, verb, fields{"agency": "roads", "text": "x"}, 409, "")
	}
	refuse(roads, &c, "note", fields{"text": "Once more."}, 403, "role")
	officer.move(&c, "note", fields{"text": "For the file."})
	for n, m := range officer.detail(c.ID).Moves {
		if m.Seq != int64(n+1) || m.Record != fmt.Sprintf("case.%s.%d", c.ID, n+1) {
			t.Errorf("move %d is %+v", n+1, m)
		}
	}
}

// TestOneOfManyWins lets many people make a move on the same version at once:
// one wins, and every other is told what has changed.
func TestOneOfManyWins(t *testing.T) {
	staff := staffed(t, closedHarbour(t).start(t))
	for round := range 5 {
		c := dispatched(staff, fmt.Sprintf("Race %d", round))
		answers := make(chan answer, 8)
		var start, all sync.WaitGroup
		start.Add(1)
		for n := range cap(answers) {
			p := staff[[]string{"roads-dispatcher", "roads-crew"}[n%2]]
			all.Go(func() {
				start.Wait()
				a, err := p.try("POST", "/api/v1/cases/"+c.ID+"/moves", fields{"verb": "accept", "version": c.Version, "agency": "roads"})
				if err != nil {
					t.Error(err)
				}
				answers <- a
			})
		}
		start.Done()
		all.Wait()
		close(answers)
		won := 0
		for a := range answers {
			if a.status == 200 {
				won++
				continue
			}
			if r := a.refusal(t, "the slower", 409); r.Guard != "version" || len(r.Changes) != 1 || r.Changes[0].Verb != "accept" {
				t.Errorf("what changed: %+v", r)
			}
		}
		if d := staff["duty-officer"].detail(c.ID); won != 1 || d.Case.Version != c.Version+1 {
			t.Errorf("%d of 8 won, version %d after %d", won, d.Case.Version, c.Version)
		}
	}
}

// TestTextsStayTexts sends what a text must not do. What is taken comes back as
// it was sent, and as JSON that no browser takes for a page.
func TestTextsStayTexts(t *testing.T) {
	staff := staffed(t, closedHarbour(t).start(t))
	officer := staff["duty-officer"]
	c := officer.report(`<b>Crane</b><script>alert(1)</script>`)
	for _, text := range []string{
		`<script>alert(1)</script><img src=x onerror=alert(1)>`, `"><svg/onload=alert(1)>`, `'; DROP TABLE casefile; --`, `{{constructor.constructor('x')()}}`,
		"龙门吊倾斜，请绕行。\nSecond line\twith a tab", "عربي و עברית", "👩‍🚒🏽 e\u0301", `</script><!--`, "=cmd|' /C calc'!A0", strings.Repeat("长", 4000),
	} {
		officer.move(&c, "note", fields{"text": text})
		a := officer.ask("GET", "/api/v1/cases/"+c.ID, nil)
		moves := officer.detail(c.ID).Moves
		if got := moves[len(moves)-1].Text; got != text {
			t.Errorf("%q came back as %q", text, got)
		}
		if a.header.Get("Content-Type") != "application/json" || a.header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("a browser could take the answer for a page: %v", a.header)
		}
	}
	for what, text := range map[string]string{
		"a NUL": "a\x00b", "an escape": "a\x1b[31mb", "a text that turns round": "a\u202eb", "an isolate": "a\u2066b", "a line of a log forged": "a\rb", "too long": strings.Repeat("长", 4001),
	} {
		if r := officer.tryMove(&c, "note", fields{"text": text}).refusal(t, what, 400); r.Guard != "text" {
			t.Errorf("%s: guard %q", what, r.Guard)
		}
	}
	for _, verb := range []string{"note", "file"} {
		a, err := officer.try("POST", "/api/v1/cases/"+c.ID+"/moves", fields{"verb": verb, "version": c.Version, "text": strings.Repeat("x", 10<<20)})
		if err == nil { // or it is cut off before it is read
			a.refusal(t, "10 MB of text", 413)
		}
	}
	officer.ask("POST", "/api/v1/cases/"+c.ID+"/moves", []byte("{\"verb\":\"note\",\"version\":1,\"text\":\"\xff\xfe\"}"), "Content-Type", "application/json").refusal(t, "no UTF-8", 400)
	if d := officer.detail(c.ID); d.Case.Version != c.Version || d.Case.Title.EN != `<b>Crane</b><script>alert(1)</script>` {
		t.Errorf("the case after it: %+v", d.Case)
	}
}

func smallPNG(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 3, 3))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestFilesOfEvidence attaches good files and files that are too large, of a
// wrong type, lie about it, or have a path for a name.
func TestFilesOfEvidence(t *testing.T) {
	s := closedHarbour(t)
	staff := staffed(t, s.start(t))
	officer := staff["duty-officer"]
	c := officer.report("With a photo")
	attach := func(p *person, name, media string, body []byte) answer {
		return p.ask("POST", fmt.Sprintf("/api/v1/cases/%s/files?version=%d&name=%s", c.ID, c.Version, url.QueryEscape(name)), body, "Content-Type", media)
	}
	photo := smallPNG(t)
	for _, bad := range []struct {
		what, media string
		body        []byte
		status      int
	}{
		{"too large", "text/plain", bytes.Repeat([]byte("x"), 10<<20+1), 413},
		{"empty", "text/plain", []byte{}, 400},
		{"a program", "application/octet-stream", append([]byte("\x7fELF\x02\x01\x01\x00"), make([]byte, 100)...), 400},
		{"a page that says it is a photo", "image/png", []byte("<html><script>alert(1)</script>"), 400},
		{"a photo that says it is text", "text/plain", photo, 400},
		{"a PNG that says it is a JPEG", "image/jpeg", photo, 400},
		{"a drawing with scripts", "image/svg+xml", []byte(`<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>`), 400},
		{"a photo cut off", "image/png", photo[:20], 400},
		{"a page", "text/html", []byte("<html></html>"), 400},
	} {
		attach(officer, "f", bad.media, bad.body).refusal(t, bad.what, bad.status)
	}
	attach(staff["gates-dispatcher"], "f", "image/png", photo).refusal(t, "somebody else's case", 403)
	for n, name := range []string{"../../../etc/passwd", `..\..\boot.ini`, "a\"; filename=b", "现场 照片.png"} {
		body := append(slices.Clone(photo), byte(n))
		a := attach(officer, name, "image/png", body)
		if a.status != 200 {
			t.Fatalf("%q: %d %.300s", name, a.status, a.body)
		}
		c = officer.detail(c.ID).Case
		f := c.Files[len(c.Files)-1]
		got := officer.ask("GET", "/api/v1/cases/"+c.ID+"/files/"+f.Hash, nil)
		if got.status != 200 || !bytes.Equal(got.body, body) || f.Name != name || f.Media != "image/png" || f.Bytes != int64(len(body)) {
			t.Errorf("%q came back as %+v, status %d", name, f, got.status)
		}
		servedSafely(t, got.header, "image/png")
	}
	attach(officer, "again", "image/png", append(slices.Clone(photo), 0)).refusal(t, "the same file twice", 409)
	a := attach(officer, "page.html", "text/plain", []byte("<html><script>alert(1)</script>"))
	if a.status == 200 {
		c = officer.detail(c.ID).Case
		got := officer.ask("GET", "/api/v1/cases/"+c.ID+"/files/"+c.Files[len(c.Files)-1].Hash, nil)
		servedSafely(t, got.header, "text/plain; charset=utf-8")
		mentions(t, "how a text is offered", got.header.Get("Content-Disposition"), "attachment")
	} else {
		a.refusal(t, "a page as text", 400)
	}
	for _, path := range []string{"..%2f..%2frecords.db", "%2e%2e", strings.Repeat("0", 64), "incoming", "x"} {
		if a := officer.ask("GET", "/api/v1/cases/"+c.ID+"/files/"+path, nil); a.status != 404 && a.status != 400 {
			t.Errorf("%s: status %d", path, a.status)
		}
	}
	other := officer.report("Another case")
	officer.ask("GET", "/api/v1/cases/"+other.ID+"/files/"+c.Files[0].Hash, nil).refusal(t, "a file of another case", 404)
	staff["nobody"].ask("GET", "/api/v1/cases/"+c.ID+"/files/"+c.Files[0].Hash, nil).refusal(t, "a file signed out", 401)
	onlyHashes(t, filepath.Join(s.data, "files"))
}

func servedSafely(t *testing.T, h http.Header, media string) {
	t.Helper()
	if h.Get("Content-Type") != media || h.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(h.Get("Content-Security-Policy"), "sandbox") {
		t.Errorf("not served safely: %v", h)
	}
}

// onlyHashes holds that nobody's name for a file has become a path.
func onlyHashes(t *testing.T, folder string) {
	t.Helper()
	err := filepath.WalkDir(folder, func(path string, d os.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && strings.Trim(d.Name(), "0123456789abcdef") != "" {
			t.Errorf("%s is not named by its content", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestMergeReopenAndWorklists merges and reopens cases, and compares what every
// filter of the list answers with what the whole list says.
func TestMergeReopenAndWorklists(t *testing.T) {
	staff := staffed(t, closedHarbour(t).start(t))
	officer, roads := staff["duty-officer"], staff["roads-dispatcher"]
	a, b, done, back, waits := dispatched(staff, "A"), dispatched(staff, "B"), dispatched(staff, "Done"), dispatched(staff, "Back"), dispatched(staff, "Waits")
	roads.move(&b, "accept", fields{"agency": "roads"})
	officer.tryMove(&a, "merge", fields{"into": a.ID}).refusal(t, "into itself", 400)
	officer.tryMove(&a, "merge", fields{"into": strings.Repeat("f", 32)}).refusal(t, "into nothing", 400)
	officer.move(&a, "merge", fields{"into": b.ID, "text": "The same crane."})
	b = officer.detail(b.ID).Case
	if a.State != "closed" || a.Outcome != "merged" || a.Into != b.ID || !slices.Contains(b.From, a.ID) || b.State != "handling" {
		t.Errorf("merged %+v into %+v", a, b)
	}
	officer.tryMove(&a, "reopen", fields{"text": "Two cranes."}).refusal(t, "a merged case", 409)
	officer.tryMove(&b, "merge", fields{"into": a.ID}).refusal(t, "into a closed case", 409)
	worked(staff, &done)
	worked(staff, &back)
	officer.move(&back, "reopen", fields{"text": "It leans again."})
	if back.State != "handling" || back.ClosedAt != "" || back.Outcome != "" {
		t.Errorf("reopened: %+v", back)
	}
	roads.move(&back, "finish", fields{"agency": "roads", "text": "Once more."})
	officer.report("Only reported")
	all := officer.cases("")
	has := func(c caseBody, agency string, states ...string) bool {
		return slices.ContainsFunc(c.Tasks, func(x caseTask) bool {
			return x.Agency == agency && x.State != "returned" && x.State != "withdrawn" && (len(states) == 0 || slices.Contains(states, x.State))
		})
	}
	tomorrow := time.Now().Add(24 * time.Hour).UTC().Format(time.RFC3339)
	for _, f := range []struct {
		query string
		keeps func(caseBody) bool
	}{
		{"state=closed", func(c caseBody) bool { return c.State == "closed" }},
		{"state=filed,dispatched,handling", func(c caseBody) bool { return slices.Contains([]string{"filed", "dispatched", "handling"}, c.State) }},
		{"notState=closed", func(c caseBody) bool { return c.State != "closed" }},
		{"agency=roads", func(c caseBody) bool { return has(c, "roads") }},
		{"agency=fleet&task=waiting", func(c caseBody) bool { return has(c, "fleet", "waiting") }},
		{"agency=roads&task=waiting,handling&order=deadline", func(c caseBody) bool { return has(c, "roads", "waiting", "handling") }},
		{"agency=roads&notState=closed", func(c caseBody) bool { return has(c, "roads") && c.State != "closed" }},
		{"agency=gates", func(caseBody) bool { return false }},
		{"severity=critical", func(caseBody) bool { return false }},
		{"severity=minor", func(caseBody) bool { return true }},
		{"overdue=true", func(caseBody) bool { return false }},
		{"openedFrom=" + tomorrow, func(caseBody) bool { return false }},
		{"openedTo=" + tomorrow, func(caseBody) bool { return true }},
		{"kind=none", func(caseBody) bool { return false }},
	} {
		checkWorklist(t, officer, all, f.query, f.keeps)
	}
	for _, bad := range []string{"state=asleep", "agency=nowhere", "task=waiting", "order=colour", "limit=0", "after=x", "openedFrom=yesterday", "colour=red"} {
		officer.ask("GET", "/api/v1/cases?"+bad, nil).refusal(t, bad, 400)
	}
	if waits.State != "dispatched" {
		t.Errorf("a case that nobody touched: %+v", waits)
	}
}

// checkWorklist reads a list in pages of one and two, and compares.
func checkWorklist(t *testing.T, p *person, all []caseBody, query string, keeps func(caseBody) bool) {
	t.Helper()
	var want []string
	for _, c := range all {
		if keeps(c) {
			want = append(want, c.ID)
		}
	}
	slices.Sort(want)
	for _, limit := range []int{1, 2, 100} {
		var got []string
		for after := ""; ; {
			var page struct {
				Cases []caseBody
				Next  string
				Total int
			}
			p.must(200, "GET", fmt.Sprintf("/api/v1/cases?limit=%d&%s%s", limit, query, after), nil, &page)
			for _, c := range page.Cases {
				got = append(got, c.ID)
			}
			if page.Total != len(want) {
				t.Errorf("%s: total %d, want %d", query, page.Total, len(want))
			}
			if after = "&after=" + page.Next; page.Next == "" {
				break
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%s in pages of %d: %v, want %v", query, limit, got, want)
		}
	}
}
