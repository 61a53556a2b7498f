package detection

import (
	"slices"
	"strings"
	"time"

	"citybrain/backtest/score"
	"citybrain/city"
	"citybrain/sim"
)

// expectation says which truths the situations of one rule are to find.
type expectation struct {
	rule  city.RuleID
	on    city.EntityType // of sensors' faults: those of which type
	truth []sim.Kind
	what  string // for the report
	// of narrows the truths down to those that the rule could know of; nil: all.
	of func(sim.Incident) bool
	// also are truths that explain a situation but need not be found by the rule.
	also []sim.Kind
	// slack is how long after its end, or before its beginning, a truth still
	// explains a situation: readings are means of minutes that have passed.
	slack time.Duration
	// behind says that a truth is found where it is felt: at its segment or at
	// those that lead to it, by what was raised while it lasted.
	behind bool
	// duty says what a situation of the rule asks of people.
	duty Duty
	// hold is how long the rule waits on purpose, or the quality rule that it
	// reports; every is how often the sensors that it reads report.
	hold, every time.Duration
}

// Duty is what a situation asks of people.
type Duty string

// The duties. A rule that only feeds others calls nobody: what it raises is
// evidence and stands on the map.
const (
	OpensCase Duty = "case"   // a procedure opens a case, or it shows that the task of one is not done
	Notice    Duty = "notice" // worth knowing
	Feeds     Duty = "feeds"  // for other rules
)

func ofKind(notes ...string) func(sim.Incident) bool {
	return func(i sim.Incident) bool { return slices.Contains(notes, i.Note) }
}

// sees says whether an incident is on an entity of the type that the rule looks
// at: of a sensor's fault the truth says no more than whose it is.
func (e *expectation) sees(i sim.Incident) bool {
	return e.on == "" || strings.HasPrefix(string(i.Entity), "urn:ngsi-ld:"+string(e.on)+":")
}

func felt(i sim.Incident) bool { return i.Felt != 0 }

// expectations are those of the built-in packs. A situation whose rule stands
// not here is counted but not scored.
var expectations = []expectation{
	{
		rule: "traffic-incident/standing-traffic", duty: OpensCase, hold: 8 * time.Minute, every: time.Minute,
		truth: []sim.Kind{sim.Accident}, of: felt, behind: true, also: []sim.Kind{sim.Jam}, slack: 5 * time.Minute,
		what: "an accident that holds up cars, on its segment or those that lead to it",
	},
	{
		rule: "parking-relief/road-congestion", duty: Feeds, hold: 10 * time.Minute, every: time.Minute,
		truth: []sim.Kind{sim.Jam}, slack: 5 * time.Minute,
		what: "a jam on the segment",
	},
	{
		rule: "parking-relief/garage-pressure", duty: OpensCase, hold: time.Minute, every: time.Minute,
		truth: []sim.Kind{sim.Crowded}, slack: 10 * time.Minute,
		what: "a garage that is really crowded, with an event or a jam near it",
	},
	{
		rule: "parking-relief/data-fault", duty: OpensCase, hold: 90 * time.Minute, every: time.Minute,
		on: "OffStreetParking", truth: []sim.Kind{sim.SensorFault}, slack: 10 * time.Minute, of: ofKind("over", "stuck"),
		what: "a counter that is stuck or counts more than there are places",
	},
	{
		rule: "rain-emergency/heavy-rain", duty: Notice, every: 5 * time.Minute,
		truth: []sim.Kind{sim.HeavyRain}, slack: 10 * time.Minute,
		what: "20 mm/h or more at the gauge",
	},
	{
		rule: "rain-emergency/pump-failure", duty: OpensCase, hold: 3 * time.Minute, every: time.Minute,
		truth: []sim.Kind{sim.PumpFailure}, slack: 5 * time.Minute, of: felt,
		also: []sim.Kind{sim.PumpFailure},
		what: "pumps that lift nothing when they should",
	},
	{
		rule: "rain-emergency/underpass-flooding", duty: OpensCase, hold: 2 * time.Minute, every: time.Minute,
		truth: []sim.Kind{sim.Flood}, slack: 5 * time.Minute,
		what: "15 cm of water or more in the underpass",
	},
	{
		rule: "rain-emergency/unexplained-water", duty: OpensCase, hold: 10 * time.Minute, every: time.Minute,
		on: "Underpass", truth: []sim.Kind{sim.SensorFault}, slack: 5 * time.Minute, of: ofKind("debris"),
		also: []sim.Kind{sim.Flood}, what: "a level sensor that sees leaves for water",
	},
	{
		rule: "rain-emergency/bus-detour-needed", duty: OpensCase, hold: 2 * time.Minute, every: time.Minute,
		truth: []sim.Kind{sim.WadingBus}, slack: 5 * time.Minute,
		what: "a line whose buses go through a flooded underpass",
	},
	{
		rule: "rain-emergency/bus-delay", duty: Notice, hold: 3 * time.Minute, every: time.Minute,
		truth: []sim.Kind{sim.BusDelay}, slack: 10 * time.Minute,
		what: "buses of a line that are ten minutes late on average",
	},
	{
		rule: "rain-emergency/underpass-gauge-fault", duty: OpensCase, hold: 20 * time.Minute, every: time.Minute,
		on: "Underpass", truth: []sim.Kind{sim.SensorFault}, slack: 10 * time.Minute, of: ofKind("stuck"),
		what: "a level sensor that is stuck at another value than zero",
	},
	{
		rule: "rain-emergency/rain-gauge-fault", duty: OpensCase, every: 5 * time.Minute,
		on: "RainGauge", truth: []sim.Kind{sim.SensorFault}, slack: 20 * time.Minute, of: ofKind("over"),
		what: "a rain gauge that shows what cannot fall",
	},
}

// trap names what a situation without a truth was taken in by.
func trap(s *city.Situation, truth []sim.Incident) string {
	for _, kind := range []sim.Kind{sim.SensorFault, sim.SlowZone, sim.Crowd} {
		for _, i := range truth {
			if i.Kind == kind && i.Entity == s.Entity && score.Overlaps(s, truthOf(i), 5*time.Minute) {
				return string(kind)
			}
		}
	}
	return ""
}
