package alarm

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Bounds of what a file may say.
const (
	MaxWait    = time.Hour
	MaxTime    = 7 * 24 * time.Hour // of intervals, flapping and reminders
	MaxChanges = 100
	MaxWithin  = 100_000 // metres
	MaxEntries = 200     // of one kind in one file
)

type file struct {
	strictyaml.Pos
	Groups    []groupFile    `yaml:"groups"`
	Inhibit   []inhibitFile  `yaml:"inhibit"`
	Flapping  []dampingFile  `yaml:"flapping"`
	Reminders []reminderFile `yaml:"reminders"`
}

type groupFile struct {
	strictyaml.Pos
	Name       string        `yaml:"name,required"`
	Title      catalog.Text  `yaml:"title,required"`
	Situations []string      `yaml:"situations,required"`
	By         []string      `yaml:"by"`
	Wait       time.Duration `yaml:"wait,required"`
	Interval   time.Duration `yaml:"interval,required"`
}

type inhibitFile struct {
	strictyaml.Pos
	Name     string       `yaml:"name,required"`
	Title    catalog.Text `yaml:"title,required"`
	Parent   []string     `yaml:"parent,required"`
	Children []string     `yaml:"children,required"`
	Where    whereFile    `yaml:"where,required"`
}

type whereFile struct {
	strictyaml.Pos
	Same     string `yaml:"same"`
	Within   string `yaml:"within"`
	Evidence bool   `yaml:"evidence"`
}

type dampingFile struct {
	strictyaml.Pos
	Name       string        `yaml:"name,required"`
	Title      catalog.Text  `yaml:"title,required"`
	Situations []string      `yaml:"situations,required"`
	Changes    int           `yaml:"changes,required"`
	Within     time.Duration `yaml:"within,required"`
	Stable     time.Duration `yaml:"stable,required"`
}

type reminderFile struct {
	strictyaml.Pos
	Name       string        `yaml:"name,required"`
	Title      catalog.Text  `yaml:"title,required"`
	Situations []string      `yaml:"situations,required"`
	Every      time.Duration `yaml:"every,required"`
}

// Named is a place where a file names a situation, for the loader to check.
type Named struct {
	Name string // as it is written
	Line int
}

// Parse reads one alarm file of a pack, or of a city definition, whose pack is
// "". With faults the file may be incomplete. Named are the situations that it
// names, in its order, Every left out.
func Parse(pack, name string, data []byte) (f File, named []Named, faults city.Faults) {
	var in file
	fs := strictyaml.Decode(name, data, &in)
	f = File{Pack: pack, File: name}
	if in.Line == 0 {
		return f, nil, fs
	}
	r := &reader{pack: pack, names: map[string]bool{}}
	if len(in.Groups)+len(in.Inhibit)+len(in.Flapping)+len(in.Reminders) == 0 && len(fs) == 0 {
		r.fault(in.Pos, "groups", "nothing-said", "groups, inhibit, flapping or reminders", "the file says nothing")
	}
	for _, n := range []struct {
		key   string
		count int
	}{{"groups", len(in.Groups)}, {"inhibit", len(in.Inhibit)}, {"flapping", len(in.Flapping)}, {"reminders", len(in.Reminders)}} {
		if n.count > MaxEntries {
			r.fault(in.Pos, n.key, "too-many", "", "%d entries under %s, at most %d can stand there", n.count, n.key, MaxEntries)
			return f, nil, fs.Besides(r.faults)
		}
	}
	for i := range in.Groups {
		f.Groups = append(f.Groups, r.group(&in.Groups[i]))
	}
	for i := range in.Inhibit {
		f.Inhibits = append(f.Inhibits, r.inhibit(&in.Inhibit[i]))
	}
	for i := range in.Flapping {
		f.Dampings = append(f.Dampings, r.damping(&in.Flapping[i]))
	}
	for i := range in.Reminders {
		f.Reminders = append(f.Reminders, r.reminder(&in.Reminders[i]))
	}
	r.twice(&f)
	return f, r.named, fs.Besides(r.faults)
}

