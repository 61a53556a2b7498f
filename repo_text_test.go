package citybrain_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// forbidden is a text that must not stand in some files.
type forbidden struct {
	text  *regexp.Regexp
	in    func(name string) bool
	why   string
	where string // how the message names the files
}

// oneCity are names of the test city and its garages, and of the other city
// that tests use. What is particular to a city is data.
const oneCity = `(?i)\b(aarhus|århus|aarhuus|citypulse|nyc|new york|skolebakken|norreport|busgadehuset|scandcenter|bruuns|magasin|kalkvaerksvej|salling)\b`

var forbiddenTexts = []forbidden{
	{regexp.MustCompile(oneCity), codeOfAnyCity,
		"everything particular to a city is data in cities/", "Go code outside tests"},
	{regexp.MustCompile(oneCity), func(n string) bool { return strings.HasPrefix(n, "packs/") && !strings.Contains(n, "/tests/") },
		"another city takes a pack over unchanged", "packs/"},
	{regexp.MustCompile(`\.\./` + `shared\b`), func(n string) bool { return n != ".ci/run" },
		"tests find real data through CITYBRAIN_DATA; only .ci/run knows where it lies", "files other than .ci/run"},
	{regexp.MustCompile(`(^|[\s"'=(` + "`" + `:])(/(work|root|Users)/|/home/\w|[A-Z]:\\(Users|Windows|Program))`), everywhere,
		"a path of one machine means nothing on another", "any file"},
	{regexp.MustCompile(`(?i)\b(proxy\.golang` + `\.org|sum\.golang` + `\.org|goproxy\.(cn|io)|registry\.npm\w*\.(org|com)|docker\.io|ghcr\.io|quay\.io|gcr\.io)\b`), everywhere,
		"where packages come from is set on the machine, not here", "any file"},
}

func everywhere(string) bool { return true }

func codeOfAnyCity(name string) bool {
	return path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go") && !strings.HasPrefix(name, "test/")
}

// TestForbiddenTexts holds what a file may not name: a city, a machine.
func TestForbiddenTexts(t *testing.T) {
	for _, f := range loadTree(t).files {
		if f.path == "repo_text_test.go" || !f.isText() {
			continue
		}
		for _, rule := range forbiddenTexts {
			if !rule.in(f.path) {
				continue
			}
			for i, line := range strings.Split(string(f.text), "\n") {
				if found := rule.text.FindString(line); found != "" {
					t.Errorf("%s:%d: %q must not stand in %s: %s", f.path, i+1, strings.TrimSpace(found), rule.where, rule.why)
				}
			}
		}
	}
}

// TestPacksAndCitiesAreData holds that a scenario or a city needs no code.
func TestPacksAndCitiesAreData(t *testing.T) {
	for _, f := range loadTree(t).files {
		if (strings.HasPrefix(f.path, "packs/") || strings.HasPrefix(f.path, "cities/")) && path.Ext(f.path) == ".go" {
			t.Errorf("%s: packs/ and cities/ hold no Go: a missing ability belongs in an engine", f.path)
		}
	}
}

// TestModule holds what go.mod may say: no replace, so that `go install` works
// from outside; one toolchain for everybody.
func TestModule(t *testing.T) {
	mod := read(t, "go.mod")
	for _, word := range []string{"replace", "exclude"} {
		if regexp.MustCompile(`(?m)^\s*` + word + `\b`).MatchString(mod) {
			t.Errorf("go.mod has a %s directive: depend on a version that works", word)
		}
	}
	if !regexp.MustCompile(`(?m)^toolchain go1\.\d+\.\d+$`).MatchString(mod) {
		t.Error("go.mod has no toolchain line with an exact version")
	}
	if !strings.HasPrefix(mod, "module "+module+"\n") {
		t.Errorf("go.mod does not name the module %s", module)
	}
}

// TestEveryDependencyIsDecided holds that a direct dependency has a decision.
func TestEveryDependencyIsDecided(t *testing.T) {
	var decisions strings.Builder
	for _, name := range decisionFiles(t) {
		decisions.WriteString(read(t, name))
	}
	for _, m := range regexp.MustCompile(`(?m)^\t(\S+) v\S+$`).FindAllStringSubmatch(read(t, "go.mod"), -1) {
		if !strings.Contains(decisions.String(), "`"+m[1]+"`") {
			t.Errorf("go.mod requires %s, which no file of docs/decisions names: say why this one, and what else was looked at", m[1])
		}
	}
}

