package mapping

import (
	"hash/fnv"
	"time"

	"citybrain/city"
	"citybrain/internal/strictyaml"
)

// The kinds of feed.
const (
	// Reference data has no observation time: it is loaded whole at start.
	Reference = "reference"
	// Observed data are readings, each with its time.
	Observed = "observed"
)

// DefaultAhead is how far a reading may lie ahead of the city's clock.
const DefaultAhead = 5 * time.Minute

// Spec is one feed of a city definition as written in its YAML file.
type Spec struct {
	strictyaml.Pos
	ID     city.FeedID     `yaml:"id,required"`
	Agency city.AgencyID   `yaml:"agency,required"` // who owns the data
	Kind   string          `yaml:"kind,required"`   // reference or observed
	Type   city.EntityType `yaml:"type,required"`   // names the data standard
	Title  Title           `yaml:"title"`           // what people call the feed; empty: its id
	Note   string          `yaml:"note"`            // for people: licence, origin, oddities

	File      string   `yaml:"file"`            // name in the feeds folder; .gz is unpacked
	Push      bool     `yaml:"push"`            // rows are posted; no file
	Format    string   `yaml:"format,required"` // csv or json
	Delimiter string   `yaml:"delimiter"`       // csv: one ASCII character, default ","
	Header    *bool    `yaml:"header"`          // csv: the first row names the columns, default true
	Columns   []string `yaml:"columns"`         // csv without header: the columns in order

	// Entity is the id template, such as urn:ngsi-ld:RoadSegment:{REPORT_ID}.
	Entity     string          `yaml:"entity,required"`
	Time       *TimeSpec       `yaml:"time"`       // of the observation
	Lateness   *time.Duration  `yaml:"lateness"`   // how late a reading may come and still count for the rules
	Ahead      *time.Duration  `yaml:"ahead"`      // default DefaultAhead
	Empty      []string        `yaml:"empty"`      // texts that mean "no value", besides none at all
	Attributes []AttributeSpec `yaml:"attributes"` // in the order of the change
	Ignore     []string        `yaml:"ignore"`     // columns that are known and not used

	sum uint64
}

// Title is what people call a feed, in the languages of the console.
type Title struct {
	strictyaml.Pos
	ZH string `yaml:"zh,required"`
	EN string `yaml:"en,required"`
}

// Names is t without its place in the file.
func (t Title) Names() city.Names { return city.Names{ZH: t.ZH, EN: t.EN} }

// TimeSpec says how a column holds a time.
type TimeSpec struct {
	strictyaml.Pos
	Column string `yaml:"column"`
	// Formats are tried in order: layouts of Go's package time (the moment
	// 2006-01-02 15:04:05), or rfc3339, unix, unix-ms. A fraction of a second
	// is taken whether the layout has one or not.
	Formats []string `yaml:"formats,required"`
	// Zone is needed unless every format carries its own offset.
	Zone string `yaml:"zone"`
}

// AttributeSpec is one attribute and where its value comes from: exactly one of
// Column, Text, Value, Relation, Place, Object.
type AttributeSpec struct {
	strictyaml.Pos
	Name     city.AttributeName `yaml:"name,required"`
	Column   string             `yaml:"column"`
	Text     string             `yaml:"text"`     // template of columns, such as "{street} {number}"
	Value    *string            `yaml:"value"`    // the same for every row
	Relation string             `yaml:"relation"` // id template
	Place    *PlaceSpec         `yaml:"place"`
	Object   map[string]string  `yaml:"object"` // for a field of kind json: member → template

	Unit   city.Unit         `yaml:"unit"`   // of the source; converted to the standard's
	Values map[string]string `yaml:"values"` // source text → ours; a text not listed is quarantined
	Time   *TimeSpec         `yaml:"time"`   // for a column that holds a time; its column is the attribute's
}

// PlaceSpec is a place from columns: one pair is a point, several are a line.
type PlaceSpec struct {
	strictyaml.Pos
	CRS    string      `yaml:"crs"` // WGS84 (default), CGCS2000, GCJ-02 or BD-09
	Points []PointSpec `yaml:"points,required"`
}

// PointSpec names the two columns of a position, in degrees.
type PointSpec struct {
	strictyaml.Pos
	Lon string `yaml:"lon,required"`
	Lat string `yaml:"lat,required"`
}

// Parse reads one feed file. Faults of meaning are found by Compile.
func Parse(file string, data []byte) (*Spec, city.Faults) {
	s := &Spec{}
	faults := strictyaml.Decode(file, data, s)
	h := fnv.New64a()
	h.Write(data)
	s.sum = h.Sum64()
	return s, faults
}

func (s *Spec) hasHeader() bool { return s.Header == nil || *s.Header }

// MaxAhead is how far a reading may lie ahead of the city's clock.
func (s *Spec) MaxAhead() time.Duration {
	if s.Ahead != nil {
		return *s.Ahead
	}
	return DefaultAhead
}
