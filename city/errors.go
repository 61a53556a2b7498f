package city

import (
	"errors"
	"fmt"
	"time"
)

// ErrorKind is one of the closed list of ways in which an operation fails.
type ErrorKind uint8

// The kinds. Interfaces translate them (api/problem); nothing else does.
const (
	Internal    ErrorKind = iota // a fault of ours; details stay in the log
	Invalid                      // the input breaks a rule that the error names
	Denied                       // the caller may not
	NotFound                     // no such thing
	Conflict                     // it exists already, or changed meanwhile
	Overload                     // too much now: try again after Retry
	Unavailable                  // cannot now: disk full, starting, stopping
	Unsupported                  // a part of a standard that is not built
	TooLarge                     // the input is larger than the limit named
)

var kindNames = [...]string{"internal", "invalid", "denied", "not-found", "conflict", "overload", "unavailable", "unsupported", "too-large"}

// String is the name of the kind.
func (k ErrorKind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "internal"
}

// Error is a failure that a caller can act on. Detail is written for the person
// who reads it: which field, which rule, what to do.
type Error struct {
	Kind   ErrorKind
	Op     string // the operation, such as "model.Create"
	Field  string // the field or parameter at fault, if one is
	Detail string
	Retry  time.Duration // for Overload and Unavailable: when to try again
	Err    error         // the cause; never shown to a caller
}

// Error is the whole chain, for logs.
func (e *Error) Error() string {
	s := e.Kind.String()
	if e.Op != "" {
		s = e.Op + ": " + s
	}
	if e.Field != "" {
		s += ": " + e.Field
	}
	if e.Detail != "" {
		s += ": " + e.Detail
	}
	if e.Err != nil {
		s += ": " + e.Err.Error()
	}
	return s
}

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// Errorf is an error of a kind.
func Errorf(kind ErrorKind, op, format string, args ...any) *Error {
	return &Error{Kind: kind, Op: op, Detail: fmt.Sprintf(format, args...)}
}

// InvalidField is an Invalid error that names the field.
func InvalidField(op, field, format string, args ...any) *Error {
	return &Error{Kind: Invalid, Op: op, Field: field, Detail: fmt.Sprintf(format, args...)}
}

// KindOf is the kind of the first *Error in err's chain, or Internal.
func KindOf(err error) ErrorKind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
