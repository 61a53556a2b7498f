package replay

import (
	"bufio"
	"compress/gzip"
	"context"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
)

// aarhus is the feeds of the city definition with the real data.
func aarhus(t testing.TB) []Feed {
	t.Helper()
	root := os.Getenv("CITYBRAIN_DATA")
	if root == "" {
		t.Skip("CITYBRAIN_DATA is empty: no real data")
	}
	files, err := filepath.Glob("../../cities/aarhus/feeds/*.yaml")
	if err != nil || len(files) != 7 {
		t.Fatalf("feeds: %v %v", files, err)
	}
	var feeds []Feed
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		m := compile(t, f, data)
		feeds = append(feeds, Feed{Mapping: m, Path: filepath.Join(root, "aarhus", m.Spec().File)})
	}
	return feeds
}

var august = Options{From: instant("2014-08-11T00:00:00Z"), Until: instant("2014-09-01T00:00:00Z")}

// local is a local time of August in UTC: two hours earlier.
func local(s string) string {
	t, err := time.Parse("2006-01-02T15:04:05", strings.Replace(s, " ", "T", 1)[:19])
	if err != nil {
		panic(err)
	}
	return t.Add(-2 * time.Hour).Format("2006-01-02T15:04:05")
}

// inside counts the lines of a file whose time, in UTC, lies in the window; the
// days on which the clocks change lie outside it.
func inside(t *testing.T, path string, at func(line string) string) (rows, in int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var r io.Reader = f
	if strings.HasSuffix(path, ".gz") {
		if r, err = gzip.NewReader(f); err != nil {
			t.Fatal(err)
		}
	}
	lines := bufio.NewScanner(r)
	lines.Scan()
	for lines.Scan() {
		rows++
		if s := at(strings.TrimSuffix(lines.Text(), "\r")); s >= "2014-08-11T00:00:00" && s < "2014-09-01T00:00:00" {
			in++
		}
	}
	return rows, in
}

// TestAarhusEveryRowIsAccountedFor plays August and compares the rows of each
// feed with a count made from the lines of its file.
func TestAarhusEveryRowIsAccountedFor(t *testing.T) {
	feeds := aarhus(t)
	g := &tally{gate: newGate(), seen: map[city.SourceID]map[city.Op]int64{}}
	g.quiet = true
	p := New(g, feeds, august)
	if err := p.Play(context.Background()); err != nil {
		t.Fatal(err)
	}
	g.check(t)
	type count struct{ rows, in int64 }
	want := map[city.SourceID]count{"segments": {449, 449}, "garages": {8, 8}, "library-events": {1548, 1548}, "cultural-events": {99, 99}}
	column := func(n int) func(string) string {
		return func(line string) string { return strings.Split(line, ",")[n] }
	}
	for id, at := range map[string]func(string) string{
		"traffic": column(0),
		"parking": func(l string) string { return local(column(1)(l)) },
		"weather": func(l string) string { return local(column(3)(l)) },
	} {
		for _, f := range feeds {
			if string(f.Mapping.Feed()) == id {
				rows, in := inside(t, f.Path, at)
				want[city.SourceID(id)] = count{rows, in}
			}
		}
	}
	if want["traffic"] != (count{2463600, 2463600}) || want["parking"].rows != 55264 || want["weather"].rows != 4357 {
		t.Fatalf("the files are not those of August 2014: %v", want)
	}
	for id, w := range want {
		got := g.seen[id]
		if got[city.OpObserve] != w.in || got[city.OpOutside] != w.rows-w.in || got[city.OpQuarantine] != 0 {
			t.Errorf("%s: %v, want %d of %d inside", id, got, w.in, w.rows)
		}
	}
	for _, s := range p.Status() {
		if s.State != Ended || s.Rows != want[s.Feed.Source()].rows {
			t.Errorf("%+v", s)
		}
	}
	t.Logf("%v", g.seen)
}

// tally is a gate that counts rows by feed and operation.
type tally struct {
	*gate
	seen map[city.SourceID]map[city.Op]int64
}

func (g *tally) Send(changes []city.Change) Ticket {
	for i := range changes {
		c := &changes[i]
		if g.seen[c.Source] == nil {
			g.seen[c.Source] = map[city.Op]int64{}
		}
		g.seen[c.Source][c.Op]++
	}
	return g.gate.Send(changes)
}

// sink takes everything and keeps nothing.
type sink struct{ rows int }

type done struct{}

func (done) Wait(context.Context) error { return nil }

func (s *sink) Start(context.Context, city.FeedID, uint64) error { return nil }
func (s *sink) Send(c []city.Change) Ticket                      { s.rows += len(c); return done{} }
func (s *sink) Tick(city.Instant) Ticket                         { return done{} }

// BenchmarkPlay plays August into a gate that does nothing: reading, mapping
// and merging alone.
func BenchmarkPlay(b *testing.B) {
	feeds := aarhus(b)
	rows := 0
	var peak uint64
	before := cpu()
	for b.Loop() {
		s := &sink{}
		if err := New(s, feeds, august).Play(context.Background()); err != nil {
			b.Fatal(err)
		}
		rows += s.rows
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		peak = max(peak, m.HeapSys)
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(cpu()-before)/float64(rows), "cpu-ns/row")
	b.ReportMetric(float64(peak)/1e6, "MB-heap")
}

// BenchmarkMapTraffic unpacks, splits and maps the traffic file without a merge.
func BenchmarkMapTraffic(b *testing.B) {
	var f Feed
	for _, f = range aarhus(b) {
		if f.Mapping.Feed() == "traffic" {
			break
		}
	}
	rows, before := 0, cpu()
	for b.Loop() {
		r, x, err := f.open(context.Background(), rowfile.Options{})
		if err != nil {
			b.Fatal(err)
		}
		var row mapping.Row
		var c city.Change
		for r.Next(&row) == nil {
			x.Map(&row, &mapping.Bounds{}, 1, &c)
			rows++
		}
		r.Close()
	}
	b.ReportMetric(float64(rows)/b.Elapsed().Seconds(), "rows/s")
	b.ReportMetric(float64(cpu()-before)/float64(rows), "cpu-ns/row")
}

// cpu is the processor time of the process: what a row costs on a busy machine.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
