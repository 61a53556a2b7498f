package pack

import (
	"fmt"

	"citybrain/city"
)

// Advice lists what does not keep a pack from running but will be read by people
// as names of files and programs: fields, values and reasons without a text in
// both languages. The faults of Load come first; a pack that has some needs no
// advice yet.
func (p *Pack) Advice() city.Faults {
	var fs city.Faults
	for _, std := range p.Standards {
		for i := range std.Fields {
			f := &std.Fields[i]
			if f.Title == (city.Names{}) {
				fs = append(fs, city.Fault{File: std.File, Line: f.Line, Rule: "missing-title", Text: fmt.Sprintf("people read the description of %s beside its values", f.Name),
					Hint: "give it a title of a word or two"})
			}
			for _, value := range f.OneOf {
				if _, named := f.Values[value]; !named {
					fs = append(fs, city.Fault{File: std.File, Line: f.Line, Rule: "missing-value", Text: fmt.Sprintf("people read the value %s of %s as it stands", value, f.Name),
						Hint: "name it in both languages under values"})
				}
			}
		}
	}
	said := map[string]bool{}
	for _, r := range p.Rules {
		for _, word := range reasonsOf(r) {
			if _, named := p.Gives.Reasons[word]; !named && !said[word] {
				said[word] = true
				fs = append(fs, city.Fault{File: r.Spec().File, Line: r.Spec().At("reasons"), Rule: "missing-reason", Text: fmt.Sprintf("people read the reason %s as it stands", word),
					Hint: "name it in both languages under gives.reasons of pack.yaml"})
			}
		}
	}
	return sorted(fs)
}

// Advice is that of all packs, and which feeds have no title.
func (c *City) Advice() city.Faults {
	var fs city.Faults
	for _, p := range c.Packs {
		fs = append(fs, p.Advice()...)
	}
	for _, m := range c.Feeds {
		if spec := m.Spec(); spec.Title.Names() == (city.Names{}) {
			fs = append(fs, city.Fault{File: spec.Pos.File, Line: spec.At("id"), Rule: "missing-title", Text: fmt.Sprintf("people read the id of the feed %s", spec.ID),
				Hint: "give it a title in both languages"})
		}
	}
	return sorted(fs)
}
