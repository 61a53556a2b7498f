package rule

import (
	"crypto/sha256"
	"fmt"
	"regexp"
	"sort"
	"strings"
	"time"

	"citybrain/city"
)

// maxSpan bounds every duration of a rule.
const maxSpan = 366 * 24 * time.Hour

// maxJoins bounds the joins of one rule.
const maxJoins = 32

var rulePattern = regexp.MustCompile(`^[a-z][a-z0-9-]{0,63}$`)

// Compile checks the rules of one pack and reports every fault. A situation
// named in a join is a rule of the same pack, or "pack/rule" of another, which
// Check then looks for. With faults the rules are incomplete: they serve to
// check what they refer to and must not be run. Specs that Parse found faults in
// may be given too; a key that it could not read is then missing here.
func Compile(pack string, specs []Spec) ([]*Rule, city.Faults) {
	c := compiler{pack: pack, specs: specs, named: map[string]int{}}
	for i := range specs {
		c.name(&specs[i], i)
	}
	rules := make([]*Rule, 0, len(specs))
	var ordered []*Rule
	for i := range specs {
		r := c.rule(&specs[i])
		rules = append(rules, r)
		if at, ok := c.named[specs[i].Name]; ok && at == i {
			ordered = append(ordered, r)
		}
	}
	return rules, append(c.faults, checkOrder(ordered, false)...)
}

// Check finds what can only be seen over the rules of all packs together: joins
// over situations that no rule raises, rules that wait for each other, and
// entity types with too many attributes.
func Check(rules []*Rule) city.Faults { return checkOrder(rules, true) }

type compiler struct {
	pack   string
	specs  []Spec
	named  map[string]int
	faults city.Faults
}

func (c *compiler) name(s *Spec, i int) {
	if !rulePattern.MatchString(s.Name) {
		c.faults = append(c.faults, s.Fault("rule", "rule-name", "lower-case letters, digits and -, such as road-congestion", "%q is not a name for a rule", s.Name))
		return
	}
	if _, twice := c.named[s.Name]; twice {
		c.faults = append(c.faults, s.Fault("rule", "rule-name", "give each rule of a pack its own name", "rule %s is written twice", s.Name))
		return
	}
	c.named[s.Name] = i
}

func (c *compiler) rule(s *Spec) *Rule {
	r := &Rule{spec: *s, id: city.RuleID(c.pack + "/" + s.Name), severity: city.SeverityOf(s.Severity)}
	add := func(key, rule, hint, format string, args ...any) {
		c.faults = append(c.faults, s.Fault(key, rule, hint, format, args...))
	}
	if why := city.CheckName(string(s.Entity)); why != "" {
		add("entity", "entity-type", "", "entity %s", why)
	}
	if r.severity == 0 {
		add("severity", "severity", "minor, moderate, major or critical", "%q is not a severity", s.Severity)
	}
	r.lets = c.lets(s)
	r.where = c.where(s)
	r.when = c.condition(s, "when", s.When)
	r.clear = c.condition(s, "clear", s.Clear)
	r.unless = c.condition(s, "unless", s.Unless)
	c.pattern(s, r)
	c.span(s, "for", s.For)
	c.span(s, "absent", s.Absent)
	if s.Has("readings") && (s.Readings < 1 || s.Readings > 1_000_000) {
		add("readings", "range", "", "readings is %d, want 1 to 1000000", s.Readings)
	}
	r.join = c.joins(s)
	if s.Absent != 0 {
		for _, key := range []string{"for", "readings", "clear", "near", "related", "any", "all", "except"} {
			if s.Has(key) {
				add(key, "absent", "the next reading clears a situation of an absence rule", "%s cannot stand beside absent", key)
			}
		}
	}
	r.key = c.key(s)
	r.except = c.excepts(s)
	r.targets = targetsOf(r.join, r.except)
	r.hash = r.definition()
	return r
}

func (c *compiler) span(s *Spec, key string, d time.Duration) {
	if s.Has(key) && (d <= 0 || d > maxSpan || d%time.Microsecond != 0) {
		c.faults = append(c.faults, s.Fault(key, "range", "", "%s is %s, want more than 0 and at most 366 days", key, d))
	}
}

