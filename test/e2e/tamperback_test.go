package e2e

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rolledBack puts older folders in the place of newer ones. Each is sound by
// itself; the checkpoint that was saved elsewhere gives it away.
func rolledBack(t *testing.T, e evidenceOf) {
	old := e.copied(t)
	newer := setup{data: e.copied(t), args: append([]string{}, e.args...)}
	for i, a := range newer.args {
		if a == e.data {
			newer.args[i] = newer.data
		}
	}
	server := newer.start(t)
	p := nobody(t, server)
	p.report("Another tree")
	p.sealed()
	saved := filepath.Join(t.TempDir(), "checkpoint")
	var status struct{ Checkpoint, Key string }
	p.must(200, "GET", "/api/v1/ledger", nil, &status)
	if err := os.WriteFile(saved, []byte(status.Checkpoint), 0o600); err != nil {
		t.Fatal(err)
	}
	if said, sound := verify(t, "--data", newer.data, "--checkpoint", saved, "--key", status.Key); !sound {
		t.Errorf("while the city runs: %s", said)
	}
	if err := server.Stop(patience); err != nil {
		t.Fatal(err)
	}
	if said, sound := verify(t, "--data", newer.data, "--checkpoint", saved); !sound || !strings.Contains(said, "grown") {
		t.Errorf("the city that the checkpoint was taken of: %s", said)
	}
	if said, sound := verify(t, "--data", old); !sound {
		t.Errorf("the older folder by itself: %s", said)
	}
	said, sound := verify(t, "--data", old, "--checkpoint", saved)
	if mentions(t, "the whole folder rolled back", said, "roll-back", "NOT VERIFIED"); sound {
		t.Errorf("a folder rolled back as a whole passes: %s", said)
	}
	truncated := newer.data + "-truncated" // newer records over an older log
	copyFolder(t, newer.data, truncated)
	if err := os.RemoveAll(filepath.Join(truncated, "ledger", "log")); err != nil {
		t.Fatal(err)
	}
	copyFolder(t, filepath.Join(old, "ledger", "log"), filepath.Join(truncated, "ledger", "log"))
	for _, args := range [][]string{{}, {"--checkpoint", saved}} {
		said, sound := verify(t, append([]string{"--data", truncated}, args...)...)
		if mentions(t, "a truncated log", said, "no-leaf"); sound {
			t.Errorf("a truncated log passes %v: %s", args, said)
		}
	}
	other := otherKey(t)
	if said, sound := verify(t, "--data", newer.data, "--key", strings.TrimSpace(other)); sound {
		t.Errorf("verified with another city's key: %s", said)
	}
	swapped := newer.data + "-forged" // key and log of somebody else, whole
	copyFolder(t, newer.data, swapped)
	swapKey(t, swapped, other)
	if said, sound := verify(t, "--data", swapped, "--key", status.Key, "--checkpoint", saved); !sound {
		t.Errorf("the key in the folder must not matter where one is given: %s", said)
	}
}

// proofTravels checks a proof with nothing else than the key at hand; no
// character of it can be changed.
func proofTravels(t *testing.T, e evidenceOf) {
	away := t.TempDir()
	proof, key := filepath.Join(away, "move.tlog-proof"), filepath.Join(away, "key.pub")
	record := "case." + e.of.ID + ".3"
	if out, errs, err := command(t, "proof", record, "--data", e.data, "--out", proof); err != nil {
		t.Fatalf("%v\n%s%s", err, out, errs)
	}
	pub, err := os.ReadFile(filepath.Join(e.data, "ledger", "key.pub"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(key, pub, 0o600); err != nil {
		t.Fatal(err)
	}
	said, sound := verify(t, "--proof", proof, "--key", key)
	if mentions(t, "the proof", said, record, "verified", "dispatch"); !sound {
		t.Errorf("the proof does not pass: %s", said)
	}
	if said, sound := verify(t, "--proof", proof, "--key", strings.TrimSpace(string(pub))); !sound {
		t.Errorf("with the key on the command line: %s", said)
	}
	whole, err := os.ReadFile(proof)
	if err != nil {
		t.Fatal(err)
	}
	// Every character is tried in ledger's own tests; here some of each part,
	// through the program.
	for i := 0; i < len(whole); i += max(1, len(whole)/60) {
		changed := bytes.Clone(whole)
		changed[i] ^= 1
		if err := os.WriteFile(proof, changed, 0o600); err != nil {
			t.Fatal(err)
		}
		if said, sound := verify(t, "--proof", proof, "--key", key); sound {
			t.Errorf("character %d of %d changed, and it passes: %s", i, len(whole), said)
		}
	}
	if said, sound := verify(t, "--proof", filepath.Join(away, "none"), "--key", key); sound {
		t.Errorf("a file that is not there: %s", said)
	}
	out, errs, err := command(t, "proof", "case.none.1", "--data", e.data, "--out", proof)
	if err == nil {
		t.Errorf("the proof of no record: %s", out)
	}
	mentions(t, "the refusal", errs, "case.none.1")
}
