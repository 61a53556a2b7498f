package admin

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"
)

// streamEntry describes the stream of live changes, which api/stream serves.
func (h *Handler) streamEntry() {
	op := h.operation("stream-changes", http.MethodGet, "/api/v1/stream", "situations", "Live changes as server-sent events")
	op.Description = "Events: `situation` (data: a Situation) when one is raised or cleared; `entities` (data: position, entities as normalized NGSI-LD, " +
		"deleted ids) at most every 100 ms; `reset` when entity changes were missed and entities should be read again. Every event has an id; send the last " +
		"one as Last-Event-ID or after to go on from there: no situation is missed."
	list := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	op.Parameters = []*huma.Param{
		list("types", "situation, entity or both, separated by commas; both if absent"),
		list("situationType", "Situations of these types, separated by commas"),
		list("entityType", "Entities of these types, separated by commas"),
		list("after", "The id of the last event seen, as p<position>-s<change>; p0-s0 replays every situation"),
		{Name: "Last-Event-ID", In: "header", Description: "The same as after; goes before it", Schema: &huma.Schema{Type: huma.TypeString}},
	}
	registry := h.api.OpenAPI().Components.Schemas
	op.Responses = map[string]*huma.Response{"200": {Description: "The stream; it ends only when the client or the server leaves",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString},
			Example: "id: p8127-s42\nevent: situation\ndata: {\"id\":\"0f3c…\",\"type\":\"road-congestion\",\"state\":\"up\"}\n\n"}}}}
	problems(registry, &op)
	h.api.OpenAPI().AddOperation(&op)
}
