package model

import (
	"slices"

	"citybrain/city"
	"citybrain/internal/codec"
)

// draft is an entity as it will be once the batch being made is applied.
type draft struct {
	e       *entity
	born    bool // e is not in its lane yet
	exists  bool
	judged  bool
	kind    city.EntityType
	health  city.Health
	seen    []codec.Seen
	changes []int32 // in the batch, in order
}

func (d *draft) reset() { *d = draft{seen: d.seen[:0], changes: d.changes[:0]} }

// verdict is the health to apply, nil if no rule looked at the entity.
func (d *draft) verdict() *city.Health {
	if d.judged {
		return &d.health
	}
	return nil
}

// lastOf is the latest observation time of a source.
func (d *draft) lastOf(s city.SourceID) city.Instant {
	for i := range d.seen {
		if d.seen[i].Source == s {
			return d.seen[i].At
		}
	}
	return 0
}

func (d *draft) note(s city.SourceID, at city.Instant) {
	for i := range d.seen {
		if d.seen[i].Source == s {
			d.seen[i].At = max(d.seen[i].At, at)
			return
		}
	}
	d.seen = append(d.seen, codec.Seen{Source: s, At: at})
}

// draft finds or begins the draft of a change's entity.
func (k *worker) draft(c *city.Change) int32 {
	e, born := k.present.lane(c.Entity).entities[c.Entity], false
	if e == nil {
		if e = k.newborn[c.Entity]; e == nil {
			e, born = &entity{}, true
			k.newborn[c.Entity] = e
		}
	}
	if e.pending > 0 {
		return e.pending - 1
	}
	if n := len(k.drafts); n < cap(k.drafts) {
		k.drafts = k.drafts[:n+1]
	} else {
		k.drafts = append(k.drafts, draft{})
	}
	d := &k.drafts[len(k.drafts)-1]
	d.e, d.born = e, born
	d.exists = !e.dead && e.ID != ""
	d.kind, d.health = e.Type, e.Health
	d.seen = append(d.seen, e.seen...)
	e.pending = int32(len(k.drafts))
	return e.pending - 1
}

// judge decides over one change and accepts it into the batch if it may.
func (k *worker) judge(c *city.Change, r *Result) {
	switch c.Op {
	case city.OpOutside:
		r.Class = city.RowOutside
		return
	case city.OpQuarantine:
		k.quarantine(c, r, c.Reason)
		return
	}
	if c.At > c.ReceivedAt.Add(MaxAhead) {
		k.refuse(c, r, city.InvalidField("model.Write", "observedAt", "%s lies more than a day ahead of the city's clock (%s)", c.At, c.ReceivedAt))
		return
	}
	owner := k.draft(c)
	d := &k.drafts[owner]
	r.Created = !d.exists
	if err := k.permit(c, d, r); err != nil {
		k.refuse(c, r, err)
		return
	}
	if len(r.Missing) > 0 && len(c.Attributes) == 0 {
		return
	}
	if n := sizeOf(c); n > MaxChangeBytes {
		k.refuse(c, r, city.Errorf(city.TooLarge, "model.Write", "entity %s has about %d KiB of attributes in one change, at most %d KiB are taken", c.Entity, n>>10, MaxChangeBytes>>10))
		return
	}
	if observes(c.Op) {
		if reason := k.w.opts.Judge.Fits(c); reason != "" {
			k.refuse(c, r, city.Errorf(city.Invalid, "model.Write", "%s", reason))
			return
		}
	}
	inOrder := c.At > d.lastOf(c.Source)
	if c.Op == city.OpObserve && k.w.opts.Judge.FirstWins(c.Source) {
		twice, err := k.duplicate(c, d, inOrder)
		if err != nil { // the past is damaged: the row waits for a person, time goes on for the others
			k.refuse(c, r, city.Errorf(city.Unavailable, "model.Write", "whether the reading is a duplicate cannot be found out: %v", err))
			return
		}
		if twice {
			r.Class = city.RowDuplicate
			return
		}
	}
	before := d.health
	if renews(c.Op) {
		before = city.Health{}
	}
	if k.w.opts.Judge.Watches(c.Type) && observes(c.Op) {
		health, flags, reason := k.w.opts.Judge.Judge(before, c, k.lookup(c, d), inOrder)
		if reason != "" {
			k.refuse(c, r, city.Errorf(city.Invalid, "model.Write", "%s", reason))
			return
		}
		c.Flags |= flags
		d.health, d.judged = health, true
	} else if renews(c.Op) {
		d.health, d.judged = city.Health{}, true
	}
	r.Flags = c.Flags
	if c.Flags.Quality() != 0 {
		r.Class = city.RowFlagged
	}
	c.Raw, c.Header = "", ""
	d.exists, d.kind = c.Op != city.OpDelete, c.Type
	if d.exists {
		d.note(c.Source, c.At)
	} else {
		d.health, d.judged, d.seen = city.Health{}, true, d.seen[:0]
	}
	k.accept(c, owner)
}

