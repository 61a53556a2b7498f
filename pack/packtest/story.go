package packtest

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"citybrain/city"
	"citybrain/pack"
	"citybrain/rule"
)

// story is a test as batches for an engine: one for each step.
type story struct {
	batches []city.Batch
	options rule.Options
	types   map[string]city.EntityType // of the entities that the story names
}

// sourceName is the source of readings that name none.
const sourceName = "test"

// storyOf turns a test into batches: the entities, then the steps, then the
// clock just past the last reading.
func storyOf(p *pack.Pack, f *file, t *test) (*story, city.Faults) {
	s := &story{options: rule.Options{Wait: t.Wait, DefaultLateness: t.Lateness}}
	faults := s.inCity(f)
	types := map[string]city.EntityType{}
	s.types = types
	start := f.Start.at
	var known city.Batch
	for _, list := range [][]entity{f.Entities, t.Entities} {
		for i := range list {
			e := &list[i]
			types[e.ID] = city.EntityType(e.Type)
			c := city.Change{Op: city.OpObserve, Entity: city.EntityID(e.ID), Type: city.EntityType(e.Type),
				Source: "reference", At: start, ReceivedAt: start}
			var bad city.Faults
			c.Attributes, bad = attributes(p, e.Values, &c, start, 0, e.Fault)
			faults = append(faults, bad...)
			known.Changes = append(known.Changes, c)
		}
	}
	s.batches = append(s.batches, known)
	last := start
	for i := range t.Steps {
		st := &t.Steps[i]
		if st.Has("clock") {
			s.batches = append(s.batches, city.Batch{Clock: st.Clock.from(start), Tick: true})
			continue
		}
		c, bad := st.change(p, types, start)
		faults = append(faults, bad...)
		last = max(last, c.At)
		s.batches = append(s.batches, city.Batch{Changes: []city.Change{c}})
	}
	s.batches = append(s.batches, city.Batch{Clock: last.Add(t.Wait) + 1, Tick: true})
	return s, faults
}

// inCity gives the story the zone and the areas that the file states.
func (s *story) inCity(f *file) (faults city.Faults) {
	s.options.Zone, _ = time.LoadLocation(f.Zone) // parse has said what is wrong
	for i := range f.Areas {
		a := &f.Areas[i]
		place, why := pack.PolygonOf(a.Polygon)
		if why != "" {
			faults = append(faults, a.Fault("polygon", "bad-polygon", "as in areas.yaml", "the area %s %s", a.ID, why))
		}
		if a.Kind == "" {
			a.Kind = pack.DefaultKind
		}
		s.options.Areas = append(s.options.Areas, rule.Area{ID: a.ID, Kind: a.Kind, Place: place})
	}
	return faults
}

func (s *step) change(p *pack.Pack, types map[string]city.EntityType, start city.Instant) (city.Change, city.Faults) {
	at := s.At.from(start)
	c := city.Change{Op: city.OpObserve, Entity: city.EntityID(s.ID), Type: city.EntityType(s.Type),
		Source: city.SourceID(s.Source), At: at, ReceivedAt: at}
	if c.Type == "" {
		c.Type = types[s.ID]
	}
	if c.Type == "" {
		return c, city.Faults{s.Fault("id", "unknown-entity", "list it under entities, or write its type", "%s is of no known type", s.ID)}
	}
	types[s.ID] = c.Type
	if c.Source == "" {
		c.Source = sourceName
	}
	if s.Has("received") {
		c.ReceivedAt = s.Received.from(start)
	}
	if s.Faulty {
		c.Flags = city.FlagFaulty
	}
	for _, name := range s.Flags {
		c.Flags |= flagOf(name)
	}
	if s.Delete {
		c.Op = city.OpDelete
		return c, nil
	}
	observed := at
	if s.Static {
		observed = 0
	}
	var faults city.Faults
	c.Attributes, faults = attributes(p, s.Values, &c, start, observed, s.Fault)
	return c, faults
}

// attributes are values in the order of their names.
func attributes(p *pack.Pack, values map[string]any, c *city.Change, start, observed city.Instant, fault faultAt) (out []city.Attribute, faults city.Faults) {
	if len(checkType(p, string(c.Type), fault)) > 0 { // said where the type is written
		return nil, nil
	}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if unknown := checkAttribute(p, c.Type, city.AttributeName(name), fault); unknown != nil {
			faults = append(faults, unknown...)
			continue
		}
		v, err := valueOf(p, c.Type, city.AttributeName(name), values[name], start)
		if err != nil {
			faults = append(faults, fault("values", "value", "", "%s: %s", name, err))
			continue
		}
		if v.Kind == city.None {
			continue
		}
		out = append(out, city.Attribute{Name: city.AttributeName(name), Value: v, ObservedAt: observed, ReceivedAt: c.ReceivedAt, Source: c.Source})
	}
	return out, faults
}

// play gives the story to a new engine and lists every change of a situation. With restarts the engine is saved and
// restored before every batch.
func (s *story) play(rules []*rule.Rule, restarts bool) ([]city.Situation, int64, error) {
	e := rule.New(rules, s.options)
	var found []city.Situation
	for i := range s.batches {
		if restarts {
			data, err := e.Snapshot()
			if err != nil {
				return nil, 0, err
			}
			e = rule.New(rules, s.options)
			if err := e.Restore(data); err != nil {
				return nil, 0, fmt.Errorf("after step %d: %w", i, err)
			}
		}
		found = append(found, e.Apply(city.Position(i+1), &s.batches[i])...)
	}
	var late int64
	for _, n := range e.Late() {
		late += n
	}
	return found, late, nil
}

// latest keeps the last change of each situation, in the order in which they
// were raised.
func latest(changes []city.Situation) []city.Situation {
	at := map[city.SituationID]int{}
	var out []city.Situation
	for _, s := range changes {
		if i, seen := at[s.ID]; seen {
			out[i] = s
			continue
		}
		at[s.ID] = len(out)
		out = append(out, s)
	}
	return out
}
