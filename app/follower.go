package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"citybrain/alarm"
	"citybrain/bus/natsbus"
	"citybrain/city"
	"citybrain/rule"
	"citybrain/store/sqlstore"
)

// follower takes the batches of the log, in order, to the rules, the live
// changes and the quarantine, and keeps what follows from them in records.
//
// Situations are announced from memory and written soon after; the engine's
// state is written from time to time. After a crash the engine finds the same
// situations again from the log, so nothing is lost in between.
type follower struct {
	engine   *rule.Engine
	panel    *alarm.Panel
	commands []alarm.Command // of the records, that the panel has not taken
	replays  bool            // the clock is that of the rows
	store    *sqlstore.Store
	log      *natsbus.Log
	logger   *slog.Logger
	queue    chan followed
	stopped  chan struct{}
	started  bool
	announce atomic.Pointer[announcer]
	kept     atomic.Pointer[func()] // told when situations were written

	pending  atomic.Bool // readings wait for a tick
	position atomic.Uint64
	late     atomic.Pointer[map[city.SourceID]int64]
	placed   atomic.Pointer[map[city.SourceID]int64]
	failures atomic.Pointer[map[city.RuleID]int64]
	costs    atomic.Pointer[[]rule.Cost] // as of the last tick
	up       atomic.Int64

	mu          sync.Mutex // guards what is not written yet
	changed     []city.Situation
	quarantined []sqlstore.LoggedRow
	writing     sync.Mutex // held while writing, so that flushes follow each other
}

// announcer tells listeners of a batch that the rules have taken, and of what is
// said of situations because of it.
type announcer func(pos city.Position, b *city.Batch, said []city.Situation)

// listen sets who is told of batches from now on.
func (f *follower) listen(fn announcer) { f.announce.Store(&fn) }

// whenKept sets who is told that situations have been written.
func (f *follower) whenKept(fn func()) { f.kept.Store(&fn) }

// followed is a batch, a request for the states, or work between two batches.
type followed struct {
	pos      city.Position
	batch    *city.Batch
	snapshot chan<- snapshot
	between  func()
}

type snapshot struct {
	pos           city.Position
	state, alarms []byte
	err           error
}

const followQueue = 64

func newFollower(a *App) *follower {
	return &follower{
		engine: a.engine, store: a.store, log: a.log, logger: a.Logger,
		replays: a.Config.Replay != nil, queue: make(chan followed, followQueue), stopped: make(chan struct{}),
	}
}

// follow is called by the writer in the order of positions. It blocks when the
// rules cannot keep up, which slows the writer down.
func (f *follower) follow(pos city.Position, b *city.Batch) { f.queue <- followed{pos: pos, batch: b} }

func (f *follower) start() {
	f.note()
	f.noteCosts()
	f.started = true
	go func() {
		defer close(f.stopped)
		for x := range f.queue {
			if x.snapshot != nil {
				state, err := f.engine.Snapshot()
				x.snapshot <- snapshot{f.engine.Position(), state, f.panel.Snapshot(), err}
				continue
			}
			if x.between != nil {
				x.between()
				continue
			}
			f.apply(x.pos, x.batch)
			f.note()
			if x.batch.Tick {
				f.noteCosts()
			}
		}
	}()
}

// note publishes what others may ask of the engine.
func (f *follower) note() {
	f.pending.Store(f.engine.Pending())
	f.position.Store(uint64(f.engine.Position()))
	late := f.engine.Late()
	f.late.Store(&late)
	placed := f.engine.Placed()
	f.placed.Store(&placed)
	failures := f.engine.Failures()
	f.failures.Store(&failures)
}

// apply takes one batch through the rules and the panel.
func (f *follower) apply(pos city.Position, b *city.Batch) {
	f.catchUp(pos)
	changed := f.engine.Apply(pos, b)
	var clock city.Instant
	if b.Tick && !(f.replays && b.Clock < f.panel.Now()) { // a file that is read again goes over its times again
		clock = b.Clock
	}
	said := f.panel.Apply(clock, changed)
	f.keep(said, quarantinedRows(pos, b))
	for i := range changed {
		if changed[i].Up() {
			f.up.Add(1)
		} else {
			f.up.Add(-1)
		}
	}
	if announce := f.announce.Load(); announce != nil {
		(*announce)(pos, b, said)
	}
}

