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
	middle := 0
	for _, rows := range [][]int64{{1, 100_000, 200_000}, {50_000, 51_000, 52_000}, {300_000, 340_000, 350_000}} {
		s := replaySetup(t, digestFrom, digestUntil, busyFiles...)
		for _, n := range rows { // three times on the same folder
			if crash(t, s, n) {
				middle++
			}
		}
		if got := digest(t, digestUntil, "--data", s.data); got != want {
			t.Errorf("killed after %d rows: digest %s, want %s", rows, got, want)
		}
	}
	if t.Logf("%d of 9 crashes were in the middle", middle); middle < 3 {
		t.Errorf("only %d crashes were in the middle of a replay", middle)
	}
}

// crash starts a replay and kills it when it has applied a number of rows. It
// says whether that was before the end.
func crash(t *testing.T, s setup, rows int64) bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	server, err := driver.Start(ctx, binary(t), s.args, s.env)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, server)
	for {
		applied, ended := int64(0), true
		for _, f := range feedsOf(t, c) {
			applied += f.Rows.Applied
			ended = ended && f.State == "ended"
		}
		if applied >= rows || ended {
			server.Kill()
			return !ended
		}
		time.Sleep(time.Millisecond)
	}
}
