package tesseralog

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"time"

	"github.com/transparency-dev/tessera"

	"citybrain/city"
	"citybrain/ledger"
)

// Run gives every record that waits its leaf, in the order of the outbox, and
// writes down where it stands once a signed checkpoint covers it, until the
// context ends; it then finishes what is under way and returns nil. A record
// that comes alone has its place within a second. While the folder or the outbox
// fails, Run tries again and again, Health says why, and records wait; nothing
// is lost. Whatever happened before, records whose leaf is in the log already
// get no second one. Conflict if it runs already.
func (l *Log) Run(ctx context.Context, outbox ledger.Outbox) error {
	if !l.running.TryLock() {
		return city.Errorf(city.Conflict, "tesseralog.Run", "the log runs already")
	}
	defer l.running.Unlock()
	wait := l.options.Poll
	for ctx.Err() == nil {
		err := l.settle(ctx, outbox)
		if err == nil {
			wait = l.options.Poll
			err = l.serve(ctx, outbox)
		}
		if err != nil && ctx.Err() == nil {
			l.setFault(err)
			l.sleep(ctx, wait)
			wait = min(2*wait, l.options.Retry)
		}
	}
	return nil
}

// serve gives leaves until something fails.
func (l *Log) serve(ctx context.Context, outbox ledger.Outbox) error {
	for ctx.Err() == nil {
		if err := l.probe(); err != nil {
			return err
		}
		waiting, err := outbox.Waiting(ctx, l.options.Group)
		if err != nil {
			return err
		}
		fit := l.fit(waiting)
		if len(fit) > 0 {
			if err := l.add(ctx, outbox, fit); err != nil {
				return err
			}
		}
		l.setFault(nil)
		if len(fit) == 0 {
			l.pause(ctx, l.options.Poll)
		}
	}
	return nil
}

// fit passes over records that cannot have a leaf, and says so.
func (l *Log) fit(waiting []ledger.Sealed) []ledger.Sealed {
	fit := waiting[:0]
	for i := range waiting {
		if err := waiting[i].Check(); err != nil {
			l.setOdd(err)
			continue
		}
		fit = append(fit, waiting[i])
	}
	return fit
}

