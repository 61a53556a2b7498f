package city

import (
	"strings"
	"unicode/utf8"
)

// EntityID names one thing of the city. It is a URI (NGSI-LD clause 4.6.2),
// such as urn:ngsi-ld:RoadSegment:158324.
type EntityID string

// EntityType is the short or expanded name of a kind of entity.
type EntityType string

// AttributeName is the short or expanded name of an attribute.
type AttributeName string

// SourceID names where a value came from: a feed of the city definition or an
// interface such as "ngsi-ld".
type SourceID string

// FeedID names a feed of the city definition. A feed is a source.
type FeedID string

// Source is the feed as the source of its values.
func (f FeedID) Source() SourceID { return SourceID(f) }

// AgencyID names an agency (委办局) of the city definition.
type AgencyID string

// RuleID names a rule as "pack/rule".
type RuleID string

// SituationID names one situation; it is a function of rule, key and raised-at
// time, so that a replay finds the same id.
type SituationID string

// Position is the place of a batch in the log: 1 for the first, without gaps,
// 0 for "before everything".
type Position uint64

// MaxPosition is after every batch.
const MaxPosition Position = 1<<64 - 1

// Unit is a UN/CEFACT common code (Recommendation 20), such as KMH.
type Unit string

// Lanes is the number of lanes the entities of a city are divided into. A lane
// is applied by one worker at a time, whatever the number of workers. It is
// part of the data on disk: changing it needs a migration.
const Lanes = 16

// LaneOf is the lane of an entity: FNV-1a of its id. It never changes between
// versions, because feed progress is kept per lane.
func LaneOf(id EntityID) int {
	h := uint32(2166136261)
	for i := 0; i < len(id); i++ {
		h = (h ^ uint32(id[i])) * 16777619
	}
	return int((h ^ h>>16) % Lanes)
}

// MaxIDBytes bounds the length of an entity id, type or attribute name.
const MaxIDBytes = 512

// CheckEntityID returns why id is not an acceptable entity id, or "" if it is:
// an absolute URI of at most MaxIDBytes bytes without spaces or controls.
func CheckEntityID(id EntityID) string {
	s := string(id)
	switch {
	case s == "":
		return "is empty"
	case len(s) > MaxIDBytes:
		return "is longer than 512 bytes"
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	}
	colon := strings.IndexByte(s, ':')
	if colon <= 0 || colon == len(s)-1 {
		return "is not a URI (want scheme:rest, such as urn:ngsi-ld:RoadSegment:1)"
	}
	for i, r := range s {
		if i < colon && !schemeRune(r, i == 0) {
			return "is not a URI (a scheme is letters, digits, +, - and .)"
		}
		if r <= ' ' || r == 0x7f || r == '<' || r == '>' || r == '"' || r == '{' || r == '}' || r == '\\' || r == '^' || r == '`' {
			return "holds a character that a URI may not have"
		}
	}
	return ""
}

func schemeRune(r rune, first bool) bool {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return true
	}
	return !first && (r >= '0' && r <= '9' || r == '+' || r == '-' || r == '.')
}

// CheckName returns why s cannot be a type or attribute name, or "" if it can.
func CheckName(s string) string {
	switch {
	case s == "":
		return "is empty"
	case len(s) > MaxIDBytes:
		return "is longer than 512 bytes"
	case !utf8.ValidString(s):
		return "is not valid UTF-8"
	}
	for _, r := range s {
		if r <= ' ' || strings.ContainsRune(`<"'=;()>?*`, r) || r == 0x7f {
			return "holds a character that a name may not have (NGSI-LD clause 4.6.2)"
		}
	}
	return ""
}
