package operation

import (
	"encoding/base64"
	"reflect"
	"strconv"
	"strings"

	"citybrain/city"
)

// Instant reads a parameter that is a moment; 0 if it is absent.
func Instant(field, s string) (city.Instant, error) {
	if s == "" {
		return 0, nil
	}
	i, err := city.ParseInstant(s)
	if err != nil && strings.Contains(s, " ") {
		return 0, city.InvalidField("api", field, "%s; in a URL write %%2B for +, which means a space there", err)
	}
	if err != nil {
		return 0, city.InvalidField("api", field, "%s", err)
	}
	return i, nil
}

// Cursor is an opaque text for the place behind something with an instant and
// an id.
func Cursor(at city.Instant, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(strconv.FormatInt(int64(at), 10) + " " + id))
}

// ReadCursor reads what Cursor wrote; false if text is nothing of the kind.
func ReadCursor(text string) (at city.Instant, id string, ok bool) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	micros, id, cut := strings.Cut(string(raw), " ")
	n, bad := strconv.ParseInt(micros, 10, 64)
	return city.Instant(n), id, err == nil && bad == nil && cut && id != ""
}

func typeOf[T any]() reflect.Type { return reflect.TypeFor[T]() }
