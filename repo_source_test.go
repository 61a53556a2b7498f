package citybrain_test

import (
	"go/ast"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The lengths of STYLE.md: past them, split by noun.
const (
	longFile, tooLongFile = 400, 600
	tooLongFunc           = 80
)

// TestTimeIsAnInput holds that domain code never reads the clock or waits, so
// that a replay, a drill and a test are one mechanism.
func TestTimeIsAnInput(t *testing.T) {
	rooms := []string{"city", "model", "history", "rule/...", "alarm", "catalog", "pack", "feed/mapping", "feed/crs", "bus", "casework", "identity", "ledger", "indicator", "sim", "sim/land", "sim/traffic"}
	clock := []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}
	for _, r := range loadTree(t).packages {
		if !matchAny(rooms, r.path) {
			continue
		}
		for _, s := range r.code() {
			name := importName(s.ast, "time")
			ast.Inspect(s.ast, func(n ast.Node) bool {
				if sel, ok := n.(*ast.SelectorExpr); ok && isName(sel.X, name) && slices.Contains(clock, sel.Sel.Name) {
					t.Errorf("%s:%d: package %s uses time.%s: time is an input, take a city.Instant (or a Clock, in the caller)", s.path, s.line(sel.Pos()), r.path, sel.Sel.Name)
				}
				return true
			})
		}
	}
}

// importName is the name under which f imports a package, or "" if it does not.
func importName(f *ast.File, importPath string) string {
	for _, spec := range f.Imports {
		if spec.Path.Value != `"`+importPath+`"` {
			continue
		}
		if spec.Name != nil {
			return spec.Name.Name
		}
		return path.Base(importPath)
	}
	return ""
}

func isName(x ast.Expr, name string) bool {
	id, ok := x.(*ast.Ident)
	return ok && name != "" && id.Name == name
}

// TestPackageDocs holds that every room says what it is for, where a reader
// looks for it.
func TestPackageDocs(t *testing.T) {
	for _, r := range loadTree(t).packages {
		files := r.code()
		if len(files) == 0 {
			files = r.sources // a room of tests
		}
		var docs []*source
		for _, s := range files {
			if s.ast.Doc != nil {
				docs = append(docs, s)
			}
		}
		switch {
		case len(docs) == 0:
			t.Errorf("package %s has no doc comment: write one in %s", r.path, path.Join(r.path, "doc.go"))
		case len(docs) > 1:
			t.Errorf("package %s has doc comments in %s and %s: keep one", r.path, docs[0].path, docs[1].path)
		case !slices.Contains([]string{"doc.go", "main.go"}, path.Base(docs[0].path)) && len(files) > 1:
			t.Errorf("package %s has several files and its doc comment in %s: move it to doc.go", r.path, docs[0].path)
		case !goodOpening(docs[0].ast):
			t.Errorf("%s: the doc comment must begin with \"Package %s \" (a command's with \"Command \")", docs[0].path, docs[0].ast.Name.Name)
		}
	}
}

func goodOpening(f *ast.File) bool {
	doc, name := f.Doc.Text(), strings.TrimSuffix(f.Name.Name, "_test")
	if name == "main" {
		return strings.HasPrefix(doc, "Command ")
	}
	return strings.HasPrefix(doc, "Package "+name+" ")
}

// TestExportedDocs holds that everything exported has a doc comment: they are
// the contracts between rooms.
func TestExportedDocs(t *testing.T) {
	for _, r := range loadTree(t).packages {
		for _, s := range r.code() {
			if s.ast.Name.Name == "main" {
				continue
			}
			for _, d := range s.ast.Decls {
				for _, name := range undocumented(d) {
					t.Errorf("%s:%d: exported %s has no doc comment", s.path, s.line(d.Pos()), name)
				}
			}
		}
	}
}

// selfExplaining are methods of the standard library's interfaces.
var selfExplaining = []string{"String", "Error", "Unwrap", "Len", "Less", "Swap", "Push", "Pop", "ServeHTTP"}

func undocumented(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		receiver := receiverType(d)
		if d.Doc != nil || !d.Name.IsExported() || receiver != "" && (!ast.IsExported(receiver) || slices.Contains(selfExplaining, d.Name.Name)) {
			return nil
		}
		return []string{strings.TrimPrefix(receiver+"."+d.Name.Name, ".")}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			names = append(names, undocumentedSpec(d, spec)...)
		}
	}
	return names
}

func undocumentedSpec(d *ast.GenDecl, spec ast.Spec) (names []string) {
	if d.Doc != nil { // a comment on the group is enough
		return nil
	}
	switch spec := spec.(type) {
	case *ast.TypeSpec:
		if spec.Name.IsExported() && spec.Doc == nil {
			names = append(names, spec.Name.Name)
		}
	case *ast.ValueSpec:
		if spec.Doc != nil || spec.Comment != nil {
			return nil
		}
		for _, n := range spec.Names {
			if n.IsExported() {
				names = append(names, n.Name)
			}
		}
	}
	return names
}

