package backtest

import (
	"citybrain/city"
	"citybrain/pack"
)

// Findings is everything that a report shows, and what --json prints.
type Findings struct {
	Program string     `json:"program"` // its version
	City    CityRef    `json:"city"`
	Packs   []PackRef  `json:"packs"`
	From    Time       `json:"from"`
	Until   Time       `json:"until"`
	Begin   Time       `json:"begin"` // what is read begins here, before From
	First   Time       `json:"firstReading,omitzero"`
	Reading Reading    `json:"reading"`
	Rows    []FeedRows `json:"rows"`
	Figures
	Labels     *LabelFigures `json:"labels,omitzero"`
	Comparison *Comparison   `json:"comparison,omitzero"`
	Command    []string      `json:"command"` // how to run it again

	Definition *pack.City `json:"-"`
	Entities   []Entity   `json:"-"`
}

// CityRef names the city definition.
type CityRef struct {
	Name      Text   `json:"name"`
	Zone      string `json:"zone"`
	Simulated bool   `json:"simulated,omitzero"`
	SHA256    string `json:"sha256"`
}

// PackRef names a pack, or another version of it.
type PackRef struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Title   Text   `json:"title"`
	SHA256  string `json:"sha256"`
	Tried   bool   `json:"tried"`            // its rules are what is tried
	Against bool   `json:"against,omitzero"` // it is what is tried against
}

// Reading says what was read.
type Reading struct {
	From   string  `json:"from"` // files or history
	Inputs []Input `json:"inputs"`
	// Sealed is, of history, until when days were sealed: what is younger stands
	// in the log and was not read.
	Sealed Time `json:"sealedUntil,omitzero"`
}

// The kinds of reading.
const (
	FromFiles   = "files"
	FromHistory = "history"
)

// FeedRows says what became of the rows of a feed or another source.
type FeedRows struct {
	Source city.SourceID `json:"source"`
	Before RowCounts     `json:"beforeWindow"`
	Window RowCounts     `json:"window"`
}

// RowCounts is Counts with names.
type RowCounts struct {
	Rows        int64 `json:"rows"`
	Applied     int64 `json:"applied"`
	Flagged     int64 `json:"flagged"`
	Duplicate   int64 `json:"duplicate"`
	Quarantined int64 `json:"quarantined"`
	Outside     int64 `json:"outside"`
	Late        int64 `json:"late"` // among applied and flagged: too late for the rules
}

// Read is how many rows lie in the time that was asked for.
func (c RowCounts) Read() int64 { return c.Rows - c.Outside }

// RowsOf names the counts of an outcome.
func RowsOf(o *Outcome) []FeedRows {
	var out []FeedRows
	for i := range o.Sources {
		s := &o.Sources[i]
		out = append(out, FeedRows{Source: s.Source, Before: s.Before.named(), Window: s.Window.named()})
	}
	return out
}

func (c *Counts) named() RowCounts {
	return RowCounts{Rows: c.Rows, Applied: c.Classes[city.RowApplied], Flagged: c.Classes[city.RowFlagged], Duplicate: c.Classes[city.RowDuplicate],
		Quarantined: c.Classes[city.RowQuarantined], Outside: c.Classes[city.RowOutside], Late: c.Late}
}

// Sum adds up the rows of all sources, before the window and in it.
func (f *Findings) Sum() (before, window RowCounts) {
	for i := range f.Rows {
		before.add(&f.Rows[i].Before)
		window.add(&f.Rows[i].Window)
	}
	return before, window
}

func (c *RowCounts) add(o *RowCounts) {
	c.Rows += o.Rows
	c.Applied += o.Applied
	c.Flagged += o.Flagged
	c.Duplicate += o.Duplicate
	c.Quarantined += o.Quarantined
	c.Outside += o.Outside
	c.Late += o.Late
}
