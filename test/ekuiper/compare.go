package ekuiper

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options of a comparison.
type Options struct {
	Binary string // kuiperd
	Data   string // the folder of the real data
	Dir    string // where the working folder is made; the system's temporary folder if empty
	Rows   int    // of the file; a million if zero
	Few    int    // of it, for the task with many rules; 20,000 if zero
	Runs   int    // timed runs of each task on each side; 3 if zero
	Tasks  []string
}

// Result is one task on both sides.
type Result struct {
	Task, Asks   string
	Rows         int
	Theirs, Ours []cost
	Common       int // output rows that both gave
	OnlyTheirs   int
	OnlyOurs     int
	Examples     []string // of rows that only one gave
}

// Report is the whole comparison.
type Report struct {
	Version string // eKuiper's
	Results []Result
}

// Run makes the input, compares the output of both once, and measures.
func Run(ctx context.Context, o Options, progress io.Writer) (*Report, error) {
	if o.Binary == "" {
		return nil, errors.New("no binary of eKuiper: make bench-ekuiper EKUIPER=/path/of/kuiperd")
	}
	o.Rows, o.Few, o.Runs = orElse(o.Rows, 1_000_000), orElse(o.Few, 20_000), orElse(o.Runs, 3)
	binary, err := filepath.Abs(o.Binary)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp(o.Dir, "citybrain-ekuiper-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	in, err := write(o.Data, dir, o.Rows, o.Few)
	if err != nil {
		return nil, err
	}
	r := &Report{}
	for _, t := range tasks() {
		if len(o.Tasks) > 0 && !slices.Contains(o.Tasks, t.name) {
			continue
		}
		one, err := o.one(ctx, &t, in, binary, r)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", t.name, err)
		}
		r.Results = append(r.Results, *one)
		fmt.Fprintf(progress, "ekuiper: %s\n", one.line())
	}
	return r, nil
}

func orElse(v, otherwise int) int {
	if v == 0 {
		return otherwise
	}
	return v
}

// one compares and measures one task. Each run has a daemon of its own, so that
// none inherits the memory of another.
func (o *Options) one(ctx context.Context, t *task, in *input, binary string, r *Report) (*Result, error) {
	out := &Result{Task: t.name, Asks: t.asks, Rows: in.rows}
	if t.few {
		out.Rows = in.few
	}
	folder := filepath.Join(in.dir, "out-"+t.name)
	if err := os.Mkdir(folder, 0o755); err != nil {
		return nil, err
	}
	if _, err := o.theirs(ctx, t, in, binary, folder, r); err != nil {
		return nil, err
	}
	theirs, err := t.lines(in, folder)
	if err != nil {
		return nil, err
	}
	ours := map[string]int{}
	if _, err := t.measure(in, ours); err != nil {
		return nil, err
	}
	out.compare(theirs, ours)
	for range o.Runs {
		c, err := o.theirs(ctx, t, in, binary, "", r)
		if err != nil {
			return nil, err
		}
		out.Theirs = append(out.Theirs, c)
		if t.counts == nil && c.Output != len(theirs) {
			return nil, fmt.Errorf("eKuiper gave %d output rows while it was timed, and %d while they were kept", c.Output, len(theirs))
		}
		if c, err = t.measure(in, nil); err != nil {
			return nil, err
		}
		out.Ours = append(out.Ours, c)
		if t.counts == nil && c.Output != len(ours) {
			return nil, fmt.Errorf("our rules gave %d output rows while it was timed, and %d while they were kept", c.Output, len(ours))
		}
	}
	return out, nil
}

// theirs runs a task in a daemon of its own.
func (o *Options) theirs(ctx context.Context, t *task, in *input, binary, folder string, r *Report) (c cost, err error) {
	home, err := os.MkdirTemp(in.dir, "kuiper-")
	if err != nil {
		return c, err
	}
	defer os.RemoveAll(home)
	for _, name := range []string{rowsFile, fewFile, tableFile} {
		if err := os.Symlink(filepath.Join(in.dir, name), filepath.Join(home, name)); err != nil {
			return c, err
		}
	}
	d, err := start(ctx, binary, home)
	if d != nil {
		defer d.stop()
	}
	if err != nil {
		return c, err
	}
	if r.Version, err = d.version(ctx); err != nil {
		return c, err
	}
	b := &bench{d, &input{dir: home, rows: in.rows, few: in.few, last: in.last, ids: in.ids}}
	if err := b.prepare(ctx); err != nil {
		return c, err
	}
	if c, err = b.run(ctx, t, folder); err != nil || folder == "" {
		return c, err
	}
	return c, pause(ctx, settle)
}

// compare counts the output rows that both or only one gave.
func (r *Result) compare(theirs, ours map[string]int) {
	only := func(a, b map[string]int, who string) (n int) {
		var lines []string
		for line := range a {
			if b[line] == 0 {
				n++
				lines = append(lines, who+" "+line)
			}
		}
		slices.Sort(lines)
		r.Examples = append(r.Examples, lines[:min(len(lines), 3)]...)
		return n
	}
	r.OnlyTheirs = only(theirs, ours, "only eKuiper:")
	r.OnlyOurs = only(ours, theirs, "only City Brain:")
	r.Common = len(theirs) - r.OnlyTheirs
}

func (r *Result) line() string {
	return fmt.Sprintf("%s: %s rows/s per core against %s: %s; output rows in common %d, only eKuiper %d, only City Brain %d %s",
		r.Task, spread(r.Ours), spread(r.Theirs), times(r), r.Common, r.OnlyTheirs, r.OnlyOurs, strings.Join(r.Examples, "; "))
}
