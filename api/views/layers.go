package views

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/pack"
)

// LayerList is every layer of the map.
type LayerList struct {
	Layers []LayerBody `json:"layers"`
}

// LayerBody is a layer of the map: the entities of one type.
type LayerBody struct {
	ID     string      `json:"id" example:"roads"`
	Pack   string      `json:"pack" example:"parking-relief"`
	Title  form.Names  `json:"title"`
	Type   string      `json:"type" doc:"The type of the entities" example:"RoadSegment"`
	Draw   string      `json:"draw" enum:"point,line,area"`
	Value  *ValueBody  `json:"value,omitempty" doc:"What an entity is coloured by; absent: all alike"`
	Unit   string      `json:"unit,omitempty" doc:"Of the value" example:"%"`
	Scale  *ScaleBody  `json:"scale,omitempty"`
	Label  *LabelBody  `json:"label,omitempty"`
	Fields []FieldBody `json:"fields" doc:"What is shown when an entity is opened"`
}

// ValueBody is an attribute, or the ratio of one attribute to another.
type ValueBody struct {
	Attribute string `json:"attribute,omitempty"`
	Ratio     string `json:"ratio,omitempty" doc:"This attribute divided by of" example:"averageVehicleSpeed"`
	Of        string `json:"of,omitempty" example:"freeFlowSpeed"`
}

// ScaleBody is where a value is fully good and fully poor; either may be the
// greater.
type ScaleBody struct {
	Good float64 `json:"good" example:"0.8"`
	Poor float64 `json:"poor" example:"0.3"`
}

// LabelBody is the attribute that names an entity.
type LabelBody struct {
	Attribute string `json:"attribute"`
}

// FieldBody is an attribute as it is shown.
type FieldBody struct {
	Attribute string     `json:"attribute"`
	Title     form.Names `json:"title"`
	Unit      string     `json:"unit,omitempty" example:"km/h"`
}

func layers(api huma.API, list []pack.Layer) {
	body := LayerList{make([]LayerBody, len(list))}
	for i := range list {
		body.Layers[i] = layerBody(&list[i])
	}
	huma.Register(api, operation.New("list-layers", http.MethodGet, "/api/v1/layers", "views", "The layers of the map, from the packs' views"),
		func(context.Context, *struct{}) (*operation.Reply[LayerList], error) {
			return operation.Answer(body), nil
		})
}

func layerBody(l *pack.Layer) LayerBody {
	b := LayerBody{ID: l.ID, Pack: l.Pack, Title: form.NamesOf(l.Title), Type: string(l.Type), Draw: string(l.Draw), Unit: l.Unit, Fields: make([]FieldBody, len(l.Fields))}
	switch {
	case l.Value != nil && l.Value.Of != "":
		b.Value = &ValueBody{Ratio: string(l.Value.Attribute), Of: string(l.Value.Of)}
	case l.Value != nil:
		b.Value = &ValueBody{Attribute: string(l.Value.Attribute)}
	}
	if l.Scale != nil {
		b.Scale = &ScaleBody{l.Scale.Good, l.Scale.Poor}
	}
	if l.Label != "" {
		b.Label = &LabelBody{string(l.Label)}
	}
	for i, f := range l.Fields {
		b.Fields[i] = FieldBody{string(f.Attribute), form.NamesOf(f.Title), f.Unit}
	}
	return b
}
