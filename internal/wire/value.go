package wire

import (
	"bytes"
	"encoding/json/jsontext"
	"errors"
	"io"
	"math"
	"strconv"
	"strings"

	"citybrain/city"
)

// ErrDuplicateName says that an object has a member twice.
var ErrDuplicateName = jsontext.ErrDuplicateName

// SyntaxDetail says in words for a caller where text stops being JSON.
func SyntaxDetail(err error) string {
	if errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, io.EOF) {
		return "the text ends too early"
	}
	var e *jsontext.SyntacticError
	if !errors.As(err, &e) {
		return "the text cannot be read"
	}
	s := "byte " + strconv.FormatInt(e.ByteOffset, 10)
	if e.JSONPointer != "" {
		s += ", at " + shorten(string(e.JSONPointer))
	}
	if e.Err != nil {
		s += ": " + strings.TrimPrefix(e.Err.Error(), "jsontext: ")
	}
	return s
}

func shorten(s string) string {
	if len(s) > 120 {
		return strings.ToValidUTF8(s[:120], "") + "…"
	}
	return s
}

// AppendNumber appends f in the shortest form that reads back as f (RFC 8785
// section 3.2.2.3). NaN and infinities, which JSON does not have, become null.
func AppendNumber(dst []byte, f float64) []byte {
	if f == math.Trunc(f) && math.Abs(f) < 1e15 {
		return strconv.AppendInt(dst, int64(f), 10)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, "null"...)
	}
	if a := math.Abs(f); a >= 1e21 || a < 1e-6 {
		return strconv.AppendFloat(dst, f, 'e', -1, 64)
	}
	return strconv.AppendFloat(dst, f, 'f', -1, 64)
}

// AppendInstant appends i as a JSON string, null if it is zero. It is
// Instant.AppendTo, and faster for whole seconds, which nearly all instants are.
func AppendInstant(dst []byte, i city.Instant) []byte {
	if i == 0 {
		return append(dst, "null"...)
	}
	t := i.Time()
	year, month, day := t.Date()
	hour, minute, second := t.Clock()
	if micros := t.Nanosecond() / 1000; micros != 0 || year < 0 || year > 9999 {
		dst = i.AppendTo(append(dst, '"'))
		return append(dst, '"')
	}
	dst = append(dst, '"', byte('0'+year/1000), byte('0'+year/100%10), byte('0'+year/10%10), byte('0'+year%10),
		'-', byte('0'+month/10), byte('0'+month%10), '-', byte('0'+day/10), byte('0'+day%10),
		'T', byte('0'+hour/10), byte('0'+hour%10), ':', byte('0'+minute/10), byte('0'+minute%10),
		':', byte('0'+second/10), byte('0'+second%10), 'Z', '"')
	return dst
}

// AppendValue appends v as plain JSON: numbers, texts and truth values as they
// are, a relation as the id it points to, a place as GeoJSON, a time as its
// text. None is null.
func AppendValue(dst []byte, v *city.Value) []byte {
	switch v.Kind {
	case city.Number:
		return AppendNumber(dst, v.Num)
	case city.Bool:
		return strconv.AppendBool(dst, v.Num != 0)
	case city.Text, city.Time, city.Relation:
		return AppendString(dst, v.Text)
	case city.Geo:
		return AppendPlace(dst, v.Place)
	case city.JSON:
		return append(dst, v.Text...)
	}
	return append(dst, "null"...)
}

// Unquote is the text of a JSON string.
func Unquote(raw Value) (string, error) {
	if n := len(raw); n >= 2 && raw[0] == '"' && raw[n-1] == '"' && bytes.IndexByte(raw, '\\') < 0 {
		return string(raw[1 : n-1]), nil
	}
	out, err := jsontext.AppendUnquote(nil, raw)
	return string(out), err
}

// Compact is valid JSON without the white space between its tokens.
func Compact(raw Value) (string, error) {
	v := raw.Clone()
	if err := v.Compact(); err != nil {
		return "", err
	}
	return string(v), nil
}

// Depth is how many arrays and objects of valid JSON stand around its innermost
// value.
func Depth(raw Value) int {
	depth, deepest, quoted := 0, 0, false
	for i := 0; i < len(raw); i++ {
		switch c := raw[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			depth++
			deepest = max(deepest, depth)
		case c == '}' || c == ']':
			depth--
		}
	}
	return deepest
}
