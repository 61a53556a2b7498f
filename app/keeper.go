package app

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"citybrain/api/admin"
	"citybrain/city"
)

// keeper makes the checkpoints, seals the past and trims the log behind both.
type keeper struct {
	a        *App
	logger   *slog.Logger
	failures atomic.Int64 // since start
	failing  atomic.Int64 // since the last that succeeded
	done     atomic.Int64
	filling  bool // the log is over trimAbove after a trim; used by keep only

	mu     sync.Mutex // guards what follows
	stored []admin.Consumer
}

// Shares of the log's size limit.
const (
	trimAbove   = 0.5  // trim everything that can be trimmed above this share
	alarmAbove  = 0.9  // say so above this share
	fullAbove   = 0.98 // not ready above this share
	flushEvery  = 200 * time.Millisecond
	retrySeal   = time.Second
	dutyDivisor = 4 // a checkpoint takes at most about one part in this many of the time
)

func newKeeper(a *App) *keeper { return &keeper{a: a, logger: a.Logger} }

func (k *keeper) run(ctx context.Context) error {
	flush := time.NewTicker(flushEvery)
	defer flush.Stop()
	next := time.Now().Add(k.a.Config.Checkpoint.Interval)
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-flush.C:
		}
		if err := k.a.follower.flush(ctx); err != nil {
			k.failed(ctx, "situations cannot be written", err)
		}
		if time.Now().Before(next) {
			if err := k.seal(ctx, k.a.clock.Now()); err != nil { // a fast replay fills days faster than checkpoints come
				k.failed(ctx, "the past cannot be sealed; it is tried again", err)
				sleep(ctx, retrySeal)
			}
			continue
		}
		begun := time.Now()
		if err := k.keep(ctx); err != nil {
			k.failed(ctx, "the checkpoint failed; it is tried again", err)
		} else {
			k.done.Add(1)
			k.failing.Store(0)
		}
		next = time.Now().Add(max(k.a.Config.Checkpoint.Interval, dutyDivisor*time.Since(begun)))
	}
}

func (k *keeper) failed(ctx context.Context, what string, err error) {
	if ctx.Err() == nil {
		k.failures.Add(1)
		k.failing.Add(1)
		k.logger.Error(what, "error", err)
	}
}

// keep makes one checkpoint of everything and trims the log behind it. A part
// that fails does not keep the others from being stored.
func (k *keeper) keep(ctx context.Context) error {
	a := k.a
	now := a.clock.Now()
	if k.filling { // the unsealed tail keeps the log from being trimmed: seal all of it
		now = city.MaxInstant.Add(48 * time.Hour)
	}
	sealErr := k.seal(ctx, now)
	modelPos, entities, err := a.writer.Checkpoint(ctx, checkpoints{a.store, a.log})
	if err != nil {
		return errors.Join(sealErr, err)
	}
	rulePos, err := a.follower.checkpoint(ctx)
	if err != nil {
		return errors.Join(sealErr, err)
	}
	pastPos := modelPos
	if oldest, ok := a.past.Oldest(); ok {
		pastPos = min(pastPos, oldest-1)
	}
	if err := a.store.SavePosition(ctx, historyConsumer, pastPos); err != nil {
		return errors.Join(sealErr, err)
	}
	k.note(modelPos, rulePos, pastPos)
	a.Logger.Debug("checkpoint", "entities", entities, "model", modelPos, "rules", rulePos, "history", pastPos)
	return errors.Join(sealErr, k.trim(ctx, min(modelPos, rulePos, pastPos)))
}

// seal seals what is due by an instant of the city's clock.
func (k *keeper) seal(ctx context.Context, now city.Instant) error {
	_, err := k.a.past.Seal(ctx, k.hold, now)
	return err
}

// hold makes the writer stand still for the past. What the past will record is
// in the synced log before hold returns (see checkpoints).
func (k *keeper) hold(ctx context.Context, fn func(last city.Position)) error {
	err := k.a.writer.Hold(ctx, func(last city.Position) error {
		fn(last)
		return nil
	})
	if err != nil {
		return err
	}
	return k.a.log.Sync()
}

// note remembers the checkpoints for whoever asks.
func (k *keeper) note(present, rules, past city.Position) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.stored = []admin.Consumer{{Name: "history", Checkpoint: past}, {Name: "model", Checkpoint: present}, {Name: "rule", Checkpoint: rules}}
}

func (k *keeper) consumers() []admin.Consumer {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.stored
}

// trim removes what every consumer has stored, if it is old or the log is full.
func (k *keeper) trim(ctx context.Context, safe city.Position) error {
	upTo, err := k.a.log.Before(ctx, time.Now().Add(-k.a.Config.Log.MaxAge))
	if err != nil {
		return err
	}
	before, err := k.a.log.State(ctx)
	if err != nil {
		return err
	}
	if before.Share() > trimAbove {
		upTo = safe
	}
	if upTo = min(upTo, safe); upTo >= before.First {
		if err := k.a.log.Trim(ctx, upTo); err != nil {
			return err
		}
	}
	after, err := k.a.log.State(ctx)
	if err != nil {
		return err
	}
	k.filling = after.Share() > trimAbove
	if after.Share() > alarmAbove {
		k.logger.Error("the log is nearly full; at its limit new data is refused", "bytes", after.Bytes, "limit", after.MaxBytes, "trimmed to", upTo)
	}
	return nil
}

// last makes the checkpoint of an orderly end.
func (k *keeper) last() error {
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	defer cancel()
	return k.keep(ctx)
}
