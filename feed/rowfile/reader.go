package rowfile

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"unicode/utf8"

	"citybrain/city"
	"citybrain/feed/mapping"
)

// ErrIdle says that a followed file holds no further complete row at the
// moment; Reader.Wait waits for one.
var ErrIdle = errors.New("rowfile: nothing new")

// Reader delivers the rows of a file in order. One goroutine uses it; Close
// ends the goroutine that reads ahead.
type Reader struct {
	name    string
	format  Format
	stream  *stream // nil: everything is in data
	follow  bool
	waiting *block // received by Wait

	buf   []byte // the block that data lies in
	data  []byte
	pos   int
	ascii bool
	end   error // what follows data; nil while more may come
	start bool  // the byte order mark has been looked for

	row     int64
	columns []string
	skip    bool // inside a row that is too long
	csv     csvSplitter
	json    jsonSplitter
}

// Open opens a file. NotFound: there is none; Invalid: it is not what its name
// says.
func Open(path string, f Format, o Options) (*Reader, error) {
	in, err := openInput(path, o.Follow)
	if err != nil {
		return nil, err
	}
	r := newReader(filepath.Base(path), f)
	r.follow = o.Follow && !Packed(path)
	r.stream = newStream(in, o.block())
	return r, nil
}

// Over reads rows that are in memory. data must not change meanwhile.
func Over(name string, data []byte, f Format) *Reader {
	r := newReader(name, f)
	r.data, r.ascii, r.end = data, isASCII(data), io.EOF
	return r
}

func newReader(name string, f Format) *Reader {
	if f.Delimiter == 0 {
		f.Delimiter = ','
	}
	r := &Reader{name: name, format: f, ascii: true, columns: f.Columns}
	r.csv.delimiter, r.csv.highest = f.Delimiter, max(f.Delimiter, '"')
	if f.JSON {
		r.json.learn(f)
	}
	return r
}

// Close ends the reading.
func (r *Reader) Close() {
	if r.stream != nil {
		r.stream.close()
	}
}

// Rows is how many rows have been delivered.
func (r *Reader) Rows() int64 { return r.row }

// Columns names the fields of the rows. It reads the header row, which may be
// ErrIdle in a followed file.
func (r *Reader) Columns() ([]string, error) {
	if r.columns != nil {
		return r.columns, nil
	}
	var row mapping.Row
	if err := r.nextCSV(&row, true); err != nil {
		if err == io.EOF {
			err = r.fault("the file has no header row")
		}
		return nil, err
	}
	if row.Bad != "" {
		return nil, r.fault("the header row " + row.Bad)
	}
	columns := make([]string, len(row.Fields))
	for i, f := range row.Fields {
		columns[i] = string(f)
	}
	r.columns = columns
	return columns, nil
}

// Bind fits a mapping to the columns of the rows. ErrIdle is as for Columns.
func (r *Reader) Bind(m *mapping.Mapping) (*mapping.Mapper, error) {
	if r.format.JSON {
		return m.BindAll(), nil
	}
	columns, err := r.Columns()
	if err != nil {
		return nil, err
	}
	x, err := m.Bind(columns)
	if err != nil {
		return nil, r.fault(city.Detail(err))
	}
	return x, nil
}

func (r *Reader) fault(detail string) error {
	return &city.Error{Kind: city.Invalid, Op: "rowfile.Next", Detail: r.name + ": " + detail}
}

// Next reads the next row, whose slices hold until the following call. io.EOF
// is the end. ErrIdle and ErrReplaced concern followed files. Another error
// means that the rest of the file cannot be read; it names the last good row.
func (r *Reader) Next(row *mapping.Row) error {
	if r.columns == nil {
		if _, err := r.Columns(); err != nil {
			return err
		}
	}
	if r.format.JSON {
		return r.nextJSON(row)
	}
	return r.nextCSV(row, false)
}

// Wait blocks until a followed file may have another row.
func (r *Reader) Wait(ctx context.Context) error {
	if r.stream == nil || r.waiting != nil || r.end != nil {
		return nil
	}
	select {
	case b := <-r.stream.out:
		r.waiting = &b
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// more puts the next block behind what is left of data.
func (r *Reader) more() error {
	if r.end != nil {
		return r.ending()
	}
	b, err := r.receive()
	if err != nil {
		return err
	}
	rest := r.data[r.pos:]
	r.ascii = b.ascii && (r.ascii || len(rest) == 0)
	old := r.buf
	if start := headroom - len(rest); start >= 0 {
		copy(b.buf[start:], rest)
		r.buf, r.data = b.buf, b.buf[start:b.n]
	} else {
		r.buf, r.data = nil, append(append(make([]byte, 0, len(rest)+b.n-headroom), rest...), b.buf[headroom:b.n]...)
		r.stream.release(b.buf)
	}
	if old != nil {
		r.stream.release(old)
	}
	r.pos, r.end = 0, b.err
	r.trimMark()
	return nil
}

func (r *Reader) receive() (block, error) {
	if r.waiting != nil {
		b := *r.waiting
		r.waiting = nil
		return b, nil
	}
	if !r.follow {
		return <-r.stream.out, nil
	}
	select {
	case b := <-r.stream.out:
		return b, nil
	default:
		return block{}, ErrIdle
	}
}

// trimMark drops the byte order mark that some programs put in front of UTF-8.
func (r *Reader) trimMark() {
	if !r.start && (len(r.data)-r.pos >= 3 || r.end != nil) {
		r.start = true
		if bytes.HasPrefix(r.data[r.pos:], []byte("\uFEFF")) {
			r.pos += 3
		}
	}
}

// ending is what to answer when data is used up.
func (r *Reader) ending() error {
	if r.end == io.EOF || r.end == ErrReplaced {
		return r.end
	}
	if r.end == io.ErrUnexpectedEOF {
		return r.fault(fmt.Sprintf("the file is cut off after row %d", r.row))
	}
	return &city.Error{Kind: city.Invalid, Op: "rowfile.Next", Detail: fmt.Sprintf("%s: the file cannot be read after row %d: %s", r.name, r.row, cause(r.end)), Err: r.end}
}

// deliver makes a row of n bytes at pos.
func (r *Reader) deliver(row *mapping.Row, n int, fields [][]byte, bad string) error {
	raw := r.data[r.pos : r.pos+n]
	r.pos += n
	r.row++
	for len(raw) > 0 && (raw[len(raw)-1] == '\n' || raw[len(raw)-1] == '\r') {
		raw = raw[:len(raw)-1]
	}
	if bad == "" && !r.ascii && !utf8.Valid(raw) {
		bad = "row: is not valid UTF-8"
	}
	*row = mapping.Row{Number: r.row, Fields: fields, Raw: raw, Bad: bad}
	return nil
}

// tooLong delivers what there is of a row longer than MaxRow and lets the rest
// of it pass.
func (r *Reader) tooLong(row *mapping.Row) error {
	r.skip = true
	return r.deliver(row, len(r.data)-r.pos, nil, "row: is longer than 1 MB")
}
