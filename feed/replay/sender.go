package replay

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"citybrain/city"
)

// parcel is one send or one tick on its way to the gate.
type parcel struct {
	changes []city.Change
	tick    city.Instant // set for a tick
	marks   []mark
	clock   city.Instant
	ended   []ending     // feeds whose last row is in this parcel or before
	due     city.Instant // when to send it, by the city's clock
}

type ending struct {
	feed int
	err  error
}

// sender keeps several parcels in flight and repeats what the gate refuses.
type sender struct {
	gate    Gate
	board   *board
	log     *slog.Logger
	sleep   func(context.Context, time.Duration) error
	advance func(city.Instant)
	limit   int
	runs    map[city.FeedID]uint64
	order   []city.FeedID // of runs, as announced

	flying []flight
}

type flight struct {
	parcel
	ticket Ticket
}

// start announces a feed.
func (s *sender) start(ctx context.Context, feed city.FeedID, run uint64) error {
	if _, known := s.runs[feed]; !known {
		s.order = append(s.order, feed)
	}
	s.runs[feed] = run
	return s.patiently(ctx, func() error { return s.gate.Start(ctx, feed, run) })
}

// landed is the ticket of a parcel that need not be sent again.
type landed struct{}

func (landed) Wait(context.Context) error { return nil }

// send hands a parcel over. An error other than ctx's is one that no repetition
// mends.
func (s *sender) send(ctx context.Context, p parcel) error {
	if len(s.flying) >= s.limit {
		if err := s.settle(ctx, s.limit-1); err != nil {
			return err
		}
	}
	s.flying = append(s.flying, s.launch(p))
	return nil
}

func (s *sender) launch(p parcel) flight {
	if p.tick != 0 {
		return flight{p, s.gate.Tick(p.tick)}
	}
	return flight{p, s.gate.Send(p.changes)}
}

// settle waits until at most left parcels are in flight.
func (s *sender) settle(ctx context.Context, left int) error {
	for len(s.flying) > left {
		err := s.flying[0].ticket.Wait(ctx)
		if err != nil {
			if err = s.again(ctx, err); err != nil {
				return err
			}
			continue
		}
		s.arrived(s.flying[0].parcel)
		s.flying[0] = flight{}
		s.flying = s.flying[1:]
	}
	return nil
}

func (s *sender) arrived(p parcel) {
	s.board.took(p.marks, p.clock)
	for _, e := range p.ended {
		s.board.end(e.feed, e.err)
	}
	if p.tick != 0 && s.advance != nil {
		s.advance(p.tick)
	}
}

// again repeats everything in flight in its order: first waits for the rest to
// fail or land, then announces the feeds anew.
func (s *sender) again(ctx context.Context, cause error) error {
	for i, f := range s.flying[1:] {
		err := f.ticket.Wait(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err == nil && f.tick != 0 {
			for j := range s.flying[:i+2] { // a tick stands behind all that was sent before it
				s.flying[j].ticket = landed{}
			}
		}
	}
	first := true
	return s.patiently(ctx, func() error {
		if first {
			first = false
			return cause
		}
		for _, feed := range s.order {
			if err := s.gate.Start(ctx, feed, s.runs[feed]); err != nil {
				return err
			}
		}
		for i := range s.flying {
			if s.flying[i].ticket != (landed{}) {
				s.flying[i] = s.launch(s.flying[i].parcel)
			}
		}
		return nil
	})
}

// How long to wait where the gate does not say, at most, and between two lines
// of the log about it.
const (
	retryDefault = time.Second
	retryMost    = 30 * time.Second
	sayAgain     = 10 * time.Second
)

// patiently calls do until it succeeds, waiting as long as the gate asks.
func (s *sender) patiently(ctx context.Context, do func() error) error {
	var waited, said time.Duration
	for {
		err := do()
		if err == nil {
			if waited > 0 {
				s.log.Info("the city takes in feeds again", "waited", waited)
			}
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		wait, ok := retryOf(err)
		if !ok {
			return err
		}
		if waited == 0 || waited-said >= sayAgain {
			s.log.Warn("the city cannot take in feeds now; waiting", "retry", wait, "waited", waited, "error", err)
			said = waited
		}
		if err := s.sleep(ctx, wait); err != nil {
			return err
		}
		waited += wait
	}
}

// retryOf is how long to wait after a refusal; ok is false for an error that
// waiting does not mend.
func retryOf(err error) (wait time.Duration, ok bool) {
	var e *city.Error
	if !errors.As(err, &e) || e.Kind != city.Overload && e.Kind != city.Unavailable {
		return 0, false
	}
	if e.Retry <= 0 {
		return retryDefault, true
	}
	return min(e.Retry, retryMost), true
}

// sleepFor waits for a time of the wall clock.
func sleepFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
