package rule

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func meters(list ...int) (out []city.Change) {
	for _, m := range list {
		out = append(out, reading("Meter", "m", minutes(m), number("pulse", 1, minutes(m))))
	}
	return out
}

const silence = "rule: silent\nentity: Meter\nseverity: minor\nabsent: 30m\n"

func TestAbsence(t *testing.T) {
	tests := []struct {
		name    string
		rule    string
		changes []city.Change
		clock   int
		want    []string
	}{
		{"nothing is absent that never came", silence, nil, 500, []string{}},
		{"raised at the last reading and 30 minutes", silence, meters(0, 29), 500, []string{"1 silent m 2014-08-11T08:59:00Z absent"}},
		{"the clock has not passed it", silence, meters(0), 30, []string{}},
		{"a reading at the very instant prevents it", silence, meters(0, 30, 59), 60, []string{}},
		{"cleared by the next reading", silence, meters(0, 31), 40, []string{
			"1 silent m 2014-08-11T08:30:00Z absent",
			"2 silent m 2014-08-11T08:30:00Z absent → 2014-08-11T08:31:00Z reading-received"}},
		{"only readings that meet the condition count", silence + "when: pulse > 0\n", append(meters(0),
			reading("Meter", "m", minutes(10), number("pulse", 0, minutes(10)))), 60, []string{"1 silent m 2014-08-11T08:30:00Z absent"}},
		{"a deleted entity is not absent", silence, append(meters(0),
			city.Change{Op: city.OpDelete, Entity: "m", Type: "Meter", ReceivedAt: minutes(5), At: minutes(5)}), 60, []string{}},
		{"deleted while absent", silence, append(meters(0),
			city.Change{Op: city.OpDelete, Entity: "m", Type: "Meter", ReceivedAt: minutes(45), At: minutes(45)}), 60, []string{
			"1 silent m 2014-08-11T08:30:00Z absent",
			"2 silent m 2014-08-11T08:30:00Z absent → 2014-08-11T08:45:00Z entity-deleted"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := show(run(New(compile(t, tt.rule), Options{}), tt.changes, minutes(tt.clock)))
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A reading that comes after the absence was raised but was observed before shows
// that nothing was absent: what was said is cleared at the instant at which it
// was raised, not before, and the time counts from that reading.
func TestAbsenceClearedByAnEarlierReading(t *testing.T) {
	e := New(compile(t, silence), Options{})
	run(e, meters(0), minutes(31))
	late := meters(20)
	late[0].ReceivedAt = minutes(32)
	want := []string{"2 silent m 2014-08-11T08:30:00Z absent → 2014-08-11T08:30:00Z late-reading"}
	if diff := cmp.Diff(want, show(run(e, late, minutes(33)))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"3 silent m 2014-08-11T08:50:00Z absent"}, show(run(e, nil, minutes(60)))); diff != "" {
		t.Error(diff)
	}
}

// An entity that is faulty in turns enters the clock once at a time.
func TestTimersAreBounded(t *testing.T) {
	e := New(compile(t, silence+"unless: faulty\n"), Options{})
	for i := range 1000 {
		c := reading("Meter", "m", t0.Add(time.Duration(i)*time.Second), number("pulse", 1, t0))
		if i%2 == 1 {
			c.Flags = city.FlagFaulty
		}
		run(e, []city.Change{c}, t0.Add(time.Duration(i+1)*time.Second))
	}
	if len(e.timers) != 1 {
		t.Errorf("%d timers for one entity", len(e.timers))
	}
}

// TestClockSetRight lets the clock run a year ahead and come back: deadlines
// count from the right time again.
func TestClockSetRight(t *testing.T) {
	e := New(compile(t, silence), Options{})
	meter := func(m int) []city.Change {
		return []city.Change{reading("Meter", "m", minutes(m), number("n", 1, minutes(m)))}
	}
	if got := run(e, meter(0), minutes(365*24*60)); len(got) != 1 || !got[0].Up() {
		t.Fatalf("a year of silence: %s", show(got))
	}
	if got := run(e, meter(11), minutes(12)); len(got) != 1 || got[0].Up() {
		t.Fatalf("the reading after the clock was set right: %s", show(got))
	}
	if got := run(e, meter(20), minutes(40)); len(got) != 0 {
		t.Fatalf("20 minutes of silence: %s", show(got))
	}
	if got := run(e, nil, minutes(51)); len(got) != 1 || got[0].RaisedAt != minutes(50) {
		t.Fatalf("31 minutes of silence: %s", show(got))
	}
}
