package citybench

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"citybrain/city"
	"citybrain/rule"
)

// Outcome is what one replay gave for one query.
type Outcome struct {
	Query   string
	Results int // evaluations that held, of the first copy
	Found   int // contributing observations that stand in a result, over all copies
	Named   int // those that the oracle names, times the copies
	Beyond  int // observations in results that the oracle does not name, over all copies

	// Latency from an observation's entry to the first result that contains it,
	// in milliseconds, over all copies; without Samples there is none.
	Mean, Highest float64
	// Own is the part of Mean that is ours: from the entry of the observation that
	// makes the result possible. The rest is the wait for that one.
	Own, OwnHighest float64
	Samples         int
}

// Completeness is the share of the contributing observations that we captured; 1
// if there are none.
func (o *Outcome) Completeness() float64 {
	if o.Named == 0 {
		return 1
	}
	return float64(o.Found) / float64(o.Named)
}

// Report is one replay.
type Report struct {
	Setting  Setting
	Arrivals int
	Seconds  float64 // of the machine's time
	Outcomes []Outcome
	PeakRSS  int64 // of the process when the last observation had been taken, before the oracle was asked
}

// beat is how often the clock moves between observations, so that it finds what
// is absent.
const beat = 5 * time.Millisecond

// replay is a replay under way.
type replay struct {
	found    []int // of contributing, reused
	data     *Dataset
	setting  Setting
	arrivals []Arrival
	queries  []*Query
	engine   *rule.Engine
	pos      city.Position

	start   time.Time
	entered []time.Time // by arrival
	known   map[city.EntityID]*sent
	copies  map[city.RuleID]*copyOf
	place   map[*Query][]int32 // of each arrival among those of the query's streams, -1: none of them
}

// sent are the observations of one entity so far, in order.
type sent struct {
	at       []city.Instant
	arrivals []int
}

// copyOf is one copy of a query: which observations have stood in a result, and
// since when.
type copyOf struct {
	query   *Query
	windows map[city.AttributeName]time.Duration // named values that are windows, and how long they are
	first   bool
	results int
	seen    []int32 // by place: when the first result was there, in µs since the start; 0: never
}

// Run replays the streams through the engine of the rules and measures.
func Run(d *Dataset, o Setting) (*Report, error) {
	r := &replay{data: d, setting: o, arrivals: d.Arrivals(o), known: map[city.EntityID]*sent{}, copies: map[city.RuleID]*copyOf{}, place: map[*Query][]int32{}}
	for _, id := range o.Queries {
		q := QueryOf(id)
		if q == nil {
			return nil, fmt.Errorf("citybench: there is no query %q", id)
		}
		r.queries = append(r.queries, q)
	}
	rules, err := Rules(r.queries, o.Copies)
	if err != nil {
		return nil, err
	}
	r.engine = rule.New(rules, rule.Options{})
	r.entered = make([]time.Time, len(r.arrivals))
	r.prepare(rules)
	r.tick(&city.Batch{Changes: d.Reference, Tick: true, Clock: begin - 1})
	r.engine.Observe(r.result)
	if err := r.play(); err != nil {
		return nil, err
	}
	return r.report()
}

// prepare gives each rule its place in the count. The rules of one copy of a
// query are counted together.
func (r *replay) prepare(rules []*rule.Rule) {
	byCopy, size := map[string]*copyOf{}, map[*Query]int{}
	for _, x := range rules {
		query, n, _ := strings.Cut(x.Name(), "-")
		n, _, _ = strings.Cut(n, "-")
		c := byCopy[query+"-"+n]
		if c == nil {
			q := QueryOf(query)
			if r.place[q] == nil {
				r.place[q], size[q] = r.places(q)
			}
			c = &copyOf{query: q, windows: map[city.AttributeName]time.Duration{}, first: n == "00", seen: make([]int32, size[q])}
			byCopy[query+"-"+n] = c
		}
		for name, l := range x.Spec().Let {
			if l.Window.Time > 0 {
				c.windows[city.AttributeName(name)] = l.Window.Time
			}
		}
		r.copies[x.ID()] = c
	}
}

func (r *replay) tick(b *city.Batch) {
	r.pos++
	r.engine.Apply(r.pos, b)
}

// play hands the observations to the engine, each with a movement of the clock
// just past it, so that it is judged as it comes.
func (r *replay) play() error {
	r.start = time.Now()
	for i, a := range r.arrivals {
		r.wait(a.At)
		r.entered[i] = time.Now()
		if r.setting.Paced {
			r.entered[i] = r.start.Add(a.At.Sub(begin)) // waking up late counts
		}
		change, err := r.data.Streams[a.Stream].Change(a.Row, a.At)
		if err != nil {
			return fmt.Errorf("citybench: %s, row %d: %w", r.data.Streams[a.Stream].ID, a.Row, err)
		}
		s := r.known[change.Entity]
		if s == nil {
			s = &sent{}
			r.known[change.Entity] = s
		}
		s.at, s.arrivals = append(s.at, a.At), append(s.arrivals, i)
		r.tick(&city.Batch{Changes: []city.Change{change}, Tick: true, Clock: a.At + 1})
	}
	return nil
}

