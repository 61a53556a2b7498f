// Package test holds no code: its folders test the finished program from outside.
//
//   - reference computes from the text of the specification, by brute force and
//     without any code of the engine, what a replay of the Aarhus files must
//     find.
//   - e2e builds the program and drives it by command line and HTTP: the
//     replay against reference, kill -9, determinism, bad input.
//   - bench is the load generator and measuring table behind
//     "citybrain bench".
//
// Tests next to the code of a room test that room. Tests here know commands,
// paths and JSON members only, so they survive every change inside. They find
// real data through CITYBRAIN_DATA and skip with the reason where it is empty.
package test
