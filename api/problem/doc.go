// Package problem turns errors into answers of RFC 9457 (problem+json). It is
// the only place where an error kind of city becomes an HTTP status.
//
// What a caller sees: status, type, title, the error's Detail and Field, and a
// request id that stands in the log beside the whole chain. The cause of an
// error (city.Error.Err) and errors without a kind are never shown.
package problem