// renews says whether nothing of the entity before stays.
func renews(op city.Op) bool { return op == city.OpReplace || op == city.OpCreate }

func observes(op city.Op) bool { return op != city.OpDelete && op != city.OpDeleteAttribute }

// permit checks what the operation asks of the entity, and narrows c to the
// attributes that exist where it must.
func (k *worker) permit(c *city.Change, d *draft, r *Result) *city.Error {
	switch c.Op {
	case city.OpCreate:
		if d.exists {
			return city.Errorf(city.Conflict, "model.Create", "entity %s exists already", c.Entity)
		}
	case city.OpUpdate, city.OpPatch, city.OpAmend, city.OpDelete, city.OpDeleteAttribute:
		if !d.exists {
			return city.Errorf(city.NotFound, "model.Update", "there is no entity %s", c.Entity)
		}
	}
	if c.Op != city.OpReplace && d.exists {
		if c.Type != "" && c.Type != d.kind {
			return city.InvalidField("model.Update", "type", "entity %s is of type %s and cannot become %s", c.Entity, d.kind, c.Type)
		}
		c.Type = d.kind
	}
	if c.Op == city.OpAmend {
		k.amend(c, d)
	}
	if c.Op == city.OpPatch || c.Op == city.OpDeleteAttribute {
		k.narrow(c, d, r)
	}
	return nil
}

// narrow leaves in c the attributes that the entity has.
func (k *worker) narrow(c *city.Change, d *draft, r *Result) {
	missing := func(a city.Attribute) bool { return !k.has(d, a.Name) }
	if !slices.ContainsFunc(c.Attributes, missing) {
		return
	}
	for _, a := range c.Attributes {
		if missing(a) {
			r.Missing = append(r.Missing, a.Name)
		}
	}
	c.Attributes = slices.DeleteFunc(slices.Clone(c.Attributes), missing)
}

// has says whether the draft has an attribute.
func (k *worker) has(d *draft, name city.AttributeName) bool {
	return k.drafted(d, name) != nil
}

// drafted is an attribute as it will be after the batch so far, or nil.
func (k *worker) drafted(d *draft, name city.AttributeName) *city.Attribute {
	var now *city.Attribute
	if !d.e.dead {
		now = d.e.Entity.Attribute(name)
	}
	for _, i := range d.changes {
		now = after(&k.batch.Changes[i], now, name)
	}
	return now
}

// after is what lane.apply makes of the attribute that now is.
func after(c *city.Change, now *city.Attribute, name city.AttributeName) *city.Attribute {
	if c.Op == city.OpReplace || c.Op == city.OpCreate || c.Op == city.OpDelete {
		now = nil
	}
	for n := range c.Attributes {
		a := &c.Attributes[n]
		switch {
		case a.Name != name:
		case c.Op == city.OpDeleteAttribute:
			now = nil
		case now == nil || !older(a, now):
			now = a
		}
	}
	return now
}

// older says whether a was observed before b; unknown if either is not stated.
func older(a, b *city.Attribute) bool {
	return a.ObservedAt != 0 && b.ObservedAt != 0 && a.ObservedAt < b.ObservedAt
}

