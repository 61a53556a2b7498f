package rule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

const high = "rule: high\nentity: X\nseverity: minor\nwhen: a > limit\n"

func xs(op city.Op, m int, attrs ...city.Attribute) city.Change {
	c := reading("X", "x", minutes(m), attrs...)
	c.Op = op
	return c
}

func limit(op city.Op, m int, v float64) city.Change {
	return xs(op, m, static("limit", city.NumberOf(v), minutes(m)))
}

func a(m int, v float64) city.Attribute { return number("a", v, minutes(m)) }

func TestChanges(t *testing.T) {
	raised := func(m int) string { return "1 high x " + minutes(m).String() + " condition" }
	tests := []struct {
		name    string
		changes []city.Change
		want    []string
		late    int64
	}{
		{"reference data of the same instant counts, in whatever order it came",
			[]city.Change{xs(city.OpObserve, 1, a(1, 5)), limit(city.OpObserve, 1, 4)}, []string{raised(1)}, 0},
		{"without reference data the condition is unknown", []city.Change{xs(city.OpObserve, 1, a(1, 5))}, []string{}, 0},
		{"a change of reference data is no reading",
			[]city.Change{limit(city.OpCreate, 0, 9), xs(city.OpUpdate, 1, a(1, 5)), limit(city.OpUpdate, 2, 4)}, []string{}, 0},
		{"the next reading sees it",
			[]city.Change{limit(city.OpCreate, 0, 9), xs(city.OpUpdate, 1, a(1, 5)), limit(city.OpUpdate, 2, 4), xs(city.OpUpdate, 3, a(3, 5))}, []string{raised(3)}, 0},
		{"a replaced entity has only what replaced it",
			[]city.Change{limit(city.OpCreate, 0, 1), xs(city.OpReplace, 1, a(1, 5))}, []string{}, 0},
		{"a deleted attribute is missing",
			[]city.Change{limit(city.OpCreate, 0, 1), limit(city.OpDeleteAttribute, 1, 0), xs(city.OpObserve, 2, a(2, 5))}, []string{}, 0},
		{"a patch changes only what is there",
			[]city.Change{limit(city.OpCreate, 0, 1), xs(city.OpPatch, 1, a(1, 5)), xs(city.OpObserve, 2, a(2, 0)), xs(city.OpPatch, 3, a(3, 7))}, []string{raised(3)}, 0},
		{"parts of one reading", []city.Change{xs(city.OpUpdate, 1, a(1, 5)), xs(city.OpUpdate, 1, number("limit", 4, minutes(1)))}, []string{raised(1)}, 0},
		{"a second value for the same instant is late",
			[]city.Change{limit(city.OpCreate, 0, 4), xs(city.OpObserve, 1, a(1, 3)), xs(city.OpObserve, 1, a(1, 9))}, []string{}, 1},
		{"quarantined rows and rows outside the window are nothing",
			[]city.Change{limit(city.OpCreate, 0, 4), xs(city.OpQuarantine, 1, a(1, 9)), xs(city.OpOutside, 1, a(1, 9))}, []string{}, 0},
		{"a text where a number is wanted is missing",
			[]city.Change{limit(city.OpCreate, 0, 4), xs(city.OpObserve, 1, city.Attribute{Name: "a", Value: city.TextOf("9"), ObservedAt: minutes(1)})}, []string{}, 0},
		{"deleted, then there again", []city.Change{limit(city.OpCreate, 0, 4), xs(city.OpObserve, 1, a(1, 9)), xs(city.OpDelete, 2), xs(city.OpObserve, 3, a(3, 9))},
			[]string{raised(1), "2 high x 2014-08-11T08:01:00Z condition → 2014-08-11T08:02:00Z entity-deleted"}, 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := New(compile(t, high), Options{})
			if diff := cmp.Diff(tt.want, show(run(e, tt.changes, minutes(100)))); diff != "" {
				t.Error(diff)
			}
			if n := e.Late()["feed"]; n != tt.late {
				t.Errorf("%d late, want %d", n, tt.late)
			}
		})
	}
}

