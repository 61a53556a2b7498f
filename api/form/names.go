package form

import (
	"github.com/danielgtaylor/huma/v2"

	"citybrain/city"
	"citybrain/internal/wire"
)

// Names is a text in the languages of the console.
type Names struct {
	ZH string `json:"zh" maxLength:"200" doc:"中文" example:"智慧停车"`
	EN string `json:"en" maxLength:"200" doc:"English" example:"Parking relief"`
}

// NamesOf is the form of n.
func NamesOf(n city.Names) Names { return Names{n.ZH, n.EN} }

// NamesList is the form of several texts.
func NamesList(list []city.Names) []Names {
	out := make([]Names, len(list))
	for i, n := range list {
		out[i] = NamesOf(n)
	}
	return out
}

// City is n as the domain knows it.
func (n Names) City() city.Names { return city.Names{ZH: n.ZH, EN: n.EN} }

// Post is a place in the organisation of the city that a person can hold.
type Post struct {
	ID     string `json:"id" example:"traffic-dispatcher"`
	Agency string `json:"agency" example:"road-authority"`
	Duty   string `json:"duty" enum:"duty-officer,dispatcher,handler,auditor,administrator"`
	Name   Names  `json:"name"`
}

// PostsOf is the form of posts.
func PostsOf(list []city.Post) []Post {
	out := make([]Post, len(list))
	for i, p := range list {
		out[i] = Post{string(p.ID), string(p.Agency), string(p.Duty), NamesOf(p.Name)}
	}
	return out
}

// Geometry is a GeoJSON geometry (RFC 7946).
type Geometry struct{ *city.Place }

// GeometryOf is the form of p, or nil.
func GeometryOf(p *city.Place) *Geometry {
	if p == nil {
		return nil
	}
	return &Geometry{p}
}

// MarshalJSON is the geometry.
func (g Geometry) MarshalJSON() ([]byte, error) { return wire.AppendPlace(nil, g.Place), nil }

// UnmarshalJSON reads a geometry; what breaks a rule is an Invalid error.
func (g *Geometry) UnmarshalJSON(raw []byte) (err error) {
	g.Place, err = wire.ParsePlace(raw)
	return err
}

// Schema describes a geometry.
func (Geometry) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeObject, Description: "A GeoJSON geometry (RFC 7946)", AdditionalProperties: false, Required: []string{"type", "coordinates"},
		Properties: map[string]*huma.Schema{
			"type":        {Type: huma.TypeString, Enum: []any{"Point", "LineString", "Polygon", "MultiPoint", "MultiLineString", "MultiPolygon"}},
			"coordinates": {Type: huma.TypeArray, Items: &huma.Schema{}},
		}}
	s.PrecomputeMessages()
	return s
}
