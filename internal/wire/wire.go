package wire

import (
	"encoding/json/jsontext"
	"encoding/json/v2"
)

// Value is raw JSON.
type Value = jsontext.Value

// Decoder reads tokens and values.
type Decoder = jsontext.Decoder

// Unmarshal decodes one JSON value; unknown members are ignored, names are
// case-sensitive, duplicate names are errors.
func Unmarshal(data []byte, v any) error { return json.Unmarshal(data, v) }

// UnmarshalStrict is Unmarshal that refuses unknown members.
func UnmarshalStrict(data []byte, v any) error {
	return json.Unmarshal(data, v, json.RejectUnknownMembers(true))
}

// Marshal encodes v. Map members are sorted.
func Marshal(v any) ([]byte, error) { return json.Marshal(v, json.Deterministic(true)) }

// AppendString appends s as a JSON string. Invalid UTF-8 becomes U+FFFD.
func AppendString(dst []byte, s string) []byte {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c == '"' || c == '\\' || c >= 0x7f {
			out, _ := jsontext.AppendQuote(dst, s)
			return out
		}
	}
	dst = append(dst, '"')
	dst = append(dst, s...)
	return append(dst, '"')
}
