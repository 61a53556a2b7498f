package api_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"citybrain/api/cases"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/wire"
	"citybrain/ledger"
)

// open reports a case as the duty officer and answers with its id.
func (x *town) open(title string) string {
	x.t.Helper()
	text, _ := wire.Marshal(title)
	b := x.as("duty-officer")
	d := read[cases.CaseDetail](b, "POST /api/v1/cases", `{"title":{"zh":"","en":`+string(text)+`},"text":`+string(text)+`,"severity":"moderate","place":{"type":"Point","coordinates":[10.2,56.1]}}`)
	return d.Case.ID
}

// move makes a move at the version that the case has.
func (b *browser) move(id, verb, more string) cases.CaseDetail {
	b.t.Helper()
	now := read[cases.CaseDetail](b, "GET /api/v1/cases/"+id, "")
	return read[cases.CaseDetail](b, "POST /api/v1/cases/"+id+"/moves", fmt.Sprintf(`{"verb":%q,"version":%d%s}`, verb, now.Case.Version, more))
}

// TestTwoAgenciesCloseACase follows one case from report to its end.
func TestTwoAgenciesCloseACase(t *testing.T) {
	x := newTown(t)
	officer, roads, parks := x.as("duty-officer"), x.as("roads-dispatcher"), x.as("parks-dispatcher")
	id := x.open("A tree lies across the road")
	officer.move(id, "file", "")
	d := officer.move(id, "dispatch", `,"agency":"roads","assists":["parks"],"order":"clear it"`)
	if d.Case.Lead != "roads" || len(d.Case.Tasks) != 2 || d.Case.State != "dispatched" || d.Case.Deadline == "" {
		t.Errorf("dispatched: %+v", d.Case)
	}
	roads.move(id, "accept", `,"agency":"roads"`)
	parks.move(id, "accept", `,"agency":"parks"`)
	now := read[cases.CaseDetail](roads, "GET /api/v1/cases/"+id, "")
	refusal := roads.ask("POST /api/v1/cases/"+id+"/moves", fmt.Sprintf(`{"verb":"finish","version":%d,"agency":"roads","text":"done"}`, now.Case.Version), nil)
	roads.check(refusal, 409, "finishing before the assisting agency", `"guard":"assisting-open"`, `"reason":{"zh":"协办单位尚未完成：公园","en":"assisting agencies are not done: Parks"}`)
	if c := choice(now, "finish", "roads"); c.Allowed || c.Guard != "assisting-open" || c.Text == nil || !strings.Contains(c.Text.EN, "Parks") {
		t.Errorf("the choice does not say so: %+v", c)
	}
	parks.move(id, "finish", `,"agency":"parks","text":"sawn"`)
	roads.move(id, "finish", `,"agency":"roads","text":"swept"`)
	officer.move(id, "check", "")
	end := roads.move(id, "close", "")
	if end.Case.State != "closed" || end.Case.Outcome != "solved" || len(end.Moves) != 9 || end.Moves[8].Account != "roads-dispatcher" || end.Moves[8].Record == "" || end.Moves[8].Leaf != -1 {
		t.Errorf("the end is %+v %+v", end.Case, end.Moves)
	}
	officer.want(200, "GET /api/v1/cases/"+id+"/verification", "", `"verified":true`, `"size":7`, `"state":"sealed"`)
	officer.want(404, "GET /api/v1/cases/none/verification", "")
}

func choice(d cases.CaseDetail, verb, agency string) cases.Choice {
	for _, c := range d.Choices {
		if c.Verb == verb && c.Agency == agency {
			return c
		}
	}
	return cases.Choice{}
}

func TestDamageIsSaid(t *testing.T) {
	x := newTown(t)
	id := x.open("A hole")
	d := x.as("duty-officer").move(id, "file", "")
	x.ledger.damaged = "nothing"
	for _, m := range d.Moves {
		if m.Seq == 2 {
			x.ledger.damaged = ledgerID(m.Record)
		}
	}
	x.as("auditor").want(200, "GET /api/v1/cases/"+id+"/verification", "", `"verified":false`, `"state":"damaged","text":"the record was changed"`)
	w := x.as("auditor").want(200, "GET /api/v1/records/"+d.Moves[0].Record+"/proof", "", "proof of "+d.Moves[0].Record)
	if w.Header().Get("Content-Disposition") != `attachment; filename="`+d.Moves[0].Record+`.tlog-proof"` {
		t.Errorf("the proof is no file: %v", w.Header())
	}
	for _, bad := range []string{"a%22b", "..%2f..%2fkey", "a%0d%0ab", strings.Repeat("a", 121)} {
		if w := x.as("auditor").ask("GET /api/v1/records/"+bad+"/proof", "", nil); w.Code != 400 && w.Code != 404 {
			t.Errorf("the record %s is %d", bad, w.Code)
		}
	}
}

