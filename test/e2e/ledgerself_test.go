package e2e

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"citybrain/test/driver"
)

// forgetful is a tiny broker that keeps its promises unless told otherwise.
// The tests below hold that a ledger notices.
type forgetful struct {
	mu       sync.Mutex
	entities map[string]map[string][]map[string]any // id, attribute, instances in the order of writing
	refuse   func(n int) bool                       // 503
	halfDone bool                                   // applies what it refuses
	writes   int
}

func (f *forgetful) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	path := strings.TrimPrefix(r.URL.Path, "/ngsi-ld/v1/")
	id := strings.TrimSuffix(path[strings.LastIndexByte(strings.TrimSuffix(path, "/attrs"), '/')+1:], "/attrs")
	if r.Method == "GET" {
		f.read(w, id, strings.HasPrefix(path, "temporal/"))
		return
	}
	f.writes++
	refuse := f.refuse != nil && f.refuse(f.writes)
	if !refuse || f.halfDone {
		f.apply(r, id)
	}
	switch {
	case refuse:
		w.Header().Set("Retry-After", "1")
		w.WriteHeader(503)
	case r.Method == "POST":
		w.WriteHeader(201)
	default:
		w.WriteHeader(204)
	}
}

func (f *forgetful) apply(r *http.Request, id string) {
	var body any
	if err := json.NewDecoder(r.Body).Decode(&body); err != nil {
		panic(err)
	}
	switch list, isList := body.([]any); {
	case isList:
		for _, e := range list {
			entity := e.(map[string]any)
			f.merge(entity["id"].(string), entity)
		}
	case r.Method == "POST":
		f.merge(body.(map[string]any)["id"].(string), body.(map[string]any))
	default:
		f.merge(id, body.(map[string]any))
	}
}

func (f *forgetful) merge(id string, entity map[string]any) {
	if f.entities[id] == nil {
		f.entities[id] = map[string][]map[string]any{}
	}
	for name, a := range entity {
		if a, ok := a.(map[string]any); ok {
			f.entities[id][name] = append(f.entities[id][name], a)
		}
	}
}

func (f *forgetful) read(w http.ResponseWriter, id string, temporal bool) {
	entity := f.entities[id]
	if entity == nil {
		w.WriteHeader(404)
		return
	}
	answer := map[string]any{"id": id}
	for name, all := range entity {
		answer[name] = all
		if !temporal {
			newest := all[0]
			for _, a := range all {
				if moment(a) > moment(newest) {
					newest = a
				}
			}
			answer[name] = newest
		}
	}
	_ = json.NewEncoder(w).Encode(answer)
}

func moment(a map[string]any) string {
	at, _ := time.Parse(time.RFC3339Nano, a["observedAt"].(string))
	return at.Format("2006-01-02T15:04:05.000000000")
}

// any is an instance series of some entity with at least n instances.
func (f *forgetful) series(n int) (entity, attribute string) {
	for id, e := range f.entities {
		for name, all := range e {
			if len(all) >= n {
				return id, name
			}
		}
	}
	panic("too little was written")
}

func TestLedgerNoticesWhatIsLost(t *testing.T) {
	for name, c := range map[string]struct {
		harm   func(f *forgetful)
		notice string // "" for nothing
	}{
		"all is well": {func(*forgetful) {}, ""},
		"an entity is gone": {func(f *forgetful) {
			id, _ := f.series(1)
			delete(f.entities, id)
		}, "status 404"},
		"the first reading is gone": {func(f *forgetful) {
			id, a := f.series(3)
			f.entities[id][a] = f.entities[id][a][1:]
		}, "missing"},
		"the newest reading is gone": {func(f *forgetful) {
			id, a := f.series(1)
			delete(f.entities[id], a)
		}, "missing"},
		"a reading is doubled": {func(f *forgetful) {
			id, a := f.series(2)
			f.entities[id][a] = append(f.entities[id][a], f.entities[id][a][0])
		}, "doubled"},
		"a value has changed": {func(f *forgetful) {
			id, a := f.series(2)
			f.entities[id][a][0]["value"] = -1.0
		}, "want"},
		"a reading nobody wrote": {func(f *forgetful) {
			id, a := f.series(1)
			f.entities[id][a] = append(f.entities[id][a], map[string]any{"value": 1.0, "observedAt": "2014-01-01T00:00:00Z"})
		}, "never written"},
	} {
		t.Run(name, func(t *testing.T) {
			f := &forgetful{entities: map[string]map[string][]map[string]any{}}
			l, conn := exercised(t, f)
			c.harm(f)
			noticed(t, l.faults(conn, l.ids), c.notice)
		})
	}
}

func TestLedgerNoticesWhatWasAppliedAlthoughRefused(t *testing.T) {
	for half, notice := range map[bool]string{false: "", true: "refused and is there"} {
		f := &forgetful{entities: map[string]map[string][]map[string]any{}, halfDone: half, refuse: func(n int) bool { return n%3 == 0 }}
		l, conn := exercised(t, f)
		if l.refused.Load() == 0 || l.noRetry > 0 {
			t.Errorf("%d refused, %d without a time", l.refused.Load(), l.noRetry)
		}
		noticed(t, l.faults(conn, l.ids), notice)
	}
}

func exercised(t *testing.T, f *forgetful) (*ledger, *driver.Conn) {
	t.Helper()
	server := httptest.NewServer(f)
	t.Cleanup(server.Close)
	l := newLedger("self", time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), 1)
	l.dropRefused = true
	stop := make(chan struct{})
	time.AfterFunc(200*time.Millisecond, func() { close(stop) })
	addr := strings.TrimPrefix(server.URL, "http://")
	if err := l.write(addr, stop); err != nil {
		t.Fatal(err)
	}
	conn, err := driver.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return l, conn
}

func noticed(t *testing.T, faults []error, notice string) {
	t.Helper()
	if notice == "" {
		for _, err := range faults {
			t.Error(err)
		}
		return
	}
	if !strings.Contains(fmt.Sprint(faults), notice) {
		t.Errorf("noticed %v, want %q", faults, notice)
	}
}
