package history

import "citybrain/city"

// DefaultLimit and MaxLimit bound the readings of one answer.
const (
	DefaultLimit = 10_000
	MaxLimit     = 100_000
)

// Query asks for the readings of one entity.
type Query struct {
	Entity city.EntityID
	// Type is the entity's type; empty means whatever type it had.
	Type city.EntityType
	// Attributes restricts the answer to these, and to readings that have at
	// least one of them. Empty means all.
	Attributes []city.AttributeName
	// Interval is half open, by the moment of the readings.
	Interval city.Interval
	// LastN asks for the latest N readings of the interval; 0 means from its start.
	LastN int
	// Limit bounds the answer; 0 means DefaultLimit, and MaxLimit is the most.
	Limit int
}

// Reading is what one source said of one entity at one moment.
type Reading struct {
	At         city.Instant // ObservedAt of the attributes, or ReceivedAt where none was stated
	ReceivedAt city.Instant // the latest of the attributes
	Source     city.SourceID
	Flags      city.Flags // those of the attributes together
	// Attributes are sorted by name and complete: each with value, unit,
	// observed at (zero if it was not stated), received at, source and flags.
	Attributes []city.Attribute
}

// Page is the answer to a Query: readings in the order of time, then source.
type Page struct {
	Readings []Reading
	// More says that the interval holds further readings: after the last one,
	// or before the first one if LastN was asked for.
	More bool
}
