package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"citybrain/test/citybench"
	"citybrain/test/ekuiper"
)

// The areas that compare the rules with published figures and with another
// engine.
const (
	cityBenchArea = "citybench"
	ekuiperArea   = "ekuiper"
)

// lonely are the areas that are measured alone, when they are named: each says
// something else than how fast the program is, takes long, or needs what not
// everybody has, and writes into a page of its own.
var lonely = map[string]func(context.Context, Options, io.Writer, io.Writer) error{
	detectionArea: scoreDetection,
	cityBenchArea: runCityBench,
	ekuiperArea:   runEKuiper,
}

func lonelyNames() []string { return []string{detectionArea, cityBenchArea, ekuiperArea} }

// alone says what is measured by itself, or nil; with others it is an error.
func (o Options) alone() (func(context.Context, Options, io.Writer, io.Writer) error, error) {
	for _, name := range lonelyNames() {
		if !slices.Contains(o.Areas, name) {
			continue
		}
		if len(o.Areas) > 1 {
			return nil, fmt.Errorf("%s is measured alone: its report stands in a file of its own", name)
		}
		return lonely[name], nil
	}
	return nil, nil
}

// runCityBench runs the queries of CityBench.
func runCityBench(ctx context.Context, o Options, out, progress io.Writer) error {
	if o.Data == "" {
		return fmt.Errorf("citybench needs the folder of the real data (CITYBRAIN_DATA)")
	}
	reports, err := citybench.Measure(ctx, o.Binary, o.Data, progress)
	if err != nil {
		return err
	}
	tables := citybench.Markdown(reports, thisMachine().String())
	if err := printed(out, o.JSON, reports, tables); err != nil || o.Write == "" {
		return err
	}
	return citybench.Write(o.Write, tables)
}

// ServeCityBench runs one replay of CityBench: the setting comes as JSON from in.
// It is behind the hidden command bench-citybench.
func ServeCityBench(data string, in io.Reader, out io.Writer) error {
	return citybench.Serve(data, in, out)
}

// runEKuiper compares with eKuiper.
func runEKuiper(ctx context.Context, o Options, out, progress io.Writer) error {
	if o.Data == "" {
		return fmt.Errorf("ekuiper needs the folder of the real data (CITYBRAIN_DATA)")
	}
	r, err := ekuiper.Run(ctx, ekuiper.Options{Binary: o.EKuiper, Data: o.Data, Dir: o.Dir, Runs: o.Runs}, progress)
	if err != nil {
		return err
	}
	if err := printed(out, o.JSON, r, r.Markdown(thisMachine().String())); err != nil || o.Write == "" {
		return err
	}
	return r.Write(o.Write, thisMachine().String())
}

// printed writes a report as JSON or as its text.
func printed(out io.Writer, asJSON bool, report any, text string) error {
	if asJSON {
		e := json.NewEncoder(out)
		e.SetIndent("", "  ")
		return e.Encode(report)
	}
	_, err := io.WriteString(out, strings.TrimLeft(text, "\n"))
	return err
}

// measureAlone runs what is measured alone; done says that it was.
func (o Options) measureAlone(ctx context.Context, out io.Writer) (done bool, err error) {
	measure, err := o.alone()
	if measure == nil || err != nil {
		return err != nil, err
	}
	return true, measure(ctx, o, out, os.Stderr)
}
