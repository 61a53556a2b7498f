package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// mostWaiting is how many records may wait in these tests.
const mostWaiting = 10

// moved puts a folder aside, and a file in its place: nothing can be written
// there, not by root either. The answer mends it.
func moved(t *testing.T, folder string) (mend func()) {
	t.Helper()
	aside := folder + "-aside"
	if err := os.Rename(folder, aside); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(folder, []byte("in the way"), 0o600); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if err := os.Remove(folder); err != nil {
			t.Fatal(err)
		}
		if err := os.Rename(aside, folder); err != nil {
			t.Fatal(err)
		}
	}
}

// TestLedgerFolderUnwritable takes the folder of the evidence away below a
// running city. Moves go on until as many records wait as are allowed; then they
// are refused with 503, a time and a reason. Nothing is lost: after it is
// mended, moves go on and every record gets its leaf.
func TestLedgerFolderUnwritable(t *testing.T) {
	s := harbourSetup(t, "--set", fmt.Sprintf("evidence.max-waiting=%d", mostWaiting))
	server := s.start(t)
	p := nobody(t, server)
	c := p.report("Before")
	p.sealed()
	mend := moved(t, filepath.Join(s.data, "ledger", "log"))
	taken := 0
	var refusal answer
	for begun := time.Now(); time.Since(begun) < patience; time.Sleep(100 * time.Millisecond) {
		a := p.tryMove(&c, "note", fields{"text": fmt.Sprintf("Move %d.", taken)})
		if a.status != 200 {
			refusal = a
			break
		}
		taken++
		c.Version++
	}
	r := refusal.refusal(t, "too many wait", 503)
	if mentions(t, "the reason", r.Detail, "evidence", "kept"); refusal.header.Get("Retry-After") == "" || taken < mostWaiting-2 || taken > mostWaiting+10 {
		t.Errorf("%d moves were taken, Retry-After %q", taken, refusal.header.Get("Retry-After"))
	}
	if d := p.detail(c.ID); d.Case.Version != c.Version || len(d.Moves) != int(c.Version) || d.Moves[len(d.Moves)-1].Leaf != -1 {
		t.Errorf("reading goes on: version %d, want %d", d.Case.Version, c.Version)
	}
	if a := p.ask("POST", "/api/v1/cases", fields{"title": fields{"zh": "x", "en": "x"}, "text": "x", "severity": "minor"}); a.status != 503 {
		t.Errorf("a new case meanwhile: %d %s", a.status, a.body)
	}
	now := time.Now().UTC()
	p.push(gateRow("full", now, 20, 0)) // the situation is raised; its case waits
	c2 := dial(t, server)
	eventually(t, "the situation is raised all the same", patience, func() bool { return len(situationsOf(t, c2)) == 1 })
	mend()
	mended(t, p, server.Output, c, taken)
	if err := server.Stop(patience); err != nil {
		t.Fatal(err)
	}
	if said, sound := verify(t, "--data", s.data); !sound {
		t.Errorf("afterwards: %s", said)
	}
}

// mended holds that moves go on after the folder is there again.
func mended(t *testing.T, p *person, output func() string, c caseBody, taken int) {
	t.Helper()
	eventually(t, "moves go on", patience, func() bool {
		a := p.tryMove(&c, "note", fields{"text": "After."})
		if a.status == 200 {
			c.Version++
		}
		return a.status == 200
	})
	p.sealed()
	eventually(t, "the situation has its case", patience, func() bool { return len(p.cases("kind=gate-blocked")) == 1 })
	p.sealed()
	d := p.detail(c.ID)
	leaves := map[int64]bool{}
	for _, m := range d.Moves {
		if m.Leaf < 0 || leaves[m.Leaf] {
			t.Errorf("move %d has leaf %d", m.Seq, m.Leaf)
		}
		leaves[m.Leaf] = true
	}
	if len(d.Moves) != taken+2 {
		t.Errorf("%d moves, want %d: the first, those taken meanwhile, and the last", len(d.Moves), taken+2)
	}
	var v struct {
		Verified bool
		Moves    []struct{ State string }
	}
	p.must(200, "GET", "/api/v1/cases/"+c.ID+"/verification", nil, &v)
	if !v.Verified || len(v.Moves) != len(d.Moves) {
		t.Errorf("the case's evidence: %+v", v)
	}
	if !strings.Contains(output(), "records wait for their leaves") || !strings.Contains(output(), "get their leaves again") {
		t.Errorf("the log does not tell of it:\n%s", output())
	}
}

