package history

import (
	"math"
	"strings"

	"citybrain/city"
)

// rich is the kind of columns whose instances are kept whole, because they have
// properties of their own, a mark other than their reading's, or a value that no plain column holds.
const rich city.ValueKind = 255

// maxColumns bounds the plain columns of a chunk and of a segment; instances of
// further ones are kept whole.
const maxColumns = 1000

// column is one kind and unit of an attribute.
type column struct {
	name city.AttributeName
	kind city.ValueKind
	unit city.Unit
}

// columns numbers the columns of a chunk.
type columns struct {
	list   []column
	number map[column]uint32
	names  []uint32 // number of a column → number of its name
	byName map[city.AttributeName]uint32
	hint   []uint32 // column of the i-th attribute of the last change

	// visited and place say, for each name, in which visit it was seen last
	// and where in the run.
	stamp   uint64
	visited []uint64
	place   []uint32
}

// of is the number of a column; i is the attribute's index in its change.
func (c *columns) of(i int, name city.AttributeName, kind city.ValueKind, unit city.Unit) uint32 {
	if i < len(c.hint) {
		if n := c.hint[i]; int(n) < len(c.list) {
			if k := &c.list[n]; k.kind == kind && k.name == name && k.unit == unit {
				return n
			}
		}
	}
	n := c.lookUp(column{name, kind, unit})
	for i >= len(c.hint) && i < maxColumns {
		c.hint = append(c.hint, n)
	}
	if i < len(c.hint) {
		c.hint[i] = n
	}
	return n
}

func (c *columns) lookUp(k column) uint32 {
	if n, ok := c.number[k]; ok {
		return n
	}
	if c.number == nil {
		c.number, c.byName = map[column]uint32{}, map[city.AttributeName]uint32{}
	}
	k.name, k.unit = city.AttributeName(strings.Clone(string(k.name))), city.Unit(strings.Clone(string(k.unit)))
	name, ok := c.byName[k.name]
	if !ok {
		name = uint32(len(c.visited))
		c.byName[k.name] = name
		c.visited, c.place = append(c.visited, 0), append(c.place, 0)
	}
	n := uint32(len(c.list))
	c.number[k] = n
	c.list, c.names = append(c.list, k), append(c.names, name)
	return n
}

// full says whether a column of this kind must not be added.
func (c *columns) full(k column) bool {
	if len(c.list) < maxColumns {
		return false
	}
	_, known := c.number[k]
	return !known
}

// visit notes that the attribute of a column stands at a place of the run being
// visited, unless it has been seen there: then it returns that place and true.
func (c *columns) visit(n, place uint32) (uint32, bool) {
	name := c.names[n]
	if c.visited[name] == c.stamp {
		return c.place[name], true
	}
	c.visited[name], c.place[name] = c.stamp, place
	return place, false
}

// encode makes a cell of an attribute, whole if it must be.
func (c *chunk) encode(i int, a *city.Attribute, m *mark, whole bool) cell {
	kind := a.Value.Kind
	if whole || len(a.Sub) > 0 || !plain(&a.Value) ||
		len(c.columns.list) >= maxColumns && c.columns.full(column{a.Name, kind, a.Unit}) {
		return c.encodeWhole(i, a, m)
	}
	next := cell{column: c.columns.of(i, a.Name, kind, a.Unit)}
	switch kind {
	case city.Number, city.Bool:
		next.value = math.Float64bits(a.Value.Num)
	case city.Geo:
		next.value = uint64(len(c.places))
		c.places = append(c.places, a.Value.Place)
	default:
		next.value = uint64(c.texts.number(a.Value.Text))
	}
	return next
}

func (c *chunk) encodeWhole(i int, a *city.Attribute, m *mark) cell {
	kept := *a
	kept.ReceivedAt, kept.Source, kept.Flags, kept.ObservedAt = m.received, m.source, m.flags, 0
	if m.stated {
		kept.ObservedAt = m.at
	}
	c.rich = append(c.rich, kept)
	return cell{value: uint64(len(c.rich) - 1), column: c.columns.of(i, a.Name, rich, "")}
}

// plain says whether a column of the value's kind holds it without loss.
func plain(v *city.Value) bool {
	switch v.Kind {
	case city.Number:
		return v.Text == "" && v.Place == nil
	case city.Bool:
		return (v.Num == 0 && !math.Signbit(v.Num) || v.Num == 1) && v.Text == "" && v.Place == nil
	case city.Geo:
		return v.Num == 0 && v.Text == "" && wkbFits(v.Place)
	case city.Text, city.Time, city.Relation, city.JSON:
		return v.Num == 0 && v.Place == nil
	}
	return false
}

// texts numbers strings; short ones are kept once.
type texts struct {
	list  []string
	short map[string]uint32
	last  uint32
	bytes int64
}

const shortText = 64

func (t *texts) number(s string) uint32 {
	if int(t.last) < len(t.list) && t.list[t.last] == s {
		return t.last
	}
	if n, ok := t.short[s]; ok {
		t.last = n
		return n
	}
	n := uint32(len(t.list))
	s = strings.Clone(s)
	t.list = append(t.list, s)
	t.bytes += int64(len(s)) + 16
	if len(s) <= shortText {
		if t.short == nil {
			t.short = map[string]uint32{}
		}
		t.short[s] = n
		t.bytes += 48
	}
	t.last = n
	return n
}
