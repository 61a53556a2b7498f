package app

import (
	"context"
	"crypto/rand"
	"fmt"
	"time"
)

// offerSetup prints the one-time secret if nobody can administer the city.
func (a *App) offerSetup(ctx context.Context, address string) error {
	if a.Config.Auth == AuthOpen {
		return nil
	}
	secret, err := a.office.Setup(ctx, rand.Reader)
	if err != nil || secret == "" {
		return err
	}
	fmt.Printf("nobody can administer this city yet: open %s/setup and enter the one-time secret\nsetup secret: %s\n", address, secret)
	return nil
}

// sweepEvery is how often expired sessions are removed.
const sweepEvery = 10 * time.Minute

// sweep removes expired sessions and forgotten files until ctx ends.
func (a *App) sweep(ctx context.Context) error {
	beat, day := time.NewTicker(sweepEvery), time.NewTicker(forgottenAfter)
	defer beat.Stop()
	defer day.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-day.C:
			a.sweepFiles(ctx, time.Now())
			continue
		case <-beat.C:
		}
		if _, err := a.office.Sweep(ctx, a.wall.Now()); err != nil && ctx.Err() == nil {
			a.Logger.Warn("expired sessions cannot be removed; they open nothing all the same", "error", err)
		}
	}
}
