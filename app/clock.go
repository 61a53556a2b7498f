package app

import (
	"context"
	"sync/atomic"
	"time"

	"citybrain/city"
	"citybrain/internal/clock"
)

// cityClock is the city's time. Live it is the machine's. In a replay it stands
// where the replay has come to, and goes on with the machine's from the end of
// the replay.
type cityClock struct {
	wall   clock.Wall
	replay *clock.Manual // nil when live
	ended  atomic.Pointer[clockEnd]
}

type clockEnd struct{ city, wall city.Instant }

func newCityClock(c Config) *cityClock {
	k := &cityClock{}
	if c.Replay != nil {
		k.replay = clock.NewManual(c.From.Instant)
	}
	return k
}

// Now implements clock.Clock.
func (k *cityClock) Now() city.Instant {
	if k.replay == nil {
		return k.wall.Now()
	}
	if end := k.ended.Load(); end != nil {
		return end.city + k.wall.Now() - end.wall
	}
	return k.replay.Now()
}

// advance moves the time of a replay.
func (k *cityClock) advance(to city.Instant) {
	if k.replay != nil && k.ended.Load() == nil {
		k.replay.Advance(to)
	}
}

// end lets the time go on from the end of a replay.
func (k *cityClock) end() {
	if k.replay != nil {
		k.ended.CompareAndSwap(nil, &clockEnd{k.replay.Now(), k.wall.Now()})
	}
}

// runs says whether time passes by itself.
func (k *cityClock) runs() bool { return k.replay == nil || k.ended.Load() != nil }

// The time between ticks: at rest, and while readings wait for one.
const (
	tickRest = time.Second
	tickBusy = 20 * time.Millisecond
)

// tick puts ticks into the log while time passes by itself.
func (a *App) tick(ctx context.Context) error {
	beat := time.NewTicker(tickBusy)
	defer beat.Stop()
	var last time.Time
	for {
		select {
		case <-ctx.Done():
			return nil
		case now := <-beat.C:
			if !a.clock.runs() || !a.follower.pending.Load() && now.Sub(last) < tickRest {
				continue
			}
			last = now
			if err := a.writer.Tick(ctx, a.clock.Now()); err != nil && ctx.Err() == nil {
				a.Logger.Warn("time stands still for the rules: a tick cannot be written", "error", err)
				sleep(ctx, tickRest)
			}
		}
	}
}

func sleep(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}
