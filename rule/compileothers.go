package rule

import (
	"fmt"
	"slices"
	"time"

	"citybrain/city"
	"citybrain/rule/window"
)

// letOthers checks a named value that looks at other entities.
func (c *compiler) letOthers(s *Spec, d *letDef, key string) {
	l := &d.spec
	d.form = letOthers
	byKey := map[string]*Others{"count": l.Count, "nearest": l.Nearest, "near": l.Near, "match": l.Match, "related": l.Related, "back": l.Back, "among": l.Among}
	spec := byKey[key]
	if spec == nil || spec.Line == 0 {
		c.fault(l.Fault(key, "let", "", "%s: %s selects nothing", d.name, key))
		return
	}
	o := &others{spec: *spec, key: key, nearest: key == "nearest", age: spec.Age, most: DefaultOthers}
	d.others = o
	c.selectOthers(s, d, o)
	switch {
	case key == "count":
		d.fold = window.Count
		if l.Has("fold") || l.Has("of") {
			c.fault(l.Fault("fold", "let", "write among instead of count, to fold values of other entities", "%s: count counts entities", d.name))
		}
	case o.one() && l.Fold == "":
		c.foldOf(d, "last")
	default:
		c.foldOf(d, "")
	}
	if d.fold == window.Rate || d.fold == window.Pace {
		c.fault(l.Fault("fold", "fold", "rate and pace want a window", "%s: %s has no meaning over entities", d.name, d.fold))
	}
	if l.Of != "" {
		d.of = c.foreign(s, o.spec.Type, exprAt{key: "of", name: d.name + ": of", fault: l.Fault}, l.Of, c.ofKind(d))
	}
	if spec.Where != "" {
		o.where = c.foreign(s, o.spec.Type, exprAt{key: "where", name: d.name + ": where", fault: spec.Fault}, spec.Where, city.Bool)
	}
	d.says = othersText(d)
}

// foreign checks an expression over the attributes of another entity.
func (c *compiler) foreign(s *Spec, t city.EntityType, at exprAt, text string, want city.ValueKind) *expr {
	at.foreign = true
	return c.expression(s, at, text, scope{want: want})
}

// selectorKeys are the keys of which an Others has exactly one, and what must be
// there where the let's own key says so.
var selectorKeys = []string{"within", "on", "through", "back", "area", "entity"}

var selectorOf = map[string]string{"nearest": "within", "near": "within", "match": "on", "related": "through", "back": "back"}

func (c *compiler) selectOthers(s *Spec, d *letDef, o *others) {
	spec := &o.spec
	var found []string
	for _, key := range selectorKeys {
		if spec.Has(key) {
			found = append(found, key)
		}
	}
	want := selectorOf[o.key]
	switch {
	case len(found) == 0 && spec.Type != "":
		hint := "within: 800 m, on: {own: theirs}, through, back, area or entity"
		if want != "" {
			hint = want + " says which"
		}
		c.fault(spec.Fault("", "bound", hint, "%s looks at every %s there is: it has no bound", d.name, spec.Type))
		return
	case len(found) == 0:
		return
	case len(found) > 1:
		c.fault(spec.Fault(found[1], "join", "one of them, and where for the rest", "%s: %s and %s cannot stand together", d.name, found[0], found[1]))
	case want != "" && found[0] != want:
		c.fault(spec.Fault(found[0], "join", o.key+": {type: "+string(spec.Type)+", "+want+": …}", "%s: %s goes with %s, not with %s", d.name, o.key, want, found[0]))
	}
	o.by = selector(slices.Index(selectorKeys, found[0]))
	for own, theirs := range spec.On {
		o.own, o.theirs = append(o.own, own), append(o.theirs, theirs)
	}
	sortPairs(o.own, o.theirs)
	c.checkOthers(d, o)
}

func (c *compiler) checkOthers(d *letDef, o *others) {
	spec := &o.spec
	if why := city.CheckName(string(spec.Type)); why != "" && spec.Has("type") {
		c.fault(spec.Fault("type", "entity-type", "", "type %s", why))
	}
	if spec.Within > 1_000_000 {
		c.fault(spec.Fault("within", "range", "", "within is %s, the limit is 1000 km", spec.Within))
	}
	if spec.Measure != "" && spec.Measure != "ends" && spec.Measure != "vertices" {
		c.fault(spec.Fault("measure", "measure", "ends or vertices", "%q is not a measure", spec.Measure))
	}
	if spec.Has("measure") && o.by != byDistance {
		c.fault(spec.Fault("measure", "measure", "", "measure goes with within"))
	}
	if o.by == byValue && (len(spec.On) == 0 || len(spec.On) > 4) {
		c.fault(spec.Fault("on", "join", "on: {household: household}", "%s: on has %d pairs of attributes, want 1 to 4", d.name, len(spec.On)))
	}
	if spec.Has("age") && (spec.Age <= 0 || spec.Age > maxSpan || spec.Age%time.Microsecond != 0) {
		c.fault(spec.Fault("age", "range", "", "age is %s, want more than 0 and at most 366 days", spec.Age))
	}
	if spec.Has("at-most") {
		o.most = spec.AtMost
		if o.most < 1 || o.most > LargestOthers {
			c.fault(spec.Fault("at-most", "bound", "", "%s: at-most is %d, want 1 to %d", d.name, o.most, LargestOthers))
		}
	}
}

// sortPairs sorts pairs by the second.
func sortPairs(own, theirs []city.AttributeName) {
	for i := range theirs {
		for k := i; k > 0 && (theirs[k] < theirs[k-1] || theirs[k] == theirs[k-1] && own[k] < own[k-1]); k-- {
			theirs[k], theirs[k-1] = theirs[k-1], theirs[k]
			own[k], own[k-1] = own[k-1], own[k]
		}
	}
}

func othersText(d *letDef) string {
	o := d.others
	text := d.fold.String()
	if o.nearest {
		text = "nearest"
	}
	if d.spec.Of != "" {
		text += " of " + d.spec.Of
	}
	text += " over " + string(o.spec.Type)
	switch o.by {
	case byDistance:
		text += " within " + o.spec.Within.String()
	case byValue:
		for i := range o.own {
			text += fmt.Sprintf(", %s = %s", o.theirs[i], o.own[i])
		}
	case byOwnRelation:
		text += " through " + string(o.spec.Through)
	case byTheirRelation:
		text += " back through " + string(o.spec.Back)
	case byArea:
		text += " in area " + o.spec.Area
	}
	if o.spec.Where != "" {
		text += ", " + o.spec.Where
	}
	return text
}
