package bench

import (
	"encoding/json"
	"math"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func TestMedianAndSpread(t *testing.T) {
	for _, c := range []struct {
		values []float64
		median float64
		spread string
	}{
		{[]float64{5}, 5, "5 – 5"},
		{[]float64{9, 1, 5}, 5, "1 – 9"},
		{[]float64{1, 3, 2000, 2}, 2.5, "1 – 2,000"},
	} {
		f := figure{Values: c.values}
		if f.median() != c.median || f.spread() != c.spread {
			t.Errorf("%v: median %g, spread %q", c.values, f.median(), f.spread())
		}
	}
}

func TestGrouped(t *testing.T) {
	for want, v := range map[string]float64{"0": 0, "999": 999, "1,000": 1000, "-12,345": -12345, "1,234,567": 1234567} {
		if got := grouped(v, 0); got != want {
			t.Errorf("grouped(%g) = %q, want %q", v, got, want)
		}
	}
	if got := grouped(1234.567, 2); got != "1,234.57" {
		t.Errorf("with decimals: %q", got)
	}
}

func TestPercentile(t *testing.T) {
	hundred := make([]float64, 100)
	for i := range hundred {
		hundred[i] = float64(i + 1)
	}
	for share, want := range map[float64]float64{0: 1, 0.5: 50, 0.99: 99, 1: 100} {
		if got := percentile(hundred, share); got != want {
			t.Errorf("percentile(%g) = %g, want %g", share, got, want)
		}
	}
	if !math.IsNaN(percentile(nil, 0.5)) {
		t.Error("a percentile of nothing")
	}
}

func TestReportSaysWhatWasMissed(t *testing.T) {
	s := &session{}
	for _, v := range []float64{90, 110, 95} {
		s.add(figure{Area: "a", What: "rate", Unit: "x/s", Target: atLeast(100)}, v, 1, 2)
		s.add(figure{Area: "a", What: "peak", Unit: "MB", Decimals: 1, Target: under(100), Note: "so it is"}, v, 0, 0)
	}
	r := report{Runs: 3, Figures: s.figures, Failed: []string{"b: broken"}}
	path := filepath.Join(t.TempDir(), "performance.md")
	text := "# Speed\n\nbefore\n" + beginMarker + "\nold\n" + endMarker + "\nafter\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	for range 2 { // twice: writing again replaces what was written
		if err := r.writeBetweenMarkers(path); err != nil {
			t.Fatal(err)
		}
	}
	written, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"before\n" + beginMarker + "\n\nMachine",
		"| a | rate | ≥ 100 | 95 | 90 – 110 | x/s | 3 | 6 | **missed** |\n",
		"| a | peak | < 100.0 | 95.0 | 90.0 – 110.0 | MB | 0 | 0 | reached |\n",
		"- a, peak: so it is\n",
		"Not measured: b: broken\n\n" + endMarker + "\nafter\n",
	} {
		if strings.Count(string(written), want) != 1 {
			t.Errorf("want once %q in\n%s", want, written)
		}
	}
	if !strings.Contains(string(written), "Median of 3 runs, with") {
		t.Errorf("the number of runs is not in\n%s", written)
	}
	if r.Runs = 1; !strings.Contains(r.markdown(), ". One run.\n") || strings.Contains(r.markdown(), "Median of") {
		t.Errorf("one run is not told as one:\n%s", r.markdown())
	}
	if err := os.WriteFile(path, []byte("no markers"), 0o600); err != nil {
		t.Fatal(err)
	}
	if r.writeBetweenMarkers(path) == nil {
		t.Error("wrote into a file without markers")
	}
}

func TestVehicleIsAnEntity(t *testing.T) {
	f := fleet{first: 7, size: 250}
	var body []byte
	for turn := range 3 {
		f.appendBatch(nil, &body, freely)
		var entities []map[string]any
		if err := json.Unmarshal(body, &entities); err != nil {
			t.Fatalf("%v in %s", err, body)
		}
		if len(entities) != batchSize {
			t.Fatalf("%d entities", len(entities))
		}
		first := entities[0]
		if len(first) != attributes+2 || first["id"] != []string{vehiclePrefix + "7", vehiclePrefix + "107", vehiclePrefix + "207"}[turn] {
			t.Errorf("turn %d: %v", turn, first)
		}
	}
	request := string(patchVehicle(nil, 3, 4))
	head, patch, _ := strings.Cut(request, "\r\n\r\n")
	if !json.Valid([]byte(patch)) || !strings.HasPrefix(head, "PATCH /ngsi-ld/v1/entities/"+vehiclePrefix) {
		t.Error(request)
	}
}

func TestLoadCountsWhatIsRefused(t *testing.T) {
	var n atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader([]int{204, 503, 500}[n.Add(1)%3])
	}))
	defer server.Close()
	r, err := load{addr: strings.TrimPrefix(server.URL, "http://"), connections: 2, measured: 200 * time.Millisecond, request: getVehicle, status: 204}.run(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if r.accepted == 0 || r.refused == 0 || r.errors == 0 || r.firstError == nil || int64(len(r.millis)) != r.accepted {
		t.Errorf("%+v", r)
	}
	total := float64(r.accepted + r.refused + r.errors)
	for _, part := range []int64{r.accepted, r.refused, r.errors} {
		if share := float64(part) / total; share < 0.3 || share > 0.37 {
			t.Errorf("%d of %g answers", part, total)
		}
	}
}

func TestLoadFailsWithoutAServer(t *testing.T) {
	if _, err := (load{addr: "127.0.0.1:1", connections: 1, measured: time.Millisecond, request: getVehicle}).run(t.Context()); err == nil {
		t.Error("no error")
	}
}

func TestUnknownAreaIsNamed(t *testing.T) {
	err := Run(t.Context(), Options{Areas: []string{"speed"}}, os.Stdout)
	if err == nil || !strings.Contains(err.Error(), `"speed"`) || !strings.Contains(err.Error(), "batch-upsert") {
		t.Errorf("error %v", err)
	}
}
