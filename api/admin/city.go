package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/city"
)

// Names is a text in the languages of the console.
type Names struct {
	ZH string `json:"zh" doc:"中文" example:"智慧停车"`
	EN string `json:"en" doc:"English" example:"Parking relief"`
}

func namesOf(n city.Names) Names { return Names{n.ZH, n.EN} }

// CityBody is the city that is served.
type CityBody struct {
	Name      Names        `json:"name"`
	Note      Names        `json:"note" doc:"What should be said with the name"`
	TimeZone  string       `json:"timeZone" example:"Europe/Copenhagen"`
	Languages []string     `json:"languages" doc:"Of the console, the default first" example:"[\"zh\",\"en\"]"`
	View      ViewBody     `json:"view"`
	Agencies  []AgencyBody `json:"agencies"`
	Packs     []PackBody   `json:"packs"`
}

// ViewBody is what a map of the city shows at first.
type ViewBody struct {
	Center [2]float64 `json:"center" doc:"Longitude and latitude" example:"[10.2,56.15]"`
	Zoom   float64    `json:"zoom" example:"12"`
	Bounds [4]float64 `json:"bounds" doc:"West, south, east, north" example:"[9.9,56,10.4,56.3]"`
}

// AgencyBody is an office of the city.
type AgencyBody struct {
	ID    string   `json:"id" example:"road-authority"`
	Name  Names    `json:"name"`
	Roles []string `json:"roles" doc:"What packs ask for"`
}

// PackBody is an enabled scenario.
type PackBody struct {
	Name    string `json:"name" example:"parking-relief"`
	Title   Names  `json:"title"`
	Version string `json:"version" example:"1.0.0"`
}

// RuleBody is a rule of a pack.
type RuleBody struct {
	ID       string `json:"id" example:"parking-relief/road-congestion"`
	Title    Names  `json:"title"`
	Entity   string `json:"entity" doc:"The type of the entities it looks at" example:"RoadSegment"`
	Severity string `json:"severity,omitempty" enum:"minor,moderate,major,critical"`
}

// RuleList is every rule that runs.
type RuleList struct {
	Rules []RuleBody `json:"rules"`
}

// LogBody is the state of the log.
type LogBody struct {
	First         uint64         `json:"first" doc:"The oldest position kept; everything before is trimmed" example:"1"`
	Last          uint64         `json:"last" doc:"The latest position" example:"8127"`
	Bytes         int64          `json:"bytes"`
	MaxBytes      int64          `json:"maxBytes" doc:"0: no limit. At the limit new data is refused, never dropped"`
	MaxAgeSeconds int64          `json:"maxAgeSeconds" doc:"0: no limit"`
	Sync          string         `json:"sync" doc:"When the log is synced to disk: what a power cut can lose" example:"2m0s"`
	Consumers     []ConsumerBody `json:"consumers"`
}

// ConsumerBody is a part that follows the log.
type ConsumerBody struct {
	Name       string `json:"name" example:"model"`
	Checkpoint uint64 `json:"checkpoint" doc:"Up to here the part needs the log no more"`
}

type reply[T any] struct{ Body T }

// operation describes one operation; its errors are those that can occur.
func (h *Handler) operation(id, method, path, tag, summary string, errors ...int) huma.Operation {
	return huma.Operation{OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary,
		Errors:      append(errors, http.StatusBadRequest, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusInternalServerError, http.StatusServiceUnavailable),
		Middlewares: huma.Middlewares{h.keepRequest}, MaxBodyBytes: maxBody, SkipValidateBody: false}
}

func (h *Handler) cityRoutes() {
	body := cityBody(&h.City)
	huma.Register(h.api, h.operation("get-city", http.MethodGet, "/api/v1/city", "city", "The city that is served"),
		func(context.Context, *struct{}) (*reply[CityBody], error) { return &reply[CityBody]{body}, nil })
	rules := RuleList{Rules: make([]RuleBody, len(h.City.Rules))}
	for i, r := range h.City.Rules {
		rules.Rules[i] = RuleBody{ID: string(r.ID), Title: namesOf(r.Title), Entity: string(r.Entity), Severity: r.Severity.String()}
	}
	huma.Register(h.api, h.operation("list-rules", http.MethodGet, "/api/v1/rules", "city", "The rules that run"),
		func(context.Context, *struct{}) (*reply[RuleList], error) { return &reply[RuleList]{rules}, nil })
	huma.Register(h.api, h.operation("get-log", http.MethodGet, "/api/v1/log", "city", "The log: positions, size and limits"),
		func(ctx context.Context, _ *struct{}) (*reply[LogBody], error) {
			s, err := h.Log.LogStatus(ctx)
			if err != nil {
				return nil, h.fail(ctx, err)
			}
			return &reply[LogBody]{logBody(&s)}, nil
		})
}

func cityBody(c *City) CityBody {
	b := CityBody{Name: namesOf(c.Name), Note: namesOf(c.Note), TimeZone: c.TimeZone, Languages: c.Languages,
		View: ViewBody{[2]float64{c.Center.Lon, c.Center.Lat}, c.Zoom, [4]float64{c.Low.Lon, c.Low.Lat, c.High.Lon, c.High.Lat}}}
	for _, a := range c.Agencies {
		b.Agencies = append(b.Agencies, AgencyBody{string(a.ID), namesOf(a.Name), a.Roles})
	}
	for _, p := range c.Packs {
		b.Packs = append(b.Packs, PackBody{p.Name, namesOf(p.Title), p.Version})
	}
	return b
}

func logBody(s *LogStatus) LogBody {
	b := LogBody{First: uint64(s.First), Last: uint64(s.Last), Bytes: s.Bytes, MaxBytes: s.MaxBytes, MaxAgeSeconds: int64(s.MaxAge.Seconds()), Sync: s.Sync}
	for _, c := range s.Consumers {
		b.Consumers = append(b.Consumers, ConsumerBody{c.Name, uint64(c.Checkpoint)})
	}
	return b
}
