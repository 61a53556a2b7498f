package stream

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"citybrain/city"
)

// filter is what one client wants to hear of.
type filter struct {
	situations, entities, cases bool
	suppressed                  bool            // also situations that nobody was told of
	situationTypes              map[string]bool // nil: all
	entityTypes                 map[city.EntityType]bool
}

func (f *filter) wantsSituation(s *city.Situation) bool {
	return f.situations && (f.situationTypes == nil || f.situationTypes[s.Type]) && (f.suppressed || s.Standing.Announced != 0)
}

func (f *filter) wantsEntity(kind city.EntityType) bool {
	return f.entityTypes == nil || f.entityTypes[kind]
}

// place is where a client stands: what has been sent to it.
type place struct {
	pos    city.Position
	change uint64 // notice of situations
	cases  uint64 // change of cases
}

// append appends p as the id of an event.
func (p place) append(dst []byte) []byte {
	dst = append(dst, 'p')
	dst = strconv.AppendUint(dst, uint64(p.pos), 10)
	dst = append(dst, "-s"...)
	dst = strconv.AppendUint(dst, p.change, 10)
	if p.cases == nowhere {
		return dst
	}
	dst = append(dst, "-c"...)
	return strconv.AppendUint(dst, p.cases, 10)
}

// nowhere is the place among cases of an id that says none: those that were
// given out before there were cases end behind the situations.
const nowhere = ^uint64(0)

func readPlace(s string) (p place, ok bool) {
	p.cases = nowhere
	digits, begins := strings.CutPrefix(s, "p")
	pos, rest, cut := strings.Cut(digits, "-s")
	change, cases, has := strings.Cut(rest, "-c")
	n, err := strconv.ParseUint(pos, 10, 64)
	p.pos = city.Position(n)
	if !begins || !cut || err != nil {
		return p, false
	}
	if p.change, err = strconv.ParseUint(change, 10, 64); err != nil {
		return p, false
	}
	if has {
		if p.cases, err = strconv.ParseUint(cases, 10, 64); err != nil || p.cases == nowhere {
			return p, false
		}
	}
	return p, true
}

const maxListed = 100

// readRequest reads what r wants and from where; from is nil for "from now".
func readRequest(r *http.Request) (f filter, from *place, err error) {
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return f, nil, city.InvalidField("stream", "query", "is badly escaped")
	}
	for name, list := range values {
		switch name {
		case "types", "situationType", "entityType", "suppressed", "after":
		default:
			return f, nil, city.InvalidField("stream", name, "this operation has no such parameter")
		}
		if len(list) > 1 {
			return f, nil, city.InvalidField("stream", name, "the parameter is given twice")
		}
	}
	if err := f.kinds(values); err != nil {
		return f, nil, err
	}
	last := r.Header.Get("Last-Event-ID")
	field := "Last-Event-ID"
	if last == "" {
		last, field = values.Get("after"), "after"
	}
	if last == "" {
		return f, nil, nil
	}
	p, ok := readPlace(last)
	if !ok {
		return f, nil, city.InvalidField("stream", field, "%q is not the id of an event, such as p8127-s42-c7", last)
	}
	return f, &p, nil
}

func (f *filter) kinds(values url.Values) error {
	for kind := range strings.SplitSeq(values.Get("types"), ",") {
		switch kind {
		case "situation":
			f.situations = true
		case "entity":
			f.entities = true
		case "case":
			f.cases = true
		case "":
		default:
			return city.InvalidField("stream", "types", "%q is none of situation, entity and case", kind)
		}
	}
	if !f.situations && !f.entities && !f.cases {
		f.situations, f.entities, f.cases = true, true, true
	}
	switch values.Get("suppressed") {
	case "", "false":
	case "true":
		f.suppressed = true
	default:
		return city.InvalidField("stream", "suppressed", "true or false")
	}
	for _, name := range listed(values, "situationType") {
		if f.situationTypes == nil {
			f.situationTypes = map[string]bool{}
		}
		f.situationTypes[name] = true
	}
	for _, name := range listed(values, "entityType") {
		if f.entityTypes == nil {
			f.entityTypes = map[city.EntityType]bool{}
		}
		f.entityTypes[city.EntityType(name)] = true
	}
	if len(f.situationTypes) > maxListed || len(f.entityTypes) > maxListed {
		return city.InvalidField("stream", "entityType", "at most %d types", maxListed)
	}
	return nil
}

func listed(values url.Values, name string) (list []string) {
	for part := range strings.SplitSeq(values.Get(name), ",") {
		if part != "" {
			list = append(list, part)
		}
	}
	return list
}
