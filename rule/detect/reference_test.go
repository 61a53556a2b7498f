package detect_test

import (
	"math"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
)

// start is midnight of a Monday in Copenhagen: 2014-01-06T00:00+01:00.
const start = city.Instant(1388962800 * 1e6)

func shaped(t testing.TB, s detect.Shape) *detect.Shape {
	t.Helper()
	s = s.Filled()
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	return &s
}

// scores adds values a step apart and returns the score after each, NaN where
// none is known.
func scores(t testing.TB, s *detect.Shape, step time.Duration, values []float64) []float64 {
	t.Helper()
	var state detect.State
	var out []float64
	for i, v := range values {
		at := start.Add(time.Duration(i) * step)
		if !state.Add(s, at, v) {
			t.Fatalf("Add refused value %d, %g", i, v)
		}
		score, known := state.Value(s, at)
		if !known {
			score = math.NaN()
		}
		out = append(out, score)
	}
	return out
}

func near(t testing.TB, what string, i int, got, want, within float64) {
	t.Helper()
	if !(math.Abs(got-want) <= within) {
		t.Errorf("%s %d is %.6f, want %.6f", what, i+1, got, want)
	}
}

var nistEWMA = []float64{
	52.0, 47.0, 53.0, 49.3, 50.1, 47.0, 51.0, 50.1, 51.2, 50.5,
	49.6, 47.6, 49.9, 51.3, 47.8, 51.2, 52.6, 52.4, 53.6, 52.1,
}

// TestEWMAFollowsNIST takes data and averages from NIST/SEMATECH e-Handbook
// 6.3.2.4: EWMA0 = 50, s = 2.0539, λ = 0.3, limits 47.4115 and 52.5884 for
// large t; no point is out of control.
func TestEWMAFollowsNIST(t *testing.T) {
	printed := []float64{
		50.60, 49.52, 50.56, 50.18, 50.16, 49.21, 49.75, 49.85, 50.26, 50.33,
		50.11, 49.36, 49.52, 50.05, 49.38, 49.92, 50.73, 51.23, 51.94, 51.99,
	}
	s := shaped(t, detect.Shape{Kind: detect.EWMA, Lambda: 0.3, Target: 50, Sigma: 2.0539})
	for i, score := range scores(t, s, time.Minute, nistEWMA) {
		spread := 2.0539 * math.Sqrt(0.3/1.7*(1-math.Pow(0.7, 2*float64(i+1))))
		near(t, "average", i, 50+score*spread, printed[i], 0.0051)
		if math.Abs(score) > 3 {
			t.Errorf("point %d is out of control", i+1)
		}
	}
	near(t, "limit", 0, 50+3*2.0539*math.Sqrt(0.3/1.7), 52.5884, 0.0002)
}

// montgomery is Table 9.1 of D. C. Montgomery, Introduction to Statistical
// Quality Control: twenty values from N(10, 1), ten from N(11, 1).
var montgomery = []float64{
	9.45, 7.99, 9.29, 11.66, 12.16, 10.18, 8.04, 11.46, 9.20, 10.34,
	9.03, 11.47, 10.51, 9.40, 10.08, 9.37, 10.62, 10.31, 8.52, 10.84,
	10.90, 9.33, 12.29, 11.50, 10.60, 11.08, 10.38, 11.62, 11.31, 10.52,
}

// TestCUSUMFollowsMontgomery takes C+ from his Table 9.2 (k = 1/2, h = 5: the
// first signal is period 29), and C− of the first two periods from the text.
func TestCUSUMFollowsMontgomery(t *testing.T) {
	above := []float64{
		0, 0, 0, 1.16, 2.82, 2.50, 0.04, 1.00, 0, 0, 0, 0.97, 0.98, 0, 0,
		0, 0.12, 0, 0, 0.34, 0.74, 0, 1.79, 2.79, 2.89, 3.47, 3.35, 4.47, 5.28, 5.30,
	}
	s := shaped(t, detect.Shape{Kind: detect.CUSUM, Target: 10, Sigma: 1})
	got := scores(t, s, time.Minute, montgomery)
	near(t, "C−", 0, -got[0], 0.05, 1e-9)
	near(t, "C−", 1, -got[1], 1.56, 1e-9)
	for i, score := range got {
		if score > 0 {
			near(t, "C+", i, score, above[i], 1e-9)
		} else if above[i] > -score {
			t.Errorf("score %d is %g, but C+ is %g", i+1, score, above[i])
		}
		if signal := score > s.Limit(); signal != (i >= 28) {
			t.Errorf("period %d: score %g, signal %v", i+1, score, signal)
		}
	}
}

