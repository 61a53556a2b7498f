package sim

import (
	"math"
	"testing"
)

func sample() drain { return drain{catchment: 9000, rated: 600, sump: 12} }

// hours lets it rain on a drain.
func (d *drain) hours(t *testing.T, rain, hours float64, broken bool) {
	t.Helper()
	for range int(hours / Stride.Hours()) {
		before := d.sump + d.road
		d.step(rain, broken)
		gained := d.catchment*runoff*rain/1000*Stride.Hours() - (d.sump + d.road - before)
		if gained < -1e-9 || d.sump < 0 || d.road < 0 {
			t.Fatalf("water comes from nowhere: sump %.2f, road %.2f m³", d.sump, d.road)
		}
		if most := (d.rated + seep) * Stride.Hours(); gained > most+1e-9 {
			t.Fatalf("%.2f m³ are gone in a stride, at most %.2f can be", gained, most)
		}
	}
}

// TestPumpsKeepAnUnderpassDry holds what pumps stand, and what they do not.
func TestPumpsKeepAnUnderpassDry(t *testing.T) {
	d := sample()
	d.hours(t, 60, 2, false)
	if d.level() > 1 {
		t.Errorf("%.0f cm of water although the pumps lift more than runs in", d.level())
	}
	d.hours(t, 0, 3, false)
	if d.running || d.wellLevel() > pumpStart {
		t.Errorf("after three dry hours the pumps still run, or the sump is at %.0f cm", d.wellLevel())
	}
	d.hours(t, 110, 1, false)
	if l := d.level(); l < 15 || l > 90 {
		t.Errorf("rain of twice what the pumps stand gives %.0f cm", l)
	}
}

// TestBrokenPumpsFloodAnUnderpass holds how fast the water rises, that more rain
// floods faster, that light rain floods nothing soon, and that it goes away when the pumps
// are back.
func TestBrokenPumpsFloodAnUnderpass(t *testing.T) {
	after := func(rain float64, minutes float64) float64 {
		d := sample()
		d.hours(t, rain, minutes/60, true)
		return d.level()
	}
	if l := after(70, 30); l < 15 || l > 80 {
		t.Errorf("half an hour of 70 mm/h gives %.0f cm", l)
	}
	if l := after(4, 40); l > 5 {
		t.Errorf("forty minutes of light rain give %.0f cm", l)
	}
	last := 0.0
	for rain := 20.0; rain <= 100; rain += 20 {
		if l := after(rain, 40); l < last {
			t.Errorf("%.0f mm/h give %.0f cm, less rain gave %.0f cm", rain, l, last)
		} else {
			last = l
		}
	}
	d := sample()
	d.hours(t, 70, 0.7, true)
	high := d.level()
	d.hours(t, 0, 1, false)
	if high < 20 || d.level() > 1 {
		t.Errorf("from %.0f cm the pumps bring the water to %.0f cm in an hour", high, d.level())
	}
}

// TestLevelIsTheDepthOfTheVolume holds that the depth belongs to the volume.
func TestLevelIsTheDepthOfTheVolume(t *testing.T) {
	for _, cm := range []float64{0, 1, 15, 27, 60, 150} {
		d := drain{road: floor*cm + ramps*cm*cm}
		if math.Abs(d.level()-cm) > 1e-6 {
			t.Errorf("%.0f cm are read as %.3f", cm, d.level())
		}
	}
}

// TestFloodedUnderpassIsClosedAndBusesGoRound plays the demonstration until the
// first underpass is closed.
func TestFloodedUnderpassIsClosedAndBusesGoRound(t *testing.T) {
	c := New(Options{Seed: 1, WarmUp: 30 * 60e9})
	closed := -1
	for range 90 {
		c.Step(c.Now().Add(60e9))
		for i := range c.drains {
			if c.drains[i].closedAt != 0 && closed < 0 {
				closed = i
			}
		}
		if closed >= 0 {
			break
		}
	}
	if closed < 0 {
		t.Fatal("no underpass is closed in an hour and a half of storm with broken pumps")
	}
	d := &c.drains[closed]
	if d.level() < closedWater-1 {
		t.Errorf("closed at %.0f cm", d.level())
	}
	c.Step(c.Now().Add(20e9))
	for i := range c.buses.lines {
		l := &c.buses.lines[i]
		passes := false
		for _, k := range l.passes {
			passes = passes || k == closed
		}
		if passes && !l.diverted {
			t.Errorf("%s still goes through the closed underpass", l.name.EN)
		}
		for _, way := range l.ways {
			for _, link := range way {
				if int(link) == d.segments[0] || int(link) == d.segments[1] {
					t.Errorf("a way of %s leads through the closed underpass", l.name.EN)
				}
			}
		}
	}
}