// TestKilledWhileLedgerIsAway kills the city while records wait that cannot get
// their leaves: it refuses to start without its evidence, and once that is back
// every record gets its leaf.
func TestKilledWhileLedgerIsAway(t *testing.T) {
	s := harbourSetup(t)
	server := s.start(t)
	p := nobody(t, server)
	c := p.report("Before")
	p.sealed()
	mend := moved(t, filepath.Join(s.data, "ledger", "log"))
	for n := range 5 {
		p.move(&c, "note", fields{"text": fmt.Sprintf("Note %d.", n)})
	}
	server.Kill()
	mentions(t, "the refusal to start", s.refuses(t), "ledger")
	mend()
	p = nobody(t, s.start(t))
	p.sealed()
	if d := p.detail(c.ID); d.Case.Version != c.Version || len(d.Moves) != 6 {
		t.Errorf("%d moves after it, want 6: %+v", len(d.Moves), d.Case)
	}
	if said, sound := verify(t, "--data", s.data); !sound {
		t.Errorf("while it runs: %s", said)
	}
}

// TestVerifyWhileTheCityRuns verifies again and again while many people work.
func TestVerifyWhileTheCityRuns(t *testing.T) {
	s := harbourSetup(t)
	p := nobody(t, s.start(t))
	stop := make(chan struct{})
	var working sync.WaitGroup
	for n := range 3 {
		c := p.report(fmt.Sprintf("Busy %d", n))
		working.Go(func() {
			for {
				select {
				case <-stop:
					return
				default:
				}
				a, err := p.try("POST", "/api/v1/cases/"+c.ID+"/moves", fields{"verb": "note", "version": c.Version, "text": "Still at it."})
				if err != nil || a.status != 200 {
					t.Errorf("a move while it is verified: %d %v %s", a.status, err, a.body)
					return
				}
				var d caseDetail
				if err := json.Unmarshal(a.body, &d); err != nil {
					t.Error(err)
					return
				}
				c = d.Case
			}
		})
	}
	for range 20 {
		if said, sound := verify(t, "--data", s.data); !sound {
			t.Errorf("while people work: %s", said)
		}
	}
	close(stop)
	working.Wait()
}

// TestFilesFolderUnwritable takes the folder of the files away: a file is
// refused with a clear reason, moves go on, and afterwards files too.
func TestFilesFolderUnwritable(t *testing.T) {
	s := harbourSetup(t)
	p := nobody(t, s.start(t))
	c := p.report("With a photo")
	attach := func() answer {
		return p.ask("POST", fmt.Sprintf("/api/v1/cases/%s/files?version=%d&name=a.png", c.ID, c.Version), smallPNG(t), "Content-Type", "image/png")
	}
	mend := moved(t, filepath.Join(s.data, "files"))
	a := attach()
	mentions(t, "the refusal", a.refusal(t, "a file that cannot be kept", 503).Detail, "file")
	if a.header.Get("Retry-After") == "" {
		t.Errorf("does not say when to try again: %v", a.header)
	}
	p.move(&c, "note", fields{"text": "Without the photo."})
	mend()
	if a := attach(); a.status != 200 {
		t.Errorf("afterwards: %d %.300s", a.status, a.body)
	}
	if d := p.detail(c.ID); len(d.Case.Files) != 1 || len(d.Moves) != 3 {
		t.Errorf("the case: %+v", d)
	}
}
