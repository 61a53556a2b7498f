package e2e

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"citybrain/test/driver"
)

// feedLedger lets a file grow and pushes rows, and remembers what the feeds
// must have counted. In ten rows there is one twice and one that is bad.
type feedLedger struct {
	file  *os.File
	lines int // tens of rows in the file
	begin time.Time

	batches int    // pushed and answered
	pending []byte // pushed and not answered: sent again
	resent  int
}

const (
	rowsPerPush   = 10
	goodPerPush   = 8
	pushedCounter = "urn:ngsi-ld:Counter:report-"
	filedCounter  = "urn:ngsi-ld:Counter:"
)

func newFeedLedger(t *testing.T, s *setup) *feedLedger {
	t.Helper()
	file, err := os.OpenFile(filepath.Join(s.withFeeds(t), "counter.csv"), os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	if _, err := file.WriteString(counterHeader); err != nil {
		t.Fatal(err)
	}
	return &feedLedger{file: file, begin: time.Now().UTC().Truncate(time.Second).Add(-5 * 24 * time.Hour)}
}

// ten are ten rows; no two calls with different n give the same reading.
func (f *feedLedger) ten(n int) []byte {
	var rows bytes.Buffer
	for i := range goodPerPush {
		at := f.begin.Add(time.Duration(n) * time.Second)
		fmt.Fprintf(&rows, "%d,%s,%d\n", i, at.Format(time.RFC3339), n%1000)
		if i == 3 {
			fmt.Fprintf(&rows, "%d,%s,%d\n", i, at.Format(time.RFC3339), 999)
		}
	}
	rows.WriteString("9,never,1\n")
	return rows.Bytes()
}

// write lets the file grow and pushes, by turns, until stop is closed or the
// connection breaks.
func (f *feedLedger) write(addr string, stop <-chan struct{}) error {
	c, err := driver.Dial(addr)
	if err != nil {
		return nil
	}
	defer c.Close()
	for {
		select {
		case <-stop:
			return nil
		case <-time.After(5 * time.Millisecond):
		}
		if err := f.grow(); err != nil {
			return err
		}
		if answered, err := f.push(c); err != nil || !answered {
			return err
		}
	}
}

// grow writes ten rows in two pieces that do not end with a line.
func (f *feedLedger) grow() error {
	rows := f.ten(f.lines)
	f.lines++
	half := len(rows)/2 - 3
	for _, piece := range [][]byte{rows[:half], rows[half:]} {
		if _, err := f.file.Write(piece); err != nil {
			return err
		}
	}
	return nil
}

func (f *feedLedger) push(c *driver.Conn) (answered bool, err error) {
	if f.pending == nil {
		f.pending = append([]byte(counterHeader), f.ten(f.batches)...)
	}
	a, err := c.Send(driver.AppendRequest(nil, "POST", "/api/v1/feeds/report/rows", "text/csv", f.pending))
	if err != nil {
		f.resent++
		return false, nil
	}
	if a.Status == 429 || a.Status == 503 {
		return true, nil
	}
	if err := a.Err(200); err != nil {
		return false, err
	}
	f.batches++
	f.pending = nil
	return true, nil
}

// check holds that the feeds have not counted more than there is.
func (f *feedLedger) check(t *testing.T, c *driver.Conn) {
	t.Helper()
	feeds := feedsOf(t, c)
	if got, most := feeds["counter"].Rows.sum(), int64(f.lines*rowsPerPush); got > most {
		t.Errorf("counter: %d rows counted of %d", got, most)
	}
	f.checkPushed(t, feeds["report"].Rows)
}

// checkPushed compares with what was answered. Of a batch that was sent more
// than once, rows may have been taken before.
func (f *feedLedger) checkPushed(t *testing.T, got rowCounts) {
	t.Helper()
	n, again := int64(f.batches), int64(f.resent)
	spare := int64(0)
	if f.pending != nil {
		spare = goodPerPush
	}
	between(t, "applied", got.Applied, n*goodPerPush, n*goodPerPush+spare)
	between(t, "duplicate", got.Duplicate, n, n+again*(goodPerPush+1))
	between(t, "quarantined", got.Quarantined, n, n+again)
	if got.Flagged+got.Outside != 0 {
		t.Errorf("report: %+v", got)
	}
}

func between(t *testing.T, what string, got, least, most int64) {
	t.Helper()
	if got < least || got > most {
		t.Errorf("pushed rows %s: %d, want %d to %d", what, got, least, most)
	}
}

// finish completes what is pending and compares exactly, counts and readings.
func (f *feedLedger) finish(t *testing.T, c *driver.Conn) {
	t.Helper()
	for f.pending != nil {
		if _, err := f.push(c); err != nil {
			t.Fatal(err)
		}
	}
	n := int64(f.lines)
	eventually(t, "every row of the file is counted", 20*time.Second, func() bool { return feedsOf(t, c)["counter"].Rows.sum() >= n*rowsPerPush })
	feeds := feedsOf(t, c)
	if want, got := (rowCounts{Applied: n * goodPerPush, Duplicate: n, Quarantined: n}), feeds["counter"].Rows.classes(); got != want {
		t.Errorf("counter: %+v, want %+v", got, want)
	}
	f.checkPushed(t, feeds["report"].Rows)
	for i := range goodPerPush {
		f.checkPast(t, c, fmt.Sprintf("%s%d", filedCounter, i), f.lines)
		f.checkPast(t, c, fmt.Sprintf("%s%d", pushedCounter, i), f.batches)
	}
	t.Logf("feeds: %d rows of a growing file, %d pushed, %d batches pushed again", n*rowsPerPush, f.batches*rowsPerPush, f.resent)
}

func (f *feedLedger) checkPast(t *testing.T, c *driver.Conn, id string, readings int) {
	t.Helper()
	found, err := past(c, id, "vehicleCount")
	if err != nil {
		t.Errorf("%s: %v", id, err)
		return
	}
	seen := map[int64]bool{}
	for _, s := range found {
		n := (s.at - f.begin.UnixMicro()) / 1e6
		if seen[s.at] || n < 0 || n >= int64(readings) || s.value != float64(n%1000) {
			t.Errorf("%s: %s is doubled, wrong or was never written", id, s)
		}
		seen[s.at] = true
	}
	if len(seen) != readings {
		t.Errorf("%s: %d readings, want %d", id, len(seen), readings)
	}
}
