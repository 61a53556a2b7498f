// Package ledger makes what was done provable: every move of a case and every
// change of a pack or an account is a record, and every record has one leaf, a
// salted digest, in a transparency log that can only grow. Whoever keeps a
// signed checkpoint can later find out that a leaf, a record behind it or the
// order of both was changed, without trusting the operator.
//
// This package is pure: records, leaves, proofs and what verification means.
// ledger/tesseralog keeps the log on disk (Tessera, tlog-tiles); the records
// stand in store/sqlstore. Standards: C2SP tlog-tiles, tlog-checkpoint,
// signed-note and tlog-proof; RFC 6962 section 2.1 for the hashes.
package ledger
