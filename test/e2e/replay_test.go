package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"citybrain/test/driver"
	"citybrain/test/reference"

	"github.com/google/go-cmp/cmp"
)

const (
	windowFrom  = "2014-08-11T00:00:00Z"
	windowUntil = "2014-09-01T00:00:00Z"
)

// replaySetup is the real city replaying a window as fast as possible.
func replaySetup(t testing.TB, from, until string, args ...string) setup {
	t.Helper()
	feeds := filepath.Join(realData(t), "aarhus")
	data := filepath.Join(t.TempDir(), "data")
	return setup{data: data, args: append([]string{"serve", "--city", filepath.Join(root, "cities", "aarhus"), "--feeds", feeds,
		"--replay", "0", "--from", from, "--until", until, "--auth", "open", "--listen", "127.0.0.1:0", "--data", data}, args...)}
}

// TestReplayAgreesWithTheReference replays the whole window and compares
// situations and row counts with the brute-force computation.
func TestReplayAgreesWithTheReference(t *testing.T) {
	skipIfShort(t, "the whole Aarhus window")
	s := replaySetup(t, windowFrom, windowUntil)
	want := expected(t, windowFrom, windowUntil)
	begun := time.Now()
	server := s.start(t)
	c := dial(t, server)
	untilEnded(t, c, 5*time.Minute)
	peak, err := server.PeakRSS()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("replay took %s, peak RSS %d MB", time.Since(begun).Round(time.Millisecond), peak/1e6)
	compareRows(t, want, feedsOf(t, c))
	compareSituations(t, want, situationsOf(t, c))
	if err := server.Stop(patience); err != nil {
		t.Fatal(err)
	}
	again := s.start(t) // ends again at once: every row is counted already
	c = dial(t, again)
	untilEnded(t, c, 2*time.Minute)
	compareRows(t, want, feedsOf(t, c))
	compareSituations(t, want, situationsOf(t, c))
}

func expected(t testing.TB, from, until string) *reference.Result {
	t.Helper()
	begin, err := time.Parse(time.RFC3339, from)
	if err != nil {
		t.Fatal(err)
	}
	end, err := time.Parse(time.RFC3339, until)
	if err != nil {
		t.Fatal(err)
	}
	r, err := reference.Compute(filepath.Join(realData(t), "aarhus"), reference.WindowOf(begin, end), reference.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func untilEnded(t testing.TB, c *driver.Conn, within time.Duration) {
	t.Helper()
	eventually(t, "every feed ended", within, func() bool {
		feeds := feedsOf(t, c)
		for _, f := range feeds {
			if f.State == "failed" {
				t.Fatalf("feed %s failed: %s", f.ID, f.Error)
			}
			if f.State != "ended" {
				return false
			}
		}
		return len(feeds) > 0
	})
}

// compareRows compares by file: the names of feeds are the city's.
func compareRows(t testing.TB, want *reference.Result, feeds map[string]feed) {
	t.Helper()
	expected, got := map[string]rowCounts{}, map[string]rowCounts{}
	for _, r := range want.Rows {
		expected[r.File] = rowCounts{Applied: int64(r.Applied), Flagged: int64(r.Flagged), Duplicate: int64(r.Duplicate),
			Quarantined: int64(r.Quarantined), Outside: int64(r.Outside)}
	}
	for file, id := range feedOfFile(t) {
		got[file] = feeds[id].Rows.classes()
	}
	if diff := cmp.Diff(expected, got); diff != "" {
		t.Errorf("rows by file (-reference +program)\n%s", diff)
	}
}

// feedOfFile reads from the city definition which feed reads which file.
func feedOfFile(t testing.TB) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root, "cities", "aarhus", "feeds", "*.yaml"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no feeds: %v", err)
	}
	feeds := map[string]string{}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		id := regexp.MustCompile(`(?m)^id: *(\S+)`).FindSubmatch(text)
		file := regexp.MustCompile(`(?m)^file: *(\S+)`).FindSubmatch(text)
		if id == nil || file == nil {
			t.Fatalf("%s names no id or no file", path)
		}
		feeds[string(file[1])] = string(id[1])
	}
	return feeds
}

// compareSituations compares rule, subject, times and whether a fault cleared.
func compareSituations(t testing.TB, want *reference.Result, got []situation) {
	t.Helper()
	var expected, found []string
	near := map[string][]string{}
	for _, s := range want.Situations {
		line := situationLine(s.Rule, s.Subject, time.UnixMicro(s.Raised), timeOrZero(s.Cleared), s.DataFault)
		expected = append(expected, line)
		near[line] = append(slices.Clone(s.Congested), s.Events...)
	}
	for _, s := range got {
		line := situationLine(s.Type, subject(s.Entity), s.RaisedAt, s.ClearedAt, s.Type == "garage-pressure" && s.ClearedReason == "data-fault")
		found = append(found, line)
		if len(s.Evidence) == 0 {
			t.Errorf("without evidence: %s", line)
		}
		if s.Type == "garage-pressure" {
			compareEvidence(t, line, s, near[line])
		}
	}
	slices.Sort(expected)
	slices.Sort(found)
	if diff := cmp.Diff(expected, found); diff != "" {
		t.Errorf("situations (-reference +program)\n%.5000s", diff)
	}
}

// compareEvidence holds that a garage's situation shows at least one thing near
// it that let it be raised, and none that did not.
func compareEvidence(t testing.TB, line string, s situation, near []string) {
	t.Helper()
	shown := 0
	for _, e := range s.Evidence {
		if e.Entity == s.Entity {
			continue
		}
		shown++
		if !slices.Contains(near, subject(e.Entity)) {
			t.Errorf("%s: evidence %s is not among %v", line, e.Entity, near)
		}
	}
	if shown == 0 {
		t.Errorf("%s: no evidence of anything near", line)
	}
}

// subject is what the source calls an entity: the last part of its id.
func subject(entity string) string { return entity[strings.LastIndexByte(entity, ':')+1:] }

func timeOrZero(at int64) time.Time {
	if at == 0 {
		return time.Time{}
	}
	return time.UnixMicro(at)
}

func situationLine(rule, subject string, raised, cleared time.Time, fault bool) string {
	end := "up"
	if !cleared.IsZero() {
		end = cleared.UTC().Format("2006-01-02T15:04:05.000000")
	}
	line := fmt.Sprintf("%s %s %s – %s", rule, subject, raised.UTC().Format("2006-01-02T15:04:05.000000"), end)
	if fault {
		line += " data-fault"
	}
	return line
}
