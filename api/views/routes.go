package views

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/indicator"
	"citybrain/internal/clock"
	"citybrain/pack"
)

// Options are what the operations work with.
type Options struct {
	Board   *indicator.Board
	Layers  []pack.Layer
	Basemap []byte // GeoJSON; nil: a collection without features
	Clock   clock.Clock
	Wall    clock.Clock // nil: the machine's
}

type desk struct{ Options }

// Routes registers the operations on an interface and its mux.
func Routes(api huma.API, mux *http.ServeMux, o Options) {
	if o.Wall == nil {
		o.Wall = &clock.Wall{}
	}
	if o.Board == nil {
		o.Board = &indicator.Board{}
	}
	d := &desk{o}
	d.figures(api)
	layers(api, o.Layers)
	basemap(api, mux, o.Basemap)
}
