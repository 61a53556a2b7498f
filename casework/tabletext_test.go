package casework_test

import (
	"flag"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/casework"
)

var update = flag.Bool("update", false, "write the generated part of docs/casework.md")

const (
	guide    = "../docs/casework.md"
	tableTop = "<!-- table: begin -->\n"
	tableEnd = "<!-- table: end -->"
)

// TestGuideShowsTheTable holds the generated part of the guide against the
// table that Transition follows.
func TestGuideShowsTheTable(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	before, rest, found := strings.Cut(string(text), tableTop)
	got, after, foundEnd := strings.Cut(rest, tableEnd)
	if !found || !foundEnd {
		t.Fatalf("%s has no part between the markers", guide)
	}
	var want strings.Builder
	if err := casework.WriteTable(&want); err != nil {
		t.Fatal(err)
	}
	if *update {
		if err := os.WriteFile(guide, []byte(before+tableTop+want.String()+tableEnd+after), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	if diff := cmp.Diff(want.String(), got); diff != "" {
		t.Errorf("%s is not what the table says; run go test ./casework -run Guide -update (-want +got):\n%s", guide, diff)
	}
}
