package bench

import (
	"context"
	_ "embed"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"syscall"
	"time"

	"citybrain/backtest"
	"citybrain/city"
	"citybrain/pack"
)

// manyRules are those of the spine and twenty more that read traffic.
//
//go:embed yearrules.yaml
var manyRules []byte

// aYear is how long the window is repeated.
const aYear = 365 * 24 * time.Hour

// measureBacktest runs the rules over the real window, those of the city's packs
// and then with twenty more.
func measureBacktest(s *session) error {
	for _, many := range []bool{false, true} {
		r, err := s.backtest(many, 0)
		if err != nil {
			return err
		}
		note := fmt.Sprintf("%s rows in %.1f s, %s rows for each second of one processor, %d situations, %d processors",
			grouped(float64(r.rows), 0), r.seconds, grouped(float64(r.rows)/r.processor, 0), r.situations, runtime.GOMAXPROCS(0))
		f := figure{Area: "backtest", What: fmt.Sprintf("rows through %d rules", r.rules), Unit: "rows/s", Target: atLeast(200_000), Note: note}
		s.add(f, float64(r.rows)/r.seconds, 0, 0)
	}
	return nil
}

// measureYear shifts the window and repeats it to a year, with the many rules.
// Nothing is written: every repetition reads the files again.
func measureYear(s *session) error {
	r, err := s.backtest(true, aYear)
	if err != nil {
		return err
	}
	note := fmt.Sprintf("%s rows, %s rows/s, %s rows for each second of one processor, %d situations of %d rules, %d processors; live heap after each three weeks, in MB:%s",
		grouped(float64(r.rows), 0), grouped(float64(r.rows)/r.seconds, 0), grouped(float64(r.rows)/r.processor, 0), r.situations, r.rules, runtime.GOMAXPROCS(0), r.heaps)
	s.add(figure{Area: yearArea, What: "a year of traffic", Unit: "s", Decimals: 1, Target: under(240), Note: note}, r.seconds, 0, 0)
	s.add(figure{Area: yearArea, What: "peak RSS", Unit: "MB", Decimals: 1, Target: under(1000)}, float64(r.peak)/1e6, 0, 0)
	s.add(figure{Area: yearArea, What: "growth of the live heap from the sixth week on, for each situation found meanwhile", Unit: "bytes", Decimals: 1, Target: under(64)}, r.growth, 0, 0)
	return nil
}

// backtested is one run.
type backtested struct {
	rows, situations int
	rules            int
	seconds          float64
	processor        float64 // seconds of processor time
	peak             int64   // bytes
	heaps            string
	growth           float64 // bytes for each situation
}

// backtest runs the window, or the window repeated to a length of time.
func (s *session) backtest(many bool, length time.Duration) (*backtested, error) {
	trial := pack.Trial{PacksDir: filepath.Join(s.City, "..", "..", "packs")}
	if many {
		dir, remove, err := s.tempDir()
		if err != nil {
			return nil, err
		}
		defer remove()
		trial.Rules = filepath.Join(dir, "rules.yaml")
		if err := os.WriteFile(trial.Rules, manyRules, 0o644); err != nil {
			return nil, err
		}
	}
	definition, faults := pack.LoadTrial(s.City, trial)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	version := backtest.Version{City: definition, Rules: definition.Rules()}
	desk := backtest.NewDesk(definition, version.Rules)
	files, err := backtest.OpenFiles(definition, filepath.Join(s.Data, "aarhus"), desk.Reads)
	if err != nil {
		return nil, err
	}
	from, err := city.ParseInstant(replayFrom)
	if err != nil {
		return nil, err
	}
	until, err := city.ParseInstant(replayUntil)
	if err != nil {
		return nil, err
	}
	y := &yearOf{files: files, window: city.Interval{From: from, To: until}}
	if length > 0 {
		until = from.Add(length)
	}
	runtime.GC()
	debug.FreeOSMemory()
	begun, used := time.Now(), processorSeconds()
	out, err := backtest.Run(s, y, []backtest.Version{version}, backtest.Options{From: from, Until: until})
	if err != nil {
		return nil, err
	}
	r := &backtested{seconds: time.Since(begun).Seconds(), processor: processorSeconds() - used, situations: out[0].Situations.Len(), rules: len(version.Rules), peak: kilobytes(fieldOf("/proc/self/status", "VmHWM")) << 10}
	for _, n := range out[0].Sources {
		r.rows += int(n.Window.Rows - n.Window.Classes[city.RowOutside])
	}
	r.heaps, r.growth = y.growth(r.situations)
	return r, nil
}

// processorSeconds is how long this process has kept processors busy.
func processorSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// yearOf plays a window again and again, each time shifted by its length, until
// the time is full.
type yearOf struct {
	files  *backtest.Files
	window city.Interval
	heaps  []float64 // MB that live after each repetition
}

// Inputs implements backtest.Source.
func (y *yearOf) Inputs() []backtest.Input { return y.files.Inputs() }

// Play implements backtest.Source.
func (y *yearOf) Play(ctx context.Context, whole city.Interval, gate backtest.Gate) error {
	length := y.window.To - y.window.From
	for by := city.Instant(0); y.window.From+by < whole.To; by += length {
		w := city.Interval{From: y.window.From, To: min(y.window.To, whole.To-by)}
		if err := y.files.Play(ctx, w, &shifted{gate, by}); err != nil {
			return err
		}
		if whole.To > y.window.To {
			y.look()
		}
	}
	return nil
}

// look notes how much memory lives.
func (y *yearOf) look() {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	y.heaps = append(y.heaps, float64(m.HeapAlloc)/1e6)
}

// growth lists the heaps, and says by how many bytes the last is larger than the
// second for each situation that was found meanwhile: those are kept.
func (y *yearOf) growth(situations int) (text string, bytes float64) {
	for _, h := range y.heaps {
		text += fmt.Sprintf(" %.0f", h)
	}
	if n := len(y.heaps); n > 2 && situations > 0 {
		bytes = (y.heaps[n-1] - y.heaps[1]) * 1e6 / (float64(situations) * float64(n-2) / float64(n))
	}
	return text, bytes
}

// shifted moves what it is given in time.
type shifted struct {
	gate backtest.Gate
	by   city.Instant
}

// Take implements backtest.Gate.
func (g *shifted) Take(changes []city.Change) {
	for i := range changes {
		c := &changes[i]
		c.At += g.by
		c.ReceivedAt += g.by
		for k := range c.Attributes {
			a := &c.Attributes[k]
			a.ReceivedAt += g.by
			if a.ObservedAt != 0 {
				a.ObservedAt += g.by
			}
		}
	}
	g.gate.Take(changes)
}

// Tick implements backtest.Gate.
func (g *shifted) Tick(at city.Instant) { g.gate.Tick(at + g.by) }
