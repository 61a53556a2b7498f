package pack

import (
	"strings"

	"citybrain/city"
	"citybrain/feed/mapping"
)

// AgencyOf is the agency whose data a source gives: that of the feed.
func (c *City) AgencyOf(s city.SourceID) (city.AgencyID, bool) {
	for _, f := range c.Feeds {
		if f.Feed().Source() == s {
			return f.Spec().Agency, true
		}
	}
	return "", false
}

// Owner is the agency that answers for the data of an entity: that of the feed
// whose ids have its form. Of several the one that brings readings comes before
// reference data, then the one whose form says most of the id, then the first
// by name. False for an entity that no feed of the city brings.
func (c *City) Owner(id city.EntityID) (city.AgencyID, bool) {
	if f := c.feedOf(id); f != nil {
		return f.Spec().Agency, true
	}
	return "", false
}

// feedOf is the feed that Owner describes, or nil.
func (c *City) feedOf(id city.EntityID) *mapping.Mapping {
	var best *mapping.Mapping
	most := 0
	for _, f := range c.Feeds {
		said, ok := sayOfID(f.Spec().Entity, string(id))
		if ok && (best == nil || f.Observed() && !best.Observed() || f.Observed() == best.Observed() && said > most) {
			best, most = f, said
		}
	}
	return best
}

// sayOfID is how many bytes of an id the fixed text around the columns of a
// template says, and whether it agrees with them.
func sayOfID(template, id string) (int, bool) {
	const open, shut = "\x00", "\x01"
	t := strings.NewReplacer("{{", open, "}}", shut).Replace(template)
	first, last := strings.IndexByte(t, '{'), strings.LastIndexByte(t, '}')
	plain := strings.NewReplacer(open, "{", shut, "}")
	if first < 0 || last < first {
		return len(id), plain.Replace(t) == id
	}
	head, tail := plain.Replace(t[:first]), plain.Replace(t[last+1:])
	return len(head) + len(tail), len(id) > len(head)+len(tail) && strings.HasPrefix(id, head) && strings.HasSuffix(id, tail)
}
