// Package citybrain holds the built-in city definitions and packs for the
// program to carry. Its tests are the rules of the repository: which room may
// import which, what every package and file owes its reader.
//
// The program starts in cmd/citybrain, its wiring is in app, and its vocabulary
// is in city. docs/architecture.md says how the parts work together.
package citybrain
