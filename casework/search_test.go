package casework_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/casework"
	"citybrain/city"
)

func TestCasesAreFoundByTheirWords(t *testing.T) {
	c := casework.Case{Number: "20140812-0003", Title: city.Names{ZH: "下穿隧道积水联合处置", EN: "Joint response to a flooded underpass"},
		Text: "人民路３号，水深约30厘米", Entity: "urn:ngsi-ld:Underpass:U7"}
	for q, want := range map[string]bool{
		"20140812-0003": true, "2014": true, "0003": true, "20140812-0004": false,
		"隧道": true, "隧道积水": true, "道": true, "置": true, "积隧": false, "联合 隧道": true, "道路": false,
		"FLOODED": true, "flood": true, "looded": false, "joint underpass": true, "joint garage": false,
		"人民路": true, "路3": true, "３号": true, "30厘米": true, "u7": true, "underpass:u7": true, "u8": false, "<joint>": true,
	} {
		var sought []casework.Sought
		for _, w := range casework.Seek(q) {
			sought = append(sought, casework.Sought{Prefix: w})
		}
		if got := len(sought) > 0 && c.Has(sought); got != want {
			t.Errorf("a search for %q (%q) finds the case: %v, want %v", q, casework.Seek(q), got, want)
		}
	}
	if !c.Has([]casework.Sought{{Prefix: "gate", About: []city.EntityID{"urn:x:1", c.Entity}}}) {
		t.Error("a case is not found by what it is about")
	}
}

func TestSearchesAreBounded(t *testing.T) {
	for _, q := range []string{"", " ", "—！。", "\x00\xff"} {
		if w := casework.Seek(q); len(w) != 0 {
			t.Errorf("%q seeks %q", q, w)
		}
	}
	long := strings.Repeat("路", 10_000) + strings.Repeat("a", 10_000)
	if w := casework.Seek(long); len(w) > casework.MaxSought || len(w[len(w)-1]) > 40 {
		t.Errorf("a long text seeks %d words", len(w))
	}
	var text strings.Builder
	for r := '一'; r < '一'+4000; r++ {
		text.WriteRune(r)
	}
	c := casework.Case{Number: "20140812-0003", Title: city.Names{ZH: "坑", EN: "Hole"}, Text: text.String()}
	w := c.Words()
	if len(w) != casework.MaxWords || !slices.IsSorted(w) || !slices.Contains(w, "hole") || !slices.Contains(w, "坑") {
		t.Errorf("a long text gives %d words", len(w))
	}
	if diff := cmp.Diff([]string{"0003", "20140812", "hole", "坑"}, (&casework.Case{Number: "20140812-0003", Title: city.Names{ZH: "坑", EN: "Hole, hole"}}).Words()); diff != "" {
		t.Error(diff)
	}
}
