package mapping

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"citybrain/city"
)

// Bounds says which rows of a feed count.
type Bounds struct {
	// Window is the part of time that is replayed; rows outside are counted
	// and not applied.
	Window city.Interval
	// Latest is the last moment that a reading may claim: the city's clock plus
	// the feed's tolerance. Zero sets no bound.
	Latest city.Instant
}

// Mapper turns rows into changes. It remembers ids, texts and offsets it has
// seen; one goroutine uses it.
type Mapper struct {
	m      *Mapping
	index  []int // slot → column of the row
	width  int
	names  []string
	entity *ids
	time   *timeReader
	timeAt int
	fields []field
	texts  texts
	empty  []string

	attributes []city.Attribute
	header     string          // the line above each text kept; none for JSON
	raw        strings.Builder // grown once, then only filled
	buf        []byte
}

// slabAttributes is how many attributes are allocated together: those of a
// hundred or so rows, so that an entity that keeps one keeps little else.
const slabAttributes = 480

// Mapping is what the mapper was bound from.
func (x *Mapper) Mapping() *Mapping { return x.m }

// Map makes the change of one row; received becomes its ReceivedAt and that of
// its attributes. The result's Op is OpObserve, OpOutside or OpQuarantine. What
// the change refers to is never changed or reused.
//
// A change carries the row's text in Raw, since a rule of the city may refuse
// the row later. What goes to quarantine is a JSON object as it came, or a CSV
// row under a line that names its columns. So it can always be read by itself,
// whatever files and bodies with other columns came before or after it.
//
// Reference rows are observations without a time: they merge into the entity,
// so that loading them again takes no reading away.
func (x *Mapper) Map(row *Row, bounds *Bounds, received city.Instant, into *city.Change) {
	reason := row.Bad
	if reason == "" && len(row.Fields) != x.width {
		reason = fmt.Sprintf("row: has %d columns, want %d", len(row.Fields), x.width)
	}
	if reason == "" {
		reason = x.apply(row, bounds, received, into)
	}
	if reason != "" {
		*into = city.Change{Source: x.m.source, ReceivedAt: received, Row: row.Number, Raw: x.keep(row.Raw), Header: x.header}
		Refuse(into, reason)
	}
}

func (x *Mapper) apply(row *Row, bounds *Bounds, received city.Instant, into *city.Change) string {
	at, observed, flags := received, city.Instant(0), city.Flags(0)
	if x.time != nil {
		text := row.Fields[x.timeAt]
		if x.isEmpty(text) {
			return x.names[x.timeAt] + ": the time of the reading is missing"
		}
		var why string
		if at, flags, why = x.time.read(text); why != "" {
			return x.says(x.timeAt, text, why)
		}
		observed = at
		if !bounds.Window.Contains(at) {
			*into = city.Change{Op: city.OpOutside, Source: x.m.source, At: at, ReceivedAt: received, Row: row.Number}
			return ""
		}
		if bounds.Latest != 0 && at > bounds.Latest {
			return x.says(x.timeAt, text, "lies more than "+city.DurationText(x.m.spec.MaxAhead())+" ahead of the city's clock")
		}
	}
	id, empty, why := x.entity.id(row, x.value)
	if empty {
		return "entity id: a column of " + x.m.spec.Entity + " has no value"
	}
	if why != "" {
		return "entity id: " + why
	}
	attributes, more, why := x.read(row, observed, received, flags)
	if why != "" {
		return why
	}
	*into = city.Change{
		Op: city.OpObserve, Flags: flags | more, Entity: id, Type: x.m.spec.Type, Source: x.m.source,
		At: at, ReceivedAt: received, Attributes: attributes, Row: row.Number, Raw: x.keep(row.Raw), Header: x.header,
	}
	return ""
}

// slabRaw is how many bytes of raw text are allocated together.
const slabRaw = 32 << 10

// keep copies the text of a row. The texts of many rows share one allocation.
func (x *Mapper) keep(raw []byte) string {
	if len(raw) > MaxRaw || !utf8.Valid(raw) {
		raw = keepable(raw)
	}
	if x.raw.Cap()-x.raw.Len() < len(raw) {
		x.raw = strings.Builder{}
		x.raw.Grow(max(slabRaw, len(raw)))
	}
	start := x.raw.Len()
	x.raw.Write(raw)
	return x.raw.String()[start:]
}

