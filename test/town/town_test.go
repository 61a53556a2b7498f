package town_test

import (
	"path/filepath"
	"testing"

	"citybrain/pack"
	"citybrain/test/town"
)

func TestTownHasNoFaults(t *testing.T) {
	dir := t.TempDir()
	cityDir, err := town.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	c, faults := pack.LoadCity(cityDir, filepath.Join(dir, "packs"))
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	if len(c.Feeds) != 2 || len(c.Rules()) != 1 {
		t.Errorf("%d feeds, %d rules", len(c.Feeds), len(c.Rules()))
	}
}