// TestTwoPeopleAtOnce holds that one wins and the other is told what changed.
func TestTwoPeopleAtOnce(t *testing.T) {
	x := newTown(t)
	one, two := x.as("duty-officer"), x.as("duty-officer")
	id := x.open("A hole")
	seen := read[cases.CaseDetail](two, "GET /api/v1/cases/"+id, "").Case.Version
	one.move(id, "file", "")
	one.move(id, "note", `,"text":"on my way"`)
	w := two.ask("POST /api/v1/cases/"+id+"/moves", fmt.Sprintf(`{"verb":"refuse","version":%d,"text":"not ours"}`, seen), nil)
	two.check(w, 409, "a stale move", `"guard":"version"`, `"changes":[{"seq":2,`, `"verb":"file"`, `"text":"on my way"`)
	if d := read[cases.CaseDetail](one, "GET /api/v1/cases/"+id, ""); d.Case.State != "filed" || d.Case.Version != 3 {
		t.Errorf("the case is %+v", d.Case)
	}
}

// TestTextsComeBackAsText holds that markup in any text is neither refused nor
// changed: it is text, in JSON, and pages show it as that.
func TestTextsComeBackAsText(t *testing.T) {
	x := newTown(t)
	const evil = `</script><img src=x onerror=alert(1)> {{7*7}} ${x} ' -- "q" 桥`
	quoted, _ := wire.Marshal(evil)
	b := x.as("duty-officer")
	id := x.open(evil)
	b.move(id, "file", `,"text":`+string(quoted))
	b.move(id, "note", `,"text":`+string(quoted))
	d := b.move(id, "dispatch", `,"agency":"roads","order":`+string(quoted))
	if d.Case.Title.EN != evil || d.Case.Text != evil || d.Case.Tasks[0].Order != evil || d.Moves[2].Text != evil {
		t.Errorf("texts came back otherwise: %+v %+v", d.Case, d.Moves)
	}
	w := b.want(200, "GET /api/v1/cases", "")
	if w.Header().Get("Content-Type") != "application/json" || w.Header().Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("a browser may take it for a page: %v", w.Header())
	}
	for _, bad := range []string{`"a\u0000b"`, `"` + strings.Repeat("x", 5000) + `"`} {
		w := b.ask("POST /api/v1/cases/"+id+"/moves", `{"verb":"note","version":4,"text":`+bad+`}`, nil)
		b.check(w, 400, "a text that is none", `"field":"text"`, `"guard":"text"`)
	}
}

