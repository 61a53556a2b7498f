package mapping

import (
	"sort"

	"citybrain/city"
	"citybrain/feed/crs"
)

func (c *compiler) attributes() {
	seen := map[city.AttributeName]bool{}
	for i := range c.spec.Attributes {
		a := &c.spec.Attributes[i]
		if why := city.CheckName(string(a.Name)); why != "" {
			c.add(a.Pos, "name", "name", "", "attribute name %q %s", a.Name, why)
			continue
		}
		if seen[a.Name] {
			c.add(a.Pos, "name", "repeated", "", "attribute %s is mapped twice", a.Name)
		}
		seen[a.Name] = true
		kind, unit := city.None, city.Unit("")
		if c.standard != nil {
			var ok bool
			if kind, unit, ok = c.standard.Field(a.Name); !ok {
				c.add(a.Pos, "name", "unknown-field", "add it to the data standard or rename it", "the data standard %s has no field %q", c.spec.Type, a.Name)
			}
		}
		p := c.attribute(a, kind, unit)
		p.blank.Name, p.blank.Source, p.blank.Unit = a.Name, c.m.source, unit
		c.m.plans = append(c.m.plans, p)
	}
}

// attribute plans one attribute. kind is None where the standard is unknown;
// then only the form is checked.
func (c *compiler) attribute(a *AttributeSpec, kind city.ValueKind, unit city.Unit) plan {
	given := 0
	for _, is := range []bool{a.Column != "", a.Text != "", a.Value != nil, a.Relation != "", a.Place != nil, a.Object != nil} {
		if is {
			given++
		}
	}
	if given != 1 {
		c.add(a.Pos, "name", "one-source", "column, text, value, relation, place or object", "attribute %s has %d sources of its value, want one", a.Name, given)
		return plan{}
	}
	if a.Column == "" && (a.Values != nil || a.Time != nil || a.Unit != "" && a.Value == nil) {
		c.add(a.Pos, "name", "column-only", "", "attribute %s: unit, values and time go with column", a.Name)
	}
	switch {
	case a.Column != "":
		return c.column(a, kind, unit)
	case a.Value != nil:
		return c.constant(a, kind, unit)
	case a.Relation != "":
		return c.relation(a, kind)
	case a.Place != nil:
		return c.place(a, kind)
	case a.Object != nil:
		return c.object(a, kind)
	}
	c.want(a, "text", kind, city.Text)
	p := plan{kind: fromTemplate, text: c.template(a.Pos, "text", a.Text)}
	p.blank.Value.Kind = city.Text
	return p
}

func (c *compiler) want(a *AttributeSpec, key string, kind, want city.ValueKind) {
	if kind != want && kind != city.None {
		c.add(a.Pos, key, "kind", "", "%s is %s in the data standard and cannot come from %s", a.Name, kindText[kind], key)
	}
}

var kindText = map[city.ValueKind]string{
	city.Number: "a number", city.Text: "a text", city.Bool: "true or false", city.Time: "a time",
	city.Geo: "a place", city.Relation: "a relation", city.JSON: "JSON",
}

func (c *compiler) column(a *AttributeSpec, kind city.ValueKind, unit city.Unit) plan {
	p := plan{slot: c.slot(a.Column), values: a.Values}
	p.blank.Value.Kind = kind
	if (kind == city.Time) != (a.Time != nil) && kind != city.None {
		c.add(a.Pos, "time", "time", "time: {formats: […], zone: …} exactly where the standard has a time", "%s is %s in the data standard", a.Name, kindText[kind])
	}
	if kind != city.Number && kind != city.None && a.Unit != "" {
		c.add(a.Pos, "unit", "unit", "", "%s is not a number and has no unit", a.Name)
	}
	switch kind {
	case city.Number:
		p.kind, p.convert = fromNumber, c.conversion(a, unit)
	case city.Bool:
		p.kind = fromBool
	case city.Time:
		p.kind = fromTime
		if a.Time != nil {
			if a.Time.Column != "" && a.Time.Column != a.Column {
				c.add(a.Time.Pos, "column", "column-twice", "remove it", "the column of %s is given twice", a.Name)
			}
			p.time = c.timePlan(a.Time, a.Column)
		}
	case city.Text, city.None:
		p.kind = fromText
	default:
		c.add(a.Pos, "column", "kind", "use relation, place or object", "%s is %s in the data standard and cannot come from one column", a.Name, kindText[kind])
	}
	return p
}

