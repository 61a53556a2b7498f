package detection

import (
	"context"
	"math"
	"runtime"
	"slices"
	"sort"
	"sync"
	"time"

	"citybrain/backtest/score"
	"citybrain/city"
	"citybrain/pack"
	"citybrain/sim"
)

// Options say what is scored.
type Options struct {
	City  *pack.City // the example city with its packs
	Seeds []uint64
	Hours float64 // of each day; Hours if zero
}

// Score is the sum over the days of the seeds.
type Score struct {
	Days   int
	Hours  float64
	Rows   int64
	Bad    int64 // quarantined rows
	Rules  []RuleScore
	Behind Accidents
	Truth  map[sim.Kind]int
}

// RuleScore is that of one rule.
type RuleScore struct {
	Rule     city.RuleID
	What     string // what it is to find
	Scored   bool   // false: it is not known what the rule is to find
	Duty     Duty
	Hold     float64 // minutes that the rule waits on purpose
	Every    float64 // minutes between the readings of a sensor
	Raised   int     // situations
	Expected int     // truths
	Found    int
	Missed   int
	False    int            // situations that nothing true explains
	Traps    map[string]int // of them, what they were taken in by
	Delays   []float64      // minutes from the beginning of the truth to the situation, sorted
}

// Accidents are looked at once more by their consequence: an accident behind
// which cars stand is found if a jam is reported on its segment or on those that
// lead to it.
type Accidents struct {
	All, Felt, Found int
	Delays           []float64
}

// Run simulates the days of the seeds and scores what the rules raise.
func Run(ctx context.Context, o Options) (Score, error) {
	if o.Hours == 0 {
		o.Hours = Hours
	}
	scores := make([]Score, len(o.Seeds))
	errs := make([]error, len(o.Seeds))
	var group sync.WaitGroup
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for i, seed := range o.Seeds {
		group.Add(1)
		go func() {
			defer group.Done()
			slots <- struct{}{}
			defer func() { <-slots }()
			scores[i], errs[i] = scoreDay(ctx, o, seed)
		}()
	}
	group.Wait()
	total := Score{Hours: o.Hours, Truth: map[sim.Kind]int{}}
	for i := range scores {
		if errs[i] != nil {
			return total, errs[i]
		}
		total.add(&scores[i])
	}
	total.sort()
	return total, nil
}

// scoreDay lives through the day of a seed.
func scoreDay(ctx context.Context, o Options, seed uint64) (Score, error) {
	c := sim.New(dayOf(seed))
	begin := c.Now()
	d := newDesk(o.City)
	if err := d.take(ctx, c.Reference()); err != nil {
		return Score{}, err
	}
	end := c.Now().Add(time.Duration(o.Hours * float64(time.Hour)))
	for c.Now() < end {
		if err := ctx.Err(); err != nil {
			return Score{}, err
		}
		if err := d.take(ctx, c.Step(c.Now().Add(sim.Stride))); err != nil {
			return Score{}, err
		}
	}
	return scoreOf(c, d, begin), nil
}

// scoreOf compares what was found with what was so.
func scoreOf(c *sim.City, d *desk, begin city.Instant) Score {
	s := Score{Days: 1, Rows: d.rows, Bad: d.bad, Truth: map[sim.Kind]int{}}
	truth, found := c.Truth(), d.Found()
	for _, i := range truth {
		s.Truth[i.Kind]++
	}
	for _, r := range d.definition.Rules() {
		up := slices.DeleteFunc(slices.Clone(found), func(x city.Situation) bool { return x.Rule != r.ID() })
		at := slices.IndexFunc(expectations, func(e expectation) bool { return e.rule == r.ID() })
		if at < 0 {
			s.Rules = append(s.Rules, RuleScore{Rule: r.ID(), Raised: len(up)})
			continue
		}
		s.Rules = append(s.Rules, expectations[at].score(up, truth, begin, c.Upstream))
	}
	s.Behind = scoreAccidents(c, truth, found)
	return s
}

