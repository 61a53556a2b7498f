package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"citybrain/test/driver"
)

// setSpeed writes one reading; under 5 km/h a vehicle of the town is in a jam.
func setSpeed(t testing.TB, c *driver.Conn, vehicle string, speed int, at time.Time) {
	t.Helper()
	a, err := c.Do("POST", "/ngsi-ld/v1/entityOperations/upsert?options=update", fmt.Appendf(nil,
		`[{"id":"urn:ngsi-ld:Vehicle:%s","type":"Vehicle","speed":{"type":"Property","value":%d,"observedAt":%q}}]`, vehicle, speed, at.UTC().Format(time.RFC3339Nano)))
	if err != nil {
		t.Fatal(err)
	}
	if err := a.Err(201, 204); err != nil {
		t.Fatal(err)
	}
}

type streamed struct {
	id     string
	change situation
}

// nextSituations reads n situations from a stream.
func nextSituations(t testing.TB, addr, after string, n int) (all []streamed) {
	t.Helper()
	s, err := driver.Subscribe(addr, "/api/v1/stream?types=situation", after)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	timeout := time.AfterFunc(20*time.Second, func() { s.Close() })
	defer timeout.Stop()
	for len(all) < n {
		e, err := s.Next()
		if err != nil {
			t.Fatalf("after %d of %d situations: %v", len(all), n, err)
		}
		if e.Name != "situation" {
			continue
		}
		one := streamed{id: e.ID}
		if err := json.Unmarshal([]byte(e.Data), &one.change); err != nil {
			t.Fatalf("%v in %s", err, e.Data)
		}
		all = append(all, one)
	}
	return all
}

// TestStreamResumes raises and clears situations, and reads them from the
// stream in pieces, also across kill -9: none is missed, none comes twice.
func TestStreamResumes(t *testing.T) {
	s := townSetup(t)
	server := s.start(t)
	c := dial(t, server)
	begin := time.Now()
	for n := range 6 {
		setSpeed(t, c, "a", 50-49*((n+1)%2), begin.Add(time.Duration(n)*time.Millisecond)) // jam, free, jam, …
		time.Sleep(50 * time.Millisecond)
	}
	all := nextSituations(t, server.Addr, "p0-s0", 6)
	for i, e := range all {
		wantUp := i%2 == 0
		if e.change.Change != uint64(i+1) || (e.change.State == "up") != wantUp || e.change.Entity != "urn:ngsi-ld:Vehicle:a" || e.change.Type != "vehicle-jam" {
			t.Errorf("event %d: %+v", i, e)
		}
	}
	server.Kill()
	server = s.start(t)
	// Behind the third change stand two situations, each as it is now.
	rest := nextSituations(t, server.Addr, all[2].id, 2)
	for i, want := range []streamed{all[3], all[5]} {
		got := rest[i].change
		if got.Change != want.change.Change || got.ID != want.change.ID || !got.ClearedAt.Equal(want.change.ClearedAt) {
			t.Errorf("after kill -9: %+v, want %+v", got, want.change)
		}
	}
	setSpeed(t, dial(t, server), "b", 1, time.Now())
	if next := nextSituations(t, server.Addr, rest[1].id, 1); next[0].change.Change != 7 || next[0].change.Entity != "urn:ngsi-ld:Vehicle:b" {
		t.Errorf("the next: %+v", next[0])
	}
}
