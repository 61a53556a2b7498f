package traffic

import (
	"math/rand/v2"
	"testing"
)

// road is a street of n links in a row, 400 m each, with a way out at its end.
func road(n int) *Network {
	var links []Link
	for i := range n {
		links = append(links, Link{From: i, To: i + 1, Length: 400, Lanes: 2, FreeFlow: 12, Capacity: 0.6})
	}
	return NewNetwork(n+1, links)
}

func plain(int, int) float64 { return 1 }

// TestJamGrowsUpstreamAndDissolves holds the nature of the model: cars stand
// first where the capacity is gone, then on the links before it, one after the
// other, and when the capacity is back they all come to their end.
func TestJamGrowsUpstreamAndDissolves(t *testing.T) {
	const n, blocked = 6, 4
	f := NewFlow(road(n), plain)
	arrived, entered := 0, 0
	f.Arrive = func(*Car) { arrived++ }
	first := make([]float64, n) // when a link was first full
	now := 0.0
	run := func(until, rate float64) {
		for ; now < until; now += 5 {
			for range int(rate*(now+5)) - int(rate*now) {
				f.Enter(&Car{To: n, Habit: 1}, 0)
				entered++
			}
			f.Step(now, 5)
			for i := range first {
				if first[i] == 0 && f.Load(i) > 0.9 {
					first[i] = now
				}
			}
		}
	}
	run(1800, 0.45)
	if queue := f.Queue(blocked); queue > 8 || f.Speed(blocked) < 5 {
		t.Fatalf("cars stand before anything has happened: queue %d, %.1f m/s", queue, f.Speed(blocked))
	}
	f.Roads[blocked].Capacity = 0.15
	run(5400, 0.45)
	for i := blocked; i > 1; i-- {
		if first[i] == 0 || first[i-1] == 0 || first[i-1] < first[i] {
			t.Errorf("link %d was full at %.0f s, link %d before it at %.0f s", i, first[i], i-1, first[i-1])
		}
	}
	if f.Speed(blocked-1) > 3 {
		t.Errorf("cars still drive %.1f m/s before the blocked link", f.Speed(blocked-1))
	}
	if f.Queue(blocked+1) > 3 {
		t.Errorf("%d cars stand behind the blocked link", f.Queue(blocked+1))
	}
	f.Roads[blocked].Capacity = 1
	run(9000, 0.2)
	run(10800, 0)
	if on, waiting := f.Cars(); on+waiting > 0 || arrived != entered {
		t.Errorf("%d of %d cars have arrived, %d are on the road, %d wait", arrived, entered, on, waiting)
	}
}

// grid is a square of streets in both directions.
func grid(side int, length float64) *Network {
	var links []Link
	for y := range side {
		for x := range side {
			for _, to := range [][2]int{{x + 1, y}, {x - 1, y}, {x, y + 1}, {x, y - 1}} {
				if to[0] >= 0 && to[0] < side && to[1] >= 0 && to[1] < side {
					links = append(links, Link{From: y*side + x, To: to[1]*side + to[0], Length: length, Lanes: 1, FreeFlow: 10, Capacity: 0.3})
				}
			}
		}
	}
	return NewNetwork(side*side, links)
}

// TestNoCarIsMadeOrLost holds that cars come in by Enter and go out by Arrive
// only, through overload, incidents and closures, and that even a city that is
// full of cars empties again.
func TestNoCarIsMadeOrLost(t *testing.T) {
	const side = 6
	d := rand.New(rand.NewPCG(1, 2))
	f := NewFlow(grid(side, 150), func(int, int) float64 { return 0.8 + 0.5*d.Float64() })
	arrived, entered := 0, 0
	f.Arrive = func(*Car) { arrived++ }
	now := 0.0
	for ; now < 3600*6; now += 5 {
		if now < 3600 {
			for range d.IntN(9) {
				f.Enter(&Car{To: d.IntN(side * side), Habit: d.IntN(Habits)}, d.IntN(side*side))
				entered++
			}
		}
		if int(now)%600 == 0 {
			r := &f.Roads[d.IntN(len(f.Roads))]
			r.Closed, r.Capacity = !r.Closed && now < 3600, 0.1+0.9*d.Float64()
			f.Learn(true)
		}
		f.Step(now, 5)
		if on, waiting := f.Cars(); on+waiting+arrived != entered {
			t.Fatalf("after %.0f s: %d on the road, %d waiting, %d arrived, but %d entered", now, on, waiting, arrived, entered)
		}
	}
	if arrived != entered {
		on, waiting := f.Cars()
		t.Errorf("after five hours without new cars %d are still on the road and %d wait: they hold each other", on, waiting)
	}
}

// TestDriversAvoidClosedStreets holds that a closure is known to everybody, a jam
// to those who look at the streets.
func TestDriversAvoidClosedStreets(t *testing.T) {
	f := NewFlow(grid(3, 200), plain)
	f.Arrive = func(*Car) {}
	straight := f.Next(1, 0, 2)
	f.Roads[straight].Closed = true
	f.Learn(true)
	for h := range Habits {
		if f.Next(h, 0, 2) == straight {
			t.Errorf("drivers of habit %d go into the closed street", h)
		}
	}
}

// TestRoomIsBounded holds that a link never takes many more cars than stand on it.
func TestRoomIsBounded(t *testing.T) {
	f := NewFlow(road(3), plain)
	f.Arrive = func(*Car) {}
	f.Roads[2].Capacity = 0
	for i := range 4000 {
		f.Enter(&Car{To: 3}, 0)
		f.Step(float64(i)*5, 5)
	}
	for i := range f.Roads {
		if f.Load(i) > 1.2 {
			t.Errorf("link %d holds %.0f %% of its room", i, 100*f.Load(i))
		}
	}
}

// TestWayIsTheCheapest compares a way with the cost of every other.
func TestWayIsTheCheapest(t *testing.T) {
	d := rand.New(rand.NewPCG(3, 4))
	n := grid(4, 100)
	costs := make([]float64, len(n.Links))
	for i := range costs {
		costs[i] = 1 + 9*d.Float64()
	}
	best := make([]float64, n.Nodes()) // Bellman-Ford, from every node to 15
	for i := range best {
		best[i] = 1e9
	}
	best[15] = 0
	for range best {
		for i, l := range n.Links {
			best[l.From] = min(best[l.From], costs[i]+best[l.To])
		}
	}
	for from := range n.Nodes() {
		sum, at := 0.0, from
		for _, l := range n.Way(from, 15, func(i int) float64 { return costs[i] }) {
			if n.Links[l].From != at {
				t.Fatalf("the way from %d is broken at %d", from, at)
			}
			sum, at = sum+costs[l], n.Links[l].To
		}
		if at != 15 || sum > best[from]+1e-9 {
			t.Errorf("from %d: cost %.3f to %d, the best is %.3f", from, sum, at, best[from])
		}
	}
}
