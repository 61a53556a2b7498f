package rule

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"citybrain/city"
)

// keyBy says what a rule keeps situations for instead of for each entity.
type keyBy uint8

const (
	keyCell keyBy = iota
	keyArea
	keyAttribute
	keyRelated
)

// key is a checked Key.
type key struct {
	by        keyBy
	cell      float64 // metres
	area      string  // kind of area
	attribute city.AttributeName
}

const keyHint = "key: {cell: 500 m}, {area: district}, {attribute: name} or {related: name}"

func (c *compiler) key(s *Spec) *key {
	if !s.Has("key") || s.Key == nil {
		return nil
	}
	k := s.Key
	var found []string
	for _, name := range []string{"cell", "area", "attribute", "related"} {
		if k.Has(name) {
			found = append(found, name)
		}
	}
	if len(found) != 1 {
		c.fault(k.Fault("", "key", keyHint, "key has %d of cell, area, attribute and related, want one", len(found)))
		return nil
	}
	out := &key{by: keyBy(slices.Index([]string{"cell", "area", "attribute", "related"}, found[0])), cell: float64(k.Cell), area: k.Area, attribute: k.Attribute}
	switch out.by {
	case keyCell:
		if k.Cell < 10 || k.Cell > 100_000 {
			c.fault(k.Fault("cell", "range", "", "cell is %s, want 10 m to 100 km", k.Cell))
		}
	case keyArea:
		c.areaName(k.Area, "kind of area", func(hint, text string) city.Fault { return k.Fault("area", "area", hint, "%s", text) })
	case keyRelated:
		out.attribute = k.Related
		fallthrough
	default:
		if why := city.CheckName(string(out.attribute)); why != "" {
			c.fault(k.Fault(found[0], "key", "", "%s %s", found[0], why))
		}
	}
	if s.Dwell != nil {
		c.fault(s.Fault("key", "key", "", "key cannot stand beside dwell, which follows each entity"))
	}
	return out
}

var areaPattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,63}$`)

func (c *compiler) areaName(name, what string, fault func(hint, text string) city.Fault) {
	if !areaPattern.MatchString(name) {
		c.fault(fault("lower-case letters, digits and -, as in areas.yaml", fmt.Sprintf("%q is no %s", name, what)))
	}
}

// where checks which entities are subjects of the rule.
func (c *compiler) where(s *Spec) *expr {
	for i, a := range s.Area {
		c.areaName(a, "id of an area", func(hint, text string) city.Fault { return s.Fault("area", "area", hint, "%s", text) })
		if slices.Contains(s.Area[:i], a) {
			c.fault(s.Fault("area", "area", "", "the area %s is written twice", a))
		}
	}
	if s.Has("area") && len(s.Area) == 0 {
		c.fault(s.Fault("area", "area", "area: [old-town]", "area is empty"))
	}
	if len(s.Area) > 64 {
		c.fault(s.Fault("area", "bound", "", "rule %s names %d areas, the limit is 64", s.Name, len(s.Area)))
	}
	x := c.whereText(s)
	return x
}

func (c *compiler) whereText(s *Spec) *expr {
	if s.Where == "" {
		if s.Has("where") {
			c.fault(s.Fault("where", "condition", "", "where is empty"))
		}
		return nil
	}
	return c.expression(s, exprAt{key: "where", name: "where", fault: s.Fault}, s.Where, scope{want: city.Bool})
}

// defineMore adds to a definition what rules of today may have besides; nothing
// for a rule without it, so that its digest stays what it was.
func (r *Rule) defineMore(b *strings.Builder) {
	s := &r.spec
	add := func(has bool, format string, args ...any) {
		if has {
			fmt.Fprintf(b, format, args...)
		}
	}
	add(s.Where != "", "|where %q", s.Where)
	add(len(s.Area) > 0, "|area %q", s.Area)
	if r.key != nil {
		fmt.Fprintf(b, "|key %d %g %q %q", r.key.by, r.key.cell, r.key.area, r.key.attribute)
	}
	for _, d := range r.lets {
		d.define(b)
	}
	for _, t := range s.Sequence {
		fmt.Fprintf(b, "|step %q %d %t %s %g %q %q %s", t.When, t.Within, t.Not, t.Type, float64(t.Near), t.Through, t.Back, pairs(t.On))
	}
	if s.Repeat != nil {
		fmt.Fprintf(b, "|repeat %d %d", s.Repeat.Times, s.Repeat.Within)
	}
	if s.Dwell != nil {
		fmt.Fprintf(b, "|dwell %q %d %d", s.Dwell.Area, s.Dwell.For, s.Dwell.Gap)
	}
	add(s.Expires != 0, "|expires %d", s.Expires)
}

func (d *letDef) define(b *strings.Builder) {
	l := &d.spec
	fmt.Fprintf(b, "|let %s %q %s %d %v %g", d.name, l.Of, l.As, d.form, d.fold, d.q)
	if d.where != nil {
		fmt.Fprintf(b, " where %q", l.Where)
	}
	switch d.form {
	case letWindow:
		w := &d.shape
		fmt.Fprintf(b, " %d %d %d %d %d %d %d %d %t", w.Kind, w.Length, w.Every, w.Gap, w.Size, w.Before, w.Max, w.Apart, d.warm)
	case letDetector:
		v := d.detector
		v.Zone = nil
		fmt.Fprintf(b, " %s %+v", d.gives, v)
	case letOthers:
		o := d.others
		fmt.Fprintf(b, " %d %t %s %g %q %s %q %q %q %q %q %d %d", o.by, o.nearest, o.spec.Type, float64(o.spec.Within), o.spec.Measure, pairs(o.spec.On),
			o.spec.Through, o.spec.Back, o.spec.Area, o.spec.Entity, o.spec.Where, o.age, o.most)
	}
}

func pairs(m map[city.AttributeName]city.AttributeName) string {
	var b strings.Builder
	for _, k := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%q=%q ", k, m[k])
	}
	return b.String()
}
