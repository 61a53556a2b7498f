package mapping_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"citybrain/feed/mapping"
)

// TestFaults reads testdata/faults/*.txt: a feed file, a line of dashes, and the
// faults expected, one a line.
func TestFaults(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no cases", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			yaml, want, ok := strings.Cut(string(data), "\n----\n")
			if !ok {
				t.Fatal("no separator")
			}
			s, faults := mapping.Parse("feed.yaml", []byte(yaml+"\n"))
			m, more := mapping.Compile(s, testStandard)
			if m != nil {
				t.Error("a faulty mapping was compiled")
			}
			got := ""
			if err := append(faults, more...).Err(); err != nil {
				got = err.Error()
			}
			if got != strings.TrimSpace(want) {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestNoStandardIsAFault(t *testing.T) {
	s, _ := mapping.Parse("feed.yaml", []byte(observedYAML))
	if _, faults := mapping.Compile(s, nil); len(faults) != 1 || faults[0].Rule != "unknown-standard" {
		t.Errorf("%v", faults)
	}
}

func TestSumTellsFilesApart(t *testing.T) {
	a, b := compiled(t, observedYAML), compiled(t, observedYAML+"# changed\n")
	if a.Sum() == b.Sum() || a.Sum() != compiled(t, observedYAML).Sum() {
		t.Error("the fingerprint does not follow the text")
	}
}

func FuzzSpec(f *testing.F) {
	f.Add([]byte(observedYAML))
	f.Add([]byte("id: a\nentity: '{'\ntime: {formats: [x]}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if len(data) > 1<<16 {
			return
		}
		s, faults := mapping.Parse("feed.yaml", data)
		if m, more := mapping.Compile(s, testStandard); m == nil && len(faults)+len(more) == 0 {
			t.Fatal("no mapping and no fault")
		}
	})
}
