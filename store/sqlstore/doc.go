// Package sqlstore keeps the records of the city in one SQL database: the
// checkpoint of the present, the manifest of the past, the state of the rules
// with their situations, and quarantined rows.
//
// The engine is SQLite (modernc.org/sqlite, pure Go) in WAL mode with
// synchronous=FULL: what a call wrote is on disk when the call returns. There is
// one connection that writes and a few that read. The SQL is written by hand
// with $1..$n in the order of first use, so that the same text serves
// PostgreSQL; migrations are per dialect (goose).
//
// An exported method owns its transaction; unexported functions take it.
package sqlstore