// keep holds what is to be written.
func (f *follower) keep(said []city.Situation, rows []sqlstore.LoggedRow) {
	if len(said)+len(rows) == 0 {
		return
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.changed = append(f.changed, said...)
	f.quarantined = append(f.quarantined, rows...)
}

// catchUp takes the recorded commands that were given before a batch.
func (f *follower) catchUp(pos city.Position) {
	for len(f.commands) > 0 && f.commands[0].After < pos {
		f.keep(f.panel.Do(f.commands[0]), nil)
		f.commands = f.commands[1:]
	}
}

// command lets a person's command take its place between two batches: record
// makes it durable there, and then the panel takes it. The batches of the place
// are in the synced log before (see checkpoints).
func (f *follower) command(ctx context.Context, record func(alarm.Place) (alarm.Command, error)) error {
	done := make(chan error, 1)
	work := func() {
		if err := f.log.Sync(); err != nil {
			done <- err
			return
		}
		c, err := record(alarm.Place{Number: f.panel.Commands() + 1, After: f.engine.Position()})
		if err != nil {
			done <- err
			return
		}
		said := f.panel.Do(c)
		f.keep(said, nil)
		if announce := f.announce.Load(); announce != nil {
			(*announce)(f.engine.Position(), &city.Batch{}, said)
		}
		done <- nil
	}
	select {
	case f.queue <- followed{between: work}:
	case <-ctx.Done():
		return ctx.Err()
	}
	return <-done
}

func quarantinedRows(pos city.Position, b *city.Batch) []sqlstore.LoggedRow {
	var rows []sqlstore.LoggedRow
	for i := range b.Changes {
		c := &b.Changes[i]
		if c.Op != city.OpQuarantine {
			continue
		}
		row := sqlstore.QuarantinedRow{Feed: city.FeedID(c.Source), Row: c.Row, ReceivedAt: c.ReceivedAt, Reason: c.Reason, Raw: c.Raw}
		for k := range b.Progress {
			if b.Progress[k].Feed == row.Feed {
				row.Run = b.Progress[k].Run
			}
		}
		rows = append(rows, sqlstore.LoggedRow{QuarantinedRow: row, Position: pos, Index: i})
	}
	return rows
}

// flush writes situations and quarantined rows that are not written yet. What
// was announced before the call can be queried after it.
func (f *follower) flush(ctx context.Context) error {
	f.writing.Lock()
	defer f.writing.Unlock()
	f.mu.Lock()
	changed, rows := f.changed, f.quarantined
	f.changed, f.quarantined = nil, nil
	f.mu.Unlock()
	if len(changed)+len(rows) == 0 {
		return nil
	}
	err := f.write(ctx, changed, rows)
	if err != nil {
		f.mu.Lock()
		f.changed = append(changed, f.changed...)
		f.quarantined = append(rows, f.quarantined...)
		f.mu.Unlock()
	}
	return err
}

func (f *follower) write(ctx context.Context, changed []city.Situation, rows []sqlstore.LoggedRow) error {
	if err := f.log.Sync(); err != nil { // see checkpoints
		return err
	}
	if len(rows) > 0 {
		if err := f.store.AddQuarantine(ctx, rows); err != nil {
			return err
		}
	}
	if len(changed) == 0 {
		return nil
	}
	err := f.store.SaveSituations(ctx, changed)
	if kept := f.kept.Load(); err == nil && kept != nil {
		(*kept)()
	}
	return err
}

// checkpoint stores the state of the rules with everything up to it, and
// returns its position.
func (f *follower) checkpoint(ctx context.Context) (city.Position, error) {
	reply := make(chan snapshot, 1)
	select {
	case f.queue <- followed{snapshot: reply}:
	case <-ctx.Done():
		return 0, ctx.Err()
	}
	s := <-reply
	if s.err != nil {
		return 0, s.err
	}
	if err := f.flush(ctx); err != nil {
		return 0, err
	}
	if err := f.log.Sync(); err != nil {
		return 0, err
	}
	return s.pos, f.store.SaveRules(ctx, s.pos, s.state, s.alarms, nil)
}

// close takes what is queued, after the writer is closed.
func (f *follower) close() error {
	if !f.started {
		return nil
	}
	close(f.queue)
	select {
	case <-f.stopped:
	case <-time.After(30 * time.Second):
		return errors.New("the rules did not end in time")
	}
	return f.flush(context.Background())
}
