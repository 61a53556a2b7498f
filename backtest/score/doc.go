// Package score counts what rules found of what was so: found, missed, false,
// and how long it took. docs/detection.md explains the words. The simulated
// city's truth (sim/detection) and the labels of a backtest are counted by it.
package score
