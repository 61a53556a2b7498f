package sim

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"citybrain/city"
)

// sum is a digest of all that a city says in a time.
func sum(o Options, lasting time.Duration) [32]byte {
	c := New(o)
	h := sha256.New()
	add := func(batches []Batch) {
		for _, b := range batches {
			io.WriteString(h, string(b.Feed)+" "+b.At.String()+"\n")
			h.Write(b.Body)
		}
	}
	add(c.Reference())
	add(c.Step(c.Now().Add(lasting)))
	for _, i := range c.Truth() {
		io.WriteString(h, string(i.Kind)+string(i.Entity)+i.Start.String()+i.End.String())
	}
	return [32]byte(h.Sum(nil))
}

// TestSameSeedSameBytes holds that a city is a function of its options.
func TestSameSeedSameBytes(t *testing.T) {
	o := Options{Seed: 7, WarmUp: time.Hour}
	first := sum(o, 40*time.Minute)
	if sum(o, 40*time.Minute) != first {
		t.Error("the same seed gives another day")
	}
	o.Seed = 8
	if sum(o, 40*time.Minute) == first {
		t.Error("another seed gives the same day")
	}
}

// TestStepsMakeNoDifference holds that it does not matter how often one asks.
func TestStepsMakeNoDifference(t *testing.T) {
	o := Options{Seed: 3, WarmUp: 30 * time.Minute}
	a, b := New(o), New(o)
	end := a.Now().Add(10 * time.Minute)
	whole := a.Step(end)
	var parts []Batch
	for at := b.Now(); b.Now() < end; at = at.Add(3 * time.Second) {
		parts = append(parts, b.Step(min(at, end))...)
	}
	if len(whole) != len(parts) {
		t.Fatalf("%d batches at once, %d in small steps", len(whole), len(parts))
	}
	for i := range whole {
		if whole[i].Feed != parts[i].Feed || !bytes.Equal(whole[i].Body, parts[i].Body) {
			t.Fatalf("batch %d of %s differs", i, whole[i].Feed)
		}
	}
}

// TestCarsAreConserved holds that every car is on the streets, beside them, in a
// garage or gone: none appears from nowhere on its way.
func TestCarsAreConserved(t *testing.T) {
	c := New(Options{Seed: 5, WarmUp: time.Hour})
	for range 60 {
		c.Step(c.Now().Add(time.Minute))
		onRoad, waiting := c.flow.Cars()
		coming, buses := 0, 0
		for i := range c.garages {
			g := &c.garages[i]
			coming += g.coming
			if g.parked < 0 || g.parked > float64(g.spaces) {
				t.Fatalf("%s holds %.0f cars in %d places", g.key, g.parked, g.spaces)
			}
		}
		for i := range c.buses.fleet {
			if c.buses.fleet[i].link != -1 {
				buses++
			}
		}
		if onRoad+waiting != c.demand.cars+coming+buses {
			t.Fatalf("%s: %d cars on and beside the streets, but %d on their way, %d to garages and %d buses", c.Now(), onRoad, c.demand.cars, coming, buses)
		}
	}
}

// TestDaysHaveARhythm compares the traffic of the rush hour with that of the night
// and of a Sunday, and offices by day with offices by night.
func TestDaysHaveARhythm(t *testing.T) {
	monday := midnight(dayOf(Evening) + 3)
	at := func(start city.Instant) (cars int, filled float64) {
		c := New(Options{Seed: 2, Start: start, WarmUp: 90 * time.Minute, Quiet: true})
		cars, _ = c.flow.Cars()
		for i := range c.garages {
			if c.garages[i].usual == &offices {
				filled += c.garages[i].parked / float64(c.garages[i].spaces)
			}
		}
		return cars, filled
	}
	peak, _ := at(monday.Add(8*time.Hour + 30*time.Minute))
	noon, full := at(monday.Add(11 * time.Hour))
	night, empty := at(monday.Add(3 * time.Hour))
	sunday, _ := at(monday.Add(-24*time.Hour + 8*time.Hour + 30*time.Minute))
	if peak < noon*5/4 || noon < night*4 || peak < sunday*3/2 {
		t.Errorf("cars: rush hour %d, noon %d, night %d, Sunday morning %d", peak, noon, night, sunday)
	}
	if full < 2.5*empty {
		t.Errorf("offices are filled to %.2f at noon and %.2f at night", full, empty)
	}
}

// TestNoRuleReadsTheTruth holds that nothing that judges the city knows the
// simulation.
func TestNoRuleReadsTheTruth(t *testing.T) {
	for _, room := range []string{"rule", "catalog", "pack", "model", "history", "casework", "feed", "api", "bus", "store"} {
		err := filepath.WalkDir(filepath.Join("..", room), func(path string, d os.DirEntry, err error) error {
			if err != nil || filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if bytes.Contains(text, []byte(`"citybrain/sim`)) {
				t.Errorf("%s imports the simulation", path)
			}
			return err
		})
		if err != nil {
			t.Error(err)
		}
	}
}

// slowFeeder refuses every third body once.
type slowFeeder struct {
	taken  []string
	asked  int
	refuse bool
}

func (f *slowFeeder) Push(_ context.Context, feed city.FeedID, _ string, body io.Reader) error {
	f.asked++
	if f.refuse = f.asked%3 == 0 && !f.refuse; f.refuse {
		return &city.Error{Kind: city.Overload, Op: "test"}
	}
	data, err := io.ReadAll(body)
	f.taken = append(f.taken, string(feed)+string(data))
	return err
}

// TestRunKeepsPaceAndRepeatsWhatIsRefused holds that Run sends what Reference and
// Step give, in order and each once, however often it is told to wait.
func TestRunKeepsPaceAndRepeatsWhatIsRefused(t *testing.T) {
	o := Options{Seed: 4, WarmUp: 30 * time.Minute}
	reference := New(o)
	var want []string
	for _, b := range append(reference.Reference(), reference.Step(reference.Now().Add(2*time.Minute))...) {
		want = append(want, string(b.Feed)+string(b.Body))
	}
	c := New(o)
	now, end := c.Now(), c.Now().Add(2*time.Minute)
	f := &slowFeeder{}
	done := errors.New("the test is over")
	err := Run(t.Context(), c, f, Pace{
		Now: func() city.Instant { return now },
		Wait: func(_ context.Context, until city.Instant) error {
			if len(f.taken) == len(want) {
				return done
			}
			now = max(now, min(until, end))
			return nil
		},
	})
	if err != done {
		t.Fatal(err)
	}
	for i := range want {
		if f.taken[i] != want[i] {
			t.Fatalf("body %d is not what the city said", i)
		}
	}
}
