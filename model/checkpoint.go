package model

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"citybrain/city"
	"citybrain/internal/codec"
)

// Record is an entity in a checkpoint.
type Record struct {
	ID      city.EntityID
	Type    city.EntityType
	Version city.Position // of the last batch that changed it
	Deleted bool
	Data    []byte // codec.AppendEntity; empty if deleted
}

// Checkpoints is where the present is kept.
type Checkpoints interface {
	// SaveEntities stores entities in one transaction. A record never takes the
	// place of one with a higher version.
	SaveEntities(ctx context.Context, records []Record) error
	// SavePresent ends a checkpoint: everything up to pos is stored.
	SavePresent(ctx context.Context, pos city.Position, feeds []byte) error
	// DropDeleted forgets deleted entities with a version up to pos.
	DropDeleted(ctx context.Context, pos city.Position) error
	// LoadPresent calls fn for each stored entity and returns what the last
	// SavePresent said; 0 and nil if there was none.
	LoadPresent(ctx context.Context, fn func(Record) error) (pos city.Position, feeds []byte, err error)
}

const checkpointChunk = 1000

// Checkpoint stores the entities that changed since the last one and returns
// the position up to which the present is now stored and how many entities were
// written. Entities keep changing meanwhile: each is stored as it is when its
// turn comes, with its version, so that rebuilding passes over what it has.
// One checkpoint runs at a time.
func (w *Writer) Checkpoint(ctx context.Context, store Checkpoints) (city.Position, int, error) {
	var (
		pos     city.Position
		feeds   []byte
		changed [city.Lanes][]*entity
	)
	p := w.opts.Present
	err := w.Hold(ctx, func(last city.Position) error {
		pos = last
		feeds = codec.AppendBatch(nil, &city.Batch{Progress: p.laneProgress()})
		for i := range p.lanes {
			l := &p.lanes[i]
			l.bury(w.stored)
			changed[i], l.changed = l.changed, nil
			for _, e := range changed[i] {
				e.dirty = false
				if e.dead {
					l.dead = append(l.dead, e)
				}
			}
		}
		return nil
	})
	if err != nil {
		return 0, 0, err
	}
	written := 0
	for i := range changed {
		n, err := p.lanes[i].store(ctx, store, changed[i])
		written += n
		if err != nil {
			p.giveBack(changed, i, n)
			return 0, written, err
		}
		changed[i] = nil
	}
	if err := store.SavePresent(ctx, pos, feeds); err != nil {
		return 0, written, err
	}
	w.stored = pos
	return pos, written, store.DropDeleted(ctx, pos)
}

// bury forgets deleted entities that a finished checkpoint has stored: the log
// before it is not read again, so nothing can bring them back. The workers
// stand still.
func (l *lane) bury(stored city.Position) {
	l.mu.Lock()
	defer l.mu.Unlock()
	kept := l.dead[:0]
	for _, e := range l.dead {
		switch {
		case !e.dead: // made again
		case e.dirty || e.version > stored:
			kept = append(kept, e)
		default:
			delete(l.entities, e.ID)
		}
	}
	clear(l.dead[len(kept):])
	l.dead = kept
}

// laneProgress lists the progress of every feed and lane, in order.
func (p *Present) laneProgress() []city.Progress {
	var out []city.Progress
	for i := range p.lanes {
		for _, f := range p.lanes[i].feeds {
			out = append(out, *f)
		}
	}
	slices.SortFunc(out, func(a, b city.Progress) int {
		if a.Lane != b.Lane {
			return int(a.Lane) - int(b.Lane)
		}
		if a.Feed < b.Feed {
			return -1
		}
		return 1
	})
	return out
}

// store writes entities of the lane in chunks and returns how many it wrote.
func (l *lane) store(ctx context.Context, store Checkpoints, list []*entity) (int, error) {
	records := make([]Record, 0, min(len(list), checkpointChunk))
	written := 0
	var buf []byte
	for len(list) > 0 {
		chunk := list[:min(len(list), checkpointChunk)]
		list = list[len(chunk):]
		records, buf = records[:0], make([]byte, 0, len(buf)+len(buf)/8)
		l.mu.RLock()
		for _, e := range chunk {
			start := len(buf)
			if !e.dead {
				buf = codec.AppendEntity(buf, &e.Entity, e.seen)
			}
			records = append(records, Record{ID: e.ID, Type: e.Type, Version: e.version, Deleted: e.dead, Data: buf[start:len(buf):len(buf)]})
		}
		l.mu.RUnlock()
		if err := store.SaveEntities(ctx, records); err != nil {
			return written, err
		}
		written += len(chunk)
	}
	return written, nil
}