// TestEWMAFollowsMontgomery takes his example of section 9.2 with the same
// data, λ = 0.1 and L = 2.7: the first averages, the first limits and the last.
func TestEWMAFollowsMontgomery(t *testing.T) {
	s := shaped(t, detect.Shape{Kind: detect.EWMA, Lambda: 0.1, L: 2.7, Target: 10, Sigma: 1})
	got := scores(t, s, time.Minute, montgomery)
	spread := func(i int) float64 { return math.Sqrt(0.1 / 1.9 * (1 - math.Pow(0.9, 2*float64(i+1)))) }
	for i, z := range []float64{9.945, 9.7495, 9.70355, 9.8992, 10.1253} {
		near(t, "average", i, 10+got[i]*spread(i), z, 5e-5)
	}
	near(t, "upper limit", 0, 10+s.L*spread(0), 10.27, 0.005)
	near(t, "upper limit", 1, 10+s.L*spread(1), 10.36, 0.005)
	near(t, "upper limit", 29, 10+s.L*spread(29), 10.62, 0.005)
}

// TestCUSUMFollowsNIST takes NIST/SEMATECH e-Handbook 6.3.2.3: target 325, σ =
// 0.635, and k = 0.3175 and h = 4.1959 in the unit of the values.
func TestCUSUMFollowsNIST(t *testing.T) {
	values := []float64{
		324.925, 324.675, 324.725, 324.350, 325.350, 325.225, 324.125, 324.525, 325.225, 324.600,
		324.625, 325.150, 328.325, 327.250, 327.825, 328.500, 326.675, 327.775, 326.875, 328.350,
	}
	high := []float64{0, 0, 0, 0, 0.03, 0, 0, 0, 0, 0, 0, 0, 3.01, 4.94, 7.45, 10.63, 11.99, 14.44, 16.00, 19.04}
	low := []float64{0, 0.01, 0, 0.33, 0, 0, 0.56, 0.72, 0.17, 0.25, 0.31, 0, 0, 0, 0, 0, 0, 0, 0, 0}
	const sigma = 0.635
	// The sums stop at twice h, which the table goes beyond: so h is wide here
	// and the printed one is looked at below.
	s := shaped(t, detect.Shape{Kind: detect.CUSUM, K: 0.3175 / sigma, H: 100, Target: 325, Sigma: sigma})
	for i, score := range scores(t, s, time.Minute, values) {
		near(t, "sum", i, score*sigma, high[i]-low[i], 0.0051)
		if signal := score*sigma > 4.1959; signal != (i >= 13) {
			t.Errorf("group %d: signal %v", i+1, signal)
		}
	}
}

// TestLevelShiftFollowsPettitt takes Page's data from Table 1 of Pettitt 1979:
// K = 232 with the change after the 17th value, p = 0.014.
func TestLevelShiftFollowsPettitt(t *testing.T) {
	values := []float64{
		-1.05, 0.96, 1.22, 0.58, -0.98, -0.03, -1.54, -0.71, -0.35, 0.66, 0.44, 0.91, -0.02, -1.42,
		1.26, -1.02, -0.81, 1.66, 1.05, 0.97, 2.14, 1.22, -0.24, 1.60, 0.72, -0.12, 0.44, 0.03, 0.66,
		0.56, 1.37, 1.66, 0.10, 0.80, 1.29, 0.49, -0.07, 1.18, 3.29, 1.84,
	}
	testPettitt(t, values, 232, 0.0145, 0.0005, -0.03)
}

// TestLevelShiftFollowsNile takes the yearly flow of the Nile at Aswan, 1871
// to 1970 (the data set Nile of R): the level falls after the 28th year, 1898
// (G. W. Cobb, Biometrika 65 (1978) 243-251). K and p are not printed there:
// they come from Pettitt's double sum, worked out apart from this package.
func TestLevelShiftFollowsNile(t *testing.T) {
	values := []float64{
		1120, 1160, 963, 1210, 1160, 1160, 813, 1230, 1370, 1140, 995, 935, 1110, 994, 1020, 960, 1180, 799,
		958, 1140, 1100, 1210, 1150, 1250, 1260, 1220, 1030, 1100, 774, 840, 874, 694, 940, 833, 701, 916,
		692, 1020, 1050, 969, 831, 726, 456, 824, 702, 1120, 1100, 832, 764, 821, 768, 845, 864, 862, 698,
		845, 744, 796, 1040, 759, 781, 865, 845, 944, 984, 897, 822, 1010, 771, 676, 649, 846, 812, 742,
		801, 1040, 860, 874, 848, 890, 744, 749, 838, 1050, 918, 986, 797, 923, 975, 815, 1020, 906, 901,
		1170, 912, 746, 919, 718, 714, 740,
	}
	testPettitt(t, values, -1617, 3.591022e-7, 1e-12, 1130)
}

