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
// the replay. In a simulated city it stands while the log is read, and then
// goes as many times faster than the machine's as the simulation's speed.
type cityClock struct {
	wall   clock.Wall
	manual *clock.Manual // nil when live
	factor float64       // of a replay, while it plays
	pace   atomic.Pointer[pace]
}

// pace is how time passes by itself: city stood at wall, and has since gone
// factor times as fast.
type pace struct {
	city, wall city.Instant
	factor     float64
}

func newCityClock(c Config) *cityClock {
	k := &cityClock{}
	switch {
	case c.Replay != nil:
		k.manual, k.factor = clock.NewManual(c.From.Instant), float64(*c.Replay)
	case c.Simulation.Speed > 0:
		k.manual = clock.NewManual(c.Simulation.From.Instant)
	}
	return k
}

// Now implements clock.Clock.
func (k *cityClock) Now() city.Instant {
	if k.manual == nil {
		return k.wall.Now()
	}
	if p := k.pace.Load(); p != nil {
		return p.city + city.Instant(float64(k.wall.Now()-p.wall)*p.factor)
	}
	return k.manual.Now()
}

// advance moves a time that does not pass by itself.
func (k *cityClock) advance(to city.Instant) {
	if k.manual != nil && k.pace.Load() == nil {
		k.manual.Advance(to)
	}
}

// run lets the time go on by itself from where it stands.
func (k *cityClock) run(factor float64) {
	if k.manual != nil {
		k.pace.CompareAndSwap(nil, &pace{k.manual.Now(), k.wall.Now(), factor})
	}
}

// runs says whether time passes by itself.
func (k *cityClock) runs() bool { return k.manual == nil || k.pace.Load() != nil }

// speed is how many times faster than the machine's the city's time passes; 0
// while it stands or, in a replay as fast as possible, nobody can say.
func (k *cityClock) speed() float64 {
	if k.manual == nil {
		return 1
	}
	if p := k.pace.Load(); p != nil {
		return p.factor
	}
	return k.factor
}

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
