package mapping

import (
	"path"
	"slices"
	"sort"
	"strings"
	"time"

	"citybrain/city"
	"citybrain/feed/crs"
	"citybrain/internal/strictyaml"
)

// Standard is the data standard that a mapping fills: the fields of one type.
type Standard interface {
	// Field is the kind and unit of a field; ok is false if there is none.
	Field(name city.AttributeName) (kind city.ValueKind, unit city.Unit, ok bool)
}

// Mapping is a compiled Spec. It is immutable and safe for concurrent use; Bind
// makes the mappers that do the work.
type Mapping struct {
	spec    *Spec
	source  city.SourceID
	columns []string // every column used, in slot order
	ignored map[string]bool
	entity  template
	time    *timePlan
	plans   []plan
}

type timePlan struct {
	slot    int
	formats []format
	place   *time.Location
}

// planKind says how an attribute gets its value.
type planKind uint8

const (
	fromNumber planKind = iota
	fromText
	fromBool
	fromTime
	fromTemplate
	fromObject
	fromRelation
	fromPlace
	constant
)

// plan is one attribute: blank is the attribute without value, times and flags.
type plan struct {
	kind    planKind
	blank   city.Attribute
	slot    int
	convert conversion
	values  map[string]string
	time    *timePlan
	text    template
	members []member
	system  crs.System
	points  [][2]int // slots of longitude and latitude
}

type member struct {
	name string
	text template
}

// Spec is what the mapping was compiled from. Nobody changes it.
func (m *Mapping) Spec() *Spec { return m.spec }

// Feed is the feed's id.
func (m *Mapping) Feed() city.FeedID { return m.spec.ID }

// Observed says whether the rows are readings with a time.
func (m *Mapping) Observed() bool { return m.time != nil }

// Columns lists the columns that the mapping uses.
func (m *Mapping) Columns() []string { return slices.Clone(m.columns) }

// Ignored lists the columns that are known and not used.
func (m *Mapping) Ignored() []string { return slices.Clone(m.spec.Ignore) }

// Sum is a fingerprint of the mapping's file: when it changes, rows mean
// something else and are counted anew.
func (m *Mapping) Sum() uint64 { return m.spec.sum }

// Delimiter parts the fields of a CSV row.
func (m *Mapping) Delimiter() byte {
	if m.spec.Delimiter == "" {
		return ','
	}
	return m.spec.Delimiter[0]
}

// Compile checks a spec against the data standard of its type; a nil standard
// means that there is none, which is a fault. It returns every fault at once,
// and a mapping only if there are none.
func Compile(s *Spec, standard Standard) (*Mapping, city.Faults) {
	c := &compiler{spec: s, standard: standard, m: &Mapping{spec: s, source: s.ID.Source(), ignored: map[string]bool{}}}
	c.head()
	c.file()
	c.observation()
	c.m.entity = c.template(s.Pos, "entity", s.Entity)
	if len(c.m.entity.slots) == 0 && c.m.entity.parts[0] != "" {
		c.checkID(s.Pos, "entity", city.EntityID(s.Entity))
	}
	c.attributes()
	c.ignore()
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	return c.m, nil
}

type compiler struct {
	spec     *Spec
	standard Standard
	m        *Mapping
	faults   city.Faults
}

func (c *compiler) add(p strictyaml.Pos, key, rule, hint, format string, args ...any) {
	c.faults = append(c.faults, p.Fault(key, rule, hint, format, args...))
}

func (c *compiler) head() {
	s := c.spec
	for key, value := range map[string]string{"id": string(s.ID), "agency": string(s.Agency), "type": string(s.Type)} {
		if value == "" {
			continue // strictyaml has said that it is missing
		}
		if why := city.CheckName(value); why != "" {
			c.add(s.Pos, key, "name", "", "%s %q %s", key, value, why)
		}
	}
	if s.Kind != Reference && s.Kind != Observed {
		c.add(s.Pos, "kind", "kind", "reference: loaded whole at start; observed: readings with a time", "kind %q is not reference or observed", s.Kind)
	}
	if c.standard == nil {
		c.add(s.Pos, "type", "unknown-standard", "add the pack that brings it to the city's packs", "no data standard describes the type %q", s.Type)
	}
	if len(s.Attributes) == 0 {
		c.add(s.Pos, "attributes", "no-attributes", "", "feed %s maps no attribute", s.ID)
	}
	if s.Lateness != nil && *s.Lateness < 0 || s.MaxAhead() < 0 {
		c.add(s.Pos, "lateness", "duration", "", "lateness and ahead cannot be negative")
	}
	sort.SliceStable(c.faults, func(i, j int) bool { return c.faults[i].Line < c.faults[j].Line })
}