func receiverType(d *ast.FuncDecl) string {
	if d.Recv == nil || len(d.Recv.List) == 0 {
		return ""
	}
	x := d.Recv.List[0].Type
	for {
		switch t := x.(type) {
		case *ast.StarExpr:
			x = t.X
		case *ast.IndexExpr:
			x = t.X
		case *ast.IndexListExpr:
			x = t.X
		case *ast.Ident:
			return t.Name
		default:
			return ""
		}
	}
}

// TestLengths keeps files and functions short, tests too.
func TestLengths(t *testing.T) {
	tr := loadTree(t)
	for _, f := range tr.files {
		if path.Ext(f.path) != ".go" {
			continue
		}
		switch n := f.lines(); {
		case n > tooLongFile:
			t.Errorf("%s has %d lines, the most is %d: split it by noun", f.path, n, tooLongFile)
		case n > longFile:
			t.Logf("%s has %d lines: think of splitting it (aim at %d)", f.path, n, longFile)
		}
	}
	for _, r := range tr.packages {
		for _, s := range r.sources {
			for _, d := range s.ast.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok {
					continue
				}
				if n := s.line(f.End()) - s.line(f.Pos()) + 1; n > tooLongFunc {
					t.Errorf("%s:%d: %s has %d lines, the most is %d", s.path, s.line(f.Pos()), f.Name.Name, n, tooLongFunc)
				}
			}
		}
	}
}

// emptyNames are test names that say nothing about what must hold.
var emptyNames = regexp.MustCompile(`^Test(All|It|Basic|Simple|Misc|Stuff|Bug|Fix|Regression|Issue)?\d*$`)

// TestTestNames holds that a failing test's name says what broke, and that no
// name is a chain of underscores.
func TestTestNames(t *testing.T) {
	for _, r := range loadTree(t).packages {
		for _, s := range r.sources {
			for _, d := range s.ast.Decls {
				f, ok := d.(*ast.FuncDecl)
				if !ok || !s.test || f.Recv != nil || f.Name.Name == "TestMain" {
					continue
				}
				name := f.Name.Name
				if strings.HasPrefix(name, "Test") && (emptyNames.MatchString(name) || strings.Contains(name, "_")) {
					t.Errorf("%s:%d: %s: name the test after what must hold, in one CamelCase word", s.path, s.line(f.Pos()), name)
				}
			}
		}
	}
}

// TestPackageNames keeps folders words of the domain.
func TestPackageNames(t *testing.T) {
	for _, r := range loadTree(t).packages {
		for word := range strings.SplitSeq(r.path, "/") {
			if matched := regexp.MustCompile(`(?i)util|common|helper|manager|misc|shared|^pkg$|^lib$`).FindString(word); matched != "" {
				t.Errorf("package %s: %q is not a word of the domain", r.path, matched)
			}
		}
		for _, s := range r.code() {
			if want := path.Base(r.path); r.path != "." && s.ast.Name.Name != "main" && s.ast.Name.Name != want {
				t.Errorf("%s: package %s in folder %s: folder and package share one name", s.path, s.ast.Name.Name, want)
			}
		}
	}
}

// TestNoPromises holds that what is not finished is not in the code.
func TestNoPromises(t *testing.T) {
	promise := regexp.MustCompile(`\b(TODO|FIXME|XXX|HACK)\b|(?i:not implemented yet)`)
	for _, r := range loadTree(t).packages {
		for _, s := range r.sources {
			for _, group := range s.ast.Comments {
				if word := promise.FindString(group.Text()); word != "" && s.path != "repo_source_test.go" {
					t.Errorf("%s:%d: %s: finish it, or write it down as an issue", s.path, s.line(group.Pos()), word)
				}
			}
		}
	}
}

// TestFuzzCorpusHasItsTarget finds corpus folders that no test reads any more.
func TestFuzzCorpusHasItsTarget(t *testing.T) {
	tr := loadTree(t)
	targets := map[string]bool{}
	for _, r := range tr.packages {
		for _, s := range r.sources {
			for _, d := range s.ast.Decls {
				if f, ok := d.(*ast.FuncDecl); ok && s.test && strings.HasPrefix(f.Name.Name, "Fuzz") {
					targets[path.Join(r.path, "testdata/fuzz", f.Name.Name)] = true
				}
			}
		}
	}
	for _, f := range tr.files {
		if dir := path.Dir(f.path); strings.Contains(dir, "testdata/fuzz/") && !targets[dir] {
			t.Errorf("%s: no fuzz target of this name is left", f.path)
		}
	}
}
