package app

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/backtest"
	"citybrain/city"
	"citybrain/pack/newcity"
	"citybrain/store/sqlstore"
)

// river is a small city with ten days of two gauges, and rows as they come:
// some late, some twice, some wrong.
type river struct{ home, city, rows string }

const riverFrom, riverUntil = "2026-03-01T00:00:00Z", "2026-03-11T00:00:00Z"

func newRiver(t testing.TB) river {
	t.Helper()
	home := t.TempDir()
	begin := time.Date(2026, 3, 1, 0, 0, 0, 0, time.UTC)
	w, err := newcity.Write(newcity.Options{Dir: filepath.Join(home, "cities", "rivertown"), Name: city.Names{ZH: "河镇", EN: "Rivertown"},
		Center: city.Point{Lon: 114.30, Lat: 30.60}, Zone: "Asia/Shanghai", Language: "en", Now: begin})
	if err != nil {
		t.Fatal(err)
	}
	var rows strings.Builder
	rows.WriteString("station,name,lon,lat,time,level_cm\n")
	row := func(gauge int, at time.Time, level string) {
		fmt.Fprintf(&rows, "G%d,%s,114.31,30.6%d,%s,%s\n", gauge, [2]string{"人民路", "滨河路"}[gauge-1], gauge, at.Format(time.RFC3339), level)
	}
	for i := range 10 * 288 {
		at := begin.Add(time.Duration(i) * 5 * time.Minute)
		for gauge := 1; gauge <= 2; gauge++ {
			level := fmt.Sprintf("%.1f", 25+15*math.Sin(float64(i)/float64(70*gauge))+6*math.Sin(float64(i*gauge)))
			switch {
			case i%97 == 13:
				row(gauge, at.Add(-42*time.Minute), level) // too late for the rules
			case i%151 == 20:
				row(gauge, at.Add(-5*time.Minute), "99") // a second one of that instant
			case i%199 == 50:
				level = "wet" // no number
			}
			row(gauge, at, level)
		}
	}
	if err := os.WriteFile(filepath.Join(w.Rows, "gauges.csv"), []byte(rows.String()), 0o644); err != nil {
		t.Fatal(err)
	}
	return river{home, w.City, w.Rows}
}

func (r river) backtest() Backtest {
	return Backtest{City: r.city, Feeds: r.rows, From: riverFrom, Until: riverUntil, Warmup: "0s", Command: []string{"citybrain", "backtest"}, Version: "test"}
}

// replayed replays feeds the program's own way and returns what it recorded.
func replayed(t testing.TB, cityDir, feeds, data, from, until string, meanwhile ...func()) []city.Situation {
	t.Helper()
	config, err := LoadConfig("", nil, []Setting{{"city", cityDir, ""}, {"feeds", feeds, ""}, {"data", data, ""}, {"replay", "0", ""}, {"from", from, ""}, {"until", until, ""}})
	if err != nil {
		t.Fatal(err)
	}
	a, err := New(t.Context(), config, "test", slog.New(slog.NewTextHandler(io.Discard, nil)))
	if err != nil {
		t.Fatal(err)
	}
	defer a.Close()
	keeping, stop := context.WithCancel(t.Context())
	kept := make(chan error, 1)
	go func() { kept <- a.keeper.run(keeping) }()
	if err := a.feeds.replay(t.Context()); err != nil {
		t.Fatal(err)
	}
	stop()
	if err := <-kept; err != nil {
		t.Fatal(err)
	}
	if err := a.keeper.last(); err != nil {
		t.Fatal(err)
	}
	if _, err := a.follower.checkpoint(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, do := range meanwhile { // the city still runs on its folder
		do()
	}
	var all []city.Situation
	q := sqlstore.SituationQuery{Limit: sqlstore.MaxPage}
	for {
		page, err := a.store.Situations(t.Context(), q)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page...)
		if len(page) < q.Limit {
			return all
		}
		q.After = sqlstore.CursorOf(&page[len(page)-1])
	}
}

// stand is what is compared of a situation.
func stands(list []city.Situation) []string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%s %s %s – %s: %s / %s", s.Rule, s.Entity, s.RaisedAt, s.ClearedAt, s.RaisedReason, s.ClearedReason))
	}
	slices.Sort(out)
	return out
}

func found(list []backtest.Raised) []string {
	var out []string
	for _, s := range list {
		out = append(out, fmt.Sprintf("%s %s %s – %s: %s / %s", s.Rule, s.Entity, city.Instant(s.Raised), city.Instant(s.Cleared), s.Reason, s.Ended))
	}
	slices.Sort(out)
	return out
}

