package wire

import "encoding/json/jsontext"

// Indent is valid JSON with sorted members, one to a line, indented by two
// spaces, and a line feed at the end: the form of a file that people compare.
func Indent(raw []byte) ([]byte, error) {
	v := jsontext.Value(raw).Clone()
	if err := v.Canonicalize(); err != nil {
		return nil, err
	}
	if err := v.Indent(jsontext.WithIndent("  ")); err != nil {
		return nil, err
	}
	return append(v, '\n'), nil
}
