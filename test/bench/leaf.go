package bench

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"citybrain/test/driver"
)

const (
	movesPerSecond = 200 // of the load beside which leaves are awaited
	paced          = 16  // connections of this load
	watchedEvery   = 10  // one in so many moves is followed to its leaf
	// proofPause is the time between two requests for a proof that is not there yet.
	proofPause = 5 * time.Millisecond
	// leafPatience is when a leaf counts as missing.
	leafPatience = 10 * time.Second
)

// measureLeaf takes the time from the answer to a move until the program gives
// the proof of its record, which it can only once a signed checkpoint covers the
// leaf: of moves that come alone, and of moves among 200 a second.
func measureLeaf(s *session) error {
	return s.withTown(func(server *driver.Server, _ string) error {
		alone, err := s.leavesAlone(server.Addr)
		if err != nil {
			return err
		}
		p := &leafPace{session: s, addr: server.Addr}
		if err := p.drive(); err != nil {
			return err
		}
		for _, part := range []struct {
			how    string
			millis []float64
			errors int64
			least  int
			note   string
		}{
			{"alone", alone, 0, 5, fmt.Sprintf("%d moves, one after the other", len(alone))},
			{"among 200 moves/s", p.millis, p.errors, 50, fmt.Sprintf("%d of %d moves were followed; %s moves/s", len(p.millis), p.moves, grouped(p.rate(), 0))},
		} {
			slices.Sort(part.millis)
			if err := enough("leaves "+part.how, len(part.millis), part.least); err != nil {
				return err
			}
			s.add(figure{Area: "leaf", What: "move answered to leaf signed, " + part.how + ", p50", Unit: "ms", Note: part.note}, percentile(part.millis, 0.5), 0, part.errors)
			s.add(figure{Area: "leaf", What: "move answered to leaf signed, " + part.how + ", p99", Unit: "ms", Target: under(1000)}, percentile(part.millis, 0.99), 0, part.errors)
		}
		return nil
	})
}

// leavesAlone makes a move, waits for its leaf, and makes the next.
func (s *session) leavesAlone(addr string) ([]float64, error) {
	conn, err := driver.Dial(addr)
	if err != nil {
		return nil, err
	}
	defer conn.Close()
	c := &clerk{conn: conn, number: 1000}
	var all []float64
	for end := time.Now().Add(s.load()); time.Now().Before(end); {
		answered, err := c.step()
		if err != nil {
			return nil, err
		}
		took, err := untilProof(s, conn, c.record(), answered)
		if err != nil {
			return nil, err
		}
		all = append(all, took)
	}
	return all, nil
}

// step opens a case if need be, makes a move and says when it was answered.
func (c *clerk) step() (time.Time, error) {
	if c.ended() {
		if err := c.open(); err != nil {
			return time.Time{}, err
		}
	}
	a, err := c.move()
	if err == nil {
		err = a.Err(200)
	}
	return time.Now(), err
}

// untilProof asks for the proof of a record until it is there: milliseconds
// since the move was answered.
func untilProof(ctx context.Context, conn *driver.Conn, record string, answered time.Time) (float64, error) {
	for ctx.Err() == nil {
		a, err := conn.Do("GET", "/api/v1/records/"+record+"/proof", nil)
		took := time.Since(answered)
		switch {
		case err != nil:
			return 0, err
		case a.Status == 200:
			return millis(took), nil
		case a.Status != 503:
			return 0, a.Err(200, 503)
		case took > leafPatience:
			return 0, fmt.Errorf("record %s has no leaf after %s", record, leafPatience)
		}
		if err := sleepUntil(ctx, time.Now().Add(proofPause)); err != nil {
			return 0, err
		}
	}
	return 0, ctx.Err()
}

// leafPace makes moves at fixed times over a few connections and follows some of
// them, each over a connection of its own.
type leafPace struct {
	*session
	addr string

	mu     sync.Mutex
	millis []float64
	moves  int
	errors int64
	first  error
	took   time.Duration
}

func (p *leafPace) rate() float64 { return float64(p.moves) / p.took.Seconds() }

func (p *leafPace) drive() error {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(p, 2*p.load()+2*leafPatience)
	defer cancel()
	var senders, followers sync.WaitGroup
	for i := range paced {
		senders.Go(func() {
			if err := p.send(ctx, i, begun, &followers); err != nil {
				p.fail(err)
			}
		})
	}
	senders.Wait()
	p.took = time.Since(begun)
	followers.Wait()
	if len(p.millis) == 0 {
		return errors.Join(errors.New("no leaf was seen"), p.first)
	}
	return nil
}

func (p *leafPace) fail(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.errors++
	if p.first == nil {
		p.first = err
	}
}

func (p *leafPace) send(ctx context.Context, sender int, begun time.Time, followers *sync.WaitGroup) error {
	conn, err := driver.Dial(p.addr)
	if err != nil {
		return err
	}
	defer conn.Close()
	c := &clerk{conn: conn, number: sender}
	each := int(p.load().Seconds() * movesPerSecond / paced)
	for i := range each {
		due := begun.Add(time.Duration(i*paced+sender) * time.Second / movesPerSecond)
		if err := sleepUntil(ctx, due); err != nil {
			return err
		}
		answered, err := c.step()
		if err != nil {
			return err
		}
		p.mu.Lock()
		p.moves++
		p.mu.Unlock()
		if (i+sender)%watchedEvery == 0 {
			record := c.record()
			followers.Go(func() { p.follow(ctx, record, answered) })
		}
	}
	return nil
}

func (p *leafPace) follow(ctx context.Context, record string, answered time.Time) {
	conn, err := driver.Dial(p.addr)
	if err == nil {
		defer conn.Close()
		var took float64
		if took, err = untilProof(ctx, conn, record, answered); err == nil {
			p.mu.Lock()
			defer p.mu.Unlock()
			p.millis = append(p.millis, took)
			return
		}
	}
	p.fail(err)
}
