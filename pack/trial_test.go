package pack

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestTrialTakesThePlaceOfPackAndRules loads the city of base.txt with another
// version of its pack, and with single rules in the place of the pack's.
func TestTrialTakesThePlaceOfPackAndRules(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	other := filepath.Join(t.TempDir(), "parking-relief")
	if err := os.CopyFS(other, os.DirFS("../packs/parking-relief")); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(other, "rules", "road-congestion.yaml")
	stricter := strings.Replace(read(file), "for: 10m", "for: 20m", 1)
	if err := os.WriteFile(file, []byte(stricter), 0o644); err != nil {
		t.Fatal(err)
	}
	single := filepath.Join(t.TempDir(), "mine.yaml")
	if err := os.WriteFile(single, []byte(stricter), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, trial := range []Trial{{PacksDir: "../packs", Packs: []string{other + "/"}}, {PacksDir: "../packs", Rules: single}} {
		c, faults := LoadTrial("../cities/aarhus", trial)
		if len(faults) > 0 {
			t.Fatal(faults)
		}
		for _, r := range c.Rules() {
			if r.Name() == "road-congestion" && r.Spec().For.Minutes() != 20 {
				t.Errorf("%+v: the rule waits %s", trial, r.Spec().For)
			}
		}
		if len(c.Rules()) != 3 {
			t.Errorf("%d rules", len(c.Rules()))
		}
	}
	beside, faults := LoadTrial("../cities/shili", Trial{PacksDir: "../packs", Packs: []string{other}})
	if len(faults) > 0 || len(beside.Packs) != 3 || beside.Packs[0].Dir != other {
		t.Errorf("%v", faults)
	}
	for text, want := range map[string]string{
		strings.Replace(stricter, "rule: road-congestion", "rule: road-congestio", 1): "mine.yaml:5: unknown-rule: no pack of the city has a rule road-congestio whose place it could take (did you mean road-congestion?)",
		"rule: road-congestion\n":                              "mine.yaml:1: missing-key",
		strings.Replace(stricter, "vehicleCount", "wheels", 1): "unknown-attribute",
	} {
		if err := os.WriteFile(single, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, faults := LoadTrial("../cities/aarhus", Trial{PacksDir: "../packs", Rules: single}); !strings.Contains(faults.Error(), want) {
			t.Errorf("%v does not say %s", faults, want)
		}
	}
	if _, faults := LoadTrial("../cities/aarhus", Trial{PacksDir: "../packs", Rules: "none.yaml"}); !strings.Contains(faults.Error(), "none.yaml: missing-file") {
		t.Error(faults)
	}
}