func (c *compiler) conversion(a *AttributeSpec, unit city.Unit) conversion {
	if (unit == "") != (a.Unit == "") {
		c.add(a.Pos, "unit", "unit", "the source's unit as a UN/CEFACT code, such as KMH; C62 for counts", "%s has the unit %q in the data standard and %q here", a.Name, unit, a.Unit)
		return conversion{}
	}
	conv, ok := conversionOf(a.Unit, unit)
	if !ok {
		c.add(a.Pos, "unit", "unit", "", "%s: unit %q cannot be converted to %q of the data standard", a.Name, a.Unit, unit)
	}
	return conv
}

func (c *compiler) constant(a *AttributeSpec, kind city.ValueKind, unit city.Unit) plan {
	p := plan{kind: constant}
	switch kind {
	case city.Number:
		v, ok := parseNumber([]byte(*a.Value))
		if !ok {
			c.add(a.Pos, "value", "number", "", "%s: %q is not a number", a.Name, *a.Value)
		}
		p.blank.Value = city.NumberOf(c.conversion(a, unit).apply(v))
	case city.Bool:
		b, ok := parseBool([]byte(*a.Value))
		if !ok {
			c.add(a.Pos, "value", "bool", "", "%s: %q is not true or false", a.Name, *a.Value)
		}
		p.blank.Value = city.BoolOf(b)
	case city.Text, city.None:
		p.blank.Value = city.TextOf(*a.Value)
	default:
		c.add(a.Pos, "value", "kind", "", "%s is %s in the data standard and cannot be constant", a.Name, kindText[kind])
	}
	return p
}

func (c *compiler) relation(a *AttributeSpec, kind city.ValueKind) plan {
	c.want(a, "relation", kind, city.Relation)
	p := plan{kind: fromRelation, text: c.template(a.Pos, "relation", a.Relation)}
	p.blank.Value.Kind = city.Relation
	if len(p.text.slots) == 0 {
		c.checkID(a.Pos, "relation", city.EntityID(p.text.parts[0]))
		p.kind, p.blank.Value = constant, city.RelationOf(city.EntityID(p.text.parts[0]))
	}
	return p
}

func (c *compiler) place(a *AttributeSpec, kind city.ValueKind) plan {
	c.want(a, "place", kind, city.Geo)
	p := plan{kind: fromPlace}
	p.blank.Value.Kind = city.Geo
	var ok bool
	if p.system, ok = crs.Named(a.Place.CRS); !ok {
		c.add(a.Place.Pos, "crs", "crs", "WGS84, CGCS2000, GCJ-02 or BD-09", "coordinate system %q is not known", a.Place.CRS)
	}
	for _, pt := range a.Place.Points {
		if pt.Lon == pt.Lat {
			c.add(pt.Pos, "lat", "place", "", "longitude and latitude are the same column %q", pt.Lon)
		}
		p.points = append(p.points, [2]int{c.slot(pt.Lon), c.slot(pt.Lat)})
	}
	if len(p.points) == 0 {
		c.add(a.Place.Pos, "points", "place", "points: [{lon: …, lat: …}]", "%s has no position", a.Name)
	}
	return p
}

func (c *compiler) object(a *AttributeSpec, kind city.ValueKind) plan {
	c.want(a, "object", kind, city.JSON)
	p := plan{kind: fromObject}
	p.blank.Value.Kind = city.JSON
	for name, text := range a.Object {
		p.members = append(p.members, member{name: name, text: template{parts: []string{text}}})
	}
	sort.Slice(p.members, func(i, j int) bool { return p.members[i].name < p.members[j].name })
	for i := range p.members {
		p.members[i].text = c.template(a.Pos, "object", p.members[i].text.parts[0])
	}
	return p
}
