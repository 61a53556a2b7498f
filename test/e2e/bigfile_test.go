package e2e

import (
	"bufio"
	"compress/gzip"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// withFeeds gives s a folder for the files of its feeds.
func (s *setup) withFeeds(t testing.TB) (folder string) {
	t.Helper()
	folder = t.TempDir()
	s.args = append(s.args, "--feeds", folder)
	return folder
}

const counterHeader = "counter,time,vehicles\n"

var counterBegin = time.Date(2024, 3, 1, 0, 0, 0, 0, time.UTC)

// counterRow is row n of a file: a hundred counters, each a minute apart.
func counterRow(n int) string {
	return fmt.Sprintf("%d,%s,%d\n", n%100, counterBegin.Add(time.Duration(n/100)*time.Minute).Format(time.RFC3339), n%1000)
}

// TestMillionRowsWithOneBad loads a file of a million rows of which one cannot
// be read: exactly that one is in quarantine with its reason and text.
func TestMillionRowsWithOneBad(t *testing.T) {
	skipIfShort(t, "a million rows")
	const rows, badRow = 1_000_000, 654_321
	s := townSetup(t)
	f, err := os.Create(filepath.Join(s.withFeeds(t), "counter.csv"))
	if err != nil {
		t.Fatal(err)
	}
	w := bufio.NewWriter(f)
	io.WriteString(w, counterHeader)
	for n := range rows {
		if n == badRow-1 {
			io.WriteString(w, "7,yesterday,many\n")
			continue
		}
		io.WriteString(w, counterRow(n))
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	f.Close()

	begun := time.Now()
	server := s.start(t)
	c := dial(t, server)
	eventually(t, "every row is in a class", 2*time.Minute, func() bool { return feedsOf(t, c)["counter"].Rows.sum() >= rows })
	peak, err := server.PeakRSS()
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%s for a million rows, peak RSS %d MB", time.Since(begun).Round(time.Millisecond), peak/1e6)
	if want, got := (rowCounts{Applied: rows - 1, Quarantined: 1}), feedsOf(t, c)["counter"].Rows.classes(); got != want {
		t.Errorf("rows %+v, want %+v", got, want)
	}
	if peak > 400e6 {
		t.Errorf("peak RSS is %d MB", peak/1e6)
	}
	quarantine := quarantineOf(t, c, "counter")
	if len(quarantine) != 1 || quarantine[0].Row != badRow {
		t.Fatalf("quarantine: %+v, want row %d", quarantine, badRow)
	}
	mentions(t, "the reason", quarantine[0].Reason, "time")
	mentions(t, "the raw text", quarantine[0].Raw, "yesterday", "many")
}

// TestCutGzipIsReported reads a compressed file that ends in the middle: what
// can be read is applied, and the feed says what is wrong.
func TestCutGzipIsReported(t *testing.T) {
	s := townSetup(t)
	folder := s.withFeeds(t)
	cityDir := s.args[2]
	definition := filepath.Join(cityDir, "feeds", "counter.yaml")
	text, err := os.ReadFile(definition)
	if err != nil {
		t.Fatal(err)
	}
	replaceIn(t, definition, string(text), "file: counter.csv", "file: counter.csv.gz")
	path := filepath.Join(folder, "counter.csv.gz")
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	io.WriteString(z, counterHeader)
	for n := range 50_000 {
		io.WriteString(z, counterRow(n))
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(info.Size() / 2); err != nil {
		t.Fatal(err)
	}
	f.Close()
	server, err := s.listen(t)
	if err != nil {
		t.Fatal(err)
	}
	c := dial(t, server)
	eventually(t, "the feed says that its file is cut", 20*time.Second, func() bool {
		return feedsOf(t, c)["counter"].Error != ""
	})
	state := feedsOf(t, c)["counter"]
	mentions(t, "the problem", state.Error, "counter.csv.gz")
	if n := state.Rows.Applied; n == 0 || n >= 50_000 {
		t.Errorf("%d rows applied of a file cut in the middle", n)
	}
}
