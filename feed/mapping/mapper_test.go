package mapping_test

import (
	"math"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
	"citybrain/feed/mapping"
	"citybrain/feed/rowfile"
)

const observedYAML = `
id: sensors
agency: roads
kind: observed
type: Thing
file: sensors.csv
format: csv
entity: "urn:x:Thing:{id}"
time: {column: at, formats: ["2006-01-02 15:04:05"], zone: Europe/Copenhagen}
empty: ["-"]
attributes:
  - {name: speed, column: speed, unit: MTS}
  - {name: temperature, column: temp, unit: FAH}
  - {name: status, column: status, values: {OK: ok, ERR: failed}}
  - {name: name, text: "{street} {number}"}
  - {name: open, column: open}
  - {name: startDate, column: starts, time: {formats: [rfc3339]}}
  - name: location
    place: {crs: GCJ-02, points: [{lon: lon, lat: lat}]}
  - {name: owner, relation: "urn:x:Agency:{owner}"}
  - {name: address, object: {street: "{street}", number: "{number}"}}
  - {name: count, value: "3", unit: C62}
ignore: [note]
`

const observedHeader = "id,at,speed,temp,status,street,number,open,starts,lon,lat,owner,note\n"

// mapRows maps the rows of a text with the mapping's format.
func mapRows(t testing.TB, m *mapping.Mapping, text string, bounds mapping.Bounds, now city.Instant) []city.Change {
	t.Helper()
	r := rowfile.Over("test", []byte(text), rowfile.FormatOf(m))
	x, err := r.Bind(m)
	if err != nil {
		t.Fatal(err)
	}
	var out []city.Change
	var row mapping.Row
	for r.Next(&row) == nil {
		var c city.Change
		x.Map(&row, &bounds, now, &c)
		out = append(out, c)
	}
	return out
}

func at(s string) city.Instant {
	i, err := city.ParseInstant(s)
	if err != nil {
		panic(err)
	}
	return i
}

func TestMapObserved(t *testing.T) {
	m := compiled(t, observedYAML)
	now := at("2014-08-11T12:00:00Z")
	got := mapRows(t, m, observedHeader+`7,2014-08-11 10:00:00.5,10,212,ERR,Sand vej,4,true,2014-08-12T10:00:00+02:00,116.41024449916938,39.91640428150164,roads,x`+"\n", mapping.Bounds{}, now)[0]
	when := at("2014-08-11T08:00:00.5Z")
	if got.Op != city.OpObserve || got.Entity != "urn:x:Thing:7" || got.Type != "Thing" || got.Source != "sensors" || got.At != when || got.ReceivedAt != now || got.Row != 1 {
		t.Fatalf("change: %+v", got)
	}
	values := map[city.AttributeName]any{}
	for _, a := range got.Attributes {
		if a.ObservedAt != when || a.ReceivedAt != now || a.Source != "sensors" {
			t.Errorf("%s: provenance %+v", a.Name, a)
		}
		switch a.Value.Kind {
		case city.Number, city.Bool:
			values[a.Name] = math.Round(a.Value.Num*1e9) / 1e9
		case city.Geo:
			p := a.Value.Place.Points[0]
			values[a.Name] = [2]float64{math.Round(p.Lon*1e6) / 1e6, math.Round(p.Lat*1e6) / 1e6}
			if a.Sub[0].Name != mapping.SourceCoordinates || a.Sub[0].Value.Text != `{"crs":"GCJ-02","coordinates":[[116.41024449916938,39.91640428150164]]}` {
				t.Errorf("provenance of the place: %+v", a.Sub)
			}
		default:
			values[a.Name] = a.Value.Text
		}
	}
	want := map[city.AttributeName]any{
		"speed": 36.0, "temperature": 100.0, "status": "failed", "name": "Sand vej 4", "open": 1.0, "startDate": "2014-08-12T08:00:00Z",
		"location": [2]float64{116.404, 39.915}, "owner": "urn:x:Agency:roads", "address": `{"number":"4","street":"Sand vej"}`, "count": 3.0,
	}
	if d := cmp.Diff(want, values); d != "" {
		t.Error(d)
	}
	if a := got.Attributes[0]; a.Unit != "KMH" {
		t.Errorf("unit of the standard: %q", a.Unit)
	}
}

