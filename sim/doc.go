// Package sim is a simulated city: the example city Shili (cities/shili) with
// its traffic, garages, buses, weather, drains, events and hotline calls, with
// sensors that fail, and with a list of what was really so.
//
// It is a function of its options: the same seed and start give the same rows to
// the byte. It reads no clock; Step is told how far to go, and Run lets a clock
// decide. What comes out are bodies of CSV and JSON for the feeds of the city
// definition, which go through the program's own mappings.
//
// Truth is for scoring only (package detection). No rule reads it, and none of
// it stands in a row.
//
// land holds the ground plan, traffic the queue model of the streets.
package sim