func TestCasesAreListed(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	var ids []string
	for n := range 7 {
		ids = append(ids, x.open(fmt.Sprint("case ", n)))
		x.clock.Advance(noon.Add(time.Duration(n+1) * time.Minute))
	}
	b.move(ids[0], "file", "")
	b.move(ids[0], "dispatch", `,"agency":"roads","order":"go"`)
	b.move(ids[1], "refuse", `,"text":"no"`)
	var got []string
	for path := "GET /api/v1/cases?limit=3"; ; {
		page := read[cases.CaseList](b, path, "")
		if page.Total != 7 {
			t.Errorf("total is %d", page.Total)
		}
		for _, c := range page.Cases {
			got = append(got, c.ID)
		}
		if page.Next == "" {
			break
		}
		path = "GET /api/v1/cases?limit=3&after=" + page.Next
	}
	for i, id := range got {
		if id != ids[6-i] {
			t.Errorf("the pages hold %v, want %v from its end", got, ids)
			break
		}
	}
	for query, want := range map[string]int{
		"notState=closed": 6, "state=closed": 1, "state=reported,closed": 6, "agency=roads": 1, "agency=roads&task=waiting": 1, "agency=roads&task=done": 0, "agency=parks": 0,
		"kind=general": 7, "kind=other": 0, "severity=major": 0, "severity=minor": 7, "overdue=true": 0, "overdue=false": 7, "entity=urn:x:1": 0,
		"q=case": 7, "q=Cas": 7, "q=ase": 0, "q=CASE+5": 1, "q=20140811": 7, "q=20140811-0003": 1, "q=case+0003": 1, "q=gate": 0, "q=case&state=closed": 1, "q=": 7, "situation=none": 0,
		"openedFrom=2014-08-11T12:05:00Z": 2, "openedTo=2014-08-11T12:05:00Z": 5, "order=deadline": 7,
	} {
		if page := read[cases.CaseList](b, "GET /api/v1/cases?"+query, ""); page.Total != want || len(page.Cases) != want {
			t.Errorf("%s lists %d of %d, want %d", query, len(page.Cases), page.Total, want)
		}
	}
	x.clock.Advance(noon.Add(25 * time.Hour))
	if page := read[cases.CaseList](b, "GET /api/v1/cases?overdue=true&order=deadline&limit=2", ""); page.Total != 6 || !page.Cases[0].Overdue || page.Cases[0].ID != ids[0] {
		t.Errorf("overdue are %+v", page)
	}
	for query, field := range map[string]string{
		"state=odd": "state", "notState=odd": "notState", "task=waiting": "task", "agency=none": "agency", "severity=odd": "severity", "entity=nope": "entity", "order=odd": "order",
		"q=...": "q", "q=" + strings.Repeat("a", 201): "q", "after=!": "after", "limit=0": "limit", "limit=1000": "limit", "openedFrom=x": "openedFrom", "openedFrom=2014-08-12T00:00:00Z&openedTo=2014-08-11T00:00:00Z": "openedTo", "overdue=x": "overdue", "nonsense=1": "nonsense",
	} {
		b.want(400, "GET /api/v1/cases?"+query, "", `"field":"`+field)
	}
}

// TestWhoDispatchesSeesWhatTheProcedureAsks reads the proposal of a procedure
// before and after the case is dispatched, and of a case without one.
func TestWhoDispatchesSeesWhatTheProcedureAsks(t *testing.T) {
	x := newTown(t)
	p, faults := casework.ParseProcedure("water.yaml", []byte(`procedure: water
title: {zh: 积水处置, en: Water}
on: water
kind: water
lead: {role: roads, limit: 1h, order: {zh: 封闭, en: Close the road}}
assist:
  - {role: parks, order: {zh: 清理, en: Clear the drains}}
`))
	p.Pack = "rain"
	procedures, more := casework.NewProcedures([]*casework.Procedure{p}, casework.Resolver{RoleAgency: func(role string) (city.AgencyID, bool) { return city.AgencyID(role), true }})
	if err := append(faults, more...).Err(); err != nil {
		t.Fatal(err)
	}
	x.desk.Procedures = procedures
	s := city.Situation{ID: "s1", Rule: "rain/water", Type: "water", Entity: "urn:x:1", Severity: city.Major, RaisedAt: noon, Change: 1}
	if err := x.desk.Take(t.Context(), s); err != nil {
		t.Fatal(err)
	}
	id := string(casework.CaseIDOf("rain/water", "s1"))
	b := x.as("duty-officer")
	proposal := `"orders":[{"agency":"roads","text":{"zh":"封闭","en":"Close the road"}},{"agency":"parks","text":{"zh":"清理","en":"Clear the drains"}}]`
	b.want(200, "GET /api/v1/cases/"+id, "", `"state":"filed"`, proposal)
	b.move(id, "dispatch", `,"agency":"roads","assists":["parks"]`)
	b.want(200, "GET /api/v1/cases/"+id, "", `"state":"dispatched"`, proposal)
	b.want(200, "GET /api/v1/cases/"+x.open("A hole"), "", `"orders":[]`)
}

