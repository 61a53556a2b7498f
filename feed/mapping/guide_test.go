package mapping_test

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
	"citybrain/pack"
)

const guide = "../../docs/pack-authors.md"

var (
	guideFile = regexp.MustCompile("(?s)<!-- file (\\S+) -->\n```yaml\n(.*?)```")
	guideRows = regexp.MustCompile("(?s)<!-- rows (\\S+) -->\n```(csv|json)\n(.*?)```\n\n```rows\n(.*?)```")
)

// TestGuideRows maps the rows that the guide shows by the feeds that it shows.
func TestGuideRows(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, m := range guideFile.FindAllStringSubmatch(string(text), -1) {
		path := filepath.Join(dir, filepath.FromSlash(m[1]))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(m[2]), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	riverton, faults := pack.LoadCity(filepath.Join(dir, "cities", "riverton"), filepath.Join(dir, "packs"))
	if err := faults.Err(); err != nil {
		t.Fatal(err)
	}
	feeds := map[city.FeedID]*mapping.Mapping{}
	for _, m := range riverton.Feeds {
		feeds[m.Feed()] = m
	}
	examples := guideRows.FindAllStringSubmatch(string(text), -1)
	if len(examples) != 3 {
		t.Errorf("%d examples of rows, want CSV, JSON and reference data", len(examples))
	}
	for _, e := range examples {
		m := feeds[city.FeedID(e[1])]
		if m == nil || m.Spec().Format != e[2] {
			t.Fatalf("rows in %s for the feed %s", e[2], e[1])
		}
		if diff := cmp.Diff(e[4], describeRows(t, m, e[3])); diff != "" {
			t.Errorf("rows of %s (-guide +got):\n%s", e[1], diff)
		}
	}
}

// describeRows says what becomes of the rows of a body.
func describeRows(t *testing.T, m *mapping.Mapping, body string) string {
	t.Helper()
	f := rowfile.FormatOf(m)
	f.SpareUnknown = true
	r := rowfile.Over("the body", []byte(body), f)
	x, err := r.Bind(m)
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	var row mapping.Row
	for err = r.Next(&row); err == nil; err = r.Next(&row) {
		var c city.Change
		x.Map(&row, &mapping.Bounds{}, at("2026-05-01T00:00:00Z"), &c)
		if c.Op == city.OpQuarantine {
			fmt.Fprintf(&out, "%d  quarantined: %s\n", c.Row, c.Reason)
			continue
		}
		fmt.Fprintf(&out, "%d  %s", c.Row, c.Entity)
		if m.Observed() {
			fmt.Fprintf(&out, " at %s", c.At)
		}
		out.WriteByte('\n')
		for _, a := range c.Attributes {
			fmt.Fprintf(&out, "   %s = %s\n", a.Name, describeValue(&a))
		}
	}
	return out.String()
}

func describeValue(a *city.Attribute) string {
	switch v := a.Value; v.Kind {
	case city.Number:
		return fmt.Sprintf("%g %s", v.Num, a.Unit)
	case city.Geo:
		return fmt.Sprintf("%.5f, %.5f and %s %s", v.Place.Points[0].Lon, v.Place.Points[0].Lat, a.Sub[0].Name, a.Sub[0].Value.Text)
	default:
		return v.Text
	}
}

// TestGuideNamesEveryKey finds each key of a mapping file in a table of the
// guide's reference of feeds.
func TestGuideNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	_, section, ok := strings.Cut(string(text), "\n## Feeds\n")
	if !ok {
		t.Fatal("the guide has no section Feeds")
	}
	section, _, _ = strings.Cut(section, "\n## ")
	_, ofFeed, _ := strings.Cut(section, "### Keys of a feed\n")
	ofFeed, ofAttribute, _ := strings.Cut(ofFeed, "### Keys of an attribute\n")
	for _, c := range []struct {
		spec any
		text string
		form string
	}{
		{mapping.Spec{}, ofFeed, "| `%s` |"},
		{mapping.AttributeSpec{}, ofAttribute, "| `%s` |"},
		{mapping.TimeSpec{}, ofFeed, "`%s`"},
		{mapping.PlaceSpec{}, ofAttribute, "`%s`"},
		{mapping.PointSpec{}, ofAttribute, "`%s`"},
	} {
		typ := reflect.TypeOf(c.spec)
		for i := range typ.NumField() {
			key, _, _ := strings.Cut(typ.Field(i).Tag.Get("yaml"), ",")
			if key != "" && !strings.Contains(c.text, fmt.Sprintf(c.form, key)) {
				t.Errorf("the guide does not describe %s of %s", key, typ.Name())
			}
		}
	}
	for _, want := range []string{"`lateness` | `10m`", "`ahead` | `" + city.DurationText(mapping.DefaultAhead) + "`"} {
		if !strings.Contains(section, want) {
			t.Errorf("the guide does not say %s", want)
		}
	}
}
