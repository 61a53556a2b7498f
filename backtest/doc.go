// Package backtest says what rules would have raised over a part of the past:
// "what would this rule have done last month?".
//
// Rows go the way that they go in the program, at full speed: from the city's
// feed files through its mappings (feed/replay), its data standards and quality
// rules (catalog) to the rule engine; or from the sealed days of a data folder,
// which have passed all that before (history). Log, records and server are left
// out. So a backtest finds what the program finds, or has found, over the same
// rows; a test holds the two against each other.
//
// Run makes an Outcome, Summarize the figures of it. Labels are held against
// situations by backtest/score, two versions of rules by Compare, and
// backtest/report draws the page. docs/backtest.md is the manual.
package backtest
