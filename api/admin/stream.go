package admin

import (
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/operation"
)

// streamEntry describes the stream of live changes, which api/stream serves.
func (h *Handler) streamEntry() {
	op := operation.New("stream-changes", http.MethodGet, "/api/v1/stream", "situations", "Live changes as server-sent events")
	op.Description = "Events: `situation` (data: a Situation) when one is announced, cleared, suppressed after it was announced, released, or announced again because it is still up; with suppressed=true also when one is raised or cleared of which nobody was told; `case` (data: a Case) when a move was made; `entities` (data: position, " +
		"entities as normalized NGSI-LD, deleted ids) at most every 100 ms; `reset` when entity changes were missed and entities should be read again; `clock` " +
		"(data: a Clock) at once and every 5 seconds. Every event has an id; send the last one as Last-Event-ID or after to go on from there: no situation and no case is missed."
	list := func(name, doc string) *huma.Param {
		return &huma.Param{Name: name, In: "query", Description: doc, Schema: &huma.Schema{Type: huma.TypeString}}
	}
	op.Parameters = []*huma.Param{
		list("types", "Of situation, entity and case, separated by commas; all if absent"),
		list("situationType", "Situations of these types, separated by commas"),
		list("entityType", "Entities of these types, separated by commas"),
		list("suppressed", "true: also situations that were never announced, with the reasons"),
		list("after", "The id of the last event seen, as p<position>-s<situation notice>-c<case change>; p0-s0-c0 replays every situation and every case. Without -c… cases begin now"),
		{Name: "Last-Event-ID", In: "header", Description: "The same as after; goes before it", Schema: &huma.Schema{Type: huma.TypeString}},
	}
	op.Responses = map[string]*huma.Response{"200": {Description: "The stream; it ends only when the client or the server leaves",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString},
			Example: "id: p8127-s42-c7\nevent: situation\ndata: {\"id\":\"0f3c…\",\"type\":\"road-congestion\",\"state\":\"up\"}\n\n"}}}}
	operation.Describe(h.api, op)
}
