package history

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"hash"
	"io"
	"math"
	"os"
	"strconv"
	"unsafe"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"citybrain/city"
)

// Keys of the file's metadata. The index is in base64; the others are for people
// and other programs.
const (
	keyIndex = "citybrain.index"
	keyType  = "citybrain.type"
	keyDay   = "citybrain.day"
	keyPart  = "citybrain.part"
	keyUpTo  = "citybrain.upto"
)

const (
	pageBytes      = 32 << 10 // small, so that one entity's day is few pages' work
	dictionaryMax  = 64 << 10
	rowsPerGroup   = 1 << 18
	valuesPerWrite = 1024
)

var compression = &zstd.Codec{Level: zstd.SpeedFastest}

// writeFile writes f to a new file and syncs it, and completes s.
func (p *Past) writeFile(ctx context.Context, path string, f *frozen, s *Segment) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	defer file.Close()
	out := &digester{w: bufio.NewWriterSize(file, 64<<10), sum: sha256.New()}
	l := newLayout(f)
	if err := p.writeRows(ctx, out, l, s); err != nil {
		return err
	}
	if err := errors.Join(out.w.Flush(), file.Sync()); err != nil {
		return err
	}
	s.Rows, s.Bytes = int64(len(l.rows)), out.n
	out.sum.Sum(s.SHA256[:0])
	s.Min, s.Max = l.span()
	return file.Close()
}

// digester counts and digests what passes through it.
type digester struct {
	w   *bufio.Writer
	sum hash.Hash
	n   int64
}

func (d *digester) Write(b []byte) (int, error) {
	n, err := d.w.Write(b)
	d.sum.Write(b[:n])
	d.n += int64(n)
	return n, err
}

// span is the moment of the earliest and the latest row.
func (l *layout) span() (low, high city.Instant) {
	low, high = city.Instant(math.MaxInt64), city.Instant(math.MinInt64)
	for i := range l.entities {
		low = min(low, l.row(l.first[i]).at)
		high = max(high, l.row(l.first[i+1]-1).at)
	}
	return low, high
}

func (l *layout) row(i uint32) *row {
	ref := l.rows[i]
	return l.chunks[ref.chunk].rows.at(ref.row)
}

func (p *Past) writeRows(ctx context.Context, out io.Writer, l *layout, s *Segment) error {
	schema := l.schema()
	w := parquet.NewGenericWriter[any](out, schema, parquet.Compression(compression), parquet.PageBufferSize(pageBytes),
		parquet.DictionaryMaxBytes(dictionaryMax), parquet.CreatedBy("citybrain", "1", ""))
	w.SetKeyValueMetadata(keyType, string(s.Type))
	w.SetKeyValueMetadata(keyDay, s.Day.String())
	w.SetKeyValueMetadata(keyPart, strconv.Itoa(s.Part))
	w.SetKeyValueMetadata(keyUpTo, strconv.FormatUint(uint64(s.UpTo), 10))
	w.SetKeyValueMetadata(keyIndex, base64.StdEncoding.EncodeToString(appendIndex(nil, l.index())))
	c := columnWriter{l: l, schema: schema, writers: w.ColumnWriters(), buffer: make([]parquet.Value, 0, valuesPerWrite)}
	for from := 0; from < len(l.rows); from += rowsPerGroup {
		if err := ctx.Err(); err != nil {
			return err
		}
		c.from, c.to = from, min(from+rowsPerGroup, len(l.rows))
		if err := c.writeGroup(); err != nil {
			return err
		}
		if err := p.at(WhileWriting); err != nil {
			return err
		}
		if err := w.Flush(); err != nil {
			return err
		}
	}
	return w.Close()
}

// columnWriter writes a group of rows one column after the other.
type columnWriter struct {
	l        *layout
	schema   *parquet.Schema
	writers  []*parquet.ColumnWriter
	from, to int
	buffer   []parquet.Value
	bytes    []byte // the forms behind the values in buffer
}

func (c *columnWriter) writeGroup() error {
	err := errors.Join(
		c.writeEntities(),
		c.each(leafAt, func(_ *chunk, r *row) parquet.Value { return parquet.Int64Value(int64(r.at)) }),
		c.each(leafReceived, func(_ *chunk, r *row) parquet.Value { return parquet.Int64Value(int64(r.received)) }),
		c.each(leafSource, func(k *chunk, r *row) parquet.Value { return textValue(string(k.sources[r.source])) }),
		c.each(leafFlags, func(_ *chunk, r *row) parquet.Value { return parquet.Int32Value(int32(r.flags)) }),
		c.each(leafStated, func(_ *chunk, r *row) parquet.Value { return parquet.BooleanValue(r.stated) }),
	)
	for i := range c.l.leaves {
		if err == nil {
			err = c.writeLeaf(i)
		}
	}
	if err == nil && c.l.rich {
		err = c.writeMore()
	}
	return err
}

