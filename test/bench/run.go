package bench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// Options say what to measure. The zero value measures every area five times.
type Options struct {
	Binary string   // the program; this process's own if empty
	Data   string   // the folder of real data; areas that need it are skipped if empty
	City   string   // definition of the city whose files are in Data/aarhus; cities/aarhus if empty
	Areas  []string // names of Areas, or "detection", "citybench" or "ekuiper" alone; all Areas if empty
	Runs   int      // 5 if zero
	JSON   bool     // print JSON in place of a table
	Write  string   // also put the table between the markers of this file
	Dir    string   // where data folders are made; the system's temporary folder if empty
	// EKuiper is the program that the area "ekuiper" compares with.
	EKuiper string
	// Seconds is how long one load lasts; 5 if zero.
	Seconds float64
}

func (o Options) withDefaults() (Options, error) {
	if o.Binary == "" {
		self, err := os.Executable()
		if err != nil {
			return o, err
		}
		o.Binary = self
	}
	o.City = cmp.Or(o.City, filepath.Join("cities", "aarhus"))
	o.Runs = cmp.Or(o.Runs, 5)
	o.Seconds = cmp.Or(o.Seconds, 5)
	if len(o.Areas) == 0 {
		o.Areas = Areas()
	}
	known := append(append(Areas(), yearArea), lonelyNames()...)
	for _, a := range o.Areas {
		if !slices.Contains(known, a) {
			return o, fmt.Errorf("there is no area %q: want one of %s", a, strings.Join(known, ", "))
		}
	}
	return o, nil
}

// area is one group of measurements that share a run of the program.
type area struct {
	name    string
	measure func(*session) error // adds one value to each of its figures
	needs   string               // "data" if it reads real files
}

var areas = []area{
	{"http-empty", measureEmpty, ""},
	{"batch-upsert", measureBatchUpsert, ""},
	{"attr-update", measureUpdate, ""},
	{"read", measureRead, ""},
	{"replay", measureReplay, "data"},
	{"latency", measureLatency, ""},
	{"scale", measureScale, ""},
	{"case-moves", measureMoves, ""},
	{"worklist", measureWorklist, ""},
	{"verify", measureVerify, ""},
	{"leaf", measureLeaf, ""},
	{"sign-in", measureSignIn, ""},
	{"page", measurePage, ""},
	{"backtest", measureBacktest, "data"},
	{yearArea, measureYear, "data"},
}

// yearArea takes minutes and is only measured when it is named.
const yearArea = "backtest-year"

// Areas lists the names of the areas that are measured if none is named, in
// their order. "backtest-year" is one more, which takes minutes, and
// "detection", "citybench" and "ekuiper", each to be named alone.
func Areas() []string {
	var names []string
	for _, a := range areas {
		if a.name != yearArea {
			names = append(names, a.name)
		}
	}
	return names
}

// session is the state of one call of Run.
type session struct {
	context.Context
	Options
	figures  []*figure
	progress io.Writer
	cleanup  []func() // at the end of Run

	worklist, ledger *filled // towns that are filled once, by the areas of these names
}

func (s *session) load() time.Duration { return time.Duration(s.Seconds * float64(time.Second)) }

// Run measures and prints. Progress goes to standard error. An area that
// cannot be measured ends Run with its error after the others are printed.
func Run(ctx context.Context, o Options, out io.Writer) error {
	o, err := o.withDefaults()
	if err != nil {
		return err
	}
	if done, err := o.measureAlone(ctx, out); done {
		return err
	}
	s := &session{Context: ctx, Options: o, progress: os.Stderr}
	defer func() {
		for _, remove := range s.cleanup {
			remove()
		}
	}()
	var failed []string
	for _, a := range areas {
		if !slices.Contains(o.Areas, a.name) {
			continue
		}
		if err := s.run(a); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			failed = append(failed, err.Error())
		}
	}
	r := report{Machine: thisMachine(), Runs: o.Runs, Figures: s.figures, Failed: failed}
	if err := r.print(out, o.JSON); err != nil {
		return err
	}
	if o.Write != "" {
		if err := r.writeBetweenMarkers(o.Write); err != nil {
			return err
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("bench: %s", strings.Join(failed, "; "))
	}
	return nil
}

func (s *session) run(a area) error {
	if a.needs == "data" && s.Data == "" {
		fmt.Fprintf(s.progress, "%s: skipped: no folder of real data (CITYBRAIN_DATA)\n", a.name)
		return nil
	}
	for n := range s.Runs {
		begun := time.Now()
		if err := a.measure(s); err != nil {
			return fmt.Errorf("%s, run %d: %w", a.name, n+1, err)
		}
		fmt.Fprintf(s.progress, "%s: run %d of %d took %s\n", a.name, n+1, s.Runs, time.Since(begun).Round(100*time.Millisecond))
	}
	return nil
}

// tempDir makes a folder that the returned function removes.
func (s *session) tempDir() (string, func(), error) {
	dir, err := os.MkdirTemp(s.Dir, "citybrain-bench-")
	return dir, func() { os.RemoveAll(dir) }, err
}
