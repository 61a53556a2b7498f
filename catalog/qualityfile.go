package catalog

import (
	"math"
	"slices"
	"strings"
	"time"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Known is what quality rules may refer to.
type Known interface {
	// Standard is the data standard of a type, or nil.
	Standard(t city.EntityType) *Standard
	// Feed is the entity type and the attributes that a feed fills; false if
	// the city has no such feed.
	Feed(s city.SourceID) (t city.EntityType, attributes []city.AttributeName, ok bool)
}

// qualityFile is the YAML form of Quality.
type qualityFile struct {
	strictyaml.Pos
	SoundAfter int               `yaml:"sound-after"`
	Rules      []qualityRuleFile `yaml:"rules,required"`
}

type qualityRuleFile struct {
	strictyaml.Pos
	Name       string        `yaml:"name,required"`
	Kind       string        `yaml:"kind,required"`
	Source     string        `yaml:"source"`
	Type       string        `yaml:"type"`
	Attribute  string        `yaml:"attribute"`
	Attributes []string      `yaml:"attributes"`
	Min        *float64      `yaml:"min"`
	Max        *float64      `yaml:"max"`
	Over       string        `yaml:"over"`
	Readings   int           `yaml:"readings"`
	Spanning   time.Duration `yaml:"spanning"`
	After      time.Duration `yaml:"after"`
	IsFault    bool          `yaml:"fault"`
	Action     string        `yaml:"action"`
}

// keysOfRule lists, for each kind of rule, the keys it needs and those it may
// have besides name and kind.
var keysOfRule = map[string]struct{ needs, may []string }{
	"range":     {[]string{"type", "attribute"}, []string{"source", "min", "max", "fault", "action"}},
	"capacity":  {[]string{"type", "attribute", "over"}, []string{"source", "fault", "action"}},
	"stuck":     {[]string{"type", "attribute", "readings", "spanning"}, []string{"source", "fault", "action"}},
	"empty":     {[]string{"source", "type", "attributes"}, []string{"fault", "action"}},
	"stale":     {[]string{"source", "after"}, nil},
	"duplicate": {[]string{"source"}, nil},
}

const ruleKindHint = "a quality rule is one of: range, capacity, stuck, empty, stale, duplicate"

// ParseQuality reads the quality rules of a city and checks what they refer to.
func ParseQuality(file string, data []byte, known Known) (*Quality, city.Faults) {
	f := qualityFile{SoundAfter: DefaultSoundAfter}
	fs := strictyaml.Decode(file, data, &f)
	q := &Quality{
		types: map[city.EntityType]*checks{}, firstWins: map[city.SourceID]bool{},
		stale: map[city.SourceID]time.Duration{}, soundAfter: DefaultSoundAfter,
	}
	if f.SoundAfter < 1 || f.SoundAfter > math.MaxUint8 {
		fs = append(fs, f.Fault("sound-after", "bad-count", "", "sound-after is %d, want 1 to 255", f.SoundAfter))
	} else {
		q.soundAfter = uint8(f.SoundAfter)
	}
	for i := range f.Rules {
		r := &f.Rules[i]
		faults := append(r.check(known), r.checkRepeated(f.Rules[:i])...)
		q.names = append(q.names, r.Name)
		if len(faults) == 0 {
			q.add(r)
		}
		fs = append(fs, faults...)
	}
	return q, fs
}

// checkRepeated compares a rule with those before it.
func (r *qualityRuleFile) checkRepeated(before []qualityRuleFile) city.Faults {
	var fs city.Faults
	if r.Name != "" && slices.ContainsFunc(before, func(b qualityRuleFile) bool { return b.Name == r.Name }) {
		fs = append(fs, r.Fault("name", "repeated-rule", "", "there is another quality rule %s", r.Name))
	}
	ofSource := r.Source != "" && (r.Kind == "stale" || r.Kind == "duplicate")
	if ofSource && slices.ContainsFunc(before, func(b qualityRuleFile) bool { return b.Kind == r.Kind && b.Source == r.Source }) {
		fs = append(fs, r.Fault("source", "repeated-rule", "", "there is another %s rule for %s", r.Kind, r.Source))
	}
	return fs
}

// add takes in a rule that has been checked.
func (q *Quality) add(r *qualityRuleFile) {
	source := city.SourceID(r.Source)
	switch r.Kind {
	case "duplicate":
		q.firstWins[source] = true
		return
	case "stale":
		q.stale[source] = r.After
		return
	}
	rules := q.types[city.EntityType(r.Type)]
	if rules == nil {
		rules = &checks{}
		q.types[city.EntityType(r.Type)] = rules
	}
	c := r.compile()
	if c.kind == checkStuck {
		c.run = rules.runs
		rules.runs++
	}
	rules.list = append(rules.list, c)
}

var checkKinds = map[string]checkKind{"range": checkRange, "capacity": checkCapacity, "stuck": checkStuck, "empty": checkEmpty}

func (r *qualityRuleFile) compile() check {
	c := check{
		name: r.Name, kind: checkKinds[r.Kind], source: city.SourceID(r.Source),
		attribute: city.AttributeName(r.Attribute), over: city.AttributeName(r.Over),
		min: math.Inf(-1), max: math.Inf(1), readings: int32(r.Readings), spanning: r.Spanning,
		fault: r.IsFault, quarantine: r.Action == "quarantine",
	}
	if r.Min != nil {
		c.min = *r.Min
	}
	if r.Max != nil {
		c.max = *r.Max
	}
	for _, name := range r.Attributes {
		c.attributes = append(c.attributes, city.AttributeName(name))
	}
	return c
}

func (r *qualityRuleFile) check(known Known) city.Faults {
	var fs city.Faults
	if r.Has("name") && !IsIdentifier(r.Name) {
		fs = append(fs, r.Fault("name", "bad-name", IdentifierHint, "the rule name %q is not a name", r.Name))
	}
	if r.Kind == "" {
		return fs
	}
	keys, ok := keysOfRule[r.Kind]
	if !ok {
		return append(fs, r.Fault("kind", "unknown-kind", ruleKindHint, "%q is not a kind of quality rule", r.Kind))
	}
	fs = append(fs, r.checkKeys(keys.needs, keys.may)...)
	fs = append(fs, r.checkValues()...)
	return append(fs, r.checkReferences(known)...)
}

func (r *qualityRuleFile) checkKeys(needs, may []string) city.Faults {
	var fs city.Faults
	for _, key := range needs {
		if !r.Has(key) {
			fs = append(fs, r.Fault(key, "missing-key", "", "the %s rule %s needs the key %s", r.Kind, r.Name, key))
		}
	}
	for _, key := range []string{"source", "type", "attribute", "attributes", "min", "max", "over", "readings", "spanning", "after", "fault", "action"} {
		if r.Has(key) && !slices.Contains(needs, key) && !slices.Contains(may, key) {
			all := append(slices.Clone(needs), may...)
			fs = append(fs, r.Fault(key, "foreign-key", "keys of a "+r.Kind+" rule: "+strings.Join(all, ", "), "a %s rule has no %s", r.Kind, key))
		}
	}
	if r.Kind == "range" && r.Min == nil && r.Max == nil {
		fs = append(fs, r.Fault("kind", "missing-key", "", "the range rule %s needs min, max or both", r.Name))
	}
	return fs
}

func (r *qualityRuleFile) checkValues() city.Faults {
	fs := checkBounds(r.Pos, r.Min, r.Max)
	if r.Has("readings") && (r.Readings < 2 || r.Readings > math.MaxInt32) {
		fs = append(fs, r.Fault("readings", "bad-count", "", "readings is %d, want at least 2", r.Readings))
	}
	for _, d := range []struct {
		key   string
		value time.Duration
	}{{"spanning", r.Spanning}, {"after", r.After}} {
		if r.Has(d.key) && d.value <= 0 {
			fs = append(fs, r.Fault(d.key, "bad-duration", "such as 15m or 12h", "%s must be longer than zero", d.key))
		}
	}
	if r.Has("attributes") && len(r.Attributes) == 0 {
		fs = append(fs, r.Fault("attributes", "no-attributes", "", "the rule %s expects no attributes", r.Name))
	}
	switch {
	case r.Action != "" && r.Action != "flag" && r.Action != "quarantine":
		fs = append(fs, r.Fault("action", "unknown-action", "flag (the default) or quarantine", "%q is not an action", r.Action))
	case r.Action == "quarantine" && r.Kind == "stuck":
		fs = append(fs, r.Fault("action", "bad-action", "a quarantined reading does not reach its entity, so a run would never end", "a stuck rule cannot quarantine"))
	case r.Action == "quarantine" && r.IsFault:
		fs = append(fs, r.Fault("action", "bad-action", "a quarantined reading leaves no trace on its entity; use flag, or remove fault", "a fault rule cannot quarantine"))
	}
	return fs
}

// checkBounds reports bounds that are no numbers or leave nothing between them.
func checkBounds(pos strictyaml.Pos, low, high *float64) city.Faults {
	var fs city.Faults
	for _, b := range []struct {
		key   string
		value *float64
	}{{"min", low}, {"max", high}} {
		if b.value != nil && (math.IsNaN(*b.value) || math.IsInf(*b.value, 0)) {
			fs = append(fs, pos.Fault(b.key, "not-finite", "leave it out for no bound", "%s is %v", b.key, *b.value))
		}
	}
	if low != nil && high != nil && *low > *high {
		fs = append(fs, pos.Fault("min", "empty-range", "", "min %v is greater than max %v", *low, *high))
	}
	return fs
}

func (r *qualityRuleFile) checkReferences(known Known) city.Faults {
	var fs city.Faults
	var filled []city.AttributeName
	if r.Source != "" {
		t, attributes, ok := known.Feed(city.SourceID(r.Source))
		filled = attributes
		switch {
		case !ok:
			fs = append(fs, r.Fault("source", "unknown-feed", "the city's feeds are the files in feeds/", "the city has no feed %s", r.Source))
		case r.Type != "" && t != "" && string(t) != r.Type:
			fs = append(fs, r.Fault("type", "wrong-type-of-feed", "", "the feed %s gives %s, not %s: the rule would never look at a reading", r.Source, t, r.Type))
		}
	}
	if r.Type == "" {
		return fs
	}
	std := known.Standard(city.EntityType(r.Type))
	if std == nil {
		return append(fs, r.Fault("type", "unknown-type", "types come from the standards of enabled packs", "no enabled pack has a standard for %s", r.Type))
	}
	for _, key := range []string{"attribute", "over"} {
		if name := map[string]string{"attribute": r.Attribute, "over": r.Over}[key]; name != "" {
			fs = append(fs, r.checkNumber(key, name, std)...)
		}
	}
	if name := city.AttributeName(r.Attribute); filled != nil && std.Field(name) != nil && !slices.Contains(filled, name) {
		fs = append(fs, r.notFed("attribute", name))
	}
	for _, name := range r.Attributes {
		switch attribute := city.AttributeName(name); {
		case std.Field(attribute) == nil:
			fs = append(fs, r.unknownField("attributes", name, std))
		case filled != nil && !slices.Contains(filled, attribute):
			fs = append(fs, r.notFed("attributes", attribute))
		}
	}
	return fs
}

func (r *qualityRuleFile) checkNumber(key, name string, std *Standard) city.Faults {
	field := std.Field(city.AttributeName(name))
	if field == nil {
		return city.Faults{r.unknownField(key, name, std)}
	}
	if field.Kind != city.Number {
		return city.Faults{r.Fault(key, "not-a-number", "", "%s of %s is a %s; a %s rule needs a number", name, std.Type, KindName(field.Kind), r.Kind)}
	}
	if other := std.Field(city.AttributeName(r.Attribute)); key == "over" && other != nil && other.Unit != field.Unit {
		return city.Faults{r.Fault(key, "unit-mismatch", "", "%s is in %s and %s in %s", r.Attribute, other.Unit, name, field.Unit)}
	}
	return nil
}

func (r *qualityRuleFile) unknownField(key, name string, std *Standard) city.Fault {
	return r.Fault(key, "unknown-attribute", std.FieldHint(name), "%s has no field %s", std.Type, name)
}

func (r *qualityRuleFile) notFed(key string, name city.AttributeName) city.Fault {
	return r.Fault(key, "attribute-not-fed", "", "the feed %s does not fill %s", r.Source, name)
}
