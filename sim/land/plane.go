package land

import (
	"math"
	"math/rand/v2"

	"citybrain/city"
)

// Vec is a position or a direction on the plane, in metres: X to the east, Y to
// the north of the city's centre.
type Vec struct{ X, Y float64 }

// Add is v + w.
func (v Vec) Add(w Vec) Vec { return Vec{v.X + w.X, v.Y + w.Y} }

// Sub is v − w.
func (v Vec) Sub(w Vec) Vec { return Vec{v.X - w.X, v.Y - w.Y} }

// Times is v stretched by k.
func (v Vec) Times(k float64) Vec { return Vec{v.X * k, v.Y * k} }

// Left is v turned by a quarter to the left.
func (v Vec) Left() Vec { return Vec{-v.Y, v.X} }

// Length is the length of v in metres.
func (v Vec) Length() float64 { return math.Hypot(v.X, v.Y) }

// Distance is the distance between two positions in metres.
func (v Vec) Distance(w Vec) float64 { return v.Sub(w).Length() }

// Unit is v with the length 1, or the zero vector.
func (v Vec) Unit() Vec {
	if l := v.Length(); l > 0 {
		return v.Times(1 / l)
	}
	return Vec{}
}

func (v Vec) dot(w Vec) float64   { return v.X*w.X + v.Y*w.Y }
func (v Vec) cross(w Vec) float64 { return v.X*w.Y - v.Y*w.X }

// The place of the plane on the map: open sea, in the time zone of the city.
const (
	originLon = 122.40
	originLat = 33.40
)

// Point is a position on the map.
func (v Vec) Point() city.Point {
	const degree = city.EarthRadius * math.Pi / 180
	return city.Point{
		Lon: round5(originLon + v.X/(degree*math.Cos(originLat*math.Pi/180))),
		Lat: round5(originLat + v.Y/degree),
	}
}

// round5 keeps five decimals of a degree, about a metre.
func round5(v float64) float64 { return math.Round(v*1e5) / 1e5 }

// Line is a polyline; as a polygon its last position is joined to the first.
type Line []Vec

// Length is the length in metres.
func (l Line) Length() float64 {
	sum := 0.0
	for i := 1; i < len(l); i++ {
		sum += l[i-1].Distance(l[i])
	}
	return sum
}

// At is the position at a share 0 to 1 of the length, and the direction there.
func (l Line) At(share float64) (at, direction Vec) {
	left := share * l.Length()
	for i := 1; i < len(l); i++ {
		step := l[i-1].Distance(l[i])
		if left <= step || i == len(l)-1 {
			d := l[i].Sub(l[i-1])
			if step == 0 {
				return l[i], d
			}
			return l[i-1].Add(d.Times(min(left/step, 1))), d.Unit()
		}
		left -= step
	}
	return l[0], Vec{}
}

// Even is the line with n positions at equal distances.
func (l Line) Even(n int) Line {
	out := make(Line, n)
	for i := range out {
		out[i], _ = l.At(float64(i) / float64(n-1))
	}
	return out
}

// Reversed is the line from its end to its start.
func (l Line) Reversed() Line {
	out := make(Line, len(l))
	for i, v := range l {
		out[len(l)-1-i] = v
	}
	return out
}

// Beside is the line moved to the left by metres, to the right if negative.
func (l Line) Beside(metres float64) Line {
	out := make(Line, len(l))
	for i, v := range l {
		d := l[min(i+1, len(l)-1)].Sub(l[max(i-1, 0)]).Unit()
		out[i] = v.Add(d.Left().Times(metres))
	}
	return out
}

// Near is the position of the line that is closest to v, and its share of the
// length.
func (l Line) Near(v Vec) (at Vec, share float64) {
	best, done, total := math.Inf(1), 0.0, l.Length()
	for i := 1; i < len(l); i++ {
		d, step := l[i].Sub(l[i-1]), l[i-1].Distance(l[i])
		if step == 0 {
			continue
		}
		t := min(max(v.Sub(l[i-1]).dot(d)/(step*step), 0), 1)
		if q := l[i-1].Add(d.Times(t)); q.Distance(v) < best {
			best, at, share = q.Distance(v), q, (done+t*step)/total
		}
		done += step
	}
	return at, share
}

