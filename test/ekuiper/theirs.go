package ekuiper

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// cost is what a run took.
type cost struct {
	Rows      int
	Output    int // output rows
	Wall      time.Duration
	Processor time.Duration
}

// perCore is how many rows a second of processor time takes through.
func (c cost) perCore() float64 { return float64(c.Rows) / c.Processor.Seconds() }

// bench is a daemon with its input.
type bench struct {
	*daemon
	in *input
}

// schema spares eKuiper guessing the fields.
const schema = "(id STRING, ts BIGINT, speed FLOAT, vehicles BIGINT)"

// prepare makes the streams and, once and for all, fills the table in memory
// that rows are looked up in.
func (b *bench) prepare(ctx context.Context) error {
	for _, sql := range []string{
		`CREATE STREAM rows ` + schema + ` WITH (DATASOURCE="` + rowsFile + `", FORMAT="json", TYPE="file", CONF_KEY="rows")`,
		`CREATE STREAM timed ` + schema + ` WITH (DATASOURCE="` + rowsFile + `", FORMAT="json", TYPE="file", CONF_KEY="rows", TIMESTAMP="ts")`,
		`CREATE STREAM shared ` + schema + ` WITH (DATASOURCE="", FORMAT="json", TYPE="file", CONF_KEY="waiting", SHARED="true")`,
		`CREATE STREAM fill (id STRING, road STRING, free FLOAT) WITH (DATASOURCE="` + tableFile + `", FORMAT="json", TYPE="file", CONF_KEY="rows")`,
	} {
		if err := b.call(ctx, "POST", "/streams", map[string]string{"sql": sql}, nil); err != nil {
			return err
		}
	}
	table := `CREATE TABLE look (id STRING, road STRING, free FLOAT) WITH (DATASOURCE="look", TYPE="memory", KIND="lookup", KEY="id")`
	if err := b.call(ctx, "POST", "/tables", map[string]string{"sql": table}, nil); err != nil {
		return err
	}
	r := ruleBody{ID: "fill", SQL: "SELECT * FROM fill", Actions: []action{{"memory": {"topic": "look", "keyField": "id", "rowkindField": "kind", "sendSingle": true}}},
		Options: map[string]any{"disableBufferFullDiscard": true}}
	if err := b.begin(ctx, r); err != nil {
		return err
	}
	_, err := b.until(ctx, []string{"fill"}, len(b.in.ids))
	return err
}

type action map[string]map[string]any

// ruleBody is a rule as the REST interface takes it.
type ruleBody struct {
	ID        string         `json:"id"`
	SQL       string         `json:"sql"`
	Triggered bool           `json:"triggered"`
	Actions   []action       `json:"actions"`
	Options   map[string]any `json:"options"`
}

func (b *bench) begin(ctx context.Context, r ruleBody) error {
	if err := b.call(ctx, "POST", "/rules", r, nil); err != nil {
		return err
	}
	return b.call(ctx, "POST", "/rules/"+r.ID+"/start", nil, nil)
}

// Settings that were tried and gave the best rate: long buffers, one decoder.
const bufferLength = 10_240

// run does a task once. With a folder the output goes there, otherwise nowhere.
func (b *bench) run(ctx context.Context, t *task, out string) (c cost, err error) {
	var ids []string
	defer func() {
		for _, id := range ids {
			_ = b.call(ctx, "DELETE", "/rules/"+id, nil, nil) // the process ends soon anyway
		}
	}()
	before, err := b.processor()
	if err != nil {
		return c, err
	}
	begun := time.Now()
	for n := range t.sql {
		r := b.ruleOf(t, n, out)
		ids = append(ids, r.ID)
		if err := b.begin(ctx, r); err != nil {
			return c, err
		}
	}
	c.Rows = b.in.rows
	if t.few {
		c.Rows = b.in.few
		if before, err = b.processor(); err != nil {
			return c, err
		}
		begun = time.Now()
		if err := b.drop(); err != nil {
			return c, err
		}
	}
	end, err := b.until(ctx, ids, c.Rows)
	if err != nil {
		return c, err
	}
	after, err := b.processor()
	c.Wall, c.Processor, c.Output = end.at.Sub(begun), after-before, end.output
	return c, err
}

func (b *bench) ruleOf(t *task, n int, out string) ruleBody {
	options := map[string]any{"qos": 0, "bufferLength": bufferLength, "concurrency": 1, "disableBufferFullDiscard": true}
	stream := "rows"
	switch {
	case t.eventTime:
		stream, options["isEventTime"], options["lateTolerance"] = "timed", true, "0s"
	case t.few: // a shared stream cannot wait for slow rules, so its buffers hold everything
		stream, options["bufferLength"], options["disableBufferFullDiscard"] = "shared", b.in.few+1, false
	}
	sink := action{"nop": {}}
	if out != "" {
		sink = action{"file": {"path": filepath.Join(out, fmt.Sprintf("%s-%d.json", t.name, n)), "fileType": "lines", "format": "json",
			"sendSingle": true, "checkInterval": "500ms", "rollingInterval": 0, "rollingCount": 1_000_000_000, "rollingNamePattern": "suffix"}}
	}
	return ruleBody{ID: fmt.Sprintf("%s-%d", t.name, n), SQL: fmt.Sprintf(t.sql[n], stream), Actions: []action{sink}, Options: options}
}

