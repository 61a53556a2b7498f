package citybench

import (
	"citybrain/city"
)

// Stream is one sensor of the benchmark: rows of a file, in their order.
type Stream struct {
	ID     string
	Entity city.EntityID
	Type   city.EntityType
	// First is the row of the file that is replayed first, 1 for the first after
	// the header.
	First int
	Rows  []string // from First on, as they stand in the file
	parse parser
}

// parser gives the attributes of a row, without their times.
type parser func(row string) ([]city.Attribute, error)

// Change parses row n of s, counted from 0, as an observation of an instant.
func (s *Stream) Change(n int, at city.Instant) (city.Change, error) {
	attributes, err := s.parse(s.Rows[n])
	for i := range attributes {
		attributes[i].ObservedAt, attributes[i].ReceivedAt, attributes[i].Source = at, at, city.SourceID(s.ID)
	}
	return city.Change{
		Op: city.OpObserve, Entity: s.Entity, Type: s.Type, Source: city.SourceID(s.ID),
		At: at, ReceivedAt: at, Attributes: attributes,
	}, err
}

// The names of the streams, as the queries use them.
const (
	Traffic182955   = "traffic-182955"
	Traffic158505   = "traffic-158505"
	Traffic192707   = "traffic-192707"
	Traffic186979   = "traffic-186979"
	Pollution201399 = "pollution-201399"
	Pollution184892 = "pollution-184892"
	Kalkvaerksvej   = "parking-KALKVAERKSVEJ"
	Skolebakken     = "parking-SKOLEBAKKEN"
	Weather         = "weather"
	QuietWeather    = "weather-quiet" // the same rows from a station that falls silent for a while
	Walker          = "walker"
)

// GarageStart is the row at which both garages start: SKOLEBAKKEN is full there
// for the first time, and before that Q7 has nothing to find.
const GarageStart = 1722

// Dataset is everything that is replayed and known beforehand.
type Dataset struct {
	Streams   []*Stream
	Reference []city.Change // segments, garages and events, before the first observation
	Events    map[string][]city.Point
	segments  map[string]segment
	garageRow int
}

type segment struct {
	length   float64
	from, to city.Point
}

// Stream finds a stream by its name.
func (d *Dataset) Stream(id string) *Stream {
	for _, s := range d.Streams {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// The kinds of events, as types of entities.
const (
	LibraryEvents  = "LibraryEvent"
	CulturalEvents = "CulturalEvent"
)
