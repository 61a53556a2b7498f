package rule

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
	"citybrain/rule/window"
)

// maxLets bounds the named values of one rule.
const maxLets = 32

var letPattern = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_]{0,63}$`)

// letKinds says what each named value of a rule holds, before they are checked.
func letKinds(s *Spec) map[string]city.ValueKind {
	kinds := make(map[string]city.ValueKind, len(s.Let))
	for name, l := range s.Let {
		kinds[name] = city.Number
		if l.As == "text" && l.Fold != "distinct" && l.Fold != "count" && l.Count == nil {
			kinds[name] = city.Text
		}
	}
	return kinds
}

// lets checks the named values of a rule and puts them in the order in which
// they can be computed.
func (c *compiler) lets(s *Spec) []*letDef {
	if len(s.Let) > maxLets {
		c.fault(s.Fault("let", "bound", "split the rule", "rule %s has %d named values, the limit is %d", s.Name, len(s.Let), maxLets))
	}
	kinds := letKinds(s)
	defs := map[string]*letDef{}
	names := slices.Sorted(maps.Keys(s.Let))
	for _, name := range names {
		defs[name] = c.let(s, name, kinds)
	}
	var ordered []*letDef
	state := map[string]int{} // 1: open, 2: done
	var visit func(name string) bool
	visit = func(name string) bool {
		if state[name] == 2 {
			return true
		}
		if state[name] == 1 {
			return false
		}
		state[name] = 1
		d := defs[name]
		for _, u := range d.uses {
			if !visit(u) {
				c.fault(d.spec.Fault("of", "cycle", "a named value may use only others that do not depend on it", "the named value %s depends on itself", name))
				break
			}
		}
		state[name] = 2
		ordered = append(ordered, d)
		return true
	}
	for _, name := range names {
		visit(name)
	}
	return ordered
}

func (c *compiler) fault(f city.Fault) { c.faults = append(c.faults, f) }

const letHint = "a window (window, session, readings), baseline, detector, or other entities (count, nearest, near, match, related, back, among)"

func (c *compiler) let(s *Spec, name string, kinds map[string]city.ValueKind) *letDef {
	l := s.Let[name]
	d := &letDef{name: name, spec: l, kind: kinds[name]}
	if !letPattern.MatchString(name) || name == faultyName || name == idName || name == insideName {
		c.fault(l.Fault("", "let-name", "letters, digits and _, such as avg10", "%q is not a name for a value", name))
	}
	var forms []string
	for _, key := range []string{"window", "session", "readings", "baseline", "detector", "count", "nearest", "near", "match", "related", "back", "among"} {
		if l.Has(key) && !(key == "window" && l.Has("detector")) {
			forms = append(forms, key)
		}
	}
	if l.Has("as") && l.As != "number" && l.As != "text" {
		c.fault(l.Fault("as", "let", "number or text", "%q is no kind of value", l.As))
	}
	switch {
	case len(forms) > 1:
		c.fault(l.Fault(forms[1], "let", letHint, "%s: %s and %s cannot stand together", name, forms[0], forms[1]))
		return d
	case len(forms) == 0 && (l.Has("fold") || l.Has("every")):
		c.fault(l.Fault("", "bound", letHint, "%s: nothing says what is folded, over which time: it has no bound", name))
		return d
	case len(forms) == 0:
		c.plain(s, d, kinds)
	case forms[0] == "window" || forms[0] == "session" || forms[0] == "readings":
		c.window(s, d, kinds)
	case forms[0] == "baseline" || forms[0] == "detector":
		c.detector(s, d, kinds)
	default:
		c.letOthers(s, d, forms[0])
	}
	c.onlyKeys(d)
	return d
}

// keysOf are the keys of a let by its form.
var keysOf = map[letForm][]string{
	letPlain:    {"of", "as"},
	letWindow:   {"of", "as", "where", "fold", "q", "window", "every", "session", "longest", "readings", "before", "apart", "at-most", "warm"},
	letDetector: {"of", "where", "fold", "q", "window", "baseline", "weeks", "days", "detector", "gives", "season", "slot", "seasons", "min", "min-spread", "limit", "lambda", "k", "h", "target", "sigma", "relearn", "period"},
	letOthers:   {"of", "as", "fold", "q", "count", "nearest", "near", "match", "related", "back", "among"},
}

var letKeys = []string{"of", "as", "where", "fold", "q", "window", "every", "session", "longest", "readings", "before", "apart", "at-most", "warm", "baseline", "weeks", "days",
	"detector", "gives", "season", "slot", "seasons", "min", "min-spread", "limit", "lambda", "k", "h", "target", "sigma", "relearn", "period"}

func (c *compiler) onlyKeys(d *letDef) {
	for _, key := range letKeys {
		if d.spec.Has(key) && !slices.Contains(keysOf[d.form], key) {
			c.fault(d.spec.Fault(key, "let", "keys here: "+strings.Join(keysOf[d.form], ", "), "%s: %s has no meaning here", d.name, key))
		}
	}
}

// of checks the expression of a named value.
func (c *compiler) of(s *Spec, d *letDef, want city.ValueKind, kinds map[string]city.ValueKind) {
	if d.spec.Of == "" {
		return
	}
	d.of = c.expression(s, exprAt{key: "of", name: d.name + ": of", fault: d.spec.Fault}, d.spec.Of, scope{lets: kinds, want: want})
	if d.of == nil {
		return
	}
	for _, r := range d.of.refs {
		if r.sort == refLet {
			d.uses = append(d.uses, string(r.name))
		}
	}
}

// only checks which readings a window or detector takes.
func (c *compiler) only(s *Spec, d *letDef, kinds map[string]city.ValueKind) {
	if !d.spec.Has("where") {
		return
	}
	x := c.expression(s, exprAt{key: "where", name: d.name + ": where", fault: d.spec.Fault}, d.spec.Where, scope{lets: kinds, want: city.Bool})
	if d.where = x; x == nil {
		return
	}
	for _, r := range x.refs {
		if r.sort == refLet {
			d.uses = append(d.uses, string(r.name))
		}
	}
}

func (c *compiler) ofKind(d *letDef) city.ValueKind {
	if d.spec.As == "text" {
		return city.Text
	}
	return city.Number
}

func (c *compiler) plain(s *Spec, d *letDef, kinds map[string]city.ValueKind) {
	d.form = letPlain
	if d.spec.Of == "" {
		c.fault(d.spec.Fault("of", "let", letHint, "%s says nothing", d.name))
		return
	}
	c.of(s, d, c.ofKind(d), kinds)
	d.says = d.spec.Of
}

// foldOf reads the fold of a named value.
func (c *compiler) foldOf(d *letDef, otherwise string) {
	name := d.spec.Fold
	if name == "" {
		name = otherwise
	}
	fold, ok := window.FoldNamed(name)
	if !ok {
		c.fault(d.spec.Fault("fold", "fold", "count, sum, avg, min, max, median, quantile, stddev, rate, pace, distinct, first or last", "%s: %q is not a way to fold values into one", d.name, name))
	}
	d.fold, d.q = fold, d.spec.Q
	if fold == window.Quantile && !d.spec.Has("q") {
		c.fault(d.spec.Fault("fold", "fold", "q: 0.9", "%s: quantile wants q, from 0 to 1", d.name))
	}
	if d.spec.Of == "" && fold != window.Count && fold != window.Pace {
		c.fault(d.spec.Fault("of", "let", "of: an attribute or an expression over attributes", "%s: %s of what?", d.name, name))
	}
	if d.spec.As == "text" && fold != window.Distinct && fold != window.Count && (d.form != letOthers || fold != window.First && fold != window.Last) {
		c.fault(d.spec.Fault("as", "let-type", "distinct and count take texts", "%s: %s does not take texts", d.name, name))
	}
}

func (c *compiler) window(s *Spec, d *letDef, kinds map[string]city.ValueKind) {
	l := &d.spec
	d.form = letWindow
	c.foldOf(d, "")
	c.of(s, d, c.ofKind(d), kinds)
	c.only(s, d, kinds)
	d.shape = window.Shape{Fold: d.fold, Q: l.Q, Before: l.Before, Max: l.AtMost, Apart: l.Apart, Ties: window.KeepAll}
	switch {
	case l.Has("session"):
		d.shape.Kind, d.shape.Gap, d.shape.Length = window.Session, l.Session, l.Longest
	case l.Has("readings"):
		d.shape.Kind, d.shape.Size = window.Readings, l.Readings
	case l.Has("every"):
		d.shape.Kind, d.shape.Length, d.shape.Every = window.Hopping, l.Window.Time, l.Every
	default:
		d.shape.Kind, d.shape.Length = window.Sliding, l.Window.Time
	}
	if l.Window.Count > 0 {
		c.fault(l.Fault("window", "let", fmt.Sprintf("readings: %d", l.Window.Count), "%s: a window of readings is written readings", d.name))
		return
	}
	if err := d.shape.Check(); err != nil {
		c.shapeFault(d, err, map[string]string{"length": "window", "gap": "session", "size": "readings", "max": "at-most"})
	}
	d.warm = d.shape.Kind != window.Session && s.Key == nil
	if l.Has("warm") {
		d.warm = l.Warm
	}
	d.says = windowText(d)
}

// shapeFault is a fault that window or detect found; keys says how a rule calls
// their fields.
func (c *compiler) shapeFault(d *letDef, err error, keys map[string]string) {
	var e *city.Error
	if !errors.As(err, &e) {
		c.fault(d.spec.Fault("", "let", "", "%s: %s", d.name, err))
		return
	}
	key := e.Field
	if other := keys[key]; other != "" {
		key = other
	}
	if key == "window" && d.spec.Has("session") {
		key = "longest"
	}
	what, hint, _ := strings.Cut(e.Detail, ": ")
	c.fault(d.spec.Fault(key, "bound", hint, "%s: %s", d.name, what))
}

func windowText(d *letDef) string {
	what := d.fold.String()
	if d.spec.Of != "" {
		what += " of " + d.spec.Of
	}
	return what
}

func (c *compiler) detector(s *Spec, d *letDef, kinds map[string]city.ValueKind) {
	l := &d.spec
	d.form = letDetector
	if l.Of == "" {
		c.fault(l.Fault("of", "let", "of: an attribute or an expression over attributes", "%s: what does it look at?", d.name))
	}
	c.of(s, d, city.Number, kinds)
	c.only(s, d, kinds)
	sh := detect.Shape{Window: l.Window.Count, Min: l.Min, MinSpread: l.MinSpread, L: l.Limit, H: l.H, Lambda: l.Lambda, K: l.K,
		Target: l.Target, Sigma: l.Sigma, Relearn: l.Relearn, Slot: l.Slot, Seasons: l.Seasons, Q: l.Q, Period: l.Period, Zone: time.UTC}
	season, fold := l.Season, l.Fold
	d.gives = l.Gives
	if l.Has("baseline") {
		sh.Kind, season = detect.Seasonal, l.Baseline
		sh.Seasons = max(l.Seasons, l.Weeks, l.Days)
		if d.gives == "" {
			d.gives = givesExpected
		}
	} else {
		kind, ok := detect.ParseKind(l.Detector)
		if !ok {
			c.fault(l.Fault("detector", "detector", detectorNames(), "%s: there is no detector %q", d.name, l.Detector))
			return
		}
		sh.Kind = kind
	}
	if d.gives == "" {
		d.gives = givesScore
	}
	if !slices.Contains([]string{givesScore, givesExpected, givesSpread}, d.gives) {
		c.fault(l.Fault("gives", "detector", "score, expected or spread", "%s: a detector does not give %q", d.name, d.gives))
	}
	if season != "" {
		var ok bool
		if sh.Season, ok = detect.ParseSeason(season); !ok {
			key := "season"
			if l.Has("baseline") {
				key = "baseline"
			}
			c.fault(l.Fault(key, "detector", "day, weekday or week", "%s: there is no season %q", d.name, season))
		}
	}
	if fold != "" {
		var ok bool
		if sh.Fold, ok = detect.ParseFold(fold); !ok {
			c.fault(l.Fault("fold", "fold", "median, avg, quantile or mad", "%s: past seasons are not folded by %q", d.name, fold))
		}
	}
	if l.Window.Time > 0 {
		c.fault(l.Fault("window", "let", "window: 60", "%s: the window of a detector is a number of readings or periods", d.name))
	}
	d.detector = sh.Filled()
	if err := d.detector.Check(); err != nil {
		c.shapeFault(d, err, map[string]string{"l": "limit"})
	}
	name := l.Detector
	if name == "" {
		name = "usual (" + l.Baseline + ")"
	}
	d.says = name + " of " + l.Of
	if d.gives != givesScore && l.Detector != "" {
		d.says = d.gives + ", " + d.says
	}
}

// What a detector gives.
const (
	givesScore    = "score"
	givesExpected = "expected"
	givesSpread   = "spread"
)

func detectorNames() string {
	var names []string
	for _, k := range detect.Kinds() {
		names = append(names, k.String())
	}
	return strings.Join(names, ", ")
}
