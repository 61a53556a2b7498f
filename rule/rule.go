package rule

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"

	"citybrain/city"
)

// Rule is a checked rule. It is immutable and may be given to several engines.
type Rule struct {
	spec     Spec
	id       city.RuleID
	severity city.Severity
	hash     [16]byte

	when, clear, unless *expr
	join                *join // nil: none
	where               *expr // nil: every entity is a subject
	lets                []*letDef
	key                 *key // nil: situations are of entities
	steps               []*step
	except              []city.RuleID
	targets             []city.RuleID
}

// ID is "pack/rule".
func (r *Rule) ID() city.RuleID { return r.id }

// Name is the rule's name without its pack, and the type of its situations.
func (r *Rule) Name() string { return r.spec.Name }

// Title names its situations for people; empty where the file has none.
func (r *Rule) Title() city.Names { return city.Names{ZH: r.spec.Title.ZH, EN: r.spec.Title.EN} }

// Entity is the type of the entities that the rule looks at.
func (r *Rule) Entity() city.EntityType { return r.spec.Entity }

// Severity is that of its situations.
func (r *Rule) Severity() city.Severity { return r.severity }

// Procedure is the procedure ("pack/name") that the rule names for its
// situations, or "".
func (r *Rule) Procedure() string {
	if r.spec.Procedure == "" {
		return ""
	}
	return packOf(r.id) + "/" + r.spec.Procedure
}

// Spec is the rule as it was written.
func (r *Rule) Spec() Spec { return r.spec }

// joinOp says what kind of join a node is.
type joinOp uint8

const (
	joinAll joinOp = iota
	joinAny
	joinNear
	joinRelated
)

// join is a checked tree of joins.
type join struct {
	op   joinOp
	kids []*join // joinAll, joinAny

	situation city.RuleID     // joinNear, joinRelated: the rule whose situations count
	kind      city.EntityType // joinNear: entities of this type count
	within    float64         // metres
	length    string          // within as it is shown
	ends      bool            // of a line only the first and the last position count
	starts    *Starts
	through   city.AttributeName
	line      int // of the file, joinNear and joinRelated
	typeLine  int // of the file, where kind is written
}

func (j *join) walk(visit func(*join)) {
	if j == nil {
		return
	}
	visit(j)
	for _, k := range j.kids {
		k.walk(visit)
	}
}

// Fingerprint is the same for the same rules, whatever their order: SHA-256 over
// their names and definitions, in hex.
func Fingerprint(rules []*Rule) string {
	lines := make([]string, len(rules))
	for i, r := range rules {
		lines[i] = string(r.id) + " " + hex.EncodeToString(r.hash[:])
	}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	return hex.EncodeToString(sum[:])
}
