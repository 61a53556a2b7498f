package rowfile

import (
	"bytes"
	"fmt"

	"citybrain/internal/wire"
)

// memberReader reads the members of a flat JSON object into fields. Texts lose
// their quotes, null is no value, numbers and truth values stand as written.
type memberReader struct {
	columns []string
	slots   map[string]int
	ignored []bool
	fields  [][]byte
	seen    []int64 // number of the object in which a member was seen last
	objects int64
	order   []int // slots in the order of the last object: the next is alike
	text    []byte
}

func (m *memberReader) learn(f Format) {
	m.columns = f.Columns
	m.slots = make(map[string]int, len(f.Columns))
	m.ignored = make([]bool, len(f.Columns))
	m.fields = make([][]byte, len(f.Columns))
	m.seen = make([]int64, len(f.Columns))
	for i, c := range f.Columns {
		m.slots[c] = i
	}
	for _, c := range f.Ignored {
		if i, ok := m.slots[c]; ok {
			m.ignored[i] = true
		}
	}
}

const notObject = "row: is not a JSON object"

// read reads one object. bad says why it cannot be used; unknown names a member
// of a sound object that no column stands for.
func (m *memberReader) read(object []byte) (bad, unknown string) {
	m.objects++
	m.text = m.text[:0]
	clear(m.fields)
	object = bytes.Trim(object, " \t\r\n")
	if len(object) < 2 || object[0] != '{' {
		return notObject, ""
	}
	bad, unknown = m.members(object)
	if unknown != "" && !wire.Value(object).IsValid() {
		return notObject, ""
	}
	return bad, unknown
}

func (m *memberReader) members(object []byte) (bad, unknown string) {
	b := trimSpace(object[1:])
	if len(b) == 1 && b[0] == '}' {
		return "", ""
	}
	for i := 0; ; i++ {
		slot, rest, unknown := m.name(i, b)
		if slot < 0 {
			return notObject, unknown
		}
		if m.seen[slot] == m.objects {
			return m.columns[slot] + ": is there twice", ""
		}
		m.seen[slot] = m.objects
		if b, bad = m.value(slot, rest); bad != "" {
			return bad, ""
		}
		if b = trimSpace(b); len(b) == 1 && b[0] == '}' {
			return "", ""
		}
		if len(b) == 0 || b[0] != ',' {
			return notObject, ""
		}
		b = trimSpace(b[1:])
	}
}

// name reads a member's name and the colon. A slot below zero means that there
// is none, or that no column has the name unknown.
func (m *memberReader) name(i int, b []byte) (slot int, rest []byte, unknown string) {
	token, escaped := stringToken(b)
	if token == nil {
		return -1, nil, ""
	}
	rest = trimSpace(b[len(token):])
	if len(rest) == 0 || rest[0] != ':' {
		return -1, nil, ""
	}
	name := token[1 : len(token)-1]
	if escaped {
		var err error
		if name, err = wire.AppendUnquote(nil, token); err != nil {
			return -1, nil, ""
		}
	}
	if i < len(m.order) && m.columns[m.order[i]] == string(name) {
		return m.order[i], trimSpace(rest[1:]), ""
	}
	slot, ok := m.slots[string(name)]
	if !ok {
		return -1, nil, string(name)
	}
	m.order = append(m.order[:min(i, len(m.order))], slot)
	return slot, trimSpace(rest[1:]), ""
}

// value reads the value at the start of b into the field of slot.
func (m *memberReader) value(slot int, b []byte) (rest []byte, bad string) {
	if len(b) == 0 {
		return nil, notObject
	}
	switch b[0] {
	case '"':
		return m.textValue(slot, b)
	case '{', '[':
		var scan jsonScan
		n, done := scan.feed(b)
		if !done || !wire.Value(b[:n]).IsValid() {
			return nil, notObject
		}
		if !m.ignored[slot] {
			return nil, m.columns[slot] + ": is an object or a list, want a plain value"
		}
		return b[n:], ""
	}
	n := 0
	for n < len(b) && b[n] != ',' && b[n] != '}' && !isSpace(b[n]) {
		n++
	}
	token := b[:n]
	switch string(token) {
	case "null":
		return b[n:], ""
	case "true", "false":
	default:
		if !isNumber(token) {
			return nil, fmt.Sprintf("%s: is not a JSON value", m.columns[slot])
		}
	}
	m.fields[slot] = token
	return b[n:], ""
}

func (m *memberReader) textValue(slot int, b []byte) (rest []byte, bad string) {
	token, escaped := stringToken(b)
	if token == nil {
		return nil, notObject
	}
	m.fields[slot] = token[1 : len(token)-1]
	if escaped {
		start := len(m.text)
		text, err := wire.AppendUnquote(m.text, token)
		if err != nil {
			return nil, m.columns[slot] + ": is not a JSON text"
		}
		m.text = text
		m.fields[slot] = text[start:len(text):len(text)]
	}
	return b[len(token):], ""
}

// stringToken is the string at the start of b with its quotes, or nil.
func stringToken(b []byte) (token []byte, escaped bool) {
	if len(b) == 0 || b[0] != '"' {
		return nil, false
	}
	for i := 1; i < len(b); i++ {
		switch c := b[i]; {
		case c == '"':
			return b[:i+1], escaped
		case c == '\\':
			escaped = true
			i++
		case c < ' ':
			return nil, false
		}
	}
	return nil, false
}

func trimSpace(b []byte) []byte {
	for len(b) > 0 && isSpace(b[0]) {
		b = b[1:]
	}
	return b
}

// isNumber follows the grammar of RFC 8259 section 6.
func isNumber(b []byte) bool {
	if len(b) > 0 && b[0] == '-' {
		b = b[1:]
	}
	whole, rest := digits(b)
	if whole == 0 || whole > 1 && b[0] == '0' {
		return false
	}
	if b = rest; len(b) == 0 {
		return true
	}
	if b[0] == '.' {
		n, rest := digits(b[1:])
		if n == 0 {
			return false
		}
		b = rest
	}
	if len(b) > 0 && (b[0] == 'e' || b[0] == 'E') {
		b = b[1:]
		if len(b) > 0 && (b[0] == '+' || b[0] == '-') {
			b = b[1:]
		}
		n, rest := digits(b)
		return n > 0 && len(rest) == 0
	}
	return len(b) == 0
}

func digits(b []byte) (n int, rest []byte) {
	for n < len(b) && b[n]-'0' <= 9 {
		n++
	}
	return n, b[n:]
}
