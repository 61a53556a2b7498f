package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestDamagedFilesAreNamed attaches two files to a case, changes one and deletes
// the other: the verification of the city and that of the case name both, with
// the case and the move, and nobody is shown the changed one.
func TestDamagedFilesAreNamed(t *testing.T) {
	s := harbourSetup(t)
	p := nobody(t, s.start(t))
	c := p.report("A tree on the rails")
	for _, text := range []string{"It lies there since noon.", "It is an oak."} {
		a := p.ask("POST", fmt.Sprintf("/api/v1/cases/%s/files?version=%d&name=a.txt", c.ID, c.Version), []byte(text), "Content-Type", "text/plain")
		if a.status != 200 {
			t.Fatalf("attach: %d %s", a.status, a.body)
		}
		c = p.detail(c.ID).Case
	}
	p.sealed()
	path := func(n int) string { return filepath.Join(s.data, "files", c.Files[n].Hash[:2], c.Files[n].Hash) }
	if said, sound := verify(t, "--data", s.data); !sound {
		t.Fatalf("before: %s", said)
	}
	if err := os.WriteFile(path(0), []byte("It lies there since dawn."), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path(1)); err != nil {
		t.Fatal(err)
	}
	said, sound := verify(t, "--data", s.data)
	if sound || !strings.Contains(said, "2 damages") {
		t.Errorf("after: %s", said)
	}
	var v struct {
		Verified bool
		Damage   []struct{ What, ID, Text string }
	}
	p.must(200, "GET", "/api/v1/cases/"+c.ID+"/verification", nil, &v)
	if v.Verified || len(v.Damage) != 2 {
		t.Fatalf("the case is verified: %+v", v)
	}
	for n, why := range []string{"was changed", "is missing"} {
		mentions(t, "the city", said, "DAMAGED file "+c.Files[n].Hash+": the file "+why, fmt.Sprintf("case %s in move %d", c.ID, n+2))
		if d := v.Damage[n]; d.What != "file" || d.ID != c.Files[n].Hash || !strings.Contains(d.Text, why) || !strings.Contains(d.Text, c.ID) {
			t.Errorf("the case: %+v", d)
		}
		p.ask("GET", "/api/v1/cases/"+c.ID+"/files/"+c.Files[n].Hash, nil).refusal(t, "a damaged file", 503)
	}
	other := p.report("A kite in the wires")
	if p.must(200, "GET", "/api/v1/cases/"+other.ID+"/verification", nil, &v); !v.Verified {
		t.Errorf("another case: %+v", v)
	}
}
