package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/catalog"
)

// TypeList is every entity type that a data standard describes.
type TypeList struct {
	Types []TypeBody `json:"types"`
}

// TypeBody is an entity type and what people call its attributes.
type TypeBody struct {
	Type        string          `json:"type" example:"RoadSegment"`
	Version     string          `json:"version" example:"1.0.0"`
	Title       form.Names      `json:"title"`
	Description form.Names      `json:"description"`
	Class       string          `json:"class" doc:"Field of business" example:"transport/road"`
	Attributes  []AttributeBody `json:"attributes"`
}

// AttributeBody is one attribute of a type.
type AttributeBody struct {
	Name        string                `json:"name" example:"averageVehicleSpeed"`
	Title       form.Names            `json:"title" doc:"A word or two, to stand beside the value"`
	Description form.Names            `json:"description"`
	Kind        string                `json:"kind" enum:"number,text,bool,time,place,relation,json"`
	Unit        string                `json:"unit,omitempty" doc:"Of numbers, as people read it; absent for counts" example:"km/h"`
	Grade       string                `json:"grade" doc:"How sensitive it is" enum:"L1,L2,L3,L4"`
	Values      map[string]form.Names `json:"values,omitempty" doc:"What people read instead of a value"`
}

func (h *Handler) typeRoutes() {
	list := TypeList{Types: make([]TypeBody, len(h.City.Standards))}
	for i, std := range h.City.Standards {
		list.Types[i] = typeBody(std)
	}
	huma.Register(h.api, operation.New("list-types", http.MethodGet, "/api/v1/types", "city", "The entity types, from the packs' data standards"),
		func(context.Context, *struct{}) (*operation.Reply[TypeList], error) {
			return operation.Answer(list), nil
		})
}

func typeBody(std *catalog.Standard) TypeBody {
	b := TypeBody{Type: string(std.Type), Version: std.Version, Title: form.NamesOf(std.Name), Description: form.NamesOf(std.Description),
		Class: std.Class, Attributes: make([]AttributeBody, len(std.Fields))}
	for i := range std.Fields {
		f := &std.Fields[i]
		b.Attributes[i] = AttributeBody{Name: string(f.Name), Title: form.NamesOf(f.Called()), Description: form.NamesOf(f.Description),
			Kind: catalog.KindName(f.Kind), Unit: f.Symbol(), Grade: f.Grade.String(), Values: namesByWord(f.Values)}
	}
	return b
}
