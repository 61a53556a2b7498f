package pack

import (
	"slices"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Layer is a layer of the console's map: the entities of one type, drawn and
// coloured by a value.
type Layer struct {
	Pack   string // with ID its name in the city
	ID     string
	Title  city.Names
	Type   city.EntityType
	Draw   Drawing
	Value  *Measure // nil: all alike
	Unit   string   // of the value, for people
	Scale  *Scale   // nil without a value
	Label  city.AttributeName
	Fields []LayerField // shown when an entity is opened
}

// Drawing is how the places of entities are drawn.
type Drawing string

// The drawings.
const (
	DrawPoint Drawing = "point"
	DrawLine  Drawing = "line"
	DrawArea  Drawing = "area"
)

// Measure is a number that an entity has: an attribute, or its ratio to another
// (Of), which people see in per cent.
type Measure struct {
	Attribute city.AttributeName
	Of        city.AttributeName // "" for the attribute itself
}

// Scale says how a value is coloured: Good is where it is fully good, Poor
// where it is fully poor; either may be the greater.
type Scale struct{ Good, Poor float64 }

// LayerField is an attribute as it is shown.
type LayerField struct {
	Attribute city.AttributeName
	Title     city.Names
	Unit      string
}

type layerFile struct {
	strictyaml.Pos
	ID     string       `yaml:"id,required"`
	Title  catalog.Text `yaml:"title,required"`
	Type   string       `yaml:"type,required"`
	Draw   string       `yaml:"draw,required"`
	Value  *measureFile `yaml:"value"`
	Unit   string       `yaml:"unit"`
	Scale  *scaleFile   `yaml:"scale"`
	Label  *measureFile `yaml:"label"`
	Fields []fieldFile  `yaml:"fields"`
}

// measureFile is {attribute: x} or {ratio: x, of: y}.
type measureFile struct {
	strictyaml.Pos
	Attribute string `yaml:"attribute"`
	Ratio     string `yaml:"ratio"`
	Of        string `yaml:"of"`
}

type scaleFile struct {
	strictyaml.Pos
	Good float64 `yaml:"good,required"`
	Poor float64 `yaml:"poor,required"`
}

type fieldFile struct {
	strictyaml.Pos
	Attribute string       `yaml:"attribute,required"`
	Title     catalog.Text `yaml:"title"`
	Unit      string       `yaml:"unit"`
}

// Layers lists the map layers of all packs, in the order of the packs, their
// files and the layers in a file.
func (c *City) Layers() []Layer {
	var out []Layer
	for _, p := range c.Packs {
		out = append(out, p.Layers...)
	}
	return out
}

var drawings = map[Drawing][]city.PlaceKind{
	DrawPoint: {city.PlacePoint, city.PlaceMultiPoint},
	DrawLine:  {city.PlaceLineString, city.PlaceMultiLineString},
	DrawArea:  {city.PlacePolygon, city.PlaceMultiPolygon},
}

func (p *Pack) readLayer(f *layerFile) city.Faults {
	fs := f.Title.Check()
	l := Layer{Pack: p.Name, ID: f.ID, Title: f.Title.Names(), Type: city.EntityType(f.Type), Draw: Drawing(f.Draw), Unit: f.Unit}
	fs = append(fs, checkViewID(f.Pos, f.ID, slices.ContainsFunc(p.Layers, func(o Layer) bool { return o.ID == f.ID }))...)
	if _, ok := drawings[l.Draw]; !ok && f.Has("draw") {
		fs = append(fs, f.Fault("draw", "unknown-drawing", "draw: point, line or area", "%q is not a drawing", f.Draw))
	}
	std, faults := p.typeOfView(f.Pos, "type", f.Type)
	fs = append(fs, faults...)
	fs = append(fs, p.checkDrawing(f, std)...)
	if f.Value != nil {
		l.Value, faults = p.measure(f.Value, std)
		fs = append(fs, faults...)
		l.Unit = unitOf(f.Unit, std, l.Value)
	}
	fs = append(fs, f.checkScale(&l)...)
	if f.Label != nil {
		l.Label = city.AttributeName(f.Label.Attribute)
		fs = append(fs, f.Label.checkLabel()...)
		fs = append(fs, p.checkShown(f.Label.Pos, "attribute", std, l.Label, city.None)...)
	}
	for i := range f.Fields {
		field, faults := p.layerField(&f.Fields[i], std)
		l.Fields, fs = append(l.Fields, field), append(fs, faults...)
	}
	p.Layers = append(p.Layers, l)
	return fs
}

// checkDrawing says that the places of a type cannot be drawn as asked.
func (p *Pack) checkDrawing(f *layerFile, std *catalog.Standard) city.Faults {
	if std == nil {
		return nil
	}
	place := std.Field(city.LocationName)
	if place == nil {
		return city.Faults{f.Fault("type", "no-place", "a layer shows entities at their location", "%s has no field location", std.Type)}
	}
	fs := p.checkShown(f.Pos, "type", std, city.LocationName, city.Geo)
	kinds, ok := drawings[Drawing(f.Draw)]
	if ok && place.Geometry != nil && !slices.ContainsFunc(place.Geometry, func(k city.PlaceKind) bool { return slices.Contains(kinds, k) }) && Drawing(f.Draw) != DrawPoint {
		fs = append(fs, f.Fault("draw", "wrong-drawing", "a point stands for any place", "the locations of %s have no %s to draw", std.Type, f.Draw))
	}
	return fs
}

func (f *layerFile) checkScale(l *Layer) city.Faults {
	switch {
	case f.Scale == nil && f.Value == nil:
		return nil
	case f.Scale == nil:
		return city.Faults{f.Fault("value", "missing-scale", "scale: {good: 0.8, poor: 0.3}", "the value of the layer %s has no scale to colour it by", f.ID)}
	case f.Value == nil:
		return city.Faults{f.Fault("scale", "scale-of-nothing", "say which value is coloured", "the layer %s has a scale but no value", f.ID)}
	case f.Scale.Has("good") && f.Scale.Has("poor") && f.Scale.Good == f.Scale.Poor:
		return city.Faults{f.Scale.Fault("poor", "flat-scale", "", "good and poor are both %v", f.Scale.Good)}
	}
	l.Scale = &Scale{Good: f.Scale.Good, Poor: f.Scale.Poor}
	return nil
}

func (f *measureFile) checkLabel() city.Faults {
	if f.Attribute == "" || f.Has("ratio") || f.Has("of") {
		return city.Faults{f.Fault("", "measure", "label: {attribute: name}", "a label is an attribute")}
	}
	return nil
}

// measure is what {attribute: x} or {ratio: x, of: y} stands for.
func (p *Pack) measure(f *measureFile, std *catalog.Standard) (*Measure, city.Faults) {
	m := &Measure{Attribute: city.AttributeName(f.Attribute), Of: city.AttributeName(f.Of)}
	key := "attribute"
	if f.Has("ratio") {
		m.Attribute, key = city.AttributeName(f.Ratio), "ratio"
	}
	if f.Has("attribute") == f.Has("ratio") || f.Has("ratio") != f.Has("of") {
		return m, city.Faults{f.Fault("", "measure", "{attribute: level} or {ratio: occupied, of: total}", "a value is an attribute, or the ratio of one to another")}
	}
	fs := p.checkShown(f.Pos, key, std, m.Attribute, city.Number)
	if f.Has("of") {
		fs = append(fs, p.checkShown(f.Pos, "of", std, m.Of, city.Number)...)
	}
	return m, fs
}

func (p *Pack) layerField(f *fieldFile, std *catalog.Standard) (LayerField, city.Faults) {
	name := city.AttributeName(f.Attribute)
	out := LayerField{Attribute: name, Title: f.Title.Names(), Unit: unitOf(f.Unit, std, &Measure{Attribute: name})}
	fs := f.Title.Check()
	fs = append(fs, p.checkShown(f.Pos, "attribute", std, name, city.None)...)
	if std != nil && !f.Has("title") {
		if field := std.Field(name); field != nil {
			out.Title = field.Called()
		}
	}
	return out, fs
}

// unitOf is the unit as people read it: what the view says, or else the symbol
// of the standard's unit.
func unitOf(said string, std *catalog.Standard, m *Measure) string {
	if said != "" || std == nil || m == nil {
		return said
	}
	if m.Of != "" {
		return "%"
	}
	field := std.Field(m.Attribute)
	if field == nil {
		return ""
	}
	return field.Symbol()
}
