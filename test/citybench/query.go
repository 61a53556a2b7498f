package citybench

import (
	"embed"
	"fmt"
	"slices"
	"strings"

	"citybrain/rule"
)

// Query is one of the twelve: as a rule of City Brain, and as the oracle knows
// it.
type Query struct {
	ID      string
	Asks    string
	Streams []string
	// absence: there is nothing to arrive; the clock finds it.
	absence bool
	answer  func(*window) []int
}

func (q *Query) listens(stream string) bool { return slices.Contains(q.Streams, stream) }

// Queries are the twelve queries of CityBench.
var Queries = []*Query{
	{ID: "q1", Asks: "congestion on both roads of a journey", Streams: []string{Traffic182955, Traffic158505},
		answer: func(w *window) []int { return w.pairs(Traffic182955, Traffic158505, always) }},
	{ID: "q2", Asks: "congestion on a road with the weather", Streams: []string{Traffic158505, Weather},
		answer: func(w *window) []int { return w.pairs(Traffic158505, Weather, always) }},
	{ID: "q3", Asks: "average congestion of the two roads", Streams: []string{Traffic182955, Traffic158505},
		answer: func(w *window) []int { return w.pairs(Traffic182955, Traffic158505, always) }},
	{ID: "q4", Asks: "the walker near a cultural event", Streams: []string{Walker},
		answer: func(w *window) []int {
			return w.one(Walker, func(o observation) bool {
				return w.near(CulturalEvents, o.values["latitude"], o.values["longitude"])
			})
		}},
	{ID: "q5", Asks: "congestion on a road near a cultural event", Streams: []string{Traffic158505},
		answer: func(w *window) []int {
			from := w.data.segments["158505"].from
			return w.one(Traffic158505, func(observation) bool { return w.near(CulturalEvents, from.Lat, from.Lon) })
		}},
	{ID: "q6", Asks: "a garage with the walker's position", Streams: []string{Kalkvaerksvej, Walker},
		answer: func(w *window) []int { return w.pairs(Kalkvaerksvej, Walker, always) }},
	{ID: "q7", Asks: "one of two garages is full", Streams: []string{Kalkvaerksvej, Skolebakken},
		answer: func(w *window) []int {
			return w.pairs(Kalkvaerksvej, Skolebakken, func(a, b observation) bool { return a.free() < 1 || b.free() < 1 })
		}},
	{ID: "q8", Asks: "one of two garages has a place, with library events", Streams: []string{Kalkvaerksvej, Skolebakken},
		answer: func(w *window) []int {
			return w.pairs(Kalkvaerksvej, Skolebakken, func(a, b observation) bool {
				return (a.free() > 0 || b.free() > 0) && len(w.data.Events[LibraryEvents]) > 0
			})
		}},
	{ID: "q9", Asks: "both garages, with cultural events", Streams: []string{Kalkvaerksvej, Skolebakken},
		answer: func(w *window) []int {
			return w.pairs(Kalkvaerksvej, Skolebakken, func(_, _ observation) bool { return len(w.data.Events[CulturalEvents]) > 0 })
		}},
	{ID: "q10", Asks: "air at two places", Streams: []string{Pollution201399, Pollution184892},
		answer: func(w *window) []int { return w.pairs(Pollution201399, Pollution184892, always) }},
	{ID: "q11", Asks: "no weather in the window", Streams: []string{QuietWeather}, absence: true,
		answer: func(w *window) []int {
			if len(w.of[QuietWeather]) > 0 || w.last < 0 {
				return nil
			}
			return []int{w.last}
		}},
	{ID: "q12", Asks: "more than three observations of a road", Streams: []string{Traffic186979},
		answer: func(w *window) []int {
			length := w.data.segments["186979"].length
			found := w.one(Traffic186979, func(o observation) bool { return o.values["vehicleCount"]/length >= -1 })
			if len(found) <= 3 {
				return nil
			}
			return found
		}},
}

// QueryOf finds a query by its name.
func QueryOf(id string) *Query {
	for _, q := range Queries {
		if q.ID == id {
			return q
		}
	}
	return nil
}

//go:embed queries/*.yaml
var texts embed.FS

// Text is the query as a rule.
func (q *Query) Text() string {
	text, err := texts.ReadFile("queries/" + q.ID + ".yaml")
	if err != nil {
		panic(err) // part of the program
	}
	return string(text)
}

// Rules compiles copies of queries: the rules of one engine.
func Rules(queries []*Query, copies int) ([]*rule.Rule, error) {
	var rules []*rule.Rule
	for _, q := range queries {
		for n := range copies {
			file := fmt.Sprintf("%s-%02d.yaml", q.ID, n)
			text := strings.ReplaceAll(q.Text(), "rule: "+q.ID, fmt.Sprintf("rule: %s-%02d", q.ID, n))
			specs, faults := rule.Parse(file, []byte(text))
			if err := faults.Err(); err != nil {
				return nil, err
			}
			compiled, faults := rule.Compile("citybench", specs)
			if err := faults.Err(); err != nil {
				return nil, err
			}
			rules = append(rules, compiled...)
		}
	}
	return rules, rule.Check(rules).Err()
}
