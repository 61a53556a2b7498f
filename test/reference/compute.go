package reference

import (
	"fmt"
	"sort"
	"time"
)

// Window is the half-open time [From, Until) that is replayed.
type Window struct{ From, Until int64 }

// WindowOf is the window between two times.
func WindowOf(from, until time.Time) Window {
	return Window{From: from.UnixMicro(), Until: until.UnixMicro()}
}

func (w Window) holds(at int64) bool { return w.From <= at && at < w.Until }

// Options are readings of the specification that it leaves to the reader.
type Options struct {
	// CountFaulty lets readings of a faulty garage start or continue the two in
	// a row that raise garage-pressure. The program does not count them.
	CountFaulty bool
}

// Rows is what became of the rows of one file. Every row is in one class.
type Rows struct {
	File                                              string
	Total                                             int
	Applied, Flagged, Duplicate, Quarantined, Outside int
}

// Sum is the number of rows in a class, which must equal Total.
func (r Rows) Sum() int { return r.Applied + r.Flagged + r.Duplicate + r.Quarantined + r.Outside }

// Fault is a time in which a garage is faulty. Until is the first reading at
// which it counts as sound again, 0 if the window ends before.
type Fault struct {
	Garage      string
	From, Until int64
	Capacity    bool // the first reading was over capacity
	Stuck       bool // the first reading was stuck
}

// Situation is one that a rule of parking-relief raises.
type Situation struct {
	Rule      string // road-congestion, garage-pressure or data-fault
	Subject   string // REPORT_ID or garagecode
	Raised    int64
	Cleared   int64 // 0 while up at the end of the window
	DataFault bool  // cleared because the garage became faulty
	// Congested are the segments, and Events the events, that let
	// garage-pressure be raised.
	Congested, Events []string
}

// Result is all that the window holds.
type Result struct {
	Window     Window
	Rows       []Rows // in the order of the file names
	Faults     []Fault
	Situations []Situation // by rule, subject, raised
}

// Compute reads the files in a folder.
func Compute(folder string, w Window, o Options) (*Result, error) {
	c, err := read(folder, w)
	if err != nil {
		return nil, fmt.Errorf("reference: %w", err)
	}
	return c.result(w, o), nil
}

func (c *cityRows) result(w Window, o Options) *Result {
	r := &Result{Window: w, Rows: c.rows}
	for _, s := range c.segments {
		r.Situations = append(r.Situations, congestions(s)...)
	}
	roads := r.Situations
	for _, g := range c.garages {
		judge(g)
		faults := faultsOf(g)
		r.Faults = append(r.Faults, faults...)
		for _, f := range faults {
			r.Situations = append(r.Situations, Situation{Rule: dataFault, Subject: f.Garage, Raised: f.From, Cleared: f.Until})
		}
		r.Situations = append(r.Situations, c.pressures(g, roads, o)...)
	}
	r.Rows = append(r.Rows, c.parkingRows())
	sort.Slice(r.Rows, func(i, j int) bool { return r.Rows[i].File < r.Rows[j].File })
	sort.SliceStable(r.Situations, func(i, j int) bool { return r.Situations[i].before(r.Situations[j]) })
	return r
}

func (s Situation) before(t Situation) bool {
	if s.Rule != t.Rule {
		return s.Rule < t.Rule
	}
	if s.Subject != t.Subject {
		return s.Subject < t.Subject
	}
	return s.Raised < t.Raised
}

// Of lists the situations of a rule.
func (r *Result) Of(rule string) []Situation {
	var found []Situation
	for _, s := range r.Situations {
		if s.Rule == rule {
			found = append(found, s)
		}
	}
	return found
}
