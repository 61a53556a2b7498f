package rule

import (
	"time"

	"cel.dev/cel-go/cel"

	"citybrain/city"
	"citybrain/rule/pattern"
	"citybrain/rule/window"
)

// DefaultBudget is the work that a rule may do for each second of the city's
// time. A unit is about one other entity looked at, or one cost unit of CEL: some
// tens of nanoseconds.
const DefaultBudget = 1_000_000

// Unlimited is the Budget of an engine that throttles nothing.
const Unlimited = -1

// savedSeconds is for how many seconds' budget a rule may be behind: rows come in
// bursts, such as all of a city's sensors every five minutes.
const savedSeconds = 10

// Cost is what a rule has cost, and whether it is throttled. All but Time and
// Timed is counted, not measured: it follows from the log alone.
type Cost struct {
	Rule city.RuleID
	Work int64 // units since the beginning
	// Behind is the work that the budget has not covered yet; above Room the rule
	// is throttled until half of Room is left.
	Behind, Room int64
	Throttled    bool
	Since        city.Instant // Throttled: the city's time at which it began
	Until        city.Instant // Throttled: when the rule looks at readings again
	Times        int64        // how often it was throttled
	NotLooked    int64        // readings that were passed over
	// Time is what the looks that were timed took, Timed how many those are; one
	// of TimedEvery is. Zero without Options.Timer.
	Time  time.Duration
	Timed int64
}

// TimedEvery is how many looks of a rule there are for one that is timed.
const TimedEvery = 256

// million is how fine debts are counted: time passes in millionths of a second.
const million = 1_000_000

// meter keeps the account of one rule: work is owed, and time pays it off. It is
// settled at the start of an instant and holds for all of it, so that the order
// of readings of one instant makes no difference.
type meter struct {
	rate, room int64        // units for each second; owed at most
	stamp      uint64       // of the instant for which over holds
	at         city.Instant // debt is as of
	debt       int64        // millionths of units
	work       int64
	over       bool
	since      city.Instant
	times      int64
	notLooked  int64

	looks, timed int64
	time         time.Duration
}

// maxDebt keeps sums in range.
const maxDebt = 1 << 61

// mayLook says whether the rule looks at readings of the instant in hand.
func (m *meter) mayLook(stamp uint64, at city.Instant) bool {
	if m.stamp == stamp || m.rate < 0 {
		return !m.over
	}
	m.stamp = stamp
	m.pay(at)
	switch {
	case !m.over && m.debt > m.room*million:
		m.over, m.since = true, at
		m.times++
	case m.over && m.debt <= m.room*million/2:
		m.over, m.since = false, 0
	}
	return !m.over
}

// pay lets the time until an instant pay off what is owed. A clock that was set
// back pays nothing.
func (m *meter) pay(at city.Instant) {
	if passed := int64(at - m.at); m.debt == 0 || at > m.at && passed > m.debt/m.rate {
		m.debt = 0
	} else if at > m.at {
		m.debt -= passed * m.rate
	}
	m.at = at
}

func (m *meter) owe(work int64) {
	m.work += work
	if m.rate > 0 {
		m.debt = min(maxDebt, m.debt+min(work, maxDebt/million)*million)
	}
}

// until is when a throttled rule looks at readings again.
func (m *meter) until() city.Instant {
	over := m.debt - m.room*million/2
	return m.at + city.Instant((over+m.rate-1)/m.rate)
}

// measure gives p an account if it can become expensive, or is to be timed.
func (e *Engine) measure(p *runner) {
	if !p.rule.costly() && e.opt.Timer == nil {
		return
	}
	rate := e.opt.Budget
	if rate == 0 {
		rate = DefaultBudget
	}
	p.meter = &meter{rate: rate, room: max(1, rate*savedSeconds)}
}

// costly says whether the work for one reading is more than a fixed number of
// comparisons.
func (r *Rule) costly() bool {
	complex := func(list ...*expr) bool {
		for _, x := range list {
			if x != nil && !x.simple() {
				return true
			}
		}
		return false
	}
	if r.join != nil || complex(r.when, r.clear, r.unless, r.where) {
		return true
	}
	for _, d := range r.lets {
		if d.form != letPlain || complex(d.of, d.where) {
			return true
		}
	}
	for _, s := range r.steps {
		if s.foreign() || complex(s.when) {
			return true
		}
	}
	return false
}

// simple says whether x becomes closures.
func (x *expr) simple() bool {
	return (binder{at: func(string) *bound { return &bound{} }}).term(x.tree.Expr()) != nil
}

