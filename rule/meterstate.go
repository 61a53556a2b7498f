package rule

import (
	"math"

	"citybrain/city"
)

// writeMeters writes the accounts that have something in them.
func (e *Engine) writeMeters(w *writer) {
	var used []*runner
	for _, p := range e.runners {
		if p.meter != nil && p.meter.work+p.meter.notLooked > 0 {
			used = append(used, p)
		}
	}
	w.uint(uint64(len(used)))
	for _, p := range used {
		m := p.meter
		w.uint(uint64(p.index))
		w.int(int64(m.at))
		w.uint(uint64(m.debt))
		w.uint(uint64(m.work))
		w.bool(m.over)
		w.int(int64(m.since))
		w.uint(uint64(m.times))
		w.uint(uint64(m.notLooked))
	}
}

// meters puts accounts back. That of a rule that has changed, or cannot become
// expensive any more, is passed over. Versions 1 and 2 end here, and say
// nothing of it where no account has anything in it.
func (r *restorer) meters() {
	if r.err != nil || len(r.b) == 0 && r.version < 3 {
		return
	}
	for n := r.count(8); n > 0 && r.err == nil; n-- {
		i := r.below(len(r.rules))
		m := meter{at: city.Instant(r.int()), debt: r.amount(maxDebt), work: r.amount(math.MaxInt64), over: r.bool(), since: city.Instant(r.int()),
			times: r.amount(math.MaxInt64), notLooked: r.amount(math.MaxInt64)}
		if r.err != nil {
			return
		}
		p := r.rules[i].runner
		if p == nil || p.meter == nil {
			continue
		}
		m.rate, m.room = p.meter.rate, p.meter.room
		if m.rate < 0 {
			m.debt, m.over, m.since = 0, false, 0
		}
		*p.meter = m
	}
}

// amount is a count that fits.
func (p *parser) amount(most int64) int64 {
	v := p.uint()
	if v > uint64(most) {
		p.fail()
		return 0
	}
	return int64(v)
}