func TestLateness(t *testing.T) {
	o := Options{Lateness: map[city.SourceID]time.Duration{"feed": 5 * time.Minute}, Ahead: time.Hour}
	at := func(m, received int, v float64) city.Change {
		c := xs(city.OpObserve, m, a(m, v))
		c.ReceivedAt = minutes(received)
		return c
	}
	e := New(compile(t, high), o)
	run(e, []city.Change{limit(city.OpCreate, 0, 4)}, minutes(1))
	if got := run(e, []city.Change{at(10, 16, 9), at(99, 16, 9)}, minutes(100)); len(got) != 0 || e.Late()["feed"] != 2 {
		t.Error("taken later than its source may be, or dated too far ahead", show(got), e.Late())
	}
	if got := run(e, []city.Change{at(10, 15, 9)}, minutes(101)); len(got) != 1 {
		t.Error("not taken within its lateness")
	}
}

func TestFullBuffer(t *testing.T) {
	e := New(compile(t, high), Options{MaxWaiting: 3})
	for m := range 5 {
		e.Apply(city.Position(m+1), &city.Batch{Changes: []city.Change{xs(city.OpObserve, m, a(m, 1))}})
	}
	if e.Late()["feed"] != 2 || e.buf.len() != 3 {
		t.Error(e.Late(), e.buf.len())
	}
}

// An engine forgets what was deleted; nothing grows with entities that come and
// go.
func TestForgets(t *testing.T) {
	e := New(compile(t, high, silence), Options{})
	for i := range 1000 {
		id := city.EntityID(string(rune('a'+i%26)) + minutes(i).String())
		c := reading("X", id, minutes(i), a(i, 1))
		run(e, []city.Change{c, {Op: city.OpDelete, Entity: id, Type: "X", At: minutes(i) + 1, ReceivedAt: minutes(i) + 1}}, minutes(i+1))
	}
	if len(e.list) != 0 || len(e.entities) != 0 || e.Pending() {
		t.Errorf("%d entities remembered", len(e.list))
	}
	if n := e.buf.chunk.live; n != 0 || len(e.buf.free) > 2 {
		t.Error("values of the buffer are kept", n, len(e.buf.free))
	}
}

// An id may come back as another type; what was up on the old entity is cleared.
func TestIDOfAnotherType(t *testing.T) {
	e := New(compile(t, high, "rule: low\nentity: Y\nseverity: minor\nwhen: b < 1\n"), Options{})
	run(e, []city.Change{limit(city.OpCreate, 0, 4), xs(city.OpObserve, 1, a(1, 9))}, minutes(2))
	y := reading("Y", "x", minutes(3), number("b", 0, minutes(3)))
	y.Op = city.OpReplace
	want := []string{"2 high x 2014-08-11T08:01:00Z condition → 2014-08-11T08:03:00Z entity-deleted", "3 low x 2014-08-11T08:03:00Z condition"}
	if diff := cmp.Diff(want, show(run(again(t, e, compile(t, high, "rule: low\nentity: Y\nseverity: minor\nwhen: b < 1\n")), []city.Change{y}, minutes(4)))); diff != "" {
		t.Error(diff)
	}
}

func TestEvidence(t *testing.T) {
	e := New(packRules(t), Options{})
	garage := reference("OffStreetParking", "g", t0, static("location", city.GeoOf(city.PointPlace(city.Point{Lon: 10.2, Lat: 56.15})), t0))
	changes := []city.Change{garage, segment("s", t0, city.Point{Lon: 10.21, Lat: 56.15}, city.Point{Lon: 10.3, Lat: 56.15})}
	changes = append(changes, speeds("s", 20, 20, 20)...)
	for _, m := range []int{5, 10} {
		changes = append(changes, reading("OffStreetParking", "g", minutes(m), number("occupiedSpotNumber", 90, minutes(m)), number("totalSpotNumber", 100, minutes(m))))
	}
	got := run(e, changes, minutes(11))
	if len(got) != 2 {
		t.Fatal(show(got))
	}
	want := []city.Evidence{
		{Entity: "g", Attribute: "occupiedSpotNumber", Value: city.NumberOf(90), At: minutes(10), Source: "feed"},
		{Entity: "g", Attribute: "totalSpotNumber", Value: city.NumberOf(100), At: minutes(10), Source: "feed"},
		{Entity: "g", Value: city.NumberOf(2), At: minutes(5), Source: "feed", Note: "readings in a row"},
		{Entity: "s", Value: city.TextOf(string(got[0].ID)), At: minutes(10), Note: "road-congestion within 800 m: 619 m"},
	}
	if diff := cmp.Diff(want, got[1].Evidence); diff != "" {
		t.Error(diff)
	}
	if got[1].ID != city.SituationIDOf("test/garage-pressure", "g", minutes(10)) || got[1].Severity != city.Major || got[1].Place == nil {
		t.Error(got[1])
	}
	if diff := cmp.Diff(got, e.Up()); diff != "" {
		t.Error("what is up differs from what was raised", diff)
	}
}

