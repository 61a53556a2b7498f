package pack

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const aRoad = `{"type":"Feature","properties":{"kind":"road"},"geometry":{"type":"LineString","coordinates":[[120,30],[120.1,30.1]]}}`

// cityWith is the base city with a base map and without areas, unless it keeps
// them.
func cityWith(t *testing.T, basemap string, areas bool) *City {
	t.Helper()
	dir := t.TempDir()
	lay(t, dir, readFaultFile(t, "testdata/base.txt").files)
	if basemap != "" {
		lay(t, dir, []document{{rel: "city/" + basemapFile, data: []byte(basemap)}})
	}
	if !areas {
		lay(t, dir, []document{{rel: "city/areas.yaml", data: []byte(removed)}})
	}
	c, fs := LoadCity(dir+"/city", dir+"/packs")
	if err := fs.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestBasemap(t *testing.T) {
	const centre = `{"type":"Feature","properties":{"id":"centre","kind":"area","name":{"zh":"中心","en":"Centre"}},"geometry":{"type":"Polygon","coordinates":` +
		`[[[120,30],[120.4,30],[120.4,30.4],[120,30.4],[120,30]],[[120.1,30.1],[120.2,30.1],[120.2,30.2],[120.1,30.1]]]}}`
	river := "{\"type\": \"Feature\",\n \"id\": 7, \"bbox\": [120, 30, 121, 31], \"properties\": {\"rank\": 0, \"name\": {\"en\": \"Qing </script>\", \"zh\": \"清河\"}, \"kind\": \"river\", \"id\": \"r1\"},\n" +
		" \"geometry\": {\"coordinates\": [[120.10, 30.1], [120.2, 30.2]], \"type\": \"LineString\"}}"
	const riverOut = `{"type":"Feature","properties":{"id":"r1","kind":"river","name":{"zh":"清河","en":"Qing </script>"},"rank":0},"geometry":{"type":"LineString","coordinates":[[120.1,30.1],[120.2,30.2]]}}`
	for _, c := range []struct {
		name, file string
		areas      bool
		want       []string
	}{
		{"none", "", false, nil},
		{"areas alone", "", true, []string{centre}},
		{"an empty one", `{"type": "FeatureCollection", "features": []}`, false, nil},
		{"features before areas, in their order", `{"type": "FeatureCollection", "name": "map", "features": [` + river + ", \n" + aRoad + `]}`, true, []string{riverOut, aRoad, centre}},
	} {
		want := `{"type":"FeatureCollection","features":[` + strings.Join(c.want, ",") + `]}`
		if diff := cmp.Diff(want, string(cityWith(t, c.file, c.areas).Basemap())); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestBasemapOfManyFaults holds that a map drawn in another form does not drown
// every other fault of the city.
func TestBasemapOfManyFaults(t *testing.T) {
	m := basemapReader{file: "basemap.geojson"}
	bad := strings.Replace(aRoad, "road", "street", 1)
	m.text = []byte(`{"type": "FeatureCollection", "features": [` + "\n" + strings.Repeat(bad+",\n", 99) + bad + "]}")
	m.read()
	if len(m.faults) != maxBasemapFaults || m.faults[19].Line != 21 || !strings.HasSuffix(m.faults[19].Text, `"street"; 80 more faults are not listed`) {
		t.Errorf("%d faults, the last: %v", len(m.faults), m.faults[len(m.faults)-1])
	}
}

func TestBasemapThatIsNoJSON(t *testing.T) {
	for _, text := range []string{"", "{", "[]", "null", `{"type": "FeatureCollection"}`, `{"type": "FeatureCollection", "features": null}`, `{"type": "FeatureCollection", "features": [`, "\xff"} {
		m := basemapReader{file: "basemap.geojson", text: []byte(text)}
		m.read()
		if len(m.faults) == 0 || m.faults[0].Rule != "bad-geojson" {
			t.Errorf("%q: %v", text, m.faults)
		}
	}
}

func FuzzBasemap(f *testing.F) {
	f.Add([]byte(`{"type":"FeatureCollection","features":[` + aRoad + `]}`))
	f.Add([]byte(fmt.Sprintf(`{"type":"FeatureCollection","features":[%s,%s,{}]}`, aRoad, aRoad)))
	f.Fuzz(func(t *testing.T, data []byte) {
		m := basemapReader{file: "basemap.geojson", text: data, out: []byte(`{"type":"FeatureCollection","features":[`)}
		m.read()
		if len(m.faults) > 0 {
			return
		}
		// What the map gives out it takes in again, unchanged.
		again := basemapReader{file: "basemap.geojson", text: append(m.out, "]}"...), out: []byte(`{"type":"FeatureCollection","features":[`)}
		again.read()
		if len(again.faults) > 0 || string(again.out) != string(m.out[:len(again.out)]) {
			t.Errorf("%s became %s: %v", data, again.out, again.faults)
		}
	})
}
