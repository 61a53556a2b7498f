package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"citybrain/internal/testkit/postgres"
	"citybrain/test/driver"
)

// movers is how many people move cases at once, each in a case of their own.
const movers = 64

// measureMoves counts moves that were answered, and so are durable with the
// records that prove them: on SQLite, and on PostgreSQL where it is installed.
func measureMoves(s *session) error {
	if err := s.withTown(func(server *driver.Server, _ string) error {
		return s.movesOn(server, "on SQLite", atLeast(500))
	}); err != nil {
		return err
	}
	base, err := postgres.Start()
	if errors.Is(err, postgres.ErrAbsent) {
		s.skip(movesFigure("on PostgreSQL", atLeast(500)), err.Error())
		return nil
	}
	if err != nil {
		return err
	}
	defer base.Close()
	if err := base.Create("bench"); err != nil {
		return err
	}
	return s.withTown(func(server *driver.Server, _ string) error {
		return s.movesOn(server, "on PostgreSQL", atLeast(500))
	}, "--set", "records="+base.Address("bench"))
}

func movesFigure(where string, t *target) figure {
	return figure{Area: "case-moves", What: "durable moves " + where, Unit: "moves/s", Target: t}
}

func (s *session) movesOn(server *driver.Server, where string, t *target) error {
	r, opened, err := moveCases(s, server.Addr, s.load())
	if err != nil {
		return err
	}
	f := movesFigure(where, t)
	f.Note = fmt.Sprintf("%d people at once; %s; %s cases were opened besides", movers, r.latency(), grouped(float64(opened), 0))
	s.add(f, r.rate(), r.refused, r.errors)
	peak, err := server.PeakRSS()
	if err != nil {
		return err
	}
	s.add(figure{Area: "case-moves", What: "peak RSS " + where, Unit: "MB", Decimals: 1}, float64(peak)/1e6, 0, 0)
	return nil
}

// moveCases lets people move cases for a while, after a second of warming up.
func moveCases(ctx context.Context, addr string, measured time.Duration) (*loadResult, int, error) {
	begin := time.Now().Add(time.Second)
	end := begin.Add(measured)
	results, opened := make([]loadResult, movers), make([]int, movers)
	var people sync.WaitGroup
	for i := range movers {
		people.Go(func() {
			conn, err := driver.Dial(addr)
			if err != nil {
				results[i].fail(err)
				return
			}
			defer conn.Close()
			c := &clerk{conn: conn, number: i}
			c.work(ctx, begin, end, &results[i])
			opened[i] = c.opened
		})
	}
	people.Wait()
	total, cases := &loadResult{seconds: measured.Seconds()}, 0
	for i := range results {
		total.merge(&results[i])
		cases += opened[i]
	}
	slices.Sort(total.millis)
	if total.accepted == 0 {
		return nil, 0, errors.Join(errors.New("no move was accepted"), total.firstError)
	}
	return total, cases, ctx.Err()
}

// work moves cases until end and counts the moves that were answered from begin
// on. A person whose case cannot go on takes up another.
func (c *clerk) work(ctx context.Context, begin, end time.Time, r *loadResult) {
	for ctx.Err() == nil && time.Now().Before(end) {
		if c.ended() {
			if err := c.open(); err != nil {
				r.fail(err)
				return
			}
		}
		sent := time.Now()
		a, err := c.move()
		done := time.Now()
		counted := !done.Before(begin) && done.Before(end)
		switch {
		case err != nil:
			r.fail(err)
			return
		case a.Status != 200:
			c.id = ""
			if isRefusal(a.Status) {
				r.refused++
			} else {
				r.fail(a.Err(200))
			}
		case counted:
			r.accepted++
			r.millis = append(r.millis, millis(done.Sub(sent)))
		}
	}
}
