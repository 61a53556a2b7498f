package packtest

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/pack"
	"citybrain/rule"
)

var fence = regexp.MustCompile("(?s)```(yaml|yaml wrong|faults|text)\n(.*?)```")

// TestManual runs every example of docs/rules.md: the rules of a section with
// the tests of the section, wrong rules with the faults shown below them.
func TestManual(t *testing.T) {
	data, err := os.ReadFile("../../docs/rules.md")
	if err != nil {
		t.Fatal(err)
	}
	ran := 0
	for _, section := range strings.Split(string(data), "\n## ") {
		title, _, _ := strings.Cut(section, "\n")
		t.Run(title, func(t *testing.T) { ran += runSection(t, section) })
	}
	if ran < 9 {
		t.Errorf("only %d tests stand in the manual", ran)
	}
	if n := strings.Count(string(data), "```") / 2; n != len(fence.FindAllString(string(data), -1)) {
		t.Errorf("some of %d blocks of the manual are of no known kind", n)
	}
}

func runSection(t *testing.T, section string) (ran int) {
	p := &pack.Pack{Name: "manual"}
	var tests []string
	wrong := ""
	for _, m := range fence.FindAllStringSubmatch(section, -1) {
		kind, text := m[1], m[2]
		switch {
		case kind == "yaml wrong":
			wrong = faults(text)
		case kind == "faults":
			if diff := cmp.Diff(strings.TrimSpace(text), wrong); diff != "" {
				t.Errorf("(-manual +got)\n%s", diff)
			}
		case kind == "yaml" && strings.Contains(text, "\ntests:"):
			tests = append(tests, text)
		case kind == "yaml":
			specs, fs := rule.Parse("rules.yaml", []byte(text))
			rules, more := rule.Compile(p.Name, specs)
			if fs = append(fs, more...); len(fs) > 0 {
				t.Fatal(fs)
			}
			p.Rules = append(p.Rules, rules...)
		}
	}
	if len(p.Rules) > 0 && len(tests) == 0 {
		t.Error("the section has rules that no test runs")
	}
	for _, text := range tests {
		list, fs := prepare(p, "manual", []byte(text))
		if len(fs) > 0 {
			t.Fatal(fs)
		}
		for i := range list {
			var out bytes.Buffer
			if ok, err := list[i].run(p, &out); !ok || err != nil {
				t.Errorf("%v\n%s", err, &out)
			}
			ran++
		}
	}
	return ran
}

func faults(text string) string {
	specs, fs := rule.Parse("rules.yaml", []byte(text))
	if len(fs) == 0 {
		_, fs = rule.Compile("manual", specs)
	}
	if len(fs) == 0 {
		return ""
	}
	return fs.Err().Error()
}

var guideFile = regexp.MustCompile("(?s)<!-- file packs/(\\S+) -->\n```yaml\n(.*?)```")

// TestGuide runs the tests of the pack that docs/pack-authors.md builds.
func TestGuide(t *testing.T) {
	text, err := os.ReadFile("../../docs/pack-authors.md")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, m := range guideFile.FindAllStringSubmatch(string(text), -1) {
		path := filepath.Join(dir, m[1])
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(m[2]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	if passed, failed, err := Run(filepath.Join(dir, "flood-watch"), &out); passed == 0 || failed > 0 || err != nil {
		t.Errorf("%d passed, %d failed, %v\n%s", passed, failed, err, &out)
	}
}
