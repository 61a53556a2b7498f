package views

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"citybrain/api/form"
	"citybrain/api/operation"
	"citybrain/indicator"
)

// FigureList is every figure of the city.
type FigureList struct {
	Figures []FigureBody `json:"figures"`
}

// FigureBody is a named number that opens into the rows it counts.
type FigureBody struct {
	ID         string     `json:"id" example:"congested-roads"`
	Pack       string     `json:"pack,omitempty" doc:"Absent for figures that every city has" example:"parking-relief"`
	Title      form.Names `json:"title"`
	Value      *float64   `json:"value,omitempty" doc:"Absent: there is nothing to divide by" example:"17"`
	Unit       string     `json:"unit,omitempty" example:"%"`
	Tone       string     `json:"tone" enum:"calm,watch,alarm"`
	Part       *float64   `json:"part,omitempty" doc:"Of a share: the sum that is divided"`
	Of         *float64   `json:"of,omitempty" doc:"Out of how many: entities of the type, or the sum that a share is divided by" example:"449"`
	Rows       FigureRows `json:"rows"`
	Definition form.Names `json:"definition" doc:"What exactly is counted"`
}

// FigureRows is where a figure's rows are.
type FigureRows struct {
	Href  string `json:"href" doc:"Lists the rows; page through it with limit and after or offset" example:"/api/v1/situations?state=up"`
	Count int    `json:"count" doc:"As many as the list has"`
}

func (d *desk) figures(api huma.API) {
	op := operation.New("list-figures", http.MethodGet, "/api/v1/figures", "views", "The city's vital signs: numbers that open into the rows they count")
	op.Description = "Those that every city has, then those of the packs' views. Read at most once a second; asked more often, the answer is the same."
	huma.Register(api, op, func(ctx context.Context, _ *struct{}) (*operation.Reply[FigureList], error) {
		readings, err := d.Board.Read(ctx, d.Clock.Now(), d.Wall.Now())
		if err != nil {
			return nil, operation.Fail(ctx, err)
		}
		out := FigureList{make([]FigureBody, len(readings))}
		for i := range readings {
			out.Figures[i] = figureBody(&readings[i])
		}
		return operation.Answer(out), nil
	})
}

func figureBody(r *indicator.Reading) FigureBody {
	b := FigureBody{ID: r.ID, Pack: r.Pack, Title: form.NamesOf(r.Title), Tone: string(r.Tone), Rows: FigureRows{r.Href, r.Rows}, Definition: form.NamesOf(r.Definition)}
	if r.Known {
		b.Value = &r.Value
	}
	switch {
	case r.Share != nil:
		b.Unit, b.Part, b.Of = "%", &r.Part, &r.Whole
	case r.Entities != nil && r.Entities.Match != nil:
		b.Of = &r.Whole
	}
	return b
}
