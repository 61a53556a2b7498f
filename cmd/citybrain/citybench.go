package main

import (
	"os"

	"citybrain/test/bench"
)

type cityBenchCommand struct {
	Feeds string `env:"CITYBRAIN_DATA"`
}

// Run is one replay of CityBench in a process of its own.
func (c cityBenchCommand) Run() error { return bench.ServeCityBench(c.Feeds, os.Stdin, os.Stdout) }
