package rule

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Spec is a rule as it is written in a file. docs/rules.md explains each key.
type Spec struct {
	strictyaml.Pos

	Name     string          `yaml:"rule,required"`
	Title    Title           `yaml:"title"`
	Entity   city.EntityType `yaml:"entity,required"`
	Severity string          `yaml:"severity,required"`

	When     string        `yaml:"when"`
	For      time.Duration `yaml:"for"`
	Readings int           `yaml:"readings"`
	Unless   string        `yaml:"unless"`
	Clear    string        `yaml:"clear"`
	Absent   time.Duration `yaml:"absent"`

	// Relations says of which type the entities are that a Relationship of
	// Entity points to: a condition may then read relationship.attribute.
	Relations map[city.AttributeName]city.EntityType `yaml:"relations"`

	// Near, Related, Any and All are joins; of those written side by side all
	// must hold.
	Near    *Near    `yaml:"near"`
	Related *Related `yaml:"related"`
	Any     []Join   `yaml:"any"`
	All     []Join   `yaml:"all"`

	// Except names situations: while one of them is up on the entity itself,
	// nothing is raised.
	Except []string `yaml:"except"`

	Reasons Reasons `yaml:"reasons"`

	// Where and Area say which entities of the type are subjects at all; Key for
	// what situations are kept instead of for each entity.
	Where string   `yaml:"where"`
	Area  []string `yaml:"area"`
	Key   *Key     `yaml:"key"`

	// Let are named values that conditions use like attributes.
	Let map[string]Let `yaml:"let"`

	// Sequence stands instead of When; Repeat and Dwell besides it.
	Sequence []Step  `yaml:"sequence"`
	Repeat   *Repeat `yaml:"repeat"`
	Dwell    *Dwell  `yaml:"dwell"`

	// Expires clears what has been up for so long.
	Expires time.Duration `yaml:"expires"`

	// Procedure names the procedure that the situation starts; without it the one
	// that says on: this rule.
	Procedure string `yaml:"procedure"`
}

// Title names the situation in the languages of the console.
type Title struct {
	ZH string `yaml:"zh"`
	EN string `yaml:"en"`
}

// Reasons replace the engine's own words for why a situation was raised or
// cleared.
type Reasons struct {
	Raised  string `yaml:"raised"`
	Cleared string `yaml:"cleared"`
	Unless  string `yaml:"unless"`
}

// Join is a condition on other things than the entity itself.
type Join struct {
	strictyaml.Pos

	Near    *Near    `yaml:"near"`
	Related *Related `yaml:"related"`
	Any     []Join   `yaml:"any"`
	All     []Join   `yaml:"all"`
}

// Near asks for a situation that is up, or for an entity of a type, within a
// distance of the entity's place.
type Near struct {
	strictyaml.Pos

	Situation string          `yaml:"situation"`
	Type      city.EntityType `yaml:"type"`
	Within    Metres          `yaml:"within,required"`
	Measure   string          `yaml:"measure"`
	Starts    *Starts         `yaml:"starts"`
}

// Starts asks that a time attribute of the near entity lies in the half-open
// interval from now+From to now+Until, where now is the observation time of
// the reading.
type Starts struct {
	strictyaml.Pos

	Attribute city.AttributeName `yaml:"attribute,required"`
	From      time.Duration      `yaml:"from"`
	Until     time.Duration      `yaml:"until,required"`
}

// Related asks that a situation is up on the entity that a Relationship points
// to.
type Related struct {
	strictyaml.Pos

	Through   city.AttributeName `yaml:"through,required"`
	Situation string             `yaml:"situation,required"`
}

// Metres is a length, written as a number with the unit m or km.
type Metres float64

// UnmarshalText reads "800 m" or "1.5km".
func (m *Metres) UnmarshalText(text []byte) error {
	s, unit := strings.TrimSpace(string(text)), 1.0
	switch {
	case strings.HasSuffix(s, "km"):
		s, unit = strings.TrimSuffix(s, "km"), 1000
	case strings.HasSuffix(s, "m"):
		s = strings.TrimSuffix(s, "m")
	default:
		return fmt.Errorf("%q is not a length such as 800 m or 1 km", text)
	}
	f, err := strconv.ParseFloat(strings.TrimSpace(s), 64)
	if err != nil || math.IsNaN(f) || math.IsInf(f, 0) || f <= 0 {
		return fmt.Errorf("%q is not a length such as 800 m or 1 km", text)
	}
	*m = Metres(f * unit)
	return nil
}

// String is the length in metres, such as "800 m".
func (m Metres) String() string { return strconv.FormatFloat(float64(m), 'f', -1, 64) + " m" }

// Parse reads a file that holds one rule or a list of rules.
func Parse(file string, data []byte) ([]Spec, city.Faults) {
	var root yaml.Node
	if faults := strictyaml.Decode(file, data, &root); len(faults) > 0 {
		return nil, faults
	}
	if root.Kind == yaml.SequenceNode {
		var list []Spec
		faults := strictyaml.Decode(file, data, &list)
		return list, faults
	}
	one := make([]Spec, 1)
	faults := strictyaml.Decode(file, data, &one[0])
	return one, faults
}
