package pack

import (
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

const (
	aarhus   = "../cities/aarhus"
	allPacks = "../packs"
)

func TestAarhusHasNoFaults(t *testing.T) {
	c, fs := LoadCity(aarhus, allPacks)
	if err := fs.Err(); err != nil {
		t.Fatal(err)
	}
	var feeds, rules []string
	for _, f := range c.Feeds {
		feeds = append(feeds, string(f.Feed()))
	}
	for _, r := range c.Rules() {
		rules = append(rules, r.Name())
	}
	slices.Sort(rules)
	if diff := cmp.Diff([]string{"cultural-events", "garages", "library-events", "parking", "segments", "traffic", "weather"}, feeds); diff != "" {
		t.Errorf("feeds (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"data-fault", "garage-pressure", "road-congestion"}, rules); diff != "" {
		t.Errorf("rules (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"culture-department", "operations-centre", "parking-operator", "road-authority", "weather-service"}, c.Agencies.Roles()); diff != "" {
		t.Errorf("roles (-want +got):\n%s", diff)
	}
	if c.Zone.String() != "Europe/Copenhagen" || c.Name.EN != "Aarhus" || c.Calendar == nil || len(c.Areas) != 3 {
		t.Errorf("zone %s, name %s, calendar %v, %d areas", c.Zone, c.Name.EN, c.Calendar, len(c.Areas))
	}
	for _, f := range c.Feeds {
		if !f.Observed() {
			continue
		}
		id := f.Feed().Source()
		if !c.Quality.FirstWins(id) || c.Quality.StaleAfter(id) == 0 || !c.Quality.Watches(f.Spec().Type) {
			t.Errorf("feed %s lacks a duplicate, stale or reading rule", id)
		}
	}
}

// TestEveryCityHasNoFaults loads whatever stands in cities/ with all its packs.
func TestEveryCityHasNoFaults(t *testing.T) {
	dirs, _ := filepath.Glob("../cities/*/city.yaml")
	if len(dirs) == 0 {
		t.Error("no city")
	}
	for _, dir := range dirs {
		c, fs := LoadCity(filepath.Dir(dir), allPacks)
		if err := fs.Err(); err != nil {
			t.Error(err)
		}
		for _, p := range c.Packs {
			for _, proc := range p.Procedures {
				if c.Procedures().For(proc.Rule()) != proc {
					t.Errorf("%s: no case is opened by %s", dir, proc.ID())
				}
			}
		}
	}
}

func TestEveryPackLoadsAlone(t *testing.T) {
	for _, name := range []string{"parking-relief", "rain-emergency"} {
		p, fs := Load(allPacks + "/" + name)
		if err := fs.Err(); err != nil {
			t.Error(err)
		}
		if len(p.Procedures) == 0 || len(p.Layers) == 0 || len(p.Figures) == 0 {
			t.Errorf("%s has %d procedures, %d layers, %d figures", name, len(p.Procedures), len(p.Layers), len(p.Figures))
		}
	}
}

func TestParkingReliefIsOpenData(t *testing.T) {
	p, _ := Load(allPacks + "/parking-relief")
	for _, s := range p.Standards {
		if s.Grade() != city.L1 {
			t.Errorf("%s has grade %s; the fields of this pack are open data", s.Type, s.Grade())
		}
	}
}

func TestLoadingTwiceIsEqual(t *testing.T) {
	dir := t.TempDir()
	lay(t, dir, readFaultFile(t, "testdata/base.txt").files)
	lay(t, dir, readFaultFile(t, "testdata/faults/standard-foreign-key.txt").files)
	lay(t, dir, readFaultFile(t, "testdata/faults/quality-keys.txt").files)
	lay(t, dir, readFaultFile(t, "testdata/faults/calendar-hours.txt").files)
	first := faultsOf(dir)
	for range 20 {
		if again := faultsOf(dir); again != first {
			t.Fatalf("faults in another order:\n%s\nthan before:\n%s", again, first)
		}
	}
}
