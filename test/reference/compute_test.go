package reference_test

import (
	"compress/gzip"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citybrain/test/reference"

	"github.com/google/go-cmp/cmp"
)

// Noon of a summer day; clocks in Aarhus then show 14:00.
var noon = time.Date(2014, 8, 20, 12, 0, 0, 0, time.UTC)

func at(minutes int) int64 { return noon.Add(time.Duration(minutes) * time.Minute).UnixMicro() }

// town is a folder with one garage (G, 100 places) at 56.15, 10.20, a segment
// near (1) 500 m north of it, one far (2), both with a free flow of 50 km/h.
type town struct {
	traffic, parking, weather, library []string
}

func (town town) compute(t *testing.T, until int, o reference.Options) *reference.Result {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("traffic_sensors.csv", "REPORT_ID,POINT_1_LAT,POINT_1_LNG,POINT_2_LAT,POINT_2_LNG,NDT_IN_KMH\r\n"+
		"1,56.3,10.20,56.1545,10.20,50\r\n2,56.3,10.20,56.1573,10.20,50\r\n")
	write("garages.csv", "garagecode,latitude,longitude\nG,56.15,10.20\n")
	write("weather.csv", "hum,tempm,wspdm,TIMESTAMP\r\n"+strings.Join(town.weather, ""))
	write("library_events.json", "["+strings.Join(town.library, ",")+"]")
	write("cultural_events.json", "[]")
	writeGzip(t, filepath.Join(dir, "traffic.csv.gz"), "TIMESTAMP,REPORT_ID,avgSpeed,vehicleCount\n"+strings.Join(town.traffic, ""))
	writeGzip(t, filepath.Join(dir, "parking.csv.gz"), "vehiclecount,updatetime,totalspaces,garagecode\n"+strings.Join(town.parking, ""))
	r, err := reference.Compute(dir, reference.Window{From: at(0), Until: at(until)}, o)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func writeGzip(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	z := gzip.NewWriter(f)
	if _, err := z.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func passage(minute int, segment string, speed, vehicles int) string {
	return fmt.Sprintf("%s,%s,%d,%d\n", noon.Add(time.Duration(minute)*time.Minute).Format("2006-01-02T15:04:05"), segment, speed, vehicles)
}

func parked(minute, vehicles int) string {
	local := noon.Add(2*time.Hour + time.Duration(minute)*time.Minute)
	return fmt.Sprintf("%d,%s,100,G\n", vehicles, local.Format("2006-01-02 15:04:05.000"))
}

func starts(id string, minute int, lat float64) string {
	local := noon.Add(2*time.Hour + time.Duration(minute)*time.Minute)
	return fmt.Sprintf(`{"id":%q,"starts":%q,"latitude":%g,"longitude":10.2}`, id, local.Format("2006-01-02T15:04:05"), lat)
}

func check(t *testing.T, rule string, r *reference.Result, want ...reference.Situation) {
	t.Helper()
	for i := range want {
		want[i].Rule = rule
	}
	if diff := cmp.Diff(want, r.Of(rule)); diff != "" {
		t.Errorf("%s (-want +got)\n%s", rule, diff)
	}
}

func TestRoadCongestion(t *testing.T) {
	for name, c := range map[string]struct {
		traffic []string
		want    []reference.Situation
	}{
		"ten minutes": {
			[]string{passage(0, "1", 24, 3), passage(5, "1", 24, 3), passage(10, "1", 24, 3), passage(15, "1", 24, 3), passage(20, "1", 25, 3)},
			[]reference.Situation{{Subject: "1", Raised: at(10), Cleared: at(20)}},
		},
		"under ten minutes": {[]string{passage(0, "1", 24, 3), passage(5, "1", 24, 3), passage(10, "1", 25, 3)}, nil},
		"half the free flow is not under half": {
			[]string{passage(0, "1", 25, 3), passage(5, "1", 25, 3), passage(10, "1", 25, 3)}, nil,
		},
		"a gap does not break the row": {
			[]string{passage(0, "1", 24, 3), passage(40, "1", 24, 3)},
			[]reference.Situation{{Subject: "1", Raised: at(40)}},
		},
		"no vehicle breaks the row": {
			[]string{passage(0, "1", 24, 3), passage(5, "1", 24, 0), passage(10, "1", 24, 3), passage(15, "1", 24, 3)}, nil,
		},
		"no vehicle clears": {
			[]string{passage(0, "1", 24, 3), passage(10, "1", 24, 3), passage(15, "1", 24, 0)},
			[]reference.Situation{{Subject: "1", Raised: at(10), Cleared: at(15)}},
		},
		"twice, and each segment alone": {
			[]string{passage(0, "1", 1, 1), passage(0, "2", 1, 1), passage(10, "1", 1, 1), passage(10, "2", 1, 1), passage(15, "1", 90, 1), passage(20, "1", 1, 1), passage(30, "1", 1, 1)},
			[]reference.Situation{{Subject: "1", Raised: at(10), Cleared: at(15)}, {Subject: "1", Raised: at(30)}, {Subject: "2", Raised: at(10)}},
		},
		"the first of a duplicate counts": {
			[]string{passage(0, "1", 24, 3), passage(5, "1", 24, 3), passage(5, "1", 90, 3), passage(10, "1", 24, 3)},
			[]reference.Situation{{Subject: "1", Raised: at(10)}},
		},
		"what lies outside the window does not count": {
			[]string{passage(-5, "1", 24, 3), passage(0, "1", 24, 3), passage(5, "1", 24, 3), passage(60, "1", 24, 3)}, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, "road-congestion", town{traffic: c.traffic}.compute(t, 60, reference.Options{}), c.want...)
		})
	}
}

