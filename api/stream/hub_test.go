package stream

import (
	"bufio"
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"citybrain/city"
)

// fakePresent has every entity whose id does not end in "gone".
type fakePresent struct{}

func (fakePresent) View(id city.EntityID, fn func(*city.Entity)) bool {
	if strings.HasSuffix(string(id), "gone") {
		return false
	}
	fn(&city.Entity{ID: id, Type: "T"})
	return true
}

// fakeStore holds situations by change number.
type fakeStore struct {
	mu   sync.Mutex
	list []city.Situation
}

func (s *fakeStore) SituationChanges(_ context.Context, after uint64, limit int) (out []city.Situation, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, x := range s.list {
		if x.Change > after && len(out) < limit {
			out = append(out, x)
		}
	}
	return out, nil
}

func (s *fakeStore) add(list ...city.Situation) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, list...)
}

func changes(from, to uint64) (list []city.Situation) {
	for n := from; n <= to; n++ {
		kind := "odd"
		if n%2 == 0 {
			kind = "even"
		}
		list = append(list, city.Situation{ID: city.SituationID(fmt.Sprint("s", n)), Type: kind, Severity: city.Minor, RaisedAt: 1, Change: n, Standing: city.Standing{Notice: n, Announced: n, AnnouncedAt: 1}})
	}
	return list
}

func batch(ids ...string) *city.Batch {
	b := &city.Batch{}
	for _, id := range ids {
		kind, _, _ := strings.Cut(strings.TrimPrefix(id, "urn:"), ":")
		b.Changes = append(b.Changes, city.Change{Entity: city.EntityID(id), Type: city.EntityType(kind)})
	}
	return b
}

type event struct{ id, name, data string }

func (e event) String() string { return e.id + " " + e.name }

// listener reads events of one connection.
type listener struct {
	t      *testing.T
	events chan event
	close  func()
	lastID string
}

func serve(t *testing.T, o Options) (*Hub, *httptest.Server) {
	if o.Present == nil {
		o.Present = fakePresent{}
	}
	if o.Situations == nil {
		o.Situations = &fakeStore{}
	}
	if o.Gather == 0 {
		o.Gather = 20 * time.Millisecond
	}
	h := NewHub(o)
	s := httptest.NewServer(h)
	t.Cleanup(func() { h.Close(); s.Close() })
	return h, s
}

