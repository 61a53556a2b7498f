package rule

import (
	"fmt"
	"math/rand"
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func placed(kind city.EntityType, id city.EntityID, m int, lon, lat float64) city.Change {
	return reference(kind, id, minutes(m), static("location", city.GeoOf(city.PointPlace(city.Point{Lon: lon, Lat: lat})), minutes(m)))
}

// nearOf is the place that the only situation raised found: the last evidence.
func nearOf(t *testing.T, e *Engine, changes ...city.Change) string {
	t.Helper()
	got := run(e, changes, minutes(100))
	if len(got) != 1 {
		return fmt.Sprint(len(got), " situations")
	}
	ev := got[0].Evidence[len(got[0].Evidence)-1]
	return string(ev.Entity) + " " + ev.Note
}

const nearShop = "rule: near-shop\nentity: X\nseverity: minor\nwhen: a > 1\nnear: {type: Shop, within: 1 km}\n"

func TestNear(t *testing.T) {
	x := func(lon, lat float64) []city.Change {
		return []city.Change{placed("X", "x", 0, lon, lat), xs(city.OpObserve, 5, a(5, 2))}
	}
	tests := []struct {
		name    string
		changes []city.Change
		want    string
	}{
		{"the nearest", append(x(10, 56), placed("Shop", "far", 0, 10, 56.008), placed("Shop", "near", 0, 10, 56.004)), "near within 1000 m: 445 m"},
		{"of equally near ones the least id", append(x(10, 56), placed("Shop", "c", 0, 10, 56.004), placed("Shop", "b", 0, 10, 56.004), placed("Shop", "d", 0, 10, 56.004)), "b within 1000 m: 445 m"},
		{"over the antimeridian eastwards", append(x(179.999, 0), placed("Shop", "s", 0, -179.999, 0)), "s within 1000 m: 222 m"},
		{"over the antimeridian westwards", append(x(-179.999, 0), placed("Shop", "s", 0, 179.999, 0)), "s within 1000 m: 222 m"},
		{"at the pole", append(x(0, 89.999), placed("Shop", "s", 0, 180, 89.999)), "s within 1000 m: 222 m"},
		{"one that moved here", append(x(10, 56), placed("Shop", "s", 0, 11, 56), placed("Shop", "s", 1, 10, 56.004)), "s within 1000 m: 445 m"},
		{"one that moved away", append(x(10, 56), placed("Shop", "s", 0, 10, 56), placed("Shop", "s", 1, 11, 56)), "0 situations"},
		{"one that was deleted", append(x(10, 56), placed("Shop", "s", 0, 10, 56),
			city.Change{Op: city.OpDelete, Entity: "s", Type: "Shop", At: minutes(1), ReceivedAt: minutes(1)}), "0 situations"},
		{"without a place of its own", []city.Change{placed("Shop", "s", 0, 10, 56), xs(city.OpObserve, 5, a(5, 2))}, "0 situations"},
	}
	for _, tt := range tests {
		if got := nearOf(t, New(compile(t, nearShop), Options{}), tt.changes...); got != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got, tt.want)
		}
	}
}

// What is near is found again by an engine that was restored, for entities and
// for situations.
func TestNearAfterRestore(t *testing.T) {
	rules := compile(t, nearShop, "rule: loud\nentity: Shop\nseverity: minor\nwhen: noise > 80.0\n",
		"rule: near-loud\nentity: X\nseverity: minor\nwhen: a > 1\nnear: {situation: loud, within: 1 km}\n")
	e := New(rules, Options{})
	run(e, []city.Change{placed("X", "x", 0, 10, 56), placed("Shop", "s", 0, 10, 56.004),
		reading("Shop", "s", minutes(1), number("noise", 90, minutes(1)))}, minutes(2))
	e = again(t, e, rules)
	want := []string{"2 near-shop x 2014-08-11T08:05:00Z near Shop", "3 near-loud x 2014-08-11T08:05:00Z near loud"}
	if diff := cmp.Diff(want, show(run(e, []city.Change{xs(city.OpObserve, 5, a(5, 2))}, minutes(6)))); diff != "" {
		t.Error(diff)
	}
	quiet := reading("Shop", "s", minutes(7), number("noise", 10, minutes(7)))
	run(e, []city.Change{xs(city.OpObserve, 7, a(7, 0)), quiet}, minutes(8))
	if diff := cmp.Diff([]string{"7 near-shop x 2014-08-11T08:09:00Z near Shop"}, show(run(e, []city.Change{xs(city.OpObserve, 9, a(9, 2))}, minutes(10)))); diff != "" {
		t.Error("a situation that was cleared is still near:", diff)
	}
}

