package rule

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func point(lon, lat float64) city.Attribute {
	return static("location", city.GeoOf(city.PointPlace(city.Point{Lon: lon, Lat: lat})), t0)
}

func square(id, kind string, west, east float64) Area {
	return Area{ID: id, Kind: kind, Place: &city.Place{Kind: city.PlacePolygon, Rings: []int32{5}, Points: []city.Point{
		{Lon: west, Lat: 56}, {Lon: east, Lat: 56}, {Lon: east, Lat: 57}, {Lon: west, Lat: 57}, {Lon: west, Lat: 56}}}}
}

// Groups by area and by relation have the id and the place of what they stand for.
func TestKeysHavePlaces(t *testing.T) {
	rules := compile(t, "rule: area\nentity: X\nseverity: minor\nkey: {area: district}\nwhen: a > 1\n",
		"rule: related\nentity: X\nseverity: minor\nkey: {related: ref}\nwhen: a > 1\n",
		"rule: cell\nentity: X\nseverity: minor\nkey: {cell: 1 km}\nwhen: a > 1\n")
	o := Options{Areas: []Area{square("whole", "city", 10, 12), square("west", "district", 10, 11), square("east", "district", 11, 12)}}
	e := New(rules, o)
	run(e, []city.Change{
		reference("X", "x", t0, point(11.5, 56.5), static("ref", city.RelationOf("road"), t0)),
		reference("X", "lost", t0),
	}, minutes(1))
	run(e, []city.Change{reading("X", "x", minutes(2), a(2, 5)), reading("X", "lost", minutes(2), a(2, 5))}, minutes(3))
	got := map[city.EntityID]city.Point{}
	for _, s := range again(t, e, rules).Up() {
		low, _ := s.Place.Bounds()
		got[s.Entity] = low
	}
	if len(got) != 3 || got["urn:ngsi-ld:Area:east"] != (city.Point{Lon: 11, Lat: 56}) || got["road"] != (city.Point{Lon: 11.5, Lat: 56.5}) {
		t.Error(got)
	}
	for id, low := range got {
		if strings.HasPrefix(string(id), "urn:ngsi-ld:Cell:1000m:") && (low.Lon > 11.5 || low.Lat > 56.5 || city.CheckEntityID(id) != "") {
			t.Error(id, low)
		}
	}
}

// Every position lies in the cell that its cell says.
func TestCellsHoldTheirPositions(t *testing.T) {
	for i := range 20_000 {
		p := city.Point{Lon: float64(i%3600)/10 - 180, Lat: float64((i*7)%1780)/10 - 89}
		x, y := cellAt(p, 500)
		low, high := cellPlace(x, y, 500).Bounds()
		if p.Lon < low.Lon-1e-9 || p.Lon > high.Lon+1e-9 || p.Lat < low.Lat-1e-9 || p.Lat > high.Lat+1e-9 {
			t.Fatal(p, low, high)
		}
	}
}

// A rule keeps at most MaxGroups groups; those with something up stay.
func TestGroupsAreBounded(t *testing.T) {
	rules := compile(t, "rule: g\nentity: X\nseverity: minor\nkey: {attribute: n}\nlet: {c: {window: 1h, fold: count}}\nwhen: a > 1 && c >= 1.0\n")
	e := New(rules, Options{})
	var list []city.Change
	for i := range MaxGroups + 50 {
		c := reading("X", city.EntityID(fmt.Sprint("x", i)), minutes(1)+city.Instant(i), number("a", 0, minutes(1)), number("n", float64(i), minutes(1)))
		if i == 0 {
			c.Attributes[0].Value.Num = 5
		}
		for k := range c.Attributes {
			c.Attributes[k].ObservedAt = c.At
		}
		list = append(list, c)
	}
	run(e, list, minutes(2))
	g := e.runners[0].groups
	if len(g.at) != MaxGroups || g.dropped != 50 || len(e.Up()) != 1 {
		t.Error(len(g.at), g.dropped, show(e.Up()))
	}
	again(t, e, rules)
}

// More others than a rule looks at make the value unknown, and count as a failure.
func TestTooManyOthers(t *testing.T) {
	rules := compile(t, "rule: many\nentity: X\nseverity: minor\nlet: {n: {count: {type: X, within: 1 km, at-most: 3}}}\nwhen: a > 1 && n < 9\n")
	e := New(rules, Options{})
	var list []city.Change
	for i := range 4 {
		list = append(list, reference("X", city.EntityID(fmt.Sprint("x", i)), t0, point(10, 56)))
	}
	run(e, list, minutes(1))
	if got := run(e, []city.Change{reading("X", "x0", minutes(2), a(2, 5))}, minutes(3)); len(got) != 1 {
		t.Error("three are not too many", show(got))
	}
	run(e, []city.Change{reference("X", "x9", minutes(4), point(10, 56))}, minutes(5))
	if got := run(e, []city.Change{reading("X", "x1", minutes(6), a(6, 5))}, minutes(7)); len(got) != 0 || e.Failures()["test/many"] != 1 {
		t.Error("four are too many", show(got), e.Failures())
	}
}

