package catalog

import (
	"maps"
	"regexp"
	"slices"
	"unicode/utf8"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// standardFile is the YAML form of a Standard.
type standardFile struct {
	strictyaml.Pos
	Type        string      `yaml:"type,required"`
	Version     string      `yaml:"version,required"`
	Name        Text        `yaml:"name,required"`
	Description Text        `yaml:"description,required"`
	Class       string      `yaml:"class,required"`
	Model       string      `yaml:"model"`
	Fields      []fieldFile `yaml:"fields,required"`
}

type fieldFile struct {
	strictyaml.Pos
	Name        string          `yaml:"name,required"`
	Kind        string          `yaml:"kind,required"`
	Unit        string          `yaml:"unit"`
	Class       string          `yaml:"class"`
	Grade       string          `yaml:"grade,required"`
	Required    bool            `yaml:"required"`
	Observed    bool            `yaml:"observed"`
	Title       Text            `yaml:"title"`
	Description Text            `yaml:"description,required"`
	Min         *float64        `yaml:"min"`
	Max         *float64        `yaml:"max"`
	Integer     bool            `yaml:"integer"`
	OneOf       []string        `yaml:"one-of"`
	Values      map[string]Text `yaml:"values"`
	Pattern     string          `yaml:"pattern"`
	Length      int             `yaml:"length"`
	Geometry    []string        `yaml:"geometry"`
	Target      string          `yaml:"target"`
}

// keysOfKind names the keys that only fields of one kind may have.
var keysOfKind = map[string]city.ValueKind{
	"unit": city.Number, "min": city.Number, "max": city.Number, "integer": city.Number,
	"one-of": city.Text, "values": city.Text, "pattern": city.Text, "length": city.Text,
	"geometry": city.Geo, "target": city.Relation,
}

// ParseStandard reads one standards file. With faults the standard may be
// incomplete, but its type and fields serve to check what refers to them.
func ParseStandard(file string, data []byte) (*Standard, city.Faults) {
	var f standardFile
	fs := strictyaml.Decode(file, data, &f)
	s := &Standard{
		Type: city.EntityType(f.Type), Version: f.Version, Name: f.Name.Names(), Description: f.Description.Names(),
		Class: f.Class, Model: f.Model, File: file, Line: f.Line, index: map[city.AttributeName]int{},
	}
	if f.Line == 0 {
		return s, fs
	}
	fs = append(fs, f.check()...)
	for i := range f.Fields {
		field, faults := f.Fields[i].compile(f.Class)
		fs = append(fs, faults...)
		if _, twice := s.index[field.Name]; twice {
			fs = append(fs, f.Fields[i].Fault("name", "repeated-field", "", "the field %s is described twice", field.Name))
			continue
		}
		s.index[field.Name] = len(s.Fields)
		s.Fields = append(s.Fields, field)
	}
	return s, fs
}

var (
	versionForm = regexp.MustCompile(`^\d+\.\d+\.\d+$`)
	classForm   = regexp.MustCompile(`^[a-z][a-z0-9-]*(/[a-z][a-z0-9-]*)*$`)
)

// IsVersion says whether s has the form 1.2.3.
func IsVersion(s string) bool { return versionForm.MatchString(s) }

func (f *standardFile) check() city.Faults {
	fs := append(f.Name.Check(), f.Description.Check()...)
	if why := city.CheckName(f.Type); why != "" && f.Has("type") {
		fs = append(fs, f.Fault("type", "bad-name", "an entity type such as RoadSegment", "the type %q %s", f.Type, why))
	}
	if f.Has("version") && !IsVersion(f.Version) {
		fs = append(fs, f.Fault("version", "bad-version", "three numbers, such as 1.0.0", "the version %q is not a version", f.Version))
	}
	if f.Has("class") && !classForm.MatchString(f.Class) {
		fs = append(fs, f.Fault("class", "bad-class", "lower-case words divided by /, such as transport/road", "%q is not a class", f.Class))
	}
	if f.Has("fields") && len(f.Fields) == 0 {
		fs = append(fs, f.Fault("fields", "no-fields", "", "the standard of %s has no fields", f.Type))
	}
	return fs
}

func (f *fieldFile) compile(class string) (Field, city.Faults) {
	out := Field{
		Name: city.AttributeName(f.Name), Kind: KindOf(f.Kind), Unit: city.Unit(f.Unit), Class: f.Class,
		Grade: city.GradeOf(f.Grade), Required: f.Required, Observed: f.Observed, Description: f.Description.Names(), Title: f.Title.Names(),
		Min: f.Min, Max: f.Max, Integer: f.Integer, OneOf: f.OneOf, Length: f.Length,
		Target: city.EntityType(f.Target), Line: f.Line,
	}
	if out.Class == "" {
		out.Class = class
	}
	fs := append(f.checkHead(out), f.checkNumber(out)...)
	fs = append(fs, f.nameValues(&out)...)
	fs = append(fs, f.checkForeignKeys(out)...)
	if f.Pattern != "" {
		p, err := regexp.Compile(`^(?:` + f.Pattern + `)$`)
		if err != nil {
			fs = append(fs, f.Fault("pattern", "bad-pattern", "RE2 syntax, matched against the whole value", "%q: %v", f.Pattern, err))
		}
		out.Pattern = p
	}
	for _, name := range f.Geometry {
		kind := city.PlaceKindOf(name)
		if kind == 0 {
			fs = append(fs, f.Fault("geometry", "unknown-geometry", "a GeoJSON type such as Point or LineString", "%q is not a geometry", name))
			continue
		}
		out.Geometry = append(out.Geometry, kind)
	}
	return out, fs
}

func (f *fieldFile) checkHead(out Field) city.Faults {
	fs := append(f.Title.Check(), f.Description.Check()...)
	fs = append(fs, f.checkTitle()...)
	if why := city.CheckName(f.Name); why != "" && f.Has("name") {
		fs = append(fs, f.Fault("name", "bad-name", "an attribute name such as vehicleCount", "the field name %q %s", f.Name, why))
	}
	if out.Kind == city.None && f.Has("kind") {
		fs = append(fs, f.Fault("kind", "unknown-kind", KindHint, "%q is not a kind", f.Kind))
	}
	if out.Grade == 0 && f.Has("grade") {
		fs = append(fs, f.Fault("grade", "unknown-grade", "L1 (open), L2 (limited), L3 (sensitive) or L4 (not shared)", "%q is not a grade", f.Grade))
	}
	if f.Has("class") && !classForm.MatchString(f.Class) {
		fs = append(fs, f.Fault("class", "bad-class", "lower-case words divided by /, such as transport/road", "%q is not a class", f.Class))
	}
	if why := city.CheckName(f.Target); why != "" && f.Target != "" {
		fs = append(fs, f.Fault("target", "bad-name", "an entity type such as Agency", "the target %q %s", f.Target, why))
	}
	if f.Length < 0 {
		fs = append(fs, f.Fault("length", "bad-length", "", "the length %d is below zero", f.Length))
	}
	return fs
}

// maxTitle is how many characters a title has at most: it stands in a column
// beside the value.
const maxTitle = 40

func (f *fieldFile) checkTitle() city.Faults {
	for _, l := range []struct{ key, text string }{{"zh", f.Title.ZH}, {"en", f.Title.EN}} {
		if n := utf8.RuneCountInString(l.text); n > maxTitle {
			return city.Faults{f.Title.Fault(l.key, "long-title", "say more in description", "the title of %s has %d characters; it stands beside the value and has at most %d", f.Name, n, maxTitle)}
		}
	}
	return nil
}

// nameValues gives the values of a field what people read instead of them.
func (f *fieldFile) nameValues(out *Field) city.Faults {
	var fs city.Faults
	for _, value := range slices.Sorted(maps.Keys(f.Values)) {
		text := f.Values[value]
		fs = append(fs, text.Check()...)
		if !slices.Contains(f.OneOf, value) {
			fs = append(fs, text.Fault("", "unknown-value", "values names those of one-of", "%s has no value %q", f.Name, value))
			continue
		}
		if out.Values == nil {
			out.Values = map[string]city.Names{}
		}
		out.Values[value] = text.Names()
	}
	return fs
}

func (f *fieldFile) checkNumber(out Field) city.Faults {
	var fs city.Faults
	if out.Kind != city.Number {
		return nil
	}
	if !f.Has("unit") {
		fs = append(fs, f.Fault("name", "missing-unit", "a UN/CEFACT common code such as KMH; C62 for a count, P1 for per cent", "the number %s has no unit", f.Name))
	} else if _, ok := UnitSymbol(out.Unit); !ok {
		fs = append(fs, f.Fault("unit", "unknown-unit", unitHint(), "%q is not a unit", f.Unit))
	}
	return append(fs, checkBounds(f.Pos, f.Min, f.Max)...)
}

func (f *fieldFile) checkForeignKeys(out Field) city.Faults {
	var fs city.Faults
	if out.Kind == city.None {
		return nil
	}
	for _, key := range []string{"unit", "min", "max", "integer", "one-of", "values", "pattern", "length", "geometry", "target"} {
		if kind := keysOfKind[key]; f.Has(key) && kind != out.Kind {
			fs = append(fs, f.Fault(key, "foreign-key", "remove it", "%s is for fields of kind %s; %s is a %s", key, KindName(kind), f.Name, f.Kind))
		}
	}
	return fs
}