func TestGaragePressure(t *testing.T) {
	congested := []string{passage(0, "1", 10, 3), passage(10, "1", 10, 3), passage(100, "1", 90, 3)}
	far := []string{passage(0, "2", 10, 3), passage(10, "2", 10, 3)}
	for name, c := range map[string]struct {
		town town
		want []reference.Situation
	}{
		"congestion near": {
			town{traffic: congested, parking: []string{parked(20, 80), parked(50, 80), parked(80, 75), parked(110, 74)}},
			[]reference.Situation{{Subject: "G", Raised: at(50), Cleared: at(110), Congested: []string{"1"}}},
		},
		"congestion farther than 800 m": {town{traffic: far, parking: []string{parked(20, 80), parked(50, 80)}}, nil},
		"one reading":                   {town{traffic: congested, parking: []string{parked(20, 79), parked(50, 80)}}, nil},
		"the third, when congestion comes late": {
			town{traffic: congested, parking: []string{parked(-30, 99), parked(0, 80), parked(5, 80), parked(20, 80)}},
			[]reference.Situation{{Subject: "G", Raised: at(20), Congested: []string{"1"}}},
		},
		"congestion is over": {town{traffic: congested, parking: []string{parked(80, 80), parked(100, 80)}}, nil},
		"congestion begins with the reading": {
			town{traffic: congested, parking: []string{parked(0, 80), parked(10, 80)}},
			[]reference.Situation{{Subject: "G", Raised: at(10), Congested: []string{"1"}}},
		},
		"event from now to before three hours": {
			town{library: []string{starts("now", 60, 56.15), starts("past", 59, 56.15), starts("late", 240, 56.15), starts("last", 239, 56.1589), starts("far", 100, 56.16)},
				parking: []string{parked(30, 80), parked(60, 80)}},
			[]reference.Situation{{Subject: "G", Raised: at(60), Events: []string{"now", "last"}}},
		},
		"a fault clears it": {
			town{traffic: congested, parking: []string{parked(20, 80), parked(50, 80), parked(80, 101)}},
			[]reference.Situation{{Subject: "G", Raised: at(50), Cleared: at(80), DataFault: true, Congested: []string{"1"}}},
		},
		"readings of a faulty garage do not count": {
			town{traffic: congested, parking: []string{parked(10, 101), parked(20, 90), parked(30, 90), parked(40, 90), parked(50, 90)}},
			[]reference.Situation{{Subject: "G", Raised: at(50), Congested: []string{"1"}}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			check(t, "garage-pressure", c.town.compute(t, 300, reference.Options{}), c.want...)
		})
	}
}

