package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/city"
)

// FeedBody is one way in and what became of its rows.
type FeedBody struct {
	ID       string     `json:"id" example:"traffic"`
	Title    form.Names `json:"title" doc:"What people call it; its id where the city does not say"`
	Agency   string     `json:"agency" doc:"Who is responsible for the source" example:"road-authority"`
	Kind     string     `json:"kind" enum:"observed,reference" doc:"observed: readings with a time; reference: loaded whole at start"`
	Way      string     `json:"way" enum:"file,push" doc:"How rows come in; rows may be pushed to a feed with a file, too"`
	Type     string     `json:"type" doc:"The type of the entities it feeds" example:"RoadSegment"`
	State    string     `json:"state" enum:"waiting,running,ended,failed"`
	Rows     RowsBody   `json:"rows"`
	Run      string     `json:"run,omitempty" doc:"One reading from the first row; counting starts anew with it" example:"9f1c33ab02d4e871"`
	LastAt   string     `json:"lastObservationAt,omitempty" format:"date-time" doc:"Absent for reference data and before the first observation"`
	TakenAt  string     `json:"lastTakenAt,omitempty" format:"date-time" doc:"The city's clock at the last row taken"`
	Lag      *float64   `json:"lagSeconds,omitempty" doc:"How far the latest observation stands behind the city's clock; absent where there is none"`
	Stale    bool       `json:"stale" doc:"Silent for longer than its stale rule allows"`
	Entities CountsBody `json:"entities"`
	Error    string     `json:"error,omitempty" doc:"Why the feed has failed"`
}

// RowsBody counts rows: total is the sum of the five classes; late ones are
// among the applied and flagged.
type RowsBody struct {
	Total       int64 `json:"total" example:"55264"`
	Applied     int64 `json:"applied"`
	Flagged     int64 `json:"flagged" doc:"Applied with a quality flag"`
	Duplicate   int64 `json:"duplicate"`
	Quarantined int64 `json:"quarantined"`
	Outside     int64 `json:"outside" doc:"Outside the replayed window"`
	Late        int64 `json:"late" doc:"Applied, but too old for the rules"`
}

// CountsBody counts the entities of a feed.
type CountsBody struct {
	Total int `json:"total"`
	Stale int `json:"stale"`
}

// FeedList is every feed of the city.
type FeedList struct {
	Feeds []FeedBody `json:"feeds"`
}

type feedsInput struct {
	Sound string `query:"sound" enum:"true,false" doc:"false: only feeds that have failed or are stale; true: only the others"`
}

type feedInput struct {
	ID string `path:"id" maxLength:"512" doc:"The feed's id" example:"traffic"`
}

func (h *Handler) feedRoutes() {
	huma.Register(h.api, operation.New("list-feeds", http.MethodGet, "/api/v1/feeds", "feeds", "Every feed, and what became of its rows"),
		func(ctx context.Context, in *feedsInput) (*operation.Reply[FeedList], error) {
			list, err := h.Feeds.Feeds(ctx)
			if err != nil {
				return nil, operation.Fail(ctx, err)
			}
			out := FeedList{Feeds: make([]FeedBody, 0, len(list))}
			for i := range list {
				if in.Sound == "" || (in.Sound == "true") == list[i].Sound() {
					out.Feeds = append(out.Feeds, feedBody(&list[i]))
				}
			}
			return operation.Answer(out), nil
		})
	huma.Register(h.api, operation.New("get-feed", http.MethodGet, "/api/v1/feeds/{id}", "feeds", "One feed", http.StatusNotFound),
		func(ctx context.Context, in *feedInput) (*operation.Reply[FeedBody], error) {
			list, err := h.Feeds.Feeds(ctx)
			if err != nil {
				return nil, operation.Fail(ctx, err)
			}
			for i := range list {
				if list[i].ID == city.FeedID(in.ID) {
					return operation.Answer(feedBody(&list[i])), nil
				}
			}
			return nil, operation.Fail(ctx, &city.Error{Kind: city.NotFound, Op: "admin", Field: "id", Detail: "the city has no such feed"})
		})
}

func feedBody(f *Feed) FeedBody {
	p := &f.Progress
	b := FeedBody{
		ID: string(f.ID), Title: titleOf(f), Agency: string(f.Agency), Kind: "reference", Way: f.Way, Type: string(f.Type), State: string(f.State),
		Rows: rowsBody(&p.Counts, f.Late), Run: runName(p.Run), TakenAt: p.At.String(),
		Stale: f.Stale, Entities: CountsBody{f.Entities, f.StaleEntities}, Error: f.Error,
	}
	if !f.Observed {
		return b
	}
	b.Kind = "observed"
	if p.LastAt != 0 {
		lag := f.Lag.Seconds()
		b.LastAt, b.Lag = p.LastAt.String(), &lag
	}
	return b
}

func titleOf(f *Feed) form.Names {
	if f.Title == (city.Names{}) {
		return form.Names{ZH: string(f.ID), EN: string(f.ID)}
	}
	return form.NamesOf(f.Title)
}

func rowsBody(counts *[city.RowClasses]int64, late int64) RowsBody {
	b := RowsBody{Applied: counts[city.RowApplied], Flagged: counts[city.RowFlagged], Duplicate: counts[city.RowDuplicate],
		Quarantined: counts[city.RowQuarantined], Outside: counts[city.RowOutside], Late: late}
	b.Total = b.Applied + b.Flagged + b.Duplicate + b.Quarantined + b.Outside
	return b
}
