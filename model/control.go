package model

import (
	"context"
	"maps"
	"sync"

	"citybrain/city"
)

// SendTick queues a tick behind everything sent so far: all changes sent before
// it stand before it in the log, and all sent after it after it. It is refused (Unavailable) while
// rows of a feed wait to be sent again.
func (w *Writer) SendTick(at city.Instant) *Pending {
	t := newPending(nil)
	t.results = make([]Result, 1)
	gather := &gathering{open: len(w.workers)}
	gather.last = func(k *worker) {
		t.err = gather.fault
		if t.err == nil {
			t.err = k.tick(at)
		}
		close(t.done)
	}
	if !w.broadcast(func(k *worker) {
		if len(k.broken) > 0 {
			gather.fail(city.Errorf(city.Unavailable, "model.Tick", "rows of a feed must be sent again before time can go on"))
		}
		gather.arrive(k)
		<-t.done
	}) {
		t.err = city.Errorf(city.Unavailable, "model.Tick", "the city is stopping")
		close(t.done)
	}
	return t
}

// Tick is SendTick and Wait.
func (w *Writer) Tick(ctx context.Context, at city.Instant) error {
	_, err := w.SendTick(at).Wait(ctx)
	return err
}

// Hold makes all workers stand still after what is queued so far, calls fn with
// the position of the last batch, and lets them go on. Everything up to last is
// applied to the present and the past, and nothing after it. fn must be short.
func (w *Writer) Hold(ctx context.Context, fn func(last city.Position) error) error {
	arrived, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	gather := &gathering{open: len(w.workers), last: func(*worker) { close(arrived) }}
	if !w.broadcast(func(k *worker) {
		gather.arrive(k)
		<-release
	}) {
		return city.Errorf(city.Unavailable, "model.Hold", "the city is stopping")
	}
	select {
	case <-arrived:
		return fn(w.order.last())
	case <-ctx.Done():
		return ctx.Err()
	}
}

// StartFeed announces that rows of a feed will come, numbered from 1, from one
// reading of it (run). If the lanes have counted another run, counting starts
// anew. Rows that were counted in this run before are passed over when they
// come again. Call it again after a failed Send, when nothing of the feed is in
// flight any more: until then rows of the feed are refused, so that none is
// overtaken.
func (w *Writer) StartFeed(ctx context.Context, feed city.FeedID, run uint64) error {
	w.control.Lock()
	feeds := maps.Clone(*w.feeds.Load())
	feeds[feed.Source()] = run
	w.feeds.Store(&feeds)
	w.control.Unlock()
	return w.Hold(ctx, func(city.Position) error {
		for _, k := range w.workers {
			delete(k.broken, feed.Source())
		}
		return w.startCounting(ctx, feed, run)
	})
}

func (w *Writer) startCounting(ctx context.Context, feed city.FeedID, run uint64) error {
	b := &city.Batch{Clock: w.opts.Now()}
	for i := range w.opts.Present.lanes {
		l := &w.opts.Present.lanes[i]
		if f := l.feeds[feed]; f == nil || f.Run != run {
			b.Progress = append(b.Progress, city.Progress{Feed: feed, Run: run, Lane: uint8(i), At: b.Clock})
		}
	}
	if len(b.Progress) == 0 {
		return nil
	}
	return w.appendAlone(ctx, b)
}

// appendAlone appends a batch without changes while the workers stand still.
func (w *Writer) appendAlone(ctx context.Context, b *city.Batch) error {
	pos, err := w.opts.Log.Append(ctx, b)
	if err != nil {
		return err
	}
	for i := range b.Progress {
		l := &w.opts.Present.lanes[b.Progress[i].Lane]
		l.mu.Lock()
		l.applyProgress(&b.Progress[i])
		l.mu.Unlock()
	}
	w.order.deliver(pos, b)
	return nil
}

// broadcast queues fn for every worker; false if the writer is closed.
func (w *Writer) broadcast(fn func(*worker)) bool {
	w.mu.RLock()
	defer w.mu.RUnlock()
	if w.closed {
		return false
	}
	w.control.Lock()
	defer w.control.Unlock()
	for _, k := range w.workers {
		k.queue <- job{control: fn}
	}
	return true
}

// gathering waits for all workers; the last to arrive calls last.
type gathering struct {
	mu    sync.Mutex
	open  int
	fault error
	last  func(*worker)
}

func (g *gathering) fail(err error) {
	g.mu.Lock()
	g.fault = err
	g.mu.Unlock()
}

func (g *gathering) arrive(k *worker) {
	g.mu.Lock()
	g.open--
	end := g.open == 0
	g.mu.Unlock()
	if end {
		g.last(k)
	}
}
