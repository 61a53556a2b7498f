package model

import (
	"context"
	"slices"

	"citybrain/city"
)

// job is what waits in a worker's queue: a part of a call, or a control.
type job struct {
	ticket  *Pending
	part    []int32 // indexes of the changes for this worker; nil: all
	control func(*worker)
}

// worker applies the changes of its lanes, one after the other, in batches of
// what waits in its queue.
type worker struct {
	w       *Writer
	present *Present
	queue   chan job
	broken  map[city.SourceID]bool // feeds with rows that failed and must come again

	scratch city.Change // being judged; the caller's stays as it is, to be sent again

	// The batch being made.
	batch    *city.Batch
	bytes    int
	owners   []int32 // for each change, the index of its entity's draft, -1 for none
	drafts   []draft
	newborn  map[city.EntityID]*entity
	progress map[city.FeedID]*feedDraft
	answers  []*Pending // calls to answer after the batch
	waiting  []*Result  // results that hold only if the batch is committed
	lanes    uint32     // bit set of lanes touched
}

func newWorker(w *Writer) *worker {
	k := &worker{
		w: w, present: w.opts.Present, queue: make(chan job, queueLength), broken: map[city.SourceID]bool{},
		newborn: map[city.EntityID]*entity{}, progress: map[city.FeedID]*feedDraft{},
	}
	k.begin()
	return k
}

func (k *worker) begin() { k.batch = &city.Batch{} }

func (k *worker) run() {
	for j := range k.queue {
		k.take(j)
		for more := true; more && len(k.batch.Changes) < maxBatchChanges && k.bytes < maxBatchBytes; {
			select {
			case next, ok := <-k.queue:
				if !ok {
					k.flush()
					return
				}
				k.take(next)
			default:
				more = false
			}
		}
		k.flush()
	}
}

func (k *worker) take(j job) {
	if j.control != nil {
		k.flush()
		j.control(k)
		return
	}
	if j.part == nil {
		for i := range j.ticket.changes {
			k.admit(j.ticket, i)
		}
	} else {
		for _, i := range j.part {
			k.admit(j.ticket, int(i))
		}
	}
	k.answers = append(k.answers, j.ticket)
}

// admit judges change i of a call and, if it is accepted, puts it in the batch.
func (k *worker) admit(t *Pending, i int) {
	if k.bytes >= maxBatchBytes || len(k.batch.Changes) >= 2*maxBatchChanges {
		k.commit()
	}
	c, r := &k.scratch, &t.results[i]
	*c = t.changes[i]
	k.stamp(c)
	run, isFeed := (*k.w.feeds.Load())[c.Source]
	if !isFeed {
		k.waiting = append(k.waiting, r)
		k.judge(c, r)
		return
	}
	if c.Row > 0 && k.broken[c.Source] {
		r.Err = &city.Error{Kind: city.Unavailable, Op: "model.Write", Detail: "earlier rows of the feed must be sent again first", Retry: RetryBusy}
		return
	}
	f := k.feed(c, run)
	if f.counted(c) {
		r.Skipped = true
		return
	}
	k.waiting = append(k.waiting, r)
	k.judge(c, r)
	if r.Err != nil {
		if c.Row > 0 {
			k.broken[c.Source] = true
		}
		return
	}
	f.count(c, r)
}

// stamp fills in the times that a caller may leave out.
func (k *worker) stamp(c *city.Change) {
	if c.ReceivedAt == 0 {
		c.ReceivedAt = k.w.opts.Now()
		c.Attributes = slices.Clone(c.Attributes)
		for i := range c.Attributes {
			if c.Attributes[i].ReceivedAt == 0 {
				c.Attributes[i].ReceivedAt = c.ReceivedAt
			}
		}
	}
	if c.At == 0 {
		for i := range c.Attributes {
			c.At = max(c.At, c.Attributes[i].ObservedAt)
		}
		if c.At == 0 {
			c.At = c.ReceivedAt
		}
	}
}

