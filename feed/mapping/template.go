package mapping

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"

	"citybrain/city"
)

// template is a text with columns in braces: parts[0] {slots[0]} parts[1] ….
type template struct {
	parts []string
	slots []int
}

// parseTemplate reads a template; slot gives the number of a column. A brace is
// written twice to stand for itself.
func parseTemplate(text string, slot func(column string) int) (template, error) {
	var t template
	var literal strings.Builder
	for i := 0; i < len(text); i++ {
		c := text[i]
		switch {
		case (c == '{' || c == '}') && i+1 < len(text) && text[i+1] == c:
			literal.WriteByte(c)
			i++
		case c == '}':
			return t, fmt.Errorf("%q has a } without its {", text)
		case c == '{':
			end := strings.IndexByte(text[i:], '}')
			if end < 0 {
				return t, fmt.Errorf("%q has a { without its }", text)
			}
			name := text[i+1 : i+end]
			if name == "" || strings.ContainsRune(name, '{') {
				return t, fmt.Errorf("%q has braces without a column", text)
			}
			t.parts = append(t.parts, literal.String())
			literal.Reset()
			t.slots = append(t.slots, slot(name))
			i += end
		default:
			literal.WriteByte(c)
		}
	}
	t.parts = append(t.parts, literal.String())
	return t, nil
}

// appendTo writes the template's text for a row. empty is the number of columns
// without a value.
func (t *template) appendTo(dst []byte, value func(slot int) []byte) (out []byte, empty int) {
	for i, slot := range t.slots {
		dst = append(dst, t.parts[i]...)
		v := value(slot)
		if len(v) == 0 {
			empty++
		}
		dst = append(dst, v...)
	}
	return append(dst, t.parts[len(t.parts)-1]...), empty
}

// The bounds of what a mapper remembers of ids and texts: enough for the things
// of a city, little enough for memory.
const (
	maxInternedIDs   = 1 << 16
	maxInternedTexts = 1 << 12
	maxInternedBytes = 48
)

// ids makes entity ids from a template and remembers them, so that the id of a
// thing seen before costs no memory. Not for concurrent use.
type ids struct {
	template
	known map[string]city.EntityID
	buf   []byte
}

func newIDs(t template) *ids { return &ids{template: t, known: map[string]city.EntityID{}} }

// id is the id for a row. empty says that a column of the template has no
// value, reason why the text is not an id.
func (x *ids) id(row *Row, value func(*Row, int) []byte) (id city.EntityID, empty bool, reason string) {
	if len(x.slots) == 1 {
		key := value(row, x.slots[0])
		if len(key) == 0 {
			return "", true, ""
		}
		if id, ok := x.known[string(key)]; ok {
			return id, false, ""
		}
	}
	var missing int
	x.buf, missing = x.appendTo(x.buf[:0], func(slot int) []byte { return value(row, slot) })
	if missing > 0 {
		return "", true, ""
	}
	key := x.buf
	if len(x.slots) == 1 {
		key = value(row, x.slots[0])
	} else if id, ok := x.known[string(key)]; ok {
		return id, false, ""
	}
	id = city.EntityID(x.buf)
	if why := city.CheckEntityID(id); why != "" {
		return "", false, fmt.Sprintf("%q %s", Excerpt(x.buf), why)
	}
	if len(x.known) >= maxInternedIDs {
		clear(x.known)
	}
	x.known[string(key)] = id
	return id, false, ""
}

// texts remembers short texts. Not for concurrent use.
type texts struct{ known map[string]string }

func (x *texts) text(b []byte) string {
	if len(b) > maxInternedBytes {
		return string(b)
	}
	if s, ok := x.known[string(b)]; ok {
		return s
	}
	if len(x.known) >= maxInternedTexts {
		clear(x.known)
	}
	s := string(b)
	x.known[s] = s
	return s
}

// Excerpt is b for an error message: at most 80 bytes.
func Excerpt(b []byte) string {
	b = bytes.ToValidUTF8(b, []byte("\uFFFD"))
	if len(b) <= 80 {
		return string(b)
	}
	b = b[:80]
	for len(b) > 0 && !utf8.Valid(b) {
		b = b[:len(b)-1]
	}
	return string(b) + "…"
}
