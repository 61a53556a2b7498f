package indicator

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/model"
)

const noon city.Instant = 1407758400e6

// garages is a present with n garages: the i-th has i of 10 places taken; one
// does not say how many it has, one says it in words.
func garages(n int) *model.Present {
	p := model.NewPresent()
	b := &city.Batch{}
	add := func(id string, attributes ...city.Attribute) {
		b.Changes = append(b.Changes, city.Change{Op: city.OpReplace, Entity: city.EntityID("urn:g:" + id), Type: "Garage", Attributes: attributes, ReceivedAt: noon})
	}
	for i := range n {
		add(fmt.Sprint(i), attribute("taken", city.NumberOf(float64(i))), attribute("places", city.NumberOf(10)))
	}
	add("silent", attribute("taken", city.NumberOf(1000)))
	add("words", attribute("taken", city.TextOf("many")), attribute("places", city.NumberOf(10)))
	b.Changes = append(b.Changes, city.Change{Op: city.OpReplace, Entity: "urn:r:1", Type: "Road", ReceivedAt: noon, Attributes: []city.Attribute{attribute("taken", city.NumberOf(1))}})
	p.Replay(1, b, nobody{})
	return p
}

func attribute(name city.AttributeName, v city.Value) city.Attribute {
	return city.Attribute{Name: name, Value: v, ReceivedAt: noon}
}

// nobody judges nothing.
type nobody struct{ judge }

type judge = model.Judge

func (nobody) Watches(city.EntityType) bool { return false }

// up counts situations; calls says how often it was asked.
type up struct {
	n     map[city.RuleID]int
	calls int
	fail  error
}

func (u *up) CountUp(_ context.Context, r city.RuleID) (int, error) {
	u.calls++
	return u.n[r], u.fail
}

func limit(v float64) *float64 { return &v }

func TestFiguresAreWhatTheyCount(t *testing.T) {
	taken := func(e *city.Entity) bool { return e.Attribute("taken").Value.Num >= 3 }
	b := &Board{Present: garages(5), Situations: &up{n: map[city.RuleID]int{"p/jam": 4}}, Figures: []Figure{
		{ID: "share", Share: &Share{"Garage", "taken", "places"}, Watch: limit(10), Alarm: limit(90)},
		{ID: "all", Entities: &Entities{Type: "Garage"}},
		{ID: "full", Entities: &Entities{Type: "Garage", Match: taken}, Watch: limit(1), Alarm: limit(3)},
		{ID: "none", Share: &Share{"Road", "taken", "places"}, Watch: limit(0)},
		{ID: "jams", Situation: "p/jam", Watch: limit(9), Alarm: limit(5)},
		{ID: "records", Records: func(_ context.Context, now city.Instant) (int, error) { return int(now - noon), nil }},
	}}
	got, err := b.Read(t.Context(), noon+7, noon)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []struct {
		value, part, whole float64
		rows               int
		known              bool
		tone               Tone
	}{
		{100.0 * 10 / 60, 10, 60, 6, true, Watch}, // words add nothing, but are a row
		{7, 0, 7, 7, true, Calm},
		{3, 0, 7, 3, true, Alarm},
		{0, 0, 0, 0, false, Calm},
		{4, 0, 0, 4, true, Alarm}, // where alarm is less than watch, less is worse
		{7, 0, 0, 7, true, Calm},
	} {
		r := got[i]
		if r.Value != want.value || r.Part != want.part || r.Whole != want.whole || r.Rows != want.rows || r.Known != want.known || r.Tone != want.tone {
			t.Errorf("%s is %+v, want %+v", r.ID, r, want)
		}
	}
}

func TestReadingsAreSharedForAWhile(t *testing.T) {
	u := &up{n: map[city.RuleID]int{"": 1}}
	b := &Board{Present: garages(0), Situations: u, Figures: []Figure{{ID: "up"}}}
	read := func(wall city.Instant) float64 {
		t.Helper()
		r, err := b.Read(t.Context(), noon, wall)
		if err != nil {
			t.Fatal(err)
		}
		return r[0].Value
	}
	read(noon)
	u.n[""] = 2
	if v := read(noon.Add(Fresh / 2)); v != 1 || u.calls != 1 {
		t.Errorf("within a second: %v after %d readings", v, u.calls)
	}
	if v := read(noon.Add(Fresh)); v != 2 || u.calls != 2 {
		t.Errorf("after a second: %v after %d readings", v, u.calls)
	}
	u.n[""] = 3
	if v := read(noon.Add(-time.Hour)); v != 3 {
		t.Errorf("after the clock was set back: %v", v)
	}
	u.fail = errors.New("no records")
	if _, err := b.Read(t.Context(), noon, noon.Add(time.Hour)); err == nil {
		t.Error("a fault is passed over")
	}
}
