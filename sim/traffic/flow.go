package traffic

import "math"

// Car is one vehicle on its way.
type Car struct {
	To    int // the node it goes to
	Habit int
	Owner int32 // of the caller: which garage or bus it belongs to
	// Way are the links still to be taken, for a vehicle with a fixed way; nil
	// for one that finds its own.
	Way []int32

	entered float64 // the link it is on
	ready   float64 // when it stands at the end
	blocked float64 // since when it has been the first and could not go on, 0: it is not
}

// Road is the state of a link.
type Road struct {
	Capacity float64 // share of the link's that an incident or rain leaves, 0 to 1
	Speed    float64 // share of the free-flow speed that is driven
	Closed   bool    // nobody enters; who is on it leaves

	cars   []*Car
	tokens float64
	rate   float64 // cars a second that leave, averaged over some minutes
	out    int     // since Seen
}

// Flow is the traffic on a network. It is not safe for concurrent use.
type Flow struct {
	Net   *Network
	Roads []Road
	// Arrive takes a car that has come to its destination. It may call Enter.
	Arrive func(*Car)
	// Pass is told when a vehicle with a fixed way enters a link. May be nil.
	Pass func(c *Car, link int)

	routes  routes
	taste   [Habits][]float64
	waiting [][]*Car // by node: cars that have no room to enter
	steps   int
	now     float64
	onRoad  int
}

// NewFlow is empty streets. taste is what the drivers of a habit multiply the
// cost of a link with; that of habit 0 is not asked for.
func NewFlow(n *Network, taste func(habit, link int) float64) *Flow {
	f := &Flow{Net: n, Roads: make([]Road, len(n.Links)), routes: newRoutes(n.Nodes()), waiting: make([][]*Car, n.Nodes())}
	for i := range f.Roads {
		f.Roads[i] = Road{Capacity: 1, Speed: 1}
	}
	for h := 1; h < Habits; h++ {
		f.taste[h] = make([]float64, len(n.Links))
		for i := range n.Links {
			f.taste[h][i] = taste(h, i)
		}
	}
	f.Learn(true)
	return f
}

// Learn lets drivers choose their routes anew: those of habit 0 by the state of
// the streets, and with all set the others too, which is needed when a link is
// closed or opened.
func (f *Flow) Learn(all bool) {
	f.routes.learn(f.Net, 0, func(l int) float64 { return f.open(l, f.Time(l)) })
	for h := 1; h < Habits && all; h++ {
		f.routes.learn(f.Net, h, func(l int) float64 { return f.open(l, f.Net.Links[l].FreeTime()*f.taste[h][l]) })
	}
}

// closedCost makes a closed link the last resort: who is on his way into it
// must still get somewhere.
const closedCost = 1e6

func (f *Flow) open(link int, cost float64) float64 {
	if f.Roads[link].Closed {
		return cost + closedCost
	}
	return cost
}

// Next is the link that a driver takes at a node to get to another, −1 if there
// is no way.
func (f *Flow) Next(habit, node, to int) int { return int(f.routes.next[habit][to][node]) }

// Enter puts a car on its way at a node. It waits beside the street until there
// is room.
func (f *Flow) Enter(c *Car, node int) { f.waiting[node] = append(f.waiting[node], c) }

// Cars counts the cars on the streets and those that wait to enter.
func (f *Flow) Cars() (onRoad, waiting int) {
	for _, w := range f.waiting {
		waiting += len(w)
	}
	return f.onRoad, waiting
}

// Step moves the traffic to now, dt seconds after the step before.
func (f *Flow) Step(now, dt float64) {
	f.now = now
	f.steps++
	n := len(f.Roads)
	for i := range n {
		f.release((i+f.steps*7)%n, dt)
	}
	for node := range f.waiting {
		if len(f.waiting[node]) > 0 {
			f.admit(node, dt)
		}
	}
}