// testPettitt wants K, signed as a score is, p, and the median before the change.
func testPettitt(t *testing.T, values []float64, k, p, within, before float64) {
	t.Helper()
	n := float64(len(values))
	s := shaped(t, detect.Shape{Kind: detect.LevelShift, Window: len(values), Min: len(values)})
	var state detect.State
	for i, v := range values {
		if _, known := state.Value(s, start.Add(time.Hour)); known {
			t.Fatal("a score is known before its history")
		}
		state.Add(s, start.Add(time.Duration(i)), v)
	}
	at := start.Add(time.Hour)
	score, _ := state.Value(s, at)
	near(t, "K", 0, score/math.Sqrt(6/(n*n*n+n*n)), k, 1e-6)
	near(t, "p", 0, 2*math.Exp(-score*score), p, within)
	level, _ := state.Expected(s, at)
	near(t, "level before", 0, level, before, 1e-9)
}

// newport is the weekly number of Salmonella Newport cases in Germany from
// 2010-11-01 on: the data set salmNewport of the R package surveillance, summed
// over the states.
var newport = []float64{
	5, 3, 1, 1, 1, 3, 3, 1, 2, // to the end of 2010
	1, 0, 3, 3, 3, 1, 0, 0, 0, 1, 3, 0, 2, 2, 3, 3, 0, 3, 2, 1, 2, 1, 1, 0, 3, 1, 2, 0, 0, 2, 5, 2, 0, 3,
	6, 1, 2, 1, 2, 0, 2, 0, 3, 9, 41, 45, 17, 3, 3, 5, 11, 5, 4, 5, 2, 6, 3, 0, 5, 3, 3, 4, 1, 1, 3, 0, 0,
	1, 1, 2, 2, 0, 1, 0, 2, 4, 1, 6, 3, 3, 0, 3, 6, 1, 5, 1, 2, 3, 7, 2, 7, 3, 2, 4, 8, 1, 2, 4, 3, 2, 4,
	3, 0, 0, 1,
}

const newportLead = 9 // weeks before 2011

func earsShape(t testing.TB, kind detect.Kind, zone *time.Location) *detect.Shape {
	return shaped(t, detect.Shape{Kind: kind, Period: 7 * 24 * time.Hour, MinSpread: 1e-12, Zone: zone})
}

// TestEarsC1FollowsSurveillance takes upper bounds that the tests of the R
// package surveillance (tests/testthat/test-earsC.R) print for the first four
// weeks of 2011, α = 0.05.
func TestEarsC1FollowsSurveillance(t *testing.T) {
	s := earsShape(t, detect.EarsC1, time.UTC)
	var state detect.State
	bounds := []float64{3.278854, 3.278854, 3.436517, 3.855617}
	for i, v := range newport[:newportLead+len(bounds)] {
		at := start.Add(time.Duration(i) * 7 * 24 * time.Hour)
		state.Add(s, at, v)
		if i < newportLead {
			continue
		}
		mean, _ := state.Expected(s, at)
		sd, known := state.Spread(s, at)
		if !known {
			t.Fatalf("week %d is not known", i)
		}
		near(t, "upper bound", i-newportLead, mean+1.6448536269514722*sd, bounds[i-newportLead], 1e-6)
		score, _ := state.Value(s, at)
		near(t, "C1", i, score, (v-mean)/sd, 1e-9)
	}
}

// TestEarsAlarmsFollowSurveillance takes the weeks of 2011 and 2012 in which
// surveillance's earsC raised an alarm for the same series, with α = 0.001
// (as stored by the tests of epysurv, which runs it). Its C3 leaves the present
// week out of the sum, against Hutwagner 2003 and its own manual; so the sum of
// the two weeks before is compared with it, and the whole sum with C2.
func TestEarsAlarmsFollowSurveillance(t *testing.T) {
	const z = 3.0902323061678132 // the 0.999 quantile of the normal distribution
	c1, c2, c3 := earsScores(t, detect.EarsC1), earsScores(t, detect.EarsC2), earsScores(t, detect.EarsC3)
	excess := func(i int) float64 { return max(0, c2[i]-1) }
	var got [3][]int
	for i := newportLead; i < len(newport); i++ {
		week := i - newportLead
		if c1[i] > z {
			got[0] = append(got[0], week)
		}
		if c2[i] > z {
			got[1] = append(got[1], week)
		}
		if i < newportLead+2 {
			continue
		}
		near(t, "C3", i, c3[i], excess(i)+excess(i-1)+excess(i-2), 1e-9)
		if c3[i]-excess(i) > z {
			got[2] = append(got[2], week)
		}
	}
	want := [3][]int{{30, 43, 44, 75, 77}, {30, 43, 44, 45, 46, 75, 77}, {45, 46, 47, 48, 78, 79}}
	for k := range want {
		if len(got[k]) != len(want[k]) {
			t.Errorf("C%d raises in weeks %v, want %v", k+1, got[k], want[k])
			continue
		}
		for i := range want[k] {
			if got[k][i] != want[k][i] {
				t.Errorf("C%d raises in weeks %v, want %v", k+1, got[k], want[k])
				break
			}
		}
	}
}

func earsScores(t *testing.T, kind detect.Kind) []float64 {
	return scores(t, earsShape(t, kind, time.UTC), 7*24*time.Hour, newport)
}
