package mapping

import (
	"bytes"
	"encoding/csv"
	"strings"
	"unicode/utf8"

	"citybrain/city"
)

// Row is one row of a source, split into the fields of its columns. It is
// overwritten by the next row: keep nothing of it.
type Row struct {
	Number int64    // 1 for the first row after a header
	Fields [][]byte // in the order of the columns bound; nil or empty: no value
	Raw    []byte   // as the source wrote it
	Bad    string   // why the row could not be split into fields, "" if it could
}

// MaxRaw bounds the text that is kept of a row, and that of its header.
const MaxRaw = 8 << 10

// CutMark ends a text that was longer than MaxRaw.
const CutMark = " …(cut)"

// Refuse turns the observation of a row into the record that it could not be
// applied. reason names the field and the rule.
func Refuse(c *city.Change, reason string) {
	*c = city.Change{
		Op: city.OpQuarantine, Source: c.Source, At: c.ReceivedAt, ReceivedAt: c.ReceivedAt,
		Row: c.Row, Reason: reason, Raw: c.Header + c.Raw,
	}
}

// keepable is raw as it may be kept: at most MaxRaw bytes, all of it UTF-8.
func keepable(raw []byte) []byte {
	if len(raw) <= MaxRaw {
		return bytes.ToValidUTF8(raw, []byte("\uFFFD"))
	}
	raw = raw[:MaxRaw-len(CutMark)]
	for i := 0; i < utf8.UTFMax && len(raw) > 0 && !utf8.RuneStart(raw[len(raw)-1]); i++ {
		raw = raw[:len(raw)-1]
	}
	if n := len(raw); n > 0 && raw[n-1] >= utf8.RuneSelf {
		raw = raw[:n-1]
	}
	return append(bytes.ToValidUTF8(raw, []byte("\uFFFD")), CutMark...)
}

// headerLine is the line that stands above every kept CSV row. It is empty if
// the header is longer than MaxRaw.
func headerLine(columns []string, delimiter byte) string {
	var line strings.Builder
	w := csv.NewWriter(&line)
	w.Comma = rune(delimiter)
	if w.Write(columns) != nil {
		return ""
	}
	if w.Flush(); line.Len() > MaxRaw {
		return ""
	}
	return line.String()
}