// release lets cars out of a link.
func (f *Flow) release(link int, dt float64) {
	r, l := &f.Roads[link], &f.Net.Links[link]
	capacity := l.Capacity * r.Capacity
	r.tokens = math.Min(r.tokens+capacity*dt, math.Max(1, capacity*dt)+1)
	left := 0
	// As many lanes as there are, so many cars can be the first.
	for i := 0; i < min(len(r.cars), l.Lanes) && r.tokens >= 1; {
		c := r.cars[i]
		if c.ready > f.now {
			break
		}
		if !f.advance(c, link) {
			i++
			continue
		}
		r.cars = append(r.cars[:i], r.cars[i+1:]...)
		r.tokens--
		r.out++
		left++
	}
	const memory = 150 // seconds
	r.rate += (float64(left)/dt - r.rate) * dt / memory
}

// patience is how long, in seconds, the first car of a queue waits for room in
// the next link before it takes another way or squeezes in. Without it two jams
// could hold each other for ever.
const patience = 150

// advance moves the first car of a link on and says whether it could.
func (f *Flow) advance(c *Car, link int) bool {
	node := f.Net.Links[link].To
	if c.To == node && len(c.Way) == 0 {
		f.onRoad--
		c.blocked = 0
		f.Arrive(c)
		return true
	}
	next := f.choose(c, node)
	if next >= 0 && f.hasRoom(next, 1) && !f.Roads[next].Closed {
		f.put(c, next)
		return true
	}
	if c.blocked == 0 {
		c.blocked = f.now
	}
	if f.now-c.blocked < patience {
		return false
	}
	return f.squeeze(c, node, next)
}

// squeeze is the way out of a car that has waited too long: any other link with
// room, or the wanted one somewhat over its room.
func (f *Flow) squeeze(c *Car, node, wanted int) bool {
	if len(c.Way) == 0 {
		for _, l := range f.Net.out[node] {
			if !f.Roads[l].Closed && f.hasRoom(int(l), 0.8) && f.Next(0, f.Net.Links[l].To, c.To) >= 0 {
				f.put(c, int(l))
				return true
			}
		}
	}
	if wanted >= 0 && f.hasRoom(wanted, 1.15) {
		f.put(c, wanted)
		return true
	}
	return false
}

func (f *Flow) choose(c *Car, node int) int {
	if len(c.Way) > 0 {
		return int(c.Way[0])
	}
	return f.Next(c.Habit, node, c.To)
}

func (f *Flow) hasRoom(link int, share float64) bool {
	return float64(len(f.Roads[link].cars)) < share*float64(f.Net.Links[link].Room())
}

// put lets a car drive onto a link.
func (f *Flow) put(c *Car, link int) {
	r := &f.Roads[link]
	if len(c.Way) > 0 {
		c.Way = c.Way[1:]
		if f.Pass != nil {
			f.Pass(c, link)
		}
	}
	c.entered, c.blocked = f.now, 0
	c.ready = f.now + f.driving(link)
	r.cars = append(r.cars, c)
}

// driving is the seconds to the end of a link's queue. It grows with the cars on
// the link and, the nearer their flow comes to what the link lets out, with the
// halts at its end.
func (f *Flow) driving(link int) float64 {
	l, r := &f.Net.Links[link], &f.Roads[link]
	fill := math.Min(float64(len(r.cars))/float64(l.Room()), 1)
	used := math.Min(r.rate/(l.Capacity*math.Max(r.Capacity, 0.05)), 1)
	return l.FreeTime() * (1 + halts*used*used) / (r.Speed * (1 - 0.4*fill))
}

// halts is how much longer a link takes, as a share of its free time, when as
// many cars leave it as can.
const halts = 0.9

// admit lets waiting cars enter from the side, one in two seconds and lane.
func (f *Flow) admit(node int, dt float64) {
	queue := f.waiting[node]
	admitted := map[int]int{}
	kept := queue[:0]
	for _, c := range queue {
		next := f.choose(c, node)
		if c.To == node && len(c.Way) == 0 || next < 0 {
			f.Arrive(c)
			continue
		}
		if float64(admitted[next]) < dt/2*float64(f.Net.Links[next].Lanes) && f.hasRoom(next, 0.9) && (!f.Roads[next].Closed || len(c.Way) > 0) {
			admitted[next]++
			f.onRoad++
			f.put(c, next)
			continue
		}
		kept = append(kept, c)
	}
	f.waiting[node] = append(kept, f.waiting[node][len(queue):]...)
}
