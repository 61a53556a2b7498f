package rule

import (
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
	"citybrain/rule/window"
)

// letForm says where a named value comes from.
type letForm uint8

const (
	letPlain    letForm = iota // an expression at the reading
	letWindow                  // a window of readings
	letDetector                // a detector, or a baseline
	letOthers                  // other entities
)

// letDef is a checked named value. Those that it uses stand before it.
type letDef struct {
	name  string
	spec  Let
	form  letForm
	kind  city.ValueKind // Number or Text
	of    *expr          // nil: what counts is only that there is something
	where *expr          // of readings; nil: all
	uses  []string       // other named values that of and where read

	fold     window.Fold
	q        float64
	shape    window.Shape // letWindow; its zone is the engine's
	warm     bool         // letWindow: unknown until the window has been covered
	detector detect.Shape // letDetector; its zone is the engine's
	gives    string       // letDetector: score, expected or spread
	others   *others
	says     string // what it is, for evidence
}

// stateful says whether the value depends on readings before this one.
func (d *letDef) stateful() bool { return d.form == letWindow || d.form == letDetector }

// bound is how many bytes of state the value takes at most for each subject.
func (d *letDef) bound() int {
	switch d.form {
	case letWindow:
		return d.shape.Bound()
	case letDetector:
		return d.detector.Bound()
	}
	return 0
}

// selector says how other entities are found.
type selector uint8

const (
	byDistance selector = iota
	byValue
	byOwnRelation
	byTheirRelation
	byArea
	byID
)

// DefaultOthers is how many other entities a join of a named value looks at where
// the rule says nothing; LargestOthers is the most that it may say.
const (
	DefaultOthers = 1000
	LargestOthers = 10_000
)

// others is a checked selection of other entities.
type others struct {
	spec    Others
	key     string // of the let: count, nearest …
	by      selector
	own     []city.AttributeName // byValue: in the order of theirs
	theirs  []city.AttributeName // byValue, sorted
	where   *expr
	age     time.Duration
	nearest bool
	most    int
}

func (o *others) one() bool { return o.nearest || o.by == byOwnRelation || o.by == byID }
