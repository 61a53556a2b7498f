package rule

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the faults that were found into testdata/faults")

const faultsBelow = "\n=====\n"

// TestFaults compiles the rules of each file and compares the faults with those
// written below them.
func TestFaults(t *testing.T) {
	files, _ := filepath.Glob("testdata/faults/*.txt")
	if len(files) < 15 {
		t.Fatal("the files are gone")
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		input, want, _ := strings.Cut(string(data), faultsBelow)
		got := faultsOf(input)
		if got == "" {
			t.Errorf("%s: no fault found", name)
		}
		if *update {
			if err := os.WriteFile(name, []byte(input+faultsBelow+got+"\n"), 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if diff := cmp.Diff(strings.TrimSpace(want), got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}

func faultsOf(input string) string {
	specs, faults := Parse("rules.yaml", []byte(input))
	if len(faults) == 0 {
		var rules []*Rule
		if rules, faults = Compile("test", specs); len(faults) == 0 {
			faults = Check(rules)
		}
	}
	if err := faults.Err(); err != nil {
		return err.Error()
	}
	return ""
}