// giveBack marks entities that a failed checkpoint did not write, so that the
// next one does.
func (p *Present) giveBack(changed [city.Lanes][]*entity, from, done int) {
	for i := from; i < city.Lanes; i++ {
		list := changed[i]
		if i == from {
			list = list[done:]
		}
		l := &p.lanes[i]
		l.mu.Lock()
		for _, e := range list {
			if !e.dirty {
				e.dirty = true
				l.changed = append(l.changed, e)
			}
		}
		l.mu.Unlock()
	}
}

// Load fills an empty present from its checkpoint and returns the position
// after which the log must be replayed.
func (p *Present) Load(ctx context.Context, store Checkpoints) (city.Position, error) {
	pos, feeds, err := store.LoadPresent(ctx, p.loadRecord)
	if err != nil {
		return 0, err
	}
	if len(feeds) == 0 {
		return pos, nil
	}
	b, err := codec.DecodeBatch(feeds)
	if err != nil {
		return 0, damaged("the feeds' progress", err)
	}
	for i := range b.Progress {
		p.lanes[b.Progress[i].Lane].applyProgress(&b.Progress[i])
	}
	return pos, nil
}

func (p *Present) loadRecord(r Record) error {
	l := p.lane(r.ID)
	if r.Deleted {
		e := &entity{Entity: city.Entity{ID: r.ID, Type: r.Type}, dead: true, version: r.Version}
		l.entities[r.ID] = e
		l.dead = append(l.dead, e)
		return nil
	}
	n, seen, err := codec.DecodeEntity(r.Data)
	if err == nil && n.ID != r.ID {
		err = fmt.Errorf("it holds entity %s", n.ID)
	}
	if err != nil {
		return damaged("entity "+string(r.ID), err)
	}
	e := &entity{Entity: *n, version: r.Version, seen: seen}
	l.entities[r.ID] = e
	l.addType(e)
	for i := range e.Attributes {
		l.indexAttribute(e, &e.Attributes[i])
	}
	return nil
}

func damaged(what string, err error) error {
	return &city.Error{Kind: city.Unavailable, Op: "model.Load", Err: errors.Join(codec.ErrDamaged, err),
		Detail: fmt.Sprintf("the checkpoint of the present is damaged: %s cannot be read (%v). Restore records.db from a backup; if the log still starts at batch 1, move records.db and the history folder away and everything is rebuilt from the log", what, err)}
}

// Replay applies a batch of the log while nobody else uses the present: at
// start, in order of positions, for every batch after the loaded position.
func (p *Present) Replay(pos city.Position, b *city.Batch, judge Judge) {
	fresh := map[*entity]bool{}
	for i := range b.Changes {
		c := &b.Changes[i]
		if c.Entity == "" || c.Op == city.OpQuarantine || c.Op == city.OpOutside {
			continue
		}
		l := p.lane(c.Entity)
		e := l.entities[c.Entity]
		if e == nil {
			e = &entity{}
			l.entities[c.Entity] = e
		}
		if _, known := fresh[e]; !known {
			fresh[e] = e.version < pos
		}
		if fresh[e] {
			l.apply(pos, c, e, rejudge(judge, e, c))
		}
	}
	for i := range b.Progress {
		p.lanes[b.Progress[i].Lane].applyProgress(&b.Progress[i])
	}
}

// rejudge is the health of e after c, found again.
func rejudge(judge Judge, e *entity, c *city.Change) *city.Health {
	before := e.Health
	if renews(c.Op) {
		before = city.Health{}
	}
	if !judge.Watches(c.Type) || !observes(c.Op) {
		if renews(c.Op) {
			return &before
		}
		return nil
	}
	d := draft{seen: e.seen}
	lookup := func(name city.AttributeName) (city.Value, bool) {
		for i := range c.Attributes {
			if c.Attributes[i].Name == name {
				return c.Attributes[i].Value, true
			}
		}
		if a := e.Entity.Attribute(name); a != nil && !e.dead {
			return a.Value, true
		}
		return city.Value{}, false
	}
	health, _, _ := judge.Judge(before, c, lookup, c.At > d.lastOf(c.Source))
	return &health
}