// read fills the attributes that have a value. flags are those that came with
// a value, such as an ambiguous time.
func (x *Mapper) read(row *Row, observed, received city.Instant, rowFlags city.Flags) (out []city.Attribute, flags city.Flags, reason string) {
	if len(x.attributes) < len(x.fields) {
		x.attributes = make([]city.Attribute, max(slabAttributes, len(x.fields)))
	}
	n := 0
	for i := range x.fields {
		f, a := &x.fields[i], &x.attributes[n]
		*a = f.blank
		has, why := x.fill(f, row, a)
		if why != "" {
			clear(x.attributes[:n+1])
			return nil, 0, string(f.blank.Name) + ": " + why
		}
		if !has {
			*a = city.Attribute{}
			continue
		}
		flags |= a.Flags
		a.Flags |= rowFlags
		a.ObservedAt, a.ReceivedAt = observed, received
		n++
	}
	out, x.attributes = x.attributes[:n:n], x.attributes[n:]
	return out, flags, ""
}

// fill gives a its value. has is false if the row has none.
func (x *Mapper) fill(f *field, row *Row, a *city.Attribute) (has bool, reason string) {
	switch f.kind {
	case constant:
		return true, ""
	case fromRelation:
		id, empty, why := f.ids.id(row, x.value)
		a.Value.Text = string(id)
		return !empty, why
	case fromPlace:
		return x.fillPlace(f, row, a)
	case fromTemplate:
		return x.fillTemplate(f, row, a)
	case fromObject:
		return x.fillObject(f, row, a)
	}
	b := row.Fields[f.at]
	if x.isEmpty(b) {
		return false, ""
	}
	if f.values != nil {
		v, ok := f.values[string(b)]
		if !ok {
			return false, x.says(f.at, b, "is not one of the values of the mapping")
		}
		b = append(x.buf[:0], v...)
		x.buf = b
	}
	return x.fillColumn(f, b, a)
}

func (x *Mapper) fillColumn(f *field, b []byte, a *city.Attribute) (has bool, reason string) {
	switch f.kind {
	case fromNumber:
		v, ok := parseNumber(b)
		v = f.convert.apply(v)
		if !ok || v-v != 0 { // a conversion may overflow
			return false, x.says(f.at, b, "is not a number")
		}
		a.Value.Num = v
	case fromText:
		if string(b) != f.last {
			f.last = x.texts.text(b)
		}
		a.Value.Text = f.last
	case fromBool:
		v, ok := parseBool(bytes.TrimSpace(b))
		if !ok {
			return false, x.says(f.at, b, "is not true or false")
		}
		a.Value = city.BoolOf(v)
	case fromTime:
		if string(b) == f.last && f.last != "" {
			a.Value, a.Flags = f.lastV, f.lastFlags
			return true, ""
		}
		at, flags, why := f.time.read(b)
		if why != "" {
			return false, x.says(f.at, b, why)
		}
		a.Value, a.Flags = city.TimeOf(at), flags
		f.last, f.lastV, f.lastFlags = string(b), a.Value, flags
	}
	return true, ""
}

func parseBool(b []byte) (value, ok bool) {
	switch string(b) {
	case "true", "True", "TRUE", "1":
		return true, true
	case "false", "False", "FALSE", "0":
		return false, true
	}
	return false, false
}

// value is the field of a slot, nil where it means "no value".
func (x *Mapper) value(row *Row, slot int) []byte {
	b := row.Fields[x.index[slot]]
	if x.isEmpty(b) {
		return nil
	}
	return b
}

func (x *Mapper) isEmpty(b []byte) bool {
	return len(b) == 0 || x.empty != nil && slices.Contains(x.empty, string(b))
}

// says names the column, its text and what is wrong with it.
func (x *Mapper) says(column int, text []byte, why string) string {
	return fmt.Sprintf("%s: %q %s", x.names[column], Excerpt(text), why)
}
