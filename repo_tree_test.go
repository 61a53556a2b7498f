package citybrain_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// tree is what the rules look at: every file of the repository that is not
// ignored, and the packages among them.
type tree struct {
	files    []file
	packages []*room // sorted by path
	fset     *token.FileSet
}

// file is any file; path is relative to the root, with slashes.
type file struct {
	path string
	text []byte
}

// room is one package. imports are those of its files outside tests, ours
// without the module name; sources hold tests too.
type room struct {
	path    string
	imports []string
	sources []*source
	tree    map[string]*room
}

// source is one Go file.
type source struct {
	path string
	test bool
	ast  *ast.File
	fset *token.FileSet
}

func (s *source) line(p token.Pos) int { return s.fset.Position(p).Line }

// What is not in the repository, see .gitignore.
var (
	skipFolders    = []string{".git", "bin", "data", "console/node_modules", "console/dist", "test/browser/node_modules", "test/browser/results", "screenshots"}
	skipExtensions = []string{".test", ".prof", ".out"}
)

var readTree = sync.OnceValues(func() (*tree, error) {
	t := &tree{fset: token.NewFileSet()}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case slices.Contains(skipFolders, name) && d.IsDir():
			return fs.SkipDir
		case !d.Type().IsRegular(), slices.Contains(skipFolders, name), slices.Contains(skipExtensions, path.Ext(name)):
			return nil
		}
		text, err := os.ReadFile(name)
		t.files = append(t.files, file{name, text})
		return err
	})
	if err != nil {
		return nil, err
	}
	return t, t.parse()
})

func loadTree(t *testing.T) *tree {
	t.Helper()
	tr, err := readTree()
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

func (t *tree) parse() error {
	rooms := map[string]*room{}
	for _, f := range t.files {
		if path.Ext(f.path) != ".go" || strings.Contains(f.path, "testdata/") {
			continue
		}
		parsed, err := parser.ParseFile(t.fset, f.path, f.text, parser.ParseComments)
		if err != nil {
			return err
		}
		dir := path.Dir(f.path)
		if rooms[dir] == nil {
			rooms[dir] = &room{path: dir, tree: rooms}
			t.packages = append(t.packages, rooms[dir])
		}
		rooms[dir].add(&source{f.path, strings.HasSuffix(f.path, "_test.go"), parsed, t.fset})
	}
	slices.SortFunc(t.packages, func(a, b *room) int { return strings.Compare(a.path, b.path) })
	return nil
}

func (r *room) add(s *source) {
	r.sources = append(r.sources, s)
	if s.test {
		return
	}
	for _, spec := range s.ast.Imports {
		name, _ := strconv.Unquote(spec.Path.Value)
		name = strings.TrimPrefix(name, module+"/")
		if !slices.Contains(r.imports, name) {
			r.imports = append(r.imports, name)
		}
	}
}

// code are the sources outside tests.
func (r *room) code() []*source {
	return slices.DeleteFunc(slices.Clone(r.sources), func(s *source) bool { return s.test })
}

// reach lists the shortest way to each package that r depends on: through
// rooms of ours, or only its own imports if direct is set.
func (t *tree) reach(r *room, direct bool) (chains [][]string) {
	seen := map[string]bool{r.path: true}
	queue := [][]string{nil}
	for ; len(queue) > 0; queue = queue[1:] {
		chain, at := queue[0], r
		if len(chain) > 0 {
			at = r.tree[chain[len(chain)-1]]
		}
		for _, name := range at.imports {
			if seen[name] {
				continue
			}
			seen[name] = true
			next := append(slices.Clone(chain), name)
			chains = append(chains, next)
			if r.tree[name] != nil && !direct {
				queue = append(queue, next)
			}
		}
	}
	return chains
}

// ours says whether an import, written without the module name, is a package
// of this repository: its first folder exists here.
func ours(name string) bool {
	first, _, _ := strings.Cut(name, "/")
	info, err := os.Stat(first)
	return err == nil && info.IsDir()
}

func (f *file) lines() int { return bytes.Count(f.text, []byte("\n")) }

// isText says whether the text rules look at f: not compressed, not a corpus of
// the fuzzer.
func (f *file) isText() bool {
	return !bytes.ContainsRune(f.text, 0) && !strings.Contains(f.path, "testdata/fuzz/")
}