// drop puts the beginning of the rows into the folder that the shared stream
// waits for: every rule runs by then, so none misses a row.
func (b *bench) drop() error {
	text, err := os.ReadFile(filepath.Join(b.in.dir, fewFile))
	if err != nil {
		return err
	}
	waiting := filepath.Join(b.in.dir, "waiting")
	hidden := filepath.Join(b.in.dir, "few.tmp")
	if err := os.WriteFile(hidden, text, 0o644); err != nil {
		return err
	}
	return os.Rename(hidden, filepath.Join(waiting, fewFile))
}

// ending is when rules were seen to be done, and what came out of them.
type ending struct {
	at     time.Time
	output int
}

// until waits until the rules have taken every row through: the source has given
// them all, and nothing moves any more.
func (b *bench) until(ctx context.Context, ids []string, rows int) (ending, error) {
	var last string
	var at time.Time
	for begun := time.Now(); time.Since(begun) < 10*time.Minute; {
		now, done, moved, output := time.Now(), true, "", 0
		for _, id := range ids {
			var status map[string]any
			if err := b.call(ctx, "GET", "/rules/"+id+"/status", nil, &status); err != nil {
				return ending{}, err
			}
			s := progressOf(status)
			if s.dropped > 0 {
				return ending{}, fmt.Errorf("eKuiper: rule %s: %d errors: %s", id, s.dropped, s.why)
			}
			done = done && s.given >= rows
			moved += s.moved
			output += s.output
		}
		switch {
		case !done:
			last = ""
		case moved == last:
			return ending{at, output}, nil
		default:
			last, at = moved, now
		}
		if err := pause(ctx, 50*time.Millisecond); err != nil {
			return ending{}, err
		}
	}
	return ending{}, fmt.Errorf("eKuiper: not done after ten minutes")
}

func pause(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}

// progress is the part of a rule's status that counts.
type progress struct {
	given   int // rows that the source gave
	output  int // rows that the sink took
	dropped int
	moved   string // everything that has been worked on
	why     string
}

func progressOf(status map[string]any) (p progress) {
	total := 0
	for name, v := range status {
		n, _ := v.(float64)
		switch {
		case strings.HasPrefix(name, "source_") && strings.HasSuffix(name, "records_out_total"):
			p.given = int(n)
		case strings.HasPrefix(name, "sink_") && strings.HasSuffix(name, "records_in_total"):
			p.output = int(n)
		case strings.HasSuffix(name, "exceptions_total"):
			p.dropped += int(n)
		case strings.HasSuffix(name, "last_exception"):
			if text, _ := v.(string); text != "" {
				p.why = text
			}
		}
		if strings.HasSuffix(name, "records_in_total") || strings.HasSuffix(name, "records_out_total") || strings.HasSuffix(name, "buffer_length") {
			total += int(n)
		}
	}
	p.moved = fmt.Sprintf("%d ", total)
	return p
}

// lines are the output rows that a task wrote into a folder.
func (t *task) lines(in *input, dir string) (map[string]int, error) {
	found := map[string]int{}
	for n := range t.sql {
		// A rule that ends closes its file and may open a second one for what was
		// still on its way; each has the time in its name.
		files, err := filepath.Glob(filepath.Join(dir, fmt.Sprintf("%s-%d-*.json", t.name, n)))
		if err != nil {
			return nil, err
		}
		for _, file := range files {
			if err := t.read(in, n, file, found); err != nil {
				return nil, err
			}
		}
	}
	return found, nil
}

func (t *task) read(in *input, rule int, file string, found map[string]int) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	scan := bufio.NewScanner(f)
	scan.Buffer(nil, 64<<20)
	for scan.Scan() {
		if err := t.line(in, rule, scan.Bytes(), found); err != nil {
			return err
		}
	}
	return scan.Err()
}

// line adds what one line of a file holds: an output row, or a list of them.
func (t *task) line(in *input, rule int, text []byte, found map[string]int) error {
	var rows []map[string]any
	if len(text) > 0 && text[0] != '[' {
		text = append(append([]byte{'['}, text...), ']')
	}
	if err := json.Unmarshal(text, &rows); err != nil {
		return fmt.Errorf("output of eKuiper: %w", err)
	}
	for _, row := range rows {
		if key := t.theirs(rule, row); t.counts == nil || t.counts(in, key) {
			found[key]++
		}
	}
	return nil
}
