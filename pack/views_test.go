package pack

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/api/ngsild"
	"citybrain/city"
)

func parking(t *testing.T) *City {
	t.Helper()
	c, fs := LoadCity(aarhus, allPacks)
	if err := fs.Err(); err != nil {
		t.Fatal(err)
	}
	return c
}

func TestLayersSayHowEntitiesAreDrawn(t *testing.T) {
	roads := parking(t).Layers()[0]
	want := Layer{
		Pack: "parking-relief", ID: "roads", Title: city.Names{ZH: "道路通行", EN: "Road traffic"}, Type: "RoadSegment", Draw: DrawLine,
		Value: &Measure{"averageVehicleSpeed", "freeFlowSpeed"}, Unit: "%", Scale: &Scale{Good: 0.8, Poor: 0.3}, Label: "name",
		Fields: []LayerField{
			{"name", city.Names{ZH: "路段", EN: "Segment"}, ""},
			{"averageVehicleSpeed", city.Names{ZH: "平均车速", EN: "Mean speed"}, "km/h"},
			{"freeFlowSpeed", city.Names{ZH: "自由流车速", EN: "Free-flow speed"}, "km/h"},
			{"vehicleCount", city.Names{ZH: "车辆数", EN: "Vehicles counted"}, ""},
		},
	}
	if diff := cmp.Diff(want, roads); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestFiguresSayWhatTheyCount(t *testing.T) {
	watch, alarm := 5.0, 20.0
	figures := parking(t).Figures()
	want := Figure{Pack: "parking-relief", ID: "congested-roads", Title: city.Names{ZH: "拥堵路段", EN: "Congested segments"},
		Situation: "parking-relief/road-congestion", Watch: &watch, Alarm: &alarm}
	if diff := cmp.Diff(want, figures[0]); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(&EntitySum{"OffStreetParking", "occupiedSpotNumber", "totalSpotNumber"}, figures[1].Sum); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestQueriesAreNGSILD holds that what a view may ask is asked in NGSI-LD's own
// language: the interface that lists the rows of a figure reads every query.
func TestQueriesAreNGSILD(t *testing.T) {
	for _, c := range []struct {
		q     string
		terms int // 0: no query of a view
	}{
		{"level", 1}, {"level>15", 1}, {"level>=-1.5", 1}, {"a:b>0", 1}, {"level<2;level!=0|broken==true", 3},
		{`state=="fault"`, 1}, {`state!="a;b|c";level`, 2}, {`name=="江城 1"`, 1},
		{"", 0}, {";level", 0}, {"level;", 0}, {"level>", 0}, {"level>>1", 0}, {"level=1", 0}, {"level>NaN", 0}, {"level>0x10", 0}, {"level>+1", 0}, {"level>.5", 0}, {"level>1.", 0}, {"level>007", 0}, {"level>1e3", 0},
		{"(level>1)", 0}, {"level==1,2", 0}, {"level==1..2", 0}, {`state~="f"`, 0}, {`state=="fault`, 0}, {"level.unit>1", 0},
		{"level[a]>1", 0}, {"broken>true", 0}, {"level>1 ", 0}, {"le vel>1", 0}, {`state=="a\"b"`, 0},
	} {
		terms, why := parseQuery(c.q)
		if len(terms) != c.terms || (why == "") != (c.terms > 0) {
			t.Errorf("%q: %d terms, %q", c.q, len(terms), why)
		}
		if _, err := ngsild.CompileQ(c.q); why == "" && err != nil {
			t.Errorf("%q is a query of views but not of NGSI-LD: %v", c.q, err)
		}
	}
}

func FuzzQueriesAreNGSILD(f *testing.F) {
	f.Add("level>15")
	f.Add(`state=="a;b";broken!=true|x<-10.5`)
	f.Fuzz(func(t *testing.T, q string) {
		if _, why := parseQuery(q); why != "" || len(q) > 1000 {
			return
		}
		if _, err := ngsild.CompileQ(q); err != nil {
			t.Errorf("%q: %v", q, err)
		}
	})
}
