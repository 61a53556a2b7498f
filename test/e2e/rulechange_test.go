package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestChangedRulesAfterAKill kills the program before its first checkpoint,
// changes a rule and starts again: what the old rule had up is cleared, in the
// records and on the cases, and what the new rule finds gets its case, although
// the engine began to count anew.
func TestChangedRulesAfterAKill(t *testing.T) {
	s := harbourSetup(t, "--set", "checkpoint.interval=1h")
	server := s.start(t)
	p := nobody(t, server)
	gate := func(name string, queue int) {
		t.Helper()
		body := []byte(gateHeader + gateRow(name, time.Now(), queue, 0))
		if a := p.ask("POST", "/api/v1/feeds/gates-live/rows", body, "Content-Type", "text/csv"); a.status != 200 {
			t.Fatalf("push: %d %s", a.status, a.body)
		}
	}
	for _, name := range []string{"g1", "g2", "g3", "g4"} {
		gate(name, 20)
	}
	eventually(t, "four cases", 20*time.Second, func() bool { return len(p.cases("kind=gate-blocked")) == 4 })
	server.Kill()

	rules := filepath.Join(filepath.Dir(s.data), "packs", "harbour-gates", "rules")
	files, err := filepath.Glob(filepath.Join(rules, "*.yaml"))
	if err != nil || len(files) == 0 {
		t.Fatal(err, files)
	}
	changed := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		now := bytes.Replace(text, []byte("queue >= 10.0"), []byte("queue >= 50.0"), 1)
		if !bytes.Equal(now, text) {
			changed++
		}
		if err := os.WriteFile(file, now, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if changed != 1 {
		t.Fatalf("%d rules changed, want 1", changed)
	}

	server = s.start(t)
	p = nobody(t, server)
	gate("g5", 70)
	eventually(t, "the case of what the new rule found", 20*time.Second, func() bool { return len(p.cases("kind=gate-blocked")) == 5 })
	eventually(t, "the old rule's situations to be cleared on their cases", 20*time.Second, func() bool {
		cleared := 0
		for _, c := range p.cases("kind=gate-blocked") {
			if c.Situation.ClearedAt != "" && c.Situation.ClearedReason == "rule-changed" {
				cleared++
			}
		}
		return cleared == 4
	})
	var up struct{ Situations []struct{ Entity string } }
	p.must(200, "GET", "/api/v1/situations?state=up&type=gate-blocked", nil, &up)
	if len(up.Situations) != 1 {
		t.Errorf("%d situations of the changed rule are up, want that of g5 alone", len(up.Situations))
	}
}
