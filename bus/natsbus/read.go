package natsbus

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"

	"citybrain/city"
	"citybrain/internal/codec"
)

// Read calls fn for each batch from a position to the last one there is when
// Read is called, in order. It fails if the log does not start at or before
// from, and where a batch is damaged.
func (l *Log) Read(ctx context.Context, from city.Position, fn func(city.Position, *city.Batch) error) error {
	s, err := l.State(ctx)
	if err != nil {
		return err
	}
	if from > s.Last {
		return nil
	}
	if from < s.First {
		return city.Errorf(city.Unavailable, "log.Read", "the log starts at batch %d, but batch %d is needed: a checkpoint is older than the log. Restore records and log from the same backup", s.First, from)
	}
	consumer, err := l.stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: uint64(from)})
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Read", Detail: "the log cannot be read", Err: err}
	}
	messages, err := consumer.Messages(jetstream.PullMaxBytes(8 << 20))
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Read", Detail: "the log cannot be read", Err: err}
	}
	defer messages.Stop()
	stop := context.AfterFunc(ctx, messages.Stop)
	defer stop()
	for next := from; next <= s.Last; next++ {
		if err := readOne(messages, next, fn); err != nil {
			return err
		}
	}
	return ctx.Err()
}

func readOne(messages jetstream.MessagesContext, want city.Position, fn func(city.Position, *city.Batch) error) error {
	msg, err := messages.Next()
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Read", Detail: fmt.Sprintf("batch %d of the log cannot be read", want), Err: err}
	}
	meta, err := msg.Metadata()
	if err != nil {
		return &city.Error{Kind: city.Internal, Op: "log.Read", Err: err}
	}
	if got := city.Position(meta.Sequence.Stream); got != want {
		return city.Errorf(city.Unavailable, "log.Read", "batch %d of the log is missing (found %d): the log is damaged. Restore the data folder from a backup", want, got)
	}
	b, err := codec.DecodeBatch(msg.Data())
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Read", Detail: fmt.Sprintf("batch %d of the log is damaged: %v. Restore the data folder from a backup", want, err), Err: err}
	}
	return fn(want, b)
}
