// Package ekuiper runs the same five tasks over the same file in LF Edge eKuiper
// and in the rules of City Brain, compares what comes out row by row, and
// measures how many rows each takes through for a second of processor time.
//
// eKuiper is a program that the user brings: nothing of it is part of City
// Brain. It runs as a process of its own on loopback, with configuration and
// data in a temporary folder, and is ended by its process id.
//
// docs/ekuiper.md tells the method; "make bench-ekuiper EKUIPER=BINARY" runs it.
package ekuiper
