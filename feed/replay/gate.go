package replay

import (
	"context"

	"citybrain/city"
)

// Gate takes changes into the city; app makes one of model.Writer.
type Gate interface {
	// Start announces a reading of a feed from its first row. Rows that were
	// counted in the same run are passed over. It is called again after a
	// refusal, when nothing of the feed is in flight.
	Start(ctx context.Context, feed city.FeedID, run uint64) error
	// Send queues changes in order. From the first change of a feed that is
	// refused, the gate refuses the feed's later ones too, until Start.
	Send(changes []city.Change) Ticket
	// Tick queues a tick behind everything sent. It is refused while changes
	// wait to be sent again.
	Tick(at city.Instant) Ticket
}

// Ticket is something sent and not yet answered.
type Ticket interface {
	// Wait returns nil when everything sent is durable or was counted before;
	// Overload or Unavailable when some of it must be sent again.
	Wait(ctx context.Context) error
}
