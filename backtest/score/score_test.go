package score

import (
	"math"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"citybrain/city"
)

func minute(n int) city.Instant { return 1780000000e6 + city.Instant(n)*60e6 }

// TestScoreCountsFoundMissedAndFalse counts a day that was made by hand.
func TestScoreCountsFoundMissedAndFalse(t *testing.T) {
	up := func(entity string, from, until int) city.Situation {
		s := city.Situation{Entity: city.EntityID(entity), RaisedAt: minute(from)}
		if until > 0 {
			s.ClearedAt = minute(until)
		}
		return s
	}
	raised := []city.Situation{up("A", 11, 60), up("A", 63, 64), up("C", 10, 50), up("D", 30, 0), up("X", 10, 20), up("Z", 5, 20)}
	asked := []Truth{{Entity: "A", From: minute(0), Until: minute(60)}, {Entity: "B", From: minute(0), Until: minute(60)},
		{Entity: "C", From: minute(20), Until: minute(40)}, {Entity: "D", From: minute(0), Counts: minute(10)}}
	explaining := []Truth{{Entity: "Z", From: minute(-9), Until: minute(60)}}
	want := Score{Raised: 6, Expected: 4, Found: 3, Missed: 1, False: 1, Delays: []float64{11, 0, 20}, Misses: []int{1}, Unexplained: []int{4}}
	if diff := cmp.Diff(want, Of(raised, asked, explaining, 5*time.Minute)); diff != "" {
		t.Error(diff)
	}
}

func TestPercentile(t *testing.T) {
	if p := Percentile([]float64{9, 1, 5}, 0.5); p != 5 {
		t.Errorf("the median is %v", p)
	}
	if p := Percentile([]float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}, 0.9); p != 9 {
		t.Errorf("nine in ten: %v", p)
	}
	if !math.IsNaN(Percentile(nil, 0.5)) {
		t.Error("of nothing there is none")
	}
}
