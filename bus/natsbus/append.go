package natsbus

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"citybrain/city"
	"citybrain/internal/codec"
)

// RetryFull is the retry time of a refusal because of space.
const RetryFull = 5 * time.Second

var buffers = sync.Pool{New: func() any { return new([]byte) }}

// Append writes b as one message and returns its position, one more than that
// of the message before. It is durable when Append returns (see the package
// comment).
//
// Errors: TooLarge when b has more bytes than a message may have; Overload when
// the log is at its limit; Unavailable when the disk is at its reserve or the
// engine cannot write. With these b is not in the log. When the engine's answer
// was lost and cannot be found out, Append and every call after it fail with
// Internal until the city is started again, which reads what is in the log.
func (l *Log) Append(ctx context.Context, b *city.Batch) (city.Position, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = codec.AppendBatch((*buf)[:0], b)
	if cap(*buf) > 4<<20 {
		defer func() { *buf = nil }()
	}
	if len(*buf) > maxMessage-maxHeader {
		return 0, city.Errorf(city.TooLarge, "log.Append", "a batch of %d MiB is larger than a message of the log may be (%d MiB)", len(*buf)>>20, maxMessage>>20)
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.closed:
		return 0, city.Errorf(city.Unavailable, "log.Append", "the city is stopping")
	case l.lost != nil:
		return 0, l.lost
	}
	if err := l.space.check(); err != nil {
		return 0, err
	}
	if l.broken {
		if _, err := l.reopen(ctx, nil); err != nil {
			return 0, err
		}
	}
	return l.publish(ctx, *buf)
}

func (l *Log) publish(ctx context.Context, data []byte) (city.Position, error) {
	within, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	ack, err := l.js.PublishMsg(within, &nats.Msg{Subject: subject, Data: data},
		jetstream.WithExpectLastSequence(l.last), jetstream.WithRetryAttempts(0))
	if err == nil {
		l.last = ack.Sequence
		return city.Position(l.last), nil
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && strings.Contains(api.Description, "maximum bytes exceeded") {
		return 0, &city.Error{Kind: city.Overload, Op: "log.Append", Retry: RetryFull,
			Detail: "the log has reached its size limit (log.max-bytes) and cannot be trimmed yet; new data is refused until it can"}
	}
	l.opts.Logger.Error("the log cannot be written; it is opened anew", "error", err)
	l.broken = true
	written, again := l.reopen(ctx, data)
	if again == nil && written {
		return city.Position(l.last), nil
	}
	if again != nil && city.KindOf(again) == city.Internal {
		return 0, again
	}
	return 0, &city.Error{Kind: city.Unavailable, Op: "log.Append", Retry: RetryFull, Detail: "the log cannot be written", Err: errors.Join(err, again)}
}

// reopen starts the engine anew after a failed write and finds out whether data,
// whose acknowledgement is missing, is in the log. nil data means that nothing
// is in doubt.
func (l *Log) reopen(ctx context.Context, data []byte) (written bool, err error) {
	acked := l.last
	ctx = context.WithoutCancel(ctx)
	l.stop()
	if err := l.start(ctx); err != nil {
		l.last = acked
		return false, &city.Error{Kind: city.Unavailable, Op: "log.Append", Retry: RetryFull, Detail: "the log cannot be opened anew after a failed write", Err: err}
	}
	found := l.last
	switch {
	case found == acked:
		l.broken = false
		l.opts.Logger.Info("the log is open again", "last", l.last)
		return false, nil
	case found == acked+1 && data != nil && l.holds(ctx, found, data):
		l.broken = false
		l.opts.Logger.Info("the log is open again and holds the batch in doubt", "last", l.last)
		return true, nil
	}
	l.lost = city.Errorf(city.Internal, "log.Append",
		"the log ends at batch %d, but %d were acknowledged: a write was cut off and its outcome is unknown, or another program writes to the log. Start the city again, so that it reads its log", found, acked)
	l.last = acked
	return false, l.lost
}

// holds says whether a message of the log is data.
func (l *Log) holds(ctx context.Context, seq uint64, data []byte) bool {
	msg, err := l.stream.GetMsg(ctx, seq)
	return err == nil && bytes.Equal(msg.Data, data)
}

// State of the log.
type State struct {
	First, Last     city.Position // First is Last+1 when the log is empty
	Bytes, MaxBytes int64
	FreeBytes       int64 // on the disk
}

// Share is how much of its limit the log fills, 0 to 1.
func (s State) Share() float64 { return float64(s.Bytes) / float64(s.MaxBytes) }

// State asks the engine.
func (l *Log) State(ctx context.Context) (State, error) {
	l.mu.Lock()
	stream := l.stream
	l.mu.Unlock()
	info, err := stream.Info(ctx)
	if err != nil {
		return State{}, &city.Error{Kind: city.Unavailable, Op: "log.State", Detail: "the log does not answer", Err: err}
	}
	free, _ := freeBytes(l.opts.Dir)
	return State{
		First: city.Position(info.State.FirstSeq), Last: city.Position(info.State.LastSeq),
		Bytes: int64(info.State.Bytes), MaxBytes: l.opts.MaxBytes, FreeBytes: free,
	}, nil
}

// Trim removes the batches up to and including upTo. What is removed cannot be
// read again: the caller makes sure that every consumer has checkpointed it.
func (l *Log) Trim(ctx context.Context, upTo city.Position) error {
	l.mu.Lock()
	stream := l.stream
	l.mu.Unlock()
	if err := stream.Purge(ctx, jetstream.WithPurgeSequence(uint64(upTo)+1)); err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Trim", Detail: "the log cannot be trimmed", Err: err}
	}
	return nil
}

// spaceGuard refuses writes when the disk is nearly full. It asks the system at
// most five times a second.
type spaceGuard struct {
	dir     string
	reserve int64
	asked   time.Time
	free    int64
}

func (g *spaceGuard) check() error {
	if now := time.Now(); now.Sub(g.asked) > 200*time.Millisecond {
		free, err := freeBytes(g.dir)
		if err != nil {
			return &city.Error{Kind: city.Unavailable, Op: "log.Append", Retry: RetryFull, Detail: "the log folder cannot be reached", Err: err}
		}
		g.asked, g.free = now, free
	}
	if g.free >= g.reserve {
		return nil
	}
	return &city.Error{Kind: city.Unavailable, Op: "log.Append", Retry: RetryFull,
		Detail: fmt.Sprintf("the disk of the data folder is full: %d MiB are free, %d MiB are kept in reserve (log.reserve). Nothing accepted is lost; new data is refused until there is space", g.free>>20, g.reserve>>20)}
}

// Room is the free space on the disk of the log, in bytes.
func (l *Log) Room() (int64, error) {
	free, err := freeBytes(l.opts.Dir)
	if err != nil {
		return 0, &city.Error{Kind: city.Unavailable, Op: "log.Room", Detail: "the log folder cannot be reached", Err: err}
	}
	return free, nil
}

func freeBytes(dir string) (int64, error) {
	var st syscall.Statfs_t
	if err := syscall.Statfs(dir, &st); err != nil {
		return 0, err
	}
	return int64(st.Bavail) * st.Bsize, nil
}
