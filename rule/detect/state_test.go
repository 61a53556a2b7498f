package detect_test

import (
	"bytes"
	"math"
	"runtime"
	"testing"
	"time"

	"citybrain/city"
	"citybrain/rule/detect"
)

func written(t testing.TB, state *detect.State) []byte {
	t.Helper()
	b, err := state.AppendBinary(nil)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func read(t testing.TB, b []byte) *detect.State {
	t.Helper()
	var state detect.State
	if err := state.UnmarshalBinary(b); err != nil {
		t.Fatal(err)
	}
	return &state
}

// TestStateReadBackGoesOnTheSame writes and reads a state after every value:
// all later answers, and bytes, are those of the one that was never written.
func TestStateReadBackGoesOnTheSame(t *testing.T) {
	for _, c := range streams(t) {
		t.Run(c.name, func(t *testing.T) {
			s := shaped(t, c.shape)
			var whole detect.State
			broken := read(t, written(t, &whole))
			for i, a := range c.values(7) {
				whole.Add(s, a.at, a.v)
				broken.Add(s, a.at, a.v)
				broken = read(t, written(t, broken))
				same(t, i, s, &whole, broken, a.at.Add(time.Duration(i)*time.Hour))
				if !bytes.Equal(written(t, &whole), written(t, broken)) {
					t.Fatalf("after value %d the bytes differ", i)
				}
			}
		})
	}
}

func same(t *testing.T, i int, s *detect.Shape, a, b *detect.State, at city.Instant) {
	t.Helper()
	for _, ask := range []func(*detect.State) (float64, bool){
		func(x *detect.State) (float64, bool) { return x.Value(s, at) },
		func(x *detect.State) (float64, bool) { return x.Expected(s, at) },
		func(x *detect.State) (float64, bool) { return x.Spread(s, at) },
	} {
		va, ka := ask(a)
		vb, kb := ask(b)
		if math.Float64bits(va) != math.Float64bits(vb) || ka != kb {
			t.Fatalf("after value %d: %g (%v) and %g (%v)", i, va, ka, vb, kb)
		}
	}
}

// TestAskingChangesNothing asks one of two states about now and later between
// all values.
func TestAskingChangesNothing(t *testing.T) {
	for _, c := range streams(t) {
		s := shaped(t, c.shape)
		var asked, silent detect.State
		for i, a := range c.values(3) {
			asked.Add(s, a.at, a.v)
			silent.Add(s, a.at, a.v)
			later := a.at.Add(time.Duration(i%9) * 25 * time.Hour)
			asked.Value(s, later)
			asked.Expected(s, later)
			asked.Alarm(s, later)
		}
		if !bytes.Equal(written(t, &asked), written(t, &silent)) {
			t.Errorf("%s: asking has changed the state", c.name)
		}
	}
}

func TestAddRefusesWhatItCannotUse(t *testing.T) {
	s := shaped(t, detect.Shape{Kind: detect.RobustZ})
	var state detect.State
	state.Add(s, start, 1)
	before := written(t, &state)
	for _, c := range []struct {
		what string
		at   city.Instant
		v    float64
	}{
		{"not a number", start + 1, math.NaN()},
		{"infinite", start + 1, math.Inf(1)},
		{"infinite", start + 1, math.Inf(-1)},
		{"too large to be squared", start + 1, 1e200},
		{"older than the last", start - 1, 1},
		{"no instant", 0, 1},
		{"an instant out of range", city.Forever, 1},
	} {
		if state.Add(s, c.at, c.v) || !bytes.Equal(before, written(t, &state)) {
			t.Errorf("%s: was taken", c.what)
		}
	}
	var minus, plus detect.State
	minus.Add(s, start, math.Copysign(0, -1))
	plus.Add(s, start, 0)
	if !bytes.Equal(written(t, &minus), written(t, &plus)) {
		t.Error("the negative zero leaves other bytes")
	}
	if !state.Add(s, start, 2) {
		t.Error("a second value of the same instant was refused")
	}
	var counts detect.State
	if counts.Add(shaped(t, detect.Shape{Kind: detect.EarsC1, Zone: time.UTC}), start, -1) {
		t.Error("a negative count was taken")
	}
	if counts.Add(&detect.Shape{}, start, 1) {
		t.Error("a shape without a kind was taken")
	}
}

// TestStateOfAnotherShapeIsUnknown holds that a state never answers for a
// shape it was not made for, and never breaks by being asked.
func TestStateOfAnotherShapeIsUnknown(t *testing.T) {
	all := streams(t)
	for _, made := range all {
		var state detect.State
		s := shaped(t, made.shape)
		values := made.values(1)
		for _, a := range values {
			state.Add(s, a.at, a.v)
		}
		at := values[len(values)-1].at
		for _, other := range all {
			o := shaped(t, other.shape)
			if o.Kind == s.Kind && o.Window == s.Window && o.Season == s.Season && o.Slot == s.Slot && o.Seasons == s.Seasons && o.Period == s.Period {
				continue
			}
			_, scored := state.Value(o, at)
			_, expected := state.Expected(o, at)
			if scored || expected || state.Add(o, at, 1) {
				t.Errorf("a state of %s answers for %s", made.name, other.name)
			}
		}
	}
}

// TestConstantHistoryScoresMost: what differs from a history without spread is
// as unusual as can be, and MinSpread says otherwise.
func TestConstantHistoryScoresMost(t *testing.T) {
	history := append(make([]float64, 70), 0.25, -0.25)
	for _, c := range []struct {
		shape         detect.Shape
		first, second float64
	}{
		{detect.Shape{Kind: detect.RobustZ, Window: 70}, detect.MaxScore, -0.25 / (1.253314 * 0.25 / 70)}, // by the mean deviation
		{detect.Shape{Kind: detect.RobustZ, MinSpread: 0.5}, 0.5, -0.5},
		{detect.Shape{Kind: detect.EWMA}, detect.MaxScore, -detect.MaxScore},
		{detect.Shape{Kind: detect.CUSUM}, 10, -10},
		{detect.Shape{Kind: detect.LevelShift}, 59 * math.Sqrt(6/(60*60*61.0)), -59 * math.Sqrt(6/(60*60*61.0))},
	} {
		got := scores(t, shaped(t, c.shape), time.Minute, history)
		near(t, c.shape.Kind.String()+" of a value like all others", 69, got[69], 0, 0)
		near(t, c.shape.Kind.String()+" of the first other value", 70, got[70], c.first, 1e-9)
		near(t, c.shape.Kind.String()+" of the second", 71, got[71], c.second, 1e-9)
	}
}

// TestChartLearnsAnew: after Relearn the chart's target is that of the next
// Window values, and the chart begins again.
func TestChartLearnsAnew(t *testing.T) {
	s := shaped(t, detect.Shape{Kind: detect.EWMA, Window: 4, Relearn: time.Hour})
	var state detect.State
	at := start
	add := func(v float64) { at = at.Add(10 * time.Minute); state.Add(s, at, v) }
	target := func() float64 { v, _ := state.Expected(s, at); return v }
	for _, v := range []float64{1, 3, 1, 3} {
		add(v)
	}
	if _, known := state.Value(s, at); known || target() != 2 {
		t.Errorf("target %g, want 2, and no score yet (known: %v)", target(), known)
	}
	for range 5 { // fifty minutes: too early
		add(11)
	}
	if target() != 2 {
		t.Errorf("target %g before the time", target())
	}
	for range 3 {
		add(11)
		if score, _ := state.Value(s, at); target() != 2 || score < 3 {
			t.Errorf("while it learns: target %g, score %g", target(), score)
		}
	}
	add(11)
	if _, known := state.Value(s, at); known || target() != 11 {
		t.Errorf("target %g, want 11, and no score yet (known: %v)", target(), known)
	}
	add(11)
	if score, known := state.Value(s, at); score != 0 || !known {
		t.Errorf("on target it scores %g", score)
	}
}

// TestCUSUMComesBack: after a long shift the chart is below its limit again in
// h/k readings on target.
func TestCUSUMComesBack(t *testing.T) {
	s := shaped(t, detect.Shape{Kind: detect.CUSUM, Target: 10, Sigma: 1})
	values := make([]float64, 1011)
	for i := range values {
		if values[i] = 10; i < 1000 {
			values[i] = 14
		}
	}
	got := scores(t, s, time.Minute, values)
	if got[999] != 2*s.H || got[1009] > s.H || got[1008] <= s.H {
		t.Errorf("scores %g, %g, %g", got[999], got[1008], got[1009])
	}
}

// TestEarsSeesTheDayAsItGrows: the present period counts from its first event,
// and days without any count nothing.
func TestEarsSeesTheDayAsItGrows(t *testing.T) {
	s := shaped(t, detect.Shape{Kind: detect.EarsC1, Zone: copenhagen(t)})
	var state detect.State
	day := 24 * time.Hour
	state.Add(s, start.Add(time.Hour), 7)
	score := func(at city.Instant) float64 {
		v, known := state.Value(s, at)
		if !known {
			return math.NaN()
		}
		return v
	}
	if v := score(start.Add(7*day - 1)); !math.IsNaN(v) {
		t.Errorf("known on the seventh day: %g", v)
	}
	// Seven on the first of seven days: mean 1, standard deviation √7.
	near(t, "an empty eighth day", 0, score(start.Add(7*day)), -1/math.Sqrt(7), 1e-12)
	near(t, "a ninth day after seven empty ones", 0, score(start.Add(8*day)), 0, 1e-12)
	now := start.Add(8*day + 5*time.Hour)
	for i := range 4 {
		state.Add(s, now, 1)
		near(t, "events of the ninth day", i, score(now), float64(i+1)/0.5, 1e-12)
	}
	if alarm, _ := state.Alarm(s, now); !alarm {
		t.Error("8 standard deviations are no alarm")
	}
	near(t, "the next day", 0, score(start.Add(9*day)), -4/7.0/sampleSD([]float64{0, 0, 0, 0, 0, 0, 4}), 1e-12)
	if alarm, _ := state.Alarm(s, start.Add(9*day)); alarm {
		t.Error("too few events are an alarm")
	}
}

// TestBoundHolds fills states and measures what they take.
func TestBoundHolds(t *testing.T) {
	zone := copenhagen(t)
	for _, shape := range []detect.Shape{
		{Kind: detect.RobustZ, Window: 1000},
		{Kind: detect.LevelShift, Window: 500},
		{Kind: detect.Seasonal, Slot: 15 * time.Minute, Zone: zone},
		{Kind: detect.CUSUM},
		{Kind: detect.EarsC3, Window: 100, Zone: zone},
	} {
		s := shaped(t, shape)
		const n = 16
		states := make([]*detect.State, n)
		before := heap()
		for i := range states {
			states[i] = new(detect.State)
			for j := range 35 * 96 {
				states[i].Add(s, start.Add(time.Duration(j)*15*time.Minute), float64(j%97))
			}
			states[i].Expected(s, start.Add(1000*time.Hour))
		}
		taken := (heap() - before) / n
		runtime.KeepAlive(states)
		// The allocator rounds sizes up, by an eighth at most.
		if bound := s.Bound(); taken > bound+bound/8 {
			t.Errorf("%s takes %d bytes, bound %d", s.Kind, taken, bound)
		} else {
			t.Logf("%s takes %d bytes, bound %d, written %d", s.Kind, taken, bound, len(written(t, states[0])))
		}
	}
}

func heap() int {
	var m runtime.MemStats
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int(m.HeapAlloc)
}

// TestAddAllocatesNothing once a state is full.
func TestAddAllocatesNothing(t *testing.T) {
	for _, c := range streams(t) {
		s := shaped(t, c.shape)
		var state detect.State
		at := start
		add := func() {
			at = at.Add(50 * time.Minute)
			state.Add(s, at, 3)
			state.Value(s, at)
			state.Expected(s, at)
		}
		for range 800 {
			add()
		}
		if n := testing.AllocsPerRun(300, add); n != 0 {
			t.Errorf("%s: %g allocations", c.name, n)
		}
	}
}
