// Package sqlstore keeps the records of the city in one SQL database: the
// checkpoint of the present, the manifest of the past, the state of the rules
// with their situations, quarantined rows; cases with their moves and
// worklists, accounts and sessions, and every record that the ledger proves,
// with its place there (ledger.Outbox).
//
// The engine is SQLite (modernc.org/sqlite, pure Go) in WAL mode with
// synchronous=FULL, or PostgreSQL (jackc/pgx) with synchronous_commit=on: what a
// call wrote is on disk when the call returns. SQLite has one connection that
// writes and a few that read. PostgreSQL has a few of both and one more, whose
// advisory lock keeps every other City Brain out; each transaction that writes
// makes sure that the database still is ours. The SQL is written by hand with
// $1..$n in the order of first use, so that the same text serves both; the
// migrations are per dialect (goose), with the same numbers and tables.
//
// An exported method owns its transaction; unexported functions take it. Saves
// of cases that come at the same time share transactions, and so a sync of the
// disk.
//
// # What proves what
//
// The body of a case is JSON; the last record of the case says its SHA-256, and
// the record's leaf commits to the record. Columns and worklist rows repeat what
// queries look at; they follow from the body. So CheckRecords, which compares
// body, columns and records, and ledger.Verify, which compares records and
// leaves, together find any changed byte. Accounts are likewise compared with
// the digest in their last record.
package sqlstore
