package history

import (
	"errors"
	"slices"

	"github.com/parquet-go/parquet-go"

	"citybrain/city"
)

// sheet is a segment in memory, column by column: some tens of bytes a reading.
type sheet struct {
	typ      city.EntityType
	index    *index
	at       []city.Instant
	received []city.Instant
	source   []uint16
	sources  []city.SourceID
	flags    []city.Flags
	stated   []bool
	of       []uint32 // index of the entity
	columns  []sheetColumn
	more     map[int32][]city.Attribute // instances that no column holds
	under    map[int32]rowAt            // what an earlier part says of the same reading
}

// sheetColumn is one attribute's values; the slice of its kind holds them.
type sheetColumn struct {
	column
	has    []bool
	nums   []float64
	texts  []string
	places []*city.Place
}

// sheet reads the wanted attributes of all rows.
func (g *segment) sheet(w *Want) (*sheet, error) {
	o, err := g.open()
	if err != nil {
		return nil, err
	}
	defer o.file.Close()
	s := &sheet{typ: g.Type, index: o.index}
	if err := s.read(o, w); err != nil {
		return nil, g.damaged("cannot be read", err)
	}
	return s, nil
}

func (s *sheet) read(o *openFile, w *Want) error {
	n := int(o.index.first[len(o.index.entities)])
	k, err := o.keys(0, n)
	if err != nil {
		return err
	}
	s.at, s.source, s.sources = k.at, k.source, k.sources
	s.received, s.flags, s.stated, s.of = make([]city.Instant, n), make([]city.Flags, n), make([]bool, n), make([]uint32, n)
	err = errors.Join(
		o.values(0, n, func(i int, v parquet.Value) { s.received[i] = city.Instant(v.Int64()) }, leafReceived),
		o.values(0, n, func(i int, v parquet.Value) { s.flags[i] = city.Flags(v.Int32()) }, leafFlags),
		o.values(0, n, func(i int, v parquet.Value) { s.stated[i] = v.Boolean() }, leafStated),
	)
	if err != nil {
		return err
	}
	if slices.Contains(s.received, 0) {
		return errNoReceipt
	}
	for e := range o.index.entities {
		for i := o.index.first[e]; i < o.index.first[e+1]; i++ {
			s.of[i] = uint32(e)
		}
	}
	wants := func(name city.AttributeName) bool { return w.Attributes == nil || w.Attributes(s.typ, name) }
	for i := range o.index.columns {
		if leaf := &o.index.columns[i]; wants(leaf.name) {
			if err := s.readColumn(o, leaf, n); err != nil {
				return err
			}
		}
	}
	return s.readMore(o, n, wants)
}

func (s *sheet) readColumn(o *openFile, leaf *leaf, n int) error {
	c := sheetColumn{column: leaf.column, has: make([]bool, n)}
	var texts lastText
	var bad error
	switch leaf.kind {
	case city.Number, city.Bool:
		c.nums = make([]float64, n)
	case city.Geo:
		c.places = make([]*city.Place, n)
	default:
		c.texts = make([]string, n)
	}
	err := o.values(0, n, func(i int, v parquet.Value) {
		if v.IsNull() {
			return
		}
		c.has[i] = true
		switch leaf.kind {
		case city.Number:
			c.nums[i] = v.Double()
		case city.Bool:
			c.nums[i] = city.BoolOf(v.Boolean()).Num
		case city.Geo:
			place, err := decodeWKB(v.ByteArray())
			bad = errors.Join(bad, err)
			c.places[i] = place
		default:
			c.texts[i] = texts.of(v.ByteArray())
		}
	}, groupAttr, leaf.path)
	s.columns = append(s.columns, c)
	return errors.Join(err, bad)
}

func (s *sheet) readMore(o *openFile, n int, wants func(city.AttributeName) bool) error {
	if _, ok := o.read.Schema().Lookup(leafMore); !ok {
		return nil
	}
	s.more = map[int32][]city.Attribute{}
	var bad error
	err := o.values(0, n, func(i int, v parquet.Value) {
		if v.IsNull() {
			return
		}
		list, err := decodeWhole(v.ByteArray())
		bad = errors.Join(bad, err)
		s.more[int32(i)] = slices.DeleteFunc(list, func(a city.Attribute) bool { return !wants(a.Name) })
	}, leafMore)
	return errors.Join(err, bad)
}

func (s *sheet) entity(row int32) city.EntityID { return s.index.entities[s.of[row]] }

// cover notes that a row stands over one of an earlier part.
func (s *sheet) cover(row int32, older rowAt) {
	if s.under == nil {
		s.under = map[int32]rowAt{}
	}
	s.under[row] = older
}

// change is a row as an observation; its attributes are put behind those in slab.
func (s *sheet) change(row int32, slab *[]city.Attribute) city.Change {
	c := city.Change{
		Op: city.OpObserve, Entity: s.entity(row), Type: s.typ, Source: s.sources[s.source[row]],
		At: s.at[row], ReceivedAt: s.received[row], Flags: s.flags[row],
	}
	start := len(*slab)
	*slab = s.appendAttributes(*slab, row)
	for older, covered := s.under[row]; covered; older, covered = older.sheet.under[older.row] {
		end := len(*slab)
		*slab = older.sheet.appendAttributes(*slab, older.row)
		*slab = (*slab)[:end+dropNamed((*slab)[end:], (*slab)[start:end])]
	}
	c.Attributes = (*slab)[start:len(*slab):len(*slab)]
	return c
}

// dropNamed keeps, in place, the attributes whose names others do not have.
func dropNamed(list, others []city.Attribute) int {
	n := 0
	for _, a := range list {
		if !slices.ContainsFunc(others, func(o city.Attribute) bool { return o.Name == a.Name }) {
			list[n] = a
			n++
		}
	}
	return n
}

func (s *sheet) appendAttributes(out []city.Attribute, row int32) []city.Attribute {
	for i := range s.columns {
		c := &s.columns[i]
		if !c.has[row] {
			continue
		}
		a := city.Attribute{Name: c.name, Unit: c.unit, ReceivedAt: s.received[row], Source: s.sources[s.source[row]], Flags: s.flags[row]}
		if s.stated[row] {
			a.ObservedAt = s.at[row]
		}
		a.Value.Kind = c.kind
		switch {
		case c.nums != nil:
			a.Value.Num = c.nums[row]
		case c.places != nil:
			a.Value.Place = c.places[row]
		default:
			a.Value.Text = c.texts[row]
		}
		out = append(out, a)
	}
	return append(out, s.more[row]...)
}
