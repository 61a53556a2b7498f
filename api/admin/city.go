package admin

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/city"
)

// CityBody is the city that is served.
type CityBody struct {
	Name      form.Names   `json:"name"`
	Note      form.Names   `json:"note" doc:"What should be said with the name"`
	TimeZone  string       `json:"timeZone" example:"Europe/Copenhagen"`
	Languages []string     `json:"languages" doc:"Of the console, the default first" example:"[\"zh\",\"en\"]"`
	View      ViewBody     `json:"view"`
	Simulated bool         `json:"simulated" doc:"The city is made up: say so wherever it is shown"`
	Time      string       `json:"time" format:"date-time" doc:"The city's clock now; see also /api/v1/clock"`
	Agencies  []AgencyBody `json:"agencies"`
	Posts     []form.Post  `json:"posts"`
	Kinds     []KindBody   `json:"kinds" doc:"The kinds of case that the packs' procedures open. Cases reported by hand may be of others"`
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
	ID    string     `json:"id" example:"road-authority"`
	Name  form.Names `json:"name"`
	Roles []string   `json:"roles" doc:"What packs ask for"`
}

// PackBody is an enabled scenario.
type PackBody struct {
	Name    string     `json:"name" example:"parking-relief"`
	Title   form.Names `json:"title"`
	Version string     `json:"version" example:"1.0.0"`
}

// KindBody is a kind of case.
type KindBody struct {
	ID    string     `json:"id" doc:"As it stands in cases and their filter" example:"garage-pressure"`
	Title form.Names `json:"title"`
}

// RuleBody is a rule of a pack.
type RuleBody struct {
	ID       string                `json:"id" example:"parking-relief/road-congestion"`
	Title    form.Names            `json:"title"`
	Entity   string                `json:"entity" doc:"The type of the entities it looks at" example:"RoadSegment"`
	Severity string                `json:"severity,omitempty" enum:"minor,moderate,major,critical"`
	Reasons  map[string]form.Names `json:"reasons,omitempty" doc:"What people read instead of a reason that is the rule's own"`
	// Cost is left out of a rule that cannot become expensive.
	Cost *CostBody `json:"cost,omitempty" doc:"What the rule has cost: of rules that look at other entities, keep windows or have conditions with macros"`
	// Throttled is set while the rule costs more than its budget covers.
	Throttled *ThrottledBody `json:"throttled,omitempty" doc:"The rule has become expensive: it passes readings over until its budget covers it again"`
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

// ClockBody is the city's clock.
type ClockBody struct {
	Time  string  `json:"time" format:"date-time" example:"2014-08-11T06:35:00Z"`
	Speed float64 `json:"speed" doc:"Seconds of the city in one of the wall's: other than 1 in a replay or a simulation" example:"1"`
}

func (h *Handler) cityRoutes() {
	body := cityBody(&h.City)
	huma.Register(h.api, operation.New("get-city", http.MethodGet, "/api/v1/city", "city", "The city that is served"),
		func(context.Context, *struct{}) (*operation.Reply[CityBody], error) {
			now := body
			now.Time = h.Clock.Now().String()
			return operation.Answer(now), nil
		})
	huma.Register(h.api, operation.New("get-clock", http.MethodGet, "/api/v1/clock", "city", "The city's clock"),
		func(context.Context, *struct{}) (*operation.Reply[ClockBody], error) {
			return operation.Answer(ClockBody{h.Clock.Now().String(), h.Speed()}), nil
		})
	h.explainRoute()
	huma.Register(h.api, operation.New("list-rules", http.MethodGet, "/api/v1/rules", "city", "The rules that run"),
		func(context.Context, *struct{}) (*operation.Reply[RuleList], error) {
			return operation.Answer(h.ruleList()), nil
		})
	huma.Register(h.api, operation.New("get-log", http.MethodGet, "/api/v1/log", "city", "The log: positions, size and limits"),
		func(ctx context.Context, _ *struct{}) (*operation.Reply[LogBody], error) {
			s, err := h.Log.LogStatus(ctx)
			if err != nil {
				return nil, operation.Fail(ctx, err)
			}
			return operation.Answer(logBody(&s)), nil
		})
}

func cityBody(c *City) CityBody {
	b := CityBody{Name: form.NamesOf(c.Name), Note: form.NamesOf(c.Note), TimeZone: c.TimeZone, Languages: c.Languages,
		View: ViewBody{[2]float64{c.Center.Lon, c.Center.Lat}, c.Zoom, [4]float64{c.Low.Lon, c.Low.Lat, c.High.Lon, c.High.Lat}}}
	b.Kinds = make([]KindBody, len(c.Kinds))
	for i, k := range c.Kinds {
		b.Kinds[i] = KindBody{k.ID, form.NamesOf(k.Title)}
	}
	b.Simulated, b.Posts = c.Simulated, form.PostsOf(c.Posts)
	for _, a := range c.Agencies {
		b.Agencies = append(b.Agencies, AgencyBody{string(a.ID), form.NamesOf(a.Name), a.Roles})
	}
	for _, p := range c.Packs {
		b.Packs = append(b.Packs, PackBody{p.Name, form.NamesOf(p.Title), p.Version})
	}
	return b
}

func namesByWord(list map[string]city.Names) map[string]form.Names {
	if len(list) == 0 {
		return nil
	}
	out := make(map[string]form.Names, len(list))
	for word, text := range list {
		out[word] = form.NamesOf(text)
	}
	return out
}

func logBody(s *LogStatus) LogBody {
	b := LogBody{First: uint64(s.First), Last: uint64(s.Last), Bytes: s.Bytes, MaxBytes: s.MaxBytes, MaxAgeSeconds: int64(s.MaxAge.Seconds()), Sync: s.Sync}
	for _, c := range s.Consumers {
		b.Consumers = append(b.Consumers, ConsumerBody{c.Name, uint64(c.Checkpoint)})
	}
	return b
}
