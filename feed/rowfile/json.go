package rowfile

import (
	"bytes"
	"fmt"
	"io"

	"citybrain/feed/mapping"
)

// jsonSplitter finds the objects of an array or of lines, and the members of an
// object.
type jsonSplitter struct {
	shape   shape
	rows    bool // an element has been read: a comma or the end follows
	inRow   jsonScan
	members memberReader
}

type shape uint8

const (
	unknownShape shape = iota
	arrayShape
	linesShape
	endedShape // behind the array
)

func (s *jsonSplitter) learn(f Format) { s.members.learn(f) }

func isSpace(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// peek skips white space and says which byte is next.
func (r *Reader) peek() (byte, error) {
	for {
		for r.pos < len(r.data) && isSpace(r.data[r.pos]) {
			r.pos++
		}
		if r.pos < len(r.data) {
			return r.data[r.pos], nil
		}
		if err := r.more(); err != nil {
			return 0, err
		}
	}
}

func (r *Reader) nextJSON(row *mapping.Row) error {
	r.trimMark()
	if r.json.shape == unknownShape {
		c, err := r.peek()
		if err != nil {
			return err
		}
		r.json.shape = linesShape
		if c == '[' {
			r.json.shape = arrayShape
			r.pos++
		}
	}
	if r.json.shape == linesShape {
		return r.nextLine(row)
	}
	return r.nextElement(row)
}

func (r *Reader) nextLine(row *mapping.Row) error {
	for {
		if r.skip && !r.skipLine() {
			if err := r.more(); err != nil {
				return err
			}
			continue
		}
		rest := r.data[r.pos:]
		n := bytes.IndexByte(rest, '\n') + 1
		switch {
		case n == 0 && len(rest) > MaxRow:
			return r.tooLong(row)
		case n == 0 && (r.end != io.EOF || len(rest) == 0):
			if err := r.more(); err != nil {
				return err
			}
			continue
		case n == 0:
			n = len(rest)
		}
		if len(bytes.TrimSpace(rest[:n])) == 0 {
			r.pos += n
			continue
		}
		return r.object(row, n)
	}
}

// nextElement reads an element of the array.
func (r *Reader) nextElement(row *mapping.Row) error {
	if r.skip {
		if err := r.skipElement(); err != nil {
			return err
		}
	}
	if err := r.separator(); err != nil {
		return err
	}
	for {
		rest := r.data[r.pos:]
		var scan jsonScan
		n, done := scan.feed(rest)
		if done {
			r.json.rows = true
			return r.object(row, n)
		}
		if len(rest) > MaxRow {
			r.json.inRow, r.json.rows = scan, true
			return r.tooLong(row)
		}
		if err := r.more(); err != nil {
			return r.cutOff(err)
		}
	}
}

// separator reads up to the next element, or answers io.EOF behind the last.
func (r *Reader) separator() error {
	c, err := r.peek()
	if r.json.shape == endedShape {
		if err == nil {
			return r.fault(fmt.Sprintf("something follows the array, which ends after row %d", r.row))
		}
		return err
	}
	if err != nil {
		return r.cutOff(err)
	}
	switch {
	case c == ']':
		r.pos++
		r.json.shape = endedShape
		return r.separator()
	case r.json.rows && c != ',':
		return r.fault(fmt.Sprintf("a comma or ] is missing after row %d", r.row))
	case r.json.rows:
		r.pos++
		if c, err = r.peek(); err != nil {
			return r.cutOff(err)
		}
	}
	if c == ',' || c == ']' || c == '}' || c == ':' {
		return r.fault(fmt.Sprintf("row %d is missing before %q", r.row+1, c))
	}
	r.json.rows = false
	return nil
}

func (r *Reader) cutOff(err error) error {
	if err == io.EOF {
		return r.fault(fmt.Sprintf("the array is cut off after row %d: its ] is missing", r.row))
	}
	return err
}

func (r *Reader) skipElement() error {
	for {
		n, done := r.json.inRow.feed(r.data[r.pos:])
		r.pos += n
		if done {
			r.skip = false
			return nil
		}
		if err := r.more(); err != nil {
			return r.cutOff(err)
		}
	}
}

// object delivers the object in the next n bytes.
func (r *Reader) object(row *mapping.Row, n int) error {
	if n > MaxRow {
		return r.deliver(row, n, nil, "row: is longer than 1 MB")
	}
	bad, unknown := r.json.members.read(r.data[r.pos : r.pos+n])
	if unknown != "" {
		bad = fmt.Sprintf("member %q is not in the mapping: map it or list it under ignore", mapping.Excerpt([]byte(unknown)))
		if !r.format.SpareUnknown {
			return r.fault(fmt.Sprintf("row %d: %s", r.row+1, bad))
		}
	}
	return r.deliver(row, n, r.json.members.fields, bad)
}

// jsonScan finds the end of a JSON value without judging it. It can be fed
// piece by piece.
type jsonScan struct {
	depth     int
	begun     bool
	inString  bool
	isEscaped bool
}

// feed takes b and answers how many bytes belong to the value, and whether it
// ends there.
func (s *jsonScan) feed(b []byte) (n int, done bool) {
	for i, c := range b {
		switch {
		case s.isEscaped:
			s.isEscaped = false
		case s.inString && c == '\\':
			s.isEscaped = true
		case s.inString:
			if s.inString = c != '"'; !s.inString && s.depth == 0 {
				return i + 1, true
			}
		case c == '"':
			s.inString, s.begun = true, true
		case c == '{' || c == '[':
			s.depth, s.begun = s.depth+1, true
		case c == '}' || c == ']':
			if s.depth == 0 {
				return i, true
			}
			if s.depth--; s.depth == 0 {
				return i + 1, true
			}
		case s.depth == 0 && (c == ',' || isSpace(c)):
			return i, true
		}
	}
	return len(b), false
}
