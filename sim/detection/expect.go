package detection

import (
	"slices"
	"strings"
	"time"

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
}

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
		rule: "parking-relief/road-congestion", truth: []sim.Kind{sim.Jam}, slack: 5 * time.Minute,
		what: "a jam on the segment",
	},
	{
		rule: "parking-relief/garage-pressure", truth: []sim.Kind{sim.Crowded}, slack: 10 * time.Minute,
		what: "a garage that is really crowded, with an event or a jam near it",
	},
	{
		rule: "parking-relief/data-fault", on: "OffStreetParking", truth: []sim.Kind{sim.SensorFault}, slack: 10 * time.Minute, of: ofKind("over", "stuck"),
		what: "a counter that is stuck or counts more than there are places",
	},
	{
		rule: "rain-emergency/heavy-rain", truth: []sim.Kind{sim.HeavyRain}, slack: 10 * time.Minute,
		what: "20 mm/h or more at the gauge",
	},
	{
		rule: "rain-emergency/pump-failure", truth: []sim.Kind{sim.PumpFailure}, slack: 5 * time.Minute, of: felt,
		also: []sim.Kind{sim.PumpFailure},
		what: "pumps that lift nothing when they should",
	},
	{
		rule: "rain-emergency/underpass-flooding", truth: []sim.Kind{sim.Flood}, slack: 5 * time.Minute,
		what: "15 cm of water or more in the underpass",
	},
	{
		rule: "rain-emergency/unexplained-water", on: "Underpass", truth: []sim.Kind{sim.SensorFault}, slack: 5 * time.Minute, of: ofKind("debris"),
		also: []sim.Kind{sim.Flood}, what: "a level sensor that sees leaves for water",
	},
	{
		rule: "rain-emergency/bus-detour-needed", truth: []sim.Kind{sim.WadingBus}, slack: 5 * time.Minute,
		what: "a line whose buses go through a flooded underpass",
	},
	{
		rule: "rain-emergency/bus-delay", truth: []sim.Kind{sim.BusDelay}, slack: 10 * time.Minute,
		what: "buses of a line that are ten minutes late on average",
	},
	{
		rule: "rain-emergency/underpass-gauge-fault", on: "Underpass", truth: []sim.Kind{sim.SensorFault}, slack: 10 * time.Minute, of: ofKind("stuck"),
		what: "a level sensor that is stuck at another value than zero",
	},
	{
		rule: "rain-emergency/rain-gauge-fault", on: "RainGauge", truth: []sim.Kind{sim.SensorFault}, slack: 20 * time.Minute, of: ofKind("over"),
		what: "a rain gauge that shows what cannot fall",
	},
}

// trap names what a situation without a truth was taken in by.
func trap(s *city.Situation, truth []sim.Incident) string {
	for _, kind := range []sim.Kind{sim.SensorFault, sim.SlowZone, sim.Crowd} {
		for _, i := range truth {
			if i.Kind == kind && i.Entity == s.Entity && overlaps(s, i, 5*time.Minute) {
				return string(kind)
			}
		}
	}
	return ""
}

// overlaps says whether a situation was up while an incident lasted.
func overlaps(s *city.Situation, i sim.Incident, slack time.Duration) bool {
	return (s.Up() || s.ClearedAt >= i.Start.Add(-slack)) && (i.End == 0 || s.RaisedAt <= i.End.Add(slack))
}
