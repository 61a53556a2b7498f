package pack

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func TestCityWithoutPostsHasThem(t *testing.T) {
	want := []city.Post{
		{ID: "duty-officer", Agency: "operations-centre", Duty: city.DutyOfficer, Name: city.Names{ZH: "值班长", EN: "Duty officer"}},
		{ID: "auditor", Agency: "operations-centre", Duty: city.Auditor, Name: city.Names{ZH: "审计员", EN: "Auditor"}},
		{ID: "administrator", Agency: "operations-centre", Duty: city.Administrator, Name: city.Names{ZH: "系统管理员", EN: "Administrator"}},
		{ID: "operations-centre-dispatcher", Agency: "operations-centre", Duty: city.Dispatcher, Name: city.Names{ZH: "城市运行中心调度员", EN: "City operations centre: dispatcher"}},
		{ID: "road-authority-dispatcher", Agency: "road-authority", Duty: city.Dispatcher, Name: city.Names{ZH: "道路主管部门调度员", EN: "Road authority: dispatcher"}},
	}
	if diff := cmp.Diff(want, parking(t).Posts()[:5]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestOfficerOfACityWithoutACentre(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, readFaultFile(t, "testdata/base.txt").files)
	c, fs := LoadCity(dir+"/city", dir+"/packs")
	if err := fs.Err(); err != nil {
		t.Fatal(err)
	}
	if p := c.Posts()[0]; p.ID != "duty-officer" || p.Agency != "parking-office" {
		t.Errorf("%+v", p)
	}
}

func TestPostsOfTheFile(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, readFaultFile(t, "testdata/base.txt").files)
	lay(t, dir, []document{{rel: "city/posts.yaml", data: []byte(`posts:
  - {id: chief, agency: parking-office, duty: duty-officer, name: {zh: 值班长, en: Chief}}
  - {id: root, agency: parking-office, duty: administrator, name: {zh: 管理员, en: Root}}
`)}})
	c, fs := LoadCity(dir+"/city", dir+"/packs")
	if err := fs.Err(); err != nil {
		t.Fatal(err)
	}
	want := []city.Post{
		{ID: "chief", Agency: "parking-office", Duty: city.DutyOfficer, Name: city.Names{ZH: "值班长", EN: "Chief"}},
		{ID: "root", Agency: "parking-office", Duty: city.Administrator, Name: city.Names{ZH: "管理员", EN: "Root"}},
	}
	if diff := cmp.Diff(want, c.Posts()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestOwners holds that bad data goes to whoever brings the readings, not to
// whoever keeps the reference data of the same entity.
func TestOwners(t *testing.T) {
	c := parking(t)
	for id, want := range map[city.EntityID]string{
		"urn:ngsi-ld:OffStreetParking:NORREPORT": "parking-operator OffStreetParking",
		"urn:ngsi-ld:RoadSegment:158324":         "road-authority RoadSegment",
		"urn:ngsi-ld:Event:17":                   "culture-department Event",
		"urn:ngsi-ld:WeatherObserved:aarhus":     "weather-service WeatherObserved",
		"urn:ngsi-ld:WeatherObserved:odense":     " ",
		"urn:ngsi-ld:RoadSegment:":               " ",
		"urn:ngsi-ld:Bridge:1":                   " ",
	} {
		owner, known := c.Owner(id)
		kind, _ := c.TypeOf(id)
		if got := string(owner) + " " + string(kind); got != want || known != (want != " ") {
			t.Errorf("owner of %s: %q, want %q", id, got, want)
		}
	}
	if a, ok := c.AgencyOf("parking"); !ok || a != "parking-operator" {
		t.Errorf("the agency of parking is %q", a)
	}
	if _, ok := c.AgencyOf("ngsi-ld"); ok {
		t.Error("an interface has an agency")
	}
}

func TestOwnersByTheFormOfTheID(t *testing.T) {
	for _, x := range []struct {
		template, id string
		says         int
	}{
		{"urn:x:{a}", "urn:x:1", 6}, {"urn:x:{a}", "urn:y:1", -1}, {"urn:x:{a}", "urn:x:", -1},
		{"urn:x:{a}:end", "urn:x:1:end", 10}, {"urn:x:{a}:end", "urn:x:1", -1}, {"urn:x:{a}-{b}", "urn:x:1-2", 6},
		{"urn:x:one", "urn:x:one", 9}, {"urn:x:one", "urn:x:two", -1}, {"urn:{{x}}:{a}", "urn:{x}:1", 8},
	} {
		said, ok := sayOfID(x.template, x.id)
		if ok != (x.says >= 0) || ok && said != x.says {
			t.Errorf("%s of %s: %d, %v", x.id, x.template, said, ok)
		}
	}
}
