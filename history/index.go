package history

import (
	"encoding/binary"
	"errors"
	"strings"

	"citybrain/city"
)

// index is what a segment's file says about itself: which rows belong to which
// entity, and which attribute each leaf of "attr" holds. It is data on disk.
type index struct {
	columns  []leaf
	entities []city.EntityID // sorted
	first    []uint32        // first row of each entity, and the number of rows at the end
}

// leaf is a column and its name in the file.
type leaf struct {
	column
	path string
}

const indexVersion = 1

var errIndex = errors.New("the index of the segment cannot be read")

// appendIndex appends: version, rows, columns (name, kind, unit, path), entities (shared
// prefix with the one before, rest, rows); numbers are unsigned varints and
// strings follow their length.
func appendIndex(b []byte, x *index) []byte {
	b = binary.AppendUvarint(b, indexVersion)
	b = binary.AppendUvarint(b, uint64(x.first[len(x.entities)]))
	b = binary.AppendUvarint(b, uint64(len(x.columns)))
	for _, c := range x.columns {
		b = appendText(b, string(c.name))
		b = append(b, byte(c.kind))
		b = appendText(b, string(c.unit))
		b = appendText(b, c.path)
	}
	b = binary.AppendUvarint(b, uint64(len(x.entities)))
	before := ""
	for i, id := range x.entities {
		shared := sharedPrefix(before, string(id))
		b = binary.AppendUvarint(b, uint64(shared))
		b = appendText(b, string(id)[shared:])
		b = binary.AppendUvarint(b, uint64(x.first[i+1]-x.first[i]))
		before = string(id)
	}
	return b
}

func sharedPrefix(a, b string) int {
	n := 0
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return n
}

// decodeIndex reads what appendIndex wrote; data may be anything.
func decodeIndex(data []byte) (*index, error) {
	d := reader{rest: data}
	if d.number() != indexVersion {
		return nil, errIndex
	}
	rows := d.number()
	x := &index{}
	for range d.count(4) {
		x.columns = append(x.columns, leaf{
			column: column{name: city.AttributeName(d.text()), kind: city.ValueKind(d.byte()), unit: city.Unit(d.text())},
			path:   d.text(),
		})
	}
	d.entities(x)
	if d.bad || len(d.rest) != 0 || uint64(x.first[len(x.entities)]) != rows {
		return nil, errIndex
	}
	return x, nil
}

// entities reads the second part of an index. The ids share one string.
func (d *reader) entities(x *index) {
	n := d.count(3)
	var ids strings.Builder
	ends := make([]int, 0, n)
	x.first = append(make([]uint32, 0, n+1), 0)
	before, rows := "", uint64(0)
	for range n {
		shared, rest := d.number(), d.text()
		rows += d.number()
		if shared > uint64(len(before)) || int(shared)+len(rest) > city.MaxIDBytes || rows > 1<<31 {
			d.bad = true
			return
		}
		id := before[:shared] + rest
		if len(ends) > 0 && id <= before {
			d.bad = true
			return
		}
		ids.WriteString(id)
		ends = append(ends, ids.Len())
		x.first = append(x.first, uint32(rows))
		before = id
	}
	all, start := ids.String(), 0
	x.entities = make([]city.EntityID, n)
	for i, end := range ends {
		x.entities[i], start = city.EntityID(all[start:end]), end
	}
}

// size is about how many bytes x takes.
func (x *index) size() int64 {
	n := int64(len(x.columns))*100 + 200
	for _, id := range x.entities {
		n += int64(len(id)) + 20
	}
	return n
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

// reader takes values off the front of its bytes. Once it fails, it yields
// zeros and stays bad.
type reader struct {
	rest []byte
	bad  bool
}

func (d *reader) fail() { d.bad, d.rest = true, nil }

func (d *reader) number() uint64 {
	v, n := binary.Uvarint(d.rest)
	if n <= 0 {
		d.fail()
		return 0
	}
	d.rest = d.rest[n:]
	return v
}

// count reads a number of elements that take at least size bytes each.
func (d *reader) count(size int) int {
	n := d.number()
	if n > uint64(len(d.rest)/size) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *reader) byte() byte {
	if len(d.rest) == 0 {
		d.fail()
		return 0
	}
	b := d.rest[0]
	d.rest = d.rest[1:]
	return b
}

func (d *reader) text() string {
	n := d.number()
	if n > uint64(len(d.rest)) {
		d.fail()
		return ""
	}
	s := string(d.rest[:n])
	d.rest = d.rest[n:]
	return s
}
