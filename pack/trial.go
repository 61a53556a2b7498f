package pack

import (
	"os"
	"path/filepath"
	"slices"
	"time"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/rule"
)

// Trial says with which packs and rules a city is read in place of its own, so
// that what is not enabled yet can be tried on its past.
type Trial struct {
	// PacksDir is where the packs lie that city.yaml enables.
	PacksDir string
	// Packs are folders of packs. One whose name the city enables takes that
	// one's place; another is enabled beside them.
	Packs []string
	// Rules is a file of rules, or "". Its rules take the place of those of the
	// same name in the pack that has them; others of the file are added to it.
	Rules string
}

// LoadTrial is LoadCity with what a trial puts in the place of the city's own.
func LoadTrial(dir string, t Trial) (*City, city.Faults) {
	c := &City{Dir: dir, trial: t}
	return c, c.load(dir)
}

// dirOf is the folder of an enabled pack.
func (t *Trial) dirOf(name string) string {
	for _, dir := range t.Packs {
		if filepath.Base(filepath.Clean(dir)) == name {
			return filepath.Clean(dir)
		}
	}
	return filepath.Join(t.PacksDir, name)
}

// beside lists the names of the trial's packs that city.yaml does not enable.
func (t *Trial) beside(enabled []string) []string {
	var names []string
	for _, dir := range t.Packs {
		if name := filepath.Base(filepath.Clean(dir)); !slices.Contains(enabled, name) {
			names = append(names, name)
		}
	}
	return names
}

// tryRules puts the rules of the trial's file into the packs.
func (c *City) tryRules() city.Faults {
	file := c.trial.Rules
	if file == "" {
		return nil
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return city.Faults{{File: file, Rule: "missing-file", Text: "the file of rules cannot be read", Hint: "name a file with one rule or a list of rules"}}
	}
	specs, fs := rule.Parse(file, text)
	if len(fs) > 0 || len(specs) == 0 {
		return fs
	}
	names := make([]string, len(specs))
	for i := range specs {
		names[i] = specs[i].Name
	}
	for _, p := range c.Packs {
		if slices.ContainsFunc(p.Rules, func(r *rule.Rule) bool { return slices.Contains(names, r.Name()) }) {
			return p.replaceRules(specs, names)
		}
	}
	return city.Faults{{File: file, Line: specs[0].At("rule"), Rule: "unknown-rule", Hint: catalog.DidYouMean(names[0], c.ruleNames()),
		Text: "no pack of the city has a rule " + names[0] + " whose place it could take"}}
}

func (c *City) ruleNames() []string {
	var names []string
	for _, r := range c.Rules() {
		names = append(names, r.Name())
	}
	return names
}

// replaceRules compiles the pack's rules anew with specs in the place of those
// of the same names.
func (p *Pack) replaceRules(specs []rule.Spec, names []string) city.Faults {
	var all []rule.Spec
	for _, r := range p.Rules {
		if !slices.Contains(names, r.Name()) {
			all = append(all, r.Spec())
		}
	}
	for _, name := range names {
		if !slices.Contains(p.situations, name) {
			p.situations = append(p.situations, name)
		}
	}
	return p.compileRules(append(all, specs...))
}

// defaultLateness is how late a reading of an interface may be and still count
// for the rules.
const defaultLateness = 10 * time.Minute

// RuleOptions say how the rules of the city treat time: the lateness of each
// feed is that of its mapping; days are those of the city's zone. Whoever runs the city's rules uses them, so that
// a backtest finds what the program finds.
func (c *City) RuleOptions() rule.Options {
	o := rule.Options{Lateness: map[city.SourceID]time.Duration{}, DefaultLateness: defaultLateness, Zone: c.Zone}
	for _, a := range c.Areas {
		o.Areas = append(o.Areas, rule.Area{ID: a.ID, Kind: a.Kind, Place: a.Place})
	}
	for _, m := range c.Feeds {
		if late := m.Spec().Lateness; late != nil {
			o.Lateness[m.Feed().Source()] = *late
		}
	}
	return o
}
