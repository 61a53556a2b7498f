package app

import (
	"context"
	"log/slog"
	"sync/atomic"
	"time"

	"citybrain/casework"
	"citybrain/city"
	"citybrain/store/sqlstore"
)

// casesConsumer is the name under which the number of the last situation change
// is stored that casework has taken.
const casesConsumer = "casework"

// caseTaker takes situations to the desk, in the order of their changes, after
// they are recorded. The number of the last is stored after its case, and taking
// a situation again changes nothing: so each has its case once, whenever the
// process is killed.
type caseTaker struct {
	desk   *casework.Desk
	store  *sqlstore.Store
	logger *slog.Logger
	wake   chan struct{}
	taken  atomic.Uint64
}

// newDesk makes the desk of the city.
func newDesk(a *App) *casework.Desk {
	return &casework.Desk{
		Records: a.store, Procedures: a.City.Procedures(), Agencies: a.City.Agencies.All(), Clock: a.clock.Now, Zone: a.City.Zone,
		Ready: a.evidence.ready,
	}
}

func newCaseTaker(ctx context.Context, a *App) (*caseTaker, error) {
	last, err := a.store.Position(ctx, casesConsumer)
	t := &caseTaker{desk: a.desk, store: a.store, logger: a.Logger, wake: make(chan struct{}, 1)}
	t.taken.Store(uint64(last))
	return t, err
}

// nudge says that there are new situations in the records.
func (t *caseTaker) nudge() {
	select {
	case t.wake <- struct{}{}:
	default:
	}
}

// retryTaking is the time between tries while cases cannot be written.
const retryTaking = 2 * time.Second

// run takes situations until ctx ends. What cannot be taken now is tried again.
func (t *caseTaker) run(ctx context.Context) error {
	failing := false
	for {
		err := t.takeAll(ctx)
		if err != nil && ctx.Err() == nil {
			if !failing {
				t.logger.Error("situations wait for their cases; it is tried again", "error", err)
			}
			failing = true
			sleep(ctx, retryTaking)
			continue
		}
		if failing && err == nil {
			t.logger.Info("situations get their cases again")
			failing = false
		}
		select {
		case <-ctx.Done():
			return nil
		case <-t.wake:
		}
	}
}

// takePage is how many situations are taken between two notes of the position.
const takePage = 200

// takeAll takes every situation that has changed since the last one taken.
func (t *caseTaker) takeAll(ctx context.Context) error {
	for {
		page, err := t.store.SituationChanges(ctx, t.taken.Load(), takePage)
		if err != nil || len(page) == 0 {
			return err
		}
		for i := range page {
			if err := t.desk.Take(ctx, page[i]); err != nil {
				return err
			}
			t.taken.Store(page[i].Change)
		}
		if err := t.store.SavePosition(ctx, casesConsumer, city.Position(t.taken.Load())); err != nil {
			return err
		}
	}
}