func (c *compiler) condition(s *Spec, key, text string) *expr {
	if text == "" {
		if s.Has(key) {
			c.faults = append(c.faults, s.Fault(key, "condition", "", "%s is empty", key))
		}
		return nil
	}
	return c.expression(s, exprAt{key: key, name: key, fault: s.Fault}, text, scope{lets: letKinds(s), want: city.Bool})
}

// exprAt says where an expression is written.
type exprAt struct {
	key     string // of what fault speaks of
	name    string // as faults call it
	fault   faultAt
	foreign bool // over the attributes of another entity than the rule's
}

// expression checks an expression; nil if it cannot be understood.
func (c *compiler) expression(s *Spec, at exprAt, text string, sc scope) *expr {
	x, err := sc.parse(text)
	if err != nil {
		c.faults = append(c.faults, at.fault(at.key, "condition", celHint(err), "%s: %s", at.name, err))
		return nil
	}
	if len(x.refs) == 0 && !x.faulty {
		c.faults = append(c.faults, at.fault(at.key, "condition", "name an attribute of the entity", "%s does not depend on the entity", at.name))
	}
	for _, r := range x.refs {
		if r.through != "" && at.foreign {
			c.faults = append(c.faults, at.fault(at.key, "relation", "name an attribute of the other entity itself", "%s: %s is too far away", at.name, r.path()))
		} else if r.through != "" && s.Relations[r.through] == "" {
			c.faults = append(c.faults, at.fault(at.key, "relation", fmt.Sprintf("relations: {%s: TypeItPointsTo}", r.through),
				"%s: relations does not say which type %s points to", at.name, r.through))
		}
	}
	if err := x.tryBind(); err != nil {
		c.faults = append(c.faults, at.fault(at.key, "condition", celHint(err), "%s: %s", at.name, err))
	}
	return x
}

// tryBind makes x runnable over nothing.
func (x *expr) tryBind() (err error) {
	at := func(string) *bound { return &bound{} }
	switch x.gives {
	case city.Number:
		_, err = x.bindNumber(at, func() {})
	case city.Text:
		_, err = x.bindText(at, func() {})
	default:
		_, err = x.bind(at, func() {})
	}
	return err
}

// joins is the conjunction of the joins written side by side, or nil.
func (c *compiler) joins(s *Spec) *join {
	j := Join{Pos: s.Pos, Near: s.Near, Related: s.Related, Any: s.Any, All: s.All}
	if !s.Has("near") && !s.Has("related") && !s.Has("any") && !s.Has("all") {
		return nil
	}
	n := 0
	out := c.join(&j, 0)
	out.walk(func(*join) { n++ })
	if n > maxJoins {
		c.faults = append(c.faults, s.Fault("", "joins", "split the rule", "rule %s has %d joins, the limit is %d", s.Name, n, maxJoins))
	}
	return out
}

func (c *compiler) join(j *Join, depth int) *join {
	if depth > 8 {
		c.faults = append(c.faults, j.Fault("", "joins", "", "joins are nested deeper than 8"))
		return nil
	}
	var kids []*join
	if j.Near != nil {
		kids = append(kids, c.near(j.Near))
	}
	if j.Related != nil {
		kids = append(kids, &join{op: joinRelated, through: j.Related.Through, situation: c.target(j.Related.Situation, j.Related.Fault), line: j.Related.Line})
	}
	if len(j.Any) > 0 {
		kids = append(kids, c.list(joinAny, j.Any, depth))
	}
	if len(j.All) > 0 {
		kids = append(kids, c.list(joinAll, j.All, depth))
	}
	switch len(kids) {
	case 0:
		c.faults = append(c.faults, j.Fault("", "joins", "near, related, any or all", "a join is empty"))
		return nil
	case 1:
		return kids[0]
	}
	return &join{op: joinAll, kids: kids}
}

func (c *compiler) list(op joinOp, js []Join, depth int) *join {
	out := &join{op: op}
	for i := range js {
		out.kids = append(out.kids, c.join(&js[i], depth+1))
	}
	return out
}

