package rule

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"sort"
	"strings"
	"time"

	"citybrain/city"
)

// DefaultAhead is how far before its observation time a reading may be received.
const DefaultAhead = 24 * time.Hour

// DefaultMaxWaiting bounds the readings that wait for a tick.
const DefaultMaxWaiting = 1 << 20

// never is before every instant.
const never city.Instant = math.MinInt64

// Options say how an engine treats time. The zero value has no wait, no bound on
// lateness and the defaults above.
type Options struct {
	// Wait is how long after its observation time a reading waits for others
	// that belong before it.
	Wait time.Duration
	// Lateness is how long after its observation time a reading of a source may
	// be received; DefaultLateness holds for sources not listed. 0: no bound.
	Lateness        map[city.SourceID]time.Duration
	DefaultLateness time.Duration
	// Ahead is how far in the future a reading may be dated; MaxWaiting bounds
	// the changes that wait. What lies beyond them is counted as late. 0: the
	// defaults.
	Ahead      time.Duration
	MaxWaiting int
	// Zone is the city's, whose days hopping windows and baselines follow; nil is
	// UTC. Areas are those that rules may name.
	Zone  *time.Location
	Areas []Area
	// Budget is the work that one rule may do for each second of event time, see
	// Cost; 0: DefaultBudget, Unlimited: no bound. It decides which readings a rule
	// that turns expensive looks at. Timer, where it is set, gives the time that has
	// passed since some moment; it decides nothing and is for metrics.
	Budget int64
	Timer  func() time.Duration
	// Undo is how many readings, of all entities together, are kept so that a late
	// one can be put in its place, see Late; 0: DefaultUndo, negative: none.
	Undo int
}

// Engine runs rules over the batches of the log. It is a function of those
// batches: how changes lie in batches between two ticks makes no difference.
// It is not safe for concurrent use.
type Engine struct {
	opt      Options
	runners  []*runner // by rule id
	byRule   map[city.RuleID]*runner
	layers   int
	tables   map[city.EntityType]*table
	shapes   []shape
	entities map[city.EntityID]*entity
	list     []*entity
	buf      buffer
	timers   timers

	sources  []city.SourceID
	sourceNo map[city.SourceID]uint32
	lateness []time.Duration // by source number
	late     []int64
	placed   []int64 // of the late ones, those that were put in their place
	areas    []area
	undos    undos
	redo     *redo // nil: the rules look at something new

	pos     city.Position
	horizon city.Instant // readings before it have been taken
	passed  city.Instant // the clock has found all that was due before it
	changes uint64

	// The work in hand.
	lastTable *table
	stamp     uint64
	touched   []*entity
	frame     frame
	far       frame // for the attributes of other entities
	moved     []move
	chain     []uint64
	key       []byte  // room for keys of indexes and groups
	mark      uint64  // of searches for other entities
	work      int64   // of the rule that looks; see meter
	due       []timer // at this instant
	sorted    []*entity
	hasMore   bool // some rule has a key, or a step of another type
	out       []city.Situation
	orphans   []*city.Situation // of rules that Restore did not find
	observe   func(Holding)
}

// move is a situation that was raised or cleared and has no number yet.
type move struct {
	situation *city.Situation
	rule      int
}

// New is an engine at the beginning of the log. The rules must have passed
// Check together; New may be called with the same rules many times.
func New(rules []*Rule, o Options) *Engine {
	if o.Ahead == 0 {
		o.Ahead = DefaultAhead
	}
	if o.MaxWaiting == 0 {
		o.MaxWaiting = DefaultMaxWaiting
	}
	e := &Engine{
		opt:      o,
		byRule:   map[city.RuleID]*runner{},
		tables:   map[city.EntityType]*table{},
		entities: map[city.EntityID]*entity{},
		sourceNo: map[city.SourceID]uint32{},
		horizon:  never,
		passed:   never,
		areas:    areasOf(o.Areas),
		key:      make([]byte, 0, 256),
	}
	e.frame.engine, e.far.engine = e, e
	if e.undos.next = 1; o.Undo >= 0 {
		e.undos.most = uint64(cmp.Or(o.Undo, DefaultUndo))
	}
	rules = slices.Clone(rules)
	sort.Slice(rules, func(i, j int) bool { return rules[i].id < rules[j].id })
	e.shapes = shapesOf(rules)
	for _, s := range e.shapes {
		e.tables[s.kind] = newTable(s)
	}
	layers := layersOf(rules)
	for _, r := range rules {
		e.addRunner(r, layers[r.id])
	}
	for _, p := range e.runners {
		e.link(p)
		e.measure(p)
	}
	return e
}