// A reading that carries none of a rule's attributes is not one of its readings.
func TestReadingsOfOthers(t *testing.T) {
	rules := compile(t, "rule: twice\nentity: X\nseverity: minor\nwhen: a > 1\nreadings: 2\n", "rule: other\nentity: X\nseverity: minor\nwhen: b > 9\n")
	b := number("b", 1, minutes(2))
	e := New(rules, Options{})
	if got := run(e, []city.Change{xs(city.OpObserve, 1, a(1, 5)), xs(city.OpObserve, 2, b), xs(city.OpObserve, 3, b)}, minutes(4)); len(got) != 0 {
		t.Error("readings of b made a row for a", show(got))
	}
	if got := run(e, []city.Change{xs(city.OpObserve, 5, a(5, 5))}, minutes(6)); len(got) != 1 {
		t.Error("readings of b broke a row for a")
	}
}

// An unless that is unknown neither breaks nor makes a row.
func TestUnlessUnknown(t *testing.T) {
	rules := compile(t, "rule: twice\nentity: X\nseverity: minor\nwhen: a > 1\nreadings: 2\nunless: b > 9\n")
	b := func(m int, v float64) city.Attribute { return number("b", v, minutes(m)) }
	e := New(rules, Options{})
	got := run(e, []city.Change{xs(city.OpObserve, 1, a(1, 5)), xs(city.OpObserve, 2, a(2, 5)), xs(city.OpObserve, 3, a(3, 5), b(3, 1)), xs(city.OpObserve, 4, a(4, 5))}, minutes(5))
	if diff := cmp.Diff([]string{"1 twice x 2014-08-11T08:04:00Z repeated"}, show(got)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"2 twice x 2014-08-11T08:04:00Z repeated → 2014-08-11T08:05:00Z unless"}, show(run(e, []city.Change{xs(city.OpObserve, 5, b(5, 10))}, minutes(6)))); diff != "" {
		t.Error(diff)
	}
}

// Of a late reading only what is newer than the engine's own is remembered.
func TestLateValues(t *testing.T) {
	e := New(compile(t, high), Options{})
	run(e, []city.Change{xs(city.OpObserve, 2, number("limit", 4, minutes(2))), xs(city.OpObserve, 3, a(3, 1))}, minutes(4))
	run(e, []city.Change{xs(city.OpObserve, 1, number("limit", 9, minutes(1)))}, minutes(5))
	if got := run(e, []city.Change{xs(city.OpObserve, 6, a(6, 5))}, minutes(7)); len(got) != 1 || e.Late()["feed"] != 1 {
		t.Error("an older limit was taken", show(got), e.Late())
	}
}

// What is said of an instant after the rules have taken it makes no reading, but
// is remembered.
func TestInstantIsTakenOnce(t *testing.T) {
	e := New(compile(t, high+"readings: 2\n"), Options{})
	run(e, []city.Change{limit(city.OpCreate, 0, 4), xs(city.OpObserve, 1, a(1, 9))}, minutes(2))
	if got := run(e, []city.Change{xs(city.OpObserve, 1, a(1, 9))}, minutes(3)); len(got) != 0 || e.Late()["feed"] != 1 {
		t.Error("one instant made two readings", show(got), e.Late())
	}
	run(e, []city.Change{xs(city.OpObserve, 1, number("limit", 20, minutes(1)))}, minutes(4))
	if got := run(e, []city.Change{xs(city.OpObserve, 5, a(5, 9))}, minutes(6)); len(got) != 0 || e.Late()["feed"] != 2 {
		t.Error("the later word on the limit is lost", show(got), e.Late())
	}
}
