package mapping

import (
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

// MaxRaw bounds the raw text that a quarantined row keeps.
const MaxRaw = 8 << 10

// CutMark ends a raw text that was longer than MaxRaw.
const CutMark = " …(cut)"

// Quarantined is the change that records a row that could not be applied.
// reason names the field and the rule; of raw at most MaxRaw bytes are kept, and
// bytes that are not UTF-8 are replaced.
func Quarantined(source city.SourceID, row int64, received city.Instant, reason string, raw []byte) city.Change {
	cut := len(raw) > MaxRaw
	if cut {
		raw = raw[:MaxRaw-len(CutMark)]
		for i := 0; i < utf8.UTFMax && len(raw) > 0 && !utf8.RuneStart(raw[len(raw)-1]); i++ {
			raw = raw[:len(raw)-1]
		}
		if n := len(raw); n > 0 && raw[n-1] >= utf8.RuneSelf {
			raw = raw[:n-1]
		}
	}
	text := strings.ToValidUTF8(string(raw), "\uFFFD")
	if cut {
		text += CutMark
	}
	return city.Change{
		Op: city.OpQuarantine, Source: source, At: received, ReceivedAt: received,
		Row: row, Reason: reason, Raw: text,
	}
}