func TestMovesThatCannotBe(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	id := x.open("A hole")
	for _, body := range []string{``, `{`, `{}`, `{"verb":"file"}`, `{"verb":"file","version":0}`, `{"verb":"file","version":-1}`, `{"verb":"report","version":1}`, `{"verb":"absorb","version":1}`, `{"verb":"cleared","version":1}`,
		`{"verb":"attach","version":1}`, `{"verb":"odd","version":1}`, `{"verb":"file","version":"1"}`, `{"verb":"file","version":1,"more":1}`, `{"verb":"dispatch","version":1,"assists":"roads"}`} {
		b.want(400, "POST /api/v1/cases/"+id+"/moves", body)
	}
	b.want(404, "POST /api/v1/cases/none/moves", `{"verb":"file","version":1}`)
	b.want(404, "GET /api/v1/cases/none", "")
	b.want(409, "POST /api/v1/cases/"+id+"/moves", `{"verb":"check","version":1}`, `"guard":"state"`)
	b.want(400, "POST /api/v1/cases/"+id+"/moves", `{"verb":"refuse","version":1}`, `"guard":"needs"`, `"field":"text"`)
	b.move(id, "file", "")
	b.want(409, "POST /api/v1/cases/"+id+"/moves", `{"verb":"file","version":2}`)
	b.want(400, "POST /api/v1/cases/"+id+"/moves", `{"verb":"dispatch","version":2,"agency":"none","order":"x"}`, `"field":"agency"`)
	for name, body := range map[string]string{"no severity": `{"title":{"zh":"","en":"x"},"text":""}`, "no title": `{"title":{"zh":"","en":""},"text":"","severity":"minor"}`,
		"no place": `{"title":{"zh":"","en":"x"},"text":"","severity":"minor","place":{"type":"Point","coordinates":[500,1]}}`, "a strange place": `{"title":{"zh":"","en":"x"},"text":"","severity":"minor","place":{"type":"Circle","coordinates":[]}}`,
		"no entity": `{"title":{"zh":"","en":"x"},"text":"","severity":"minor","entity":"nope"}`} {
		if w := b.ask("POST /api/v1/cases", body, nil); w.Code != 400 {
			t.Errorf("%s is %d: %s", name, w.Code, w.Body)
		}
	}
}

// TestLiveCasesReachTheStream follows a move from a request to the stream.
func TestLiveCasesReachTheStream(t *testing.T) {
	x := newTown(t)
	id := x.open("A hole")
	b := x.as("auditor")
	w := b.ask("GET /api/v1/stream?types=case&after=p0-s0-c0", "", func(r *http.Request) {
		time.AfterFunc(200*time.Millisecond, x.hub.Close)
	})
	if got := w.Body.String(); !strings.Contains(got, "event: clock\ndata: {\"time\":\"2014-08-11T12:00:00Z\",\"speed\":1}") || !strings.Contains(got, "id: p0-s0-c1\nevent: case\ndata: {\"id\":\""+id) {
		t.Errorf("the stream says %s", got)
	}
}

func ledgerID(s string) ledger.RecordID { return ledger.RecordID(s) }

// TestAReportSentAgainIsOneCase sends a report with its key again and again, at
// once too: there is one case, and it is the answer.
func TestAReportSentAgainIsOneCase(t *testing.T) {
	x := newTown(t)
	b := x.as("duty-officer")
	report := func(b *browser, key string) cases.CaseDetail {
		x.clock.Advance(x.clock.Now() + 1)
		return read[cases.CaseDetail](b, "POST /api/v1/cases", `{"key":"`+key+`","title":{"zh":"坑","en":"A hole"},"text":"A hole","severity":"minor"}`)
	}
	first := report(b, "3f8a-1")
	b.move(first.Case.ID, "file", "")
	if again := report(b, "3f8a-1"); again.Case.ID != first.Case.ID || again.Case.Version != 2 || len(again.Moves) != 2 {
		t.Errorf("the report came again as %+v", again.Case)
	}
	ids := make(chan string, 8)
	for range cap(ids) {
		go func() { ids <- report(b, "3f8a-2").Case.ID }()
	}
	second := <-ids
	for range cap(ids) - 1 {
		if id := <-ids; id != second || id == first.Case.ID {
			t.Errorf("one report opened %s and %s", second, id)
		}
	}
	if other := report(x.as("roads-dispatcher"), "3f8a-1"); other.Case.ID == first.Case.ID {
		t.Error("the key of one account opens the case of another")
	}
	if list := read[cases.CaseList](b, "GET /api/v1/cases", ""); list.Total != 3 {
		t.Errorf("there are %d cases", list.Total)
	}
	for _, key := range []string{"a b", "钥", strings.Repeat("a", 65)} {
		b.want(400, "POST /api/v1/cases", `{"key":"`+key+`","title":{"zh":"坑","en":"A hole"},"text":"A hole","severity":"minor"}`)
	}
}