// write hands what is buffered to a column once it is much, or all of it.
func (c *columnWriter) write(w *parquet.ColumnWriter, all bool) error {
	if len(c.buffer) < valuesPerWrite && !all {
		return nil
	}
	_, err := w.WriteRowValues(c.buffer)
	c.buffer, c.bytes = c.buffer[:0], c.bytes[:0]
	return err
}

func (c *columnWriter) column(path ...string) (*parquet.ColumnWriter, int) {
	leaf, _ := c.schema.Lookup(path...)
	return c.writers[leaf.ColumnIndex], leaf.ColumnIndex
}

func (c *columnWriter) each(path string, value func(*chunk, *row) parquet.Value) error {
	w, n := c.column(path)
	for _, ref := range c.l.rows[c.from:c.to] {
		k := c.l.chunks[ref.chunk]
		c.buffer = append(c.buffer, value(k, k.rows.at(ref.row)).Level(0, 0, n))
		if err := c.write(w, false); err != nil {
			return err
		}
	}
	return c.write(w, true)
}

func (c *columnWriter) writeEntities() error {
	w, n := c.column(leafEntity)
	for e, id := range c.l.entities {
		v := textValue(string(id)).Level(0, 0, n)
		for i := max(int(c.l.first[e]), c.from); i < min(int(c.l.first[e+1]), c.to); i++ {
			c.buffer = append(c.buffer, v)
			if err := c.write(w, false); err != nil {
				return err
			}
		}
	}
	return c.write(w, true)
}

// writeLeaf writes one column of an attribute.
func (c *columnWriter) writeLeaf(leaf int) error {
	w, n := c.column(groupAttr, c.l.leaves[leaf].path)
	kind, numbers, guess := c.l.leaves[leaf].kind, c.l.columns[leaf], uint32(0)
	for _, ref := range c.l.rows[c.from:c.to] {
		k := c.l.chunks[ref.chunk]
		r := k.rows.at(ref.row)
		v := parquet.NullValue().Level(0, 0, n)
		if place, ok := k.locate(r, numbers[ref.chunk], guess); ok {
			guess = place
			v = c.value(k, kind, *k.cells.values.at(r.start + place)).Level(0, 1, n)
		}
		c.buffer = append(c.buffer, v)
		if err := c.write(w, false); err != nil {
			return err
		}
	}
	return c.write(w, true)
}

// locate finds the cell of a column in a row, at the guessed place first.
func (c *chunk) locate(r *row, number, guess uint32) (uint32, bool) {
	if number == none {
		return 0, false
	}
	if guess < r.n && *c.cells.columns.at(r.start + guess) == number {
		return guess, true
	}
	for i := range r.n {
		if *c.cells.columns.at(r.start + i) == number {
			return i, true
		}
	}
	return 0, false
}

func (c *columnWriter) value(k *chunk, kind city.ValueKind, bits uint64) parquet.Value {
	switch kind {
	case city.Number:
		return parquet.DoubleValue(math.Float64frombits(bits))
	case city.Bool:
		return parquet.BooleanValue(math.Float64frombits(bits) != 0)
	case city.Geo:
		from := len(c.bytes)
		c.bytes = appendWKB(c.bytes, k.places[bits])
		return parquet.ByteArrayValue(c.bytes[from:])
	}
	return textValue(k.texts.list[bits])
}

// writeMore writes what is kept whole.
func (c *columnWriter) writeMore() error {
	w, n := c.column(leafMore)
	var list []city.Attribute
	for _, ref := range c.l.rows[c.from:c.to] {
		k := c.l.chunks[ref.chunk]
		list = k.whole(k.rows.at(ref.row), c.l.whole[ref.chunk], list[:0])
		v := parquet.NullValue().Level(0, 0, n)
		if len(list) > 0 {
			from := len(c.bytes)
			c.bytes = appendWhole(c.bytes, list)
			v = parquet.ByteArrayValue(c.bytes[from:]).Level(0, 1, n)
		}
		c.buffer = append(c.buffer, v)
		if err := c.write(w, false); err != nil {
			return err
		}
	}
	return c.write(w, true)
}

// whole appends the instances of a row whose columns are marked.
func (c *chunk) whole(r *row, marked []bool, list []city.Attribute) []city.Attribute {
	for i := range r.n {
		cell := c.cells.at(r.start + i)
		if !marked[cell.column] {
			continue
		}
		k := &c.columns.list[cell.column]
		if k.kind == rich {
			list = append(list, c.rich[cell.value])
			continue
		}
		m := mark{r.at, r.received, c.sources[r.source], r.flags, r.stated}
		list = append(list, m.attribute(k, c.value(k.kind, cell.value)))
	}
	return list
}

// textValue does not copy s; the writer copies what it keeps.
func textValue(s string) parquet.Value { return parquet.ByteArrayValue(bytesOf(s)) }

// bytesOf is s as bytes that nobody may change: a copy for each value would be
// most of the work of sealing.
func bytesOf(s string) []byte { return unsafe.Slice(unsafe.StringData(s), len(s)) }