func listen(t *testing.T, s *httptest.Server, query, lastID string) *listener {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, _ := http.NewRequestWithContext(ctx, "GET", s.URL+"/?"+query, nil)
	if lastID != "" {
		r.Header.Set("Last-Event-ID", lastID)
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != 200 || res.Header.Get("Content-Type") != "text/event-stream" {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	l := &listener{t: t, events: make(chan event, 10000), close: func() { cancel(); res.Body.Close() }}
	t.Cleanup(l.close)
	first := make(chan string, 1)
	go func() {
		defer close(l.events)
		in := bufio.NewScanner(res.Body)
		in.Buffer(nil, 1<<20)
		var e event
		for in.Scan() {
			name, value, _ := strings.Cut(in.Text(), ": ")
			switch {
			case name == "id":
				e.id = value
			case name == "event":
				e.name = value
			case name == "data":
				e.data = value
			case in.Text() == "":
				select {
				case first <- e.id:
				default:
				}
				if e.data != "" {
					l.events <- e
				}
				e = event{}
			}
		}
	}()
	select {
	case l.lastID = <-first:
	case <-time.After(5 * time.Second):
		t.Fatal("the stream did not begin")
	}
	return l
}

func (l *listener) next() event {
	l.t.Helper()
	select {
	case e, ok := <-l.events:
		if !ok {
			l.t.Fatal("the stream ended")
		}
		return e
	case <-time.After(5 * time.Second):
		l.t.Fatal("no event came")
	}
	return event{}
}

func (l *listener) want(list ...string) {
	l.t.Helper()
	for _, w := range list {
		if got := l.next().String(); got != w {
			l.t.Fatalf("came %q, want %q", got, w)
		}
	}
}

func (l *listener) wantNothing() {
	l.t.Helper()
	select {
	case e, ok := <-l.events:
		l.t.Fatalf("came %v %v", e, ok)
	case <-time.After(80 * time.Millisecond):
	}
}

func TestSituationsComeAtOnceAndResume(t *testing.T) {
	store := &fakeStore{}
	h, s := serve(t, Options{Situations: store, Position: 7, Change: 2})
	l := listen(t, s, "types=situation", "")
	if l.lastID != "p7-s2-c0" {
		t.Errorf("the stream begins at %s", l.lastID)
	}
	h.Publish(changes(3, 4))
	l.want("p7-s3-c0 situation", "p7-s4-c0 situation")
	h.Publish(changes(3, 4)) // the engine finds them again after a restart
	l.wantNothing()
	l.close()

	store.add(changes(1, 3)...) // the store is behind the hub
	listen(t, s, "types=situation", "p7-s1").want("p7-s2-c0 situation", "p7-s3-c0 situation", "p7-s4-c0 situation")
	listen(t, s, "types=situation&after=p0-s0&situationType=even,none", "").want("p0-s2-c0 situation", "p0-s4-c0 situation")
	if e := listen(t, s, "types=situation&after=p0-s3", "").next(); !strings.Contains(e.data, `"id":"s4"`) || !strings.Contains(e.data, `"change":4`) {
		t.Errorf("data is %s", e.data)
	}
}

func TestSituationsOlderThanTheHubKeeps(t *testing.T) {
	store := &fakeStore{}
	h, s := serve(t, Options{Situations: store})
	const n = 3*keptSituations + 17
	for _, c := range changes(1, n) {
		store.add(c)
		h.Publish([]city.Situation{c})
	}
	if len(h.recent) > 2*keptSituations {
		t.Errorf("the hub keeps %d situations", len(h.recent))
	}
	l := listen(t, s, "types=situation&after=p0-s0", "")
	for i := 1; i <= n; i++ {
		l.want(fmt.Sprintf("p0-s%d-c0 situation", i))
	}
}

func TestEntitiesAreGathered(t *testing.T) {
	h, s := serve(t, Options{Position: 5})
	h.Batch(6, batch("urn:A:1"))
	if len(h.ring) != 0 {
		t.Error("changes are kept though nobody listens")
	}
	l := listen(t, s, "types=entity&entityType=A", "")
	for i := range 50 {
		h.Batch(city.Position(7+i), batch("urn:A:1", "urn:B:1", "urn:A:gone", ""))
	}
	seen, last := 0, event{}
	for last.id != "p56-s0-c0" {
		last = l.next()
		if seen++; seen > 10 {
			t.Fatal("50 batches were not gathered")
		}
	}
	if want := `{"position":56,"entities":[{"id":"urn:A:1","type":"A"}],"deleted":["urn:A:gone"]}`; strings.ReplaceAll(last.data, `"type":"T"`, `"type":"A"`) != want {
		t.Errorf("data is %s", last.data)
	}
	h.Batch(57, batch("urn:B:1"))
	l.wantNothing()
	l.close()
	h.Batch(58, batch("urn:A:2"))
	again := listen(t, s, "types=entity&entityType=A", "p56-s0")
	if e := again.next(); e.String() != "p58-s0-c0 entities" || !strings.Contains(e.data, "urn:A:2") {
		t.Errorf("after coming back came %v %s", e, e.data)
	}
}

func TestManyEntitiesComeInParts(t *testing.T) {
	h, s := serve(t, Options{})
	l := listen(t, s, "types=entity", "")
	var ids []string
	for i := range 2*entitiesPerEvent + 1 {
		ids = append(ids, fmt.Sprint("urn:A:", i))
	}
	h.Batch(1, batch(ids...))
	l.want("p0-s0-c0 entities", "p0-s0-c0 entities", "p1-s0-c0 entities") // broken off in between, all come again
}

func TestResets(t *testing.T) {
	h, s := serve(t, Options{Position: 100, Change: 3, Kept: 4, Linger: time.Nanosecond})
	l := listen(t, s, "types=entity", "p50-s3") // nothing was kept then
	l.want("p100-s3-c0 reset")
	l.wantNothing()
	h.Batch(101, batch("urn:A:1"))
	l.want("p101-s3-c0 entities")
	l.close()
	listen(t, s, "types=entity", "p900-s3").want("p101-s3-c0 reset") // of another log
	listen(t, s, "types=situation", "p1-s9").want("p101-s3-c0 reset")

	slow := listen(t, s, "types=entity", "p101-s3") // more than are kept between two rounds
	h.Batch(102, batch("urn:A:1", "urn:A:2", "urn:A:3", "urn:A:4", "urn:A:5", "urn:A:6"))
	slow.want("p102-s3-c0 reset")
	if h.Stats().Resets < 4 {
		t.Errorf("%+v", h.Stats())
	}
}

func TestNobodyLeftBehind(t *testing.T) {
	h, s := serve(t, Options{Linger: 10 * time.Millisecond})
	l := listen(t, s, "", "")
	h.Batch(1, batch("urn:A:1"))
	l.want("p1-s0-c0 entities")
	l.close()
	for deadline := time.Now().Add(5 * time.Second); h.watching.Load() || h.Stats().Clients != 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("the hub goes on for nobody: %+v", h.Stats())
		}
	}
}

func TestHeartbeatAndClose(t *testing.T) {
	h, s := serve(t, Options{Heartbeat: 10 * time.Millisecond})
	res, err := http.Get(s.URL + "/?types=situation")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	h.Batch(9, batch("urn:A:1"))
	in := bufio.NewScanner(res.Body)
	for in.Scan() && in.Text() != "id: p9-s0-c0" {
	}
	h.Close()
	for in.Scan() {
	}
	if in.Err() != nil {
		t.Errorf("the stream did not end well: %v", in.Err())
	}
	if res, err := http.Get(s.URL); err != nil || res.StatusCode != 503 {
		t.Errorf("a closed hub answers %v %v", res, err)
	}
}

