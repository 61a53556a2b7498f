package citybench

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"syscall"
)

// The rates of the replays, in observations a second of each stream, and how
// many copies of each query run at once.
var (
	rates  = []float64{1, 2, 5, 10}
	copies = []int{1, 50}
)

// span is how long a paced replay lasts, in seconds: the walker has 290 rows, so
// at ten a second he walks to the end.
const span = 29

// fastEach is how many observations of each stream are replayed as fast as
// possible; their stream time passes as at fastRate.
const (
	fastEach = 1000
	fastRate = 10
)

// settings are all replays.
func settings() []Setting {
	var all []string
	for _, q := range Queries {
		all = append(all, q.ID)
	}
	var list []Setting
	for _, n := range copies {
		for _, rate := range rates {
			list = append(list, Setting{Rate: rate, Paced: true, Each: int(rate * span), Copies: n, Queries: all})
		}
		list = append(list, Setting{Rate: fastRate, Each: fastEach, Copies: n, Queries: all})
	}
	return list
}

// Measure runs every setting in a process of its own of the program binary, and
// gives the reports in the order of the tables.
func Measure(ctx context.Context, binary, data string, progress io.Writer) ([]*Report, error) {
	var reports []*Report
	for _, o := range settings() {
		r, err := measure(ctx, binary, data, o)
		if err != nil {
			return nil, fmt.Errorf("citybench, %s: %w", o.name(), err)
		}
		reports = append(reports, r)
		fmt.Fprintf(progress, "citybench: %s took %.0f s\n", o.name(), r.Seconds)
	}
	return reports, nil
}

func measure(ctx context.Context, binary, data string, o Setting) (*Report, error) {
	text, err := json.Marshal(o)
	if err != nil {
		return nil, err
	}
	var out, said bytes.Buffer
	c := exec.CommandContext(ctx, binary, "bench-citybench", "--feeds", data)
	c.Stdin, c.Stdout, c.Stderr = bytes.NewReader(text), &out, &said
	c.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := c.Run(); err != nil {
		return nil, fmt.Errorf("%w: %s", err, said.String())
	}
	r := &Report{}
	return r, json.Unmarshal(out.Bytes(), r)
}

func (o Setting) name() string {
	many := fmt.Sprintf("%d copies", o.Copies)
	if o.Copies == 1 {
		many = "one copy"
	}
	if !o.Paced {
		return many + ", as fast as possible"
	}
	return fmt.Sprintf("%s, %g/s", many, o.Rate)
}
