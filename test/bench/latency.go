package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"sync"
	"time"

	"citybrain/test/driver"
)

const (
	observationsPerSecond = 10_000
	jamEvery              = 200 // one in so many observations changes the situation of its vehicle
	senders               = 4
)

// measureLatency sends 10,000 observations a second in batches of 100 and takes
// the time from the answer to a batch until the situation that one of its
// observations raises or clears is on the stream.
func measureLatency(s *session) error {
	return s.withTown(func(server *driver.Server, _ string) error {
		if err := create(server.Addr, vehicles); err != nil {
			return err
		}
		events, err := driver.Subscribe(server.Addr, "/api/v1/stream?types=situation", "")
		if err != nil {
			return err
		}
		defer events.Close()
		w := &watch{sent: map[jam]batchTimes{}, seen: map[jam]time.Time{}}
		received := make(chan error, 1)
		go func() { received <- w.receive(events) }()
		p := &pace{session: s, addr: server.Addr, watch: w}
		if err := p.drive(); err != nil {
			return err
		}
		if err := w.await(5*time.Second, received); err != nil {
			return err
		}
		return w.report(s, p)
	})
}

// jam is one change of a situation: a vehicle and the observation time.
type jam struct {
	entity string
	at     string
}

type batchTimes struct{ sent, accepted time.Time }

// watch joins what was sent with what the stream says.
type watch struct {
	mu   sync.Mutex
	sent map[jam]batchTimes
	seen map[jam]time.Time
}

func (w *watch) receive(events *driver.Stream) error {
	for {
		e, err := events.Next()
		if err != nil {
			return err
		}
		if e.Name != "situation" {
			continue
		}
		var changed struct{ Entity, RaisedAt, ClearedAt string }
		if err := json.Unmarshal([]byte(e.Data), &changed); err != nil {
			return fmt.Errorf("event %q: %w", e.Data, err)
		}
		at := changed.RaisedAt
		if changed.ClearedAt != "" {
			at = changed.ClearedAt
		}
		moment, err := time.Parse(time.RFC3339Nano, at)
		if err != nil {
			return fmt.Errorf("event %q: %w", e.Data, err)
		}
		w.mu.Lock()
		w.seen[jam{changed.Entity, stamp(moment)}] = e.Received
		w.mu.Unlock()
	}
}

// await waits until every jam sent was seen, the stream ends, or patience ends.
func (w *watch) await(patience time.Duration, received <-chan error) error {
	deadline := time.After(patience)
	for {
		w.mu.Lock()
		complete := len(w.seen) >= len(w.sent)
		w.mu.Unlock()
		if complete {
			return nil
		}
		select {
		case err := <-received:
			return fmt.Errorf("stream: %w", err)
		case <-deadline:
			return nil // report counts what is missing
		case <-time.After(10 * time.Millisecond):
		}
	}
}

func (w *watch) report(s *session, p *pace) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var fromAccepted, fromSent []float64
	missing := int64(0)
	for j, times := range w.sent {
		seen, ok := w.seen[j]
		if !ok {
			missing++
			continue
		}
		fromAccepted = append(fromAccepted, millis(seen.Sub(times.accepted)))
		fromSent = append(fromSent, millis(seen.Sub(times.sent)))
	}
	if err := enough("situations on the stream", len(fromAccepted), 100); err != nil {
		return err
	}
	slices.Sort(fromAccepted)
	slices.Sort(fromSent)
	note := fmt.Sprintf("%d situations changed, %d of them never seen; %s observations/s sent; batch answered in p50 %.2f ms, p99 %.2f ms",
		len(w.sent), missing, grouped(p.rate(), 0), percentile(p.millis, 0.5), percentile(p.millis, 0.99))
	for _, q := range []struct {
		what   string
		from   []float64
		share  float64
		target *target
	}{
		{"acceptance to stream, p50", fromAccepted, 0.5, nil},
		{"acceptance to stream, p99", fromAccepted, 0.99, under(100)},
		{"acceptance to stream, max", fromAccepted, 1, nil},
		{"sending to stream, p50", fromSent, 0.5, nil},
		{"sending to stream, p99", fromSent, 0.99, nil},
		{"sending to stream, max", fromSent, 1, nil},
	} {
		s.add(figure{Area: "latency", What: q.what, Unit: "ms", Decimals: 1, Target: q.target, Note: note}, percentile(q.from, q.share), p.refused, p.errors+missing)
		note = ""
	}
	return nil
}

func millis(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000000Z") }

// pace sends batches at fixed times, whether or not earlier ones are answered
// (open loop), over a few connections.
type pace struct {
	*session
	addr  string
	watch *watch

	mu              sync.Mutex
	millis          []float64
	sent            int64
	refused, errors int64
	took            time.Duration
}

func (p *pace) rate() float64 { return float64(p.sent) / p.took.Seconds() }

func (p *pace) drive() error {
	begun := time.Now()
	ctx, cancel := context.WithTimeout(p, 2*p.load()+5*time.Second)
	defer cancel()
	batches := int(p.load().Seconds() * 2 * observationsPerSecond / batchSize)
	failed := make(chan error, senders)
	for sender := range senders {
		go func() { failed <- p.send(ctx, sender, batches/senders, begun) }()
	}
	var first error
	for range senders {
		if err := <-failed; err != nil && first == nil {
			first = err
		}
	}
	p.took = time.Since(begun)
	slices.Sort(p.millis)
	return first
}

// send is one connection with its own part of the fleet. Its batch i is due
// senders batches after its batch i−1.
func (p *pace) send(ctx context.Context, sender, batches int, begun time.Time) error {
	c, err := driver.Dial(p.addr)
	if err != nil {
		return err
	}
	defer c.Close()
	const share = vehicles / senders
	f := fleet{first: sender * share, size: share}
	jammed := map[int]bool{}
	var request, body []byte
	every := time.Second * batchSize / observationsPerSecond
	for i := range batches {
		due := begun.Add(time.Duration(i*senders+sender) * every)
		if err := sleepUntil(ctx, due); err != nil {
			return err
		}
		var changed []int
		at := time.Now()
		request = f.appendBatchAt(request[:0], &body, at, func(n int) int {
			if (n+f.turn)%jamEvery == 0 {
				jammed[n] = !jammed[n]
				changed = append(changed, n)
			}
			if jammed[n] {
				return jamSpeed
			}
			return freeSpeed
		})
		sent := time.Now()
		a, err := c.Send(request)
		if err != nil {
			return err
		}
		p.answered(a, sent, at, changed)
	}
	return nil
}

func sleepUntil(ctx context.Context, due time.Time) error {
	wait := time.Until(due)
	if wait <= 0 {
		return ctx.Err()
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(wait):
		return nil
	}
}

func (p *pace) answered(a driver.Answer, sent, at time.Time, changed []int) {
	accepted := time.Now()
	p.mu.Lock()
	p.sent += batchSize
	switch {
	case a.Status == 204 || a.Status == 201:
		p.millis = append(p.millis, millis(accepted.Sub(sent)))
	case isRefusal(a.Status):
		p.refused++
	default:
		p.errors++
	}
	p.mu.Unlock()
	p.watch.mu.Lock()
	defer p.watch.mu.Unlock()
	for _, n := range changed {
		p.watch.sent[jam{fmt.Sprintf("%s%d", vehiclePrefix, n), stamp(at)}] = batchTimes{sent, accepted}
	}
}
