package strictyaml

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

type file struct {
	Pos
	Name  string            `yaml:"name,required"`
	Limit *int              `yaml:"limit"`
	Wait  time.Duration     `yaml:"wait"`
	On    bool              `yaml:"on"`
	Share float64           `yaml:"share"`
	List  []item            `yaml:"list"`
	Tree  nested            `yaml:"tree"`
	Map   map[string]string `yaml:"map"`
}

type item struct {
	Pos
	ID string `yaml:"id,required"`
}

func TestDecode(t *testing.T) {
	var f file
	faults := Decode("a.yaml", []byte("name: 路\nlimit: 3\nwait: 7d\non: true\nshare: .5\nlist:\n  - id: x\n  - id: 2\nmap: {k: v}\n"), &f)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if f.Name != "路" || *f.Limit != 3 || f.Wait != 7*24*time.Hour || !f.On || f.Share != .5 || f.List[1].ID != "2" || f.Map["k"] != "v" {
		t.Errorf("%+v", f)
	}
	if f.At("wait") != 3 || f.List[1].Line != 8 || !f.Has("on") || f.Has("off") {
		t.Errorf("lines: wait %d, second item %d", f.At("wait"), f.List[1].Line)
	}
}

// TestFaults decodes wrong files; each fault stands as "line rule text".
func TestFaults(t *testing.T) {
	for in, want := range map[string][]string{
		"":                             {"0 empty the file holds nothing"},
		"name: [":                      {"1 yaml did not find expected node content"},
		"name: a\n---\nname: b\n":      {"2 one-document the file holds more than one YAML document"},
		"nam: a\n":                     {"1 unknown-key nam is not a key here", "1 missing-key name is missing"},
		"name: a\nname: b\n":           {"2 repeated-key name is written twice"},
		"name: a\nlimit: many\n":       {`2 wrong-type limit is "many", want a whole number`},
		"name: a\nwait: soon\n":        {`2 wrong-type wait is "soon", want a duration such as 90s, 10m, 12h or 7d`},
		"name: a\non: 3\nshare: x\n":   {`2 wrong-type on is "3", want true or false`, `3 wrong-type share is "x", want a number`},
		"name: {a: b}\n":               {"1 wrong-type name is a mapping, want a text"},
		"name: a\nlist: x\n":           {`2 wrong-type list is "x", want a list`},
		"name: a\nlist:\n  - {}\n":     {"3 missing-key list[0].id is missing"},
		"- a\n":                        {"1 wrong-type the file is a list, want a mapping (key: value)"},
		"name: a\nmap: {k: 1, k: 2}\n": {"2 repeated-key map.k is written twice"},
	} {
		var got []string
		for _, f := range Decode("a.yaml", []byte(in), &file{}) {
			got = append(got, strings.TrimSpace(itoa(f.Line)+" "+f.Rule+" "+f.Text))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: %s", in, diff)
		}
	}
}

// TestAliasesDoNotExplode decodes a file whose aliases stand for 2^60 values.
func TestAliasesDoNotExplode(t *testing.T) {
	var into struct {
		A [][][]string `yaml:"a"`
		N nested       `yaml:"n"`
	}
	faults := Decode("a.yaml", []byte("n: &n {x: [*n, *n]}\n"), &into)
	if len(faults) == 0 || faults[len(faults)-1].Rule != "size" && faults[0].Rule != "depth" {
		t.Errorf("faults: %d", len(faults))
	}
	if len(faults) > 2*maxNodes {
		t.Errorf("%d faults", len(faults))
	}
}

type nested struct {
	X []nested `yaml:"x"`
}

func itoa(n int) string { return string(rune('0' + n)) }

func FuzzDecode(f *testing.F) {
	f.Add("name: a\nlist: [{id: x}]\n")
	f.Add("name: &a [*a]\n")
	f.Add("tree: &a {x: [*a, *a]}\n")
	f.Add("a: &x {b: &y {c: 1}}\nlist: [*x, *y]\n")
	f.Fuzz(func(_ *testing.T, text string) { Decode("f.yaml", []byte(text), &file{}) })
}
