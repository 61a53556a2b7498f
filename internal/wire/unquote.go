package wire

import "encoding/json/jsontext"

// AppendUnquote appends the text of a JSON string, which stands in quotes.
func AppendUnquote(dst, quoted []byte) ([]byte, error) {
	return jsontext.AppendUnquote(dst, quoted)
}
