package ngsild

import (
	"bytes"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"

	"citybrain/city"
	"citybrain/internal/wire"
)

// The limits of what one entity may hold.
const (
	maxAttributes = 1000 // of an entity or of an attribute
	maxSubLevels  = 5    // attributes of attributes of attributes …
	maxValueDepth = 64   // arrays and objects in a value
)

// decoder turns the body of one request into changes. It is used by one
// goroutine at a time and keeps its buffers between requests. What it returns
// shares nothing with the body.
type decoder struct {
	body []byte
	in   bytes.Buffer
	dec  wire.Decoder
	// names are checked names, types and units: a city has few of them.
	names map[string]string

	now       city.Instant
	keyValues bool
	latest    city.Instant // latest observedAt of the entity at hand
	attrs     []city.Attribute
	out       []byte // for answers

	budget   *atomic.Int64
	reserved int64
}

const maxNames = 4096

var decoders = sync.Pool{New: func() any { return &decoder{names: make(map[string]string, 64)} }}

func newDecoder() *decoder { return decoders.Get().(*decoder) }

// release gives d back. Buffers that a large body has grown are dropped.
func (d *decoder) release() {
	if d.budget != nil {
		d.budget.Add(-d.reserved)
		d.budget, d.reserved = nil, 0
	}
	if cap(d.body) > 1<<20 || cap(d.out) > 1<<20 {
		return
	}
	clear(d.attrs[:cap(d.attrs)])
	d.attrs = d.attrs[:0]
	decoders.Put(d)
}

// start begins to read d.body.
func (d *decoder) start(now city.Instant, keyValues bool) {
	d.now, d.keyValues = now, keyValues
	d.in = *bytes.NewBuffer(d.body)
	d.dec.Reset(&d.in)
}

// end fails if the body goes on after its one value.
func (d *decoder) end() error {
	for _, c := range d.body[d.dec.InputOffset():] {
		if c != ' ' && c != '\t' && c != '\r' && c != '\n' {
			return city.InvalidField(op, "body", "there is more after the JSON value")
		}
	}
	return nil
}

// syntax is the error of a body that is not JSON.
func syntax(err error) error {
	return &city.Error{Kind: city.Invalid, Op: op, Field: "body", Detail: "is not JSON: " + wire.SyntaxDetail(err), Err: err}
}

// One entity: {"id": …, "type": …, "@context": …, attribute: …}.
func (d *decoder) entity(c *city.Change) error {
	if err := d.open("an entity"); err != nil {
		return err
	}
	d.attrs, d.latest = d.attrs[:0], 0
	for d.dec.PeekKind() == '"' {
		name, err := d.name()
		if err != nil {
			return err
		}
		if err := d.entityMember(c, name); err != nil {
			return err
		}
	}
	if _, err := d.dec.ReadToken(); err != nil {
		return syntax(err)
	}
	d.finish(c)
	return nil
}

// finish gives c what every change of this interface has.
func (d *decoder) finish(c *city.Change) {
	c.Source, c.ReceivedAt, c.At = Source, d.now, d.latest
	if c.At == 0 {
		c.At = d.now
	}
	if len(d.attrs) > 0 {
		c.Attributes = make([]city.Attribute, len(d.attrs))
		copy(c.Attributes, d.attrs)
	}
}

func (d *decoder) entityMember(c *city.Change, name []byte) error {
	switch string(name) {
	case "id", "@id":
		id, err := d.text("id")
		if err != nil {
			return err
		}
		if c.Entity != "" && c.Entity != city.EntityID(id) {
			return city.InvalidField(op, "id", "%q is not the entity %q that the request is about", clip(id), clip(string(c.Entity)))
		}
		c.Entity = city.EntityID(id)
		return checkID(c.Entity)
	case "type", "@type":
		return d.entityType(c)
	case "@context", "createdAt", "modifiedAt":
		// System times are the server's to set (clause 4.8); contexts are not expanded.
		return d.skip()
	case "scope", "deletedAt", "expiresAt":
		return unbuiltMember(string(name))
	}
	if len(d.attrs) == maxAttributes {
		return city.InvalidField(op, clip(string(name)), "an entity has at most %d attributes", maxAttributes)
	}
	interned, err := d.intern(name)
	if err != nil {
		return err
	}
	d.attrs = append(d.attrs, city.Attribute{Name: city.AttributeName(interned), ReceivedAt: d.now, Source: Source})
	a := &d.attrs[len(d.attrs)-1]
	if d.keyValues {
		return within(interned, d.simplified(a))
	}
	return within(interned, d.attribute(a, 1))
}

