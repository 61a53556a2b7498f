package e2e

import (
	"fmt"
	"testing"
	"time"

	"citybrain/test/driver"
)

// TestLogLimit writes more between two checkpoints than the log may hold, and a
// reading of tomorrow first, whose day cannot be over: new data is refused and
// told when to try again, nothing acknowledged is dropped, and once the past has
// been sealed early the log is trimmed and takes data again.
func TestLogLimit(t *testing.T) {
	skipIfShort(t, "writes some tens of megabytes")
	s := townSetup(t, "--set", "log.max-bytes=16777216", "--set", "checkpoint.interval=5s")
	server := s.start(t)
	tomorrow := fmt.Sprintf(`{"id":"urn:ngsi-ld:Vehicle:tomorrow","type":"Vehicle","speed":{"type":"Property","value":1,"observedAt":%q}}`,
		time.Now().UTC().Add(20*time.Hour).Format(time.RFC3339))
	post := func() (driver.Answer, error) {
		return dial(t, server).Do("POST", "/ngsi-ld/v1/entityOperations/upsert", []byte("["+tomorrow+"]"))
	}
	if a, err := post(); err != nil || a.Err(201, 204) != nil {
		t.Fatalf("a reading of tomorrow: %v %v", err, a.Err(201, 204))
	}
	l := newLedger("limit", time.Now().UTC().Truncate(time.Second).Add(-400*24*time.Hour), 11)
	l.dropRefused = true
	l.padding = 12_000
	writeFor(t, l, server, 12*time.Second)
	if l.refused.Load() == 0 {
		t.Error("nothing was refused: the log has grown beyond its limit, or too little was written")
	}
	t.Logf("%d requests acknowledged, %d refused", l.acked.Load(), l.refused.Load())
	if l.noRetry > 0 {
		t.Errorf("%d refusals did not say when to try again", l.noRetry)
	}
	l.check(t, dial(t, server), l.ids)
	mentions(t, "the alarm", server.Output(), "the log is nearly full")
	eventually(t, "the log takes data again", 40*time.Second, func() bool {
		a, err := post()
		return err == nil && a.Err(201, 204) == nil
	})
	server.Kill()
	again, err := s.listen(t)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is there after a restart", patience, func() bool { return len(l.faults(dial(t, again), l.ids[:1])) == 0 })
	l.check(t, dial(t, again), l.ids)
}