// TestDecisions holds the form of the decisions: numbered without gaps, a title,
// about ten lines.
func TestDecisions(t *testing.T) {
	title := regexp.MustCompile(`^# (\d{4}) \S`)
	for i, name := range decisionFiles(t) {
		text, number := read(t, name), fmt.Sprintf("%04d", i+1)
		m := title.FindStringSubmatch(text)
		switch n := strings.Count(text, "\n"); {
		case m == nil:
			t.Errorf("%s does not begin with \"# NNNN title\"", name)
		case !strings.HasPrefix(path.Base(name), m[1]+"-"):
			t.Errorf("%s and its title %q have different numbers", name, m[0])
		case n > 20:
			t.Errorf("%s has %d lines: a decision takes about ten, at most 20", name, n)
		case m[1] != number:
			t.Fatalf("%s should be number %s: numbers have no gaps", name, number)
		}
	}
}

func decisionFiles(t *testing.T) (names []string) {
	for _, f := range loadTree(t).files {
		if strings.HasPrefix(f.path, "docs/decisions/") {
			names = append(names, f.path)
		}
	}
	if len(names) == 0 {
		t.Fatal("docs/decisions is empty")
	}
	slices.Sort(names)
	return names
}

// TestLicence holds that LICENSE is Apache-2.0 to the letter.
func TestLicence(t *testing.T) {
	const apache2 = "cfc7749b96f63bd31c3c42b5c471bf756814053e847c10f3eb003417bc523d30"
	sum := sha256.Sum256([]byte(read(t, "LICENSE")))
	if got := hex.EncodeToString(sum[:]); got != apache2 {
		t.Errorf("LICENSE is not the text of the Apache License 2.0 (SHA-256 %s, want %s)", got, apache2)
	}
}

// TestLinks holds that links between the documents lead somewhere.
func TestLinks(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#\s]+)(#[^)]*)?\)`)
	for _, f := range loadTree(t).files {
		if path.Ext(f.path) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(string(f.text), -1) {
			if strings.Contains(m[1], "://") || strings.HasPrefix(m[1], "mailto:") {
				continue
			}
			if _, err := os.Stat(path.Join(path.Dir(f.path), m[1])); err != nil {
				t.Errorf("%s: the link to %s leads nowhere", f.path, m[1])
			}
		}
	}
}

// TestFiles holds the tidiness of every file: a size that fits a review, a last
// line that ends, nothing left behind by a tool.
func TestFiles(t *testing.T) {
	const most = 512 << 10
	leftBehind := regexp.MustCompile(`(?i)\.(orig|rej|bak|swp|tmp|log|exe|db|sqlite|zip|jar)$|~$|^\.DS_Store$`)
	for _, f := range loadTree(t).files {
		if len(f.text) > most {
			t.Errorf("%s has %d KiB, the most is %d: real data stays outside (CITYBRAIN_DATA)", f.path, len(f.text)>>10, most>>10)
		}
		if leftBehind.MatchString(path.Base(f.path)) {
			t.Errorf("%s looks like something a tool left behind", f.path)
		}
		if strings.Contains(f.path, "testdata/") || !f.isText() || len(f.text) == 0 {
			continue
		}
		if f.text[len(f.text)-1] != '\n' {
			t.Errorf("%s: the last line does not end", f.path)
		}
		if strings.Contains(string(f.text), "\r\n") {
			t.Errorf("%s: lines end with CR LF (want LF)", f.path)
		}
	}
}

// TestRunScript holds that CI can start .ci/run.
func TestRunScript(t *testing.T) {
	info, err := os.Stat(".ci/run")
	if err != nil {
		t.Fatal(err)
	}
	if info.Mode()&0o111 == 0 {
		t.Error(".ci/run is not executable")
	}
	if !strings.Contains(read(t, ".ci/run"), "set -euo pipefail") {
		t.Error(".ci/run goes on after an error: set -euo pipefail")
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