func checkID(id city.EntityID) error {
	if why := city.CheckEntityID(id); why != "" {
		return city.InvalidField(op, "id", "%q %s", clip(string(id)), why)
	}
	return nil
}

func unbuiltMember(name string) error {
	return &city.Error{Kind: city.Unsupported, Op: op, Field: name, Detail: "the member " + name + " is not built"}
}

func (d *decoder) entityType(c *city.Change) error {
	list := d.dec.PeekKind() == '['
	if list {
		if _, err := d.dec.ReadToken(); err != nil {
			return syntax(err)
		}
	}
	if d.dec.PeekKind() != '"' {
		return city.InvalidField(op, "type", "must be a text")
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return syntax(err)
	}
	name, err := d.internValue(raw, "type")
	if err != nil {
		return err
	}
	c.Type = city.EntityType(name)
	if !list {
		return nil
	}
	if d.dec.PeekKind() != ']' {
		return &city.Error{Kind: city.Unsupported, Op: op, Field: "type", Detail: "several types of one entity are not built"}
	}
	_, err = d.dec.ReadToken()
	return err
}

// wrong is the error of a value of another kind than wanted, or of text that is
// not JSON where the value should begin.
func (d *decoder) wrong(field, want string) error {
	if d.dec.PeekKind() == 0 {
		_, err := d.dec.ReadToken()
		return syntax(err)
	}
	return city.InvalidField(op, field, "%s", want)
}

// open reads the brace of an object.
func (d *decoder) open(what string) error {
	if d.dec.PeekKind() != '{' {
		return d.wrong("", what+" is a JSON object")
	}
	_, err := d.dec.ReadToken()
	return err
}

// name reads a member's name. It is valid until the next read.
func (d *decoder) name() ([]byte, error) {
	raw, err := d.dec.ReadValue()
	if err != nil {
		return nil, syntax(err)
	}
	if bytes.IndexByte(raw, '\\') < 0 {
		return raw[1 : len(raw)-1], nil
	}
	s, err := wire.Unquote(raw)
	return []byte(s), err
}

// text reads a string; field names it in errors.
func (d *decoder) text(field string) (string, error) {
	if d.dec.PeekKind() != '"' {
		return "", d.wrong(field, "must be a text")
	}
	raw, err := d.dec.ReadValue()
	if err != nil {
		return "", syntax(err)
	}
	return wire.Unquote(raw)
}

func (d *decoder) skip() error {
	if err := d.dec.SkipValue(); err != nil {
		return syntax(err)
	}
	return nil
}

// intern is the checked name with these bytes.
func (d *decoder) intern(name []byte) (string, error) {
	if s, ok := d.names[string(name)]; ok {
		return s, nil
	}
	s := string(name)
	if why := city.CheckName(s); why != "" {
		return "", city.InvalidField(op, clip(s), "the name %s", why)
	}
	if s[0] == '@' {
		return "", city.InvalidField(op, clip(s), "is a keyword of JSON-LD that has no meaning here")
	}
	if len(d.names) >= maxNames {
		clear(d.names)
	}
	d.names[s] = s
	return s, nil
}

func (d *decoder) internValue(raw wire.Value, field string) (string, error) {
	name := []byte(raw[1 : len(raw)-1])
	if bytes.IndexByte(name, '\\') >= 0 {
		s, err := wire.Unquote(raw)
		if err != nil {
			return "", syntax(err)
		}
		name = []byte(s)
	}
	s, err := d.intern(name)
	if err != nil {
		return "", renamed(err, field)
	}
	return s, nil
}

// within puts a member's name before the field of err.
func within(name string, err error) error {
	if err == nil {
		return nil
	}
	var e *city.Error
	if !errors.As(err, &e) || e.Field == "body" {
		return err
	}
	if e.Field == "" {
		e.Field = clip(name)
	} else if len(e.Field) < 256 {
		e.Field = clip(name) + "." + e.Field
	}
	return e
}

// renamed is err with another field.
func renamed(err error, field string) error {
	var e *city.Error
	if errors.As(err, &e) && e.Field != "body" {
		e.Field = field
	}
	return err
}

// index is the field of the n-th element of a list.
func index(n int) string { return "[" + strconv.Itoa(n) + "]" }