func TestMissingValuesAreLeftOut(t *testing.T) {
	m := compiled(t, observedYAML)
	c := mapRows(t, m, observedHeader+"7,2014-08-11 10:00:00,-,,,,,,,,,,\n", mapping.Bounds{}, 1)[0]
	if c.Op != city.OpObserve || len(c.Attributes) != 1 || c.Attributes[0].Name != "count" {
		t.Errorf("%+v", c)
	}
}

// TestQuarantine gives each mistake a row and expects its reason.
func TestQuarantine(t *testing.T) {
	m := compiled(t, observedYAML)
	now := at("2014-08-11T12:00:00Z")
	for _, c := range []struct{ row, reason string }{
		{"7,2014-08-11 10:00:00,fast,,,,,,,,,,", `speed: speed: "fast" is not a number`},
		{"7,2014-08-11 10:00:00,NaN,,,,,,,,,,", `speed: speed: "NaN" is not a number`},
		{"7,2014-08-11 10:00:00,Inf,,,,,,,,,,", `speed: speed: "Inf" is not a number`},
		{"7,2014-08-11 10:00:00,1e308,,,,,,,,,,", `is not a number`}, // overflows as km/h
		{"7,2014-08-11 10:00:00,1e999,,,,,,,,,,", `is not a number`},
		{"7,2014-08-11 10:00:00,0x10,,,,,,,,,,", `is not a number`},
		{"7,2014-08-11 10:00:00,1,,BAD,,,,,,,,", `status: status: "BAD" is not one of the values of the mapping`},
		{"7,2014-08-11 10:00:00,1,,,,,maybe,,,,,", `open: open: "maybe" is not true or false`},
		{"7,2014-08-11 10:00:00,1,,,,,,tomorrow,,,,", `startDate: starts: "tomorrow" is not a time in the format of its column`},
		{"7,2014-08-11 10:00:00,1,,,,,,,200,10,,", `location: lon 200, lat 10 lies outside the world`},
		{"7,2014-08-11 10:00:00,1,,,,,,,20,,,", `location: lat: "" is not a number of degrees`},
		{"7,2014-08-11 10:00:00,1,,,,,,,20,north,,", `location: lat: "north" is not a number of degrees`},
		{"7,2014-08-11 10:00:00,1,,,,,,,,,a b,", `owner: "urn:x:Agency:a b" holds a character that a URI may not have`},
		{",2014-08-11 10:00:00,1,,,,,,,,,,", `entity id: a column of urn:x:Thing:{id} has no value`},
		{"a b,2014-08-11 10:00:00,1,,,,,,,,,,", `entity id: "urn:x:Thing:a b" holds a character`},
		{"7,,1,,,,,,,,,,", `at: the time of the reading is missing`},
		{"7,11.8.2014,1,,,,,,,,,,", `at: "11.8.2014" is not a time in the format of its column`},
		{"7,2014-02-30 10:00:00,1,,,,,,,,,,", `is not a time in the format of its column`},
		{"7,1850-01-01 10:00:00,1,,,,,,,,,,", `lies outside the years 1900 to 2100`},
		{"7,2199-01-01 10:00:00,1,,,,,,,,,,", `lies outside the years 1900 to 2100`},
		{"7,2014-08-11 14:05:01,1,,,,,,,,,,", `at: "2014-08-11 14:05:01" lies more than 5m ahead of the city's clock`},
		{"7,2014-03-30 02:30:00,1,,,,,,,,,,", `does not exist: the clocks of Europe/Copenhagen skip it`},
		{"7,2014-08-11 10:00:00", `row: has 2 columns, want 13`},
		{`7,2014-08-11 10:00:00,"1"x,,,,,,,,,,`, `row: a quoted field goes on behind its closing quote`},
		{"7,2014-08-11 10:00:00,1,,,\xff,,,,,,,", `row: is not valid UTF-8`},
	} {
		got := mapRows(t, m, observedHeader+c.row+"\n", mapping.Bounds{Latest: now.Add(mapping.DefaultAhead)}, now)[0]
		if got.Op != city.OpQuarantine || !strings.Contains(got.Reason, c.reason) {
			t.Errorf("%s\n got %v %q\nwant %q", c.row, got.Op, got.Reason, c.reason)
		}
		if got.Raw != observedHeader+strings.ToValidUTF8(c.row, "\uFFFD") || got.Entity != "" || got.Row != 1 || got.Source != "sensors" || got.ReceivedAt != now {
			t.Errorf("%s: %+v", c.row, got)
		}
	}
}

