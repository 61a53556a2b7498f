package app

import (
	"context"
	"io"
	"time"

	"citybrain/city"
	"citybrain/sim"
)

// simulate lets the city live: what happens in it comes as rows of its feeds,
// through the mappings that any city has, at the times of the city's clock. A
// city that was stopped goes on where it stopped.
func (a *App) simulate(ctx context.Context) error {
	c := a.Config.Simulation
	town := sim.New(sim.Options{Seed: uint64(c.Seed), Start: c.From.Instant})
	for now := a.clock.Now(); ctx.Err() == nil && town.Now().Add(2*sim.Stride) <= now; {
		town.Skip(min(now, town.Now().Add(time.Hour)))
	}
	a.clock.run(c.Speed)
	err := sim.Run(ctx, town, feeder{a.feeds}, sim.Pace{Now: a.clock.Now, Wait: a.waitUntil})
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// waitUntil waits until the city's time has come to an instant.
func (a *App) waitUntil(ctx context.Context, until city.Instant) error {
	for {
		left := until.Sub(a.clock.Now())
		if left <= 0 || ctx.Err() != nil {
			return ctx.Err()
		}
		sleep(ctx, min(time.Duration(float64(left)/a.Config.Simulation.Speed)+time.Millisecond, time.Second))
	}
}

// feeder lets the simulation push rows like a department's system.
type feeder struct{ r *feedRunner }

// Push implements sim.Feeder.
func (f feeder) Push(ctx context.Context, feed city.FeedID, contentType string, body io.Reader) error {
	_, err := f.r.Push(ctx, feed, contentType, body)
	return err
}
