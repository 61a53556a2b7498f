package land

import "math"

// river is the middle of the river from west to east.
func river() Line {
	return curve(km(-9, -1.3, -7.0, -0.75, -5.2, 0.35, -3.6, 0.35, -2.0, -0.25, -0.2, -0.15, 1.4, 0.15, 2.8, 0.0, 4.2, -0.55, 5.6, -0.2, 7.2, 0.55, 9, 0.75)...)
}

// halfWidth is half the river's width at x: it widens towards its mouth and
// around the island.
func halfWidth(x float64) float64 {
	island := math.Exp(-math.Pow((x-islandAt)/520, 2))
	return 105 + 60*(1/(1+math.Exp(-x/1500))) + 165*island
}

// islandAt is where the island lies along the river.
const islandAt = 3.3 * 620

func northBank() Line { return bank(1) }
func southBank() Line { return bank(-1) }

func bank(side float64) Line {
	middle := river()
	out := make(Line, len(middle))
	for i, v := range middle {
		d := middle[min(i+1, len(middle)-1)].Sub(middle[max(i-1, 0)]).Unit()
		out[i] = v.Add(d.Left().Times(side * halfWidth(v.X)))
	}
	return out
}

// riverBed is the river as a polygon.
func riverBed() Line { return append(northBank(), southBank().Reversed()...) }

// island lies in the middle of the river's widest part.
func island() Line {
	middle := river()
	var north, south Line
	for _, v := range middle {
		if d := math.Abs(v.X-islandAt) / 560; d < 1 {
			w := 120 * math.Sqrt(1-d*d)
			north, south = append(north, v.Add(Vec{0, w})), append(south, v.Add(Vec{0, -w}))
		}
	}
	out := append(north, south.Reversed()...)
	return append(out, out[0])
}

// blob is a rounded shape around a centre, with bumps that stay the same.
func blob(name string, at Vec, rx, ry, turn float64) Line {
	d := dice(name)
	phase, amount := d.Float64()*6, 0.08+0.05*d.Float64()
	var out Line
	for i := range 36 {
		a := float64(i) * math.Pi / 18
		r := 1 + amount*math.Sin(3*a+phase) + amount/2*math.Sin(5*a+2*phase)
		v := Vec{rx * r * math.Cos(a), ry * r * math.Sin(a)}
		out = append(out, at.Add(Vec{v.X*math.Cos(turn) - v.Y*math.Sin(turn), v.X*math.Sin(turn) + v.Y*math.Cos(turn)}))
	}
	return append(out, out[0])
}

// edge is where the plan ends.
func edge() Line {
	var out Line
	for i := range 96 {
		a := float64(i) * math.Pi / 48
		c, s := math.Cos(a), math.Sin(a)
		r := 1 / math.Pow(math.Pow(math.Abs(c)/4460, 2.6)+math.Pow(math.Abs(s)/4080, 2.6), 1/2.6)
		out = append(out, Vec{r * c, r * s}.Times(1+0.015*math.Sin(5*a)))
	}
	return append(out, out[0])
}
