package sim

import (
	"bytes"
	"context"
	"io"

	"citybrain/city"
)

// Feeder takes rows into the city, the way a department's system posts them.
type Feeder interface {
	Push(ctx context.Context, feed city.FeedID, contentType string, body io.Reader) error
}

// Pace is the time that a simulation keeps step with.
type Pace struct {
	// Now is the city's time.
	Now func() city.Instant
	// Wait returns when the city's time has come to an instant, or with ctx's
	// error.
	Wait func(ctx context.Context, until city.Instant) error
}

// Run lets c live at a pace and hands its rows to f until ctx ends: first the
// reference data, then each stride's rows when its time has come. A city whose
// time is already past the start, as after a restart, lives up to it without
// rows. A body that is refused because of overload or because something is
// unavailable is sent again; any other error ends Run. The error of an ended ctx
// is ctx's.
func Run(ctx context.Context, c *City, f Feeder, p Pace) error {
	c.Skip(p.Now())
	if err := sendAll(ctx, c.Reference(), f, p); err != nil {
		return err
	}
	for {
		next := c.Now().Add(Stride)
		if err := p.Wait(ctx, next); err != nil {
			return err
		}
		if err := sendAll(ctx, c.Step(next), f, p); err != nil {
			return err
		}
	}
}

// Skip lives up to the last stride before an instant and forgets the rows: for a
// city that was stopped and wakes up later.
func (c *City) Skip(until city.Instant) {
	for c.now.Add(2*Stride) <= until {
		c.live()
		c.rows.clear()
	}
}

func sendAll(ctx context.Context, batches []Batch, f Feeder, p Pace) error {
	for i := range batches {
		if err := send(ctx, &batches[i], f, p); err != nil {
			return err
		}
	}
	return nil
}

// send hands over a body until it is taken: sending it twice does no harm, since
// a second reading of the same time is the same reading.
func send(ctx context.Context, b *Batch, f Feeder, p Pace) error {
	for {
		err := f.Push(ctx, b.Feed, b.ContentType, bytes.NewReader(b.Body))
		if err == nil || ctx.Err() != nil {
			return ctx.Err()
		}
		if kind := city.KindOf(err); kind != city.Overload && kind != city.Unavailable {
			return &city.Error{Kind: kind, Op: "sim.Run", Detail: "the feed " + string(b.Feed) + " refuses its rows", Err: err}
		}
		if err := p.Wait(ctx, p.Now().Add(Stride)); err != nil {
			return err
		}
	}
}