func run(t testing.TB, b Backtest) *backtest.Findings {
	t.Helper()
	f, err := b.Run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// TestBacktestFindsWhatTheProgramFinds replays the files the program's own way
// and lays the backtest beside it, over the files and over the folder that the
// program has kept.
func TestBacktestFindsWhatTheProgramFinds(t *testing.T) {
	r := newRiver(t)
	data := filepath.Join(r.home, "data")
	over := r.backtest()
	over.Feeds, over.Data, over.Until = "", data, "2026-03-09T00:00:00Z"
	var running *backtest.Findings
	want := stands(replayed(t, r.city, r.rows, data, riverFrom, riverUntil, func() { running = run(t, over) }))
	if len(want) < 10 {
		t.Fatalf("only %d situations: the test shows nothing", len(want))
	}
	files := run(t, r.backtest())
	if diff := cmp.Diff(want, found(files.Situations)); diff != "" {
		t.Errorf("over the files (-program +backtest)\n%s", diff)
	}
	if _, rows := files.Sum(); rows.Late == 0 || rows.Duplicate == 0 || rows.Quarantined == 0 {
		t.Errorf("the rows show nothing: %+v", rows)
	}
	kept := run(t, over)
	if diff := cmp.Diff(found(kept.Situations), found(running.Situations)); diff != "" {
		t.Errorf("while the city runs (-stopped +running)\n%s", diff)
	}
	again := r.backtest()
	again.Until = over.Until
	if diff := cmp.Diff(found(run(t, again).Situations), found(kept.Situations)); diff != "" {
		t.Errorf("over the data folder (-files +history)\n%s", diff)
	}
	if kept.Reading.From != backtest.FromHistory || len(kept.Reading.Inputs) == 0 || kept.Reading.Sealed == 0 {
		t.Errorf("it was read from %+v", kept.Reading)
	}
}

// firstRows copies a folder of feeds with only the first rows of the packed files.
func firstRows(t testing.TB, from string, rows int) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
	paths, _ := filepath.Glob(filepath.Join(dir, "*.gz"))
	for _, path := range paths {
		packed, err := os.Open(filepath.Join(from, filepath.Base(path)))
		if err != nil {
			t.Fatal(err)
		}
		defer packed.Close()
		z, err := gzip.NewReader(packed)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		w, lines := gzip.NewWriter(&out), bufio.NewScanner(z)
		for n := 0; n <= rows && lines.Scan(); n++ {
			fmt.Fprintln(w, lines.Text())
		}
		if err := errors.Join(w.Close(), os.WriteFile(path, out.Bytes(), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// TestBacktestOfTheAarhusWindow does the same with a day and a half of the real city.
func TestBacktestOfTheAarhusWindow(t *testing.T) {
	root := os.Getenv("CITYBRAIN_DATA")
	if root == "" {
		t.Skip("CITYBRAIN_DATA is empty: no real data")
	}
	feeds, data := firstRows(t, filepath.Join(root, "aarhus"), 200_000), filepath.Join(t.TempDir(), "data")
	const from, until, mid = "2014-08-11T00:00:00Z", "2014-08-12T12:00:00Z", "2014-08-12T00:00:00Z"
	want := stands(replayed(t, "../cities/aarhus", feeds, data, from, until))
	b := Backtest{City: "../cities/aarhus", Feeds: feeds, From: from, Until: until, Warmup: "0s"}
	if diff := cmp.Diff(want, found(run(t, b).Situations)); diff != "" || len(want) < 100 {
		t.Errorf("%d situations (-program +backtest)\n%s", len(want), diff)
	}
	b.Until = mid
	files := run(t, b)
	b.Feeds, b.Data = "", data
	if diff := cmp.Diff(found(files.Situations), found(run(t, b).Situations)); diff != "" {
		t.Errorf("over the data folder (-files +history)\n%s", diff)
	}
}

// TestBacktestIsTheSameEachTime holds findings and page to the byte.
func TestBacktestIsTheSameEachTime(t *testing.T) {
	r := newRiver(t)
	dir := t.TempDir()
	var pages, texts [][]byte
	for i := range 2 {
		f := run(t, r.backtest())
		path := filepath.Join(dir, fmt.Sprint(i))
		if err := WriteReport(f, path, "zh"); err != nil {
			t.Fatal(err)
		}
		page, _ := os.ReadFile(path)
		text, err := FindingsJSON(f)
		if err != nil {
			t.Fatal(err)
		}
		pages, texts = append(pages, page), append(texts, text)
	}
	if !bytes.Equal(pages[0], pages[1]) || !bytes.Equal(texts[0], texts[1]) {
		t.Error("the second run says something else")
	}
}

// TestWarmUpIsMarked holds that what was raised before the window is told apart,
// and that a backtest with warm-up agrees with one that began there.
func TestWarmUpIsMarked(t *testing.T) {
	r := newRiver(t)
	whole := run(t, r.backtest())
	b := r.backtest()
	b.From, b.Warmup = "2026-03-06T00:00:00Z", "5d"
	f := run(t, b)
	if diff := cmp.Diff(found(whole.Situations), found(f.Situations)); diff != "" {
		t.Error(diff)
	}
	before := 0
	for _, s := range f.Situations {
		if s.Phase == backtest.Before {
			before++
		}
	}
	if before == 0 || f.Before != before || f.Raised != len(f.Situations)-before {
		t.Errorf("%d before, %d counted; %d of %d in the window", before, f.Before, f.Raised, len(f.Situations))
	}
	past, window := f.Sum()
	if past.Rows == 0 || window.Rows == 0 || past.Rows+window.Rows != func() int64 { _, w := whole.Sum(); return w.Rows }() {
		t.Errorf("%d rows before the window, %d in it", past.Rows, window.Rows)
	}
}

// TestAgainstAnotherVersion lays a stricter rule beside the city's.
func TestAgainstAnotherVersion(t *testing.T) {
	r := newRiver(t)
	text, err := os.ReadFile(filepath.Join(r.home, "packs", "high-water", "rules", "high-water.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(r.home, "stricter.yaml")
	if err := os.WriteFile(other, bytes.Replace(text, []byte(">= 30"), []byte(">= 44"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	b := r.backtest()
	b.Against = other
	f := run(t, b)
	c := f.Comparison.Rules[slices.IndexFunc(f.Comparison.Rules, func(c backtest.RuleComparison) bool { return c.Rule == "high-water/high-water" })]
	if c.New <= c.Old || c.Moved == 0 || c.Earlier != c.Moved || c.OnlyNew == 0 || c.Same+c.Moved+c.OnlyNew != c.New || c.Same+c.Moved+c.OnlyOld != c.Old {
		t.Errorf("%+v", c)
	}
	pack := filepath.Join(t.TempDir(), "high-water")
	if err := os.CopyFS(pack, os.DirFS(filepath.Join(r.home, "packs", "high-water"))); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(pack, "rules", "high-water.yaml"), bytes.Replace(text, []byte(">= 30"), []byte(">= 44"), 1), 0o644); err != nil {
		t.Fatal(err)
	}
	b.Against = pack
	if diff := cmp.Diff(f.Comparison.Rules, run(t, b).Comparison.Rules); diff != "" {
		t.Errorf("a folder and a file of the same rule differ (-file +folder)\n%s", diff)
	}
}

// TestBacktestSaysWhatIsWrong holds that bad input is refused by flag, or by
// file and line.
func TestBacktestSaysWhatIsWrong(t *testing.T) {
	r := newRiver(t)
	labels := filepath.Join(r.home, "labels.csv")
	bad := "rule,entity,from,until\nhigh-water,urn:ngsi-ld:WaterGauge:G1,2026-03-02T00:00:00Z,\nlow-water,urn:ngsi-ld:WaterGauge:G1,2026-03-02T00:00:00Z,\n" +
		"high-water,G1,yesterday,2026-03-02T00:00:00Z\nhigh-water,urn:ngsi-ld:WaterGauge:G1,2026-03-02T00:00:00Z,2026-03-01T00:00:00Z\nhigh-water,x\n"
	if err := os.WriteFile(labels, []byte(bad), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name   string
		change func(*Backtest)
		wants  []string
	}{
		{"no city", func(b *Backtest) { b.City = "" }, []string{"city", "is not set"}},
		{"no past", func(b *Backtest) { b.Feeds = "" }, []string{"--feeds", "--data"}},
		{"no from", func(b *Backtest) { b.From = "" }, []string{"from", "is not set"}},
		{"bad from", func(b *Backtest) { b.From = "monday" }, []string{"from", `"monday"`}},
		{"until before from", func(b *Backtest) { b.Until = "2026-02-01T00:00:00Z" }, []string{"until", "is not after"}},
		{"bad warm-up", func(b *Backtest) { b.Warmup = "a week" }, []string{"warmup", `"a week"`}},
		{"no feeds folder", func(b *Backtest) { b.Feeds = "/nowhere" }, []string{"feeds", "/nowhere is not a folder"}},
		{"missing file", func(b *Backtest) { b.Feeds = t.TempDir() }, []string{"gauges.csv"}},
		{"nothing in the window", func(b *Backtest) { b.From, b.Until = "2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z" }, []string{"no reading"}},
		{"unknown rule", func(b *Backtest) { b.Rules = []string{"low-water"} }, []string{"rules", `"low-water"`, "high-water/high-water"}},
		{"no such pack", func(b *Backtest) { b.Packs = []string{"packs/none"} }, []string{`"none"`, "packs are looked for"}},
		{"against nothing", func(b *Backtest) { b.Against = "none.yaml" }, []string{"against", "none.yaml"}},
		{"against no version of the pack", func(b *Backtest) { b.Against = r.rows }, []string{"against", "high-water"}},
		{"against no rule", func(b *Backtest) { b.Against = labels }, []string{"labels.csv"}},
		{"no labels", func(b *Backtest) { b.Labels = "none.csv" }, []string{"labels", "cannot be read"}},
		{"bad labels", func(b *Backtest) { b.Labels = labels }, []string{"labels.csv:3: unknown-rule", "labels.csv:4: bad-entity", "labels.csv:4: bad-time", "labels.csv:5: order-of-times", "labels.csv:6: bad-row"}},
		{"no data folder", func(b *Backtest) { b.Feeds, b.Data = "", r.rows }, []string{"data", "is not the data folder"}},
	} {
		b := r.backtest()
		c.change(&b)
		_, err := b.Run(t.Context())
		if err == nil {
			t.Errorf("%s: is accepted", c.name)
			continue
		}
		for _, want := range c.wants {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %q is not in the error:\n%v", c.name, want, err)
			}
		}
	}
}
