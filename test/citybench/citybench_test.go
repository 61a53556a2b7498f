package citybench

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func everyQuery() (ids []string) {
	for _, q := range Queries {
		ids = append(ids, q.ID)
	}
	return ids
}

func TestQueriesAreRules(t *testing.T) {
	if len(Queries) != 12 {
		t.Fatalf("%d queries", len(Queries))
	}
	rules, err := Rules(Queries, 2)
	if err != nil {
		t.Fatal(err)
	}
	if len(rules) != rulesIn(2) {
		t.Errorf("%d rules, the table says %d", len(rules), rulesIn(2))
	}
	for _, r := range rules {
		if names := r.Title(); names.ZH == "" || names.EN == "" {
			t.Errorf("%s has no title in both languages", r.ID())
		}
	}
}

// town is a data set small enough to know the answers by heart: both garages,
// the walker and the quiet weather, one observation a second each.
func town(t *testing.T, kalk, skole []string) *Dataset {
	t.Helper()
	f := fields{0, 1}
	garage := func(id, name string, rows []string) *Stream {
		return &Stream{ID: id, Entity: city.EntityID("OffStreetParking:" + name), Type: "OffStreetParking", First: 1, Rows: rows, parse: free(f)}
	}
	d := &Dataset{Events: map[string][]city.Point{}, segments: map[string]segment{}}
	d.Streams = []*Stream{garage(Kalkvaerksvej, "KALKVAERKSVEJ", kalk), garage(Skolebakken, "SKOLEBAKKEN", skole)}
	for _, name := range []string{"KALKVAERKSVEJ", "SKOLEBAKKEN"} {
		d.reference("OffStreetParking", city.EntityID("OffStreetParking:"+name), fixed("pair", city.TextOf("g1")), fixed("garage", city.TextOf(name)))
	}
	return d
}

func TestOracleNamesWhatStandsInAResult(t *testing.T) {
	// cars, places; the second garage fills with its fourth observation.
	d := town(t, []string{"1,9", "1,9", "1,9", "1,9", "1,9"}, []string{"1,9", "1,9", "1,9", "9,9", "1,9"})
	arrivals := d.Arrivals(Setting{Rate: 1, Each: 5})
	truth, err := d.Ask(QueryOf("q7"), arrivals)
	if err != nil {
		t.Fatal(err)
	}
	// Arrival 7 is the full one. It stands with the first garage's observations
	// 1 to 3 at once, and with 4 when that comes; then 9 pairs with nothing full
	// of its own but is itself no part of a pair.
	want := Truth{Results: 3, Contributes: map[int]int{2: 7, 4: 7, 6: 7, 7: 7, 8: 8}}
	if diff := cmp.Diff(want, truth); diff != "" {
		t.Error(diff)
	}
}

func TestEngineFindsWhatTheOracleNames(t *testing.T) {
	d := town(t, []string{"1,9", "1,9", "1,9", "1,9", "1,9"}, []string{"1,9", "1,9", "1,9", "9,9", "1,9"})
	r, err := Run(d, Setting{Rate: 1, Each: 5, Copies: 3, Queries: []string{"q7"}})
	if err != nil {
		t.Fatal(err)
	}
	o := r.Outcomes[0]
	if o.Results != 3 || o.Named != 15 || o.Found != 15 || o.Completeness() != 1 {
		t.Errorf("%+v", o)
	}
}

func TestStreamsStartTogetherAndKeepTheirPace(t *testing.T) {
	d := town(t, []string{"1,9", "1,9"}, []string{"1,9", "1,9", "1,9"})
	var got []time.Duration
	for _, a := range d.Arrivals(Setting{Rate: 2, Each: 5}) {
		got = append(got, a.At.Sub(begin))
	}
	want := []time.Duration{0, apart, 500 * time.Millisecond, 500*time.Millisecond + apart, time.Second + apart}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// The twelve queries over the real streams, at every rate, from before the garage
// fills: everything that the oracle names is found, and nothing else but in Q7.
func TestCompleteOverTheRealStreams(t *testing.T) {
	dir := os.Getenv("CITYBRAIN_DATA")
	if dir == "" || testing.Short() {
		t.Skip("CITYBRAIN_DATA is not set, or -short: not run on the real streams")
	}
	d, err := Load(dir, GarageStart-20)
	if err != nil {
		t.Fatal(err)
	}
	for _, rate := range rates {
		r, err := Run(d, Setting{Rate: rate, Each: int(rate * span), Copies: 2, Queries: everyQuery()})
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range r.Outcomes {
			if o.Completeness() != 1 {
				t.Errorf("%s at %g/s: %d of %d found", o.Query, rate, o.Found, o.Named)
			}
			if o.Results == 0 && !(o.Query == "q12" && rate == 1) {
				t.Errorf("%s at %g/s: nothing found", o.Query, rate)
			}
			if o.Beyond > 0 && o.Query != "q7" {
				t.Errorf("%s at %g/s: %d observations that stand in no result", o.Query, rate, o.Beyond)
			}
		}
	}
}

func TestServeRunsASettingThatComesAsJSON(t *testing.T) {
	dir := os.Getenv("CITYBRAIN_DATA")
	if dir == "" {
		t.Skip("CITYBRAIN_DATA is not set: not run on the real streams")
	}
	var out strings.Builder
	if err := Serve(dir, strings.NewReader(`{"Rate": 10, "Each": 30, "Copies": 1, "Queries": ["q1"]}`), &out); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), `"Query":"q1","Results":59`) {
		t.Error(out.String())
	}
	if err := Serve(dir, strings.NewReader(`{"Rate": 10, "Each": 30, "Copies": 1, "Queries": ["q13"]}`), &out); err == nil {
		t.Error("ran a query that is not there")
	}
}

func TestVerdictSaysWhatIsMissed(t *testing.T) {
	reports := []*Report{{Setting: Setting{Rate: 1, Paced: true, Copies: 1}, PeakRSS: 300e6}}
	for _, q := range Queries {
		reports[0].Outcomes = append(reports[0].Outcomes, Outcome{Query: q.ID, Results: 1, Found: 1, Named: 1, Mean: 1, Own: 1, Samples: 1})
	}
	reports[0].Outcomes[0] = Outcome{Query: "q1", Results: 5, Found: 99_999, Named: 100_000, Mean: 8, Own: 7, Samples: 3}
	text := Markdown(reports, "here")
	for _, want := range []string{"Q1 with one copy, 1/s takes 7.0 ms", "is 0.9999 complete", "take 300 MB", "| Q2 | congestion on a road with the weather | 1.00 (0) | 1.0 | 1 |"} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}
