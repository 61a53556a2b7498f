// Package codec is the binary form of batches and entities, as they lie in the
// log and in the checkpoints of the present.
//
// Layout, version 1: three bytes of header ("CB", version), then fields in
// order, integers as (zigzag) varints. Strings are written once per message:
// a reference equal to the number of strings so far is followed by length and
// bytes of a new one. The name, unit, kind and provenance pattern of an
// attribute, its shape, is written once in the same way. So a reading of four
// numbers costs some 20 bytes.
//
// Decoding never trusts a length: it allocates no more than a fixed multiple of
// the input, and returns ErrDamaged for anything that encoding cannot produce.
package codec
