package catalog

import "testing"

func TestDidYouMean(t *testing.T) {
	known := []string{"RiverGauge", "RoadSegment", "Road", "Lake"}
	for name, want := range map[string]string{
		"RiverGuage":   "did you mean RiverGauge?",
		"rivergauge":   "did you mean RiverGauge?",
		"RoadSegments": "did you mean RoadSegment?",
		"Raod":         "did you mean Road?",
		"Lak":          "did you mean Lake?",
		"Bridge":       "",
		"X":            "",
		"":             "",
	} {
		if got := DidYouMean(name, known); got != want {
			t.Errorf("%q: %q, want %q", name, got, want)
		}
	}
	if got := DidYouMean("a", nil); got != "" {
		t.Errorf("nothing is like a: %q", got)
	}
}

func TestDistance(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want int
	}{{"", "", 0}, {"", "ab", 2}, {"ab", "", 2}, {"ab", "ba", 1}, {"水位", "水", 1}, {"kitten", "sitting", 3}, {"waterLevel", "watrLevel", 1}} {
		if got := distance(c.a, c.b); got != c.want {
			t.Errorf("distance(%q, %q) = %d, want %d", c.a, c.b, got, c.want)
		}
	}
}
