package bench

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"citybrain/test/driver"
)

// load is a closed loop: each connection sends its next request when the
// answer to the one before is there.
type load struct {
	addr        string
	connections int
	warmUp      time.Duration // not counted
	measured    time.Duration
	// request appends the n-th request of a connection.
	request func(dst []byte, connection, n int) []byte
	status  int // of a good answer
}

type loadResult struct {
	accepted, refused, errors int64
	seconds                   float64
	millis                    []float64 // of accepted requests, sorted
	firstError                error
}

func (r *loadResult) rate() float64 { return float64(r.accepted) / r.seconds }

// run returns an error only if no request was accepted at all.
func (l load) run(ctx context.Context) (*loadResult, error) {
	begin := time.Now().Add(l.warmUp)
	end := begin.Add(l.measured)
	results := make([]loadResult, l.connections)
	var connections sync.WaitGroup
	for i := range results {
		connections.Go(func() { l.drive(ctx, i, begin, end, &results[i]) })
	}
	connections.Wait()
	total := &loadResult{seconds: l.measured.Seconds()}
	for i := range results {
		total.merge(&results[i])
	}
	if total.accepted == 0 {
		return nil, errors.Join(errors.New("no request was accepted"), total.firstError)
	}
	return total, ctx.Err()
}

// merge adds what a part counted.
func (r *loadResult) merge(part *loadResult) {
	r.accepted += part.accepted
	r.refused += part.refused
	r.errors += part.errors
	r.seconds += part.seconds
	r.millis = append(r.millis, part.millis...)
	slices.Sort(r.millis)
	if r.firstError == nil {
		r.firstError = part.firstError
	}
}

func (l load) drive(ctx context.Context, connection int, begin, end time.Time, r *loadResult) {
	c, err := driver.Dial(l.addr)
	if err != nil {
		r.fail(err)
		return
	}
	defer func() { c.Close() }()
	c.Timeout = 0 // the deadline below covers all requests
	if err := c.SetDeadline(end.Add(30 * time.Second)); err != nil {
		r.fail(err)
		return
	}
	var request []byte
	for n := 0; ctx.Err() == nil; n++ {
		request = l.request(request[:0], connection, n)
		sent := time.Now()
		if !sent.Before(end) {
			return
		}
		a, err := c.Send(request)
		done := time.Now()
		counted := !done.Before(begin) && done.Before(end)
		switch {
		case err != nil:
			r.fail(err)
			return
		case !counted:
		case a.Status == l.status:
			r.accepted++
			r.millis = append(r.millis, float64(done.Sub(sent))/float64(time.Millisecond))
		case isRefusal(a.Status):
			r.refused++
		default:
			r.fail(a.Err(l.status))
		}
	}
}

func (r *loadResult) fail(err error) {
	r.errors++
	if r.firstError == nil {
		r.firstError = err
	}
}

// isRefusal says whether the server asked to slow down.
func isRefusal(status int) bool { return status == 429 || status == 503 || status == 507 }
