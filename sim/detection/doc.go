// Package detection scores the rules of a city's packs against the truth of the
// simulated city: what they found and missed, what they raised without reason,
// and how long it took.
//
// Rows go the way that they go in the program: through the city's mappings
// (feed/push), its data standards and quality rules, to the rule engine, which
// backtest does; backtest/score counts. Log, records and server are left out.
// The rules see rows only; the truth is looked at when all is over.
//
// docs/detection.md holds the method and the last report.
package detection