func (c *compiler) near(n *Near) *join {
	out := &join{op: joinNear, kind: n.Type, within: float64(n.Within), length: n.Within.String(), ends: n.Measure == "ends", starts: n.Starts, line: n.Line, typeLine: n.At("type")}
	if (n.Situation == "") == (n.Type == "") {
		c.faults = append(c.faults, n.Fault("", "near", "near: {situation: road-congestion, within: 800 m}", "near wants either situation or type"))
	} else if n.Situation != "" {
		out.situation = c.target(n.Situation, n.Fault)
	}
	if n.Within > 1_000_000 {
		c.faults = append(c.faults, n.Fault("within", "range", "", "within is %s, the limit is 1000 km", n.Within))
	}
	if n.Measure != "" && n.Measure != "ends" && n.Measure != "vertices" {
		c.faults = append(c.faults, n.Fault("measure", "measure", "ends or vertices", "%q is not a measure", n.Measure))
	}
	if s := n.Starts; s != nil {
		if n.Type == "" {
			c.faults = append(c.faults, n.Fault("starts", "near", "", "starts goes with type, not with situation"))
		}
		if s.Until <= s.From || s.Until > maxSpan || s.From < -maxSpan {
			c.faults = append(c.faults, s.Fault("until", "range", "from 0h until 3h", "until (%s) must be after from (%s), within 366 days", s.Until, s.From))
		}
	}
	return out
}

type faultAt func(key, rule, hint, format string, args ...any) city.Fault

// target resolves the name of a situation.
func (c *compiler) target(name string, at faultAt) city.RuleID {
	if pack, own, other := strings.Cut(name, "/"); other && pack != c.pack {
		return city.RuleID(name)
	} else if other {
		name = own
	}
	if _, ok := c.named[name]; !ok {
		c.faults = append(c.faults, at("situation", "unknown-situation", "name a rule of this pack, or pack/rule", "no rule of the pack raises %q", name))
	}
	return city.RuleID(c.pack + "/" + name)
}

// excepts resolves the situations that keep a rule from raising. They must be of
// the same type of entity; of those of other packs Check says it.
func (c *compiler) excepts(s *Spec) (out []city.RuleID) {
	for _, name := range s.Except {
		id := c.target(name, func(_, rule, hint, format string, args ...any) city.Fault {
			return s.Fault("except", rule, hint, format, args...)
		})
		out = append(out, id)
		local, ours := strings.CutPrefix(string(id), c.pack+"/")
		if i, ok := c.named[local]; ours && ok && c.specs[i].Entity != s.Entity {
			c.faults = append(c.faults, s.exceptFault(id, c.specs[i].Entity))
		}
	}
	return out
}

func (s *Spec) exceptFault(id city.RuleID, of city.EntityType) city.Fault {
	return s.Fault("except", "except", "except names situations of the same entity; other entities are looked at by joins",
		"%s is a situation of %s, the rule looks at %s", id, of, s.Entity)
}

func targetsOf(j *join, except []city.RuleID) []city.RuleID {
	set := map[city.RuleID]bool{}
	for _, id := range except {
		set[id] = true
	}
	j.walk(func(j *join) {
		if j.situation != "" {
			set[j.situation] = true
		}
	})
	out := make([]city.RuleID, 0, len(set))
	for id := range set {
		out = append(out, id)
	}
	sort.Slice(out, func(i, k int) bool { return out[i] < out[k] })
	return out
}

// definition is a digest of what decides the rule's results; a rule whose
// digest is unchanged keeps its state.
func (r *Rule) definition() [16]byte {
	var b strings.Builder
	s := &r.spec
	fmt.Fprintf(&b, "1|%s|%s|%s|%q|%d|%d|%q|%q|%d|%q", r.id, s.Entity, s.Severity, s.When, s.For, s.Readings, s.Unless, s.Clear, s.Absent, s.Reasons)
	names := make([]string, 0, len(s.Relations))
	for name, kind := range s.Relations {
		names = append(names, string(name)+">"+string(kind))
	}
	sort.Strings(names)
	fmt.Fprintf(&b, "|%q", names)
	r.join.walk(func(j *join) {
		fmt.Fprintf(&b, "|%d %d %s %s %g %t %s", j.op, len(j.kids), j.situation, j.kind, j.within, j.ends, j.through)
		if j.starts != nil {
			fmt.Fprintf(&b, " %s %d %d", j.starts.Attribute, j.starts.From, j.starts.Until)
		}
	})
	if len(r.except) > 0 { // so that the digest of a rule without it stays what it was
		fmt.Fprintf(&b, "|except %q", r.except)
	}
	r.defineMore(&b)
	sum := sha256.Sum256([]byte(b.String()))
	return [16]byte(sum[:16])
}
