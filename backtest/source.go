package backtest

import (
	"context"

	"citybrain/city"
)

// Source hands the rows of a part of the past to a gate, in the order in which
// the program gets or got them, with ticks between.
type Source interface {
	// Play hands over everything in a window and ends with a tick at its end.
	// An error says what cannot be read.
	Play(ctx context.Context, window city.Interval, gate Gate) error
	// Inputs says what is read, for the report.
	Inputs() []Input
}

// Gate takes what a source plays.
type Gate interface {
	// Take takes rows. They belong to the gate, which may alter them.
	Take(changes []city.Change)
	// Tick lets the rules' time pass.
	Tick(at city.Instant)
}

// Input is a file that is read.
type Input struct {
	Name   string `json:"name"` // as the city definition names it, or within the data folder
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
}
