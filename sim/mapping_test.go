package sim_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/push"
	"citybrain/model"
	"citybrain/pack"
	"citybrain/sim"
)

// reader takes rows the way the program does and keeps what was said of each
// entity.
type reader struct {
	definition *pack.City
	refused    []string
	attributes map[city.EntityID]map[city.AttributeName]bool
	types      map[city.EntityID]city.EntityType
}

func (r *reader) Write(_ context.Context, changes []city.Change) ([]model.Result, error) {
	results := make([]model.Result, len(changes))
	for i := range changes {
		c := &changes[i]
		reason := c.Reason
		if s := r.definition.Standard(c.Type); reason == "" && s != nil {
			reason = s.Fault(c.Attributes)
		}
		if reason != "" {
			results[i].Class = city.RowQuarantined
			r.refused = append(r.refused, reason)
			continue
		}
		if r.attributes[c.Entity] == nil {
			r.attributes[c.Entity], r.types[c.Entity] = map[city.AttributeName]bool{}, c.Type
		}
		for _, a := range c.Attributes {
			r.attributes[c.Entity][a.Name] = true
		}
	}
	return results, nil
}

// TestRowsFitTheCityDefinition takes an hour of the demonstration through the
// city's own mappings and data standards: nothing is refused but the text of
// the sensor that sends garbage, every feed of the definition is fed, and every
// entity has what its standard requires.
func TestRowsFitTheCityDefinition(t *testing.T) {
	definition, faults := pack.LoadCity("../cities/shili", "../packs")
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	mappings := map[city.FeedID]*mapping.Mapping{}
	for _, m := range definition.Feeds {
		mappings[m.Feed()] = m
	}
	c := sim.New(sim.Options{Seed: 6, WarmUp: 30 * time.Minute})
	r := &reader{definition: definition, attributes: map[city.EntityID]map[city.AttributeName]bool{}, types: map[city.EntityID]city.EntityType{}}
	rows, fed := 0, map[city.FeedID]bool{}
	for _, b := range append(c.Reference(), c.Step(c.Now().Add(time.Hour))...) {
		m := mappings[b.Feed]
		if m == nil {
			t.Fatalf("the city definition has no feed %s", b.Feed)
		}
		report, err := push.Take(t.Context(), r, push.Request{Mapping: m, Body: bytes.NewReader(b.Body), ContentType: b.ContentType, Now: b.At})
		if err != nil {
			t.Fatalf("%s: %v", b.Feed, err)
		}
		if report.Rows != int64(b.Rows) {
			t.Fatalf("%s says %d rows, %d were read", b.Feed, b.Rows, report.Rows)
		}
		rows, fed[b.Feed] = rows+b.Rows, true
	}
	for _, reason := range r.refused {
		if !strings.Contains(reason, `"ERR" is not a number`) {
			t.Errorf("a row was refused: %s", reason)
		}
	}
	if len(r.refused) == 0 || len(r.refused) > 40 {
		t.Errorf("%d rows of the garbling sensor were refused", len(r.refused))
	}
	for _, m := range definition.Feeds {
		if !fed[m.Feed()] {
			t.Errorf("nothing was sent to the feed %s", m.Feed())
		}
	}
	for id, has := range r.attributes {
		for _, f := range definition.Standard(r.types[id]).Fields {
			if f.Required && !has[f.Name] {
				t.Errorf("%s has no %s", id, f.Name)
			}
		}
	}
	// Twenty times faster than the clock this is the load of the demonstration.
	if perSecond := float64(rows) / 3600 * 20; perSecond < 200 || perSecond > 600 {
		t.Errorf("%.0f rows a second", perSecond)
	}
}
