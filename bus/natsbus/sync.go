package natsbus

import (
	"cmp"
	"context"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"citybrain/city"
)

// Sync makes everything appended so far safe from a power cut. It costs a sync
// of each block of the log that was written since the last call.
func (l *Log) Sync() error {
	l.syncing.Lock()
	defer l.syncing.Unlock()
	l.mu.Lock()
	last := l.last
	l.mu.Unlock()
	if last == l.synced {
		return nil
	}
	blocks, err := filepath.Glob(filepath.Join(l.opts.Dir, "jetstream", "*", "streams", streamName, "msgs", "*.blk"))
	if err == nil {
		slices.SortFunc(blocks, newestBlockFirst)
		err = l.syncBlocks(blocks)
	}
	if err != nil {
		return &city.Error{Kind: city.Unavailable, Op: "log.Sync", Retry: RetryFull, Detail: "the log cannot be synced to the disk", Err: err}
	}
	l.synced = last
	return nil
}

// newestBlockFirst orders the files 9.blk and 10.blk by their numbers.
func newestBlockFirst(a, b string) int {
	if n := cmp.Compare(len(b), len(a)); n != 0 {
		return n
	}
	return cmp.Compare(b, a)
}

// syncBlocks syncs blocks, the newest first, down to the block that was the
// newest at the last call. Older ones do not change any more.
func (l *Log) syncBlocks(blocks []string) error {
	for _, path := range blocks {
		f, err := os.Open(path)
		if errors.Is(err, fs.ErrNotExist) { // trimmed meanwhile
			continue
		}
		if err != nil {
			return err
		}
		err = f.Sync()
		if err = errors.Join(err, f.Close()); err != nil {
			return err
		}
		if path == l.newest {
			break
		}
	}
	if len(blocks) > 0 {
		l.newest = blocks[0]
	}
	return nil
}

// Before is the position of the last batch written before a moment of the wall
// clock, 0 if the log holds none.
func (l *Log) Before(ctx context.Context, t time.Time) (city.Position, error) {
	fail := func(err error) error {
		return &city.Error{Kind: city.Unavailable, Op: "log.Before", Detail: "the log cannot be read", Err: err}
	}
	l.mu.Lock()
	stream := l.stream
	l.mu.Unlock()
	info, err := stream.Info(ctx)
	if err != nil {
		return 0, fail(err)
	}
	switch s := info.State; {
	case s.Msgs == 0 || !s.FirstTime.Before(t):
		return 0, nil
	case s.LastTime.Before(t):
		return city.Position(s.LastSeq), nil
	}
	consumer, err := stream.OrderedConsumer(ctx, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverByStartTimePolicy, OptStartTime: &t, HeadersOnly: true})
	if err != nil {
		return 0, fail(err)
	}
	defer func() {
		if info := consumer.CachedInfo(); info != nil {
			_ = stream.DeleteConsumer(ctx, info.Name) // it would end by itself, only later
		}
	}()
	msg, err := consumer.Next(jetstream.FetchMaxWait(opTimeout))
	if err != nil {
		return 0, fail(err)
	}
	meta, err := msg.Metadata()
	if err != nil {
		return 0, fail(err)
	}
	return city.Position(meta.Sequence.Stream - 1), nil
}