// reader turns the entries of one file into those of a File.
type reader struct {
	pack   string
	names  map[string]bool
	named  []Named
	faults city.Faults
}

func (r *reader) fault(p strictyaml.Pos, key, rule, hint, format string, args ...any) {
	r.faults = append(r.faults, p.Fault(key, rule, hint, format, args...))
}

func (r *reader) entry(p strictyaml.Pos, name string, title catalog.Text) Entry {
	switch {
	case !p.Has("name"):
	case !catalog.IsIdentifier(name):
		r.fault(p, "name", "bad-name", catalog.IdentifierHint, "%q is not a name", name)
	case r.names[name]:
		r.fault(p, "name", "repeated-name", "", "two entries of the file are named %s", name)
	}
	r.names[name] = true
	r.faults = append(r.faults, title.Check()...)
	return Entry{Pack: r.pack, Name: name, Title: title.Names(), File: p.File, Line: p.Line}
}

var situationForm = regexp.MustCompile(`^([a-z][a-z0-9-]*/)?[a-z][a-z0-9-]*$`)

// rules are the rules that a list of a file names.
func (r *reader) rules(p strictyaml.Pos, key string, list []string) []city.RuleID {
	var out []city.RuleID
	if p.Has(key) && len(list) == 0 {
		r.fault(p, key, "no-situations", "name situations, or \"*\" for all", "%s names no situation", key)
	}
	for i, name := range list {
		switch {
		case name == string(Every):
			if len(list) > 1 {
				r.fault(p, key, "every-and-more", "keep one of them", "%s names every situation and others", key)
			}
			out = append(out, Every)
			continue
		case !situationForm.MatchString(name):
			r.fault(p, key, "bad-name", "a rule of this pack, or pack/rule", "%q is not the name of a rule", name)
			continue
		case r.pack == "" && !strings.Contains(name, "/"):
			r.fault(p, key, "bad-name", "write it as pack/rule", "%q does not say of which pack it is", name)
			continue
		case slices.Contains(list[:i], name):
			r.fault(p, key, "repeated-situation", "", "%s names %s twice", key, name)
		}
		id := city.RuleID(name)
		if !strings.Contains(name, "/") {
			id = city.RuleID(r.pack + "/" + name)
		}
		out = append(out, id)
		r.named = append(r.named, Named{name, p.At(key)})
	}
	return out
}

func (r *reader) time(p strictyaml.Pos, key string, d, least, most time.Duration) {
	if p.Has(key) && (d < least || d > most) {
		r.fault(p, key, "bad-time", fmt.Sprintf("between %s and %s", city.DurationText(least), city.DurationText(most)), "%s: %s cannot be", key, city.DurationText(d))
	}
}

func (r *reader) group(in *groupFile) Group {
	g := Group{Entry: r.entry(in.Pos, in.Name, in.Title), Rules: r.rules(in.Pos, "situations", in.Situations), Wait: in.Wait, Interval: in.Interval}
	known := []By{ByRule, ByEntity, ByArea, BySeverity}
	for i, by := range in.By {
		if !slices.Contains(known, By(by)) {
			r.fault(in.Pos, "by", "unknown-common", "rule, entity, area or severity", "%q is nothing that situations can have in common", by)
		} else if slices.Contains(in.By[:i], by) {
			r.fault(in.Pos, "by", "repeated-common", "", "by names %s twice", by)
		}
		g.By = append(g.By, By(by))
	}
	r.time(in.Pos, "wait", in.Wait, 0, MaxWait)
	r.time(in.Pos, "interval", in.Interval, time.Second, MaxTime)
	return g
}

