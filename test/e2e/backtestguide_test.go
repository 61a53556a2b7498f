package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestBacktestGuide runs every command of docs/backtest.md, in one shell and in a
// fresh folder, and looks for every line of the answers that it shows.
func TestBacktestGuide(t *testing.T) {
	guide, err := os.ReadFile(filepath.Join(root, "docs", "backtest.md"))
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?ms)^```(sh|text)\n(.*?)^```").FindAllSubmatch(guide, -1)
	var script strings.Builder
	var wanted []string // of each shell block
	for _, b := range blocks {
		if string(b[1]) == "text" {
			wanted[len(wanted)-1] += string(b[2])
			continue
		}
		fmt.Fprintf(&script, "%s\necho; echo '== block %d'\n", b[2], len(wanted))
		wanted = append(wanted, "")
	}
	if len(wanted) < 6 {
		t.Fatalf("the guide has only %d blocks of commands", len(wanted))
	}
	answers := strings.Split(runShell(t, script.String()), "== block ")
	for i, text := range wanted {
		for line := range strings.Lines(text) {
			if line = strings.TrimSpace(line); !strings.Contains(answers[i], line) {
				t.Errorf("block %d does not answer %s, but:\n%s", i, line, answers[i])
			}
		}
	}
}