func TestWindow(t *testing.T) {
	m := compiled(t, observedYAML)
	text := observedHeader +
		"7,2014-08-11 01:59:59,1,,,,,,,,,,\n" +
		"7,2014-08-11 02:00:00,1,,,,,,,,,,\n" +
		"7,2014-08-12 01:59:59.999,1,,,,,,,,,,\n" +
		"7,2014-08-12 02:00:00,what,,,,,,,,,,\n"
	var ops []city.Op
	for _, c := range mapRows(t, m, text, mapping.Bounds{Window: city.Interval{From: at("2014-08-11T00:00:00Z"), To: at("2014-08-12T00:00:00Z")}}, 1) {
		ops = append(ops, c.Op)
	}
	if d := cmp.Diff([]city.Op{city.OpOutside, city.OpObserve, city.OpObserve, city.OpOutside}, ops); d != "" {
		t.Error(d)
	}
}

func TestRepeatedHourIsFlagged(t *testing.T) {
	m := compiled(t, observedYAML)
	c := mapRows(t, m, observedHeader+"7,2014-10-26 02:30:00,1,,,,,,,,,,\n", mapping.Bounds{}, 1)[0]
	if c.At != at("2014-10-26T00:30:00Z") || c.Flags != city.FlagAmbiguous || c.Attributes[0].Flags != city.FlagAmbiguous {
		t.Errorf("%s %v %+v", c.At, c.Flags.Names(), c.Attributes[0])
	}
}

func TestReferenceCarriesNoObservationTime(t *testing.T) {
	m := compiled(t, `
id: places
agency: roads
kind: reference
type: Thing
file: places.json
format: json
entity: "urn:x:Thing:{id}"
attributes:
  - {name: name, column: title}
  - name: location
    place: {points: [{lon: x1, lat: y1}, {lon: x2, lat: y2}]}
`)
	c := mapRows(t, m, `[{"id": 5, "title": "S\u00f8gade", "x1": 10, "y1": 56, "x2": 10.5, "y2": 56.5}]`, mapping.Bounds{}, 77)[0]
	if c.Op != city.OpObserve || c.Entity != "urn:x:Thing:5" || c.At != 77 || c.Attributes[0].Value.Text != "Søgade" {
		t.Fatalf("%+v", c)
	}
	for _, a := range c.Attributes {
		if a.ObservedAt != 0 || a.ReceivedAt != 77 {
			t.Errorf("%+v", a)
		}
	}
	if p := c.Attributes[1].Value.Place; p.Kind != city.PlaceLineString || len(p.Points) != 2 || c.Attributes[1].Sub != nil {
		t.Errorf("place %+v", c.Attributes[1])
	}
}

func TestRawIsBounded(t *testing.T) {
	m := compiled(t, observedYAML)
	csv, err := m.Bind(strings.Split(strings.TrimSpace(observedHeader), ","))
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{strings.Repeat("a", 20<<10), strings.Repeat("é", 20<<10), strings.Repeat("x", mapping.MaxRaw)} {
		for header, x := range map[string]*mapping.Mapper{observedHeader: csv, "": m.BindAll()} {
			var c city.Change
			x.Map(&mapping.Row{Number: 1, Raw: []byte(text), Bad: "r"}, &mapping.Bounds{}, 1, &c)
			kept, ok := strings.CutPrefix(c.Raw, header)
			if c.Op != city.OpQuarantine || !ok || len(kept) > mapping.MaxRaw || strings.Contains(kept, "\uFFFD") {
				t.Errorf("raw of %d bytes became %d", len(text), len(c.Raw))
			}
			if cut := strings.HasSuffix(kept, mapping.CutMark); cut != (len(text) > mapping.MaxRaw) {
				t.Errorf("cut mark of %d bytes: %v", len(text), cut)
			}
		}
	}
}

