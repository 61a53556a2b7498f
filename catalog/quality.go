package catalog

import (
	"time"

	"citybrain/city"
)

// DefaultSoundAfter is how many sound readings in a row end a fault where the
// city does not say otherwise.
const DefaultSoundAfter = 3

// Quality is the compiled quality rules of a city. It is immutable and safe for
// concurrent use. The zero value has no rules.
type Quality struct {
	types      map[city.EntityType]*checks
	firstWins  map[city.SourceID]bool
	stale      map[city.SourceID]time.Duration
	soundAfter uint8
	names      []string
}

// checks are the rules over the readings of one entity type.
type checks struct {
	list []check
	runs int // how many of them are stuck rules
}

type checkKind uint8

const (
	checkRange checkKind = iota
	checkCapacity
	checkStuck
	checkEmpty
)

// check is one rule over readings.
type check struct {
	name       string
	kind       checkKind
	source     city.SourceID // "" for every source
	attribute  city.AttributeName
	over       city.AttributeName
	attributes []city.AttributeName
	min, max   float64
	readings   int32
	spanning   time.Duration
	run        int // the place of a stuck rule in Health.Runs
	fault      bool
	quarantine bool
}

// Watches says whether any rule looks at readings of a type. Where none does,
// Judge changes nothing and need not be called.
func (q *Quality) Watches(t city.EntityType) bool { return q.types[t] != nil }

// FirstWins says whether of two readings of a source with the same entity and
// time the first stays (a duplicate rule covers it).
func (q *Quality) FirstWins(s city.SourceID) bool { return q.firstWins[s] }

// StaleAfter is how long after its last reading a source is stale by the
// city's clock, or 0 if no rule says so.
func (q *Quality) StaleAfter(s city.SourceID) time.Duration { return q.stale[s] }

// Names lists the names of the rules in the order of the file.
func (q *Quality) Names() []string { return q.names }
