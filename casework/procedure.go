package casework

import (
	"regexp"
	"strings"
	"time"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Procedure is a file of a pack that says which situation opens which case, and
// who is to do what in it by when. It is immutable once compiled.
type Procedure struct {
	Pack      string // set by who loads the pack
	Name      string // the file's stem
	Title     city.Names
	On        string // the type of situation: a rule of this pack, or "pack/rule"
	Kind      string
	KindTitle city.Names // of the kind, for people; empty if this procedure does not say
	Automatic bool       // dispatched at once; otherwise it waits, filed, for the duty officer
	Lead      Part
	Assists   []Part
	Limit     time.Duration // of the case; 0: none
	Checks    []city.Names  // what must be so before it is closed
	Severity  city.Severity // 0: the situation's
	File      string
	Line      int
}

// Part is what one agency is to do.
type Part struct {
	Role     string // of the agency, or
	Owner    bool   // the agency that owns the source of the situation's entity
	Order    city.Names
	Limit    time.Duration   // 0: the deadline of the case
	Evidence city.EntityType // only if an entity of the type is in the situation's evidence; "" always
	File     string
	Line     int
}

// ID is "pack/name".
func (p *Procedure) ID() string { return p.Pack + "/" + p.Name }

// Rule is the rule whose situations open its cases.
func (p *Procedure) Rule() city.RuleID {
	if strings.Contains(p.On, "/") {
		return city.RuleID(p.On)
	}
	return city.RuleID(p.Pack + "/" + p.On)
}

// Roles lists the roles that the procedure asks a city for, lead first.
func (p *Procedure) Roles() (roles []string) {
	for _, part := range p.parts() {
		if part.Role != "" {
			roles = append(roles, part.Role)
		}
	}
	return roles
}

func (p *Procedure) parts() []Part { return append([]Part{p.Lead}, p.Assists...) }

// procedureFile is the YAML form of a Procedure.
type procedureFile struct {
	strictyaml.Pos
	Procedure string         `yaml:"procedure,required"`
	Title     catalog.Text   `yaml:"title,required"`
	On        string         `yaml:"on,required"`
	Kind      string         `yaml:"kind,required"`
	KindTitle catalog.Text   `yaml:"kind-title"`
	Dispatch  string         `yaml:"dispatch"`
	Lead      partFile       `yaml:"lead,required"`
	Assist    []partFile     `yaml:"assist"`
	Limit     time.Duration  `yaml:"limit"`
	Checks    []catalog.Text `yaml:"checks"`
	Severity  string         `yaml:"severity"`
}

type partFile struct {
	strictyaml.Pos
	Role  string        `yaml:"role"`
	Owner bool          `yaml:"owner"`
	Order catalog.Text  `yaml:"order,required"`
	Limit time.Duration `yaml:"limit"`
	When  *whenFile     `yaml:"when"`
}

type whenFile struct {
	strictyaml.Pos
	Evidence string `yaml:"evidence,required"`
}

// The values of dispatch.
const (
	dispatchAutomatic = "automatic"
	dispatchOfficer   = "officer"
)

// MaxLimit bounds the limits of procedures.
const MaxLimit = 366 * 24 * time.Hour

// ParseProcedure reads one file of a pack's procedures/. With faults the
// procedure may be incomplete, but its name, situation and roles serve to check
// what refers to them.
func ParseProcedure(file string, data []byte) (*Procedure, city.Faults) {
	var f procedureFile
	fs := strictyaml.Decode(file, data, &f)
	p := &Procedure{
		Name: f.Procedure, Title: f.Title.Names(), On: f.On, Kind: f.Kind, KindTitle: f.KindTitle.Names(), Automatic: f.Dispatch == dispatchAutomatic,
		Limit: f.Limit, Severity: city.SeverityOf(f.Severity), File: file, Line: f.Line,
	}
	if f.Line == 0 {
		return p, fs
	}
	more := append(f.check(), f.Lead.check("lead")...)
	p.Lead = f.Lead.part()
	if f.Lead.When != nil {
		more = append(more, f.Lead.Fault("when", "lead-always", "only assisting agencies may depend on evidence", "the lead agency has a condition"))
	}
	for i := range f.Assist {
		more = append(more, f.Assist[i].check("assist")...)
		p.Assists = append(p.Assists, f.Assist[i].part())
	}
	for _, c := range f.Checks {
		more = append(more, checkWords(c, MaxText)...)
		p.Checks = append(p.Checks, c.Names())
	}
	return p, fs.Besides(append(more, f.checkParts()...))
}

var onForm = regexp.MustCompile(`^([a-z][a-z0-9-]*/)?[a-z][a-z0-9-]*$`)

func (f *procedureFile) check() city.Faults {
	fs := append(checkWords(f.Title, MaxTitle), checkWords(f.KindTitle, MaxTitle)...)
	for _, name := range []struct{ key, value string }{{"procedure", f.Procedure}, {"kind", f.Kind}} {
		if f.Has(name.key) && !catalog.IsIdentifier(name.value) {
			fs = append(fs, f.Fault(name.key, "bad-name", catalog.IdentifierHint, "%q is not a name", name.value))
		}
	}
	if stem := stemOf(f.File); f.Has("procedure") && f.Procedure != stem {
		fs = append(fs, f.Fault("procedure", "file-name", "name the procedure as its file", "the procedure %s stands in the file of %s", f.Procedure, stem))
	}
	if f.Has("on") && !onForm.MatchString(f.On) {
		fs = append(fs, f.Fault("on", "bad-name", "a rule of this pack, or pack/rule", "%q is not the name of a rule", f.On))
	}
	if f.Has("dispatch") && f.Dispatch != dispatchAutomatic && f.Dispatch != dispatchOfficer {
		fs = append(fs, f.Fault("dispatch", "unknown-dispatch", "automatic, or officer (the duty officer dispatches)", "%q is not a way to dispatch", f.Dispatch))
	}
	if f.Has("severity") && city.SeverityOf(f.Severity) == 0 {
		fs = append(fs, f.Fault("severity", "unknown-severity", "minor, moderate, major or critical", "%q is not a severity", f.Severity))
	}
	return append(fs, checkLimit(f.Pos, f.Limit)...)
}

// checkParts reports agencies that would be asked twice, and too many.
func (f *procedureFile) checkParts() city.Faults {
	var fs city.Faults
	seen := map[string]bool{}
	for _, p := range append([]partFile{f.Lead}, f.Assist...) {
		who := p.Role
		if p.Owner {
			who = "owner"
		}
		if who != "" && seen[who] {
			fs = append(fs, p.Fault("role", "repeated-role", "write what it is to do in one order", "%s is asked twice", who))
		}
		seen[who] = true
	}
	if len(f.Assist) > MaxAssists {
		fs = append(fs, f.Fault("assist", "too-many", "", "%d agencies assist, at most %d can", len(f.Assist), MaxAssists))
	}
	return fs
}

func (p *partFile) check(what string) city.Faults {
	if p.Line == 0 {
		return nil
	}
	fs := append(checkWords(p.Order, MaxText), checkLimit(p.Pos, p.Limit)...)
	switch {
	case p.Role == "" && !p.Owner:
		fs = append(fs, p.Fault("role", "missing-agency", "role: a role of an agency, or owner: true", "%s names no agency", what))
	case p.Role != "" && p.Owner:
		fs = append(fs, p.Fault("owner", "two-agencies", "keep one of role and owner", "%s names both a role and the owner", what))
	case p.Role != "" && !catalog.IsIdentifier(p.Role):
		fs = append(fs, p.Fault("role", "bad-name", catalog.IdentifierHint, "%q is not a role", p.Role))
	}
	if p.When != nil && p.When.Line != 0 {
		if why := city.CheckName(p.When.Evidence); why != "" && p.When.Has("evidence") {
			fs = append(fs, p.When.Fault("evidence", "bad-name", "an entity type such as Event", "the type %q %s", p.When.Evidence, why))
		}
	}
	return fs
}

func (p *partFile) part() Part {
	out := Part{Role: p.Role, Owner: p.Owner, Order: p.Order.Names(), Limit: p.Limit, File: p.File, Line: p.Line}
	if p.When != nil {
		out.Evidence = city.EntityType(p.When.Evidence)
	}
	return out
}

// checkWords reports texts that a case could not hold.
func checkWords(t catalog.Text, most int) city.Faults {
	fs := t.Check()
	for _, l := range []struct{ key, text string }{{"zh", t.ZH}, {"en", t.EN}} {
		if r := checkText(l.key, l.text, most, most > MaxTitle); r != nil {
			fs = append(fs, t.Fault(l.key, "bad-text", "", "%s: %s", l.key, r.Text.EN))
		}
	}
	return fs
}

func checkLimit(pos strictyaml.Pos, d time.Duration) city.Faults {
	if pos.Has("limit") && (d < time.Minute || d > MaxLimit) {
		return city.Faults{pos.Fault("limit", "bad-limit", "a duration such as 30m, 4h or 5d; natural time, nights and holidays count", "the limit %s is not between a minute and 366 days", city.DurationText(d))}
	}
	return nil
}

func stemOf(file string) string {
	name := file[strings.LastIndexAny(file, `/\`)+1:]
	return strings.TrimSuffix(strings.TrimSuffix(name, ".yaml"), ".yml")
}
