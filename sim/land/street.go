package land

import "citybrain/city"

// Rank orders streets by what they are for.
type Rank int

// The ranks of streets.
const (
	RingRoad  Rank = iota + 1
	Arterial       // radials and the streets along the river
	Collector      // streets between quarters
	Local          // streets of a quarter, only drawn
)

// Lanes is how many lanes a direction has.
func (r Rank) Lanes() int { return [...]int{0, 3, 2, 2, 1}[r] }

// FreeFlow is the speed of traffic that nothing holds up, in km/h, with the
// usual halts at junctions.
func (r Rank) FreeFlow() float64 { return [...]float64{0, 62, 46, 36, 25}[r] }

// Street is a named street as it was planned.
type Street struct {
	ID   string
	Name city.Names
	Rank Rank
	Line Line
}

// km are positions on the plan in units of 620 m: the scale at which the
// distances between streets come out like those of a city.
func km(xy ...float64) []Vec {
	const unit = 620
	out := make([]Vec, len(xy)/2)
	for i := range out {
		out[i] = Vec{xy[2*i] * unit, xy[2*i+1] * unit}
	}
	return out
}

func street(id, zh, en string, rank Rank, xy ...float64) Street {
	return Street{ID: id, Name: city.Names{ZH: zh, EN: en}, Rank: rank, Line: curve(km(xy...)...)}
}

// planned are the streets of the city. An end that lies a little beyond another
// street is cut off there.
func planned() []Street {
	list := []Street{
		{ID: "ring", Name: city.Names{ZH: "环城大道", EN: "Ring Avenue"}, Rank: RingRoad, Line: closedCurve(km(
			5.05, 0.5, 4.75, 2.3, 3.7, 3.75, 1.9, 4.3, -0.3, 4.35, -2.6, 4.1, -4.3, 3.3, -5.15, 1.7,
			-5.2, -0.4, -4.85, -2.4, -3.6, -3.75, -1.6, -4.3, 0.6, -4.2, 2.7, -4.05, 4.2, -3.2, 4.95, -1.4)...)},
		{ID: "riverside", Name: city.Names{ZH: "滨江大道", EN: "Riverside Avenue"}, Rank: Arterial, Line: northBank().Beside(75)},
		{ID: "southbank", Name: city.Names{ZH: "南岸路", EN: "South Bank Road"}, Rank: Arterial, Line: southBank().Beside(-75)},
	}
	list = append(list, northSouth()...)
	return append(list, eastWest()...)
}

func northSouth() []Street {
	return []Street{
		street("people", "人民路", "People's Road", Arterial, -0.1, 7.6, -0.2, 5.6, -0.45, 4.2, -0.55, 2.6, -0.3, 1.2, -0.1, -0.5, 0.15, -2.2, 0.45, -4.1, 0.35, -5.6, 0.5, -7.4),
		street("lakeside", "湖滨路", "Lakeside Road", Arterial, -3.5, 7.4, -3.1, 5.6, -2.55, 4.2, -2.35, 2.8, -2.0, 1.5, -1.95, 0.2, -2.15, -1.4, -2.45, -2.9, -2.75, -4.1, -3.3, -5.6, -3.7, -7.2),
		street("orient", "东方路", "Orient Road", Arterial, 2.3, 7.4, 2.0, 5.6, 1.85, 4.2, 1.6, 2.8, 1.45, 1.3, 1.55, -0.6, 1.75, -2.2, 2.15, -4.0, 2.6, -5.6, 2.9, -7.3),
		street("technology", "科技大道", "Technology Avenue", Arterial, 5.5, 6.6, 4.4, 4.9, 3.75, 3.6, 3.3, 2.2, 3.2, 0.9, 3.35, -0.4, 3.5, -1.6, 3.75, -3.2, 4.5, -4.6, 5.6, -6.3),
		street("westmarket", "西市街", "West Market Street", Collector, -3.75, 3.9, -3.65, 2.6, -3.6, 1.2, -3.45, -0.6, -3.5, -1.6, -3.7, -3.0, -3.95, -3.9),
		street("academy", "书院街", "Academy Street", Collector, -1.35, 4.6, -1.4, 3.4, -1.2, 2.0, -1.1, 0.8, -1.0, -0.35),
		street("temple", "文庙街", "Temple Street", Collector, 0.65, 4.7, 0.6, 3.3, 0.5, 2.0, 0.55, 0.7, 0.6, 0.1),
		street("innovation", "科创路", "Innovation Road", Collector, 2.6, 4.5, 2.5, 3.2, 2.35, 1.6, 2.4, 0.6, 2.4, 0.25),
		street("expo", "会展路", "Expo Road", Collector, 1.0, -0.7, 1.05, -1.8, 1.2, -3.0, 1.4, -4.5),
		street("stadium", "体育场路", "Stadium Road", Collector, -0.85, -0.2, -0.8, -1.5, -0.85, -2.9, -0.6, -4.6),
		street("dock", "码头路", "Dock Road", Collector, 2.75, -0.9, 2.75, -2.0, 2.95, -3.2, 3.3, -4.2),
		street("garden", "花园路", "Garden Road", Collector, 4.15, 0.2, 4.1, 1.8, 4.35, 3.2),
	}
}

func eastWest() []Street {
	return []Street{
		street("harmony", "和平路", "Harmony Road", Arterial, -8.0, 2.7, -6.6, 2.35, -5.1, 2.15, -3.6, 2.1, -2.2, 2.15, -0.5, 1.95, 1.5, 2.1, 3.3, 2.35, 4.8, 2.6, 6.6, 3.2, 8.1, 3.5),
		street("newtown", "新城大道", "New Town Avenue", Arterial, -8.0, -2.9, -6.6, -2.6, -4.8, -2.2, -3.5, -2.05, -2.2, -2.15, 0.1, -2.35, 1.9, -2.45, 3.6, -2.35, 4.8, -2.2, 6.6, -2.3, 8.1, -2.1),
		street("bell", "钟楼街", "Bell Tower Street", Collector, -4.0, 1.0, -3.0, 1.1, -1.9, 1.15, -0.35, 1.1, 0.6, 1.15, 1.45, 1.1, 2.4, 1.2, 3.5, 1.25),
		street("north", "北苑路", "North Garden Road", Collector, -4.6, 3.1, -3.5, 3.2, -2.3, 3.2, -0.5, 3.25, 1.7, 3.15, 3.2, 3.1, 4.6, 3.1),
		street("arena", "体育路", "Arena Road", Collector, -4.7, -3.0, -3.5, -3.05, -2.2, -3.15, 0.3, -3.35, 1.8, -3.3, 3.8, -3.15, 4.6, -3.2),
		street("mulberry", "桑园路", "Mulberry Road", Collector, -5.4, -1.0, -4.2, -1.05, -3.3, -1.05, -2.1, -1.15, -0.7, -1.35, 0.2, -1.5, 1.1, -1.55, 2.0, -1.7),
		street("warehouse", "仓储路", "Warehouse Road", Collector, 2.4, -1.65, 3.5, -1.65, 4.3, -1.6, 5.3, -1.5),
		street("outerwest", "西郊路", "Western Outskirts Road", Collector, -6.5, 3.0, -6.55, 1.2, -6.5, -1.2, -6.3, -3.2),
		street("outereast", "东港路", "East Harbour Road", Collector, 6.3, 3.6, 6.5, 1.8, 6.45, -0.8, 6.2, -2.9),
		street("airport", "机场路", "Airport Road", Arterial, 4.55, 2.5, 5.4, 4.0, 6.2, 5.2, 7.6, 6.6),
	}
}
