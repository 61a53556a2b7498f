package pack

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"citybrain/city"
)

// maxFileBytes bounds one file of a pack or city definition, where its layout
// sets no other bound.
const maxFileBytes = 4 << 20

// document is one file read.
type document struct {
	file string // as the user names it
	rel  string // within the folder, with slashes
	data []byte
}

// stem is the file's name without folder and extension.
func (d document) stem() string {
	name := d.rel[strings.LastIndexByte(d.rel, '/')+1:]
	return strings.TrimSuffix(name, ".yaml")
}

// layout says which files a kind of folder may hold.
type layout struct {
	what     string          // "a scenario pack"
	required []string        // files that must be there
	optional []string        // files that may be there
	folders  []string        // folders of .yaml files
	later    map[string]bool // folders of the design that this version does not know
	bounds   map[string]int64
}

func (l layout) hint() string {
	folders := make([]string, 0, len(l.folders))
	for _, f := range l.folders {
		folders = append(folders, f+"/*.yaml")
	}
	files := append(append([]string{}, l.required...), l.optional...)
	return l.what + " holds " + strings.Join(append(files, folders...), ", ") + ", README*"
}

// read reads every file that the layout knows, in the order of their names.
func (l layout) read(dir string) (map[string][]document, city.Faults) {
	out := map[string][]document{}
	if fault := l.missing(dir); fault != nil {
		return nil, city.Faults{*fault}
	}
	var faults city.Faults
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		rel := filepath.ToSlash(strings.TrimPrefix(strings.TrimPrefix(path, dir), string(filepath.Separator)))
		switch {
		case err != nil:
			faults = append(faults, unreadable(path, err))
			return skip(entry)
		case path == dir || l.passesOver(rel, entry):
			return nil
		case entry.IsDir():
			return l.enter(rel, path, &faults)
		}
		key, fault := l.place(rel)
		if fault != nil {
			fault.File = path
			faults = append(faults, *fault)
			return nil
		}
		data, err := readFile(path, entry, l.bound(rel))
		if err != nil {
			faults = append(faults, unreadable(path, err))
			return nil
		}
		out[key] = append(out[key], document{file: path, rel: rel, data: data})
		return nil
	})
	if err != nil {
		faults = append(faults, unreadable(dir, err))
	}
	for _, name := range l.required {
		if len(out[name]) == 0 {
			faults = append(faults, city.Fault{File: filepath.Join(dir, name), Rule: "missing-file", Text: "the file is missing", Hint: l.hint()})
		}
	}
	return out, faults
}

// missing says why dir is not a folder of this kind at all, and where the one
// that was meant may be.
func (l layout) missing(dir string) *city.Fault {
	main := l.required[0]
	info, err := os.Stat(dir)
	switch {
	case err != nil:
		return &city.Fault{File: dir, Rule: "no-folder", Text: "there is no such folder", Hint: l.hint()}
	case !info.IsDir() && filepath.Base(dir) == main:
		return &city.Fault{File: dir, Rule: "no-folder", Text: "this is a file; " + l.what + " is a folder", Hint: "give the folder: " + filepath.Dir(dir)}
	case !info.IsDir():
		return &city.Fault{File: dir, Rule: "no-folder", Text: "this is a file; " + l.what + " is a folder", Hint: "give the folder that holds " + main}
	}
	if _, err := os.Stat(filepath.Join(dir, main)); err == nil {
		return nil
	}
	if below, _ := filepath.Glob(filepath.Join(escaped(dir), "*", main)); len(below) > 0 {
		for i := range below {
			below[i] = filepath.Dir(below[i])
		}
		return &city.Fault{File: dir, Rule: "no-folder", Text: "this is not " + l.what + " but a folder that holds such", Hint: "give one of: " + strings.Join(below, ", ")}
	}
	return nil
}

// escaped is a path as a pattern that matches only itself.
func escaped(path string) string {
	return strings.NewReplacer(`\`, `\\`, "*", `\*`, "?", `\?`, "[", `\[`).Replace(path)
}

func skip(entry fs.DirEntry) error {
	if entry != nil && entry.IsDir() {
		return fs.SkipDir
	}
	return nil
}

func unreadable(path string, err error) city.Fault {
	return city.Fault{File: path, Rule: "unreadable", Text: err.Error()}
}

// passesOver says whether a file is nobody's business: a README at any level.
func (l layout) passesOver(rel string, entry fs.DirEntry) bool {
	name := rel[strings.LastIndexByte(rel, '/')+1:]
	return !entry.IsDir() && strings.HasPrefix(name, "README")
}

// enter decides about a folder: one whose files are read, or an unknown one,
// which is reported once and not entered.
func (l layout) enter(rel, path string, faults *city.Faults) error {
	top, _, _ := strings.Cut(rel, "/")
	if slices.Contains(l.folders, rel) || l.later[top] {
		return nil
	}
	*faults = append(*faults, city.Fault{File: path, Rule: "unknown-folder", Text: "the folder has no meaning here", Hint: l.hint()})
	return fs.SkipDir
}

// place is the key under which a file is kept: its name, or its folder.
func (l layout) place(rel string) (string, *city.Fault) {
	folder, name, nested := strings.Cut(rel, "/")
	switch {
	case nested && l.later[folder]:
		return "", &city.Fault{Rule: "later-version", Text: fmt.Sprintf("this version does not know %s/ yet: the file would have no effect", folder), Hint: "remove the file, or run a version that knows it"}
	case !nested && (slices.Contains(l.required, rel) || slices.Contains(l.optional, rel)):
		return rel, nil
	case nested && slices.Contains(l.folders, folder) && strings.HasSuffix(name, ".yaml"):
		return folder, nil
	case strings.HasSuffix(rel, ".yml"):
		return "", &city.Fault{Rule: "unknown-file", Text: "files end in .yaml, not .yml", Hint: "rename it"}
	}
	return "", &city.Fault{Rule: "unknown-file", Text: "the file has no meaning here", Hint: l.hint()}
}

// bound is how many bytes a file may have.
func (l layout) bound(rel string) int64 {
	if n, ok := l.bounds[rel]; ok {
		return n
	}
	return maxFileBytes
}

func readFile(path string, entry fs.DirEntry, bound int64) ([]byte, error) {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case !info.Mode().IsRegular():
		return nil, fmt.Errorf("%s is not a regular file", entry.Name())
	case info.Size() > bound:
		return nil, fmt.Errorf("the file has %d bytes; %d are allowed", info.Size(), bound)
	}
	return os.ReadFile(path)
}
