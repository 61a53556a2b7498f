package history

import (
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/parquet-go/parquet-go"

	"citybrain/city"
)

// segment is a Segment with its file.
type segment struct {
	Segment
	path     string
	mu       sync.Mutex // one goroutine verifies
	verified bool
}

func newSegment(dir string, s Segment) *segment {
	return &segment{Segment: s, path: filepath.Join(dir, filepath.FromSlash(s.File()))}
}

// touches says whether readings of an interval may be in g.
func (g *segment) touches(v city.Interval) bool {
	return (v.From == 0 || g.Max >= v.From) && (v.To == 0 || g.Min < v.To)
}

func (g *segment) damaged(what string, err error) error {
	if errors.Is(err, fs.ErrNotExist) {
		what, err = "is missing", nil
	}
	return unusable("history.Read", g.path, what, err)
}

// openFile is a segment's file, open, with its index.
type openFile struct {
	file  *os.File
	index *index
	read  *parquet.File
	size  int64 // about how much memory it takes
}

// open opens the file. The first time, it compares the digest of the whole.
func (g *segment) open() (*openFile, error) {
	f, err := os.Open(g.path)
	if err != nil {
		return nil, g.damaged("cannot be read", err)
	}
	o := &openFile{file: f}
	if err := o.load(g); err != nil {
		f.Close()
		return nil, err
	}
	return o, nil
}

func (o *openFile) load(g *segment) (err error) {
	if err := g.verify(o.file); err != nil {
		return err
	}
	o.read, err = parquet.OpenFile(o.file, g.Bytes, parquet.SkipBloomFilters(true), parquet.ReadBufferSize(pageBytes/2))
	if err != nil {
		return g.damaged("cannot be read", err)
	}
	text, _ := o.read.Lookup(keyIndex)
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		return g.damaged("has no index", err)
	}
	if o.index, err = decodeIndex(data); err != nil {
		return g.damaged("has no index", err)
	}
	if int64(o.index.first[len(o.index.entities)]) != g.Rows {
		return g.damaged("has an index of other rows", nil)
	}
	o.size = o.index.size() + int64(len(o.read.Root().Columns()))*4096 + 64<<10
	return nil
}

func (g *segment) verify(f *os.File) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.verified {
		return nil
	}
	sum := sha256.New()
	n, err := io.CopyBuffer(sum, struct{ io.Reader }{f}, make([]byte, 64<<10))
	if err != nil {
		return g.damaged("cannot be read", err)
	}
	if n != g.Bytes || [32]byte(sum.Sum(nil)) != g.SHA256 {
		return g.damaged("is damaged: its SHA-256 is not that of the manifest", nil)
	}
	g.verified = true
	return nil
}

// distrust has the file verified again before its next use.
func (g *segment) distrust() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.verified = false
}

// rows is the range of rows of an entity; empty if it has none.
func (x *index) rows(id city.EntityID) (from, to int) {
	i, ok := slices.BinarySearch(x.entities, id)
	if !ok {
		return 0, 0
	}
	return int(x.first[i]), int(x.first[i+1])
}

// values calls fn with each value of a leaf in a range of rows, counted from
// from. Bytes of a value are only valid during the call.
func (o *openFile) values(from, to int, fn func(i int, v parquet.Value), path ...string) error {
	leaf, ok := o.read.Schema().Lookup(path...)
	if !ok {
		return fmt.Errorf("no column %s", strings.Join(path, "."))
	}
	start, done := 0, from
	for _, group := range o.read.RowGroups() {
		end := start + int(group.NumRows())
		if done < end && done < to {
			n := min(end, to) - done
			base := done - from
			err := chunkValues(group.ColumnChunks()[leaf.ColumnIndex], int64(done-start), n, func(i int, v parquet.Value) { fn(base+i, v) })
			if err != nil {
				return err
			}
			done += n
		}
		start = end
	}
	if done < to {
		return fmt.Errorf("column %s ends early", strings.Join(path, "."))
	}
	return nil
}

// chunkValues yields n values of a column chunk without repetition.
func chunkValues(c parquet.ColumnChunk, skip int64, n int, fn func(int, parquet.Value)) error {
	pages := c.Pages()
	defer pages.Close()
	if err := pages.SeekToRow(skip); err != nil {
		return err
	}
	var buffer [256]parquet.Value
	for i := 0; i < n; {
		page, err := pages.ReadPage()
		if err != nil {
			return err
		}
		values := page.Values()
		for i < n {
			k, err := values.ReadValues(buffer[:min(len(buffer), n-i)])
			for _, v := range buffer[:k] {
				fn(i, v)
				i++
			}
			if err == io.EOF || k == 0 && err == nil {
				break
			}
			if err != nil {
				parquet.Release(page)
				return err
			}
		}
		parquet.Release(page)
	}
	return nil
}

// keys are the moments and sources of an entity's rows.
type keys struct {
	at      []city.Instant
	source  []uint16
	sources []city.SourceID
}

