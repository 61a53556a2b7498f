package model

import (
	"cmp"
	"maps"
	"slices"
	"sync"

	"github.com/tidwall/rtree"

	"citybrain/city"
	"citybrain/internal/codec"
)

// Present holds the entities. Reading is safe from many goroutines at any time;
// only the Writer and the rebuilding at start change it.
type Present struct {
	lanes [city.Lanes]lane
}

// lane is the part of the present that one worker at a time may change. The
// worker reads it without the lock, since nobody else writes.
type lane struct {
	mu       sync.RWMutex
	entities map[city.EntityID]*entity
	types    map[city.EntityType]map[*entity]struct{}
	places   rtree.RTreeG[*entity]
	refs     map[reference]map[city.EntityID]struct{}
	feeds    map[city.FeedID]*city.Progress
	changed  []*entity // since the last checkpoint
	dead     []*entity // deleted, to be forgotten by bury; used by the checkpoint only
}

type reference struct {
	name   city.AttributeName
	target city.EntityID
}

// entity is an entity with what the writer needs to know about it.
type entity struct {
	city.Entity
	version city.Position // of the last batch that changed it
	dead    bool          // deleted, kept until the checkpoint knows
	dirty   bool          // in lane.changed
	pending int32         // one more than the index of its draft in the worker, 0 if none
	offset  uint16        // where readings find their attributes, see find
	seen    []codec.Seen  // latest observation time of each source
}

// NewPresent is an empty present.
func NewPresent() *Present {
	p := &Present{}
	for i := range p.lanes {
		l := &p.lanes[i]
		l.entities = map[city.EntityID]*entity{}
		l.types = map[city.EntityType]map[*entity]struct{}{}
		l.refs = map[reference]map[city.EntityID]struct{}{}
		l.feeds = map[city.FeedID]*city.Progress{}
	}
	return p
}

func (p *Present) lane(id city.EntityID) *lane { return &p.lanes[city.LaneOf(id)] }

// Get is a snapshot of an entity.
func (p *Present) Get(id city.EntityID) (city.Entity, bool) {
	var out city.Entity
	ok := p.View(id, func(e *city.Entity) { out = snapshot(e) })
	return out, ok
}

// snapshot copies what applying changes in place.
func snapshot(e *city.Entity) city.Entity {
	out := *e
	out.Attributes = slices.Clone(e.Attributes)
	return out
}

// View calls fn with an entity while its lane is locked against changes. fn must
// be short, must not keep e, and must not call the present.
func (p *Present) View(id city.EntityID, fn func(e *city.Entity)) bool {
	l := p.lane(id)
	l.mu.RLock()
	defer l.mu.RUnlock()
	e, ok := l.entities[id]
	if !ok || e.dead {
		return false
	}
	fn(&e.Entity)
	return true
}

// Count is the number of entities.
func (p *Present) Count() int {
	n := 0
	for _, c := range p.Types() {
		n += c
	}
	return n
}

// Types counts the entities of each type.
func (p *Present) Types() map[city.EntityType]int {
	out := map[city.EntityType]int{}
	for i := range p.lanes {
		l := &p.lanes[i]
		l.mu.RLock()
		for t, set := range l.types {
			if len(set) > 0 {
				out[t] += len(set)
			}
		}
		l.mu.RUnlock()
	}
	return out
}

// Referrers lists, in order, the entities whose relation rel points to to.
func (p *Present) Referrers(rel city.AttributeName, to city.EntityID) []city.EntityID {
	var out []city.EntityID
	for i := range p.lanes {
		l := &p.lanes[i]
		l.mu.RLock()
		out = slices.AppendSeq(out, maps.Keys(l.refs[reference{rel, to}]))
		l.mu.RUnlock()
	}
	slices.Sort(out)
	return out
}

// Feeds sums up the progress of each feed over its lanes, ordered by feed. Row
// is the furthest row of any lane.
func (p *Present) Feeds() []city.Progress {
	sums := map[city.FeedID]*city.Progress{}
	for i := range p.lanes {
		l := &p.lanes[i]
		l.mu.RLock()
		for id, f := range l.feeds {
			if sums[id] == nil {
				sums[id] = &city.Progress{Feed: id, Run: f.Run}
			}
			addProgress(sums[id], f)
		}
		l.mu.RUnlock()
	}
	out := make([]city.Progress, 0, len(sums))
	for _, f := range sums {
		out = append(out, *f)
	}
	slices.SortFunc(out, func(a, b city.Progress) int { return cmp.Compare(a.Feed, b.Feed) })
	return out
}

// addProgress adds the counts of f to sum. A newer run replaces an older one.
func addProgress(sum, f *city.Progress) {
	if f.Run != sum.Run {
		if f.At < sum.At {
			return
		}
		*sum = city.Progress{Feed: sum.Feed, Run: f.Run, Lane: sum.Lane}
	}
	sum.Row = max(sum.Row, f.Row)
	sum.LastAt = max(sum.LastAt, f.LastAt)
	sum.At = max(sum.At, f.At)
	for i, n := range f.Counts {
		sum.Counts[i] += n
	}
}

// Reporting counts the entities that a source has reported on, and those of them
// whose latest reading by it is older than an instant.
func (p *Present) Reporting(s city.SourceID, before city.Instant) (all, older int) {
	for i := range p.lanes {
		l := &p.lanes[i]
		l.mu.RLock()
		for _, e := range l.entities {
			for _, seen := range e.seen {
				if seen.Source != s || e.dead {
					continue
				}
				all++
				if seen.At < before {
					older++
				}
			}
		}
		l.mu.RUnlock()
	}
	return all, older
}
