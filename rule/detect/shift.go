package detect

import (
	"math"
	"slices"

	"citybrain/city"
)

// shift is LevelShift: Pettitt's test over the last readings. balance holds
// for each reading how many of the others are smaller, less how many are
// greater; its running sum over time is Pettitt's U.
type shift struct {
	window  int
	ring    []float64
	balance []int32
	head    int       // the oldest reading
	ordered []float64 // of expected, while it works

	u      int // the U that is largest on either side
	before int // how many readings lie before the change
}

func (m *shift) begin(s *Shape) { m.window = s.Window }

func (m *shift) fits(s *Shape) bool { return s.Kind == LevelShift && s.Window == m.window }

func (m *shift) add(_ *Shape, _ city.Instant, v float64) {
	at := len(m.ring)
	if m.ring == nil {
		m.ring, m.balance = make([]float64, 0, m.window), make([]int32, 0, m.window)
	}
	if at < m.window {
		m.ring, m.balance = append(m.ring, v), append(m.balance, 0)
		m.weigh(at, math.NaN(), v) // which is neither above nor below any other
	} else {
		at = m.head
		m.head = (at + 1) % m.window
		m.weigh(at, m.ring[at], v)
	}
	m.u, m.before = 0, 0
	m.seek(m.seek(0, m.head, len(m.ring)), 0, m.head)
}

// weigh sets a new reading against all others, in the place of an old one.
func (m *shift) weigh(at int, old, v float64) {
	m.ring[at] = v
	mine, balance := int32(0), m.balance[:len(m.ring)]
	for i, x := range m.ring {
		d := sign(x, v)
		mine -= d
		balance[i] += d - sign(x, old)
	}
	balance[at] = mine
}

// sign is that of a − b.
func sign(a, b float64) int32 {
	var above, below int32
	if a > b {
		above = 1
	}
	if a < b {
		below = 1
	}
	return above - below
}

// seek goes on with the running sum u through a part of the ring, keeps the
// largest, and returns where the sum stands. Of equal ones the earliest counts.
func (m *shift) seek(u, from, to int) int {
	for i, d := range m.balance[from:to] {
		u += int(d)
		if max(u, -u) > max(m.u, -m.u) {
			m.u, m.before = u, m.age(from+i)+1
		}
	}
	return u
}

// age is how many readings are older than that at a place of the ring.
func (m *shift) age(place int) int {
	if place >= m.head {
		return place - m.head
	}
	return place - m.head + len(m.ring)
}

func (m *shift) value(s *Shape, _ city.Instant) (float64, bool) {
	n := float64(len(m.ring))
	// U counts earlier readings that are greater, so a rise makes it negative.
	return -float64(m.u) * math.Sqrt(6/(n*n*(n+1))), len(m.ring) >= s.Min
}

// expected is the median before the change, or of all where there is none.
func (m *shift) expected(s *Shape, _ city.Instant) (value, spread float64, known bool) {
	if len(m.ring) < s.Min {
		return 0, 0, false
	}
	if m.ordered == nil {
		m.ordered = make([]float64, 0, m.window)
	}
	m.ordered = append(m.ordered[:0], m.ring[m.head:]...)
	m.ordered = append(m.ordered, m.ring[:m.head]...)
	before := m.ordered
	if m.before > 0 {
		before = before[:m.before]
	}
	slices.Sort(before)
	return median(before), 0, true
}

func (m *shift) append(b []byte) []byte {
	return appendRing(appendInt(b, m.window), m.ring, m.head)
}

func (m *shift) parse(p *reader) {
	m.window = p.upTo(8, 500)
	for _, v := range p.ring(m.window) {
		m.add(nil, 0, v)
	}
}
