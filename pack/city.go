package pack

import (
	"time"

	"citybrain/alarm"
	"citybrain/casework"
	"citybrain/catalog"
	"citybrain/city"
	"citybrain/feed/mapping"
)

// City is a city definition with its enabled packs. It is immutable.
type City struct {
	Dir       string
	Name      city.Names
	Note      city.Names
	Zone      *time.Location
	Languages []string // of the console, the first is its default
	View      View
	Simulated bool // its data comes from a simulation; every screen says so
	Agencies  *catalog.Agencies
	Packs     []*Pack             // in the order of city.yaml
	Standards []*catalog.Standard // of all packs, in the order of their types
	Feeds     []*mapping.Mapping  // in the order of their ids
	Quality   *catalog.Quality
	Calendar  *Calendar // nil if the city has none
	Areas     []Area

	posts      []city.Post
	procedures *casework.Procedures
	alarms     *alarm.Config
	basemap    []byte
	trial      Trial
	feedFacts  map[city.SourceID]feedFact
}

// Standard is the data standard of a type, or nil.
func (c *City) Standard(t city.EntityType) *catalog.Standard {
	for _, s := range c.Standards {
		if s.Type == t {
			return s
		}
	}
	return nil
}
