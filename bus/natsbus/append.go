package natsbus

import (
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
// Errors: Overload when the log is at its limit or the disk at its reserve, and
// Unavailable when the engine cannot write; in both cases b is not in the log.
// Internal when another program wrote to the log.
func (l *Log) Append(ctx context.Context, b *city.Batch) (city.Position, error) {
	buf := buffers.Get().(*[]byte)
	defer buffers.Put(buf)
	*buf = codec.AppendBatch((*buf)[:0], b)
	if cap(*buf) > 4<<20 {
		defer func() { *buf = nil }()
	}

	l.mu.Lock()
	defer l.mu.Unlock()
	if l.closed {
		return 0, city.Errorf(city.Unavailable, "log.Append", "the city is stopping")
	}
	if err := l.space.check(); err != nil {
		return 0, err
	}
	if l.broken {
		if err := l.restart(ctx); err != nil {
			return 0, err
		}
	}
	return l.publish(ctx, *buf)
}

func (l *Log) publish(ctx context.Context, data []byte) (city.Position, error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), opTimeout)
	defer cancel()
	ack, err := l.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: data},
		jetstream.WithExpectLastSequence(l.last), jetstream.WithRetryAttempts(0))
	if err == nil {
		l.last = ack.Sequence
		if l.first == 0 {
			l.first = 1
		}
		return city.Position(l.last), nil
	}
	var api *jetstream.APIError
	if errors.As(err, &api) && strings.Contains(api.Description, "maximum bytes exceeded") {
		return 0, &city.Error{Kind: city.Overload, Op: "log.Append", Retry: RetryFull,
			Detail: "the log has reached its size limit (log.max-bytes) and cannot be trimmed yet; new data is refused until it can"}
	}
	l.broken = true
	l.opts.Logger.Error("the log cannot be written; it is opened anew before the next write", "error", err)
	return 0, &city.Error{Kind: city.Unavailable, Op: "log.Append", Retry: RetryFull, Detail: "the log cannot be written", Err: err}
}

// restart opens the engine anew after a failed write and makes sure that the
// refused batch is not in the log.
func (l *Log) restart(ctx context.Context) error {
	want := l.last
	l.stop()
	if err := l.start(ctx); err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Append", Retry: RetryFull, Detail: "the log cannot be opened anew after a failed write", Err: err}
	}
	if l.last != want {
		return city.Errorf(city.Unavailable, "log.Append",
			"after a failed write the log ends at batch %d instead of %d; restart the city, so that it reads its log again", l.last, want)
	}
	l.broken = false
	l.opts.Logger.Info("the log is open again", "last", l.last)
	return nil
}

// State of the log.
type State struct {
	First, Last     city.Position // First is Last+1 when the log is empty
	Bytes, MaxBytes int64
	FreeBytes       int64 // on the disk
}

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