func (r *reader) inhibit(in *inhibitFile) Inhibit {
	h := Inhibit{Entry: r.entry(in.Pos, in.Name, in.Title), Parents: r.rules(in.Pos, "parent", in.Parent), Children: r.rules(in.Pos, "children", in.Children)}
	if slices.Contains(h.Parents, Every) || slices.Contains(h.Children, Every) {
		r.fault(in.Pos, "parent", "every-hides", "name the situations", "an inhibition names its parents and its children")
	}
	h.Where = r.relation(&in.Where)
	return h
}

const relationHint = "same: entity, same: area, within: 800 m, or evidence: true"

func (r *reader) relation(in *whereFile) (out Relation) {
	if in.Line == 0 {
		return out
	}
	count := 0
	if in.Has("same") {
		count++
		out.SameEntity, out.SameArea = in.Same == "entity", in.Same == "area"
		if !out.SameEntity && !out.SameArea {
			r.fault(in.Pos, "same", "unknown-relation", relationHint, "%q is nothing that two situations can share", in.Same)
		}
	}
	if in.Has("within") {
		count++
		var why string
		if out.Within, why = metres(in.Within); why != "" {
			r.fault(in.Pos, "within", "bad-distance", "a distance such as 800 m or 2 km, at most 100 km", "within: %s", why)
		}
	}
	if in.Has("evidence") {
		count++
		if out.Evidence = in.Evidence; !in.Evidence {
			r.fault(in.Pos, "evidence", "unknown-relation", relationHint, "evidence can only be true")
		}
	}
	if count != 1 {
		r.fault(in.Pos, "", "one-relation", relationHint, "where says how a child is related to its parent in one way, here it is %d", count)
	}
	return out
}

// twice says which situations have two entries of one kind that name them.
func (r *reader) twice(f *File) {
	seen := map[string]string{}
	note := func(kind string, e *Entry, rules []city.RuleID) {
		for _, id := range rules {
			key := kind + " " + string(id)
			if first, again := seen[key]; again && first != e.Name {
				r.faults = append(r.faults, city.Fault{File: e.File, Line: e.Line, Rule: "two-entries", Hint: "the first would hold",
					Text: fmt.Sprintf("%s and %s are both about %s", first, e.Name, id)})
			}
			seen[key] = e.Name
		}
	}
	for i := range f.Groups {
		note("group", &f.Groups[i].Entry, f.Groups[i].Rules)
	}
	for i := range f.Dampings {
		note("flapping", &f.Dampings[i].Entry, f.Dampings[i].Rules)
	}
	for i := range f.Reminders {
		note("reminder", &f.Reminders[i].Entry, f.Reminders[i].Rules)
	}
}

func (r *reader) damping(in *dampingFile) Damping {
	d := Damping{Entry: r.entry(in.Pos, in.Name, in.Title), Rules: r.rules(in.Pos, "situations", in.Situations), Changes: in.Changes, Within: in.Within, Stable: in.Stable}
	if in.Has("changes") && (in.Changes < 2 || in.Changes > MaxChanges) {
		r.fault(in.Pos, "changes", "bad-count", "2 to 100; raised and cleared once are two changes", "more than %d changes cannot be flapping", in.Changes)
	}
	r.time(in.Pos, "within", in.Within, time.Second, MaxTime)
	r.time(in.Pos, "stable", in.Stable, time.Second, MaxTime)
	return d
}

func (r *reader) reminder(in *reminderFile) Reminder {
	d := Reminder{Entry: r.entry(in.Pos, in.Name, in.Title), Rules: r.rules(in.Pos, "situations", in.Situations), Every: in.Every}
	r.time(in.Pos, "every", in.Every, time.Minute, MaxTime)
	return d
}

// metres reads a distance, or says why it is none.
func metres(s string) (float64, string) {
	number, factor := strings.TrimSuffix(s, "m"), 1.0
	if k, ok := strings.CutSuffix(number, "k"); ok {
		number, factor = k, 1000
	}
	n, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil || number == s || !(n > 0) {
		return 0, fmt.Sprintf("%q is not a distance", s)
	}
	if n *= factor; n > MaxWithin {
		return 0, fmt.Sprintf("%s is too far", s)
	}
	return n, ""
}
