// Package reference says what the program must find in the Aarhus files: rows
// by class, faults of garages, and situations.
//
// It is written from the text of the specification, with the standard library
// and nothing of ours, so that a mistake in the engine is not repeated here. It
// states each rule as a condition over all rows at once where the engine keeps
// a state from row to row, and it looks through everything where the engine
// keeps an index. Do not make it fast, and do not share code with it.
//
// Instants are microseconds since 1970-01-01T00:00:00Z.
package reference
