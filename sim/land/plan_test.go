package land

import (
	"bytes"
	"flag"
	"math"
	"os"
	"testing"
)

var update = flag.Bool("update", false, "write the files of cities/shili that are drawn from the plan")

// TestCityDefinitionIsDrawnFromThePlan keeps the base map and the districts of the
// city definition equal to what the plan gives.
func TestCityDefinitionIsDrawnFromThePlan(t *testing.T) {
	for name, want := range map[string][]byte{"basemap.geojson": Shili().Basemap(), "areas.yaml": Shili().Areas()} {
		path := "../../cities/shili/" + name
		if *update {
			if err := os.WriteFile(path, want, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s is not what the plan gives: go test ./sim/land -update", path)
		}
		if len(want) > 500<<10 {
			t.Errorf("%s has %d KiB: draw less", name, len(want)>>10)
		}
	}
}

// TestStreetNetwork holds the size of the network and that one can drive from
// every junction to every other.
func TestStreetNetwork(t *testing.T) {
	p := Shili()
	next := make([][]int, len(p.Junctions))
	edges, bridges, signals, gates := 0, 0, 0, 0
	for i := range p.Edges {
		e := &p.Edges[i]
		if e.edge {
			continue
		}
		edges++
		if e.Bridge {
			bridges++
		}
		if l := e.Line.Length(); l < 90 || l > 2500 {
			t.Errorf("%s %d is %.0f m long", p.Streets[e.Street].ID, e.Number, l)
		}
		next[e.From], next[e.To] = append(next[e.From], e.To), append(next[e.To], e.From)
	}
	for _, j := range p.Junctions {
		if j.Signal {
			signals++
		}
		if j.Gate {
			gates++
		}
	}
	if edges < 150 || edges > 210 || bridges < 6 || signals < 35 || signals > 50 || gates < 10 {
		t.Errorf("%d edges, %d bridges, %d signals, %d gates", edges, bridges, signals, gates)
	}
	reached, queue := map[int]bool{0: true}, []int{0}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, n := range next[queue[0]] {
			if !reached[n] {
				reached[n] = true
				queue = append(queue, n)
			}
		}
	}
	for i := range p.Junctions {
		if len(next[i]) > 0 && !reached[i] {
			t.Errorf("junction %d at %v cannot be reached", i, p.Junctions[i].At)
		}
	}
}

// TestDistrictsShareTheLand holds that each place inside the edge lies in exactly
// one district.
func TestDistrictsShareTheLand(t *testing.T) {
	inside := edge()
	places, none, several := 0, 0, 0
	for x := -4400.0; x < 4400; x += 110 {
		for y := -4000.0; y < 4000; y += 110 {
			v := Vec{x, y}
			if !inside.contains(v) {
				continue
			}
			places++
			n := 0
			for _, d := range Shili().Districts {
				if d.Shape.contains(v) {
					n++
				}
			}
			switch {
			case n == 0:
				none++
			case n > 1:
				several++
			}
		}
	}
	// Where the dividing lines meet the edge, a sliver may be cut off.
	if none > places/200 || several > places/200 {
		t.Errorf("of %d places %d lie in no district, %d in several", places, none, several)
	}
}

// TestNothingIsBuiltInTheWater holds that blocks keep out of river and lake.
func TestNothingIsBuiltInTheWater(t *testing.T) {
	bed, lake := riverBed(), lakeShore()
	blocks, buildings := 0, 0
	for _, q := range Shili().quarters {
		blocks, buildings = blocks+len(q.blocks), buildings+len(q.buildings)
		for _, b := range append(append([]Line{}, q.blocks...), q.buildings...) {
			if c := b.centre(); bed.contains(c) || lake.contains(c) {
				t.Errorf("something is built in the water at %v", c)
			}
		}
	}
	if blocks < 500 || buildings < 800 {
		t.Errorf("only %d blocks and %d buildings", blocks, buildings)
	}
}

// TestUnderpassesLieWhereStreetAndRailwayCross holds the eight underpasses.
func TestUnderpassesLieWhereStreetAndRailwayCross(t *testing.T) {
	p := Shili()
	if len(p.Underpasses) != 8 {
		t.Fatalf("%d underpasses", len(p.Underpasses))
	}
	for _, u := range p.Underpasses {
		on, _ := p.Edges[u.Edge].Line.At(u.Share)
		away := math.Inf(1)
		for _, r := range p.Railways {
			q, _ := r.Line.Near(u.At)
			away = min(away, q.Distance(u.At))
		}
		if on.Distance(u.At) > 2 || away > 2 {
			t.Errorf("%s is %.0f m from its street and %.0f m from a railway", u.Name.EN, on.Distance(u.At), away)
		}
	}
}
