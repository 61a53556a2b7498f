package pack

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a city's zone must not depend on the machine's zone files

	"citybrain/catalog"
	"citybrain/city"
	"citybrain/internal/strictyaml"
	"citybrain/rule"
)

var cityLayout = layout{
	what:     "a city definition",
	required: []string{"city.yaml", "agencies.yaml"},
	optional: []string{postsFile, "quality.yaml", "calendar.yaml", "areas.yaml", alarmsFile, basemapFile},
	folders:  []string{"feeds"},
	bounds:   map[string]int64{basemapFile: maxBasemapBytes},
}

// cityFile is the form of city.yaml.
type cityFile struct {
	strictyaml.Pos
	Name      catalog.Text `yaml:"name,required"`
	Note      catalog.Text `yaml:"note"`
	Zone      string       `yaml:"zone,required"`
	Languages []string     `yaml:"languages,required"`
	View      viewFile     `yaml:"view,required"`
	Packs     []string     `yaml:"packs,required"`
	Simulated bool         `yaml:"simulated"`
}

// LoadCity reads the city definition in dir and the packs it enables from
// packsDir, and checks everything in them and between them. With faults the
// city is incomplete and must not be run.
func LoadCity(dir, packsDir string) (*City, city.Faults) {
	return LoadTrial(dir, Trial{PacksDir: packsDir})
}

// load reads and checks everything.
func (c *City) load(dir string) city.Faults {
	files, fs := cityLayout.read(dir)
	c.Agencies, c.Quality, c.feedFacts = &catalog.Agencies{}, &catalog.Quality{}, map[city.SourceID]feedFact{}
	for _, d := range files["agencies.yaml"] {
		agencies, faults := catalog.ParseAgencies(d.file, d.data)
		c.Agencies, fs = agencies, append(fs, faults...)
	}
	for _, d := range files["city.yaml"] {
		fs = append(fs, c.readCity(d)...)
	}
	fs = append(fs, c.tryRules()...)
	fs = append(fs, c.checkRules()...)
	fs = append(fs, c.checkNamings()...)
	fs = append(fs, c.readPosts(files[postsFile])...)
	fs = append(fs, c.readFeeds(files["feeds"])...)
	fs = append(fs, c.checkFed()...)
	fs = append(fs, c.compileProcedures(filepath.Join(dir, postsFile))...)
	for _, d := range files["quality.yaml"] {
		quality, faults := catalog.ParseQuality(d.file, d.data, c)
		c.Quality, fs = quality, append(fs, faults...)
	}
	for _, d := range files["calendar.yaml"] {
		calendar, faults := parseCalendar(d)
		c.Calendar, fs = calendar, append(fs, faults...)
	}
	for _, d := range files["areas.yaml"] {
		areas, faults := parseAreas(d)
		c.Areas, fs = areas, append(fs, faults...)
	}
	fs = append(fs, c.checkRuleAreas()...)
	fs = append(fs, c.compileAlarms(files[alarmsFile])...)
	fs = append(fs, c.drawBasemap(files[basemapFile])...)
	return sorted(fs)
}

// checkRules checks the rules of all packs together.
func (c *City) checkRules() city.Faults {
	fs := rule.Check(c.Rules())
	if slices.ContainsFunc(c.Packs, func(p *Pack) bool { return p.lostRule }) {
		return withoutUnknownSituations(fs)
	}
	return fs
}

func (c *City) readCity(d document) city.Faults {
	var f cityFile
	fs := strictyaml.Decode(d.file, d.data, &f)
	fs = append(fs, f.Name.Check()...)
	fs = append(fs, f.Note.Check()...)
	c.Name, c.Note, c.Languages, c.Simulated = f.Name.Names(), f.Note.Names(), f.Languages, f.Simulated
	if f.Has("zone") {
		zone, ok := zoneOf(f.Zone)
		if !ok {
			fs = append(fs, f.Fault("zone", "unknown-zone", "a name of the IANA time zone database, such as Europe/Copenhagen", "%q is not a time zone", f.Zone))
		}
		c.Zone = zone
	}
	fs = append(fs, f.checkLanguages()...)
	if f.Has("view") {
		view, faults := f.View.parse()
		c.View, fs = view, append(fs, faults...)
	}
	f.Packs = append(f.Packs, c.trial.beside(f.Packs)...)
	for i, name := range f.Packs {
		fs = append(fs, c.enable(&f, i, name)...)
	}
	slices.SortFunc(c.Standards, func(a, b *catalog.Standard) int { return strings.Compare(string(a.Type), string(b.Type)) })
	return fs
}

// zoneOf is the IANA zone with a name; "" and Local mean the machine's and are
// not accepted.
func zoneOf(name string) (*time.Location, bool) {
	if name == "" || name == "Local" {
		return nil, false
	}
	zone, err := time.LoadLocation(name)
	return zone, err == nil
}

func (f *cityFile) checkLanguages() city.Faults {
	var fs city.Faults
	if f.Has("languages") && len(f.Languages) == 0 {
		fs = append(fs, f.Fault("languages", "no-languages", "zh, en or both", "the city has no language"))
	}
	for i, l := range f.Languages {
		if l != "zh" && l != "en" {
			fs = append(fs, f.Fault("languages", "unknown-language", "zh and en are there", "%q is not a language of the console", l))
		} else if slices.Contains(f.Languages[:i], l) {
			fs = append(fs, f.Fault("languages", "repeated-language", "", "the language %s is written twice", l))
		}
	}
	return fs
}

// enable loads the i-th pack that city.yaml names and checks that the city has
// what it needs.
func (c *City) enable(f *cityFile, i int, name string) city.Faults {
	if slices.Contains(f.Packs[:i], name) {
		return city.Faults{f.Fault("packs", "repeated-pack", "", "the pack %s is enabled twice", name)}
	}
	dir := c.trial.dirOf(name)
	if info, err := os.Stat(dir); !catalog.IsIdentifier(name) || err != nil || !info.IsDir() {
		return city.Faults{f.Fault("packs", "unknown-pack", "packs are looked for in "+c.trial.PacksDir, "there is no pack %q", name)}
	}
	p, fs := Load(dir)
	for i, role := range p.Needs.Roles {
		known := c.Agencies.All() == nil || slices.Contains(p.Needs.Roles[:i], role) // said elsewhere
		if !known && len(c.Agencies.WithRole(role)) == 0 {
			fs = append(fs, f.Fault("packs", "missing-role", "give the role to an agency in agencies.yaml", "the pack %s needs an agency with the role %s", name, role))
		}
	}
	c.Packs = append(c.Packs, p)
	for _, std := range p.Standards {
		fs = append(fs, c.adopt(f, p, std)...)
	}
	return fs
}

// adopt takes a pack's standard into the city. Packs may bring the same
// standard, to the letter.
func (c *City) adopt(f *cityFile, p *Pack, std *catalog.Standard) city.Faults {
	if c.Standard(std.Type) == nil {
		c.Standards = append(c.Standards, std)
		return nil
	}
	for _, other := range c.Packs {
		if text, has := other.texts[std.Type]; has && text != p.texts[std.Type] {
			return city.Faults{f.Fault("packs", "different-standards", "make the two files equal", "the packs %s and %s bring different standards for %s", other.Name, p.Name, std.Type)}
		}
	}
	return nil
}