func TestCountFaulty(t *testing.T) {
	town := town{
		traffic: []string{passage(0, "1", 10, 3), passage(10, "1", 10, 3)},
		parking: []string{parked(10, 101), parked(20, 90), parked(30, 90), parked(40, 90), parked(50, 90)},
	}
	check(t, "garage-pressure", town.compute(t, 300, reference.Options{CountFaulty: true}),
		reference.Situation{Subject: "G", Raised: at(40), Congested: []string{"1"}})
}

func TestDataFault(t *testing.T) {
	row := func(value, count, every int) (rows []string) {
		for i := range count {
			rows = append(rows, parked(i*every, value))
		}
		return rows
	}
	for name, c := range map[string]struct {
		parking []string
		flagged int
		want    []reference.Situation
	}{
		"over capacity until the third sound reading": {
			[]string{parked(0, 101), parked(10, 100), parked(20, 50), parked(30, 51), parked(40, 50)}, 1,
			[]reference.Situation{{Subject: "G", Raised: at(0), Cleared: at(30)}},
		},
		"a fault between starts the three anew": {
			[]string{parked(0, 101), parked(10, 100), parked(20, 101), parked(30, 51), parked(40, 50)}, 2,
			[]reference.Situation{{Subject: "G", Raised: at(0)}},
		},
		"twelve readings in twelve hours": {
			append(row(42, 12, 66), parked(12*66, 41), parked(13*66, 40), parked(14*66, 41)), 1,
			[]reference.Situation{{Subject: "G", Raised: at(11 * 66), Cleared: at(14 * 66)}},
		},
		"twelve in less":    {row(42, 12, 65), 0, nil},
		"eleven in twelve":  {row(42, 11, 75), 0, nil},
		"zero is not stuck": {row(0, 20, 60), 0, nil},
		"thirteen, the first and the last twelve hours apart": {
			row(42, 13, 60), 1, []reference.Situation{{Subject: "G", Raised: at(12 * 60)}},
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := town{parking: c.parking}.compute(t, 3000, reference.Options{})
			check(t, "data-fault", r, c.want...)
			for _, rows := range r.Rows {
				if rows.File == "parking.csv.gz" && (rows.Flagged != c.flagged || rows.Sum() != len(c.parking)) {
					t.Errorf("parking rows %+v, want %d flagged of %d", rows, c.flagged, len(c.parking))
				}
			}
		})
	}
}

func TestRows(t *testing.T) {
	r := town{
		traffic: []string{passage(-1, "1", 9, 9), passage(0, "1", 9, 9), passage(0, "1", 9, 9), passage(0, "2", 9, 9), passage(60, "1", 9, 9), passage(0, "3", 9, 9), "noon,1,9,9\n"},
		weather: []string{"80,12,3.5,2014-08-20T14:00:00\r\n", ",,,2014-08-20T14:20:00\r\n", "80,,3,2014-08-20T14:40:00\r\n", "80,12,3.5,2014-08-20T13:40:00\r\n", "damp,12,3.5,2014-08-20T14:50:00\r\n"},
		library: []string{starts("a", -9999, 56.15)},
	}.compute(t, 60, reference.Options{})
	want := []reference.Rows{
		{File: "cultural_events.json"},
		{File: "garages.csv", Total: 1, Applied: 1},
		{File: "library_events.json", Total: 1, Applied: 1},
		{File: "parking.csv.gz"},
		{File: "traffic.csv.gz", Total: 7, Applied: 2, Duplicate: 1, Quarantined: 2, Outside: 2},
		{File: "traffic_sensors.csv", Total: 2, Applied: 2},
		{File: "weather.csv", Total: 5, Applied: 1, Flagged: 1, Quarantined: 2, Outside: 1},
	}
	if diff := cmp.Diff(want, r.Rows); diff != "" {
		t.Errorf("rows (-want +got)\n%s", diff)
	}
}
