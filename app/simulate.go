package app

import (
	"bytes"
	"context"
	"time"

	"citybrain/city"
	"citybrain/sim"
)

// simBeat is how often the simulated city is moved on.
const simBeat = 100 * time.Millisecond

// simulate lets the city live: what happens in it comes as rows of its feeds,
// through the mappings that any city has, at the times of the city's clock.
func (a *App) simulate(ctx context.Context) error {
	c := a.Config.Simulation
	town := sim.New(sim.Options{Seed: uint64(c.Seed), Start: c.From.Instant})
	if err := a.pushAll(ctx, town.Reference()); err != nil {
		return err
	}
	// A city that was stopped wakes up where it stopped.
	town.Step(a.clock.Now())
	a.clock.run(c.Speed)
	beat := time.NewTicker(simBeat)
	defer beat.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-beat.C:
		}
		if err := a.pushAll(ctx, town.Step(a.clock.Now())); err != nil {
			return err
		}
	}
}

// retryPush is the time between tries while the city takes no rows.
const retryPush = time.Second

// pushAll pushes rows to their feeds. While the city refuses them they are sent
// again, as any source would.
func (a *App) pushAll(ctx context.Context, batches []sim.Batch) error {
	for _, b := range batches {
		for ctx.Err() == nil {
			_, err := a.feeds.Push(ctx, b.Feed, b.ContentType, bytes.NewReader(b.Body))
			if err == nil {
				break
			}
			if kind := city.KindOf(err); ctx.Err() == nil && kind != city.Overload && kind != city.Unavailable {
				return err
			}
			sleep(ctx, retryPush)
		}
	}
	return nil
}
