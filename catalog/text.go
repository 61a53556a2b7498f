package catalog

import (
	"regexp"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Text is the YAML form of city.Names: {zh: …, en: …}, both needed.
type Text struct {
	strictyaml.Pos
	ZH string `yaml:"zh,required"`
	EN string `yaml:"en,required"`
}

// Names is t without its place in the file.
func (t Text) Names() city.Names { return city.Names{ZH: t.ZH, EN: t.EN} }

// Check reports a language that is written but empty.
func (t Text) Check() city.Faults {
	var fs city.Faults
	for _, l := range []struct{ key, text string }{{"zh", t.ZH}, {"en", t.EN}} {
		if t.Has(l.key) && l.text == "" {
			fs = append(fs, t.Fault(l.key, "empty-text", "write the text in both languages", "%s is empty", l.key))
		}
	}
	return fs
}

var identifier = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// IsIdentifier says whether s is a name as files of a pack or city use it:
// lower-case words joined by hyphens, such as road-congestion.
func IsIdentifier(s string) bool { return len(s) <= 64 && identifier.MatchString(s) }

// IdentifierHint says what IsIdentifier wants.
const IdentifierHint = "lower-case words joined by hyphens, such as inner-city"