func (e *Engine) addRunner(r *Rule, layer int) {
	t := e.tables[r.spec.Entity]
	p := &runner{rule: r, index: len(e.runners), layer: layer, table: t, more: r.more(), back: r.goesBack()}
	if r.key != nil {
		p.groups = newGroups(t.kind)
		p.table = p.groups.table
		for len(t.grouped) <= layer {
			t.grouped = append(t.grouped, nil)
		}
		t.grouped[layer] = append(t.grouped[layer], p)
	} else {
		for len(t.layers) <= layer {
			t.layers = append(t.layers, nil)
		}
		t.layers[layer] = append(t.layers[layer], p)
	}
	p.column = len(p.table.runners)
	p.table.runners = append(p.table.runners, p)
	if p.more {
		p.extra = p.table.extras
		p.table.extras++
	}
	e.runners = append(e.runners, p)
	e.byRule[r.id] = p
	e.layers = max(e.layers, layer+1)
}

// Apply takes the batch at a position and returns the situations that it raised
// or cleared, in the order of their Change. Only a batch with Tick set can raise
// or clear. A batch at or before Position is passed over. The engine keeps
// nothing of b.
func (e *Engine) Apply(pos city.Position, b *city.Batch) []city.Situation {
	if pos <= e.pos {
		return nil
	}
	e.pos, e.out = pos, nil
	e.clearOrphans()
	for i := range b.Changes {
		e.take(&b.Changes[i])
	}
	if b.Tick {
		e.advance(b.Clock.Add(-e.opt.Wait))
	}
	return e.out
}

// Pending says whether changes wait for a tick.
func (e *Engine) Pending() bool { return e.buf.len() > 0 }

// Position is the position of the last batch taken.
func (e *Engine) Position() city.Position { return e.pos }

// Late counts, by source, the readings that the rules did not take as they came:
// because they came too late, were not newer than the last reading of their
// entity, were dated too far in the future, or found the buffer full. Placed
// counts those of them that were put in their place: of an entity that had later
// readings, within their source's lateness.
func (e *Engine) Late() map[city.SourceID]int64 {
	counts := map[city.SourceID]int64{}
	for i, n := range e.late {
		if n > 0 {
			counts[e.sources[i]] = n
		}
	}
	return counts
}

// Placed: see Late.
func (e *Engine) Placed() map[city.SourceID]int64 {
	counts := map[city.SourceID]int64{}
	for i, n := range e.placed {
		if n > 0 {
			counts[e.sources[i]] = n
		}
	}
	return counts
}

// Failures counts, by rule, the evaluations that CEL gave up for another reason
// than a missing attribute, such as the cost limit.
func (e *Engine) Failures() map[city.RuleID]int64 {
	counts := map[city.RuleID]int64{}
	for _, p := range e.runners {
		if p.failures > 0 {
			counts[p.rule.id] = p.failures
		}
	}
	return counts
}

// Up lists the situations that are up, in the order of their Change.
func (e *Engine) Up() []city.Situation {
	var up []city.Situation
	add := func(x *entity) {
		for i := range x.rows {
			if s := x.rows[i].up; s != nil {
				up = append(up, *s)
			}
		}
	}
	for _, x := range e.list {
		add(x)
	}
	for _, p := range e.runners {
		p.groups.each(func(g *group) { add(&g.entity) })
	}
	sort.Slice(up, func(i, j int) bool { return up[i].Change < up[j].Change })
	return up
}

// source numbers a source.
func (e *Engine) source(id city.SourceID) uint32 {
	if n, ok := e.sourceNo[id]; ok {
		return n
	}
	id = city.SourceID(strings.Clone(string(id)))
	n := uint32(len(e.sources))
	e.sourceNo[id] = n
	e.sources = append(e.sources, id)
	bound, listed := e.opt.Lateness[id]
	if !listed {
		bound = e.opt.DefaultLateness
	}
	e.lateness = append(e.lateness, bound)
	e.late = append(e.late, 0)
	e.placed = append(e.placed, 0)
	return n
}

// flush numbers the situations that moved: in the order of entity and rule.
func (e *Engine) flush() {
	if len(e.moved) == 0 {
		return
	}
	slices.SortStableFunc(e.moved, func(a, b move) int {
		if a.situation.Entity != b.situation.Entity {
			return strings.Compare(string(a.situation.Entity), string(b.situation.Entity))
		}
		return a.rule - b.rule
	})
	for _, m := range e.moved {
		e.changes++
		m.situation.Change = e.changes
		e.out = append(e.out, *m.situation)
	}
	clear(e.moved)
	e.moved = e.moved[:0]
}

// Types lists the entity types that the engine keeps a copy of, sorted.
func (e *Engine) Types() []city.EntityType {
	return slices.Sorted(maps.Keys(e.tables))
}
