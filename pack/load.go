package pack

import (
	"slices"
	"strings"

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
)

const manifestFile = "pack.yaml"

var packLayout = layout{
	what:     "a scenario pack",
	required: []string{manifestFile},
	folders:  []string{"standards", "rules", alarmsFolder, "procedures", "views", "tests"},
	later:    map[string]bool{"plans": true, "indicators": true},
}

// Load reads the scenario pack in a folder and checks everything in it, except
// its tests: packtest.Check checks and packtest.Run runs them. With faults the pack is
// incomplete and only good for checking what refers to it.
func Load(dir string) (*Pack, city.Faults) {
	files, fs := packLayout.read(dir)
	p := &Pack{Dir: dir, texts: map[city.EntityType]string{}, unread: map[city.EntityType]bool{}}
	manifestOK := false
	for _, d := range files[manifestFile] {
		faults := strictyaml.Decode(d.file, d.data, &p.manifest)
		if manifestOK = p.manifest.Line != 0; manifestOK {
			faults = append(faults, p.manifest.check(dir)...)
		}
		fs = append(fs, faults...)
	}
	p.take(&p.manifest)
	fs = append(fs, p.readStandards(files["standards"])...)
	faults := p.readRules(files["rules"])
	fs = append(fs, faults...)
	fs = append(fs, p.readAlarms(files[alarmsFolder])...)
	fs = append(fs, p.readProcedures(files["procedures"])...)
	fs = append(fs, p.readViews(files["views"])...)
	if manifestOK {
		fs = append(fs, p.manifest.checkNeeds(p)...)
		fs = append(fs, p.manifest.checkGives(p.situations, !p.lostRule)...)
		fs = append(fs, p.checkReasons()...)
	}
	for _, d := range files["tests"] {
		p.Tests = append(p.Tests, TestFile{File: d.file, Data: d.data})
	}
	return p, sorted(fs)
}

func (p *Pack) take(m *manifest) {
	p.Name, p.Version = m.Name, m.Version
	p.Title, p.Description, p.Purpose = m.Title.Names(), m.Description.Names(), m.Purpose.Names()
	p.Needs = Needs{Roles: m.Needs.Roles, Fields: m.fields()}
	p.Gives = Gives{Situations: m.Gives.Situations, Reasons: m.reasons()}
}

func (p *Pack) readStandards(files []document) city.Faults {
	var fs city.Faults
	for _, d := range files {
		std, faults := catalog.ParseStandard(d.file, d.data)
		fs = append(fs, faults...)
		if std.Type == "" {
			p.unread[city.EntityType(d.stem())] = true
			continue
		}
		if other := p.Standard(std.Type); other != nil {
			fs = append(fs, city.Fault{File: d.file, Line: std.Line, Rule: "repeated-standard", Text: "there is another standard for " + string(std.Type), Hint: "see " + other.File})
			continue
		}
		if d.stem() != string(std.Type) {
			fs = append(fs, city.Fault{File: d.file, Line: std.Line, Rule: "name-of-file", Text: "the file describes " + string(std.Type), Hint: "name it " + string(std.Type) + ".yaml"})
		}
		p.Standards = append(p.Standards, std)
		p.texts[std.Type] = string(d.data)
	}
	slices.SortFunc(p.Standards, func(a, b *catalog.Standard) int { return strings.Compare(string(a.Type), string(b.Type)) })
	return fs
}

// sorted puts faults in the order of files and lines, each once.
func sorted(fs city.Faults) city.Faults {
	said := map[city.Fault]bool{}
	fs = slices.DeleteFunc(fs, func(f city.Fault) bool {
		again := said[f]
		said[f] = true
		return again
	})
	slices.SortStableFunc(fs, func(a, b city.Fault) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return fs
}