func TestSlowClientIsDisconnected(t *testing.T) {
	h, s := serve(t, Options{WriteTimeout: 50 * time.Millisecond})
	res, err := http.Get(s.URL + "/?types=situation")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	list := changes(1, keptSituations)
	for i := range list {
		list[i].RaisedReason = strings.Repeat("x", 20000) // more than the system's buffers take
	}
	start := time.Now()
	h.Publish(list)
	if took := time.Since(start); took > time.Second {
		t.Errorf("publishing waited for a client: %v", took)
	}
	for deadline := time.Now().Add(10 * time.Second); h.Stats().Slow == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("a client that does not read stays")
		}
	}
}

func TestRefusals(t *testing.T) {
	_, s := serve(t, Options{MaxClients: 1})
	listen(t, s, "", "")
	for query, status := range map[string]int{"": 429, "types=odd": 400, "nonsense=1": 400, "types=entity&types=entity": 400, "after=p1": 400, "after=p-1-s2": 400, "after=%zz": 400, "after=p1-s2-c": 400, "after=p1-s2-c-1": 400} {
		res, err := http.Get(s.URL + "/?" + query)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != status {
			t.Errorf("%s is %d, want %d", query, res.StatusCode, status)
		}
	}
	if res, err := http.Post(s.URL, "text/plain", nil); err != nil || res.StatusCode != 405 || res.Header.Get("Allow") != "GET" {
		t.Errorf("POST is %v %v", res, err)
	}
}

func FuzzRequest(f *testing.F) {
	f.Add("types=situation,entity&entityType=A,B&situationType=x&after=p8127-s42")
	f.Add("types=case&after=p8127-s42-c7")
	f.Fuzz(func(t *testing.T, query string) {
		r := httptest.NewRequest("GET", "/", nil)
		r.URL.RawQuery = query
		f, from, err := readRequest(r)
		if err != nil {
			if city.KindOf(err) != city.Invalid {
				t.Fatalf("%q: %v", query, err)
			}
			return
		}
		if !f.situations && !f.entities && !f.cases {
			t.Fatalf("%q asks for nothing", query)
		}
		if from != nil {
			if again, ok := readPlace(string(from.append(nil))); !ok || again != *from {
				t.Fatalf("%q: %v came back as %v", query, from, again)
			}
		}
	})
}

// TestSuppressedSituationsAreForThoseWhoAsk holds that a stream tells of what was
// announced, also when it is suppressed later, and of the rest only on request.
func TestSuppressedSituationsAreForThoseWhoAsk(t *testing.T) {
	h, s := serve(t, Options{})
	list := changes(1, 4)
	list[1].Standing.Announced, list[1].Standing.AnnouncedAt = 0, 0
	for _, i := range []int{1, 2} {
		list[i].Standing.Suppressed = []city.Suppression{{Way: city.Inhibited, Rule: "p/x", Situation: "s1"}}
	}
	all, told := listen(t, s, "types=situation&suppressed=true", ""), listen(t, s, "types=situation&suppressed=false", "")
	h.Publish(list)
	for _, want := range []string{"s1", "s2", "s3", "s4"} {
		if e := <-all.events; !strings.Contains(e.data, `"id":"`+want+`"`) {
			t.Errorf("who asks for all hears %s, want %s", e.data, want)
		}
	}
	for _, want := range []string{"s1", "s3", "s4"} {
		e := <-told.events
		if !strings.Contains(e.data, `"id":"`+want+`"`) || strings.Contains(e.data, `"announced":false`) != (want == "s3") {
			t.Errorf("the others hear %s, want %s", e.data, want)
		}
	}
	r, err := http.Get(s.URL + "/?suppressed=perhaps")
	if err != nil {
		t.Fatal(err)
	}
	defer r.Body.Close()
	if r.StatusCode != 400 {
		t.Errorf("a word that is neither true nor false: %d", r.StatusCode)
	}
}

// TestOneAccountDoesNotTakeEveryPlace holds that an account can listen only so
// often, and that others still can.
func TestOneAccountDoesNotTakeEveryPlace(t *testing.T) {
	h := NewHub(Options{Situations: &fakeStore{}, Present: fakePresent{}, MaxEach: 2})
	defer h.Close()
	joined := func(account city.AccountID) error {
		_, err := h.join(&client{hub: h, account: account})
		return err
	}
	for _, account := range []city.AccountID{"duty-officer", "duty-officer", "auditor", "", "", ""} {
		if err := joined(account); err != nil {
			t.Fatalf("%q: %v", account, err)
		}
	}
	if err := joined("duty-officer"); city.KindOf(err) != city.Overload {
		t.Errorf("a third time: %v, want overload", err)
	}
}
