package history

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"citybrain/city"
)

// The leaves of a segment. Attributes are leaves of the group attr, named as
// the attribute; further kinds or units of one attribute get a number behind
// their name. "more" holds the instances that no plain column holds.
const (
	leafEntity   = "entity"
	leafAt       = "at"
	leafReceived = "received"
	leafSource   = "source"
	leafFlags    = "flags"
	leafStated   = "stated"
	leafMore     = "more"
	groupAttr    = "attr"
)

// layout is the order of rows and the columns of a segment to be written.
type layout struct {
	chunks   []*chunk
	rows     []rowRef
	entities []city.EntityID
	first    []uint32
	leaves   []leaf
	// columns gives, for each leaf, the number of its column in each chunk, or none.
	columns [][]uint32
	// whole says, for each chunk and column, whether the instances go to "more".
	whole [][]bool
	rich  bool // some do
}

// rowRef is one row of one chunk.
type rowRef struct {
	chunk uint16
	row   uint32
}

const none = ^uint32(0)

func newLayout(f *frozen) *layout {
	l := &layout{rows: make([]rowRef, 0, f.rows)}
	for _, c := range f.chunks {
		if c != nil {
			l.chunks = append(l.chunks, c)
		}
	}
	l.order()
	l.name()
	return l
}

// order sorts the rows by entity, moment and source.
func (l *layout) order() {
	type entityRef struct {
		chunk  uint16
		series *series
	}
	var all []entityRef
	for k, c := range l.chunks {
		for i := range c.series {
			all = append(all, entityRef{uint16(k), &c.series[i]})
		}
	}
	slices.SortFunc(all, func(a, b entityRef) int { return strings.Compare(string(a.series.id), string(b.series.id)) })
	l.first = append(make([]uint32, 0, len(all)+1), 0)
	for _, e := range all {
		for _, r := range e.series.rows {
			l.rows = append(l.rows, rowRef{e.chunk, r})
		}
		l.entities = append(l.entities, e.series.id)
		l.first = append(l.first, uint32(len(l.rows)))
	}
}

// name gives each column of the chunks its leaf.
func (l *layout) name() {
	var all []column
	for _, c := range l.chunks {
		for _, k := range c.columns.list {
			if k.kind != rich {
				all = append(all, k)
			}
		}
	}
	slices.SortFunc(all, func(a, b column) int {
		return cmp.Or(strings.Compare(string(a.name), string(b.name)), cmp.Compare(a.kind, b.kind), strings.Compare(string(a.unit), string(b.unit)))
	})
	all = slices.Compact(all)
	all = all[:min(len(all), maxColumns)]
	taken := map[string]bool{}
	for _, k := range all {
		taken[string(k.name)] = true
	}
	for i, k := range all {
		path := string(k.name)
		if i > 0 && all[i-1].name == k.name {
			path = freeName(path, taken)
		}
		l.leaves = append(l.leaves, leaf{k, path})
	}
	l.number(all)
}

func freeName(name string, taken map[string]bool) string {
	for n := 2; ; n++ {
		if s := name + "~" + strconv.Itoa(n); !taken[s] {
			taken[s] = true
			return s
		}
	}
}

// number finds the column of each leaf in each chunk, and what is left over.
func (l *layout) number(all []column) {
	l.columns = make([][]uint32, len(all))
	for i, k := range all {
		l.columns[i] = make([]uint32, len(l.chunks))
		for j, c := range l.chunks {
			l.columns[i][j] = none
			if n, ok := c.columns.number[k]; ok {
				l.columns[i][j] = n
			}
		}
	}
	l.whole = make([][]bool, len(l.chunks))
	for j, c := range l.chunks {
		l.whole[j] = make([]bool, len(c.columns.list))
		for n, k := range c.columns.list {
			_, plain := slices.BinarySearchFunc(all, k, func(a, b column) int {
				return cmp.Or(strings.Compare(string(a.name), string(b.name)), cmp.Compare(a.kind, b.kind), strings.Compare(string(a.unit), string(b.unit)))
			})
			l.whole[j][n] = !plain
			l.rich = l.rich || !plain
		}
	}
}

// index is what the file says about itself.
func (l *layout) index() *index {
	return &index{columns: l.leaves, entities: l.entities, first: l.first}
}

// schema is the form of the file.
func (l *layout) schema() *parquet.Schema {
	root := parquet.Group{
		leafEntity:   dictionary(parquet.String()),
		leafAt:       parquet.Encoded(parquet.Timestamp(parquet.Microsecond), &parquet.DeltaBinaryPacked),
		leafReceived: parquet.Encoded(parquet.Timestamp(parquet.Microsecond), &parquet.DeltaBinaryPacked),
		leafSource:   dictionary(parquet.String()),
		leafFlags:    dictionary(parquet.Int(32)),
		// Plain, because DuckDB cannot read truth values that are run-length encoded.
		leafStated: parquet.Encoded(parquet.Leaf(parquet.BooleanType), &parquet.Plain),
	}
	if l.rich {
		root[leafMore] = parquet.Optional(parquet.Leaf(parquet.ByteArrayType))
	}
	if len(l.leaves) > 0 {
		attr := parquet.Group{}
		for _, k := range l.leaves {
			attr[k.path] = parquet.Optional(nodeOf(k.kind))
		}
		root[groupAttr] = parquet.Required(attr)
	}
	return parquet.NewSchema("reading", root)
}

func dictionary(n parquet.Node) parquet.Node { return parquet.Encoded(n, &parquet.RLEDictionary) }

func nodeOf(kind city.ValueKind) parquet.Node {
	switch kind {
	case city.Number:
		return dictionary(parquet.Leaf(parquet.DoubleType))
	case city.Bool:
		return parquet.Encoded(parquet.Leaf(parquet.BooleanType), &parquet.Plain)
	case city.JSON:
		return parquet.JSON()
	case city.Geo: // well-known binary
		return parquet.Leaf(parquet.ByteArrayType)
	}
	return dictionary(parquet.String())
}