// score takes the situations of one rule. A truth is found if a situation on the
// same entity was raised while it lasted, or was up when it began. A situation is
// false if nothing true on its entity explains it. What began before the rules
// had rows explains, but is not expected.
func (e *expectation) score(up []city.Situation, truth []sim.Incident, begin city.Instant, reach reach) RuleScore {
	s := RuleScore{Rule: e.rule, What: e.what, Scored: true, Raised: len(up), Traps: map[string]int{}}
	s.Duty, s.Hold, s.Every = e.duty, e.hold.Minutes(), e.every.Minutes()
	var asked, explaining []score.Truth
	for _, i := range truth {
		t := truthOf(i)
		if slices.Contains(e.also, i.Kind) || slices.Contains(e.truth, i.Kind) && (e.of == nil || e.of(i)) {
			explaining = append(explaining, t)
		}
		if slices.Contains(e.truth, i.Kind) && e.sees(i) && i.Start >= begin && (e.of == nil || e.of(i)) {
			asked = append(asked, t)
		}
	}
	found := score.Of(up, asked, nil, e.slack)
	if e.behind {
		found = scoreBehind(up, asked, reach)
	}
	s.Expected, s.Found, s.Missed, s.Delays = found.Expected, found.Found, found.Missed, found.Delays
	got := score.Of(up, asked, explaining, e.slack)
	s.False = got.False
	for _, k := range got.Unexplained {
		if by := trap(&up[k], truth); by != "" {
			s.Traps[by]++
		}
	}
	return s
}

// reach lists where something on an entity may be felt, as sim.City.Upstream does.
type reach func(on city.EntityID, metres float64) []city.EntityID

// scoreBehind counts a truth as found by what was raised while it lasted, on its
// entity or on those that it reaches.
func scoreBehind(up []city.Situation, asked []score.Truth, reach reach) score.Score {
	var total score.Score
	for _, t := range asked {
		where := reach(t.Entity, upstream)
		var near []city.Situation
		for _, s := range up {
			if slices.Contains(where, s.Entity) && s.RaisedAt >= t.From {
				s.Entity = t.Entity
				near = append(near, s)
			}
		}
		one := score.Of(near, []score.Truth{t}, nil, 0)
		total.Expected++
		total.Found += one.Found
		total.Missed += one.Missed
		total.Delays = append(total.Delays, one.Delays...)
	}
	return total
}

// truthOf is an incident as it is scored: the delay counts from when it was felt.
func truthOf(i sim.Incident) score.Truth {
	return score.Truth{Entity: i.Entity, From: i.Start, Until: i.End, Counts: i.Felt}
}

// upstream is how far before an accident the cars may stand that it holds up.
const upstream = 800

func scoreAccidents(c *sim.City, truth []sim.Incident, found []city.Situation) Accidents {
	var a Accidents
	for _, i := range truth {
		if i.Kind != sim.Accident {
			continue
		}
		a.All++
		if i.Felt == 0 {
			continue
		}
		a.Felt++
		where, delay := c.Upstream(i.Entity, upstream), math.Inf(1)
		for k := range found {
			s := &found[k]
			if s.Type == "road-congestion" && slices.Contains(where, s.Entity) && s.RaisedAt >= i.Start && (i.End == 0 || s.RaisedAt <= i.End) {
				delay = min(delay, s.RaisedAt.Sub(i.Start).Minutes())
			}
		}
		if !math.IsInf(delay, 1) {
			a.Found++
			a.Delays = append(a.Delays, delay)
		}
	}
	return a
}

func (s *Score) add(o *Score) {
	s.Days += o.Days
	s.Rows += o.Rows
	s.Bad += o.Bad
	for kind, n := range o.Truth {
		s.Truth[kind] += n
	}
	s.Behind.All += o.Behind.All
	s.Behind.Felt += o.Behind.Felt
	s.Behind.Found += o.Behind.Found
	s.Behind.Delays = append(s.Behind.Delays, o.Behind.Delays...)
	if s.Rules == nil {
		s.Rules = slices.Clone(o.Rules)
		return
	}
	for i := range s.Rules {
		s.Rules[i].add(&o.Rules[i])
	}
}

func (r *RuleScore) add(o *RuleScore) {
	r.Raised += o.Raised
	r.Expected += o.Expected
	r.Found += o.Found
	r.Missed += o.Missed
	r.False += o.False
	r.Delays = append(r.Delays, o.Delays...)
	for by, n := range o.Traps {
		r.Traps[by] += n
	}
}

func (s *Score) sort() {
	sort.Float64s(s.Behind.Delays)
	for i := range s.Rules {
		sort.Float64s(s.Rules[i].Delays)
	}
}
