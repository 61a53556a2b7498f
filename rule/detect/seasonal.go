package detect

import (
	"slices"
	"time"

	"citybrain/city"
)

// cell is what one slot had in one season.
type cell struct {
	sum    float64
	n      uint32 // 0: nothing
	season int32
}

// seasonal keeps for each slot that ever had a value a ring of cells, one for
// each past season that counts and one for the present.
type seasonal struct {
	season       Season
	slot         time.Duration
	slots, width int
	rows         []int32 // by slot: 1 + its row in cells, or 0
	cells        []cell
	past         []float64 // of usual, while it works
	local        calendar

	usual   usual
	score   float64
	isKnown bool
}

// usual is what past seasons say of a slot. It stays as it is as long as the
// season lasts, so it is worked out once.
type usual struct {
	slot           int
	season         int32
	set, known     bool
	expected       float64
	centre, spread float64 // what a score is measured from and by
}

func (m *seasonal) begin(s *Shape) {
	m.season, m.slot, m.slots, m.width = s.Season, s.Slot, s.slots(), s.Seasons+1
}

func (m *seasonal) fits(s *Shape) bool {
	return s.Kind == Seasonal && s.Season == m.season && s.Slot == m.slot && s.Seasons+1 == m.width
}

func (m *seasonal) add(s *Shape, at city.Instant, v float64) {
	slot, season := s.place(m.local.local(s.Zone, at))
	u := m.look(s, slot, season)
	if m.isKnown = u.known; u.known {
		m.score = scored(v-u.centre, u.spread, s.MinSpread)
	}
	c := &m.row(slot)[m.column(season)]
	if c.n == 0 || c.season != season {
		*c = cell{season: season}
	}
	if c.n < 1<<32-1 {
		c.sum += v
		c.n++
	}
}

func (m *seasonal) column(season int32) int { return int(floorMod(int64(season), int64(m.width))) }

// row is the ring of a slot, made if there is none.
func (m *seasonal) row(slot int) []cell {
	if m.rows == nil {
		m.rows = make([]int32, m.slots)
	}
	if m.rows[slot] == 0 {
		m.grow()
		m.rows[slot] = int32(len(m.cells) / m.width)
	}
	end := int(m.rows[slot]) * m.width
	return m.cells[end-m.width : end]
}

// grow adds a row, never taking more than all slots need.
func (m *seasonal) grow() {
	n := len(m.cells) + m.width
	if n > cap(m.cells) {
		more := make([]cell, len(m.cells), min(max(2*cap(m.cells), n), m.slots*m.width))
		copy(more, m.cells)
		m.cells = more
	}
	m.cells = m.cells[:n]
}

func (m *seasonal) look(s *Shape, slot int, season int32) *usual {
	u := &m.usual
	if !u.set || u.slot != slot || u.season != season {
		*u = usual{slot: slot, season: season, set: true}
		past := m.gather(slot, season)
		if u.known = len(past) >= s.Min; u.known {
			u.expected, u.centre, u.spread = s.folded(past)
		}
	}
	return u
}

// gather is what the slot had in the seasons before, in ascending order.
func (m *seasonal) gather(slot int, season int32) []float64 {
	if m.rows == nil || m.rows[slot] == 0 {
		return nil
	}
	if m.past == nil {
		m.past = make([]float64, 0, m.width-1)
	}
	m.past = m.past[:0]
	row := m.row(slot)
	for i := range row {
		c := &row[i]
		if age := int64(season) - int64(c.season); c.n > 0 && age >= 1 && age < int64(m.width) {
			m.past = append(m.past, c.sum/float64(c.n))
		}
	}
	slices.Sort(m.past)
	return m.past
}

// folded is what past seasons make expected, and from where and by what a
// score is measured.
func (s *Shape) folded(past []float64) (expected, centre, spread float64) {
	switch s.Fold {
	case Mean:
		var w welford
		for _, v := range past {
			w.add(v)
		}
		return w.mean, w.mean, w.sd()
	case Quantile:
		expected = quantile(past, s.Q)
		return expected, expected, robustSpread(past, median(past))
	case MAD:
		centre = median(past)
		return deviation(past, centre), centre, robustSpread(past, centre)
	default:
		centre = median(past)
		return centre, centre, robustSpread(past, centre)
	}
}

func (m *seasonal) value(*Shape, city.Instant) (float64, bool) { return m.score, m.isKnown }

func (m *seasonal) expected(s *Shape, at city.Instant) (value, spread float64, known bool) {
	slot, season := s.place(m.local.local(s.Zone, at))
	u := m.look(s, slot, season)
	return u.expected, u.spread, u.known
}

func (m *seasonal) append(b []byte) []byte {
	b = append(b, byte(m.season))
	b = appendInt(b, int(m.slot/time.Second))
	b = appendInt(b, m.width)
	b = appendOutcome(b, m.isKnown, m.score)
	b = appendInt(b, len(m.cells)/max(m.width, 1))
	for slot, row := range m.rows {
		if row == 0 {
			continue
		}
		b = appendInt(b, slot)
		for _, c := range m.row(slot) {
			b = appendInt(b, int(c.n))
			if c.n > 0 {
				b = appendSigned(b, int64(c.season))
				b = appendFloat(b, c.sum)
			}
		}
	}
	return b
}

func (m *seasonal) parse(p *reader) {
	m.season = Season(p.upTo(1, int(Week)))
	m.slot = time.Duration(p.upTo(60, daySeconds)) * time.Second
	if day%m.slot != 0 {
		p.fail()
	}
	m.slots = (&Shape{Season: m.season, Slot: m.slot}).slots()
	m.width = p.upTo(2, min(367, maxCells/m.slots))
	m.isKnown = p.outcome(&m.score)
	p.score(m.score)
	last := -1
	for range p.count(m.slots, 1+m.width) {
		slot := p.upTo(last+1, m.slots-1)
		if p.err != nil {
			return
		}
		last = slot
		row := m.row(slot)
		for i := range row {
			row[i] = m.parseCell(p, i)
		}
	}
}

func (m *seasonal) parseCell(p *reader, column int) cell {
	c := cell{n: uint32(p.upTo(0, 1<<32-1))}
	if c.n == 0 {
		return cell{}
	}
	season := p.signed()
	if c.season = int32(season); int64(c.season) != season || m.column(c.season) != column {
		p.fail()
	}
	c.sum = p.float()
	return c
}
