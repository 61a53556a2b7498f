package detect_test

import (
	"math"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
)

func local(t testing.TB, text string) city.Instant {
	t.Helper()
	at, err := time.ParseInLocation("2006-01-02T15:04", text, copenhagen(t))
	if err != nil {
		t.Fatal(err)
	}
	return city.InstantOf(at)
}

// TestSlotsAreLocalAcrossBothChanges: 08:00 is compared with 08:00 on either
// side of a change of the clocks, though 23 or 25 hours times seven lie between.
func TestSlotsAreLocalAcrossBothChanges(t *testing.T) {
	for _, change := range []string{"2014-03-30", "2014-10-26"} { // both Sundays
		for _, season := range []detect.Season{detect.Day, detect.Weekday, detect.Week} {
			s := shaped(t, detect.Shape{Kind: detect.Seasonal, Season: season, Seasons: 2, Min: 2, Zone: copenhagen(t)})
			var state detect.State
			sunday := local(t, change+"T00:00").Time()
			for back := -14; back <= 0; back++ {
				for hour := range 24 {
					d := sunday.In(copenhagen(t)).AddDate(0, 0, back)
					at := time.Date(d.Year(), d.Month(), d.Day(), hour, 30, 0, 0, copenhagen(t))
					state.Add(s, city.InstantOf(at), float64(hour))
				}
			}
			for _, ahead := range []int{1, 6, 7} {
				if season == detect.Day && ahead > 1 || season == detect.Weekday && ahead == 7 {
					continue // its two past days have no values yet
				}
				d := sunday.In(copenhagen(t)).AddDate(0, 0, ahead)
				at := city.InstantOf(time.Date(d.Year(), d.Month(), d.Day(), 8, 45, 0, 0, copenhagen(t)))
				got, known := state.Expected(s, at)
				if got != 8 || !known {
					t.Errorf("%s, %s, %d days later: at 08:45 %g is usual (known %v), want 8", change, season, ahead, got, known)
				}
			}
		}
	}
}

// TestHourThatIsMissingHasNoValue: on the last Sunday of March no 02:30 is; the
// Sundays before and after still compare with one another.
func TestHourThatIsMissingHasNoValue(t *testing.T) {
	s := shaped(t, detect.Shape{Kind: detect.Seasonal, Seasons: 3, Min: 2, Zone: copenhagen(t)})
	var state detect.State
	for _, sunday := range []struct {
		text string
		v    float64
	}{
		{"2014-03-16T02:30", 10}, {"2014-03-23T02:30", 20}, {"2014-03-30T01:30", 700}, {"2014-03-30T03:30", 900},
	} {
		state.Add(s, local(t, sunday.text), sunday.v)
	}
	if got, known := state.Expected(s, local(t, "2014-04-06T02:30")); got != 15 || !known {
		t.Errorf("02:30 of 6 April expects %g (known %v), want 15", got, known)
	}
	if _, known := state.Expected(s, local(t, "2014-04-13T02:30")); known {
		t.Error("with one of the last three Sundays only, something is usual")
	}
}

// TestHourThatComesTwiceIsOneSlot: on the last Sunday of October 02:00 to 03:00
// is there twice; both are one figure of that Sunday.
func TestHourThatComesTwiceIsOneSlot(t *testing.T) {
	s := shaped(t, detect.Shape{Kind: detect.Seasonal, Slot: 15 * time.Minute, Seasons: 2, Min: 1, Zone: copenhagen(t)})
	var state detect.State
	first := local(t, "2014-10-26T00:00").Add(2 * time.Hour)
	for i := range 8 { // 02:00 to 02:45 in summer time, then again in winter time
		at := first.Add(time.Duration(i) * 15 * time.Minute)
		if hour := at.Time().In(copenhagen(t)).Hour(); hour != 2 {
			t.Fatalf("the test's own calendar is wrong: %d h", hour)
		}
		state.Add(s, at, float64(10*i))
	}
	for i := range 4 { // means of 0 and 40, 10 and 50 …
		at := local(t, "2014-11-02T02:00").Add(time.Duration(i) * 15 * time.Minute)
		if got, _ := state.Expected(s, at); got != float64(20+10*i) {
			t.Errorf("quarter %d expects %g, want %d", i, got, 20+10*i)
		}
	}
	if _, known := state.Expected(s, local(t, "2014-11-02T03:00")); known {
		t.Error("03:00 had no value")
	}
}

