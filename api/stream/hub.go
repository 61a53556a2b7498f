package stream

import (
	"context"
	"fmt"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"citybrain/api/problem"
	"citybrain/casework"
	"citybrain/city"
	"citybrain/internal/clock"
)

// Situations is where a client reads on that fell behind what the hub keeps.
type Situations interface {
	// SituationChanges lists situations whose last notice has a number above
	// after, in the order of these numbers, at most limit.
	SituationChanges(ctx context.Context, after uint64, limit int) ([]city.Situation, error)
}

// Present is where entities are read when their changes are sent.
type Present interface {
	View(id city.EntityID, fn func(*city.Entity)) bool
}

// The defaults of Options.
const (
	DefaultGather       = 100 * time.Millisecond
	DefaultHeartbeat    = 15 * time.Second
	DefaultWriteTimeout = 10 * time.Second
	DefaultLinger       = time.Minute
	DefaultTick         = 5 * time.Second
	DefaultKept         = 1 << 17
	DefaultMaxClients   = 1000
	DefaultMaxEach      = 20
	keptSituations      = 1024
)

// Options are what a hub is built from. Zero values mean the defaults.
type Options struct {
	Situations Situations
	Present    Present
	Cases      Cases // nil: there are none
	Problems   *problem.Reporter
	// Position, Change and CaseChange are the last ones at start.
	Position   city.Position
	Change     uint64
	CaseChange uint64
	// Clock is the city's time and Speed how many of its seconds pass in one of
	// the wall's (0 while it stands; nil: 1). Without a clock no clock events are sent.
	Clock clock.Clock
	Speed func() float64

	Gather       time.Duration // entity changes of this long go out together
	Heartbeat    time.Duration
	WriteTimeout time.Duration
	Tick         time.Duration // between two clock events
	Linger       time.Duration // entity changes are kept this long after the last client left
	Kept         int           // entity changes that are kept for slow and returning clients
	MaxClients   int
	MaxEach      int // clients of one account; requests without an account are not counted apart
}

// Stats counts what the hub did since it was built.
type Stats struct {
	Clients    int
	Situations uint64 // events sent
	Cases      uint64 // events sent
	Entities   uint64 // entities sent
	Slow       uint64 // clients disconnected because they did not take what was sent
	Resets     uint64 // clients told to read entities again
}

// Hub hands changes to the clients that listen. Its methods are safe for
// concurrent use and never wait for a client.
type Hub struct {
	Options
	last     atomic.Uint64 // position of the last batch
	watching atomic.Bool   // entity changes are being kept

	mu       sync.Mutex
	clients  map[*client]struct{}
	watchers int // clients that listen to entities
	leaving  *time.Timer
	closed   bool
	done     chan struct{}
	recent   []city.Situation // the last ones, by notice
	change   uint64           // the last notice
	ring     []entityChange   // oldest at head once it is full
	head     int
	floor    city.Position // every entity change after it is in the ring
	cases    *caseBook

	situations, casesSent, entities, slow, resets atomic.Uint64
}

type entityChange struct {
	pos  city.Position
	id   city.EntityID
	kind city.EntityType
}

// NewHub is a hub over o.
func NewHub(o Options) *Hub {
	def := func(d *time.Duration, v time.Duration) {
		if *d == 0 {
			*d = v
		}
	}
	def(&o.Gather, DefaultGather)
	def(&o.Heartbeat, DefaultHeartbeat)
	def(&o.WriteTimeout, DefaultWriteTimeout)
	def(&o.Linger, DefaultLinger)
	def(&o.Tick, DefaultTick)
	if o.Speed == nil {
		o.Speed = func() float64 { return 1 }
	}
	if o.Kept == 0 {
		o.Kept = DefaultKept
	}
	if o.MaxClients == 0 {
		o.MaxClients = DefaultMaxClients
	}
	if o.MaxEach == 0 {
		o.MaxEach = DefaultMaxEach
	}
	if o.Problems == nil {
		o.Problems = &problem.Reporter{}
	}
	h := &Hub{Options: o, clients: map[*client]struct{}{}, done: make(chan struct{}), change: o.Change, cases: newCaseBook(o.Cases, o.CaseChange)}
	h.last.Store(uint64(o.Position))
	return h
}

// Close disconnects every client. They may resume elsewhere.
func (h *Hub) Close() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if !h.closed {
		h.closed = true
		close(h.done)
	}
}

// Stats is what the hub did so far.
func (h *Hub) Stats() Stats {
	h.mu.Lock()
	defer h.mu.Unlock()
	return Stats{len(h.clients), h.situations.Load(), h.casesSent.Load(), h.entities.Load(), h.slow.Load(), h.resets.Load()}
}