func (o *openFile) keys(from, to int) (*keys, error) {
	k := &keys{at: make([]city.Instant, to-from), source: make([]uint16, to-from)}
	err := errors.Join(
		o.values(from, to, func(i int, v parquet.Value) { k.at[i] = city.Instant(v.Int64()) }, leafAt),
		o.values(from, to, func(i int, v parquet.Value) { k.source[i] = k.number(v.ByteArray()) }, leafSource),
	)
	return k, err
}

func (k *keys) number(name []byte) uint16 {
	for i := len(k.sources) - 1; i >= 0; i-- {
		if string(k.sources[i]) == string(name) {
			return uint16(i)
		}
	}
	k.sources = append(k.sources, city.SourceID(name))
	return uint16(len(k.sources) - 1)
}

func (k *keys) has(s city.SourceID, at city.Instant) bool {
	i, _ := slices.BinarySearch(k.at, at)
	for ; i < len(k.at) && k.at[i] == at; i++ {
		if k.sources[k.source[i]] == s {
			return true
		}
	}
	return false
}

func (k *keys) size() int64 { return int64(len(k.at))*10 + int64(len(k.sources))*32 + 200 }

// readings reads the selected readings of an entity, in the order of time.
func (o *openFile) readings(id city.EntityID, s *selection) ([]Reading, error) {
	from, to := o.index.rows(id)
	if from == to {
		return nil, nil
	}
	k, err := o.keys(from, to)
	if err != nil {
		return nil, err
	}
	low, high := within(s.interval, to-from, func(i int) city.Instant { return k.at[i] })
	if len(s.names) == 0 { // each row counts
		if s.latest {
			low = max(low, high-s.need)
		} else {
			high = min(high, low+s.need)
		}
	}
	if low == high {
		return nil, nil
	}
	rows := make([]readRow, high-low)
	for i := range rows {
		rows[i].mark = mark{at: k.at[low+i], source: k.sources[k.source[low+i]]}
	}
	if err := o.fill(rows, from+low, s); err != nil {
		return nil, err
	}
	return pick(rows, s), nil
}

// readRow is a reading on its way out of the file.
type readRow struct {
	mark
	attributes []city.Attribute
}

func pick(rows []readRow, s *selection) []Reading {
	var found []Reading
	s.each(len(rows), func(i int) bool {
		if r := &rows[i]; len(r.attributes) > 0 {
			found = append(found, newReading(r.at, r.source, r.attributes))
		}
		return len(found) < s.need
	})
	if s.latest {
		slices.Reverse(found)
	}
	return found
}

// fill reads marks and wanted attributes of rows, the first of which is at from.
func (o *openFile) fill(rows []readRow, from int, s *selection) error {
	to := from + len(rows)
	err := errors.Join(
		o.values(from, to, func(i int, v parquet.Value) { rows[i].received = city.Instant(v.Int64()) }, leafReceived),
		o.values(from, to, func(i int, v parquet.Value) { rows[i].flags = city.Flags(v.Int32()) }, leafFlags),
		o.values(from, to, func(i int, v parquet.Value) { rows[i].stated = v.Boolean() }, leafStated),
	)
	if err != nil {
		return err
	}
	wanted := slices.DeleteFunc(slices.Clone(o.index.columns), func(k leaf) bool { return !s.wants(k.name) })
	slab := make([]city.Attribute, len(rows)*len(wanted))
	for i := range rows {
		rows[i].attributes = slab[i*len(wanted) : i*len(wanted) : (i+1)*len(wanted)]
	}
	for i := range wanted {
		if err := o.fillLeaf(rows, from, &wanted[i]); err != nil {
			return err
		}
	}
	return o.fillMore(rows, from, s)
}

func (o *openFile) fillLeaf(rows []readRow, from int, k *leaf) error {
	var texts lastText
	var bad error
	err := o.values(from, from+len(rows), func(i int, v parquet.Value) {
		if v.IsNull() {
			return
		}
		value := city.Value{Kind: k.kind}
		switch k.kind {
		case city.Number:
			value.Num = v.Double()
		case city.Bool:
			value = city.BoolOf(v.Boolean())
		case city.Geo:
			place, err := decodeWKB(v.ByteArray())
			if err != nil {
				bad = err
			}
			value.Place = place
		default:
			value.Text = texts.of(v.ByteArray())
		}
		rows[i].attributes = append(rows[i].attributes, rows[i].attribute(&k.column, value))
	}, groupAttr, k.path)
	return errors.Join(err, bad)
}

// lastText makes strings of bytes and makes the same one only once in a row.
type lastText string

func (t *lastText) of(b []byte) string {
	if string(*t) != string(b) {
		*t = lastText(b)
	}
	return string(*t)
}

func (o *openFile) fillMore(rows []readRow, from int, s *selection) error {
	if _, ok := o.read.Schema().Lookup(leafMore); !ok {
		return nil
	}
	var bad error
	err := o.values(from, from+len(rows), func(i int, v parquet.Value) {
		if v.IsNull() {
			return
		}
		list, err := decodeWhole(v.ByteArray())
		if err != nil {
			bad = err
		}
		for _, a := range list {
			if s.wants(a.Name) {
				rows[i].attributes = append(rows[i].attributes, a)
			}
		}
	}, leafMore)
	return errors.Join(err, bad)
}
