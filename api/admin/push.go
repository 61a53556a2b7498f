package admin

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/caller"
	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/api/problem"
	"citybrain/city"
	"citybrain/internal/wire"
)

// PushBody says what became of pushed rows.
type PushBody struct {
	Rows     RowsBody       `json:"rows"`
	Rejected []RejectedBody `json:"rejected" doc:"The first rows that went to quarantine"`
}

// RejectedBody is a row that went to quarantine.
type RejectedBody struct {
	Row    int64  `json:"row" doc:"From 1 in this request" example:"17"`
	Reason string `json:"reason" example:"avgSpeed: \"fast\" is not a number"`
}

// pushPause is how long a sender may fall silent in the middle of a body.
const pushPause = 30 * time.Second

// pushRoute serves the push of rows without huma, which would read the whole
// body before the first row is taken.
func (h *Handler) pushRoute() {
	const path = "/api/v1/feeds/{id}/rows"
	h.mux.HandleFunc("POST "+path, func(w http.ResponseWriter, r *http.Request) {
		if err := h.push(w, r); err != nil {
			h.Problems.Write(w, r, err)
		}
	})
	op := operation.New("push-rows", http.MethodPost, path, "feeds", "Send rows to a feed", http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
		http.StatusRequestEntityTooLarge, http.StatusUnsupportedMediaType)
	op.Description = "Rows are in the format and with the columns of the feed's mapping. Each row ends in exactly one class; a bad row goes to " +
		"quarantine and does not stop the others. The answer comes when every row is durable. A body that cannot be read as rows to its end is refused " +
		"whole. When the city is overloaded in the middle of a body, the problem says how many rows were taken; sending all of it again does not double them."
	op.Parameters = []*huma.Param{{Name: "id", In: "path", Required: true, Description: "The feed's id", Schema: &huma.Schema{Type: huma.TypeString}, Example: "traffic"}}
	text := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}}
	op.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/csv":             {Schema: text.Schema, Example: "TIMESTAMP,REPORT_ID,avgSpeed,vehicleCount\n2014-08-11T06:35:00,158324,12,7\n"},
		"application/json":     {Schema: &huma.Schema{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeObject}}},
		"application/x-ndjson": text,
	}}
	registry := h.api.OpenAPI().Components.Schemas
	op.Responses = map[string]*huma.Response{"200": {Description: "What became of the rows", Content: map[string]*huma.MediaType{
		"application/json": {Schema: registry.Schema(typeOf[PushBody](), true, "")}}}}
	operation.Describe(h.api, op)
}

func (h *Handler) push(w http.ResponseWriter, r *http.Request) error {
	if err := h.mayFeed(r.Context(), city.FeedID(r.PathValue("id"))); err != nil {
		return err
	}
	if r.URL.RawQuery != "" {
		return city.InvalidField("admin", "query", "this operation has no parameters")
	}
	if r.ContentLength > h.MaxPush {
		return &city.Error{Kind: city.TooLarge, Op: "admin", Field: "body", Detail: "the body is larger than " + strconv.FormatInt(h.MaxPush, 10) + " bytes"}
	}
	body := &patientBody{ResponseController: http.NewResponseController(w), body: http.MaxBytesReader(w, r.Body, h.MaxPush)}
	held := r.ContentLength
	if held < 0 {
		held = h.MaxPush
	}
	defer h.inFlight.Add(-held)
	if h.inFlight.Add(held) > h.InFlight {
		return &city.Error{Kind: city.Overload, Op: "admin", Detail: "too many large bodies at once; send smaller ones or fewer at a time"}
	}
	result, err := h.Pusher.Push(r.Context(), city.FeedID(r.PathValue("id")), r.Header.Get("Content-Type"), body)
	if err != nil {
		return partly(err, result.Rows)
	}
	out := PushBody{Rows: rowsBody(&result.Counts, 0), Rejected: make([]RejectedBody, len(result.Rejected))}
	for i, row := range result.Rejected {
		out.Rejected[i] = RejectedBody(row)
	}
	answer, err := wire.Marshal(out)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json")
	_, _ = w.Write(answer)
	return nil
}

// mayFeed fails unless the caller may put rows into a feed: an administrator, or
// a dispatcher of the agency that is responsible for it.
func (h *Handler) mayFeed(ctx context.Context, id city.FeedID) error {
	c, err := caller.Signed(ctx)
	if err != nil || c.Actor.Holds(city.Administrator, "") {
		return err
	}
	feeds, err := h.Feeds.Feeds(ctx)
	if err != nil {
		return err
	}
	who := []form.Who{{Duty: string(city.Administrator)}}
	for i := range feeds {
		if a := feeds[i].Agency; feeds[i].ID == id && a != "" {
			if c.Actor.Holds(city.Dispatcher, a) {
				return nil
			}
			who = append(who, form.Who{Duty: string(city.Dispatcher), Agency: string(a)})
		}
	}
	return problem.Guarded(city.Errorf(city.Denied, "admin", "rows of a feed come from administrators and from dispatchers of its agency"), "duty", who)
}

// partly says in err how many rows were taken before it.
func partly(err error, rows int64) error {
	var e *city.Error
	if rows == 0 || !errors.As(err, &e) {
		return err
	}
	told := *e
	told.Detail += "; " + strconv.FormatInt(rows, 10) + " rows before were taken, and sending all again does not double them"
	told.Err = err
	return &told
}

// patientBody gives a sender of a long body as long as it takes, as long as
// something comes every pushPause.
type patientBody struct {
	*http.ResponseController
	body io.Reader
	next time.Time
}

func (b *patientBody) Read(p []byte) (int, error) {
	if now := time.Now(); now.After(b.next) {
		b.next = now.Add(pushPause / 3)
		// Not every connection has deadlines; then the server's hold.
		_ = b.SetReadDeadline(now.Add(pushPause))
		_ = b.SetWriteDeadline(now.Add(2 * pushPause))
	}
	return b.body.Read(p)
}
