package pack

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

var update = flag.Bool("update", false, "write the faults found into testdata/faults")

// A fault file holds a line or more about what is wrong, then files as
// "-- name --" and their lines ("-- name -- removed" takes one away), then
// "== expect" and one fault a line. Its files go over those of base.txt.
type faultFile struct {
	about  string
	files  []document
	expect string
}

const removed = " removed"

func readFaultFile(t *testing.T, path string) faultFile {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var f faultFile
	body, expect, found := strings.Cut(string(data), "== expect\n")
	if !found {
		t.Fatalf("%s has no line == expect", path)
	}
	f.expect = expect
	for i, part := range strings.Split("\n"+body, "\n-- ") {
		if i == 0 {
			f.about = part
			continue
		}
		head, text, _ := strings.Cut(part, "\n")
		name, rest, _ := strings.Cut(head, " --")
		if rest == removed {
			text = removed
		} else if text != "" && !strings.HasSuffix(text, "\n") {
			text += "\n"
		}
		f.files = append(f.files, document{rel: name, data: []byte(text)})
	}
	return f
}

// lay writes files into a folder, later ones over earlier ones.
func lay(t *testing.T, dir string, files []document) {
	t.Helper()
	for _, d := range files {
		path := filepath.Join(dir, filepath.FromSlash(d.rel))
		if string(d.data) == removed {
			if err := os.RemoveAll(path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, d.data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

// faultsOf loads the city in dir and lists its faults without the name of dir.
func faultsOf(dir string) string {
	_, fs := LoadCity(filepath.Join(dir, "city"), filepath.Join(dir, "packs"))
	return strings.ReplaceAll(lines(fs), dir+string(filepath.Separator), "")
}

func lines(fs city.Faults) string {
	if len(fs) == 0 {
		return ""
	}
	return fs.Error() + "\n"
}

func TestFaultFiles(t *testing.T) {
	base := readFaultFile(t, "testdata/base.txt")
	paths, _ := filepath.Glob("testdata/faults/*.txt")
	if len(paths) < 10 {
		t.Fatalf("only %d fault files", len(paths))
	}
	for _, path := range append([]string{"testdata/base.txt"}, paths...) {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txt"), func(t *testing.T) {
			f := readFaultFile(t, path)
			dir := t.TempDir()
			lay(t, dir, base.files)
			lay(t, dir, f.files)
			got := faultsOf(dir)
			if *update && path != "testdata/base.txt" {
				writeExpected(t, path, got)
				return
			}
			if diff := cmp.Diff(f.expect, got); diff != "" {
				t.Errorf("faults of %s (-want +got):\n%s", path, diff)
			}
		})
	}
}

func writeExpected(t *testing.T, path, faults string) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	body, _, _ := strings.Cut(string(data), "== expect\n")
	if err := os.WriteFile(path, []byte(body+"== expect\n"+faults), 0o644); err != nil {
		t.Fatal(err)
	}
}
