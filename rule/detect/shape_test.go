package detect_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
)

// TestDefaultsAreValid for every kind, and are those that Params says.
func TestDefaultsAreValid(t *testing.T) {
	for _, k := range detect.Kinds() {
		s := shaped(t, detect.Shape{Kind: k, Zone: time.UTC})
		if s.Bound() <= 0 || s.Bound() > 1<<20 {
			t.Errorf("%s: bound %d", k, s.Bound())
		}
		if again := s.Filled(); again != *s {
			t.Errorf("%s: filling twice gives %+v, want %+v", k, again, *s)
		}
		if back, ok := detect.ParseKind(k.String()); back != k || !ok {
			t.Errorf("%s is read back as %v", k, back)
		}
		if text, source := detect.About(k); text == "" || source == "" {
			t.Errorf("%s does not say what it is, or where it was published", k)
		}
		for _, p := range detect.Params(k) {
			if p.Name == "" || p.Default == "" || p.Text == "" || p.Low > p.High {
				t.Errorf("%s: parameter %+v is not described", k, p)
			}
		}
	}
	if _, ok := detect.ParseKind(""); ok {
		t.Error("no name is a kind")
	}
}

// TestCheckNamesTheParameterAndItsRange.
func TestCheckNamesTheParameterAndItsRange(t *testing.T) {
	utc := time.UTC
	for _, c := range []struct {
		field, says string
		shape       detect.Shape
	}{
		{"detector", "robust-z, seasonal", detect.Shape{}},
		{"detector", "robust-z, seasonal", detect.Shape{Kind: 99}},
		{"window", "want 3 to 1000", detect.Shape{Kind: detect.RobustZ, Window: 1001}},
		{"window", "want 8 to 500", detect.Shape{Kind: detect.LevelShift, Window: 7}},
		{"min", "at most window", detect.Shape{Kind: detect.RobustZ, Window: 10, Min: 11}},
		{"min", "want 3 to 1000", detect.Shape{Kind: detect.RobustZ, Min: -1}},
		{"limit", "want 0.001", detect.Shape{Kind: detect.RobustZ, L: math.NaN()}},
		{"min-spread", "want 0 to", detect.Shape{Kind: detect.RobustZ, MinSpread: -1}},
		{"min-spread", "want 0 to", detect.Shape{Kind: detect.RobustZ, MinSpread: math.Inf(1)}},
		{"lambda", "want 0.001 to 1", detect.Shape{Kind: detect.EWMA, Lambda: 1.5}},
		{"sigma", "want 0 to", detect.Shape{Kind: detect.EWMA, Sigma: -2}},
		{"target", "want -1e+100", detect.Shape{Kind: detect.EWMA, Target: math.NaN()}},
		{"target", "with sigma", detect.Shape{Kind: detect.EWMA, Target: 5}},
		{"relearn", "366 d", detect.Shape{Kind: detect.CUSUM, Relearn: -time.Hour}},
		{"k", "want 0.001", detect.Shape{Kind: detect.CUSUM, K: -1}},
		{"h", "want 0.001", detect.Shape{Kind: detect.CUSUM, H: math.Inf(1)}},
		{"season", "day, weekday or week", detect.Shape{Kind: detect.Seasonal, Season: 7, Zone: utc}},
		{"fold", "median", detect.Shape{Kind: detect.Seasonal, Fold: 9, Zone: utc}},
		{"q", "more than 0, to 1", detect.Shape{Kind: detect.Seasonal, Fold: detect.Quantile, Q: 2, Zone: utc}},
		{"q", "only fold: quantile", detect.Shape{Kind: detect.Seasonal, Q: 0.5, Zone: utc}},
		{"lambda", "cusum has no lambda", detect.Shape{Kind: detect.CUSUM, Lambda: 0.2}},
		{"limit", "cusum has no limit", detect.Shape{Kind: detect.CUSUM, L: 3}},
		{"min-spread", "level-shift has no min-spread", detect.Shape{Kind: detect.LevelShift, MinSpread: 3}},
		{"period", "seasonal has no period", detect.Shape{Kind: detect.Seasonal, Period: time.Hour, Zone: utc}},
		{"slot", "whole number of slots", detect.Shape{Kind: detect.Seasonal, Slot: 7 * time.Minute, Zone: utc}},
		{"slot", "whole number of slots", detect.Shape{Kind: detect.Seasonal, Slot: 86400 * time.Millisecond, Zone: utc}},
		{"slot", "fewer seasons", detect.Shape{Kind: detect.Seasonal, Slot: time.Minute, Seasons: 10, Zone: utc}},
		{"seasons", "want 1 to 366", detect.Shape{Kind: detect.Seasonal, Seasons: 367, Zone: utc}},
		{"min", "past seasons", detect.Shape{Kind: detect.Seasonal, Seasons: 4, Min: 5, Zone: utc}},
		{"zone", "time zone", detect.Shape{Kind: detect.Seasonal}},
		{"zone", "time zone", detect.Shape{Kind: detect.EarsC2}},
		{"period", "whole days", detect.Shape{Kind: detect.EarsC1, Period: 36 * time.Hour, Zone: utc}},
		{"period", "whole days", detect.Shape{Kind: detect.EarsC1, Period: 7 * time.Hour, Zone: utc}},
		{"window", "want 3 to 100", detect.Shape{Kind: detect.EarsC1, Window: 2, Zone: utc}},
	} {
		s := c.shape.Filled()
		var fault *city.Error
		err := s.Check()
		if !errors.As(err, &fault) || fault.Kind != city.Invalid || fault.Field != c.field || !strings.Contains(fault.Detail, c.says) {
			t.Errorf("%+v: %v, want a fault of %s that says %q", c.shape, err, c.field, c.says)
		}
	}
}

// TestNamesAreReadBack of seasons and folds.
func TestNamesAreReadBack(t *testing.T) {
	var names []string
	for i := range uint8(6) {
		if s, ok := detect.ParseSeason(detect.Season(i).String()); ok && s == detect.Season(i) {
			names = append(names, s.String())
		}
		if f, ok := detect.ParseFold(detect.Fold(i).String()); ok && f == detect.Fold(i) {
			names = append(names, f.String())
		}
	}
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "avg day mad median quantile week weekday" {
		t.Errorf("names are %s", got)
	}
}
