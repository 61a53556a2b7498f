package operation

import (
	"net/http"
	"strconv"
	"strings"
)

// Accepts says whether the client takes a content coding, such as gzip, by its
// Accept-Encoding (RFC 9110 section 12.5.3). Without the header it does not.
func Accepts(r *http.Request, coding string) bool {
	star := false
	for _, header := range r.Header.Values("Accept-Encoding") {
		for part := range strings.SplitSeq(header, ",") {
			name, params, _ := strings.Cut(part, ";")
			switch name = strings.TrimSpace(name); {
			case strings.EqualFold(name, coding):
				return weight(params) > 0
			case name == "*":
				star = weight(params) > 0
			}
		}
	}
	return star
}

// weight is the q of a preference, 1 if it has none, 0 if it is no number.
func weight(params string) float64 {
	for p := range strings.SplitSeq(params, ";") {
		if name, value, ok := strings.Cut(strings.TrimSpace(p), "="); ok && strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			if err != nil {
				return 0
			}
			return q
		}
	}
	return 1
}

// Matches says whether the client has what an entity tag stands for, by its
// If-None-Match (RFC 9110 section 13.1.2).
func Matches(r *http.Request, etag string) bool {
	for part := range strings.SplitSeq(r.Header.Get("If-None-Match"), ",") {
		if part = strings.TrimSpace(part); part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}
