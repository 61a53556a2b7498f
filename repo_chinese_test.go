package citybrain_test

import (
	"path"
	"regexp"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

var (
	// narrowMark is a half-width mark of punctuation beside a Chinese character.
	narrowMark = regexp.MustCompile(`\p{Han}[,;:()!?]|[,;:()!?]\p{Han}`)

	yamlFence  = regexp.MustCompile("(?ms)^```yaml[^\n]*\n(.*?)^```")
	codeInText = regexp.MustCompile("(?ms)^```.*?^```|`[^`\n]*`|\\]\\([^)]*\\)|<https?://[^>]*>")
)

// TestChinesePunctuation holds that Chinese texts have Chinese punctuation: the
// zh texts of packs, cities and the guides' examples, and README.zh-CN.md.
func TestChinesePunctuation(t *testing.T) {
	texts := 0
	for _, f := range loadTree(t).files {
		switch path.Ext(f.path) {
		case ".yaml":
			texts += checkChinese(t, f.path, 0, f.text)
		case ".md":
			for _, m := range yamlFence.FindAllSubmatchIndex(f.text, -1) {
				before := strings.Count(string(f.text[:m[2]]), "\n")
				texts += checkChinese(t, f.path, before, f.text[m[2]:m[3]])
			}
		}
	}
	if texts < 50 {
		t.Errorf("only %d Chinese texts found", texts)
	}
	prose := codeInText.ReplaceAllStringFunc(read(t, "README.zh-CN.md"), func(code string) string {
		return " " + strings.Repeat("\n", strings.Count(code, "\n"))
	})
	for i, line := range strings.Split(prose, "\n") {
		if mark := narrowMark.FindString(line); mark != "" {
			t.Errorf("README.zh-CN.md:%d: %q: write full-width punctuation in Chinese", i+1, mark)
		}
	}
}

// checkChinese looks at every text under a key zh and counts them. What is no
// YAML, such as an example of a mistake, has none.
func checkChinese(t *testing.T, name string, linesBefore int, text []byte) (texts int) {
	var root yaml.Node
	if yaml.Unmarshal(text, &root) != nil {
		return 0
	}
	var visit func(n *yaml.Node)
	visit = func(n *yaml.Node) {
		for i, child := range n.Content {
			visit(child)
			if n.Kind != yaml.MappingNode || i%2 == 0 || n.Content[i-1].Value != "zh" {
				continue
			}
			texts++
			if mark := narrowMark.FindString(child.Value); mark != "" {
				t.Errorf("%s:%d: %q: write full-width punctuation in Chinese", name, linesBefore+child.Line, mark)
			}
		}
	}
	visit(&root)
	return texts
}
