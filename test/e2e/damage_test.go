package e2e

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// filled runs a server until its data folder holds log, checkpoint and
// segments, and stops it. The ledger knows what was acknowledged.
func filled(t *testing.T) (setup, *ledger) {
	t.Helper()
	s := townSetup(t, busyFiles...)
	server := s.start(t)
	l := newLedger("filled", time.Now().UTC().Truncate(time.Second).Add(-10*24*time.Hour), 5)
	stop := make(chan struct{})
	time.AfterFunc(2*time.Second, func() { close(stop) })
	if err := l.write(server.Addr, stop); err != nil {
		t.Fatal(err)
	}
	if err := server.Stop(patience); err != nil {
		t.Fatal(err)
	}
	return s, l
}

// find lists the files below the data folder with names that match a pattern.
func (s setup) find(t *testing.T, pattern string) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(s.data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ok, _ := filepath.Match(pattern, entry.Name()); ok && !entry.IsDir() {
			found = append(found, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no %s below %s", pattern, s.data)
	}
	return found
}

// damage overwrites the middle of a file.
func damage(t *testing.T, path string, offset float64) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := int(offset * float64(len(text)))
	for i := at; i < min(at+512, len(text)); i++ {
		text[i] ^= 0x5a
	}
	if err := os.WriteFile(path, text, 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestDamagedFilesAreNoticed damages one kind of file at a time. The program
// either refuses to start and names the file, or starts and answers a problem
// where it needs what is damaged. It never answers as if nothing had been.
func TestDamagedFilesAreNoticed(t *testing.T) {
	skipIfShort(t, "every case fills a data folder")
	for name, c := range map[string]struct {
		harm func(t *testing.T, s setup)
		said []string // by the refusal
	}{
		"records: no database": {func(t *testing.T, s setup) { damage(t, s.find(t, "records.db")[0], 0) }, []string{"records.db"}},
		"records: cut": {func(t *testing.T, s setup) {
			path := s.find(t, "records.db")[0]
			info, err := os.Stat(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.Truncate(path, info.Size()/2); err != nil {
				t.Fatal(err)
			}
		}, []string{"records.db"}},
		"records: gone": {func(t *testing.T, s setup) {
			for _, path := range s.find(t, "records.db*") {
				os.Remove(path)
			}
		}, []string{"history", "database"}},
		"log: a block changed": {func(t *testing.T, s setup) {
			blocks := s.find(t, "*.blk")
			damage(t, blocks[len(blocks)-1], 0.5)
		}, []string{"log", "damaged"}},
		"log: a clustered server's": {func(t *testing.T, s setup) {
			log := filepath.Dir(s.find(t, "CITYBRAIN-LOG")[0])
			if err := os.MkdirAll(filepath.Join(log, "jetstream", "$SYS", "_js_", "_meta_"), 0o755); err != nil {
				t.Fatal(err)
			}
		}, []string{"cluster", "log"}},
		"past: a segment gone": {func(t *testing.T, s setup) {
			os.Remove(s.find(t, "*.parquet")[0])
		}, []string{".parquet"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s, _ := filled(t)
			c.harm(t, s)
			mentions(t, "the refusal", s.refuses(t), c.said...)
		})
	}
}

// TestDamagedRecordsAreNoticed changes bytes inside the database, wherever that
// is: the program refuses to start, or it was of no matter and everything
// acknowledged is there.
func TestDamagedRecordsAreNoticed(t *testing.T) {
	skipIfShort(t, "every case fills a data folder")
	for _, offset := range []float64{0.1, 0.3, 0.5, 0.7, 0.9, 0.99} {
		t.Run(strconv.FormatFloat(offset, 'g', -1, 64), func(t *testing.T) {
			t.Parallel()
			s, l := filled(t)
			damage(t, s.find(t, "records.db")[0], offset)
			server, err := s.tryStart(t)
			if err != nil {
				t.Logf("refused: %.300s", lastLine(server.Output()))
				mentions(t, "the refusal", server.Output(), "records.db")
				return
			}
			l.check(t, dial(t, server), l.ids)
		})
	}
}

func lastLine(text string) string {
	text = strings.TrimSpace(text)
	return text[strings.LastIndexByte(text, '\n')+1:]
}

// TestDamagedSegmentIsNotRead changes bytes inside every segment: reading the
// past answers a problem that names a file, and the rest still works.
func TestDamagedSegmentIsNotRead(t *testing.T) {
	skipIfShort(t, "fills a data folder")
	s, _ := filled(t)
	for _, path := range s.find(t, "*.parquet") {
		damage(t, path, 0.3)
	}
	server, err := s.tryStart(t)
	if err != nil {
		mentions(t, "the refusal", server.Output(), ".parquet")
		return
	}
	c := dial(t, server)
	problems := 0
	for n := 1; n <= 20; n++ {
		id := fmt.Sprintf("urn:ngsi-ld:Vehicle:filled-%d", n)
		a, err := c.Do("GET", "/ngsi-ld/v1/temporal/entities/"+id, nil)
		if err != nil {
			t.Fatal(err)
		}
		if a.Status == 200 || a.Status == 206 || a.Status == 404 {
			continue
		}
		p := refused(t, "reading a damaged segment", a, 503)
		mentions(t, "the problem", p.Detail, ".parquet")
		problems++
	}
	if problems == 0 {
		t.Error("no read noticed that every segment is damaged")
	}
	a, err := c.Do("POST", entitiesPath, []byte(`{"id":"urn:ngsi-ld:Vehicle:after","type":"Vehicle"}`))
	if err != nil || a.Status != 201 {
		t.Errorf("writing besides a damaged segment: %d %s %v", a.Status, a.Body, err)
	}
}

// TestCutTailOfTheLogIsNotAnError cuts the last bytes of the newest block, as a
// power cut may do: what was synced before is there.
func TestCutTailOfTheLogIsNotAnError(t *testing.T) {
	skipIfShort(t, "fills a data folder")
	s, _ := filled(t)
	blocks := s.find(t, "*.blk")
	newest := blocks[len(blocks)-1]
	info, err := os.Stat(newest)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(newest, info.Size()-7); err != nil {
		t.Fatal(err)
	}
	server, err := s.tryStart(t)
	switch {
	case err == nil:
		c := dial(t, server)
		if a, err := c.Do("GET", entitiesPath+"/urn:ngsi-ld:Vehicle:filled-1", nil); err != nil || a.Status != 200 {
			t.Errorf("the oldest entity: %d %v", a.Status, err)
		}
	case !strings.Contains(server.Output(), "log"):
		t.Errorf("refused without naming the log:\n%s", server.Output())
	}
}