// TestRawHasItsColumns keeps the header of a row in a form that reads as the
// same columns, and leaves out one that is too long to keep whole.
func TestRawHasItsColumns(t *testing.T) {
	for ignored, want := range map[string]string{
		"note":                       "id,at,note\n",
		"a;b, \"c\"\nd":              "id,at,\"a;b, \"\"c\"\"\nd\"\n",
		strings.Repeat("long", 4000): "",
	} {
		m := compiled(t, strings.Replace(tinyYAML, "IGNORED", strconv.Quote(ignored), 1))
		x, err := m.Bind([]string{"id", "at", ignored})
		if err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"1", ""} { // applied and quarantined
			row := mapping.Row{Number: 1, Raw: []byte(id + ",5,x"), Fields: [][]byte{[]byte(id), []byte("5"), []byte("x")}}
			var c city.Change
			x.Map(&row, &mapping.Bounds{}, 1, &c)
			if (c.Op == city.OpQuarantine) != (id == "") || c.Header+c.Raw != want+id+",5,x" {
				t.Errorf("%+v, want the raw text below %q", c, want)
			}
			mapping.Refuse(&c, "why")
			if c.Op != city.OpQuarantine || c.Reason != "why" || c.Entity != "" || c.Attributes != nil || c.Raw != want+id+",5,x" || c.Row != 1 {
				t.Errorf("refused: %+v", c)
			}
		}
	}
}

const tinyYAML = `
id: tiny
agency: roads
kind: observed
type: RoadSegment
push: true
format: csv
entity: "urn:x:Thing:{id}"
time: {column: at, formats: [unix]}
attributes: [{name: name, value: x}]
ignore: [IGNORED]
`

func TestBindRefusesOtherColumns(t *testing.T) {
	m := compiled(t, observedYAML)
	good := strings.Split(strings.TrimSpace(observedHeader), ",")
	for _, c := range []struct {
		columns []string
		want    string
	}{
		{append(append([]string{}, good...), "extra"), `column "extra" is not in the mapping`},
		{append(append([]string{}, good...), "extra", "more"), `columns "extra" and "more" are not in the mapping: map them or list them under ignore`},
		{good[1:], `column "id" of the mapping is missing`},
		{good[3:], `columns "at", "id" and "speed" of the mapping are missing`},
		{append(append([]string{}, good...), "id"), `column "id" is there twice`},
	} {
		_, err := m.Bind(c.columns)
		if city.KindOf(err) != city.Invalid || err.Error() != "mapping.Bind: invalid: "+c.want && !strings.Contains(err.Error(), c.want+": map it") {
			t.Errorf("%v: %v, want %s", c.columns, err, c.want)
		}
	}
	if _, err := m.Bind(good[:len(good)-1]); err != nil {
		t.Errorf("an ignored column may be missing: %v", err)
	}
}

func FuzzRow(f *testing.F) {
	m := compiled(f, observedYAML)
	columns := strings.Split(strings.TrimSpace(observedHeader), ",")
	x, err := m.Bind(columns)
	if err != nil {
		f.Fatal(err)
	}
	f.Add("7,2014-08-11 10:00:00.5,10,212,ERR,Sand vej,4,true,2014-08-12T10:00:00+02:00,116.4,39.9,roads,x")
	f.Add("7,2014-10-26 02:30:00,1e5,-40,OK,,,0,,10,56,a b,")
	f.Fuzz(func(t *testing.T, text string) {
		fields := strings.Split(text, ",")
		row := mapping.Row{Number: 3, Raw: []byte(text)}
		for _, s := range fields {
			row.Fields = append(row.Fields, []byte(s))
		}
		var c city.Change
		x.Map(&row, &mapping.Bounds{}, 9, &c)
		switch c.Op {
		case city.OpQuarantine:
			if c.Reason == "" || c.Entity != "" || c.Attributes != nil || len(c.Raw) > 2*mapping.MaxRaw {
				t.Fatalf("%+v", c)
			}
		case city.OpObserve:
			if city.CheckEntityID(c.Entity) != "" || !c.At.Valid() {
				t.Fatalf("%+v", c)
			}
			for _, a := range c.Attributes {
				if a.Value.Kind == city.None || a.Value.Num-a.Value.Num != 0 || a.Value.Place != nil && !a.Value.Place.Points[0].Valid() {
					t.Fatalf("%+v", a)
				}
			}
		default:
			t.Fatalf("%+v", c)
		}
		if c.Row != 3 || c.ReceivedAt != 9 {
			t.Fatalf("%+v", c)
		}
	})
}
