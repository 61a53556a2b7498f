// Package proofs serves what makes the evidence checkable: the state of the
// ledger, a case's moves recomputed from record to tree, and proofs to take away.
package proofs
