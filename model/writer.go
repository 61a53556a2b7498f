package model

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"citybrain/city"
)

// Log is where the writer makes batches durable. Append returns positions one
// after the other without gaps.
type Log interface {
	Append(ctx context.Context, b *city.Batch) (city.Position, error)
}

// Past is what the writer asks and tells the past.
type Past interface {
	// Has says whether there is an instance of the entity by a source at an instant.
	Has(t city.EntityType, id city.EntityID, s city.SourceID, at city.Instant) (bool, error)
	// Apply takes the changes of a batch. Concurrent calls never share a lane.
	Apply(pos city.Position, changes []city.Change)
}

// Judge holds the data standards and the quality rules of the city.
type Judge interface {
	// Judge returns the entity's health after c, the flags of c, and why c must
	// be quarantined, or "". value finds a value in c or else in the present.
	Judge(h city.Health, c *city.Change, value func(city.AttributeName) (city.Value, bool), inOrder bool) (city.Health, city.Flags, string)
	// Fits returns why c does not fit the data standard of its type, or "".
	Fits(c *city.Change) string
	// FirstWins says whether a second reading of an instant is a duplicate.
	FirstWins(s city.SourceID) bool
	// Watches says whether any rule looks at a type.
	Watches(t city.EntityType) bool
}

// Options of a Writer.
type Options struct {
	Present *Present
	Log     Log
	Past    Past
	Judge   Judge
	// Now is the city's clock; it stamps changes that carry no ReceivedAt.
	Now func() city.Instant
	// Follow gets every batch once, in the order of positions, after it is
	// applied. It may block, which slows the writer down.
	Follow func(city.Position, *city.Batch)
	// Workers is the number of goroutines, 1 to city.Lanes. Default 2.
	Workers int
	// Last is the position of the last batch in the log at start.
	Last city.Position
}

// Bounds of a batch and a queue.
const (
	DefaultWorkers  = 2
	maxBatchChanges = 4096
	maxBatchBytes   = 5 << 20 // by sizeOf, which counts repeated names; a batch in the log is smaller
	// MaxChangeBytes bounds one change; together with maxBatchBytes it keeps a
	// batch below the 8 MiB that a message of the log may have.
	MaxChangeBytes = 2 << 20
	queueLength    = 1024
	// MaxAhead is how far ahead of the city's clock an observation may be dated.
	// Feeds are held to their own, smaller tolerance before.
	MaxAhead = 24 * time.Hour
	// RetryBusy is the retry time when the queues are full.
	RetryBusy = time.Second
)

// Result says what became of one change.
type Result struct {
	Class   city.RowClass
	Flags   city.Flags
	Created bool // the entity did not exist
	Skipped bool // a row counted before (a feed read again after a restart)
	// Missing names the attributes that OpPatch or OpDeleteAttribute did not find.
	Missing []city.AttributeName
	Reason  string // for quarantined rows: which field and rule
	Err     error
}

// Writer is the only gate through which the city changes. It is safe for
// concurrent use. Changes given to Send or Write belong to the writer
// afterwards: the caller must not alter them or their attributes.
type Writer struct {
	opts    Options
	workers []*worker
	order   sequencer
	feeds   atomic.Pointer[map[city.SourceID]uint64]
	wg      sync.WaitGroup

	control sync.Mutex   // two broadcasts reach all workers in the same order
	mu      sync.RWMutex // write-locked to close
	closed  bool
	stored  city.Position // of the last checkpoint; used by Checkpoint only
}

// NewWriter starts the workers.
func NewWriter(o Options) *Writer {
	if o.Workers <= 0 {
		o.Workers = DefaultWorkers
	}
	o.Workers = min(o.Workers, city.Lanes)
	w := &Writer{opts: o, order: sequencer{next: o.Last + 1, follow: o.Follow, early: map[city.Position]*city.Batch{}}}
	w.feeds.Store(&map[city.SourceID]uint64{})
	for range o.Workers {
		k := newWorker(w)
		w.workers = append(w.workers, k)
		w.wg.Go(k.run)
	}
	return w
}

// Close stops the workers after they have finished what is queued.
func (w *Writer) Close() {
	w.mu.Lock()
	if !w.closed {
		w.closed = true
		for _, k := range w.workers {
			close(k.queue)
		}
	}
	w.mu.Unlock()
	w.wg.Wait()
}

// Write applies changes and returns what became of each once it is durable and
// applied. The error is for the whole call: Overload when the queues are full
// (nothing was taken), Unavailable when the writer is closed, or ctx's; after
// ctx's error the changes may or may not have been applied.
func (w *Writer) Write(ctx context.Context, changes []city.Change) ([]Result, error) {
	for _, k := range w.workers {
		if len(k.queue) >= queueLength-1 {
			return nil, &city.Error{Kind: city.Overload, Op: "model.Write", Detail: "the city is taking in as much as it can", Retry: RetryBusy}
		}
	}
	return w.Send(changes).Wait(ctx)
}

// Send queues changes and returns at once, or when there is room in the queues.
// Changes of one entity sent one after the other are applied in that order.
func (w *Writer) Send(changes []city.Change) *Pending {
	t := newPending(changes)
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		t.err = city.Errorf(city.Unavailable, "model.Write", "the city is stopping")
		close(t.done)
		return t
	}
	if len(changes) == 0 {
		close(t.done)
		return t
	}
	w.dispatch(t)
	return t
}

func (w *Writer) dispatch(t *Pending) {
	n := len(w.workers)
	if len(t.changes) == 1 || n == 1 {
		t.open.Store(1)
		w.workers[t.changes[0].Lane()%n].queue <- job{ticket: t}
		return
	}
	parts := make([][]int32, n)
	for i := range t.changes {
		k := t.changes[i].Lane() % n
		if parts[k] == nil {
			parts[k] = make([]int32, 0, len(t.changes)/n+len(t.changes)/8+1)
		}
		parts[k] = append(parts[k], int32(i))
	}
	used := 0
	for _, p := range parts {
		if p != nil {
			used++
		}
	}
	t.open.Store(int32(used))
	for k, p := range parts {
		if p != nil {
			w.workers[k].queue <- job{ticket: t, part: p}
		}
	}
}

// Pending is a call in progress.
type Pending struct {
	changes []city.Change
	results []Result
	open    atomic.Int32 // workers that have not answered
	done    chan struct{}
	err     error
}

func newPending(changes []city.Change) *Pending {
	return &Pending{changes: changes, results: make([]Result, len(changes)), done: make(chan struct{})}
}

func (t *Pending) answer() {
	if t.open.Add(-1) == 0 {
		t.changes = nil
		close(t.done)
	}
}

// Wait returns the results, one for each change in order.
func (t *Pending) Wait(ctx context.Context) ([]Result, error) {
	select {
	case <-t.done:
		return t.results, t.err
	case <-ctx.Done():
		return nil, &city.Error{Kind: city.Unavailable, Op: "model.Write", Detail: "the caller did not wait for the answer", Err: ctx.Err()}
	}
}

// sequencer hands batches on in the order of their positions.
type sequencer struct {
	mu     sync.Mutex
	next   city.Position
	early  map[city.Position]*city.Batch
	follow func(city.Position, *city.Batch)
}

func (s *sequencer) deliver(pos city.Position, b *city.Batch) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.early[pos] = b
	for {
		b, ok := s.early[s.next]
		if !ok {
			return
		}
		delete(s.early, s.next)
		if s.follow != nil {
			s.follow(s.next, b)
		}
		s.next++
	}
}

// last is the position of the last batch handed on. Under Hold that is the last
// in the log.
func (s *sequencer) last() city.Position {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next - 1
}
