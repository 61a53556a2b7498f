package catalog

import (
	"strings"
	"unicode/utf8"
)

// DidYouMean is a hint "did you mean NAME?" with the known name that a
// misspelt one is most like, the first of equals; "" if none is like it.
func DidYouMean(name string, known []string) string {
	best, least := "", min(3, utf8.RuneCountInString(name)/3)
	for _, k := range known {
		if n := distance(strings.ToLower(name), strings.ToLower(k)); n < least || n == least && best == "" {
			best, least = k, n
		}
	}
	if best == "" {
		return ""
	}
	return "did you mean " + best + "?"
}

// distance is the least number of characters to insert, remove, replace or swap
// with their neighbour that turns a into b.
func distance(a, b string) int {
	s, t := []rune(a), []rune(b)
	var before, last []int
	row := make([]int, len(t)+1)
	for j := range row {
		row[j] = j
	}
	for i := range s {
		before, last, row = last, row, make([]int, len(t)+1)
		row[0] = i + 1
		for j := range t {
			cost := 1
			if s[i] == t[j] {
				cost = 0
			}
			row[j+1] = min(last[j]+cost, last[j+1]+1, row[j]+1)
			if i > 0 && j > 0 && s[i] == t[j-1] && s[i-1] == t[j] {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
	}
	return row[len(t)]
}

// FieldHint lists the fields of s for somebody who wrote a name that is none.
func (s *Standard) FieldHint(name string) string {
	names := s.FieldNames()
	fields := "fields of " + string(s.Type) + ": " + strings.Join(names, ", ")
	if hint := DidYouMean(name, names); hint != "" {
		return hint + " " + fields
	}
	return fields
}
