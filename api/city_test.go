package api_test

import (
	"context"
	"crypto/rand"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"citybrain/api"
	"citybrain/api/admin"
	"citybrain/api/caller"
	"citybrain/api/cases"
	"citybrain/api/ngsild"
	"citybrain/api/pages"
	"citybrain/api/people"
	"citybrain/api/problem"
	"citybrain/api/proofs"
	"citybrain/api/silences"
	"citybrain/api/stream"
	"citybrain/api/views"
	"citybrain/casework"
	"citybrain/casework/casetest"
	"citybrain/city"
	"citybrain/identity"
	"citybrain/identity/identitytest"
	"citybrain/indicator"
	"citybrain/internal/clock"
	"citybrain/internal/wire"
	"citybrain/ledger"
	"citybrain/model"
	"citybrain/store/filestore"
)

const (
	noon   city.Instant = 1407758400e6 // 2014-08-11T12:00:00Z, the city's time
	monday city.Instant = 1760000000e6 // the wall's
	secret              = "a lamp beside the river"
)

var posts = []city.Post{
	{ID: "duty-officer", Agency: "centre", Duty: city.DutyOfficer, Name: city.Names{ZH: "值班长", EN: "Duty officer"}},
	{ID: "auditor", Agency: "centre", Duty: city.Auditor, Name: city.Names{EN: "Auditor"}},
	{ID: "administrator", Agency: "centre", Duty: city.Administrator, Name: city.Names{EN: "Administrator"}},
	{ID: "roads-dispatcher", Agency: "roads", Duty: city.Dispatcher, Name: city.Names{EN: "Dispatcher"}},
	{ID: "roads-handler", Agency: "roads", Duty: city.Handler, Name: city.Names{EN: "Handler"}},
	{ID: "parks-dispatcher", Agency: "parks", Duty: city.Dispatcher, Name: city.Names{EN: "Dispatcher"}},
}

var agencies = []city.Agency{{ID: "centre", Name: city.Names{ZH: "城运中心", EN: "Operations centre"}}, {ID: "roads", Name: city.Names{ZH: "道路", EN: "Roads"}}, {ID: "parks", Name: city.Names{ZH: "公园", EN: "Parks"}}}

// town is a city with all its interfaces over real rooms, records in memory.
type town struct {
	t       testing.TB
	handler *api.Handler
	office  *identity.Office
	people  *identitytest.Memory
	records *casetest.Memory
	desk    *casework.Desk
	hub     *stream.Hub
	ledger  *fakeLedger
	wall    *clock.Manual
	clock   *clock.Manual
	secret  string
	files   string // the folder of evidence
}

// fakeLedger has sealed everything it is asked for but what is named.
type fakeLedger struct {
	mu      sync.Mutex
	damaged ledger.RecordID
}

func (l *fakeLedger) LedgerStatus(context.Context) (proofs.Status, error) {
	return proofs.Status{Size: 7, Waiting: 1, Checkpoint: "note", Key: "key", Origin: "test"}, nil
}

func (l *fakeLedger) Examine(_ context.Context, _ string, ids []ledger.RecordID) (proofs.Examination, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	out := proofs.Examination{Checkpoint: "note", Size: 7}
	for i, id := range ids {
		e := proofs.Examined{ID: id, Leaf: int64(i), State: proofs.Sealed}
		if id == l.damaged {
			e.State, e.Text = proofs.Damaged, "the record was changed"
		}
		out.Records = append(out.Records, e)
	}
	return out, nil
}

func (l *fakeLedger) Proof(_ context.Context, id ledger.RecordID) ([]byte, error) {
	return []byte("proof of " + string(id)), nil
}

// quiet answers what these tests do not ask.
type quiet struct{ admin.Pusher }

func (quiet) Feeds(context.Context) ([]admin.Feed, error) { return nil, nil }
func (quiet) Quarantine(context.Context, admin.QuarantineFilter) ([]admin.QuarantinedRow, error) {
	return nil, nil
}
func (quiet) QuarantineRow(context.Context, int64) (admin.QuarantinedRow, error) {
	return admin.QuarantinedRow{}, city.Errorf(city.NotFound, "test", "no row")
}
func (quiet) MarkResubmitted(context.Context, int64, city.Instant, string) error { return nil }
func (quiet) Situations(context.Context, admin.SituationFilter) ([]city.Situation, error) {
	return nil, nil
}
func (quiet) Situation(context.Context, city.SituationID) (city.Situation, error) {
	return city.Situation{}, city.Errorf(city.NotFound, "test", "no situation")
}
func (quiet) SituationChanges(context.Context, uint64, int) ([]city.Situation, error) {
	return nil, nil
}
func (quiet) LogStatus(context.Context) (admin.LogStatus, error) { return admin.LogStatus{}, nil }
func (quiet) CountUp(context.Context, city.RuleID) (int, error)  { return 0, nil }
func (quiet) Query(model.Query) model.Page                       { return model.Page{} }
func (quiet) Types() map[city.EntityType]int                     { return nil }
func (quiet) View(city.EntityID, func(*city.Entity)) bool        { return false }
func (quiet) Write(_ context.Context, c []city.Change) ([]model.Result, error) {
	return make([]model.Result, len(c)), nil
}

var site = fstest.MapFS{"index.html": {Data: []byte("<!doctype html><title>City Brain</title>")}, "assets/app-1a2b3c.js": {Data: []byte("1")}}