// Who observes hears of each evaluation that holds, and changes nothing.
func TestObserve(t *testing.T) {
	texts := []string{high, "rule: avg\nentity: X\nseverity: minor\nlet: {m: {window: 5m, of: a, fold: avg, warm: false}}\nwhen: m > 4\nreadings: 2\n"}
	changes := []city.Change{limit(city.OpCreate, 0, 4)}
	for m, v := range []float64{5, 6, 7, 1, 9} {
		changes = append(changes, xs(city.OpObserve, m+1, a(m+1, v)))
	}
	want := show(run(New(compile(t, texts...), Options{}), changes, minutes(9)))
	e := New(compile(t, texts...), Options{})
	var heard []string
	e.Observe(func(h Holding) {
		line := fmt.Sprintf("%s %s %s", h.Rule, h.Entity, h.At.Time().Format("4"))
		for _, ev := range h.Evidence {
			line += fmt.Sprintf(" %s=%g", ev.Attribute, ev.Value.Num)
		}
		heard = append(heard, line)
	})
	if diff := cmp.Diff(want, show(run(e, changes, minutes(9)))); diff != "" {
		t.Error(diff)
	}
	wantHeard := []string{"test/high x 1 a=5 limit=4", "test/avg x 2 m=5.5 =2", "test/high x 2 a=6 limit=4", "test/avg x 3 m=6 =2", "test/high x 3 a=7 limit=4",
		"test/avg x 4 m=4.75 =2", "test/avg x 5 m=5.6 =2", "test/high x 5 a=9 limit=4"}
	if diff := cmp.Diff(wantHeard, heard); diff != "" {
		t.Error(diff)
	}
}

// The evidence of a window says what it is and over which time.
func TestLetsAreEvidence(t *testing.T) {
	e := New(compile(t, "rule: avg\nentity: X\nseverity: minor\nlet: {m: {window: 5m, of: a, fold: avg, warm: false}}\nwhen: m > 4\n"), Options{})
	got := run(e, []city.Change{xs(city.OpObserve, 7, a(7, 9))}, minutes(8))
	if len(got) != 1 || len(got[0].Evidence) != 1 {
		t.Fatal(got)
	}
	want := city.Evidence{Entity: "x", Attribute: "m", Value: city.NumberOf(9), At: minutes(7), Note: "avg of a, after 2014-08-11T08:02:00Z until 2014-08-11T08:07:00Z"}
	if diff := cmp.Diff(want, got[0].Evidence[0]); diff != "" {
		t.Error(diff)
	}
}

// A rule without new keys has the definition that it always had, so that its
// state survives; new keys change it.
func TestDefinitionsStay(t *testing.T) {
	if got := Fingerprint(compile(t, oracleRules)); got != "7e519bbebe7eebdf893f2ceaa53c369f32ee4cda4f63cba23dcfdbef5ddac4ec" {
		t.Error("the definitions of the oracle's rules are others:", got)
	}
	seen := map[string]string{}
	for _, more := range []string{"", "where: b > 1\n", "area: [x]\n", "key: {cell: 1 km}\n", "key: {cell: 2 km}\n", "let: {m: {window: 5m, of: a, fold: avg}}\n",
		"let: {m: {window: 6m, of: a, fold: avg}}\n", "let: {m: {window: 6m, of: a, fold: avg, where: b > 1}}\n", "repeat: {times: 2, within: 5m}\n", "dwell: {area: x, for: 5m}\n", "expires: 1h\n",
		"let: {m: {detector: ewma, of: a}}\n", "let: {m: {count: {type: Y, within: 1 km}}}\n", "let: {m: {count: {type: Y, within: 1 km, where: b > 1}}}\n"} {
		f := Fingerprint(compile(t, "rule: r\nentity: X\nseverity: minor\nwhen: a > 1\n"+more))
		if other, twice := seen[f]; twice {
			t.Errorf("%q and %q have one definition", more, other)
		}
		seen[f] = more
	}
	if Fingerprint(compile(t, high)) != Fingerprint(compile(t, high+"procedure: p\n")) {
		t.Error("the procedure is no part of what the rule finds")
	}
}

// A join through a relationship finds the situation of the group that stands for
// the related entity, and no row of another rule.
func TestRelatedGroup(t *testing.T) {
	rules := compile(t, "rule: aaa\nentity: X\nseverity: minor\nwhen: a > 1\n",
		"rule: road\nentity: X\nseverity: minor\nkey: {related: ref}\nwhen: a > 5\n",
		"rule: on-it\nentity: Y\nseverity: minor\nwhen: b > 1\nrelated: {through: ref, situation: road}\n",
		"rule: on-x\nentity: Y\nseverity: minor\nwhen: b > 1\nrelated: {through: other, situation: road}\n")
	e := New(rules, Options{})
	run(e, []city.Change{reference("X", "x", t0, static("ref", city.RelationOf("road"), t0)),
		reference("Y", "y", t0, static("ref", city.RelationOf("road"), t0), static("other", city.RelationOf("x"), t0))}, minutes(1))
	got := show(run(e, []city.Change{reading("X", "x", minutes(2), a(2, 9)), reading("Y", "y", minutes(2), number("b", 5, minutes(2)))}, minutes(3)))
	want := []string{"1 road road 2014-08-11T08:02:00Z condition", "2 aaa x 2014-08-11T08:02:00Z condition", "3 on-it y 2014-08-11T08:02:00Z related road"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}
