package e2e

import (
	"os/exec"
	"testing"
	"time"
)

// TestLogLimit writes more than the log may hold. Whether the program makes
// room in time or refuses for a while, nothing acknowledged is dropped, and
// what it refuses says when to try again.
func TestLogLimit(t *testing.T) {
	skipIfShort(t, "writes some tens of megabytes")
	s := townSetup(t, "--set", "log.max-bytes=16777216", "--set", "checkpoint.interval=500ms")
	server := s.start(t)
	l := newLedger("limit", time.Now().UTC().Truncate(time.Second), 11) // days that are not over, and so not sealed
	l.dropRefused = true
	writeFor(t, l, server, 12*time.Second)
	if out, err := exec.Command("sh", "-c", "du -a "+s.data+"; curl -s "+server.Addr+"/api/v1/log").CombinedOutput(); err == nil { t.Logf("%s", out) }
	t.Logf("%d requests acknowledged, %d refused", l.acked.Load(), l.refused.Load())
	if l.noRetry > 0 {
		t.Errorf("%d refusals did not say when to try again", l.noRetry)
	}
	l.check(t, dial(t, server), l.ids)
	if l.refused.Load() > 0 {
		a, err := dial(t, server).Do("GET", "/readyz", nil)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("/readyz: %d %s", a.Status, a.Body)
	}
	server.Kill()
	again, err := s.listen(t)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is there after a restart", patience, func() bool { return len(l.faults(dial(t, again), l.ids[:1])) == 0 })
	l.check(t, dial(t, again), l.ids)
}
