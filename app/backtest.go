package app

import (
	"context"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"time"

	"citybrain/backtest"
	"citybrain/backtest/report"
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
	"citybrain/internal/wire"
	"citybrain/pack"
	"citybrain/rule"
)

// Backtest says what rules are tried on which part of the past. Fields are as
// the flags of citybrain backtest; docs/backtest.md explains them.
type Backtest struct {
	City    string   // folder of the city definition
	PackDir string   // where the packs lie that the city enables; "": beside the city
	Packs   []string // folders of the packs whose rules are tried; none: every pack of the city
	Rules   []string // names of the rules that are tried; none: all of Packs
	Against string   // folder of a pack, or a file of rules
	Feeds   string   // folder of the feeds' files, or
	Data    string   // a data folder
	Records string   // of Data: address of the PostgreSQL database, or ""
	From    string
	Until   string
	Warmup  string
	Labels  string
	Slack   string
	Command []string // for the report: how to run it again
	Version string   // of the program
	// Progress is told how far the run is: a share of the time, and rows.
	Progress func(share float64, rows int64)
}

// Defaults of the flags.
const (
	DefaultWarmup = "7d"
	DefaultSlack  = "5m"
)

const opBacktest = "app.Backtest"

// Run runs the backtest. The same inputs give the same findings. The error says
// which flag, file or line is at fault.
func (b Backtest) Run(ctx context.Context) (*backtest.Findings, error) {
	t, err := b.prepare()
	if err != nil {
		return nil, err
	}
	source, err := t.open(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { _ = source.close() }() // it was only read
	outcomes, err := t.run(ctx, source)
	if err != nil {
		return nil, err
	}
	return t.findings(source, outcomes)
}

// WriteReport writes the page to a file.
func WriteReport(f *backtest.Findings, path, language string) error {
	page := report.HTML(f, language)
	if err := os.WriteFile(path, page, 0o644); err != nil {
		return city.InvalidField(opBacktest, "report", "cannot be written: %v", err)
	}
	return nil
}

// FindingsJSON is findings as indented JSON.
func FindingsJSON(f *backtest.Findings) ([]byte, error) {
	text, err := wire.Marshal(f)
	if err != nil {
		return nil, err
	}
	return wire.Indent(text)
}

// trial is a backtest whose flags and files have been read.
type trial struct {
	Backtest
	options backtest.Options
	tried   backtest.Version
	old     *backtest.Version // --against
	shown   func(city.RuleID) bool
	shownIn func(city.RuleID) bool // of the old version
	labels  []backtest.Label
	slack   time.Duration
	packs   map[string]bool // names of the packs that are tried
}

func (b Backtest) prepare() (*trial, error) {
	t := &trial{Backtest: b, packs: map[string]bool{}}
	if b.City == "" {
		return nil, city.InvalidField(opBacktest, "city", "is not set: name the folder of a city definition")
	}
	if (b.Feeds == "") == (b.Data == "") {
		return nil, city.InvalidField(opBacktest, "feeds", "set --feeds (the folder of the city's feed files) or --data (a data folder), one of them")
	}
	for _, read := range []func() error{t.readTimes, t.readRules, t.readAgainst, t.readLabels} {
		if err := read(); err != nil {
			return nil, err
		}
	}
	return t, nil
}

func (t *trial) readTimes() error {
	var err error
	instant := func(field, text string) (at city.Instant) {
		if err == nil && text == "" {
			err = city.InvalidField(opBacktest, field, "is not set: a time such as 2014-08-11T00:00:00Z")
		}
		if err == nil {
			var why error
			if at, why = city.ParseInstant(text); why != nil {
				err = city.InvalidField(opBacktest, field, "%v", why)
			}
		}
		return at
	}
	duration := func(field, text, otherwise string) (d time.Duration) {
		if text == "" {
			text = otherwise
		}
		if d, why := strictyaml.ParseDuration(text); why == nil && d >= 0 {
			return d
		}
		if err == nil {
			err = city.InvalidField(opBacktest, field, "%q is not a duration; want one such as 90s, 10m, 12h or 7d", text)
		}
		return 0
	}
	t.options.From, t.options.Until = instant("from", t.From), instant("until", t.Until)
	t.options.Begin = t.options.From.Add(-duration("warmup", t.Warmup, DefaultWarmup))
	t.slack = duration("slack", t.Slack, DefaultSlack)
	if err == nil && t.options.Until <= t.options.From {
		err = city.InvalidField(opBacktest, "until", "%s is not after --from %s", t.options.Until, t.options.From)
	}
	if t.Backtest.Progress != nil {
		whole := float64(t.options.Until - t.options.Begin)
		t.options.Progress = func(p backtest.Progress) { t.Backtest.Progress(float64(p.At-t.options.Begin)/whole, p.Rows) }
	}
	return err
}

func (t *trial) packDir() string {
	if t.PackDir != "" {
		return t.PackDir
	}
	return filepath.Join(t.City, "..", "..", "packs")
}

func (t *trial) readRules() error {
	definition, faults := pack.LoadTrial(t.City, pack.Trial{PacksDir: t.packDir(), Packs: t.Packs})
	if err := faults.Err(); err != nil {
		return err
	}
	for _, dir := range t.Packs {
		t.packs[filepath.Base(filepath.Clean(dir))] = true
	}
	if len(t.Packs) == 0 {
		for _, p := range definition.Packs {
			t.packs[p.Name] = true
		}
	}
	rules, shown, err := t.choose(definition)
	t.tried, t.shown = backtest.Version{City: definition, Rules: rules}, shown
	return err
}

// choose is the rules of a definition that are run, and which of them are asked
// about.
func (t *trial) choose(definition *pack.City) ([]*rule.Rule, func(city.RuleID) bool, error) {
	names := t.Rules
	if len(names) == 0 {
		for _, r := range definition.Rules() {
			if name, _, _ := strings.Cut(string(r.ID()), "/"); t.packs[name] {
				names = append(names, string(r.ID()))
			}
		}
	}
	if len(names) == 0 {
		return nil, nil, city.InvalidField(opBacktest, "pack", "the packs have no rules")
	}
	return backtest.Chosen(definition.Rules(), names)
}

// readAgainst reads the other version.
func (t *trial) readAgainst() error {
	if t.Against == "" {
		return nil
	}
	other := pack.Trial{PacksDir: t.packDir(), Packs: slices.Clone(t.Packs)}
	info, err := os.Stat(t.Against)
	switch {
	case err != nil:
		return city.InvalidField(opBacktest, "against", "there is no pack folder or rule file %s", t.Against)
	case !info.IsDir():
		other.Rules = t.Against
	default:
		name := filepath.Base(filepath.Clean(t.Against))
		if !t.packs[name] {
			return city.InvalidField(opBacktest, "against", "%s is not another version of a pack that is tried: its folder would be named %s", t.Against, strings.Join(sortedKeys(t.packs), " or "))
		}
		other.Packs = slices.DeleteFunc(other.Packs, func(dir string) bool { return filepath.Base(filepath.Clean(dir)) == name })
		other.Packs = append(other.Packs, t.Against)
	}
	definition, faults := pack.LoadTrial(t.City, other)
	if err := faults.Err(); err != nil {
		return err
	}
	rules, shown, err := t.chooseOld(definition)
	t.old, t.shownIn = &backtest.Version{City: definition, Rules: rules}, shown
	return err
}

// chooseOld chooses from the other version, which need not have each rule.
func (t *trial) chooseOld(definition *pack.City) ([]*rule.Rule, func(city.RuleID) bool, error) {
	var names []string
	for _, r := range definition.Rules() {
		packName, _, _ := strings.Cut(string(r.ID()), "/")
		asked := len(t.Rules) == 0 && t.packs[packName] || slices.Contains(t.Rules, r.Name()) || slices.Contains(t.Rules, string(r.ID()))
		if asked {
			names = append(names, string(r.ID()))
		}
	}
	if names == nil {
		return nil, nil, city.InvalidField(opBacktest, "against", "%s has none of the rules that are tried", t.Against)
	}
	return backtest.Chosen(definition.Rules(), names)
}

func sortedKeys(set map[string]bool) []string {
	var names []string
	for name := range set {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func (t *trial) readLabels() error {
	if t.Labels == "" {
		return nil
	}
	text, err := os.ReadFile(t.Labels)
	if err != nil {
		return city.InvalidField(opBacktest, "labels", "cannot be read: %v", err)
	}
	var rules []*rule.Rule
	for _, r := range t.tried.Rules {
		if t.shown == nil || t.shown(r.ID()) {
			rules = append(rules, r)
		}
	}
	labels, faults := backtest.ParseLabels(t.Labels, text, rules)
	t.labels = labels
	return faults.Err()
}

// run runs both versions over one reading if they read rows alike, and over one
// reading each if they do not.
func (t *trial) run(ctx context.Context, source *pastSource) ([]backtest.Outcome, error) {
	versions := []backtest.Version{t.tried}
	if t.old == nil {
		return backtest.Run(ctx, source, versions, t.options)
	}
	if source.judged || sameStandards(t.tried.City, t.old.City) {
		return backtest.Run(ctx, source, append(versions, *t.old), t.options)
	}
	first, err := backtest.Run(ctx, source, versions, t.options)
	if err != nil {
		return nil, err
	}
	files, err := backtest.OpenFiles(t.old.City, t.Feeds, t.reads())
	if err != nil {
		return nil, err
	}
	second, err := backtest.Run(ctx, files, []backtest.Version{*t.old}, t.options)
	return append(first, second...), err
}

// sameStandards says whether both read rows by the same data standards; feeds
// and quality rules are the city's and the same anyhow.
func sameStandards(a, b *pack.City) bool {
	return slices.EqualFunc(a.Standards, b.Standards, func(x, y *catalog.Standard) bool {
		same := x.Type == y.Type && len(x.Fields) == len(y.Fields)
		for i := 0; same && i < len(x.Fields); i++ {
			f, g := x.Fields[i], y.Fields[i]
			f.Line, g.Line = 0, 0
			same = reflect.DeepEqual(f, g)
		}
		return same
	})
}

// reads says of which types some rule reads entities.
func (t *trial) reads() func(city.EntityType) bool {
	desks := []*backtest.Desk{backtest.NewDesk(t.tried.City, t.tried.Rules)}
	if t.old != nil {
		desks = append(desks, backtest.NewDesk(t.old.City, t.old.Rules))
	}
	return func(of city.EntityType) bool {
		return slices.ContainsFunc(desks, func(d *backtest.Desk) bool { return d.Reads(of) })
	}
}

func (t *trial) findings(source *pastSource, outcomes []backtest.Outcome) (*backtest.Findings, error) {
	tried := &outcomes[0]
	f := &backtest.Findings{
		Program: t.Version, From: backtest.Time(t.options.From), Until: backtest.Time(t.options.Until), Begin: backtest.Time(t.options.Begin),
		First: backtest.Time(tried.First), Reading: source.reading(), Rows: backtest.RowsOf(tried),
		Figures: *backtest.FiguresOf(t.tried, tried, t.options, t.shown), Command: t.Command,
		Definition: t.tried.City, Entities: tried.Entities,
	}
	if tried.First == 0 {
		return nil, city.Errorf(city.NotFound, opBacktest, "there is no reading from %s to %s: nothing can be said", t.options.Begin, t.options.Until)
	}
	if err := t.name(f); err != nil {
		return nil, err
	}
	if t.Labels != "" {
		f.Labels = backtest.ScoreLabels(&f.Figures, tried, t.labels, t.options, t.slack)
		f.Labels.File = t.Labels
	}
	if t.old != nil {
		older := backtest.FiguresOf(*t.old, &outcomes[1], t.options, t.shownIn)
		f.Comparison = backtest.Compare(older, &f.Figures, t.options)
		f.Comparison.Against = t.Against
	}
	return f, nil
}

// name names the city and the packs with the digests of their files.
func (t *trial) name(f *backtest.Findings) error {
	c := t.tried.City
	digest, err := folderDigest(c.Dir)
	if err != nil {
		return err
	}
	f.City = backtest.CityRef{Name: backtest.Text(c.Name), Zone: c.Zone.String(), Simulated: c.Simulated, SHA256: digest}
	list := func(packs []*pack.Pack, against bool) error {
		for _, p := range packs {
			if against && slices.ContainsFunc(c.Packs, func(q *pack.Pack) bool { return q.Dir == p.Dir }) {
				continue
			}
			digest, err := folderDigest(p.Dir)
			if err != nil {
				return err
			}
			f.Packs = append(f.Packs, backtest.PackRef{Name: p.Name, Version: p.Version, Title: backtest.Text(p.Title), SHA256: digest,
				Tried: t.packs[p.Name] && !against, Against: against})
		}
		return nil
	}
	if err := list(c.Packs, false); err != nil || t.old == nil {
		return err
	}
	return list(t.old.City.Packs, true)
}

// FindingsText is a summary for a terminal, in a language.
func FindingsText(f *backtest.Findings, language string) string { return report.Text(f, language) }
