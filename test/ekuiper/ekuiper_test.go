package ekuiper

import (
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/rule"
)

func TestTasksAreRulesAndStatements(t *testing.T) {
	for _, task := range tasks() {
		specs, faults := rule.Parse(task.name+".yaml", []byte(task.rules))
		if err := faults.Err(); err != nil {
			t.Fatal(err)
		}
		rules, faults := rule.Compile("bench", specs)
		if err := faults.Err(); err != nil {
			t.Fatal(err)
		}
		if len(rules) != len(task.sql) {
			t.Errorf("%s: %d rules against %d statements", task.name, len(rules), len(task.sql))
		}
		for _, sql := range task.sql {
			if !strings.HasPrefix(sql, "SELECT ") || !strings.Contains(sql, "%") {
				t.Errorf("%s: %s", task.name, sql)
			}
		}
	}
}

// small is an input of a few rows of one sensor.
func small(t *testing.T, rows ...string) *input {
	t.Helper()
	in := &input{dir: t.TempDir(), rows: len(rows), few: len(rows), ids: []string{"s"}}
	text := strings.Join(rows, "\n") + "\n"
	files := map[string]string{rowsFile: text, fewFile: text, tableFile: "{\"id\":\"s\",\"road\":\"Søndergade\",\"free\":50}\n"}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(in.dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return in
}

func TestOursGivesTheRowsOfEachTask(t *testing.T) {
	in := small(t,
		`{"id":"s","ts":1407715200001,"speed":20,"vehicles":11}`,
		`{"id":"s","ts":1407715200003,"speed":30,"vehicles":6}`,
		`{"id":"s","ts":1407715200005,"speed":30,"vehicles":6}`,
		`{"id":"s","ts":1407715200007,"speed":30,"vehicles":6}`,
		`{"id":"s","ts":1407715200009,"speed":30,"vehicles":6}`,
		`{"id":"s","ts":1407715210011,"speed":60,"vehicles":0}`)
	in.last = 1407715300000
	want := map[string]map[string]int{
		"filter":     {"s 1407715200001": 1},
		"average":    {"s 1407715210000 28.000000": 1},
		"repeated":   {"s 1407715200009": 1},
		"enrichment": {"s 1407715200001 50": 1},
	}
	for _, task := range tasks() {
		if want[task.name] == nil {
			continue
		}
		got := map[string]int{}
		c, err := task.measure(in, got)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want[task.name], got); diff != "" || c.Rows != 6 {
			t.Errorf("%s: %d rows, %s", task.name, c.Rows, diff)
		}
	}
}

func TestNoRowLiesOnAnEdge(t *testing.T) {
	before := int64(0)
	for n := range 100_000 {
		at := timeOf(n)
		if at%10_000 == 0 || at <= before {
			t.Fatalf("row %d at %d", n, at)
		}
		before = at
	}
}

func TestDifferencesAreShown(t *testing.T) {
	r := &Result{Task: "filter", Asks: "rows", Rows: 10, Theirs: []cost{{Rows: 10, Processor: time.Second}}, Ours: []cost{{Rows: 10, Processor: time.Second / 4}}}
	r.compare(map[string]int{"a 1": 1, "a 2": 1}, map[string]int{"a 2": 1, "a 3": 1})
	if r.Common != 1 || r.OnlyTheirs != 1 || r.OnlyOurs != 1 || len(r.Examples) != 2 {
		t.Errorf("%+v", r)
	}
	text := (&Report{Version: "v", Results: []Result{*r}}).Markdown("here")
	if want := "| rows | 10 | 1 | 1 | 1 | 10 (10 – 10) | 40 (40 – 40) | 4.0 | **missed: other rows** |"; !strings.Contains(text, want) {
		t.Errorf("no %s in\n%s", want, text)
	}
}

func TestProgressReadsAStatus(t *testing.T) {
	p := progressOf(map[string]any{"source_rows_0_records_out_total": 7.0, "sink_nop_0_0_records_in_total": 3.0, "op_2_decoder_0_records_in_total": 7.0,
		"op_2_decoder_0_exceptions_total": 1.0, "op_2_decoder_0_last_exception": "what it says"})
	if want := (progress{given: 7, output: 3, dropped: 1, moved: "17 ", why: "what it says"}); p != want {
		t.Errorf("%+v", p)
	}
}

// With a binary of eKuiper both give the same rows.
func TestSameRowsAsEKuiper(t *testing.T) {
	binary, data := os.Getenv("EKUIPER"), os.Getenv("CITYBRAIN_DATA")
	if binary == "" || data == "" || testing.Short() {
		t.Skip("EKUIPER (a kuiperd) or CITYBRAIN_DATA is not set, or -short: not compared with eKuiper")
	}
	r, err := Run(context.Background(), Options{Binary: binary, Data: data, Rows: 100_000, Few: 2_000, Runs: 1}, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range r.Results {
		if x.OnlyOurs+x.OnlyTheirs > 0 || x.Common == 0 {
			t.Error(x.line())
		}
	}
}
