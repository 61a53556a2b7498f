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

// The names under which the numbers of the last notices are stored that casework
// has taken: those that announced situations and those that cleared them.
const (
	raisedConsumer  = "casework-raised"
	clearedConsumer = "casework"
)

// caseTaker takes situations to the desk after they are recorded: first those
// announced, in the order in which they were, so that the same log gives cases the
// same numbers however fast they are taken; then those cleared. The number of
// the last is stored after its case, and taking a situation again changes
// nothing: so each has its case once, whenever the process is killed.
type caseTaker struct {
	desk   *casework.Desk
	store  *sqlstore.Store
	logger *slog.Logger
	wake   chan struct{}
	// raised and cleared number the last notices that were taken.
	raised, cleared uint64
	// taken numbers the notice up to which nothing is left to take.
	taken atomic.Uint64
	// refused counts the situations that got no case since the start.
	refused atomic.Int64
}

// newDesk makes the desk of the city.
func newDesk(a *App) *casework.Desk {
	return &casework.Desk{
		Records: a.store, Procedures: a.City.Procedures(), Agencies: a.City.Agencies.All(), Clock: a.clock.Now, Zone: a.City.Zone,
		Ready: a.evidence.ready,
	}
}

func newCaseTaker(ctx context.Context, a *App) (*caseTaker, error) {
	raised, err := a.store.Position(ctx, raisedConsumer)
	if err != nil {
		return nil, err
	}
	cleared, err := a.store.Position(ctx, clearedConsumer)
	t := &caseTaker{desk: a.desk, store: a.store, logger: a.Logger, wake: make(chan struct{}, 1), raised: uint64(raised), cleared: uint64(cleared)}
	t.taken.Store(t.cleared)
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

// takeAll takes every situation that was announced or cleared since the last one
// taken. What is announced meanwhile is passed over among the cleared: it comes
// with the next announced, as it is then. What never was announced gets no case.
func (t *caseTaker) takeAll(ctx context.Context) error {
	for {
		newest, err := t.store.LastNotice(ctx)
		if err != nil {
			return err
		}
		raised, last, err := t.store.SituationsRaised(ctx, t.raised, takePage)
		if err != nil {
			return err
		}
		if len(raised) > 0 {
			if err := t.takePage(ctx, raised, raisedConsumer, last, &t.raised); err != nil {
				return err
			}
			continue
		}
		cleared, err := t.store.SituationsCleared(ctx, t.cleared, t.raised, takePage)
		if err != nil {
			return err
		}
		if len(cleared) == 0 {
			t.taken.Store(newest)
			return nil
		}
		if err := t.takePage(ctx, cleared, clearedConsumer, cleared[len(cleared)-1].Standing.Notice, &t.cleared); err != nil {
			return err
		}
		t.taken.Store(t.cleared)
	}
}

// takePage takes situations and notes how far they go.
func (t *caseTaker) takePage(ctx context.Context, page []city.Situation, consumer string, last uint64, position *uint64) error {
	for i := range page {
		if err := t.take(ctx, page[i]); err != nil {
			return err
		}
	}
	if err := t.store.SavePosition(ctx, consumer, city.Position(last)); err != nil {
		return err
	}
	*position = last
	return nil
}

// take takes one situation. What cannot ever be taken must not hold up all that
// come behind it: it is said, counted and passed over.
func (t *caseTaker) take(ctx context.Context, s city.Situation) error {
	err := t.desk.Take(ctx, s)
	switch city.KindOf(err) {
	case city.Invalid, city.Denied, city.Conflict, city.NotFound:
		if err != nil {
			t.refused.Add(1)
			t.logger.Error("a situation gets no case", "situation", s.ID, "rule", s.Rule, "error", err)
		}
		return nil
	}
	return err
}
