package mapping

import (
	"os"
	"slices"
	"strings"
	"testing"

	"citybrain/city"
)

// TestGuideListsUnits finds the units that are converted in the guide, those of
// one dimension next to each other.
func TestGuideListsUnits(t *testing.T) {
	text, err := os.ReadFile("../../docs/pack-authors.md")
	if err != nil {
		t.Fatal(err)
	}
	_, list, _ := strings.Cut(string(text), "* **Units**")
	list, _, _ = strings.Cut(list, "\n* ")
	alone := map[string]int{}
	for _, u := range units {
		alone[u.dimension]++
	}
	listed := 0
	for part := range strings.SplitSeq(list, ";") {
		var dimensions []string
		for i, code := range strings.Split(part, "`") {
			if i%2 == 0 {
				continue
			}
			u, ok := units[city.Unit(code)]
			if !ok {
				t.Errorf("the guide lists %s, which is not converted", code)
			}
			listed++
			if alone[u.dimension] > 1 && !slices.Contains(dimensions, u.dimension) {
				dimensions = append(dimensions, u.dimension)
			}
		}
		if len(dimensions) > 1 {
			t.Errorf("the guide lists units of %v together", dimensions)
		}
	}
	if listed != len(units) {
		t.Errorf("the guide lists %d units of %d", listed, len(units))
	}
}
