package rule

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

// speeds are readings of a segment five minutes apart; a negative one has no
// cars, NaN-like 999 lacks the speed.
func speeds(id city.EntityID, values ...float64) []city.Change {
	var out []city.Change
	for i, v := range values {
		at := minutes(5 * i)
		attrs := []city.Attribute{number("vehicleCount", 3, at), number("averageVehicleSpeed", v, at)}
		switch {
		case v < 0:
			attrs[0] = number("vehicleCount", 0, at)
		case v == 999:
			attrs = attrs[:1]
		}
		c := reading("RoadSegment", id, at, attrs...)
		if v == 999 {
			c.Flags = city.FlagEmpty
		}
		out = append(out, c)
	}
	return out
}

func segment(id city.EntityID, at city.Instant, points ...city.Point) city.Change {
	return reference("RoadSegment", id, at, static("freeFlowSpeed", city.NumberOf(50), at),
		static("location", city.GeoOf(city.LinePlace(points...)), at))
}

func TestCongestion(t *testing.T) {
	line := []city.Point{{Lon: 10, Lat: 56}, {Lon: 10.1, Lat: 56}}
	tests := []struct {
		name   string
		speeds []float64
		want   []string
	}{
		{"held ten minutes", []float64{20, 20, 20, 20}, []string{"1 road-congestion s 2014-08-11T08:10:00Z held"}},
		{"cleared by the first that does not meet", []float64{20, 20, 20, 25}, []string{
			"1 road-congestion s 2014-08-11T08:10:00Z held",
			"2 road-congestion s 2014-08-11T08:10:00Z held → 2014-08-11T08:15:00Z condition-ended"}},
		{"no cars end the row", []float64{20, -20, 20, 20}, []string{}},
		{"a missing speed neither breaks nor makes", []float64{20, 999, 20}, []string{"1 road-congestion s 2014-08-11T08:10:00Z held"}},
		{"a missing speed is no tenth minute", []float64{20, 20, 999, 25}, []string{}},
		{"raised again after a new row", []float64{20, 20, 20, 30, 20, 20, 20}, []string{
			"1 road-congestion s 2014-08-11T08:10:00Z held",
			"2 road-congestion s 2014-08-11T08:10:00Z held → 2014-08-11T08:15:00Z condition-ended",
			"3 road-congestion s 2014-08-11T08:30:00Z held"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := New(packRules(t), Options{})
			changes := append([]city.Change{segment("s", t0, line...)}, speeds("s", tt.speeds...)...)
			if diff := cmp.Diff(tt.want, show(run(e, changes, minutes(1000)))); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestTickDecides(t *testing.T) {
	e := New(packRules(t), Options{Wait: 60e9})
	changes := append([]city.Change{segment("s", t0)}, speeds("s", 20, 20, 20)...)
	if got := e.Apply(1, &city.Batch{Changes: changes, Clock: minutes(500)}); got != nil {
		t.Error("a batch without tick raised", show(got))
	}
	if !e.Pending() {
		t.Error("nothing is pending")
	}
	if got := e.Apply(2, tick(minutes(11))); len(got) != 0 {
		t.Error("the reading of minute 10 was taken with the clock at 11 and a wait of 1 min", show(got))
	}
	if got := e.Apply(3, tick(minutes(11)+1)); len(got) != 1 {
		t.Error("not raised", show(got))
	}
	if e.Pending() || e.Position() != 3 {
		t.Error(e.Pending(), e.Position())
	}
	if got := e.Apply(3, tick(minutes(900))); got != nil {
		t.Error("an old position was taken again")
	}
}
