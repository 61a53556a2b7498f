// Package driver starts the program as its users do and talks HTTP/1.1
// (RFC 9112) to it over raw keep-alive connections, so that tests can break a
// connection at any byte and measurements carry little of their own weight.
//
// Used by test/e2e and test/bench. Nothing here is safe against the server:
// both sides are on this machine.
package driver
