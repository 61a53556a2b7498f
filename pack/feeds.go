package pack

import (
	"fmt"
	"slices"
	"strings"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/feed/mapping"
)

// feedFact is what quality rules may know of a feed, also of one with faults.
type feedFact struct {
	file       string
	line       int // where the type is written
	typ        city.EntityType
	attributes []city.AttributeName
	unread     bool // the file has faults of form: what it fills is not known for sure
}

// Feed is the entity type and the attributes that a feed of the city fills.
func (c *City) Feed(s city.SourceID) (city.EntityType, []city.AttributeName, bool) {
	f, ok := c.feedFacts[s]
	return f.typ, f.attributes, ok
}

// interfaces are the sources of values that come from no feed.
var interfaces = []city.FeedID{"ngsi-ld"}

func (c *City) readFeeds(files []document) city.Faults {
	var fs city.Faults
	for _, d := range files {
		spec, faults := mapping.Parse(d.file, d.data)
		if spec.ID == "" { // said by Parse; what names the feed is not at fault
			c.feedFacts[city.SourceID(d.stem())] = feedFact{file: d.file, typ: spec.Type, unread: true}
			fs = append(fs, faults...)
			continue
		}
		faults = append(faults, c.checkFeed(d, spec, len(faults) > 0)...)
		compiled, more := mapping.Compile(spec, c.fieldsOf(spec.Type))
		if faults = append(faults, more...); len(faults) == 0 {
			c.Feeds = append(c.Feeds, compiled)
		}
		fs = append(fs, faults...)
	}
	slices.SortFunc(c.Feeds, func(a, b *mapping.Mapping) int { return strings.Compare(string(a.Feed()), string(b.Feed())) })
	return fs
}

// checkFeed checks a feed's place in the city and notes what it fills.
func (c *City) checkFeed(d document, spec *mapping.Spec, unread bool) city.Faults {
	var fs city.Faults
	id := spec.ID.Source()
	switch {
	case !catalog.IsIdentifier(string(id)):
		fs = append(fs, spec.Fault("id", "bad-name", catalog.IdentifierHint, "the feed id %q is not a name", id))
	case slices.Contains(interfaces, spec.ID):
		fs = append(fs, spec.Fault("id", "reserved-name", "choose another id", "%s is the source of what comes in through that interface", id))
	case d.stem() != string(id):
		fs = append(fs, spec.Fault("id", "name-of-file", "name the file "+string(id)+".yaml", "the file describes the feed %s", id))
	}
	fs = append(fs, catalog.Text(spec.Title).Check()...)
	if other, twice := c.feedFacts[id]; twice {
		return append(fs, spec.Fault("id", "repeated-feed", "see "+other.file, "there is another feed %s", id))
	}
	if _, ok := c.Agencies.Agency(spec.Agency); !ok && spec.Agency != "" && c.Agencies.All() != nil {
		fs = append(fs, spec.Fault("agency", "unknown-agency", "agencies are described in agencies.yaml", "the city has no agency %s", spec.Agency))
	}
	fact := feedFact{file: d.file, line: spec.At("type"), typ: spec.Type, unread: unread}
	for i := range spec.Attributes {
		fact.attributes = append(fact.attributes, spec.Attributes[i].Name)
	}
	c.feedFacts[id] = fact
	return fs
}

// checkFed says which required fields no feed fills, of the types that feeds
// bring; a type that none brings is left to the interfaces. A feed whose file
// could not be read may fill anything.
func (c *City) checkFed() city.Faults {
	var fs city.Faults
	for _, std := range c.Standards {
		var first *feedFact
		filled, unread := map[city.AttributeName]bool{}, false
		for _, f := range c.feedFacts {
			unread = unread || f.unread && (f.typ == std.Type || f.typ == "")
			if f.typ != std.Type {
				continue
			}
			if first == nil || f.file < first.file {
				first = &f
			}
			for _, name := range f.attributes {
				filled[name] = true
			}
		}
		if first == nil || unread {
			continue
		}
		for i := range std.Fields {
			if f := &std.Fields[i]; f.Required && f.Name != "" && !filled[f.Name] {
				fs = append(fs, city.Fault{File: first.file, Line: first.line, Rule: "required-unfed",
					Text: fmt.Sprintf("no feed of %s fills %s, which its data standard requires", std.Type, f.Name),
					Hint: "fill it here, or write a reference feed that does"})
			}
		}
	}
	return fs
}

// fields is a data standard as mappings see it.
type fields struct{ standard *catalog.Standard }

// Field is the kind and unit of a field.
func (f fields) Field(name city.AttributeName) (city.ValueKind, city.Unit, bool) {
	field := f.standard.Field(name)
	if field == nil {
		return city.None, "", false
	}
	return field.Kind, field.Unit, true
}

func (c *City) fieldsOf(t city.EntityType) mapping.Standard {
	if std := c.Standard(t); std != nil {
		return fields{std}
	}
	return nil
}
