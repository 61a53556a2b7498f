package admin

import (
	"context"
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/operation"
	"citybrain/city"
)

// QuarantinedBody is a source row that could not be applied.
type QuarantinedBody struct {
	ID            string `json:"id" example:"17"`
	Feed          string `json:"feed" example:"parking"`
	Run           string `json:"run,omitempty"`
	Row           int64  `json:"row,omitzero" required:"false" doc:"Number of the row in its source, 1 for the first after a header; absent for pushed rows"`
	ReceivedAt    string `json:"receivedAt" format:"date-time"`
	Reason        string `json:"reason" doc:"Which field and which rule" example:"vehiclecount: \"n/a\" is not a number"`
	Raw           string `json:"raw" doc:"The row as it came; a CSV row below a line with its columns"`
	State         string `json:"state" enum:"open,resubmitted"`
	ResubmittedAt string `json:"resubmittedAt,omitempty" format:"date-time"`
	Result        string `json:"result,omitempty" doc:"What became of the corrected row" example:"applied"`
}

// QuarantineList is a page of quarantined rows.
type QuarantineList struct {
	Rows []QuarantinedBody `json:"rows"`
	Next string            `json:"next,omitempty" doc:"Hand it in as after for the next page; absent on the last"`
}

// ResubmitRequest is the corrected row.
type ResubmitRequest struct {
	Raw string `json:"raw" minLength:"1" maxLength:"1000000" doc:"The corrected row: a CSV header and a row, a CSV row alone in the columns of the quarantined one, or a JSON object"`
}

// ResubmitBody says what became of a corrected row.
type ResubmitBody struct {
	Class  string `json:"class" enum:"applied,flagged,duplicate,quarantined,outside"`
	Reason string `json:"reason,omitempty" doc:"Why it is in quarantine again"`
}

type quarantineInput struct {
	Feed  string `query:"feed" maxLength:"512" doc:"Rows of one feed"`
	State string `query:"state" enum:"open,all" default:"open" doc:"open: not resubmitted yet"`
	After string `query:"after" maxLength:"20" doc:"The next of the page before"`
	Limit int    `query:"limit" minimum:"1" maximum:"1000" default:"100"`
}

type rowInput struct {
	ID string `path:"id" maxLength:"20" doc:"The row's id"`
}

type resubmitInput struct {
	ID   string `path:"id" maxLength:"20" doc:"The row's id"`
	Body ResubmitRequest
}

func (h *Handler) quarantineRoutes() {
	huma.Register(h.api, operation.New("list-quarantine", http.MethodGet, "/api/v1/quarantine", "feeds", "Rows that could not be applied, oldest first"), h.listQuarantine)
	huma.Register(h.api, operation.New("get-quarantined-row", http.MethodGet, "/api/v1/quarantine/{id}", "feeds", "One row", http.StatusNotFound),
		func(ctx context.Context, in *rowInput) (*operation.Reply[QuarantinedBody], error) {
			row, err := h.row(ctx, in.ID)
			if err != nil {
				return nil, operation.Fail(ctx, err)
			}
			return operation.Answer(quarantinedBody(&row)), nil
		})
	op := operation.New("resubmit-row", http.MethodPost, "/api/v1/quarantine/{id}/resubmit", "feeds", "Hand in a corrected row",
		http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusRequestEntityTooLarge)
	op.Description = "The corrected row goes the way of every row, is counted as one and is marked as corrected. A row is resubmitted once; if the corrected one is in " +
		"quarantine again, it stands there as a row of its own."
	huma.Register(h.api, op, h.resubmit)
}

func (h *Handler) listQuarantine(ctx context.Context, in *quarantineInput) (*operation.Reply[QuarantineList], error) {
	f := QuarantineFilter{Feed: city.FeedID(in.Feed), Open: in.State != "all", Limit: in.Limit + 1}
	if in.After != "" {
		var err error
		if f.After, err = rowID(in.After, "after"); err != nil {
			return nil, operation.Fail(ctx, err)
		}
	}
	rows, err := h.Quarantine.Quarantine(ctx, f)
	if err == nil && len(rows) == 0 && f.Feed != "" {
		err = h.checkFeed(ctx, f.Feed)
	}
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	var out QuarantineList
	if len(rows) > in.Limit {
		rows = rows[:in.Limit]
		out.Next = strconv.FormatInt(rows[in.Limit-1].ID, 10)
	}
	out.Rows = make([]QuarantinedBody, len(rows))
	for i := range rows {
		out.Rows[i] = quarantinedBody(&rows[i])
	}
	return operation.Answer(out), nil
}

func (h *Handler) row(ctx context.Context, id string) (QuarantinedRow, error) {
	n, err := rowID(id, "id")
	if err != nil {
		return QuarantinedRow{}, err
	}
	return h.Quarantine.QuarantineRow(ctx, n)
}

func rowID(s, field string) (int64, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err != nil || n < 0 {
		return 0, city.InvalidField("admin", field, "%q is not the id of a quarantined row", s)
	}
	return n, nil
}

// resubmit hands in a corrected row and then marks the old one. Doing it twice
// at the same time hands the row in twice, which the log's rule of one instance
// per source, entity, attribute and instant makes harmless.
func (h *Handler) resubmit(ctx context.Context, in *resubmitInput) (*operation.Reply[ResubmitBody], error) {
	row, err := h.row(ctx, in.ID)
	if err == nil {
		err = h.mayFeed(ctx, row.Feed)
	}
	if err == nil && row.ResubmittedAt != 0 {
		err = city.Errorf(city.Conflict, "admin", "the row was resubmitted at %s: %s", row.ResubmittedAt, row.Result)
	}
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	class, reason, err := h.Pusher.Resubmit(ctx, row, in.Body.Raw)
	if err != nil {
		return nil, operation.Fail(ctx, err)
	}
	result := class.String()
	if reason != "" {
		result += ": " + reason
	}
	if err := h.Quarantine.MarkResubmitted(ctx, row.ID, h.Clock.Now(), result); err != nil {
		return nil, operation.Fail(ctx, err)
	}
	return operation.Answer(ResubmitBody{class.String(), reason}), nil
}

func quarantinedBody(r *QuarantinedRow) QuarantinedBody {
	b := QuarantinedBody{ID: strconv.FormatInt(r.ID, 10), Feed: string(r.Feed), Run: runName(r.Run), Row: r.Row, ReceivedAt: r.ReceivedAt.String(),
		Reason: r.Reason, Raw: r.Raw, State: "open", ResubmittedAt: r.ResubmittedAt.String(), Result: r.Result}
	if r.ResubmittedAt != 0 {
		b.State = "resubmitted"
	}
	return b
}

// runName is a run as text: JSON numbers do not hold 64 bits.
func runName(run uint64) string {
	if run == 0 {
		return ""
	}
	return strconv.FormatUint(run, 16)
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
