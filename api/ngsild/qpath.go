package ngsild

import (
	"strings"

	"citybrain/city"
	"citybrain/internal/wire"
)

// path leads from an entity to a value: an attribute, its attributes, and the
// members of a value that is an object.
type path struct {
	name    city.AttributeName
	subs    []string
	members []string
}

// path reads name.sub.sub[member.member].
func (p *qParser) path() (*path, error) {
	rest := p.text[p.at:]
	end := strings.IndexAny(rest, "=!<>~;|()[],\" ")
	if end < 0 {
		end = len(rest)
	}
	parts := strings.Split(rest[:end], ".")
	for _, part := range parts {
		if why := city.CheckName(part); why != "" {
			return nil, p.fault("the attribute's name " + why)
		}
	}
	p.at += end
	found := &path{name: city.AttributeName(parts[0]), subs: parts[1:]}
	if !p.take("[") {
		return found, nil
	}
	inside, _, closed := strings.Cut(p.text[p.at:], "]")
	if !closed || inside == "" {
		return nil, p.fault("a member's name and ] were expected")
	}
	p.at += len(inside) + 1
	found.members = strings.Split(inside, ".")
	return found, nil
}

// find is the value that the path leads to in e.
func (p *path) find(e *city.Entity) (city.Value, bool) {
	a := e.Attribute(p.name)
	if a == nil {
		switch {
		case p.name == "createdAt" && len(p.subs) == 0:
			return instantValue(e.CreatedAt)
		case p.name == "modifiedAt" && len(p.subs) == 0:
			return instantValue(e.ModifiedAt)
		}
		return city.Value{}, false
	}
	for i, name := range p.subs {
		next := subAttribute(a, name)
		if next == nil {
			return p.systemMember(a, i)
		}
		a = next
	}
	if p.members == nil {
		return a.Value, true
	}
	return member(&a.Value, p.members)
}

func subAttribute(a *city.Attribute, name string) *city.Attribute {
	for i := range a.Sub {
		if string(a.Sub[i].Name) == name {
			return &a.Sub[i]
		}
	}
	return nil
}

// systemMember is a member of an attribute that is not an attribute itself.
func (p *path) systemMember(a *city.Attribute, i int) (city.Value, bool) {
	if i != len(p.subs)-1 || p.members != nil {
		return city.Value{}, false
	}
	switch p.subs[i] {
	case "observedAt":
		return instantValue(a.ObservedAt)
	case "modifiedAt":
		return instantValue(a.ReceivedAt)
	case "unitCode":
		return city.TextOf(string(a.Unit)), a.Unit != ""
	}
	return city.Value{}, false
}

func instantValue(i city.Instant) (city.Value, bool) { return city.TimeOf(i), i != 0 }

// member is a member of a value that is a JSON object.
func member(v *city.Value, names []string) (city.Value, bool) {
	if v.Kind != city.JSON {
		return city.Value{}, false
	}
	raw := wire.Value(v.Text)
	for _, name := range names {
		var object map[string]wire.Value
		if raw.Kind() != '{' || wire.Unmarshal(raw, &object) != nil {
			return city.Value{}, false
		}
		next, ok := object[name]
		if !ok {
			return city.Value{}, false
		}
		raw = next
	}
	var found city.Value
	if raw.Kind() == 'n' || propertyValue(&found, raw) != nil {
		return city.Value{}, false
	}
	return found, true
}