// wait lets the machine's time pass until an instant of the streams, and moves
// the engine's clock meanwhile.
func (r *replay) wait(until city.Instant) {
	if !r.setting.Paced {
		return
	}
	for {
		left := time.Until(r.start.Add(until.Sub(begin)))
		if left <= 0 {
			return
		}
		time.Sleep(min(left, beat))
		if now := begin.Add(time.Since(r.start)); now < until {
			r.tick(&city.Batch{Tick: true, Clock: now})
		}
	}
}

// result is told each evaluation that holds.
func (r *replay) result(h rule.Holding) {
	now := max(1, int32(time.Since(r.start).Microseconds()))
	c := r.copies[h.Rule]
	c.results++
	for _, i := range r.contributing(c, h) {
		if at := r.place[c.query][i]; at >= 0 && c.seen[at] == 0 {
			c.seen[at] = now
		}
	}
}

// places numbers the arrivals on the streams of a query.
func (r *replay) places(q *Query) (place []int32, n int) {
	place = make([]int32, len(r.arrivals))
	for i, a := range r.arrivals {
		if place[i] = -1; q.listens(r.data.Streams[a.Stream].ID) {
			place[i] = int32(n)
			n++
		}
	}
	return place, n
}

// contributing are the observations that a result rests on: those that its
// evidence names by entity and time, and those in the windows that it was
// computed from.
func (r *replay) contributing(c *copyOf, h rule.Holding) []int {
	found := r.found[:0]
	for _, e := range h.Evidence {
		if length := c.windows[e.Attribute]; length > 0 {
			found = r.between(found, c.query, e.At.Add(-length), e.At)
			continue
		}
		if s := r.known[e.Entity]; s != nil {
			if i, ok := slices.BinarySearch(s.at, e.At); ok {
				found = append(found, s.arrivals[i])
			}
		}
	}
	r.found = found
	return found
}

// between adds the observations of the query's streams after one instant up to
// another.
func (r *replay) between(found []int, q *Query, after, until city.Instant) []int {
	for _, id := range q.Streams {
		if s := r.known[r.data.Stream(id).Entity]; s != nil {
			from, _ := slices.BinarySearch(s.at, after+1)
			to, _ := slices.BinarySearch(s.at, until+1)
			found = append(found, s.arrivals[from:to]...)
		}
	}
	return found
}

// report compares with the oracle.
func (r *replay) report() (*Report, error) {
	out := &Report{Setting: r.setting, Arrivals: len(r.arrivals), Seconds: time.Since(r.start).Seconds(), PeakRSS: peakRSS()}
	for _, q := range r.queries {
		truth, err := r.data.Ask(q, r.arrivals)
		if err != nil {
			return nil, err
		}
		o := r.outcome(q, &truth)
		out.Outcomes = append(out.Outcomes, o)
	}
	return out, nil
}

// outcome counts over the copies of a query.
func (r *replay) outcome(q *Query, truth *Truth) Outcome {
	o := Outcome{Query: q.ID}
	done := map[*copyOf]bool{}
	for _, c := range r.copies {
		if c.query != q || done[c] {
			continue
		}
		done[c] = true
		if c.first {
			o.Results = c.results
		}
		for i, at := range r.place[q] {
			if at < 0 {
				continue
			}
			first, named := truth.Contributes[i]
			seen := c.seen[at] > 0
			o.Named += count(named)
			o.Found += count(named && seen)
			o.Beyond += count(seen && !named)
			if named && seen {
				o.sample(r.since(q, i, c.seen[at]), r.since(q, first, c.seen[at]))
			}
		}
	}
	if o.Samples > 0 {
		o.Mean, o.Own = o.Mean/float64(o.Samples), o.Own/float64(o.Samples)
	}
	return o
}

func (o *Outcome) sample(latency, own float64) {
	if latency < 0 {
		return
	}
	o.Samples++
	o.Mean, o.Highest = o.Mean+latency, max(o.Highest, latency)
	o.Own, o.OwnHighest = o.Own+own, max(o.OwnHighest, own)
}

// since is the time from an arrival to a result, in milliseconds. What is absent
// is so from the instant at which the window is empty; as fast as possible the
// clock stands still between observations, and there is no such time: -1.
func (r *replay) since(q *Query, arrival int, result int32) float64 {
	entered := r.entered[arrival]
	if q.absence {
		if !r.setting.Paced {
			return -1
		}
		last := r.known[r.data.Stream(q.Streams[0]).Entity]
		entered = r.start.Add(r.lastBefore(last, arrival).Add(Range).Sub(begin))
	}
	return float64(r.start.Add(time.Duration(result)*time.Microsecond).Sub(entered)) / 1e6
}

// lastBefore is when the last observation came, of those up to an arrival.
func (r *replay) lastBefore(s *sent, arrival int) city.Instant {
	last := begin
	for i, n := range s.arrivals {
		if n <= arrival {
			last = s.at[i]
		}
	}
	return last
}

func count(b bool) int {
	if b {
		return 1
	}
	return 0
}
