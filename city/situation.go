package city

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Severity of a situation, in the order of emergency levels IV to I
// (blue, yellow, orange, red).
type Severity uint8

// The severities.
const (
	Minor    Severity = iota + 1 // IV, blue (蓝)
	Moderate                     // III, yellow (黄)
	Major                        // II, orange (橙)
	Critical                     // I, red (红)
)

var severityNames = [...]string{"", "minor", "moderate", "major", "critical"}

// String is the name used in packs and the API.
func (s Severity) String() string {
	if int(s) < len(severityNames) {
		return severityNames[s]
	}
	return ""
}

// SeverityOf is the severity with a name, or 0.
func SeverityOf(name string) Severity {
	for i, n := range severityNames {
		if n == name && i > 0 {
			return Severity(i)
		}
	}
	return 0
}

// Evidence is one value that a rule looked at when it raised or cleared.
type Evidence struct {
	Entity    EntityID
	Attribute AttributeName
	Value     Value
	At        Instant
	Source    SourceID
	// Note says what the value is evidence of, such as "within 800 m: 312 m".
	Note string
}

// Situation is something that is so in the city and that somebody should know:
// raised by a rule, up until it is cleared.
type Situation struct {
	ID       SituationID
	Rule     RuleID
	Type     string // the rule's name without its pack: what kind of situation
	Entity   EntityID
	Severity Severity
	Place    *Place

	RaisedAt     Instant // observation time
	RaisedReason string
	Evidence     []Evidence

	ClearedAt     Instant // zero while up
	ClearedReason string
	ClearEvidence []Evidence

	// Change numbers the last raise or clear over all situations, from 1.
	Change uint64

	// Standing is what people are told of it; the rules leave it empty.
	Standing Standing
}

// Up says whether the situation has not been cleared.
func (s *Situation) Up() bool { return s.ClearedAt == 0 }

// SituationIDOf is the id of what rule raised on key at an instant: 16 bytes of
// SHA-256 in hex.
func SituationIDOf(rule RuleID, key EntityID, at Instant) SituationID {
	sum := sha256.Sum256([]byte(string(rule) + "\x00" + string(key) + "\x00" + strconv.FormatInt(int64(at), 10)))
	return SituationID(hex.EncodeToString(sum[:16]))
}
