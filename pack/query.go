package pack

import (
	"regexp"
	"strconv"
	"strings"

	"citybrain/city"
)

const queryHint = `comparisons such as level>15, status=="closed" or broken==true, joined by ; (and) or | (or)`

// queryTerm is one comparison of a query.
type queryTerm struct {
	attribute city.AttributeName
	kind      city.ValueKind // of the value compared with; None where any will do
}

var number = regexp.MustCompile(`^-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?$`)

// parseQuery reads the part of NGSI-LD's query language (clause 4.9) that views
// may use, and says why a query is not of it, or "": comparisons of attributes
// with numbers, texts and truth values, and the existence of attributes,
// joined by ; or |.
func parseQuery(q string) (terms []queryTerm, why string) {
	rest := q
	for {
		var t queryTerm
		if t, rest, why = parseTerm(rest); why != "" {
			return nil, why
		}
		terms = append(terms, t)
		if rest == "" {
			return terms, ""
		}
		if rest[0] != ';' && rest[0] != '|' {
			return nil, "before " + strconv.Quote(rest) + ": ; or | or the end was expected"
		}
		rest = rest[1:]
	}
}

func parseTerm(s string) (t queryTerm, rest, why string) {
	end := strings.IndexAny(s, `=!<>;|~()[]," .`)
	if end < 0 {
		end = len(s)
	}
	t.attribute, rest = city.AttributeName(s[:end]), s[end:]
	if why := city.CheckName(s[:end]); why != "" {
		return t, "", "before " + strconv.Quote(s) + ": the attribute's name " + why
	}
	for _, op := range []string{"==", "!=", ">=", "<=", ">", "<"} {
		after, ok := strings.CutPrefix(rest, op)
		if !ok {
			continue
		}
		t.kind, rest, why = parseLiteral(after)
		if why == "" && t.kind == city.Bool && op != "==" && op != "!=" {
			why = "before " + strconv.Quote(after) + ": a truth value has no order"
		}
		return t, rest, why
	}
	return t, rest, ""
}

func parseLiteral(s string) (kind city.ValueKind, rest, why string) {
	if strings.HasPrefix(s, `"`) {
		text, rest, closed := strings.Cut(s[1:], `"`)
		if !closed || strings.ContainsAny(text, "\\\n") {
			return 0, "", "before " + strconv.Quote(s) + ": the text does not end, or holds a backslash"
		}
		return city.Text, rest, ""
	}
	end := strings.IndexAny(s, ";|")
	if end < 0 {
		end = len(s)
	}
	word := s[:end]
	if word == "true" || word == "false" {
		return city.Bool, s[end:], ""
	}
	if number.MatchString(word) {
		return city.Number, s[end:], ""
	}
	return 0, "", "before " + strconv.Quote(s) + ": a number, a text in quotes, true or false was expected"
}
