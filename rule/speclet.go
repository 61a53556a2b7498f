package rule

import (
	"fmt"
	"strconv"
	"time"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Let is a named value of a rule: conditions use it like an attribute. Which of
// its keys go together says docs/rules.md.
type Let struct {
	strictyaml.Pos

	Of    string  `yaml:"of"`    // an expression over attributes and other named values
	As    string  `yaml:"as"`    // what Of gives: number (default) or text
	Where string  `yaml:"where"` // which readings count
	Fold  string  `yaml:"fold"`  // how many values become one
	Q     float64 `yaml:"q"`     // which quantile

	// Windows of time (Window; with Every they hop), sessions and windows by count.
	Window   Span          `yaml:"window"`
	Every    time.Duration `yaml:"every"`
	Session  time.Duration `yaml:"session"`
	Longest  time.Duration `yaml:"longest"`
	Readings int           `yaml:"readings"`
	Before   time.Duration `yaml:"before"`
	Apart    time.Duration `yaml:"apart"`
	AtMost   int           `yaml:"at-most"`
	Warm     bool          `yaml:"warm"`

	// What was usual, and detectors of the unusual.
	Baseline  string        `yaml:"baseline"`
	Weeks     int           `yaml:"weeks"`
	Days      int           `yaml:"days"`
	Detector  string        `yaml:"detector"`
	Gives     string        `yaml:"gives"`
	Season    string        `yaml:"season"`
	Slot      time.Duration `yaml:"slot"`
	Seasons   int           `yaml:"seasons"`
	Min       int           `yaml:"min"`
	MinSpread float64       `yaml:"min-spread"`
	Limit     float64       `yaml:"limit"`
	Lambda    float64       `yaml:"lambda"`
	K         float64       `yaml:"k"`
	H         float64       `yaml:"h"`
	Target    float64       `yaml:"target"`
	Sigma     float64       `yaml:"sigma"`
	Relearn   time.Duration `yaml:"relearn"`
	Period    time.Duration `yaml:"period"`

	// Other entities.
	Count   *Others `yaml:"count"`
	Nearest *Others `yaml:"nearest"`
	Near    *Others `yaml:"near"`
	Match   *Others `yaml:"match"`
	Related *Others `yaml:"related"`
	Back    *Others `yaml:"back"`
	Among   *Others `yaml:"among"`
}

// Others selects entities besides the one that the reading is of: by exactly one
// of Within, On, Through, Back, Area and Entity.
type Others struct {
	strictyaml.Pos

	Type    city.EntityType                           `yaml:"type,required"`
	Within  Metres                                    `yaml:"within"`  // of the entity's place
	Measure string                                    `yaml:"measure"` // of Within: vertices or ends
	On      map[city.AttributeName]city.AttributeName `yaml:"on"`      // own attribute: theirs that has the same value
	Through city.AttributeName                        `yaml:"through"` // own Relationship that points to it
	Back    city.AttributeName                        `yaml:"back"`    // their Relationship that points here
	Area    string                                    `yaml:"area"`    // they lie in the same area of this kind, or in an area of this id
	Entity  city.EntityID                             `yaml:"entity"`  // the one with this id
	Where   string                                    `yaml:"where"`   // a condition over their attributes
	Age     time.Duration                             `yaml:"age"`     // only what was observed within it
	AtMost  int                                       `yaml:"at-most"` // more of them make the value unknown
}

// Key says for what situations are kept instead of for each entity: exactly one
// of the four.
type Key struct {
	strictyaml.Pos

	Cell      Metres             `yaml:"cell"`
	Area      string             `yaml:"area"` // a kind of area
	Attribute city.AttributeName `yaml:"attribute"`
	Related   city.AttributeName `yaml:"related"`
}

// Step is one step of a sequence.
type Step struct {
	strictyaml.Pos

	When   string        `yaml:"when,required"`
	Within time.Duration `yaml:"within"` // of the step before; required of all but the first
	Not    bool          `yaml:"not"`    // it must not come

	// What it comes from, where that is not the rule's own entity.
	Type    city.EntityType                           `yaml:"type"`
	Near    Metres                                    `yaml:"near"`
	Through city.AttributeName                        `yaml:"through"` // the entity's Relationship points to it
	Back    city.AttributeName                        `yaml:"back"`    // its Relationship points to the entity
	On      map[city.AttributeName]city.AttributeName `yaml:"on"`      // attribute of the entity: its own that has the same value
}

// Repeat asks for a number of readings that meet the condition within a time.
type Repeat struct {
	strictyaml.Pos

	Times  int           `yaml:"times,required"`
	Within time.Duration `yaml:"within,required"`
}

// Dwell asks that the entity stays in an area.
type Dwell struct {
	strictyaml.Pos

	Area string        `yaml:"area,required"`
	For  time.Duration `yaml:"for,required"`
	Gap  time.Duration `yaml:"gap"` // how long it may be outside without having left
}

// Span is a time or, for detectors, a number of readings.
type Span struct {
	Time  time.Duration
	Count int
}

// UnmarshalText reads "10m" or "60".
func (s *Span) UnmarshalText(text []byte) error {
	if n, err := strconv.Atoi(string(text)); err == nil {
		s.Count = n
		return nil
	}
	d, err := strictyaml.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is neither a duration such as 10m nor, for a detector, a number of readings", text)
	}
	s.Time = d
	return nil
}