// A branch of joins that fails leaves no evidence.
func TestFailedBranch(t *testing.T) {
	e := New(compile(t, `
rule: both
entity: X
severity: minor
when: a > 1
any:
  - all:
      - near: {type: Shop, within: 1 km}
      - near: {type: School, within: 1 km}
  - near: {type: Park, within: 1 km}
`), Options{})
	got := run(e, []city.Change{placed("X", "x", 0, 10, 56), placed("Shop", "s", 0, 10, 56), placed("Park", "p", 0, 10, 56), xs(city.OpObserve, 5, a(5, 2))}, minutes(6))
	if len(got) != 1 || got[0].RaisedReason != "near Park" || len(got[0].Evidence) != 2 {
		t.Errorf("%+v", got)
	}
}

// The index finds what looking at every position finds.
func TestSpotsAgainstEveryPosition(t *testing.T) {
	r := rand.New(rand.NewSource(3))
	for range 50 {
		s := &spots{ends: r.Intn(2) == 0}
		all := map[*entity]*city.Place{}
		spot := func() city.Point { return city.Point{Lon: 10 + r.Float64()/20, Lat: 56 + r.Float64()/30} }
		for i := range 60 {
			x, p := &entity{id: city.EntityID(fmt.Sprintf("%02d", i))}, city.LinePlace(spot(), spot(), spot())
			switch r.Intn(3) {
			case 0:
				p = city.PointPlace(spot())
			case 1:
				p = &city.Place{Kind: city.PlaceMultiLineString, Points: []city.Point{spot(), spot(), spot(), spot(), spot()}, Rings: []int32{2, 5}}
			}
			s.insert(p, x)
			all[x] = p
			if r.Intn(3) == 0 {
				s.remove(p, x)
				delete(all, x)
			}
		}
		own, within := city.LinePlace(spot(), spot()), 100+2000*r.Float64()
		var best *entity
		distance := within
		for x, p := range all {
			for i, q := range p.Points {
				inner := p.Kind == city.PlaceLineString && i == 1 || p.Kind == city.PlaceMultiLineString && i == 3
				for _, o := range own.Points {
					if d := o.Distance(q); (!s.ends || !inner) && (d < distance || d == distance && (best == nil || x.id < best.id)) {
						best, distance = x, d
					}
				}
			}
		}
		got, d := s.nearest(own, within, nil)
		if got != best || got != nil && d != distance {
			t.Fatalf("nearest is %v at %f, want %v at %f", got, d, best, distance)
		}
	}
}

func TestNotNearItself(t *testing.T) {
	for _, join := range []string{"{type: X, within: 1 km}", "{type: X, within: 1 km, starts: {attribute: start, until: 1h}}", "{situation: first, within: 1 km}"} {
		e := New(compile(t, "rule: first\nentity: X\nseverity: minor\nwhen: a > 1\n", "rule: second\nentity: X\nseverity: minor\nwhen: a > 1\nnear: "+join+"\n"), Options{})
		self := placed("X", "x", 0, 10, 56)
		self.Attributes = append(self.Attributes, static("start", city.TimeOf(minutes(10)), t0))
		if got := run(e, []city.Change{self, xs(city.OpObserve, 5, a(5, 2))}, minutes(6)); len(got) != 1 {
			t.Error(join, show(got))
		}
	}
}
