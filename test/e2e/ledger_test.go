package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"citybrain/test/driver"
)

// ledger is what one client has been told: it alone writes its entities, one
// request after the other, and remembers every answer.
type ledger struct {
	name    string
	random  *rand.Rand
	begin   time.Time // of the observation times
	serial  int       // makes every reading's time and value its own
	made    int       // entities, numbered from 0
	things  map[string]*thing
	ids     []string // of things, in the order of their creation
	recent  []string // entities of what was acknowledged last
	pending *request // sent, and not answered
	// dropRefused gives up what was refused, so that check sees whether any of
	// it was applied; otherwise it is sent again.
	dropRefused bool
	padding     int      // bytes of text in each entity, to make the log grow
	noRetry     int      // refusals that did not say when to try again
	absent      []string // ids that were only ever in requests given up

	acked, retried, refused atomic.Int64
}

// thing is one entity as its client knows it.
type thing struct{ readings map[reading]float64 }

// reading is one instance of an attribute.
type reading struct {
	attribute string
	at        int64 // microseconds
}

// request is one write and what is true once it is acknowledged.
type request struct {
	method, target string
	body           []byte
	creates        bool // POST /entities: 201, and 409 if it exists
	says           []statement
	retry          bool
}

type statement struct {
	entity string
	reading
	value float64
}

func newLedger(name string, begin time.Time, seed uint64) *ledger {
	return &ledger{name: name, begin: begin, random: rand.New(rand.NewPCG(seed, 7)), things: map[string]*thing{}}
}

const (
	thingType = "Vehicle"
	maxThings = 60
	maxBatch  = 8
	maxRecent = 12
)

func (l *ledger) id(n int) string { return fmt.Sprintf("urn:ngsi-ld:%s:%s-%d", thingType, l.name, n) }

// next makes a request about things of this client.
func (l *ledger) next() *request {
	switch roll := l.random.IntN(100); {
	case len(l.ids) < 4 || roll < 4 && len(l.ids) < maxThings:
		l.made++
		id := l.id(l.made)
		r := &request{method: "POST", target: "/ngsi-ld/v1/entities", creates: true}
		r.body = l.entity(id, r)
		return r
	case roll < 30:
		return l.batch()
	default:
		id := l.ids[l.random.IntN(len(l.ids))]
		r := &request{method: "PATCH", target: "/ngsi-ld/v1/entities/" + url.PathEscape(id) + "/attrs"}
		attribute := []string{"speed", "heading"}[l.random.IntN(2)]
		r.body = fmt.Appendf(nil, `{%s}`, l.attribute(attribute, id, r))
		return r
	}
}

// batch upserts up to maxBatch different things, some of them new.
func (l *ledger) batch() *request {
	r := &request{method: "POST", target: "/ngsi-ld/v1/entityOperations/upsert?options=update"}
	chosen := map[string]bool{}
	for range 1 + l.random.IntN(maxBatch) {
		chosen[l.ids[l.random.IntN(len(l.ids))]] = true
	}
	if l.made < maxThings && l.random.IntN(4) == 0 {
		l.made++
		chosen[l.id(l.made)] = true
	}
	var entities [][]byte
	for _, id := range slices.Sorted(mapKeys(chosen)) {
		entities = append(entities, l.entity(id, r))
	}
	r.body = append(append([]byte("["), bytes.Join(entities, []byte(","))...), ']')
	return r
}

func mapKeys[K comparable, V any](m map[K]V) func(func(K) bool) {
	return func(yield func(K) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

func (l *ledger) entity(id string, r *request) []byte {
	note := ""
	if l.padding > 0 {
		note = fmt.Sprintf(`,"note":{"type":"Property","value":%q}`, strings.Repeat("x", l.padding))
	}
	return fmt.Appendf(nil, `{"id":%q,"type":%q,%s,%s%s}`, id, thingType, l.attribute("speed", id, r), l.attribute("heading", id, r), note)
}

// attribute states a new reading. Its time walks slowly forward over several
// days at once, so that days are sealed while late readings still come.
func (l *ledger) attribute(name, id string, r *request) []byte {
	l.serial++
	at := l.begin.Add(time.Duration(l.serial)*time.Second + time.Duration(l.serial%4)*24*time.Hour)
	s := statement{id, reading{name, at.UnixMicro()}, float64(l.serial)}
	r.says = append(r.says, s)
	return fmt.Appendf(nil, `%q:{"type":"Property","value":%g,"observedAt":%q}`, name, s.value, at.UTC().Format(time.RFC3339Nano))
}

// write sends requests until the connection breaks (then the last request is
// pending, and nil is returned) or stop is closed. What was pending before is
// sent again first.
func (l *ledger) write(addr string, stop <-chan struct{}) error {
	c, err := driver.Dial(addr)
	if err != nil {
		return nil
	}
	defer c.Close()
	for {
		select {
		case <-stop:
			return nil
		default:
		}
		if l.pending == nil {
			l.pending = l.next()
		}
		a, err := c.Do(l.pending.method, l.pending.target, l.pending.body)
		if err != nil {
			l.pending.retry = true
			l.retried.Add(1)
			return nil
		}
		if err := l.answered(a); err != nil {
			return fmt.Errorf("%s %s %s: %w", l.pending.method, l.pending.target, l.pending.body, err)
		}
		if a.Close {
			return nil
		}
	}
}

func (l *ledger) answered(a driver.Answer) error {
	r := l.pending
	switch {
	case a.Status == 429 || a.Status == 503 || a.Status == 507:
		l.refuse(a)
		return nil
	case a.Status == 207:
		return l.partly(a)
	case r.creates && a.Status == 409 && r.retry:
	case a.Status != 201 && a.Status != 204:
		return a.Err(201, 204)
	}
	for _, s := range r.says {
		l.learn(s)
	}
	l.acked.Add(1)
	l.pending = nil
	return nil
}

func (l *ledger) refuse(a driver.Answer) {
	l.refused.Add(1)
	if a.Retry == "" {
		l.noRetry++
	}
	if l.dropRefused {
		for _, s := range l.pending.says {
			if l.things[s.entity] == nil {
				l.absent = append(l.absent, s.entity)
			}
		}
		l.pending = nil
	}
	time.Sleep(5 * time.Millisecond)
}

// partly takes a BatchOperationResult: what it names as done is acknowledged,
// the rest is refused.
func (l *ledger) partly(a driver.Answer) error {
	var result struct {
		Success []string
		Errors  []struct{ Error struct{ Status int } }
	}
	if err := json.Unmarshal(a.Body, &result); err != nil {
		return err
	}
	for _, e := range result.Errors {
		if e.Error.Status != 503 && e.Error.Status != 429 {
			return a.Err(201, 204)
		}
	}
	for _, s := range l.pending.says {
		if slices.Contains(result.Success, s.entity) {
			l.learn(s)
		}
	}
	a.Retry = "in the body"
	l.refuse(a)
	return nil
}

// learn notes what was acknowledged.
func (l *ledger) learn(s statement) {
	t := l.things[s.entity]
	if t == nil {
		t = &thing{readings: map[reading]float64{}}
		l.things[s.entity] = t
		l.ids = append(l.ids, s.entity)
	}
	t.readings[s.reading] = s.value
	l.recent = append(l.recent[max(0, len(l.recent)-maxRecent+1):], s.entity)
}
