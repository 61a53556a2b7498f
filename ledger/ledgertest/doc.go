// Package ledgertest holds what every implementation of ledger.Outbox must do,
// as a suite that each of them runs, and the slowest one that is plainly right:
// Memory, with which the log is tested without a database.
package ledgertest