// accept puts c into the batch.
func (k *worker) accept(c *city.Change, owner int32) {
	if owner >= 0 {
		d := &k.drafts[owner]
		d.changes = append(d.changes, int32(len(k.batch.Changes)))
	}
	k.batch.Changes = append(k.batch.Changes, *c)
	k.owners = append(k.owners, owner)
	k.bytes += sizeOf(c)
	k.lanes |= 1 << c.Lane()
}

// sizeOf bounds the number of bytes of c in the log from above, but for the
// repetition of strings, which the log does not have.
func sizeOf(c *city.Change) int {
	return 48 + len(c.Raw) + len(c.Reason) + len(c.Entity) + len(c.Type) + len(c.Source) + sizeOfAttributes(c.Attributes)
}

func sizeOfAttributes(list []city.Attribute) int {
	n := 0
	for i := range list {
		a := &list[i]
		n += 32 + len(a.Name) + len(a.Unit) + len(a.Value.Text) + len(a.Source)
		if p := a.Value.Place; p != nil {
			n += 16*len(p.Points) + 5*(len(p.Rings)+len(p.Parts))
		}
		if len(a.Sub) > 0 {
			n += sizeOfAttributes(a.Sub)
		}
	}
	return n
}

// flush makes the batch durable, applies it and answers the calls.
func (k *worker) flush() {
	k.commit()
	for _, t := range k.answers {
		t.answer()
	}
	clear(k.answers)
	k.answers = k.answers[:0]
}

// commit appends the batch and applies it. If it cannot be appended, all that
// was judged since the last commit failed and is forgotten.
func (k *worker) commit() {
	defer k.forget()
	k.gatherProgress()
	if len(k.batch.Changes) == 0 && len(k.batch.Progress) == 0 {
		return
	}
	b := k.batch
	if n := len(b.Changes); n > 0 {
		b.Clock = b.Changes[n-1].ReceivedAt
	}
	pos, err := k.w.opts.Log.Append(context.Background(), b)
	if err != nil {
		for feed, f := range k.progress {
			if f.numbered {
				k.broken[feed.Source()] = true
			}
		}
		for _, r := range k.waiting {
			if r.Err == nil {
				*r = Result{Err: err}
			}
		}
		return
	}
	k.apply(pos, b)
	k.w.opts.Past.Apply(pos, b.Changes)
	k.w.order.deliver(pos, b)
}

func (k *worker) apply(pos city.Position, b *city.Batch) {
	for i := range b.Progress {
		k.lanes |= 1 << b.Progress[i].Lane
	}
	for i := range k.present.lanes {
		if k.lanes&(1<<i) != 0 {
			k.present.lanes[i].mu.Lock()
		}
	}
	for i := range b.Changes {
		if k.owners[i] < 0 {
			continue
		}
		c := &b.Changes[i]
		d := &k.drafts[k.owners[i]]
		l := k.present.lane(c.Entity)
		if d.born {
			l.entities[c.Entity] = d.e
			d.born = false
		}
		l.apply(pos, c, d.e, d.verdict())
	}
	for i := range b.Progress {
		k.present.lanes[b.Progress[i].Lane].applyProgress(&b.Progress[i])
	}
	for i := range k.present.lanes {
		if k.lanes&(1<<i) != 0 {
			k.present.lanes[i].mu.Unlock()
		}
	}
}

// forget ends the batch, applied or not.
func (k *worker) forget() {
	for i := range k.drafts {
		d := &k.drafts[i]
		d.e.pending = 0
		d.reset()
	}
	k.drafts = k.drafts[:0]
	k.owners = k.owners[:0]
	clear(k.waiting)
	k.waiting = k.waiting[:0]
	k.bytes, k.lanes = 0, 0
	clear(k.newborn)
	for _, f := range k.progress {
		f.reset()
	}
	clear(k.progress)
	k.begin()
}

// tick appends a tick. All workers have passed what was sent before it.
func (k *worker) tick(at city.Instant) error {
	b := &city.Batch{Tick: true, Clock: at}
	pos, err := k.w.opts.Log.Append(context.Background(), b)
	if err != nil {
		return err
	}
	k.w.order.deliver(pos, b)
	return nil
}
