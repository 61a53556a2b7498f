package window

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"citybrain/city"
)

// TestShapesSayWhatIsWrong holds that a shape without a bound, or one that cannot
// be, is refused with its field and in words.
func TestShapesSayWhatIsWrong(t *testing.T) {
	hour := time.Hour
	for _, c := range []struct {
		shape Shape
		field string
		says  string
	}{
		{Shape{Kind: 9}, "kind", "no kind"},
		{Shape{Fold: 99}, "fold", "no fold"},
		{Shape{Length: hour, Ties: 7}, "ties", "equal instants"},
		{Shape{Kind: Sliding}, "length", "no bound"},
		{Shape{Kind: Hopping, Every: hour}, "length", "no bound"},
		{Shape{Kind: Session}, "gap", "no bound"},
		{Shape{Kind: Readings}, "size", "want 1 to"},
		{Shape{Kind: Sliding, Length: -1}, "length", "want 0 to 366 days"},
		{Shape{Kind: Sliding, Length: 400 * day}, "length", "want 0 to 366 days"},
		{Shape{Kind: Sliding, Length: time.Microsecond + 1}, "length", "whole microseconds"},
		{Shape{Kind: Sliding, Length: hour, Every: hour}, "every", "leave it out"},
		{Shape{Kind: Sliding, Length: hour, Size: 3}, "size", "leave it out"},
		{Shape{Kind: Sliding, Length: hour, Zone: time.UTC}, "zone", "leave it out"},
		{Shape{Kind: Session, Gap: hour, Before: hour}, "before", "leave it out"},
		{Shape{Kind: Readings, Size: 3, Before: hour}, "before", "leave it out"},
		{Shape{Kind: Hopping, Length: hour}, "every", "no step"},
		{Shape{Kind: Hopping, Length: hour, Every: 25 * time.Minute}, "every", "does not divide"},
		{Shape{Kind: Hopping, Length: 10 * hour, Every: 5 * hour}, "every", "midnight"},
		{Shape{Kind: Hopping, Length: time.Millisecond, Every: time.Millisecond}, "every", "a second or more"},
		{Shape{Kind: Sliding, Length: hour, Fold: Quantile, Q: 1.1}, "q", "0 to 1"},
		{Shape{Kind: Sliding, Length: hour, Fold: Quantile, Q: math.NaN()}, "q", "0 to 1"},
		{Shape{Kind: Sliding, Length: hour, Fold: Avg, Q: 0.5}, "q", "leave q out"},
		{Shape{Kind: Session, Gap: hour, Fold: Median}, "length", "how long a session lasts"},
		{Shape{Kind: Sliding, Length: hour, Max: 3}, "max", "want 16"},
		{Shape{Kind: Sliding, Length: hour, Fold: Median, Max: 1024}, "apart", "3601 points, at most 1024"},
		{Shape{Kind: Sliding, Length: 7 * day, Fold: Distinct}, "apart", "shorten the window"},
		{Shape{Kind: Hopping, Length: time.Minute, Every: time.Second, Before: 366 * day}, "max", "longer steps"},
		{Shape{Kind: Sliding, Length: time.Minute, Before: 366 * day}, "before", "let it hop"},
		{Shape{Kind: Readings, Size: 100, Max: 100}, "max", "need max 101"},
	} {
		err := c.shape.Check()
		var e *city.Error
		if !errors.As(err, &e) || e.Kind != city.Invalid || e.Field != c.field || !strings.Contains(e.Detail, c.says) {
			t.Errorf("%+v: %v, want %s: … %s …", c.shape, err, c.field, c.says)
		}
	}
}

