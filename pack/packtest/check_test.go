package packtest

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"citybrain/city"
)

const parking = "../../packs/parking-relief"

// copyOfParking is a copy of the pack in a folder of its own, with files of
// tests put into it or, with an empty text, taken away.
func copyOfParking(t *testing.T, tests map[string]string) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "parking-relief")
	if err := os.CopyFS(dir, os.DirFS(parking)); err != nil {
		t.Fatal(err)
	}
	for name, text := range tests {
		path := filepath.Join(dir, name)
		if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
			t.Fatal(err)
		}
		if text == "" {
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCheckReadsTests(t *testing.T) {
	if faults := Check(parking); len(faults) > 0 {
		t.Error(faults)
	}
	broken := "start: yesterday\ntests:\n  - {test: a, steps: [], expct: []}\n"
	misspelt := "start: 2014-08-11T08:00:00Z\ntests:\n  - {test: a, steps: [{at: 1m, id: A, type: Evnt}]}\n"
	tests := []struct {
		name, file, text string
		want             []string
	}{
		{"form", "tests/new.yaml", broken, []string{"new.yaml:1: value:", "new.yaml:3: unknown-key:"}},
		{"names", "tests/new.yaml", misspelt, []string{"new.yaml:3: unknown-type: the pack knows no type Evnt (did you mean Event?)"}},
		{"the pack is at fault", "rules/data-fault.yaml", "rule: [", nil},
		{"the folder holds something else", "tests/new.yml", broken, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			faults := Check(copyOfParking(t, map[string]string{tt.file: tt.text}))
			if len(faults) != len(tt.want) {
				t.Fatalf("%d faults, want %d: %v", len(faults), len(tt.want), faults)
			}
			for i, want := range tt.want {
				if !strings.Contains(faults[i].String(), want) {
					t.Errorf("fault %s, want %s", faults[i], want)
				}
			}
		})
	}
}

// TestCheckOfFaultyPack holds that tests of a pack with faults are still read,
// but not held against rules that may be missing.
func TestCheckOfFaultyPack(t *testing.T) {
	dir := copyOfParking(t, map[string]string{
		"rules/data-fault.yaml": "rule: [",
		"tests/new.yaml":        "start: 2014-08-11T08:00:00Z\ntests:\n  - {test: a, stps: []}\n",
	})
	faults := Check(dir)
	if len(faults) != 2 || !strings.Contains(faults.Error(), "unknown-key") || !strings.Contains(faults.Error(), "missing-key") {
		t.Error(faults)
	}
	if _, _, err := Run(dir, &bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "data-fault.yaml:1: yaml") || !strings.Contains(err.Error(), "new.yaml:3: unknown-key") {
		t.Error(err)
	}
}

func TestPackWithoutTests(t *testing.T) {
	dir := copyOfParking(t, nil)
	if err := os.RemoveAll(filepath.Join(dir, "tests")); err != nil {
		t.Fatal(err)
	}
	if faults := Check(dir); len(faults) > 0 {
		t.Error(faults)
	}
	_, _, err := Run(dir, &bytes.Buffer{})
	if city.KindOf(err) != city.NotFound || !strings.Contains(err.Error(), "no tests in "+filepath.Join(dir, "tests")) {
		t.Error(err)
	}
}
