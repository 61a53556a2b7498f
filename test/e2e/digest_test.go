package e2e

import (
	"context"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"citybrain/test/driver"
)

const (
	digestFrom  = "2014-08-11T00:00:00Z"
	digestUntil = "2014-08-14T00:00:00Z"
)

var digestForm = regexp.MustCompile(`^[0-9a-f]{32,}$`)

func digest(t *testing.T, until string, args ...string) string {
	t.Helper()
	out, said, err := command(t, append([]string{"replay-digest", "--city", filepath.Join("cities", "aarhus"), "--feeds", filepath.Join(realData(t), "aarhus"),
		"--from", digestFrom, "--until", until}, args...)...)
	if err != nil {
		t.Fatalf("replay-digest %v: %v\n%s%s", args, err, out, said)
	}
	line := strings.TrimSpace(out)
	if !digestForm.MatchString(line) {
		t.Fatalf("replay-digest %v printed %q, want one digest in hex", args, out)
	}
	return line
}

// TestDigestIsTheSame replays the same window with different numbers of
// workers and with kill -9 in the middle, and compares the digests over all
// situations and the final model.
func TestDigestIsTheSame(t *testing.T) {
	skipIfShort(t, "several replays of three days")
	want := digest(t, digestUntil)
	for name, args := range map[string][]string{"again": nil, "1 worker": {"--workers", "1"}, "2 workers": {"--workers", "2"}, "4 workers": {"--workers", "4"}} {
		if got := digest(t, digestUntil, args...); got != want {
			t.Errorf("%s: digest %s, want %s", name, got, want)
		}
	}
	if other := digest(t, "2014-08-13T23:00:00Z"); other == want {
		t.Error("another window has the same digest")
	}
	for _, after := range []time.Duration{100 * time.Millisecond, 400 * time.Millisecond, 900 * time.Millisecond} {
		s := replaySetup(t, digestFrom, digestUntil, busyFiles...)
		for range 3 { // three times on the same folder
			crash(t, s, after)
		}
		if got := digest(t, digestUntil, "--data", s.data); got != want {
			t.Errorf("killed three times after %s: digest %s, want %s", after, got, want)
		}
	}
}

// crash starts a replay and kills it a while after it listens.
func crash(t *testing.T, s setup, after time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	server, err := driver.Start(ctx, binary(t), s.args, s.env)
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(after)
	server.Kill()
}