// Batch tells of a batch that has been applied to the present, in the order of
// positions. It costs next to nothing while nobody listens to entities.
func (h *Hub) Batch(pos city.Position, b *city.Batch) {
	h.last.Store(uint64(pos))
	if len(b.Changes) == 0 || !h.watching.Load() {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range b.Changes {
		if c := &b.Changes[i]; c.Entity != "" {
			h.keep(entityChange{pos, c.Entity, c.Type})
		}
	}
}

func (h *Hub) keep(c entityChange) {
	if len(h.ring) < h.Kept {
		h.ring = append(h.ring, c)
		return
	}
	h.floor = h.ring[h.head].pos
	h.ring[h.head] = c
	h.head = (h.head + 1) % len(h.ring)
}

// Publish tells of situations raised, cleared or of another standing, in the
// order of their notices. They are on their way to every client when it returns.
func (h *Hub) Publish(list []city.Situation) {
	if len(list) == 0 {
		return
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	for i := range list {
		if n := list[i].Standing.Notice; n > h.change {
			h.recent = append(h.recent, list[i])
			h.change = n
		}
	}
	if over := len(h.recent) - keptSituations; over > keptSituations/2 {
		h.recent = append([]city.Situation(nil), h.recent[over:]...)
	}
	for c := range h.clients {
		c.rouse()
	}
}

// PublishCases tells of cases that changed, in any order: casework.Desk announces
// by it. They are on their way to every client when it returns.
func (h *Hub) PublishCases(list []casework.Case) {
	h.cases.add(list)
	h.mu.Lock()
	defer h.mu.Unlock()
	for c := range h.clients {
		if c.filter.cases {
			c.rouse()
		}
	}
}

// join adds c and says where the hub stands.
func (h *Hub) join(c *client) (now place, err error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return now, city.Errorf(city.Unavailable, "stream", "the city is stopping")
	}
	if len(h.clients) >= h.MaxClients {
		return now, &city.Error{Kind: city.Overload, Op: "stream", Detail: "too many clients listen already", Retry: 10 * time.Second}
	}
	if n := h.of(c.account); n >= h.MaxEach {
		return now, &city.Error{Kind: city.Overload, Op: "stream", Detail: fmt.Sprintf("this account listens %d times already; close pages that are not needed", n), Retry: 10 * time.Second}
	}
	h.clients[c] = struct{}{}
	if c.filter.entities {
		h.watchers++
		h.watch()
	}
	return place{city.Position(h.last.Load()), h.change, h.cases.place()}, nil
}

// of is how many clients an account has.
func (h *Hub) of(account city.AccountID) (n int) {
	if account == "" {
		return 0
	}
	for c := range h.clients {
		if c.account == account {
			n++
		}
	}
	return n
}

// watch begins to keep entity changes. A batch whose position is stored after
// watching was set sees that it is; one before is below the floor.
func (h *Hub) watch() {
	if h.leaving != nil {
		h.leaving.Stop()
		h.leaving = nil
	}
	if !h.watching.Swap(true) {
		h.floor = city.Position(h.last.Load())
	}
}

func (h *Hub) leave(c *client) {
	h.mu.Lock()
	defer h.mu.Unlock()
	delete(h.clients, c)
	if !c.filter.entities {
		return
	}
	if h.watchers--; h.watchers == 0 && !h.closed {
		h.leaving = time.AfterFunc(h.Linger, h.forget)
	}
}

// forget stops keeping entity changes when nobody has come back.
func (h *Hub) forget() {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.watchers == 0 {
		h.watching.Store(false)
		h.ring, h.head = nil, 0
	}
}

// changed appends to ids the entities of interest that changed after a position,
// each once, and says up to which position that is. missed says that the hub
// does not know all of them.
func (h *Hub) changed(after city.Position, f *filter, seen map[city.EntityID]struct{}, ids []city.EntityID) (_ []city.EntityID, upto city.Position, missed bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	n := len(h.ring)
	first := sort.Search(n, func(i int) bool { return h.ring[(h.head+i)%n].pos > after })
	upto = after
	for i := first; i < n; i++ {
		c := &h.ring[(h.head+i)%n]
		upto = c.pos
		if !f.wantsEntity(c.kind) {
			continue
		}
		if _, ok := seen[c.id]; !ok {
			seen[c.id] = struct{}{}
			ids = append(ids, c.id)
		}
	}
	return ids, max(upto, h.floor), after < h.floor
}

// situationsAfter is what the hub keeps after a notice; false if it does
// not reach back that far.
func (h *Hub) situationsAfter(change uint64) ([]city.Situation, bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if change >= h.change {
		return nil, true
	}
	if len(h.recent) == 0 || h.recent[0].Standing.Notice > change+1 {
		return nil, false
	}
	i := sort.Search(len(h.recent), func(i int) bool { return h.recent[i].Standing.Notice > change })
	return h.recent[i:len(h.recent):len(h.recent)], true
}

// oldestKept is the notice of the first situation the hub keeps.
func (h *Hub) oldestKept() uint64 {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.recent) == 0 {
		return h.change + 1
	}
	return h.recent[0].Standing.Notice
}
