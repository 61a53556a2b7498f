package rule

import (
	"sort"

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

// Spec is the rule as it was written.
func (r *Rule) Spec() Spec { return r.spec }

// Targets are the rules whose situations r joins over, sorted.
func (r *Rule) Targets() []city.RuleID { return r.targets }

// Use is an attribute that a rule reads, and the kind of value it wants there.
type Use struct {
	Type      city.EntityType
	Attribute city.AttributeName
	Kind      city.ValueKind
}

// Uses lists the attributes that r reads, sorted, so that a pack can check them
// against its data standards. The place that every situation carries is not
// listed unless a join needs it.
func (r *Rule) Uses() []Use {
	set := map[Use]bool{}
	for _, x := range []*expr{r.when, r.clear, r.unless} {
		if x == nil {
			continue
		}
		for _, ref := range x.refs {
			if ref.through == "" {
				set[Use{r.spec.Entity, ref.name, ref.kind}] = true
				continue
			}
			set[Use{r.spec.Entity, ref.through, city.Relation}] = true
			set[Use{r.spec.Relations[ref.through], ref.name, ref.kind}] = true
		}
	}
	r.join.walk(func(j *join) {
		switch j.op {
		case joinNear:
			set[Use{r.spec.Entity, city.LocationName, city.Geo}] = true
			if j.kind != "" {
				set[Use{j.kind, city.LocationName, city.Geo}] = true
			}
			if j.starts != nil {
				set[Use{j.kind, j.starts.Attribute, city.Time}] = true
			}
		case joinRelated:
			set[Use{r.spec.Entity, j.through, city.Relation}] = true
		}
	})
	uses := make([]Use, 0, len(set))
	for u := range set {
		uses = append(uses, u)
	}
	sort.Slice(uses, func(i, j int) bool {
		a, b := uses[i], uses[j]
		if a.Type != b.Type {
			return a.Type < b.Type
		}
		if a.Attribute != b.Attribute {
			return a.Attribute < b.Attribute
		}
		return a.Kind < b.Kind
	})
	return uses
}

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
