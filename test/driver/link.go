package driver

import "strings"

// nextLink is the target of rel="next" in a Link field (RFC 8288), or old.
func nextLink(value, old string) string {
	for part := range strings.SplitSeq(value, ",") {
		target, parameters, _ := strings.Cut(part, ">")
		target = strings.TrimPrefix(strings.TrimSpace(target), "<")
		if strings.Contains(parameters, `rel="next"`) || strings.Contains(parameters, "rel=next") {
			return target
		}
	}
	return old
}
