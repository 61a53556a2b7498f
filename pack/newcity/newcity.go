package newcity

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"text/template"
	"time"

	"citybrain/catalog"
	"citybrain/city"
)

//go:embed template
var templates embed.FS

// Options describe the new city.
type Options struct {
	// Dir is the folder of the city definition, such as cities/rivertown. The
	// pack is written to packs/ and the sample rows to rows/NAME/, both beside
	// the folder that holds Dir.
	Dir      string
	Name     city.Names // an empty one is made from Dir
	Center   city.Point
	Zone     string // IANA
	Language string // of the console: "zh" or "en"
	// Now dates the sample rows.
	Now time.Time
}

// Written says where things are.
type Written struct {
	City, Packs, Rows string
	Files             []string // in the order of writing
	Kept              bool     // the pack was there and was left as it is
}

// reach is half the size of the map's box, in degrees.
const reach = 0.25

// Write writes the city. Nothing is overwritten: a folder of the city that is
// not empty is a Conflict, a pack that is there is kept. A wrong option is
// Invalid and names it.
func Write(o Options) (Written, error) {
	if err := o.check(); err != nil {
		return Written{}, err
	}
	home := filepath.Dir(filepath.Dir(filepath.Clean(o.Dir)))
	w := Written{City: filepath.Clean(o.Dir), Packs: filepath.Join(home, "packs"), Rows: filepath.Join(home, "rows", filepath.Base(o.Dir))}
	if entries, err := os.ReadDir(w.City); err == nil && len(entries) > 0 {
		return Written{}, city.Errorf(city.Conflict, "newcity", "the folder %s is not empty: name a new one", w.City)
	}
	if _, err := os.Stat(filepath.Join(w.Packs, "high-water")); err == nil {
		w.Kept = true
	}
	return w, w.write(&o)
}

func (o *Options) check() error {
	base := filepath.Base(filepath.Clean(o.Dir))
	if !catalog.IsIdentifier(base) {
		return city.InvalidField("newcity", "dir", "%q cannot be the name of a city's folder: %s", base, catalog.IdentifierHint)
	}
	if o.Name.EN == "" {
		o.Name.EN = strings.ToUpper(base[:1]) + base[1:]
	}
	if o.Name.ZH == "" {
		o.Name.ZH = o.Name.EN
	}
	if !o.Center.Valid() || o.Center.Lat > 89 || o.Center.Lat < -89 {
		why := "longitude lies within 180 degrees and latitude within 89"
		if swapped := (city.Point{Lon: o.Center.Lat, Lat: o.Center.Lon}); swapped.Valid() {
			why = "longitude comes first"
		}
		return city.InvalidField("newcity", "center", "longitude %g, latitude %g is no place for a city: %s", o.Center.Lon, o.Center.Lat, why)
	}
	if _, err := time.LoadLocation(o.Zone); err != nil || o.Zone == "" || o.Zone == "Local" {
		return city.InvalidField("newcity", "zone", "%q is not a time zone; want a name of the IANA database, such as Asia/Shanghai", o.Zone)
	}
	if o.Language != "zh" && o.Language != "en" {
		return city.InvalidField("newcity", "language", "%q is not a language of the console: zh or en", o.Language)
	}
	return nil
}

func (w *Written) write(o *Options) error {
	values := o.values(w)
	return fs.WalkDir(templates, "template", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel := strings.TrimPrefix(name, "template/")
		target := w.target(rel)
		if strings.HasPrefix(rel, "packs/") && w.Kept {
			return nil
		}
		text, err := templates.ReadFile(name)
		if err == nil && !strings.HasPrefix(rel, "packs/") { // packs are the same for every city
			text, err = fill(name, text, values)
		}
		if err == nil {
			err = writeNew(target, text)
		}
		w.Files = append(w.Files, target)
		return err
	})
}

func (w *Written) target(rel string) string {
	first, rest, _ := strings.Cut(rel, "/")
	root := map[string]string{"city": w.City, "packs": w.Packs, "rows": w.Rows}[first]
	return filepath.Join(root, filepath.FromSlash(rest))
}

func fill(name string, text []byte, values any) ([]byte, error) {
	t, err := template.New(path.Base(name)).Option("missingkey=error").Parse(string(text))
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = t.Execute(&out, values)
	return out.Bytes(), err
}

func writeNew(target string, text []byte) error {
	if err := os.MkdirAll(filepath.Dir(target), 0o755); err != nil {
		return cannotWrite(target, err)
	}
	f, err := os.OpenFile(target, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return city.Errorf(city.Conflict, "newcity", "%s is there already and is not overwritten", target)
	}
	if err != nil {
		return cannotWrite(target, err)
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Close()); err != nil {
		return cannotWrite(target, err)
	}
	return nil
}

func cannotWrite(target string, err error) error {
	return &city.Error{Kind: city.Unavailable, Op: "newcity", Detail: fmt.Sprintf("%s cannot be written: %v", target, err), Err: err}
}

// form is what the templates may use.
type form struct {
	Dir, Packs, NameZH, NameEN, Zone, Languages string
	Lon, Lat, West, South, East, North, G1, G2  string
	now                                         time.Time
}

// Before is the time some minutes ago, in RFC 3339.
func (f form) Before(minutes int) string {
	return f.now.Add(-time.Duration(minutes) * time.Minute).UTC().Format(time.RFC3339)
}

func (o *Options) values(w *Written) form {
	at := func(x float64) string { return fmt.Sprintf("%.4f", x) }
	c := o.Center
	f := form{Dir: filepath.ToSlash(w.City), Packs: filepath.ToSlash(w.Packs), NameZH: quoted(o.Name.ZH), NameEN: quoted(o.Name.EN),
		Zone: o.Zone, Languages: "zh, en", Lon: at(c.Lon), Lat: at(c.Lat), West: at(max(c.Lon-reach, -180)), South: at(c.Lat - reach),
		East: at(min(c.Lon+reach, 180)), North: at(c.Lat + reach), now: o.Now}
	if o.Language == "en" {
		f.Languages = "en, zh"
	}
	f.G1, f.G2 = at(c.Lon+0.01)+","+at(c.Lat+0.004), at(c.Lon-0.012)+","+at(c.Lat-0.006)
	return f
}

// quoted is a text as a YAML double-quoted scalar, whatever is in it.
func quoted(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, r := range s {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ' || r == 0x7f || r == 0x85 || r == 0x2028 || r == 0x2029:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}
