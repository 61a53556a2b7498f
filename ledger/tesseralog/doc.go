// Package tesseralog keeps the evidence log on a disk with Tessera: it takes the
// records that wait in an outbox, adds their leaves, and writes down where they
// stand. Every record gets exactly one leaf, whenever the program is killed.
// Standards: C2SP tlog-tiles, tlog-checkpoint and signed-note.
//
// Reading, proving and verifying need none of this: package ledger does them
// from the files alone.
package tesseralog
