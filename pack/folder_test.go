package pack

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func TestUnreadableFilesAreFaults(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, readFaultFile(t, "testdata/base.txt").files)
	large := append([]byte("rules: []\n#"), make([]byte, maxFileBytes)...)
	lay(t, dir, []document{{rel: "city/quality.yaml", data: large}, {rel: "city/calendar.yaml", data: []byte(removed)}})
	if err := os.Symlink(filepath.Join(dir, "packs"), filepath.Join(dir, "city", "calendar.yaml")); err != nil {
		t.Fatal(err)
	}
	got := faultsOf(dir)
	for _, want := range []string{
		"city/calendar.yaml: unreadable: calendar.yaml is not a regular file",
		"city/quality.yaml: unreadable: the file has 4194315 bytes; 4194304 are allowed",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("faults:\n%swant among them:\n%s", got, want)
		}
	}
}

func TestFolderNamesMayHaveTrailingSlashes(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, readFaultFile(t, "testdata/base.txt").files)
	if _, fs := LoadCity(filepath.Join(dir, "city")+"/", filepath.Join(dir, "packs")+"//"); len(fs) > 0 {
		t.Error(fs)
	}
	t.Chdir(filepath.Join(dir, "packs", "demo"))
	if p, fs := Load("."); len(fs) > 0 || p.Name != "demo" {
		t.Errorf("pack %q: %v", p.Name, fs)
	}
}

// TestWrongFolders holds that a path beside the folder meant is answered with
// that folder.
func TestWrongFolders(t *testing.T) {
	dir := t.TempDir()
	for name, under := range map[string]string{"one": "a", "[two]": "a", "three": "b"} {
		lay(t, dir, []document{{rel: under + "/" + name + "/city.yaml", data: []byte("packs: []\n")}, {rel: under + "/" + name + "/pack.yaml", data: []byte("name: x\n")}})
	}
	t.Chdir(dir)
	of := func(load func(string) city.Faults, dir string) string { return lines(load(dir)) }
	loadPack := func(dir string) city.Faults { _, fs := Load(dir); return fs }
	loadCity := func(dir string) city.Faults { _, fs := LoadCity(dir, "packs"); return fs }
	for _, c := range []struct {
		got, want string
	}{
		{of(loadPack, "b/three/pack.yaml"), "b/three/pack.yaml: no-folder: this is a file; a scenario pack is a folder (give the folder: b/three)\n"},
		{of(loadCity, "b/three/pack.yaml"), "b/three/pack.yaml: no-folder: this is a file; a city definition is a folder (give the folder that holds city.yaml)\n"},
		{of(loadPack, "b"), "b: no-folder: this is not a scenario pack but a folder that holds such (give one of: b/three)\n"},
		{of(loadCity, "a/"), "a/: no-folder: this is not a city definition but a folder that holds such (give one of: a/[two], a/one)\n"},
	} {
		if diff := cmp.Diff(c.want, c.got); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
	if got := of(loadPack, "a/[two]/none"); !strings.HasPrefix(got, "a/[two]/none: no-folder: there is no such folder") {
		t.Error(got)
	}
}

// TestEveryFaultHasAFile holds that each kind of fault that catalog/, pack/
// and the procedures of casework/ report is shown by a file in testdata/faults.
func TestEveryFaultHasAFile(t *testing.T) {
	elsewhere := map[string]bool{
		"unreadable":     true, // TestUnreadableFilesAreFaults
		"missing-title":  true, // TestAdviceNamesWhatPeopleWouldReadAsItStands
		"missing-value":  true,
		"missing-reason": true,
		"unknown-role":   true, // of a city it is missing-role, said of the pack
		"unknown-rule":   true, // TestTrialTakesThePlaceOfPackAndRules
	}
	inCode := regexp.MustCompile(`\.[fF]ault\((?:[^,()]+(?:\(\))?, )?"([a-z-]+)"|(?:here\(|Rule: )"([a-z-]+)"`)
	expected := map[string]bool{}
	paths, _ := filepath.Glob("testdata/faults/*.txt")
	for _, path := range paths {
		for line := range strings.Lines(readFaultFile(t, path).expect) {
			if parts := strings.SplitN(line, ": ", 3); len(parts) == 3 {
				expected[parts[1]] = true
			}
		}
	}
	sources, _ := filepath.Glob("*.go")
	more, _ := filepath.Glob("../catalog/*.go")
	procedures, _ := filepath.Glob("../casework/procedure*.go")
	found := 0
	for _, path := range slices.Concat(sources, more, procedures) {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		for _, m := range inCode.FindAllStringSubmatch(string(text), -1) {
			found++
			if rule := m[1] + m[2]; !expected[rule] && !elsewhere[rule] {
				t.Errorf("%s: no file in testdata/faults shows the fault %s", path, rule)
			}
		}
	}
	if found < 50 {
		t.Errorf("only %d faults found in the code", found)
	}
}