// lookup finds values in the reading or else in the draft.
func (k *worker) lookup(c *city.Change, d *draft) func(city.AttributeName) (city.Value, bool) {
	return func(name city.AttributeName) (city.Value, bool) {
		for i := range c.Attributes {
			if c.Attributes[i].Name == name {
				return c.Attributes[i].Value, true
			}
		}
		if now := k.drafted(d, name); now != nil {
			return now.Value, true
		}
		return city.Value{}, false
	}
}

// duplicate says whether the source has reported the entity at this instant.
func (k *worker) duplicate(c *city.Change, d *draft, inOrder bool) (bool, error) {
	if inOrder {
		return false, nil
	}
	if c.At == d.lastOf(c.Source) {
		return true, nil
	}
	for _, i := range d.changes {
		if other := &k.batch.Changes[i]; other.Source == c.Source && other.At == c.At {
			return true, nil
		}
	}
	return k.w.opts.Past.Has(c.Type, c.Entity, c.Source, c.At)
}

// refuse quarantines a row that cannot be applied. A change that is not a row of
// a feed is answered with the error instead.
func (k *worker) refuse(c *city.Change, r *Result, err *city.Error) {
	r.Created, r.Missing = false, nil
	if _, isFeed := (*k.w.feeds.Load())[c.Source]; !isFeed {
		r.Err = err
		return
	}
	k.quarantine(c, r, err.Detail)
}

func (k *worker) quarantine(c *city.Change, r *Result, reason string) {
	r.Class, r.Reason = city.RowQuarantined, reason
	row := *c
	row.Op, row.Reason, row.Attributes = city.OpQuarantine, reason, nil
	row.Raw, row.Header = c.Header+c.Raw, ""
	k.accept(&row, -1)
}

// feedDraft is the progress of one feed in the batch being made.
type feedDraft struct {
	present *Present
	feed    city.FeedID
	run     uint64
	lanes   [city.Lanes]city.Progress
	touched uint32
	// numbered says that rows with a number are among them: if they fail, those
	// behind them must wait until they come again.
	numbered bool
}

func (k *worker) feed(c *city.Change, run uint64) *feedDraft {
	id := city.FeedID(c.Source)
	f := k.progress[id]
	if f == nil {
		f = &feedDraft{present: k.present, feed: id, run: run}
		k.progress[id] = f
	}
	return f
}

func (f *feedDraft) reset() { *f = feedDraft{} }

// lane is the progress of a lane in this batch, begun from what was counted.
func (f *feedDraft) lane(n int) *city.Progress {
	p := &f.lanes[n]
	if f.touched&(1<<n) == 0 {
		f.touched |= 1 << n
		*p = city.Progress{Feed: f.feed, Run: f.run, Lane: uint8(n)}
		if done := f.present.lanes[n].feeds[f.feed]; done != nil && done.Run == f.run {
			p.Row = done.Row
		}
	}
	return p
}

// counted says whether the row of c was counted before.
func (f *feedDraft) counted(c *city.Change) bool { return c.Row > 0 && c.Row <= f.lane(c.Lane()).Row }

func (f *feedDraft) count(c *city.Change, r *Result) {
	p := f.lane(c.Lane())
	f.numbered = f.numbered || c.Row > 0
	p.Counts[r.Class]++
	p.Row = max(p.Row, c.Row)
	p.At = max(p.At, c.ReceivedAt)
	if r.Class == city.RowApplied || r.Class == city.RowFlagged {
		p.LastAt = max(p.LastAt, c.At)
	}
}

// gatherProgress puts the progress of all feeds into the batch, in order.
func (k *worker) gatherProgress() {
	for _, f := range k.progress {
		for n := range f.lanes {
			if p := &f.lanes[n]; f.touched&(1<<n) != 0 && p.At != 0 {
				k.batch.Progress = append(k.batch.Progress, *p)
			}
		}
	}
	slices.SortFunc(k.batch.Progress, func(a, b city.Progress) int {
		if a.Feed != b.Feed {
			if a.Feed < b.Feed {
				return -1
			}
			return 1
		}
		return int(a.Lane) - int(b.Lane)
	})
}