// add adds the leaves of a group and writes down their places.
func (l *Log) add(ctx context.Context, outbox ledger.Outbox, group []ledger.Sealed) error {
	futures := make([]tessera.IndexFuture, len(group))
	for i := range group {
		futures[i] = l.append.Add(context.WithoutCancel(ctx), tessera.NewEntry(ledger.LeafOf(&group[i])))
	}
	placed := make([]ledger.Placed, len(group))
	var failed error
	done := make(chan struct{})
	l.settling = done
	go func() {
		defer close(done)
		for i, f := range futures {
			index, err := f()
			failed = cmp.Or(failed, err)
			placed[i] = ledger.Placed{ID: group[i].ID, Leaf: int64(index.Index)}
		}
	}()
	// Even at the end of the context: a group that is under way is finished.
	if err := l.landed(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	if failed != nil {
		return unavailable(failed, "leaves cannot be written")
	}
	if _, err := l.published(ctx, placed[len(placed)-1].Leaf+1); err != nil {
		return err
	}
	return outbox.Place(context.WithoutCancel(ctx), placed)
}

// landed waits until no leaf is under way. A leaf that still may be written must
// not be added again, so while there is one nothing else is done.
func (l *Log) landed(ctx context.Context) error {
	if l.settling == nil {
		return nil
	}
	timer := time.NewTimer(l.options.Patience)
	defer timer.Stop()
	select {
	case <-l.settling:
		l.settling = nil
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return city.Errorf(city.Unavailable, "tesseralog", "the disk of the evidence folder has not answered for %v", l.options.Patience)
	}
}

// published waits until a checkpoint covers a size, and is that checkpoint. At
// the end of the context it waits a little still; what is not placed then is
// found on the next start.
func (l *Log) published(ctx context.Context, size int64) (ledger.Checkpoint, error) {
	for begin := time.Now(); ; {
		c, err := l.Checkpoint()
		switch {
		case err == nil && c.Size >= size:
			return c, nil
		case err != nil && city.KindOf(err) != city.NotFound:
			return c, err
		case time.Since(begin) > l.options.Patience:
			return c, city.Errorf(city.Unavailable, "tesseralog", "no checkpoint over %d leaves was written within %v: is the disk of the evidence folder full?", size, l.options.Patience)
		case ctx.Err() != nil && time.Since(begin) > 4*l.options.CheckpointEvery:
			return c, ctx.Err()
		}
		time.Sleep(l.options.CheckpointEvery / 20)
	}
}

// settle writes down the places of leaves that are in the log but not known to
// the outbox: those that a kill or a fault left behind.
func (l *Log) settle(ctx context.Context, outbox ledger.Outbox) error {
	if err := l.landed(ctx); err != nil {
		return err
	}
	if err := l.probe(); err != nil {
		return err
	}
	size, _, err := treeState(l.folder)
	if err != nil {
		return unavailable(err, "the log's state cannot be read")
	}
	c, err := l.published(ctx, size)
	if err != nil {
		return err
	}
	last, err := outbox.LastLeaf(ctx)
	if err != nil {
		return err
	}
	if last >= c.Size {
		return city.Errorf(city.Unavailable, "tesseralog", "a record stands at leaf %d, but the log in %s has only %d leaves: an older copy of the folder was put in its place. Stop, put back the newest one, and verify", last, string(l.folder), c.Size)
	}
	return l.adopt(ctx, outbox, &c, last+1)
}

// adopt goes through the leaves from an index on and places their records.
func (l *Log) adopt(ctx context.Context, outbox ledger.Outbox, c *ledger.Checkpoint, from int64) error {
	var placed []ledger.Placed
	seen := map[ledger.RecordID]bool{}
	flush := func() error {
		found := placed
		placed = nil
		return outbox.Place(ctx, found)
	}
	err := l.folder.Leaves(ctx, c, from, func(index int64, data []byte) error {
		id, err := l.owner(ctx, outbox, data)
		switch {
		case err != nil:
			return err
		case id == "" || seen[id]:
			l.setOdd(city.Errorf(city.Internal, "tesseralog", "leaf %d has no record: were the records put back from an older copy? Verification names every such leaf", index))
			return nil
		}
		seen[id] = true
		if placed = append(placed, ledger.Placed{ID: id, Leaf: index}); len(placed) < l.options.Group {
			return nil
		}
		return flush()
	})
	if err != nil || len(placed) == 0 {
		return err
	}
	return flush()
}

// owner is the waiting record of a leaf, or "" if there is none.
func (l *Log) owner(ctx context.Context, outbox ledger.Outbox, data []byte) (ledger.RecordID, error) {
	leaf, err := ledger.ParseLeaf(data)
	if err != nil {
		return "", nil
	}
	r, err := outbox.Record(ctx, leaf.ID)
	switch {
	case city.KindOf(err) == city.NotFound:
		return "", nil
	case err != nil:
		return "", err
	case r.Leaf >= 0 || !bytes.Equal(ledger.LeafOf(&r), data):
		return "", nil
	}
	return r.ID, nil
}

// sleep waits after a fault; waking it changes nothing.
func (l *Log) sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// setFault remembers why records wait, and tells it once.
func (l *Log) setFault(err error) {
	l.mu.Lock()
	before := l.fault
	l.fault = err
	l.mu.Unlock()
	switch {
	case err != nil && (before == nil || before.Error() != err.Error()):
		l.options.Logger.Error("evidence: records wait for their leaves", slog.Any("error", err))
	case err == nil && before != nil:
		l.options.Logger.Info("evidence: records get their leaves again")
	}
}

func (l *Log) setOdd(err error) {
	l.mu.Lock()
	before := l.odd
	l.odd = err
	l.mu.Unlock()
	if before == nil || before.Error() != err.Error() {
		l.options.Logger.Error("evidence: a person must look", slog.String("error", fmt.Sprint(err)))
	}
}
