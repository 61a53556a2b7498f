package ledger

import (
	"strings"

	"citybrain/city"
)

// RecordID names one record and with it its leaf: letters, digits, '-', '.' and
// '_', at most 120 bytes. It says what it is about: "case.<case>.<move>",
// "account.<account>.<version>", "pack.<name>.<digest>".
type RecordID string

// Kind is what a record tells of.
type Kind string

// The kinds of records.
const (
	CaseMove      Kind = "case-move"
	AccountChange Kind = "account-change"
	PackChange    Kind = "pack-change"
	SilenceChange Kind = "silence-change" // of what a person keeps from being announced
	CityChange    Kind = "city-change"    // of the files of the city definition
)

// Record is something that happened and that must be provable: it is stored
// beside what it changes, in the same transaction, with a random salt, and its
// leaf follows within a second.
type Record struct {
	ID      RecordID
	Kind    Kind
	Subject string // of what it tells: the case, account or pack
	Seq     int64  // counts the records of a subject from 1
	At      city.Instant
	Body    []byte // JSON; what the leaf commits to, byte for byte
}

// Sealed is a record with what binds it to its leaf.
type Sealed struct {
	Record
	Salt []byte // SaltBytes random bytes
	Leaf int64  // index in the log; -1 while it waits
}

// SaltBytes is the length of a salt: enough that a digest tells nothing of a
// short body.
const SaltBytes = 16

// The longest names, so that a leaf stays a few hundred bytes.
const (
	MaxID      = 120
	MaxKind    = 40
	MaxSubject = 200
)

// Check says whether a record can have a leaf: Invalid names the field that
// cannot. Whoever stores a record checks it first; the log passes over one that
// does not pass and says so.
func (s *Sealed) Check() error {
	fault := func(field, text string) error {
		return city.InvalidField("ledger.Check", field, "record %.*q: %s", MaxID, string(s.ID), text)
	}
	switch {
	case !isName(string(s.ID), MaxID):
		return fault("id", "letters, digits, '-', '.' and '_', 1 to 120 bytes")
	case !isName(string(s.Kind), MaxKind):
		return fault("kind", "letters, digits, '-', '.' and '_', 1 to 40 bytes")
	case s.Subject == "" || len(s.Subject) > MaxSubject || strings.ContainsFunc(s.Subject, isControl):
		return fault("subject", "1 to 200 bytes without control characters")
	case s.Seq < 1:
		return fault("seq", "counts from 1")
	case !s.At.Valid():
		return fault("at", "an instant between 1900 and 2100")
	case len(s.Salt) != SaltBytes:
		return fault("salt", "16 bytes")
	}
	return nil
}

func isName(s string, limit int) bool {
	return s != "" && len(s) <= limit && !strings.ContainsFunc(s, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '.' || r == '_')
	})
}

func isControl(r rune) bool { return r < ' ' || r == 0x7f }
