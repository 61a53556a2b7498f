package pack

import (
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// viewsFile is the form of a file in views/.
type viewsFile struct {
	strictyaml.Pos
	Layers  []layerFile  `yaml:"layers"`
	Figures []figureFile `yaml:"figures"`
}

// readViews reads the map layers and figures of a pack, whose rules have been
// read.
func (p *Pack) readViews(files []document) city.Faults {
	var fs city.Faults
	for _, d := range files {
		var f viewsFile
		faults := strictyaml.Decode(d.file, d.data, &f)
		var more city.Faults
		if f.Line != 0 && !f.Has("layers") && !f.Has("figures") {
			more = append(more, f.Fault("", "no-views", "write layers, figures or both", "the file shows nothing"))
		}
		for i := range f.Layers {
			more = append(more, p.readLayer(&f.Layers[i])...)
		}
		for i := range f.Figures {
			more = append(more, p.readFigure(&f.Figures[i])...)
		}
		fs = append(fs, faults.Besides(more)...)
	}
	return fs
}

func checkViewID(at strictyaml.Pos, id string, twice bool) city.Faults {
	switch {
	case !at.Has("id"):
		return nil
	case !catalog.IsIdentifier(id):
		return city.Faults{at.Fault("id", "bad-name", catalog.IdentifierHint, "the id %q is not a name", id)}
	case twice:
		return city.Faults{at.Fault("id", "repeated-view", "choose another id", "the pack has another %s", id)}
	}
	return nil
}

// typeOfView is the standard of a type that a view shows; nil without a fault
// where the standard could not be read.
func (p *Pack) typeOfView(at strictyaml.Pos, key, name string) (*catalog.Standard, city.Faults) {
	if !at.Has(key) {
		return nil, nil // said by the decoder
	}
	std := p.Standard(city.EntityType(name))
	if std == nil && !p.unread[city.EntityType(name)] {
		return nil, city.Faults{at.Fault(key, "unknown-type", p.typeHint(name), "the pack has no standard for %s", name)}
	}
	return std, nil
}

// checkShown says what is wrong with a view showing an attribute: its field must
// be described, of the kind that is wanted if any, and declared in needs.
func (p *Pack) checkShown(at strictyaml.Pos, key string, std *catalog.Standard, name city.AttributeName, want city.ValueKind) city.Faults {
	if std == nil || name == "" {
		return nil
	}
	field := std.Field(name)
	switch {
	case field == nil:
		return city.Faults{at.Fault(key, "unknown-attribute", std.FieldHint(string(name)), "%s has no field %s", std.Type, name)}
	case want != city.None && field.Kind != city.None && field.Kind != want:
		return city.Faults{at.Fault(key, "wrong-kind", "", "the view takes %s of %s for a %s; it is a %s", name, std.Type, catalog.KindName(want), catalog.KindName(field.Kind))}
	case p.manifest.Needs.Has("fields") && !p.needs(std.Type, name):
		return city.Faults{at.Fault(key, "undeclared-use", "list it under needs.fields in pack.yaml", "the view shows %s of %s, which the pack does not say it needs", name, std.Type)}
	}
	return nil
}