// lookMetered is the step of a rule with an account on one reading.
func (e *Engine) lookMetered(p *runner, x *entity, at city.Instant) {
	m := p.meter
	if !m.mayLook(e.stamp, at) {
		e.passOver(p, x, at)
		return
	}
	e.work = 0
	stop := m.begin(e.opt.Timer)
	if p.more || e.observe != nil {
		e.readMore(p, x, at)
	} else {
		e.read(p, x, at)
	}
	m.end(e.opt.Timer, stop)
	m.owe(e.work)
}

// begin starts timing one look of TimedEvery; 0: this one is not timed.
func (m *meter) begin(timer func() time.Duration) time.Duration {
	if timer == nil {
		return 0
	}
	m.looks++
	if m.looks%TimedEvery != 0 {
		return 0
	}
	return max(1, timer())
}

func (m *meter) end(timer func() time.Duration, begun time.Duration) {
	if begun > 0 {
		m.time += timer() - begun
		m.timed++
	}
}

// passOver is what becomes of a reading that a throttled rule does not look at:
// it is as if it were lost, except that the rule does not take its own blindness
// for an absence. What is up stays up.
func (e *Engine) passOver(p *runner, x *entity, at city.Instant) {
	if !p.any && x.carried&p.counts == 0 {
		return
	}
	p.meter.notLooked++
	h := e.holder(p, x, false)
	if h == nil {
		return
	}
	r := &h.rows[p.column]
	extra := p.extraOf(h)
	switch {
	case p.form == formAbsent || p.absent > 0:
		if r.count == armed {
			r.from = at
		}
	case extra == nil || extra.pattern == nil:
	case p.form == formSequence && p.denies():
		p.shut(h, extra)
	case p.form == formDwell && r.up == nil:
		extra.pattern.dwell = pattern.DwellState{}
	}
}

// denies says whether the rule's sequence has a step that must not come.
func (p *runner) denies() bool {
	for i := range p.steps {
		if p.steps[i].spec.Not {
			return true
		}
	}
	return false
}

// hearMetered is hear within the account of the rule. Of a sequence with a step
// that must not come, everything that has begun is forgotten when a reading is
// passed over: it might have been that step.
func (e *Engine) hearMetered(l *listener, y *entity, at city.Instant) {
	p := l.runner
	if len(p.open) == 0 || p.meter == nil {
		e.hear(l, y, at)
		return
	}
	if !p.meter.mayLook(e.stamp, at) {
		p.meter.notLooked++
		for p.denies() && len(p.open) > 0 {
			h := p.open[len(p.open)-1]
			p.shut(h, p.extraOf(h))
		}
		return
	}
	e.work = int64(len(p.open))
	e.hear(l, y, at)
	p.meter.owe(e.work)
}

// spend counts what an evaluation of a CEL program cost.
func (e *Engine) spend(d *cel.EvalDetails) {
	if e == nil {
		return
	}
	if cost := d.ActualCost(); cost != nil {
		e.work += int64(min(*cost, 2*maxConditionCost))
		return
	}
	e.work += maxConditionCost
}

// sought is what a search that found n other entities is charged.
func (o *otherRun) sought(n int, fits bool) int64 {
	if !fits { // how many were seen until then depends on the index
		return int64(o.most) + 1
	}
	return int64(n) + 1
}

// complexWhere is what a search for the nearest is charged for each position that
// it looks at where a condition is not simple.
const complexWhere = 50

// workOfNearest charges a search for the nearest by the positions that it looked
// at. How many of them it held against the condition depends on the index.
func (e *Engine) workOfNearest(o *otherRun, before, seen int64) {
	each := int64(1)
	if x := o.others.where; x != nil && !x.simple() {
		each = complexWhere
	}
	e.work = before + (o.near.seen-seen)*each + 1
}

// windowWork is what a look at a window costs: those that sort their points move
// some of them.
func windowWork(l *letRun, s *window.State) int64 {
	switch l.fold {
	case window.Median, window.Quantile, window.Distinct:
		return 1 + int64(s.Count())/16
	}
	return 1
}

// Costs is what the rules that can become expensive have cost, by rule.
func (e *Engine) Costs() []Cost {
	var out []Cost
	for _, p := range e.runners {
		m := p.meter
		if m == nil {
			continue
		}
		c := Cost{Rule: p.rule.id, Work: m.work, Behind: m.debt / million, Room: m.room, Throttled: m.over, Since: m.since,
			Times: m.times, NotLooked: m.notLooked, Time: m.time, Timed: m.timed}
		if m.over {
			c.Until = m.until()
		}
		out = append(out, c)
	}
	return out
}

// Throttled lists the rules that are throttled now, by rule: they have done more
// work than their budget covers, and pass readings over until it does again.
func (e *Engine) Throttled() []Cost {
	var out []Cost
	for _, c := range e.Costs() {
		if c.Throttled {
			out = append(out, c)
		}
	}
	return out
}