func (c *compiler) file() {
	s := c.spec
	if (s.File == "") == !s.Push {
		c.add(s.Pos, "file", "file-or-push", "file: NAME in the feeds folder, or push: true", "a feed has either a file or push: true")
	}
	if s.File != "" && (path.Base(s.File) != s.File || s.File == "." || s.File == ".." || strings.ContainsAny(s.File, `*?[\`)) {
		c.add(s.Pos, "file", "file-name", "write the name only, without a folder or wildcards", "%q is not the name of a file in the feeds folder", s.File)
	}
	if s.Format != "csv" && s.Format != "json" {
		c.add(s.Pos, "format", "format", "csv, or json for an array or lines of flat objects", "format %q is not csv or json", s.Format)
	}
	if d := s.Delimiter; d != "" && (len(d) != 1 || d[0] == '"' || d[0] == '\n' || d[0] == '\r' || d[0] >= 0x80 || d[0] == 0) {
		c.add(s.Pos, "delimiter", "delimiter", `one ASCII character, such as ";" or "\t"`, "delimiter %q cannot part fields", d)
	}
	if s.Format == "json" && (s.Delimiter != "" || s.Header != nil || s.Columns != nil) {
		c.add(s.Pos, "format", "csv-only", "", "delimiter, header and columns are for csv")
	}
	if s.Format == "csv" && s.hasHeader() == (len(s.Columns) > 0) {
		c.add(s.Pos, "columns", "header", "header: false with columns: [...], or a header row in the file", "columns are listed exactly when the file has no header")
	}
}

func (c *compiler) observation() {
	s := c.spec
	switch {
	case s.Kind == Observed && s.Time == nil:
		c.add(s.Pos, "time", "no-time", "time: {column: …, formats: […], zone: …}", "an observed feed needs the time of its readings")
	case s.Kind == Reference && s.Time != nil:
		c.add(s.Pos, "time", "reference-time", "map the column to an attribute of kind time, or make the feed observed", "a reference feed has no observation time")
	case s.Time != nil:
		if s.Time.Column == "" {
			c.add(s.Time.Pos, "column", "missing-key", "", "time.column is missing")
		}
		c.m.time = c.timePlan(s.Time, s.Time.Column)
	}
}

func (c *compiler) timePlan(t *TimeSpec, column string) *timePlan {
	p := &timePlan{slot: c.slot(column), place: time.UTC}
	fixed := len(t.Formats) > 0
	for _, name := range t.Formats {
		f, ok := formatOf(name)
		if !ok {
			c.add(t.Pos, "formats", "time-format", "rfc3339, unix, unix-ms or a layout such as 2006-01-02T15:04:05", "%q does not tell one day from another", name)
		}
		p.formats = append(p.formats, f)
		fixed = fixed && f.offset
	}
	if len(t.Formats) == 0 {
		c.add(t.Pos, "formats", "time-format", "", "no format is given")
	}
	if t.Zone == "" {
		if !fixed {
			c.add(t.Pos, "zone", "no-zone", "such as Europe/Copenhagen, Asia/Shanghai or UTC", "times without an offset need a zone")
		}
		return p
	}
	place, err := time.LoadLocation(t.Zone)
	if err != nil || t.Zone == "Local" {
		c.add(t.Pos, "zone", "unknown-zone", "a name of the IANA database such as Europe/Copenhagen", "zone %q is not known", t.Zone)
		return p
	}
	p.place = place
	return p
}

// slot is the number of a column among those used.
func (c *compiler) slot(column string) int {
	if i := slices.Index(c.m.columns, column); i >= 0 {
		return i
	}
	c.m.columns = append(c.m.columns, column)
	return len(c.m.columns) - 1
}

func (c *compiler) template(p strictyaml.Pos, key, text string) template {
	t, err := parseTemplate(text, c.slot)
	if err != nil {
		c.add(p, key, "template", "columns stand in braces: urn:ngsi-ld:Road:{ROAD_ID}", "%s", err)
		return template{parts: []string{""}}
	}
	return t
}

func (c *compiler) checkID(p strictyaml.Pos, key string, id city.EntityID) {
	if why := city.CheckEntityID(id); why != "" {
		c.add(p, key, "entity-id", "", "%q %s", id, why)
	}
}

func (c *compiler) ignore() {
	for _, column := range c.spec.Ignore {
		switch {
		case slices.Contains(c.m.columns, column):
			c.add(c.spec.Pos, "ignore", "ignored-and-used", "remove it from ignore", "column %q is ignored and used", column)
		case c.m.ignored[column]:
			c.add(c.spec.Pos, "ignore", "repeated", "", "column %q is ignored twice", column)
		}
		c.m.ignored[column] = true
	}
	if c.spec.Format == "csv" && len(c.spec.Columns) > 0 {
		if wrong := c.m.wrongColumns(c.spec.Columns); wrong != "" {
			c.add(c.spec.Pos, "columns", "columns", "", "%s", wrong)
		}
	}
}