// TestEdgesOfDaysOnWhichClocksChange holds where windows end in the nights of
// 29 March and 25 October 2026 in Europe, and where a zone changes by half an hour.
func TestEdgesOfDaysOnWhichClocksChange(t *testing.T) {
	for _, c := range []struct {
		zone   string
		every  time.Duration
		length time.Duration
		now    string
		lo, hi string
	}{
		{"Europe/Copenhagen", day, day, "2026-03-29T23:00:00+02:00", "2026-03-28T00:00:00+01:00", "2026-03-29T00:00:00+01:00"},
		{"Europe/Copenhagen", day, day, "2026-03-30T00:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"Europe/Copenhagen", 6 * time.Hour, 12 * time.Hour, "2026-03-29T13:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-29T12:00:00+02:00"},
		{"Europe/Copenhagen", time.Hour, time.Hour, "2026-03-29T03:30:00+02:00", "2026-03-29T01:00:00+01:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Copenhagen", time.Hour, time.Hour, "2026-10-25T02:30:00+01:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"},
		{"Europe/Copenhagen", 2 * time.Hour, 2 * time.Hour, "2026-10-25T04:00:00+01:00", "2026-10-25T02:00:00+01:00", "2026-10-25T04:00:00+01:00"},
		{"Europe/Copenhagen", 7 * day, 7 * day, "2026-10-26T00:00:00+01:00", "2026-10-19T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		{"Australia/Lord_Howe", 20 * time.Minute, 20 * time.Minute, "2026-04-05T01:41:00+10:30", "2026-04-05T01:40:00+11:00", "2026-04-05T01:40:00+10:30"},
		{"Asia/Shanghai", 7 * day, 14 * day, "2026-11-23T00:00:00+08:00", "2026-11-09T00:00:00+08:00", "2026-11-23T00:00:00+08:00"},
		{"Asia/Shanghai", day, 300 * day, "2026-11-23T00:00:00+08:00", "2026-01-27T00:00:00+08:00", "2026-11-23T00:00:00+08:00"},
		{"Europe/Copenhagen", 15 * time.Minute, 300 * day, "2026-12-01T00:00:00+01:00", "2026-02-04T00:00:00+01:00", "2026-12-01T00:00:00+01:00"},
	} {
		shape := Shape{Kind: Hopping, Length: c.length, Every: c.every, Zone: mustZone(t, c.zone)}
		var e edges
		lo, hi := e.window(&shape, instantAt(t, c.now))
		if lo != instantAt(t, c.lo) || hi != instantAt(t, c.hi) {
			t.Errorf("%s every %v at %s: %v to %v, want %s to %s", c.zone, c.every, c.now, lo.Time(), hi.Time(), c.lo, c.hi)
		}
	}
}

func instantAt(t *testing.T, text string) city.Instant {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return city.InstantOf(at)
}

// TestFoldsAreCalledAsInRules holds that names lead back to their fold.
func TestFoldsAreCalledAsInRules(t *testing.T) {
	for f := range Fold(len(foldNames)) {
		if g, ok := FoldNamed(f.String()); !ok || g != f {
			t.Errorf("%s: %v, %v", f, g, ok)
		}
	}
	if _, ok := FoldNamed("mode"); ok {
		t.Error("there is a fold named mode")
	}
}

// TestWhatIsNoPointIsRefused holds that numbers that are none, and instants that
// no observation may carry, change nothing; and that an empty window counts 0.
func TestWhatIsNoPointIsRefused(t *testing.T) {
	shape := Shape{Kind: Sliding, Length: time.Hour, Fold: Sum}
	var s State
	for _, c := range []sample{
		{at: start, v: math.NaN()}, {at: start, v: math.Inf(1)}, {at: city.MaxInstant + 1, v: 1}, {at: city.Forever, v: 1},
	} {
		if s.Add(&shape, c.at, c.v, 0) {
			t.Errorf("%+v is taken", c)
		}
	}
	if x, ok := s.Value(&shape, start); x != 0 || !ok || s.Warm(&shape, start) {
		t.Errorf("the sum of nothing is %v, %v", x, ok)
	}
	s.Add(&shape, start, 5, 0)
	for _, now := range []city.Instant{city.Forever, -city.Forever, start - 1} {
		if x, ok := s.Value(&shape, now); x != 0 || !ok {
			t.Errorf("at %d: %v, %v", now, x, ok)
		}
	}
	shape.Fold = Avg
	if x, ok := (&State{}).Value(&shape, start); ok {
		t.Errorf("the average of nothing is %v", x)
	}
}
