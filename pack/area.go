package pack

import (
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// Area is a named piece of the city.
type Area struct {
	ID    string
	Kind  string // such as district; rules may ask for the areas of one kind
	Name  city.Names
	Note  city.Names // where its border comes from, how exact it is
	Place *city.Place
}

type areasFile struct {
	strictyaml.Pos
	Areas []areaFile `yaml:"areas,required"`
}

type areaFile struct {
	strictyaml.Pos
	ID      string        `yaml:"id,required"`
	Kind    string        `yaml:"kind"`
	Name    catalog.Text  `yaml:"name,required"`
	Note    catalog.Text  `yaml:"note"`
	Polygon [][][]float64 `yaml:"polygon,required"` // GeoJSON coordinates of a Polygon
}

// DefaultKind is the kind of an area that states none.
const DefaultKind = "district"

const polygonHint = "the coordinates of a GeoJSON Polygon: rings of [longitude, latitude], first and last position equal"

func parseAreas(d document) ([]Area, city.Faults) {
	var f areasFile
	fs := strictyaml.Decode(d.file, d.data, &f)
	seen := map[string]bool{}
	var out []Area
	for i := range f.Areas {
		a := &f.Areas[i]
		fs = append(fs, a.Name.Check()...)
		fs = append(fs, a.Note.Check()...)
		if a.Has("id") && !catalog.IsIdentifier(a.ID) {
			fs = append(fs, a.Fault("id", "bad-name", catalog.IdentifierHint, "the area id %q is not a name", a.ID))
		} else if seen[a.ID] {
			fs = append(fs, a.Fault("id", "repeated-area", "", "the area %s is described twice", a.ID))
		}
		seen[a.ID] = true
		if !a.Has("kind") {
			a.Kind = DefaultKind
		} else if !catalog.IsIdentifier(a.Kind) {
			fs = append(fs, a.Fault("kind", "bad-name", catalog.IdentifierHint, "the kind %q of area is not a name", a.Kind))
		}
		place, why := PolygonOf(a.Polygon)
		if why != "" && a.Has("polygon") {
			fs = append(fs, a.Fault("polygon", "bad-polygon", polygonHint, "the area %s %s", a.ID, why))
		}
		out = append(out, Area{ID: a.ID, Kind: a.Kind, Name: a.Name.Names(), Note: a.Note.Names(), Place: place})
	}
	return out, fs
}
