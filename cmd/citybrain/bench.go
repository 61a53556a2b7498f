package main

import (
	"context"
	"os"

	"citybrain/test/bench"
)

type benchCommand struct {
	Areas   []string `arg:"" optional:"" help:"Areas to measure; named alone: detection (rules against the simulated city), citybench, ekuiper, backtest-year. Default: every other."`
	Runs    int      `help:"Runs of each area; the median is shown." default:"5"`
	JSON    bool     `help:"Print JSON."`
	Write   string   `help:"Also put the table into this file, between its markers." placeholder:"FILE"`
	City    string   `help:"City definition for the areas with real data. Default: the one whose files are in the folder of the real data." placeholder:"DIR"`
	EKuiper string   `help:"kuiperd, for the area ekuiper." env:"EKUIPER" name:"ekuiper" placeholder:"FILE"`
	Feeds   string   `help:"Folder of the real data." env:"CITYBRAIN_DATA" placeholder:"DIR"`
}

// Run measures and prints a table.
func (c *benchCommand) Run(ctx context.Context) error {
	return bench.Run(ctx, bench.Options{
		Data: c.Feeds, City: c.City, Areas: c.Areas, Runs: c.Runs, JSON: c.JSON, Write: c.Write, EKuiper: c.EKuiper,
	}, os.Stdout)
}

type emptyCommand struct {
	Listen string `default:"127.0.0.1:0"`
}

// Run serves the yardstick of the benchmarks.
func (c emptyCommand) Run() error { return bench.ServeEmpty(c.Listen) }
