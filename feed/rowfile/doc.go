// Package rowfile reads files of rows: CSV (RFC 4180), JSON arrays and lines of
// flat objects (RFC 8259), plain or packed with gzip (RFC 1952), once or
// followed while they grow.
//
// A goroutine unpacks the next block of a file while the rows of the present
// one are used. Memory is bounded: three blocks and one row of at most
// MaxRow bytes. A row that cannot be split keeps its number and says why in
// Row.Bad; only what makes all later rows doubtful ends the file with an error.
//
// CSV follows encoding/csv of the standard library for every file that it
// accepts. Where it would give up, only one line is marked bad and reading goes
// on behind it.
package rowfile
