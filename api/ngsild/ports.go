package ngsild

import (
	"context"

	"citybrain/city"
	"citybrain/history"
	"citybrain/model"
)

// Source is where values written through this interface come from.
const Source city.SourceID = "ngsi-ld"

// Present is what the interface reads of the city's present.
type Present interface {
	// View calls fn with an entity that fn neither keeps nor changes; false if
	// there is none.
	View(id city.EntityID, fn func(*city.Entity)) bool
	// Query answers in the order of ids.
	Query(q Query) Page
	// Types counts the entities of each type.
	Types() map[city.EntityType]int
}

// Writer is the single gate for changes. A change is durable and applied when
// Write returns its result without an error.
type Writer interface {
	Write(ctx context.Context, changes []city.Change) ([]Result, error)
}

// Past is what the interface reads of the city's past.
type Past interface {
	Read(ctx context.Context, q history.Query) (history.Page, error)
}

// Query, Near, Page and Result are the model's.
type (
	Query  = model.Query
	Near   = model.Near
	Page   = model.Page
	Result = model.Result
)
