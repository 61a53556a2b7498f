package rowfile

import (
	"bytes"
	"fmt"
	"io"

	"citybrain/feed/mapping"
)

// What a splitter found at the start of its bytes.
type found uint8

const (
	foundRow   found = iota
	foundBlank       // a line without fields
	foundMore        // the row goes on behind the bytes
	foundBad         // one line that cannot be split
)

// csvSplitter cuts bytes into the fields of one row.
type csvSplitter struct {
	delimiter byte
	highest   byte // bytes above it mean nothing to the splitter
	fields    [][]byte
	text      []byte // fields that had quotes
	ends      []int
	why       string
}

func (r *Reader) nextCSV(row *mapping.Row, header bool) error {
	r.trimMark()
	for {
		if r.skip && !r.skipLine() {
			if err := r.more(); err != nil {
				return err
			}
			continue
		}
		rest := r.data[r.pos:]
		n, what := r.csv.split(rest, r.end == io.EOF)
		switch {
		case what == foundBlank:
			r.pos += n
			continue
		case what == foundMore && len(rest) > MaxRow:
			line := bytes.IndexByte(rest, '\n')
			if line < 0 {
				return r.tooLong(row)
			}
			return r.deliver(row, line+1, nil, "row: a quote is not closed within 1 MB")
		case what == foundMore:
			if err := r.more(); err != nil {
				return err
			}
			continue
		case what == foundBad:
			return r.deliver(row, n, nil, r.csv.why)
		case n > MaxRow:
			return r.deliver(row, n, nil, "row: is longer than 1 MB")
		case !header && len(r.csv.fields) != len(r.columns):
			return r.deliver(row, n, nil, fmt.Sprintf("row: has %d columns, want %d", len(r.csv.fields), len(r.columns)))
		}
		err := r.deliver(row, n, r.csv.fields, "")
		if header {
			r.row--
		}
		return err
	}
}

// skipLine passes over the rest of a line that is too long.
func (r *Reader) skipLine() bool {
	i := bytes.IndexByte(r.data[r.pos:], '\n')
	if i < 0 {
		r.pos = len(r.data)
		return false
	}
	r.pos += i + 1
	r.skip = false
	return true
}

// split cuts the first row off rest: n bytes with their line end. final says
// that the file ends behind rest.
func (s *csvSplitter) split(rest []byte, final bool) (n int, what found) {
	fields, start := s.fields[:0], 0
	for i, c := range rest {
		if c > s.highest {
			continue
		}
		switch c {
		case s.delimiter:
			fields = append(fields, rest[start:i:i])
			start = i + 1
		case '\n':
			s.fields = fields
			return i + 1, s.finish(rest, start, i)
		case '"':
			return s.splitQuoted(rest, final)
		}
	}
	if !final || len(rest) == 0 {
		return 0, foundMore
	}
	s.fields = fields
	return len(rest), s.finish(rest, start, len(rest))
}

// finish adds the last field of a line that ends before end.
func (s *csvSplitter) finish(rest []byte, start, end int) found {
	if end > 0 && rest[end-1] == '\r' {
		end--
	}
	if end == 0 {
		return foundBlank
	}
	s.fields = append(s.fields, rest[start:end:end])
	return foundRow
}

// splitQuoted is split for a row with quotes.
func (s *csvSplitter) splitQuoted(rest []byte, final bool) (n int, what found) {
	s.text, s.ends = s.text[:0], s.ends[:0]
	for {
		end, more := s.field(rest[n:], final)
		if end < 0 {
			return s.bad(rest, final)
		}
		if end == 0 && more {
			return 0, foundMore
		}
		n += end
		s.ends = append(s.ends, len(s.text))
		if !more {
			break
		}
	}
	s.fields = s.fields[:0]
	start := 0
	for _, end := range s.ends {
		s.fields = append(s.fields, s.text[start:end:end])
		start = end
	}
	return n, foundRow
}

// bad marks the first line of rest only: the lines behind it may be sound.
func (s *csvSplitter) bad(rest []byte, final bool) (int, found) {
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		return i + 1, foundBad
	}
	if final {
		return len(rest), foundBad
	}
	return 0, foundMore
}

// field reads one field with what ends it. more says that another field
// follows; (0, true) that the field goes on behind rest; -1 that it is bad.
func (s *csvSplitter) field(rest []byte, final bool) (n int, more bool) {
	if len(rest) == 0 || rest[0] != '"' {
		return s.bare(rest, final)
	}
	for n = 1; ; {
		i := bytes.IndexByte(rest[n:], '"')
		if i < 0 {
			if final {
				s.why = "row: a quote is not closed"
				return -1, false
			}
			return 0, true
		}
		s.text = append(s.text, bytes.ReplaceAll(rest[n:n+i], []byte("\r\n"), []byte("\n"))...)
		n += i + 1
		switch end, kind := s.after(rest[n:], final); kind {
		case endOfField:
			return n + end, true
		case endOfRow:
			return n + end, false
		case endUnknown:
			return 0, true
		case endQuote:
			s.text = append(s.text, '"')
			n++
		default:
			s.why = "row: a quoted field goes on behind its closing quote"
			return -1, false
		}
	}
}

const (
	endOfField = iota
	endOfRow
	endUnknown // it stands behind the bytes
	endQuote   // a second quote: it means itself
	endWrong
)

// after says what follows a closing quote, and how many bytes that is.
func (s *csvSplitter) after(rest []byte, final bool) (n, kind int) {
	if len(rest) == 0 || len(rest) == 1 && rest[0] == '\r' {
		if final {
			return len(rest), endOfRow
		}
		return 0, endUnknown
	}
	switch {
	case rest[0] == '"':
		return 1, endQuote
	case rest[0] == s.delimiter:
		return 1, endOfField
	case rest[0] == '\n':
		return 1, endOfRow
	case rest[0] == '\r' && rest[1] == '\n':
		return 2, endOfRow
	}
	return 0, endWrong
}

func (s *csvSplitter) bare(rest []byte, final bool) (n int, more bool) {
	for i, c := range rest {
		switch c {
		case s.delimiter:
			s.text = append(s.text, rest[:i]...)
			return i + 1, true
		case '\n':
			s.text = append(s.text, bytes.TrimSuffix(rest[:i], []byte{'\r'})...)
			return i + 1, false
		case '"':
			s.why = "row: a quote stands inside a field without quotes"
			return -1, false
		}
	}
	if !final {
		return 0, true
	}
	s.text = append(s.text, bytes.TrimSuffix(rest, []byte{'\r'})...)
	return len(rest), false
}
