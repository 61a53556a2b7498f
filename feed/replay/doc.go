// Package replay takes the files of a city's feeds through time.
//
// A Player replays a window of the past: reference feeds whole first, then the
// observed feeds merged by event time into rounds, each followed by a tick of
// the city's clock. What a round holds is a function of the files, the window,
// the mappings and the length of a round alone, never of wall time or the
// number of workers. The virtual clock is the latest event time so far; it
// stamps each row's ReceivedAt.
//
// A Live follows the files while they grow and stamps rows with the city's
// clock; its ticks are made by app.
//
// Both read a file from its first row after a restart. The gate passes over the
// rows that it has counted in the same run (see Feed.run), so nothing is lost
// or doubled. When the gate refuses, they wait and send again; no row is
// skipped.
package replay
