package detect

import (
	"math"
	"time"

	"citybrain/city"
)

// earsTail is how many periods besides a baseline C3 looks at: now, the two
// that are left out, and the two more that the C2 of the day before yesterday
// reaches back.
const earsTail = 5

// maxPeriod is beyond every number of a period, but far from overflow.
const maxPeriod = 1 << 40

// ears is EARS C1 to C3: counts of periods in a ring.
type ears struct {
	kind       Kind
	window     int
	period     time.Duration
	counts     []float64 // of period p at p mod len
	first, now int64
	local      calendar
}

func (m *ears) begin(s *Shape) {
	m.window, m.period = s.Window, s.Period
}

func (m *ears) fits(s *Shape) bool {
	return s.Kind == m.kind && s.Window == m.window && s.Period == m.period
}

func (m *ears) add(s *Shape, at city.Instant, v float64) {
	if m.counts == nil {
		m.counts = make([]float64, m.window+earsTail)
		m.first = m.local.period(s, at)
		m.now = m.first
	}
	p := m.at(s, at)
	for i := max(m.now+1, p-int64(len(m.counts))+1); i <= p; i++ {
		*m.count(i) = 0
	}
	m.now = p
	*m.count(p) += v
}

// at is the period of an instant. Where clocks are set back at midnight, the
// hour that comes twice stays in the day that had begun.
func (m *ears) at(s *Shape, at city.Instant) int64 {
	return max(m.local.period(s, at), m.now)
}

func (m *ears) count(period int64) *float64 {
	return &m.counts[floorMod(period, int64(len(m.counts)))]
}

// counted is the count of a period up to the last one that C3 looks at.
func (m *ears) counted(period int64) float64 {
	if period > m.now || period <= m.now-int64(len(m.counts)) {
		return 0
	}
	return *m.count(period)
}

// baseline is mean and standard deviation of the window's periods, the last of
// which is lag before p.
func (m *ears) baseline(p int64, lag int64) (mean, sd float64) {
	var w welford
	for i := p - lag - int64(m.window) + 1; i <= p-lag; i++ {
		w.add(m.counted(i))
	}
	return w.mean, w.sd()
}

// c is C1 (lag 1) or C2 (lag 3) of a period.
func (m *ears) c(s *Shape, p int64, lag int64) float64 {
	mean, sd := m.baseline(p, lag)
	return scored(m.counted(p)-mean, sd, s.MinSpread)
}

func (m *ears) lag() int64 {
	if m.kind == EarsC1 {
		return 1
	}
	return 3
}

// warm says whether every period that p is judged by has been lived through.
func (m *ears) warm(p int64) bool {
	reach := int64(m.window) + m.lag() - 1
	if m.kind == EarsC3 {
		reach += 2
	}
	return p-m.first >= reach
}

func (m *ears) value(s *Shape, at city.Instant) (float64, bool) {
	p := m.at(s, at)
	if !m.warm(p) {
		return 0, false
	}
	if m.kind != EarsC3 {
		return m.c(s, p, m.lag()), true
	}
	sum := 0.0
	for i := p - 2; i <= p; i++ {
		sum += max(0, m.c(s, i, 3)-1)
	}
	return math.Min(sum, MaxScore), true
}

func (m *ears) expected(s *Shape, at city.Instant) (value, spread float64, known bool) {
	p := m.at(s, at)
	value, spread = m.baseline(p, m.lag())
	return value, spread, m.warm(p)
}

func (m *ears) append(b []byte) []byte {
	b = appendInt(appendInt(b, m.window), int(m.period/time.Second))
	b = appendInt(appendSigned(b, m.now), int(m.now-m.first))
	for p := m.now - int64(len(m.counts)) + 1; p <= m.now; p++ {
		b = appendFloat(b, *m.count(p))
	}
	return b
}

func (m *ears) parse(p *reader) {
	m.window = p.upTo(3, 100)
	m.period = time.Duration(p.upTo(60, 28*daySeconds)) * time.Second
	if m.now = p.signed(); max(m.now, -m.now) > maxPeriod {
		p.fail()
	}
	m.first = m.now - int64(p.upTo(0, maxPeriod))
	if p.err != nil {
		return
	}
	m.counts = make([]float64, m.window+earsTail)
	for i := m.now - int64(len(m.counts)) + 1; i <= m.now; i++ {
		v := p.float()
		if !(v >= 0) {
			p.fail()
		}
		*m.count(i) = v
	}
}