// curve is a smooth line (Catmull-Rom) through positions, about 30 m a piece.
func curve(through ...Vec) Line {
	var out Line
	n := len(through)
	for i := 0; i+1 < n; i++ {
		a, b, c, d := through[max(i-1, 0)], through[i], through[i+1], through[min(i+2, n-1)]
		pieces := max(int(b.Distance(c)/30), 2)
		for k := range pieces {
			out = append(out, spline(a, b, c, d, float64(k)/float64(pieces)))
		}
	}
	return append(out, through[n-1])
}

// closedCurve is a smooth closed line through positions; its last equals its
// first.
func closedCurve(through ...Vec) Line {
	var out Line
	n := len(through)
	for i := range through {
		a, b, c, d := through[(i+n-1)%n], through[i], through[(i+1)%n], through[(i+2)%n]
		pieces := max(int(b.Distance(c)/40), 2)
		for k := range pieces {
			out = append(out, spline(a, b, c, d, float64(k)/float64(pieces)))
		}
	}
	return append(out, out[0])
}

func spline(a, b, c, d Vec, t float64) Vec {
	one := func(a, b, c, d float64) float64 {
		return 0.5 * (2*b + (c-a)*t + (2*a-5*b+4*c-d)*t*t + (3*b-a-3*c+d)*t*t*t)
	}
	return Vec{one(a.X, b.X, c.X, d.X), one(a.Y, b.Y, c.Y, d.Y)}
}

// meet is where two pieces of line cross: t along ab and u along cd.
func meet(a, b, c, d Vec) (t, u float64, ok bool) {
	r, s := b.Sub(a), d.Sub(c)
	den := r.cross(s)
	if den == 0 {
		return 0, 0, false
	}
	t, u = c.Sub(a).cross(s)/den, c.Sub(a).cross(r)/den
	return t, u, t >= 0 && t <= 1 && u >= 0 && u <= 1
}

// area is that of a polygon in m², positive if it runs to the left.
func (l Line) area() float64 {
	sum := 0.0
	for i, v := range l {
		sum += v.cross(l[(i+1)%len(l)])
	}
	return sum / 2
}

func (l Line) centre() Vec {
	var c Vec
	sum := 0.0
	for i, v := range l {
		w := l[(i+1)%len(l)]
		k := v.cross(w)
		c, sum = c.Add(v.Add(w).Times(k)), sum+k
	}
	if sum == 0 {
		return l[0]
	}
	return c.Times(1 / (3 * sum))
}

// contains says whether v lies inside the polygon.
func (l Line) contains(v Vec) bool {
	inside := false
	for i, j := 0, len(l)-1; i < len(l); j, i = i, i+1 {
		a, b := l[i], l[j]
		if (a.Y > v.Y) != (b.Y > v.Y) && v.X < (b.X-a.X)*(v.Y-a.Y)/(b.Y-a.Y)+a.X {
			inside = !inside
		}
	}
	return inside
}

// simplified drops positions that lie within metres of the line without them
// (Douglas-Peucker).
func (l Line) simplified(metres float64) Line {
	if len(l) < 3 {
		return l
	}
	a, b := l[0], l[len(l)-1]
	far, at := -1.0, 0
	for i := 1; i < len(l)-1; i++ {
		if d := l[i].fromPiece(a, b); d > far {
			far, at = d, i
		}
	}
	if far <= metres {
		return Line{a, b}
	}
	return append(l[:at+1].simplified(metres), l[at:].simplified(metres)[1:]...)
}

// fromPiece is the distance from v to the piece of line ab.
func (v Vec) fromPiece(a, b Vec) float64 {
	d := b.Sub(a)
	if d == (Vec{}) {
		return v.Distance(a)
	}
	t := min(max(v.Sub(a).dot(d)/d.dot(d), 0), 1)
	return v.Distance(a.Add(d.Times(t)))
}

// dice draws what the plan leaves to chance, always the same.
func dice(of string) *rand.Rand {
	h := uint64(14695981039346656037)
	for _, c := range []byte(of) {
		h = (h ^ uint64(c)) * 1099511628211
	}
	return rand.New(rand.NewPCG(h, 0x5e111))
}
