package e2e

import (
	"testing"
	"time"
)

// TestLogLimit writes more than the log may hold, of days that are not over, so
// that it cannot be trimmed: new data is refused and told when to try again,
// and nothing acknowledged is dropped.
func TestLogLimit(t *testing.T) {
	skipIfShort(t, "writes some tens of megabytes")
	s := townSetup(t, "--set", "log.max-bytes=16777216", "--set", "checkpoint.interval=500ms")
	server := s.start(t)
	l := newLedger("limit", time.Now().UTC().Truncate(time.Second), 11) // days that are not over, and so not sealed
	l.dropRefused = true
	l.padding = 1500
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
	server.Kill()
	again, err := s.listen(t)
	if err != nil {
		t.Fatal(err)
	}
	eventually(t, "everything is there after a restart", patience, func() bool { return len(l.faults(dial(t, again), l.ids[:1])) == 0 })
	l.check(t, dial(t, again), l.ids)
}
