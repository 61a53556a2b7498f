package pack

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	guideFile   = regexp.MustCompile("(?s)<!-- file (\\S+) -->\n```(?:yaml|geojson)\n(.*?)```")
	guideChange = regexp.MustCompile(`<!-- change (\S+): (.*?) ⇒ (.*?) -->`)
	guideFaults = regexp.MustCompile("(?s)```faults\n(.*?)```")
)

func TestGuideExamplesLoad(t *testing.T) {
	text, err := os.ReadFile("../docs/pack-authors.md")
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{}
	for _, m := range guideFile.FindAllStringSubmatch(string(text), -1) {
		files[m[1]] = m[2]
	}
	if n := strings.Count(string(text), "```yaml") + strings.Count(string(text), "```geojson"); n != len(files) {
		t.Errorf("%d examples in the guide, %d of them named as files", n, len(files))
	}
	if diff := cmp.Diff("", guideFaultsOf(t, files)); diff != "" {
		t.Errorf("faults of the guide's examples:\n%s", diff)
	}
	for _, m := range guideChange.FindAllStringSubmatch(string(text), -1) {
		if !strings.Contains(files[m[1]], m[2]) {
			t.Fatalf("%s does not hold %q", m[1], m[2])
		}
		files[m[1]] = strings.Replace(files[m[1]], m[2], m[3], 1)
	}
	want := guideFaults.FindStringSubmatch(string(text))[1]
	if diff := cmp.Diff(want, guideFaultsOf(t, files)); diff != "" {
		t.Errorf("faults that the guide shows (-guide +got):\n%s", diff)
	}
}

func guideFaultsOf(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		lay(t, dir, []document{{rel: name, data: []byte(text)}})
	}
	_, fs := LoadCity(filepath.Join(dir, "cities/riverton"), filepath.Join(dir, "packs"))
	return strings.ReplaceAll(lines(fs), dir+string(filepath.Separator), "")
}