// TestEarsCountsLocalDays: a day of the change counts from midnight to
// midnight, be it 23 or 25 hours long.
func TestEarsCountsLocalDays(t *testing.T) {
	for _, change := range []struct {
		day   string
		hours float64
	}{{"2014-03-30", 23}, {"2014-10-26", 25}} {
		s := shaped(t, detect.Shape{Kind: detect.EarsC1, Window: 3, Zone: copenhagen(t)})
		var state detect.State
		midnight := local(t, change.day+"T00:00")
		at := midnight.Add(-2 * 24 * time.Hour)
		for at < midnight.Add(80*time.Hour) {
			state.Add(s, at, 1)
			at = at.Add(time.Hour)
		}
		// Three days before the day after next: 24, 24, the day of the change;
		// one later: 24, the day of the change, 24.
		got, _ := state.Expected(s, at)
		if want := (24 + change.hours + 24) / 3; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s: the baseline is %g a day, want %g", change.day, got, want)
		}
	}
}

// TestClocksSetBackAtMidnight: where a day's last hour comes twice, in São Paulo
// until 2018, counts stay with the day that had begun, and nothing is lost.
func TestClocksSetBackAtMidnight(t *testing.T) {
	zone, err := time.LoadLocation("America/Sao_Paulo")
	if err != nil {
		t.Fatal(err)
	}
	at := city.InstantOf(time.Date(2018, 2, 14, 0, 30, 0, 0, zone))
	ears := shaped(t, detect.Shape{Kind: detect.EarsC1, Window: 3, Zone: zone})
	usual := shaped(t, detect.Shape{Kind: detect.Seasonal, Season: detect.Day, Seasons: 1, Min: 1, Zone: zone})
	var counts, hours detect.State
	total := 0.0
	for at < city.InstantOf(time.Date(2018, 2, 19, 0, 0, 0, 0, zone)) { // set back on 18 February
		if !counts.Add(ears, at, 1) || !hours.Add(usual, at, float64(at.Time().In(zone).Hour())) {
			t.Fatalf("refused at %v", at.Time().In(zone))
		}
		total++
		at = at.Add(time.Hour)
	}
	mean, _ := counts.Expected(ears, city.InstantOf(time.Date(2018, 2, 19, 0, 30, 0, 0, zone)))
	if want := (24 + 24 + 25) / 3.0; math.Abs(mean-want) > 1e-9 || total != 5*24+1 {
		t.Errorf("the three days before have %g a day of %g in all, want %g", mean, total, want)
	}
	for hour := range 24 {
		got, known := hours.Expected(usual, city.InstantOf(time.Date(2018, 2, 19, hour, 45, 0, 0, zone)))
		if got != float64(hour) || !known {
			t.Errorf("%d:45 expects %g (known %v)", hour, got, known)
		}
	}
}

// TestWeekdaysAndWeekendsStandApart, with Friday before and Monday after.
func TestWeekdaysAndWeekendsStandApart(t *testing.T) {
	s := shaped(t, detect.Shape{Kind: detect.Seasonal, Season: detect.Weekday, Seasons: 2, Min: 2, Zone: copenhagen(t)})
	var state detect.State
	for i, v := range []float64{1, 2, 3, 4, 5, 60, 70, 8, 9} { // from a Monday on
		at := start.Add(time.Duration(i)*24*time.Hour + 9*time.Hour)
		state.Add(s, at, v)
		want := map[int]float64{2: 1.5, 3: 2.5, 4: 3.5, 7: 4.5, 8: 6.5}[i]
		if got, known := state.Expected(s, at); known != (want > 0) || got != want {
			t.Errorf("day %d expects %g (known %v), want %g", i, got, known, want)
		}
	}
	if got, _ := state.Expected(s, start.Add(12*24*time.Hour+9*time.Hour)); got != 65 {
		t.Errorf("Saturday expects %g, want 65", got)
	}
}
