package pack

import (
	"slices"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Figure is a vital sign of the city: a number that opens into the rows it
// counts. Exactly one of Situation, Count and Sum says what it is.
type Figure struct {
	Pack  string // with ID its name in the city
	ID    string
	Title city.Names
	// Situation counts the situations of a rule that are up.
	Situation city.RuleID
	// Count counts entities of Type, those alone that match the NGSI-LD query Q
	// if it is not "".
	Count *EntityCount
	// Sum adds up an attribute over the entities of a type and gives it in per
	// cent of the sum of another. An entity without both adds nothing.
	Sum *EntitySum
	// Watch and Alarm are the numbers from which people should look and act;
	// nil: never. Where Alarm is less than Watch, less is worse.
	Watch, Alarm *float64
}

// EntityCount counts entities.
type EntityCount struct {
	Type city.EntityType
	Q    string
}

// EntitySum is Σ Attribute ÷ Σ Of.
type EntitySum struct {
	Type          city.EntityType
	Attribute, Of city.AttributeName
}

type figureFile struct {
	strictyaml.Pos
	ID    string       `yaml:"id,required"`
	Title catalog.Text `yaml:"title,required"`
	Count *countFile   `yaml:"count"`
	Sum   *sumFile     `yaml:"sum"`
	Watch *float64     `yaml:"watch"`
	Alarm *float64     `yaml:"alarm"`
}

type countFile struct {
	strictyaml.Pos
	Situation string `yaml:"situation"`
	Type      string `yaml:"type"`
	Q         string `yaml:"q"`
}

type sumFile struct {
	strictyaml.Pos
	Type      string `yaml:"type,required"`
	Attribute string `yaml:"attribute,required"`
	Of        string `yaml:"of,required"`
}

// Figures lists the figures of all packs, in the order of the packs, their files
// and the figures in a file.
func (c *City) Figures() []Figure {
	var out []Figure
	for _, p := range c.Packs {
		out = append(out, p.Figures...)
	}
	return out
}

func (p *Pack) readFigure(f *figureFile) city.Faults {
	fs := f.Title.Check()
	out := Figure{Pack: p.Name, ID: f.ID, Title: f.Title.Names(), Watch: f.Watch, Alarm: f.Alarm}
	fs = append(fs, checkViewID(f.Pos, f.ID, slices.ContainsFunc(p.Figures, func(o Figure) bool { return o.ID == f.ID }))...)
	if (f.Count == nil) == (f.Sum == nil) {
		fs = append(fs, f.Fault("id", "figure", "count: {situation: …}, count: {type: …} or sum: {type: …, attribute: …, of: …}", "the figure %s wants count or sum, and not both", f.ID))
	}
	if f.Count != nil {
		fs = append(fs, p.readCount(f.Count, &out)...)
	}
	if f.Sum != nil {
		std, faults := p.typeOfView(f.Sum.Pos, "type", f.Sum.Type)
		fs = append(fs, faults...)
		out.Sum = &EntitySum{Type: city.EntityType(f.Sum.Type), Attribute: city.AttributeName(f.Sum.Attribute), Of: city.AttributeName(f.Sum.Of)}
		fs = append(fs, p.checkShown(f.Sum.Pos, "attribute", std, out.Sum.Attribute, city.Number)...)
		fs = append(fs, p.checkShown(f.Sum.Pos, "of", std, out.Sum.Of, city.Number)...)
	}
	if f.Watch != nil && f.Alarm != nil && *f.Watch == *f.Alarm {
		fs = append(fs, f.Fault("alarm", "flat-scale", "leave one of them out", "watch and alarm are both %v", *f.Watch))
	}
	p.Figures = append(p.Figures, out)
	return fs
}

func (p *Pack) readCount(f *countFile, out *Figure) city.Faults {
	if f.Has("situation") == f.Has("type") || f.Has("q") && !f.Has("type") {
		return city.Faults{f.Fault("", "figure", "count: {situation: NAME}, or count: {type: TYPE, q: QUERY}", "a count is of situations or of entities")}
	}
	if f.Has("situation") {
		id, fs := p.nameSituation(f.Situation, at(f.File, f.At("situation")))
		out.Situation = id
		return fs
	}
	std, fs := p.typeOfView(f.Pos, "type", f.Type)
	out.Count = &EntityCount{Type: city.EntityType(f.Type), Q: f.Q}
	if !f.Has("q") || len(fs) > 0 || std == nil {
		return fs
	}
	terms, why := parseQuery(f.Q)
	if why != "" {
		return append(fs, f.Fault("q", "query", queryHint, "%q: %s", f.Q, why))
	}
	for _, t := range terms {
		fs = append(fs, p.checkShown(f.Pos, "q", std, t.attribute, t.kind)...)
	}
	return fs
}
