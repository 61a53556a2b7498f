package packtest

import (
	"fmt"
	"strings"
	"time"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// file is one file of tests.
type file struct {
	strictyaml.Pos

	Start    moment   `yaml:"start,required"`
	Zone     string   `yaml:"zone"`  // the city's; UTC if it is not written
	Areas    []area   `yaml:"areas"` // the city's
	Entities []entity `yaml:"entities"`
	Tests    []test   `yaml:"tests,required"`
}

// area is an area of the city, as in areas.yaml.
type area struct {
	strictyaml.Pos

	ID      string        `yaml:"id,required"`
	Kind    string        `yaml:"kind"`
	Polygon [][][]float64 `yaml:"polygon,required"`
}

// test is a story and the situations and, if it says so, the cases it must give.
type test struct {
	strictyaml.Pos

	Name     string            `yaml:"test,required"`
	Rules    []string          `yaml:"rules"`
	Wait     time.Duration     `yaml:"wait"`
	Lateness time.Duration     `yaml:"lateness"`
	Entities []entity          `yaml:"entities"`
	Steps    []step            `yaml:"steps,required"`
	Expect   []expectation     `yaml:"expect"`
	Late     int64             `yaml:"late"`
	Cases    []caseExpectation `yaml:"cases"`
}

// entity is reference data: what the city knows before the first step.
type entity struct {
	strictyaml.Pos

	ID     string         `yaml:"id,required"`
	Type   string         `yaml:"type,required"`
	Values map[string]any `yaml:"values"`
}

// step is a reading of an entity, its deletion, or a movement of the clock.
type step struct {
	strictyaml.Pos

	Clock moment `yaml:"clock"`

	At       moment         `yaml:"at"`
	ID       string         `yaml:"id"`
	Type     string         `yaml:"type"`
	Source   string         `yaml:"source"`
	Received moment         `yaml:"received"`
	Values   map[string]any `yaml:"values"`
	Faulty   bool           `yaml:"faulty"`
	Flags    []string       `yaml:"flags"`
	Static   bool           `yaml:"static"`
	Delete   bool           `yaml:"delete"`
}

// expectation is one situation. What is not written is not compared, except
// that a situation without cleared must be up at the end.
type expectation struct {
	strictyaml.Pos

	Situation     string   `yaml:"situation,required"`
	ID            string   `yaml:"id,required"`
	Raised        moment   `yaml:"raised,required"`
	Reason        string   `yaml:"reason"`
	Evidence      []string `yaml:"evidence"`
	Cleared       moment   `yaml:"cleared"`
	ClearedReason string   `yaml:"cleared-reason"`
}

// caseExpectation is one case that a procedure opens. What is not written is
// not compared, except that without cleared its situation must not have cleared
// and without closed it must be open.
type caseExpectation struct {
	strictyaml.Pos

	Procedure string   `yaml:"procedure,required"`
	ID        string   `yaml:"id,required"`
	Opened    moment   `yaml:"opened,required"`
	Kind      string   `yaml:"kind"`
	Severity  string   `yaml:"severity"`
	State     string   `yaml:"state"`
	Lead      string   `yaml:"lead"`
	Assist    []string `yaml:"assist"`
	Due       moment   `yaml:"due"`
	Cleared   moment   `yaml:"cleared"`
	Closed    string   `yaml:"closed"`
}

// moment is a time with a zone, or a time after the start of the file's tests
// such as 10m.
type moment struct {
	at    city.Instant
	after time.Duration
}

// UnmarshalText reads 2014-08-11T08:00:00Z or 10m.
func (m *moment) UnmarshalText(text []byte) error {
	d, err := strictyaml.ParseDuration(strings.TrimPrefix(string(text), "+"))
	if err == nil {
		m.after = d
		return nil
	}
	if m.at, err = city.ParseInstant(string(text)); err != nil {
		return fmt.Errorf("%w, nor a time after the start, such as 10m", err)
	}
	return nil
}

// from is the instant that m means in tests that start at an instant.
func (m moment) from(start city.Instant) city.Instant {
	if m.at != 0 {
		return m.at
	}
	return start.Add(m.after)
}

// parse reads a file of tests. With faults the file is only good for finding
// more of them.
func parse(name string, data []byte) (*file, city.Faults) {
	f := &file{}
	faults := strictyaml.Decode(name, data, f)
	if f.Line == 0 {
		return f, faults
	}
	var more city.Faults
	if f.Start.at == 0 {
		more = append(more, f.Fault("start", "time", "start: 2014-08-11T08:00:00Z", "start wants a date and time with a zone"))
	}
	if _, err := time.LoadLocation(f.Zone); err != nil {
		more = append(more, f.Fault("zone", "unknown-zone", "a name of the IANA time zone database, such as Europe/Copenhagen", "%q is not a time zone", f.Zone))
	}
	for i := range f.Tests {
		for k := range f.Tests[i].Steps {
			more = append(more, f.Tests[i].Steps[k].check()...)
		}
	}
	return f, faults.Besides(more)
}

func (s *step) check() (faults city.Faults) {
	add := func(key, format string, args ...any) {
		faults = append(faults, s.Fault(key, "step", "{clock: 20m} or {at: 10m, id: A, values: {name: 1}}", format, args...))
	}
	switch {
	case s.Has("clock") && (s.Has("at") || s.Has("id") || s.Has("values")):
		add("clock", "a step moves the clock or is a reading, not both")
	case !s.Has("clock") && (!s.Has("at") || s.ID == ""):
		add("", "a reading wants at and id")
	case s.Delete && len(s.Values) > 0:
		add("values", "a deletion has no values")
	}
	for _, f := range s.Flags {
		if flagOf(f) == 0 {
			add("flags", "%q is not a quality flag", f)
		}
	}
	return faults
}

func flagOf(name string) city.Flags {
	for bit := city.Flags(1); bit != 0; bit <<= 1 {
		if names := bit.Names(); len(names) == 1 && names[0] == name {
			return bit
		}
	}
	return 0
}