// newTown is a city in which every post has an account of its name.
func newTown(t testing.TB) *town {
	x := &town{t: t, people: identitytest.NewMemory(), records: &casetest.Memory{}, ledger: &fakeLedger{}, wall: clock.NewManual(monday), clock: clock.NewManual(noon), files: t.TempDir()}
	x.office = identity.New(x.people, posts)
	files, err := filestore.Open(x.files)
	if err != nil {
		t.Fatal(err)
	}
	if x.secret, err = x.office.Setup(t.Context(), rand.Reader); err != nil {
		t.Fatal(err)
	}
	x.desk = &casework.Desk{Records: x.records, Agencies: agencies, Clock: x.clock.Now}
	quieted := &memorySilences{clock: x.clock}
	metrics := prometheus.NewRegistry()
	log := slog.New(slog.DiscardHandler)
	problems := &problem.Reporter{Log: log}
	q := quiet{}
	x.hub = stream.NewHub(stream.Options{Situations: q, Present: q, Cases: x.records, Problems: problems, Clock: x.clock, Tick: time.Hour})
	t.Cleanup(x.hub.Close)
	x.desk.Announce = x.hub.PublishCases
	api.WatchStream(metrics, x.hub)
	console, err := pages.New(site, problems)
	if err != nil {
		t.Fatal(err)
	}
	x.handler = api.New(api.Options{
		NGSILD: ngsild.New(ngsild.Options{Present: q, Writer: q, Clock: x.clock, Problems: problems}),
		Admin: admin.New(admin.Options{Version: "test", City: admin.City{Posts: posts, Agencies: agencies, Simulated: true}, Feeds: q, Pusher: q, Quarantine: q, Situations: q,
			Log: q, Clock: x.clock, Problems: problems,
			People: people.Options{Office: x.office, Posts: posts, Wall: x.wall},
			Cases:  cases.Options{Desk: x.desk, Files: files, MaxFile: 1 << 20},
			Proofs: proofs.Options{Ledger: x.ledger, Cases: x.records},
			Alarms: silences.Options{Silencer: quieted, Silences: silenceRecords{quieted}, Clock: x.clock},
			Views:  views.Options{Board: &indicator.Board{Present: q, Situations: q}, Clock: x.clock, Wall: x.wall}}),
		Stream: x.hub, Console: console, Auth: &api.Sessions{Office: x.office, Wall: x.wall}, Metrics: metrics, MetricsToken: "scraper", Problems: problems, Log: log,
	})
	x.furnish()
	return x
}

// password is the hash of the secret: hashing it for every account of every test
// would take longer than the tests.
var password = sync.OnceValues(func() (string, error) {
	records := identitytest.NewMemory()
	a, err := identity.New(records, posts).Create(context.Background(), city.Actor{}, identity.Draft{ID: "one", Name: city.Names{EN: "One"}, Password: secret}, monday, rand.Reader)
	return a.Password, err
})

func (x *town) furnish() {
	hash, err := password()
	if err != nil {
		x.t.Fatal(err)
	}
	for _, p := range posts {
		a := identity.Account{ID: city.AccountID(p.ID), Name: p.Name, Posts: []city.PostID{p.ID}, Password: hash, Version: 1, CreatedAt: monday, ChangedAt: monday}
		if err := x.people.SaveAccount(x.t.Context(), identity.Change{Account: a, Record: ledger.Record{ID: identity.RecordID(a.ID, 1)}}); err != nil {
			x.t.Fatal(err)
		}
	}
}

// browser is somebody who asks, with the cookie they were given.
type browser struct {
	*town
	cookie string
}

// as is a browser in which an account is signed in, without its password.
func (x *town) as(account city.AccountID) *browser {
	x.t.Helper()
	o, err := x.office.Admit(x.t.Context(), account, "test", x.wall.Now(), rand.Reader)
	if err != nil {
		x.t.Fatal(err)
	}
	return &browser{x, o.Token}
}

// ask makes a request; change may alter it.
func (b *browser) ask(request, body string, change func(*http.Request)) *httptest.ResponseRecorder {
	b.t.Helper()
	method, path, _ := strings.Cut(request, " ")
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.RemoteAddr, r.Host = "192.0.2.7:5", "city.example"
	if body != "" {
		r.Header.Set("Content-Type", "application/json")
	}
	if b.cookie != "" {
		r.AddCookie(&http.Cookie{Name: caller.CookieName, Value: b.cookie})
	}
	if change != nil {
		change(r)
	}
	w := httptest.NewRecorder()
	b.handler.ServeHTTP(w, r)
	for _, c := range w.Result().Cookies() {
		if c.Name == caller.CookieName {
			b.cookie = c.Value
		}
	}
	return w
}

// want makes a request and checks the status and parts of the answer.
func (b *browser) want(status int, request, body string, parts ...string) *httptest.ResponseRecorder {
	b.t.Helper()
	w := b.ask(request, body, nil)
	b.check(w, status, request, parts...)
	return w
}

func (b *browser) check(w *httptest.ResponseRecorder, status int, request string, parts ...string) {
	b.t.Helper()
	got := w.Body.String()
	for _, part := range parts {
		if !strings.Contains(got, part) {
			b.t.Errorf("%s: the answer lacks %s: %s", request, part, got)
		}
	}
	if w.Code != status {
		b.t.Errorf("%s is %d, want %d: %s", request, w.Code, status, got)
	}
	if w.Code >= 400 && w.Header().Get("Content-Type") != problem.ContentType {
		b.t.Errorf("%s: the answer is not a problem: %v %s", request, w.Header(), got)
	}
}

// read decodes the answer of a request that succeeds.
func read[T any](b *browser, request, body string) (out T) {
	b.t.Helper()
	w := b.ask(request, body, nil)
	if w.Code >= 300 {
		b.t.Fatalf("%s is %d: %s", request, w.Code, w.Body)
	}
	raw, _ := io.ReadAll(w.Body)
	if err := wire.UnmarshalStrict(raw, &out); err != nil {
		b.t.Fatalf("%s: %v: %s", request, err, raw)
	}
	return out
}
